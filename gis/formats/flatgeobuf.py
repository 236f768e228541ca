"""FlatGeobuf: true column types, as a file or as a stream.

There is no spatial index: GDAL makes none where a feature has no geometry, and ours may have none.

A stream is put together from files that GDAL writes in memory, one for each batch. Without an index
the features of a FlatGeobuf are records that know nothing of one another, so those of many files
stand behind the header of an empty one. Its header tells neither count nor box: readers that want
them go through the features.

References
----------
https://flatgeobuf.org: magic bytes, size of the header (32 bits, little-endian), header, index,
features.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING

from gis.formats.features import Features
from gis.formats.format import NOT_FINITE, Format, GeometryForm, Loss
from gis.formats.ogr import write_ogr
from gis.whole_file import UnwritableFile

if TYPE_CHECKING:
    from pathlib import Path

    from gis.formats.features import Batch, Colophon

KEY = "id"
"""Column of the keys: a FlatGeobuf has no keys of its own, and QGIS looks for this name."""

MAGIC = b"fgb\x03fgb\x01"

_SIZE = struct.Struct("<I")
_ENVELOPE = 1
"""Place of the box among the members of the header."""


def write(path: Path, features: Features, colophon: Colophon) -> None:
    """Write a FlatGeobuf whose header tells count and box.

    Raises
    ------
    UnwritableFile
        The disk is full, or the driver fails otherwise.
    """
    import pyogrio  # here, for the same reason as in gis.formats.ogr

    described = f"{colophon.description} {colophon.state}"
    about = {"TITLE": colophon.title, "DESCRIPTION": described}
    _write(path, features, colophon.layer, about)
    try:
        found = pyogrio.read_info(path, force_feature_count=True)["features"]
    except RuntimeError as fault:
        raise UnwritableFile(path.name, f"the disk has room for it ({fault})") from fault
    if found != features.count:
        rule = f"the disk has room for it ({found} of {features.count} features were written)"
        raise UnwritableFile(path.name, rule)


def header(features: Features, layer: str) -> bytes:
    """What a stream begins with; a file of no features on its own.

    Parameters
    ----------
    features : Features
        Fields, geometry and system are taken; no row is.
    layer : str
        Name of the layer within the file.
    """
    file = bytearray(_in_memory(features, (), layer))
    _forget_box(file)
    return bytes(file)


def records(features: Features, batch: Batch, layer: str) -> bytes:
    """The features of a batch, as they stand in a stream behind its header."""
    file = _in_memory(features, (batch,), layer)
    (size,) = _SIZE.unpack_from(file, len(MAGIC))
    return file[len(MAGIC) + _SIZE.size + size :]


def _forget_box(file: bytearray) -> None:
    """Empty the list of the box's numbers: that of no features is no number, and readers trust it.

    References
    ----------
    https://flatbuffers.dev/internals: a table begins with the distance back to its vtable, whose
    third number on tell where in the table each member is; a list begins with its length.
    """
    start = len(MAGIC) + _SIZE.size
    table = start + _SIZE.unpack_from(file, start)[0]
    vtable = table - struct.unpack_from("<i", file, table)[0]
    (place,) = struct.unpack_from("<H", file, vtable + 2 * (2 + _ENVELOPE))
    if place:
        box = table + place + _SIZE.unpack_from(file, table + place)[0]
        _SIZE.pack_into(file, box, 0)


def _in_memory(features: Features, batches: tuple[Batch, ...], layer: str) -> bytes:
    shown = Features(
        batches, features.fields, features.geometry, lead=features.lead, system=features.system
    )
    file = BytesIO()
    _write(file, shown, layer, {})
    return file.getvalue()


def _write(path: Path | BytesIO, features: Features, layer: str, about: dict[str, str]) -> None:
    write_ogr(
        path,
        features,
        layer,
        driver="FlatGeobuf",
        layer_options={**about, "SPATIAL_INDEX": "NO"},
        dataset_options={},
        key=KEY,
    )


FLATGEOBUF = Format(
    id="fgb",
    title="FlatGeobuf",
    extension="fgb",
    media_type="application/flatgeobuf",
    geometry=GeometryForm.WKB,
    write=write,
    losses=(
        Loss("Dates", "They are moments: midnight of the day."),
        Loss(
            "Moments finer than a millisecond (before 1970: than a second)",
            "They are cut to the whole millisecond (or second).",
        ),
        Loss("A spatial index", "There is none: the format has none where a place is missing."),
        Loss("A list of texts", "It is the text of a JSON array."),
        Loss("The closed lists of words of a field", "They are plain text columns."),
        Loss(
            "Query and licences as a whole",
            "They are left out; title, description and state are kept in a file, and licence and "
            "attribution are columns of every row.",
        ),
        NOT_FINITE,
    ),
)
