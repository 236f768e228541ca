"""Whole layers into files of every format, beside ogr2ogr: time, size, and memory at its peak.

Each is written by a process of its own, whose memory is looked at ten times a second.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from db.cluster.serving import serving_database
from db.layers.catalogue import LAYERS
from db.settings import Settings
from gis.export import FORMATS
from gis.fields import Kind
from scripts.liptako import console
from scripts.liptako.console import say
from scripts.measure.generated import generated_database
from scripts.measure.processes import Tree, watched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LAYER = "incidents"
VIEW = "layers.incidents"
DRIVERS = {
    "gpkg": "GPKG",
    "fgb": "FlatGeobuf",
    "geojson": "GeoJSON",
    "geojsonseq": "GeoJSONSeq",
    "csv": "CSV",
    "shp": "ESRI Shapefile",
    "kml": "LIBKML",
    "xlsx": "XLSX",
}
"""What ogr2ogr calls the formats that it writes."""

_OURS = """
import sys
from pathlib import Path
from db.engine import create_engine
from db.export import export_layer
from db.layers.catalogue import LAYERS
from db.query import LayerQuery

url, layer, path, format = sys.argv[1:]
export_layer(create_engine(url), LAYERS[layer], LayerQuery(), Path(path), format)
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What it took to write a file.

    Parameters
    ----------
    way, format : str
    wall_s, cpu_s : float
        Seconds; of processor time, of the writing process alone.
    size : int
        Bytes.
    peak_mb : float
        Megabytes that the process took at most.
    ended : str
        Empty where it was written; else why not.
    """

    way: str
    format: str
    wall_s: float
    cpu_s: float
    size: int
    peak_mb: float
    ended: str = ""

    def cells(self) -> tuple[str, ...]:
        """As a line of the table."""
        rate = self.size / 1e6 / self.wall_s
        numbers = (self.wall_s, self.cpu_s, self.size / 1e6, rate, self.peak_mb)
        return (self.format, self.way, *(f"{number:.1f}" for number in numbers), self.ended)


def measured(url: str, formats: Sequence[str], folder: Path) -> Iterator[Written]:
    """Each format by us, and by ogr2ogr where it writes it."""
    for format in formats:
        path = folder / f"ours.{FORMATS[format].extension}"
        ours = [sys.executable, "-c", _OURS, url, LAYER, str(path), format]
        yield _run("ours", format, ours, path)
        if format in DRIVERS:
            # Of a Shapefile it makes several files, in a folder where the name has no ending.
            path = folder / ("ogr2ogr" if format == "shp" else f"ogr2ogr.{format}")
            yield _run("ogr2ogr", format, _ogr2ogr(url, format, path), path)


def _ogr2ogr(url: str, format: str, path: Path) -> list[str]:
    options = ["-lco", "ENCODING=UTF-8"] if format == "shp" else []
    # FlatGeobuf has no lists, and ogr2ogr does not make texts of them.
    columns = ", ".join(
        f"array_to_json({field.name})::text AS {field.name}"
        if field.kind is Kind.TEXTS
        else field.name
        for field in LAYERS[LAYER].fields
    )
    query = f"SELECT id, geom, {columns} FROM {VIEW}"
    given = ["-sql", query, "-nln", LAYER, *options]
    return ["ogr2ogr", "-f", DRIVERS[format], str(path), f"PG:{url}", *given]


def _run(way: str, format: str, command: Sequence[str], path: Path) -> Written:
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert child.stderr is not None
    # Not what the system says at its end: that has our own memory at the fork in it.
    with watched(Tree(child.pid)) as memory:
        told = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - started
    ended = "" if child.returncode == 0 else _last_line(told)
    size = _size(path)
    _delete(path)
    cpu_s = used.ru_utime + used.ru_stime
    return Written(way, format, wall_s, cpu_s, size, memory.peak_mb, ended)


def _last_line(told: bytes) -> str:
    lines = told.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it failed without a word"


def _files(path: Path) -> list[Path]:
    return [*path.glob("*")] if path.is_dir() else [path] if path.exists() else []


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in _files(path))


def _delete(path: Path) -> None:
    for file in _files(path):
        file.unlink()
    if path.is_dir():
        path.rmdir()


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=1_000_000, help="incidents to generate")
    parser.add_argument("--formats", default=",".join(FORMATS), help="which, with commas between")
    parser.add_argument("--keep", action="store_true", help="keep the database for the next run")
    chosen = parser.parse_args()
    with serving_database(Settings(), say) as server:
        say(f"Generating {chosen.incidents:,} incidents")
        with (
            generated_database(server, chosen.incidents, keep=chosen.keep) as url,
            tempfile.TemporaryDirectory() as folder,
        ):
            rows = []
            for one in measured(url, chosen.formats.split(","), Path(folder)):
                rows.append(one.cells())
                say(", ".join(filter(None, rows[-1])))
    columns = ("format", "by", "wall s", "CPU s", "MB", "MB/s", "peak MB", "")
    console.table(f"{chosen.incidents:,} incidents", columns, rows)


if __name__ == "__main__":
    main()
