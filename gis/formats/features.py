"""The rows of a layer on their way into a file, and what the file says of itself."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from gis.fields import Field
    from gis.qgis.sheet import Sheet
    from gis.reference_systems import ReferenceSystem

Row: TypeAlias = "Sequence[Any]"
Batch: TypeAlias = "Sequence[Row]"

LICENCE = "licence"
ATTRIBUTION = "attribution"


@dataclass(frozen=True, slots=True)
class Cited:
    """The snapshot by whose name a state of the data was asked for.

    Parameters
    ----------
    name : str
    content : str
        SHA-256 of all its layers together.
    layer : str, optional
        SHA-256 of this layer, whole; missing where the snapshot does not have it.
    """

    name: str
    content: str
    layer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Colophon:
    """What a file says of itself: of what layer it is, in which state, and what was asked.

    Nothing of it depends on the clock: the same state of the data makes the same file.

    Parameters
    ----------
    layer : str
        Identifier; the name of the layer within the file.
    title, description : str
        For people.
    version : int
        State of the data.
    recorded_at : datetime, optional
        When that state was recorded, with a zone; missing where nothing ever was.
    query : str
        What was asked of the layer, in words.
    keywords : tuple of str
    sheets : tuple of Sheet
        How QGIS is told of the layer, one a language, the default first; for formats that can
        bring styles along.
    snapshot : Cited, optional
        By whose name that state was asked for.
    """

    layer: str
    title: str
    description: str
    version: int
    recorded_at: datetime | None
    query: str
    keywords: tuple[str, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    snapshot: Cited | None = None

    @property
    def state(self) -> str:
        """The state of the data, in a sentence."""
        recorded = (
            "" if self.recorded_at is None else f", recorded at {self.recorded_at.isoformat()}"
        )
        named = "" if self.snapshot is None else f"; {_snapshot_text(self.snapshot)}"
        return f"Version {self.version} of the data{recorded}{named}."


class Features:
    """Batches of rows, looked at as they pass: how many, under which licences, by whom.

    Rows are gone through once and never held. Whoever writes the file iterates over this and may
    ask afterwards what passed.

    Parameters
    ----------
    batches : iterable of batches
        A row is ``(*lead values, key, geometry or None, *field values)``; the key is an integer,
        moments have a zone, and the geometry has the form that the format asks for.
    fields : sequence of Field
        Of the values after the geometry, in order.
    geometry : str or None
        GeoJSON type of every geometry; ``None`` where the features have none.
    lead : int
        Values at the head of a row that are passed over.
    system : ReferenceSystem
        Of the coordinates. In well-known binary east is before north, whatever its URI says.
    progress : callable, optional
        Told the number of features so far, after each batch.
    """

    def __init__(
        self,
        batches: Iterable[Batch],
        fields: Sequence[Field],
        geometry: str | None,
        *,
        lead: int = 0,
        system: ReferenceSystem = CRS84,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.fields = tuple(fields)
        self.geometry = geometry
        self.lead = lead
        self.system = system
        self.count = 0
        """Features that have passed."""
        self.fault: BaseException | None = None
        """What went wrong in giving rows, as opposed to writing them."""
        self._batches = batches
        self._progress = progress
        self._credits: dict[str, set[str]] = {LICENCE: set(), ATTRIBUTION: set()}

    def __iter__(self) -> Iterator[Batch]:
        """Give the batches that are not empty, and look at each."""
        try:
            for batch in self._batches:
                if batch:
                    self._look_at(batch)
                    yield batch
        except GeneratorExit:  # the writer gave up: the fault is its own
            raise
        except BaseException as fault:
            # Noted and let through, whatever it is: a driver in C that pulls the rows answers with
            # an error of its own, and the caller must hear of this one.
            self.fault = fault
            raise

    @property
    def licences(self) -> tuple[str, ...]:
        """The licences of the rows that have passed, in alphabetical order."""
        return tuple(sorted(self._credits[LICENCE]))

    @property
    def attributions(self) -> tuple[str, ...]:
        """Whom the rows that have passed are owed to, in alphabetical order."""
        return tuple(sorted(self._credits[ATTRIBUTION]))

    def _look_at(self, batch: Batch) -> None:
        for place, field in enumerate(self.fields, self.lead + 2):
            if field.name in self._credits:
                self._credits[field.name] |= {row[place] for row in batch} - {None}
        self.count += len(batch)
        if self._progress is not None:
            self._progress(self.count)


def colophon_members(features: Features, colophon: Colophon) -> dict[str, Any]:
    """The colophon as members of a JSON object, for formats that have room for one.

    Parameters
    ----------
    features : Features
        Gone through: their licences and attributions are taken.
    colophon : Colophon
    """
    return {
        "name": colophon.layer,  # GDAL takes it for the name of the layer of a GeoJSON
        "title": colophon.title,
        "description": colophon.description,
        "keywords": colophon.keywords,
        "licences": features.licences,
        "attributions": features.attributions,
        "version": colophon.version,
        "recorded_at": colophon.recorded_at,
        "query": colophon.query,
        **({} if colophon.snapshot is None else {"snapshot": asdict(colophon.snapshot)}),
    }


def colophon_text(features: Features, colophon: Colophon) -> str:
    """The colophon as lines for people, for formats that can have a page of text beside the rows.

    Parameters
    ----------
    features : Features
        Gone through: their licences and attributions are taken.
    colophon : Colophon
    """
    return "".join(f"{name}: {text}\n" for name, text in colophon_lines(features, colophon))


def colophon_lines(features: Features, colophon: Colophon) -> list[tuple[str, str]]:
    """The same as names and texts; a name comes again for each licence and attribution."""
    recorded = colophon.recorded_at
    return [
        ("Layer", colophon.layer),
        ("Title", colophon.title),
        ("Description", colophon.description),
        *(("Licence", licence) for licence in features.licences),
        *(("Attribution", attribution) for attribution in features.attributions),
        ("Version of the data", str(colophon.version)),
        ("Recorded at", "" if recorded is None else recorded.isoformat()),
        *(() if colophon.snapshot is None else [("Snapshot", _snapshot_text(colophon.snapshot))]),
        ("Query", colophon.query),
        ("Features", str(features.count)),
    ]


def _snapshot_text(cited: Cited) -> str:
    layer = "" if cited.layer is None else f", this layer as a whole sha256:{cited.layer}"
    return f"snapshot {cited.name}, sha256:{cited.content}{layer}"
