"""Rows of a layer -> a file, in any of the formats; and what each format cannot keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.errors import UnsupportedFormat
from gis.formats.csv_rows import CSV
from gis.formats.flatgeobuf import FLATGEOBUF
from gis.formats.geojson_text import GEOJSON, GEOJSONSEQ
from gis.formats.geopackage import GEOPACKAGE
from gis.formats.geoparquet import GEOPARQUET
from gis.formats.kml import KML, KMZ
from gis.formats.shapefile import SHAPEFILE
from gis.formats.spreadsheet import XLSX
from gis.whole_file import UnwritableFile

if TYPE_CHECKING:
    from pathlib import Path

    from gis.formats.features import Colophon, Features
    from gis.formats.format import Format, Loss

FORMATS: dict[str, Format] = {
    format.id: format
    for format in (
        GEOPACKAGE,
        GEOPARQUET,
        FLATGEOBUF,
        GEOJSON,
        GEOJSONSEQ,
        CSV,
        XLSX,
        SHAPEFILE,
        KML,
        KMZ,
    )
}
"""All formats, by identifier, in the order in which they are offered."""

LOSSES: dict[str, tuple[Loss, ...]] = {format.id: format.losses for format in FORMATS.values()}
"""What each format cannot keep, and what is done instead."""

_OTHER_ENDINGS = {".json": GEOJSON.id, ".ndjson": GEOJSONSEQ.id, ".geoparquet": GEOPARQUET.id}


def format_named(name: str) -> Format:
    """The format of that identifier.

    Raises
    ------
    UnsupportedFormat
        There is none; the error names those there are.
    """
    if name not in FORMATS:
        raise UnsupportedFormat(name, f"it is one of {', '.join(FORMATS)}")
    return FORMATS[name]


def format_of_file(path: Path) -> str:
    """The identifier of the format that the ending of a file's name stands for.

    Raises
    ------
    UnsupportedFormat
        It stands for none of ours.
    """
    endings = {f".{format.extension}": format.id for format in FORMATS.values()}
    name = path.name.lower()
    for ending, format in (endings | _OTHER_ENDINGS).items():
        if name.endswith(ending):
            return format
    known = ", ".join(endings)
    raise UnsupportedFormat(path.name, f"name the format, or end the file in one of {known}")


def write_features(path: Path, format: Format, features: Features, colophon: Colophon) -> int:
    """Write features to a file, and tell how many.

    Parameters
    ----------
    path : Path
        Nothing is there yet; :func:`gis.whole_file.whole_file` gives such a place.
    format : Format
    features : Features
        Their geometries in the form of ``format.geometry``.
    colophon : Colophon

    Raises
    ------
    UnwritableFile
        The file cannot be written. An error of whoever gives the rows comes as it is.
    """
    try:
        format.write(path, features, colophon)
    except OSError as fault:
        if features.fault is not None:
            raise
        raise unwritable(path, fault) from fault
    return features.count


def unwritable(path: Path, fault: OSError) -> UnwritableFile:
    """The error for a file that the disk does not take."""
    return UnwritableFile(path.name, f"the disk takes it ({fault.strerror or fault})")


def losses_page() -> str:
    """The page ``docs/losses.md``, as Markdown."""
    return _HEAD + "".join(_section(format) for format in FORMATS.values())


_HEAD = """\
# What an export cannot keep

A file holds one layer in one state of the data. Each format below keeps everything that the layer
has but what its table names. Coordinates are longitude and latitude on WGS 84 in every format, and
licence and attribution are columns of every row.

This page is made by the code (`gis.export.losses_page`): change it there.
"""


def _section(format: Format) -> str:
    rows = "".join(f"| {loss.what} | {loss.instead} |\n" for loss in format.losses)
    head = f"\n## {format.title} (`{format.id}`, files end in `.{format.extension}`)\n\n"
    return f"{head}| what | instead |\n|---|---|\n{rows}"
