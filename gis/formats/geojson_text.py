"""GeoJSON (RFC 7946), and GeoJSON with one feature a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from gis.formats.features import colophon_members
from gis.formats.format import NO_COLOPHON, NO_FIELD_TITLES, NOT_FINITE, Format, GeometryForm, Loss
from gis.geojson import MEDIA_TYPE, FeatureEncoder, collection

if TYPE_CHECKING:
    from pathlib import Path

    from gis.formats.features import Colophon, Features


RECORD_SEPARATOR = b"\x1e"


def write_collection(path: Path, features: Features, colophon: Colophon) -> None:
    """Write a FeatureCollection whose further members, at its end, are the colophon."""
    encoder = FeatureEncoder(features.fields, features.lead)
    parts = (encoder.members(batch) for batch in features)
    with path.open("wb") as file:
        for chunk in collection(parts, lambda: _members(features, colophon)):
            file.write(chunk)


def write_lines(path: Path, features: Features, _: Colophon) -> None:
    """Write one feature a line."""
    encoder = FeatureEncoder(features.fields, features.lead)
    with path.open("wb") as file:
        for batch in features:
            file.write(encoder.lines(batch))


def text_sequence(lines: bytes) -> bytes:
    """The same features, a line each, as a GeoJSON text sequence: each begins with a separator.

    References
    ----------
    RFC 8142, 2. No line break stands within a feature: JSON has it escaped in texts.
    """
    return RECORD_SEPARATOR + lines[:-1].replace(b"\n", b"\n" + RECORD_SEPARATOR) + b"\n"


def _members(features: Features, colophon: Colophon) -> bytes:
    return msgspec.json.encode(colophon_members(features, colophon))[1:-1]


_LOSSES = (
    Loss("Coordinates beyond seven decimals", "They are rounded: 1 cm on the ground."),
    Loss(
        "Whole numbers that may be missing",
        "They are written with a fraction (`7.0`) and read as real numbers: clients that guess "
        "types would turn a missing whole number into 0.",
    ),
    Loss("Dates and moments", "They are texts as in RFC 3339; readers know them by their form."),
    NOT_FINITE,
    NO_FIELD_TITLES,
)

GEOJSON = Format(
    id="geojson",
    title="GeoJSON",
    extension="geojson",
    media_type=MEDIA_TYPE,
    geometry=GeometryForm.GEOJSON,
    write=write_collection,
    losses=_LOSSES,
)

GEOJSONSEQ = Format(
    id="geojsonseq",
    title="GeoJSON, one feature a line",
    extension="geojsonl",
    # Not application/geo+json-seq: that puts a record separator before each line (RFC 8142).
    media_type="application/x-ndjson",
    geometry=GeometryForm.GEOJSON,
    write=write_lines,
    losses=(*_LOSSES, NO_COLOPHON),
)
