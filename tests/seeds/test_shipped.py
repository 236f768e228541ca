"""The shipped boundaries: complete, valid, and where they say they are."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pyogrio
import pytest
from sqlalchemy import text

from db.engine import connect
from db.history import current_version
from db.write.places import UnknownCode
from seeds.boundaries import read_boundaries
from seeds.shipped import FOLDER, SHIPPED, load_shipped_boundaries
from tests.seeds.catalogued import add_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

COUNTS = {
    ("lsib-quattroshapes", "border", "2012-2013"): 17,
    ("openstreetmap", "border", "2017-11"): 3,
    ("openstreetmap", "border", "2020-05"): 14,
    ("natural-earth", "border", "2024-01-24"): 17,
    ("lsib-quattroshapes", "tripoint", "2012-2013"): 4,
    ("openstreetmap", "tripoint", "2017-11"): 1,
    ("openstreetmap", "tripoint", "2017-11/2020-05"): 3,
    ("openstreetmap", "tripoint", "2020-05"): 11,
    ("natural-earth", "tripoint", "2024-01-24"): 15,
    ("lsib-quattroshapes", "adm0", "2012-2013"): 3,
    ("openstreetmap", "adm0", "2020-05"): 14,
    ("mesoshapes", "adm1", "2012-2015"): 30,
    ("mesoshapes", "adm1", "2025-08-01"): 17,
    ("openstreetmap", "adm1", "2020-05"): 31,
    ("mesoshapes", "adm2", "2012-2015"): 131,
    ("openstreetmap", "adm2", "2020-05"): 45,
}


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as opened:
        add_sources(opened)
        yield opened


def test_every_feature_of_every_file_is_shipped_once() -> None:
    taken: Counter[str] = Counter()
    for file in SHIPPED:
        found = read_boundaries(file)
        assert (found.faults, found.repaired) == ((), ())
        taken[file.path.name] += len(found.rows)
    assert taken == {
        name: pyogrio.read_info(FOLDER / name)["features"]
        for name in {file.path.name for file in SHIPPED}
    }


def test_every_source_and_edition_has_its_rows(connection: Connection) -> None:
    written = load_shipped_boundaries(connection)
    assert (written.inserted, written.absent) == (356, ())
    counted = text(
        "SELECT s.code, b.kind, b.edition, count(*) FROM liptako.boundary b"
        " JOIN liptako.source s USING (source_id) GROUP BY 1, 2, 3"
    )
    assert {tuple(key): n for *key, n in connection.execute(counted)} == COUNTS


def test_all_geometries_are_valid_and_of_their_type(connection: Connection) -> None:
    load_shipped_boundaries(connection)
    types = text(
        "SELECT DISTINCT kind, GeometryType(geom), ST_SRID(geom), ST_IsValid(geom),"
        " ST_IsEmpty(geom) FROM liptako.boundary ORDER BY 1"
    )
    assert connection.execute(types).all() == [
        ("adm0", "MULTIPOLYGON", 4326, True, False),
        ("adm1", "MULTIPOLYGON", 4326, True, False),
        ("adm2", "MULTIPOLYGON", 4326, True, False),
        ("border", "MULTILINESTRING", 4326, True, False),
        ("tripoint", "POINT", 4326, True, False),
    ]


def test_tripoints_lie_where_their_lines_end(connection: Connection) -> None:
    """Within the spread that the note states, of every line of the source that meets there."""
    load_shipped_boundaries(connection)
    off = text(
        "SELECT p.source_id, p.code, line.code,"
        " ST_Distance(p.geom::geography, line.geom::geography) AS off_m,"
        " substring(p.note FROM 'up to (\\d+) m')::float AS spread_m"
        " FROM liptako.boundary p JOIN liptako.boundary line USING (source_id)"
        " WHERE p.kind = 'tripoint' AND line.kind = 'border'"
        " AND string_to_array(line.code, '-') <@ string_to_array(p.code, '-')"
    )
    found = connection.execute(off).all()
    assert len({(row.source_id, row[1]) for row in found}) == 34
    assert len(found) >= 2 * 34
    # Half a metre for a spread that the file rounds to whole metres.
    assert [row for row in found if row.off_m > row.spread_m + 0.5] == []


def test_a_second_load_changes_nothing(connection: Connection) -> None:
    load_shipped_boundaries(connection)
    connection.commit()
    before = current_version(connection)
    written = load_shipped_boundaries(connection)
    connection.commit()
    assert (written.inserted, written.updated, written.unchanged) == (0, 0, 356)
    assert current_version(connection) == before


def test_validity_is_stated_where_it_is_known(connection: Connection) -> None:
    load_shipped_boundaries(connection)
    stated = text(
        "SELECT DISTINCT kind, country, edition, lower(valid), upper(valid) FROM liptako.boundary"
        " WHERE valid IS NOT NULL ORDER BY 1, 2, 3"
    )
    reform = date(2025, 7, 2)
    assert connection.execute(stated).all() == [
        ("adm1", "BFA", "2012-2015", None, reform),
        ("adm1", "BFA", "2020-05", None, reform),
        ("adm1", "BFA", "2025-08-01", reform, None),
        ("adm2", "BFA", "2012-2015", None, reform),
        ("adm2", "BFA", "2020-05", None, reform),
        ("adm2", "NER", "2012-2015", None, date(2011, 1, 1)),
    ]


def test_the_regions_of_2025_cover_burkina_faso_as_those_before(connection: Connection) -> None:
    load_shipped_boundaries(connection)
    areas = text(
        "SELECT sum(ST_Area(geom::geography)) / 1e6 FROM liptako.boundary b"
        " JOIN liptako.source s USING (source_id)"
        " WHERE s.code = 'mesoshapes' AND b.kind = 'adm1' AND country = 'BFA' GROUP BY edition"
    )
    before, after = connection.scalars(areas)
    assert before == pytest.approx(after, rel=1e-6)


def test_units_keep_their_accents_and_their_parents(connection: Connection) -> None:
    load_shipped_boundaries(connection)
    unit = text(
        "SELECT unit.name, above.name FROM liptako.boundary unit JOIN liptako.boundary above"
        " ON above.code = unit.parent AND above.source_id = unit.source_id"
        " WHERE unit.code IN ('NER/Tillabéri/Filingue', 'MLI/Timbuktu/Tombouctou') ORDER BY 1"
    )
    assert connection.execute(unit).all() == [
        ("Filingué", "Tillabéri"),
        ("Tombouctou", "Tombouctou"),
    ]
    orphans = text(
        "SELECT count(*) FROM liptako.boundary unit WHERE kind = 'adm2' AND parent IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM liptako.boundary above WHERE above.code = unit.parent)"
    )
    assert connection.scalar(orphans) == 0


def test_without_the_catalogue_the_missing_sources_are_named(database_url: str) -> None:
    with connect(database_url) as empty, pytest.raises(UnknownCode, match="'lsib-quattroshapes'"):
        load_shipped_boundaries(empty)
