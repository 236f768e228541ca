"""Places, names, boundaries and regions: new, changed, equal and absent rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from db.engine import connect
from db.history import current_version
from db.vocabulary import BoundaryKind
from db.write.places import (
    BoundaryRow,
    NameRow,
    PlaceRow,
    RegionRow,
    UnknownCode,
    source_ids,
    write_boundaries,
    write_names,
    write_places,
    write_regions,
)
from db.write.upsert import Written
from tests.db.rows import add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = shapely.MultiPolygon([shapely.box(0.1, 14.0, 1.1, 15.0)])
TILLABERI = BoundaryRow(
    kind=BoundaryKind.ADM1,
    code="NER/Tillabéri",
    name="Tillabéri",
    source="maps",
    edition="2012",
    geometry=SQUARE,
    country="NER",
)
INATES = PlaceRow(
    code="geonames:2443230",
    name="I-n-Atès",
    feature_class="H",
    source="maps",
    lon=1.3135,
    lat=15.2275,
)
REGION = RegionRow(
    code="here",
    variant="square",
    title="A square",
    definition="One degree by one",
    area_km2=12_000.0,
    source="maps",
    edition="2012",
    geometry=SQUARE,
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url) as plain:
        add_source(plain, "maps")
    with connect(database_url) as opened:
        yield opened


def test_new_rows_are_inserted_in_their_order(connection: Connection) -> None:
    other = replace(TILLABERI, code="NER/Dosso", name="Dosso")
    assert write_boundaries(connection, [TILLABERI, other]) == Written(2, 0, 0)
    stored = text(
        "SELECT name, country, parent, ST_SRID(geom), ST_XMin(geom) FROM liptako.boundary"
    )
    assert connection.execute(stored).all() == [
        ("Tillabéri", "NER", None, 4326, 0.1),
        ("Dosso", "NER", None, 4326, 0.1),
    ]


def test_equal_rows_make_no_new_version(connection: Connection) -> None:
    write_boundaries(connection, [TILLABERI])
    write_places(connection, [INATES])
    write_names(connection, [NameRow(place=INATES.code, name="Inates")])
    write_regions(connection, [REGION])
    connection.commit()
    before = current_version(connection)
    assert write_boundaries(connection, [TILLABERI]) == Written(0, 0, 1)
    assert write_places(connection, [INATES]) == Written(0, 0, 1)
    assert write_names(connection, [NameRow(place=INATES.code, name="Inates")]) == Written(0, 0, 1)
    assert write_regions(connection, [REGION]) == Written(0, 0, 1)
    connection.commit()
    assert before > 0
    assert current_version(connection) == before


def test_a_changed_row_is_updated_and_keeps_its_number(connection: Connection) -> None:
    number = text("SELECT boundary_id, valid, note FROM liptako.boundary")
    write_boundaries(connection, [TILLABERI])
    before, *_ = connection.execute(number).one()
    valid = Range(date(2011, 8, 1), None)
    changed = replace(TILLABERI, valid=valid, note="as of the law")
    assert write_boundaries(connection, [changed]) == Written(0, 1, 0)
    after, stored, note = connection.execute(number).one()
    assert (after, stored.lower, stored.upper, note) == (
        before,
        date(2011, 8, 1),
        None,
        "as of the law",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"note": "flagged"},
        {"lon": 1.31350001},
        {"population": 0},
        {"modified": date(2014, 1, 1)},
        {"country": "NER"},
    ],
)
def test_every_change_of_a_place_is_seen(
    connection: Connection, changes: dict[str, object]
) -> None:
    write_places(connection, [INATES])
    assert write_places(connection, [replace(INATES, **changes)]) == Written(0, 1, 0)  # type: ignore[arg-type] # the values fit their fields


def test_rows_that_are_no_longer_given_are_told_and_kept(connection: Connection) -> None:
    other = replace(TILLABERI, code="NER/Dosso")
    newer = replace(TILLABERI, code="NER001", edition="2023")
    write_boundaries(connection, [TILLABERI, other, newer])
    assert write_boundaries(connection, [other]).absent == ("NER/Tillabéri",)
    assert connection.scalar(text("SELECT count(*) FROM liptako.boundary")) == 3


def test_nothing_given_is_nothing_written(connection: Connection) -> None:
    nothing = Written(0, 0, 0)
    assert write_boundaries(connection, []) == nothing
    assert write_places(connection, []) == nothing
    assert write_names(connection, []) == nothing
    assert write_regions(connection, []) == nothing


def test_a_missing_source_is_named(connection: Connection) -> None:
    with pytest.raises(UnknownCode, match="no source of the code 'nobody'") as refused:
        write_boundaries(connection, [replace(TILLABERI, source="nobody")])
    assert refused.value.codes == ("nobody",)
    assert list(source_ids(connection, ["maps"])) == ["maps"]


def test_a_missing_place_is_named(connection: Connection) -> None:
    with pytest.raises(UnknownCode, match="no place of the code 'geonames:1'"):
        write_names(connection, [NameRow(place="geonames:1", name="Nowhere")])


def test_many_names_find_their_places(connection: Connection) -> None:
    rows = [replace(INATES, code=f"geonames:{number}") for number in range(1200)]
    write_places(connection, rows)
    names = [NameRow(place=row.code, name=row.code.upper()) for row in rows]
    assert write_names(connection, names).inserted == 1200
    mismatched = text(
        "SELECT count(*) FROM liptako.place_name n JOIN liptako.place p USING (place_id)"
        " WHERE upper(p.code) <> n.name"
    )
    assert connection.scalar(mismatched) == 0


def test_a_rolled_back_load_leaves_nothing(connection: Connection) -> None:
    write_places(connection, [INATES])
    connection.rollback()
    assert connection.scalar(text("SELECT count(*) FROM liptako.place")) == 0
    assert write_places(connection, [INATES]) == Written(1, 0, 0)
