"""A QGIS without a window that a test asks what it makes of a layer.

One process serves the whole session of tests: starting it takes seconds, opening a layer a tenth of
one. Take the fixture ``qgis`` (tests/conftest.py)::

    def test_a_file_opens_with_its_types(qgis: Qgis, tmp_path: Path) -> None:
        layer = qgis.open(f"{tmp_path}/incidents.gpkg|layername=incidents", "ogr")
        assert layer.described["count"] == 35
        assert layer.types["event_start"] == "DateTime"
        first = layer.features(limit=1)[0]
        assert first.values["killed_high"] is None      # NULL is None, never 0
        assert layer.described["temporal"]["active"]

Providers: ``OAPIF`` (make the URI with :func:`features_uri`), ``ogr`` (files), ``postgres``.
Vector tiles open with ``kind="vectortile"`` and a URI such as
``type=xyz&url=http://.../{z}/{y}/{x}&zmin=0&zmax=14``; :meth:`Qgis.render` draws them, and any
other layer, into a PNG and counts its colours. What is not here yet goes into ``driver.py`` as
one more function, and into this module as one more method.

Nothing is skipped: where QGIS is missing, a test fails and says what to install.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PYTHON = "/usr/bin/python3"
"""The Python that QGIS of the distribution belongs to; its modules fit no other."""

DRIVER = Path(__file__).with_name("driver.py")

MISSING = (
    f"QGIS for {PYTHON} is not installed (Debian: apt-get install python3-qgis qgis-providers; "
    "scripts/test installs it when it is run as root)"
)


@dataclass(frozen=True, slots=True)
class Read:
    """A feature as QGIS holds it.

    Parameters
    ----------
    wkt : str or None
        ``None`` where it has no geometry.
    values : dict
        By field; ``None`` for NULL, moments and days as ISO 8601 texts.
    """

    wkt: str | None
    values: dict[str, Any]


class QgisLayer:
    """A layer that is open in QGIS.

    Attributes
    ----------
    described : dict
        ``valid``, ``error``, ``crs``, ``extent``, ``metadata`` (``title``, ``abstract``,
        ``licences``, ``rights``, ``keywords``, ``contacts``, ``links``, ``boxes``, ``periods``)
        and, of a valid vector layer, ``count``, ``geometry``, ``fields`` (each with ``type``,
        ``alias``, ``comment``), ``renderer`` and ``temporal`` (``active``, ``mode``,
        ``start``, ``end``).
    """

    def __init__(self, qgis: Qgis, name: str, described: dict[str, Any]) -> None:
        self._qgis = qgis
        self.name = name
        self.described = described

    @property
    def types(self) -> dict[str, str]:
        """The types of the fields in QGIS's words, in the order of the layer."""
        fields: dict[str, dict[str, str]] = self.described["fields"]
        return {name: field["type"] for name, field in fields.items()}

    def features(
        self,
        *,
        rect: Sequence[float] | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> list[Read]:
        """Read features. The first time downloads them; a later time is what the cache holds.

        Parameters
        ----------
        rect : sequence of float, optional
            West, south, east, north in the layer's system.
        where : str, optional
            An expression of QGIS, as a selection or a renderer would use it.
        fields : sequence of str, optional
            Those wanted; all where missing.
        limit : int, optional
        """
        found = self._ask(
            "features",
            rect=None if rect is None else list(rect),
            where=where,
            fields=None if fields is None else list(fields),
            limit=limit,
        )
        return [Read(wkt, values) for wkt, values in found]

    def subset(self, text: str) -> int:
        """Set the layer's filter, and give the count that QGIS then shows."""
        found = self._ask("subset", text=text)
        assert found["accepted"], f"QGIS refuses the filter {text!r}"
        return int(found["count"])

    def statistic(self, aggregate: str, field: str) -> Any:
        """A statistic of a field or expression (``count``, ``min``, ``mean`` ...)."""
        return self._ask("statistic", aggregate=aggregate, field=field)

    def default_style(self) -> list[str]:
        """Load the style of a vector tile connection; gives the source layers that it draws."""
        found: list[str] = self._ask("default_style")
        return found

    def edit(self, where: str, **values: Any) -> list[str]:
        """Change attributes of the features of which an expression is true, and save.

        Gives what QGIS tells its user went wrong; nothing if the edit was saved.
        """
        return self._saved(self._ask("edit", where=where, values=values))

    def add(self, wkt: str | None, **values: Any) -> list[str]:
        """Draw a feature, fill in its form, and save; gives what went wrong."""
        return self._saved(self._ask("add", wkt=wkt, values=values))

    @staticmethod
    def _saved(answer: dict[str, Any]) -> list[str]:
        faults: list[str] = answer["faults"]
        assert answer["saved"] or faults
        return [] if answer["saved"] else faults

    def style(self, path: Path | None = None) -> dict[str, Any]:
        """Apply a QML or SLD file, or the default style of the source, and tell what came of it.

        ``done`` and ``message``, what :attr:`described` has of a vector layer, and ``legend``,
        ``labels``, ``rules``, ``display``, ``map_tip``, ``read_only``, ``tabs``, ``widgets``,
        ``notes``.
        """
        found: dict[str, Any] = self._ask("style", path=None if path is None else str(path))
        return found

    def styles_at_hand(self) -> list[str]:
        """The names of the styles that the source of the layer brings."""
        found: list[str] = self._ask("styles_at_hand")
        return found

    def frame(self, start: str, end: str) -> list[dict[str, Any]]:
        """The features that the temporal controller shows in a frame, as values by field."""
        found: list[dict[str, Any]] = self._ask("frame", start=start, end=end)
        return found

    def close(self) -> None:
        """Let QGIS forget the layer and its cache."""
        self._ask("close")

    def _ask(self, action: str, **job: Any) -> Any:
        return self._qgis.ask(action, name=self.name, **job)


class QgisProject:
    """A project that is open in QGIS.

    Attributes
    ----------
    described : dict
        ``done``, ``error``, ``title``, ``crs``, ``layers`` (by key, each as a layer is described),
        ``period``, ``themes`` (layers and their styles), ``visible``, ``groups``, ``bookmarks``,
        ``layouts`` (names of their items).
    """

    def __init__(self, qgis: Qgis, prefix: str, described: dict[str, Any]) -> None:
        self._qgis = qgis
        self._prefix = prefix
        self.described = described

    def layer(self, key: str) -> QgisLayer:
        """One of its layers."""
        return QgisLayer(self._qgis, f"{self._prefix}{key}", self.described["layers"][key])

    def draw(self, theme: str, bookmark: str, path: Path, size: tuple[int, int]) -> None:
        """Draw a map theme around a bookmark into a PNG."""
        self._qgis.ask(
            "draw_theme", theme=theme, bookmark=bookmark, size=list(size), path=str(path)
        )


class Qgis:
    """A running QGIS."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log
        self._names = (f"layer-{number}" for number in count())

    def open(self, uri: str, provider: str, *, kind: str = "vector") -> QgisLayer:
        """Open a layer; ``kind`` is ``vector``, ``vectortile`` or ``raster``.

        A layer that QGIS cannot use opens too, with ``described["valid"]`` false.
        """
        name = next(self._names)
        described = self.ask("open_layer", name=name, uri=uri, provider=provider, kind=kind)
        return QgisLayer(self, name, described)

    @contextmanager
    def project(self, source: str) -> Iterator[QgisProject]:
        """Open a project, a file or ``geopackage:FILE?projectName=NAME``, and close it again."""
        prefix = f"project-{next(self._names)}-"
        try:
            yield QgisProject(self, prefix, self.ask("open_project", source=source, prefix=prefix))
        finally:
            self.ask("close_project", prefix=prefix)

    def definition(self, path: Path) -> QgisLayer:
        """Open the one layer of a layer definition, a .qlr file."""
        name = next(self._names)
        return QgisLayer(self, name, self.ask("open_definition", path=str(path), name=name))

    def differing(self, one: Path, other: Path) -> float:
        """The share of pixels in which two pictures differ visibly; 1 if their sizes do."""
        return float(self.ask("likeness", one=str(one), other=str(other))["differing"])

    def render(
        self,
        layers: Sequence[QgisLayer],
        rect: Sequence[float],
        path: Path,
        *,
        crs: str = "EPSG:3857",
        size: tuple[int, int] = (400, 400),
    ) -> dict[str, Any]:
        """Draw layers into a PNG; gives the number of ``colours`` in it, and ``faults``."""
        names = [layer.name for layer in layers]
        found: dict[str, Any] = self.ask(
            "render", names=names, rect=list(rect), crs=crs, size=list(size), path=str(path)
        )
        return found

    def ask(self, action: str, **job: Any) -> Any:
        """Have one function of ``driver.py`` called, and give its answer."""
        asked, answered = (
            cast("IO[str]", self._process.stdin),
            cast("IO[str]", self._process.stdout),
        )
        try:
            asked.write(json.dumps({"action": action, **job}) + "\n")
            asked.flush()
        except BrokenPipeError:
            line = ""
        else:
            line = answered.readline()
        assert line, f"QGIS ended at {action}: {self._log.read_text(errors='replace')[-2000:]}"
        answer = json.loads(line)
        assert "fault" not in answer, f"{action} {job}: {answer['fault']}"
        return answer["answer"]


@contextmanager
def running_qgis(folder: Path, driver: Path = DRIVER) -> Iterator[Qgis]:
    """Start QGIS, with a profile of its own in a folder, and end it.

    Parameters
    ----------
    folder : Path
    driver : Path
        The program that runs inside.

    Raises
    ------
    AssertionError
        QGIS is not installed; the message says how it is.
    """
    assert shutil.which(PYTHON), MISSING
    log = folder / "qgis.log"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        "QT_QPA_PLATFORM": "offscreen",
        "QGIS_CUSTOM_CONFIG_PATH": str(folder / "profile"),
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        # QGIS has GDAL, PROJ and certificates of its own; those of our wheels are not for it.
        "VIRTUAL_ENV": "",
    }
    with log.open("w") as faults:
        has_qgis = subprocess.run(
            [PYTHON, "-c", "import qgis.core"], env=environment, stderr=faults, check=False
        )
        assert has_qgis.returncode == 0, MISSING
        process = subprocess.Popen(
            [PYTHON, str(driver)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=faults,
            env=environment,
            text=True,
        )
    try:
        yield Qgis(process, log)
    finally:
        process.communicate(timeout=60)


def features_uri(address: str, layer: str, *, only_visible: bool = False, subset: str = "") -> str:
    """The URI of a layer of an OGC API - Features server, as the dialogue of QGIS makes it.

    Parameters
    ----------
    address : str
        Of the server, without a last slash.
    layer : str
    only_visible : bool
        The box *Only request features overlapping the view extent*.
    subset : str
        A filter of the layer.
    """
    parts = [
        "pagingEnabled='true'",
        "restrictToRequestBBOX='1'" if only_visible else "",
        "srsname='EPSG:4326'",
        f"typename='{layer}'",
        f"url='{address}/'",
        "version='OGC_API_FEATURES'",
        f"sql={subset}" if subset else "",
    ]
    return " ".join(part for part in parts if part)


def postgres_uri(
    url: str, view: str, *, geometry: str | None, schema: str = "layers", subset: str = ""
) -> str:
    """The URI of a view of a database, as the dialogue of QGIS makes it.

    Parameters
    ----------
    url : str
        Of the database, with user and password.
    view : str
    geometry : str or None
        Type of the geometries of the column ``geom``, of which there is none otherwise.
    schema : str
    subset : str
        A filter of the layer.
    """
    parsed = urlsplit(url)
    parts = [
        f"dbname='{parsed.path[1:]}' host={parsed.hostname} port={parsed.port}",
        f"user='{parsed.username}' password='{parsed.password}' key='id'",
        f"checkPrimaryKeyUnicity='1' srid=4326 type={geometry}" if geometry else "",
        f'table="{schema}"."{view}"' + (" (geom)" if geometry else ""),
        f"sql={subset}" if subset else "",
    ]
    return " ".join(part for part in parts if part)
