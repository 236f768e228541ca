"""Rows as record batches in true types."""

from __future__ import annotations

import math

import pyarrow as pa

from gis.formats.arrow import record_batches, schema
from gis.formats.features import Features
from tests.gis.formats.rows import FIELDS, TIMES

ROW = (3, None, "a", 1, 7.0, math.inf, *TIMES, None, None)


def test_every_kind_has_its_own_type() -> None:
    columns = schema(Features([], FIELDS, "Point"))
    assert dict(zip(columns.names, map(str, columns.types), strict=True)) == {
        "fid": "int64",
        "geom": "binary",
        "title": "string",
        "reports": "int64",
        "killed": "int64",
        "radius_m": "double",
        "published": "date32[day]",
        "event_start": "timestamp[us, tz=UTC]",
        "names": "string",
        "licence": "string",
        "attribution": "string",
    }


def test_a_field_carries_its_title_meaning_and_unit() -> None:
    described = schema(Features([], FIELDS, None)).field("radius_m").metadata
    assert described[b"GDAL:OGR:alternative_name"] == b"Radius"
    assert described[b"GDAL:OGR:comment"] == b"Of the place. Unit: m."


def test_a_layer_without_geometry_has_no_column_for_it() -> None:
    features = Features([[ROW]], FIELDS, None)
    (batch,) = record_batches(features)
    assert "geom" not in batch.schema.names
    assert batch.column("fid").to_pylist() == [3]


def test_values_are_kept_and_what_is_not_finite_is_missing() -> None:
    (batch,) = record_batches(Features([[ROW]], FIELDS, "Point"))
    (row,) = pa.Table.from_batches([batch]).to_pylist()
    assert row["killed"] == 7
    assert isinstance(row["killed"], int)
    assert row["radius_m"] is None
    assert (row["published"], row["event_start"]) == TIMES[:2]
    assert row["names"] == '["Inates","I \\"n\\""]'


def test_no_rows_make_no_batch() -> None:
    assert list(record_batches(Features([[], []], FIELDS, "Point"))) == []
