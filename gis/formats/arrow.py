"""Rows -> Arrow record batches, in the true type of each field.

A field carries its title and meaning as GDAL's alternative name and comment, so that formats which
can keep them do: QGIS shows the one as the alias and the other as the comment of the field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from gis.fields import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gis.formats.features import Batch, Features

KEY = "fid"
GEOMETRY = "geom"

TYPES = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.COUNT: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.DATE: pa.date32(),
    Kind.DATETIME: pa.timestamp("us", tz="UTC"),
    Kind.TEXTS: pa.string(),  # as a JSON array: no format of GDAL keeps a list in a column of lists
}
"""The column type of each kind of field."""


def schema(features: Features) -> pa.Schema:
    """The key, the geometry where there is one, then the fields."""
    columns = [pa.field(KEY, pa.int64(), nullable=False)]
    if features.geometry is not None:
        wkb = {"ARROW:extension:name": "geoarrow.wkb"}
        columns.append(pa.field(GEOMETRY, pa.binary(), metadata=wkb))
    # No column but the key is declared "never missing": a file with one unexpected gap is worth
    # more than no file.
    columns += [pa.field(f.name, TYPES[f.kind], metadata=_described(f)) for f in features.fields]
    return pa.schema(columns)


def record_batches(features: Features) -> Iterator[pa.RecordBatch]:
    """The features as record batches of that schema, one at a time."""
    for batch in features:
        yield record_batch(features, batch)


def record_batch(features: Features, batch: Batch) -> pa.RecordBatch:
    """One batch of rows, which is not empty, as a record batch of that schema."""
    return pa.RecordBatch.from_arrays(_arrays(features, batch), schema=schema(features))


def moment_texts(column: pa.Array) -> pa.Array:
    """Moments as RFC 3339 has them, ``2019-12-10T00:00:00Z``; a part of a second where it has one.

    By way of a moment without a zone: to format one with a zone, Arrow needs the files of time
    zones of the machine, which a small container lacks.
    """
    civil = column.view(pa.timestamp("us")).cast(pa.string())
    return pc.replace_substring_regex(civil, r"^(\S+) (\S+?)(\.0+)?$", r"\1T\2Z")


def _arrays(features: Features, batch: Batch) -> list[pa.Array]:
    keys, geometries, *values = list(zip(*batch, strict=True))[features.lead :]
    arrays = [pa.array(keys, pa.int64())]
    if features.geometry is not None:
        arrays.append(pa.array(geometries, pa.binary()))
    pairs = zip(features.fields, values, strict=True)
    return arrays + [_array(field.kind, column) for field, column in pairs]


def _array(kind: Kind, values: Sequence[Any]) -> pa.Array:
    if kind is Kind.NUMBER:
        numbers = pa.array(values, pa.float64())
        return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, pa.float64()))
    if kind is Kind.TEXTS:
        return pa.array([_json(texts) for texts in values], pa.string())
    return pa.array(values, TYPES[kind])


def _json(texts: Sequence[str] | None) -> str | None:
    return None if texts is None else msgspec.json.encode(texts).decode()


def _described(field: Field) -> dict[str, str]:
    unit = "" if field.unit is None else f" Unit: {field.unit}."
    return {
        "GDAL:OGR:alternative_name": field.title,
        "GDAL:OGR:comment": field.meaning + unit,
    }
