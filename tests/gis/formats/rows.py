"""Rows with a field of every kind, and every awkward value, for tests of file formats."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from hypothesis import strategies as st

from gis.export import write_features
from gis.fields import Field, Kind
from gis.formats.features import Colophon, Features
from gis.formats.format import GeometryForm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gis.formats.format import Format

Row = tuple[Any, ...]

FIELDS = (
    Field("title", Kind.TEXT, "Title", "What happened.", nullable=False),
    Field("reports", Kind.INTEGER, "Reports", "How many.", nullable=False),
    Field("killed", Kind.COUNT, "Killed", "How many.", unit="person"),
    Field("radius_m", Kind.NUMBER, "Radius", "Of the place.", unit="m"),
    Field("published", Kind.DATE, "Published", "The day."),
    Field("event_start", Kind.DATETIME, "Start", "The moment."),
    Field("names", Kind.TEXTS, "Names", "All of them."),
    Field("licence", Kind.TEXT, "Licence", "Of the row."),
    Field("attribution", Kind.TEXT, "Attribution", "Of the row."),
)
COLOPHON = Colophon(
    layer="incidents",
    title='Incidents & "more"',
    description="What happened.\nNot all of it.",
    keywords=("conflict", "Sahel"),
    version=7,
    recorded_at=datetime(2021, 4, 1, 12, 30, 15, 123456, tzinfo=UTC),
    query="country=MLI",
)
PLACED = (1, shapely.Point(1.3135, 15.2275), "Inatès", 2, 71.0, 5000.0)
TIMES = (date(2019, 12, 11), datetime(2019, 12, 10, 0, 0, tzinfo=UTC), ["Inates", 'I "n"'])
ROWS: list[Row] = [
    (*PLACED, *TIMES, "CC BY 4.0", "press"),
    (2, None, '=1+1, "quoted"\r\nsecond line\\', 0, 0.0, 0.0, None, None, [], "ODbL", "press"),
    (5, shapely.Point(-179.9999999, -16.5), "", 1, None, None, None, None, None, None, None),
]
"""A full row, one without a place, one at the antimeridian with nothing known."""

# What PostgreSQL can store: any character but NUL.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
counts = st.integers(0, 10**6).map(float)
numbers = st.floats()
moments = st.datetimes(timezones=st.just(UTC))
values = st.tuples(
    texts,
    st.integers(-(2**63), 2**63 - 1),
    st.none() | counts,
    st.none() | numbers,
    st.none() | st.dates(),
    st.none() | moments,
    st.none() | st.lists(texts, max_size=3),
    st.none() | texts,
    st.none() | texts,
)
lons, lats = st.floats(-180, 180), st.floats(-90, 90)
points = st.builds(shapely.Point, lons, lats)
keys = st.integers(1, 2**62)


def rows_of(geometries: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    """Rows of unique keys, some without a geometry."""
    row = st.tuples(keys, st.none() | geometries, values).map(lambda r: (r[0], r[1], *r[2]))
    return st.lists(row, max_size=5, unique_by=lambda row: row[0])


@contextmanager
def written(
    format: Format,
    rows: Sequence[Row],
    geometry: str | None = "Point",
    fields: Sequence[Field] = FIELDS,
    colophon: Colophon = COLOPHON,
) -> Iterator[Path]:
    """A file of these rows, which are handed on two at a time behind one value of lead."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"incidents.{format.extension}"
        given = [(None, row[0], formed(row[1], format.geometry), *row[2:]) for row in rows]
        batches = [given[start : start + 2] for start in range(0, len(given), 2)]
        features = Features(batches, fields, geometry, lead=1)
        assert write_features(path, format, features, colophon) == len(rows)
        yield path


def formed(shape: shapely.Geometry | None, form: GeometryForm) -> Any:
    """A geometry as the database gives it."""
    if shape is None:
        return None
    if form is GeometryForm.WKB:
        return shapely.to_wkb(shape)
    return json.dumps(shapely.geometry.mapping(shape))
