from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import rasterio

from db.analyses.density import METHOD
from db.analyses.parameters import DensityParameters, Weighed
from db.analyses.run import raster_of, run_method
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import add_estimate, add_incident, add_region, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = "MULTIPOLYGON(((0 14, 2 14, 2 16, 0 16, 0 14)))"


def asked(**chosen: Any) -> DensityParameters:
    return DensityParameters(**{"region": "here/square", "cell_km": 10, **chosen})


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def source(db: psycopg.Connection[Any]) -> int:
    source = add_source(db)
    add_region(db, source, "here", "square", SQUARE)
    for number, at in enumerate(("1.0 15", "1.1 15", "0.5 14.5")):
        incident = add_incident(
            db, source, f"at-{number}", geom=f"SRID=4326;POINT({at})", radius_m=1_000
        )
        if number < 2:
            add_estimate(db, incident, low=number * 7, best=None, high=None)
    return source


@pytest.fixture
def connection(database_url: str, source: int) -> Iterator[Connection]:
    assert source
    with connect(database_url) as connection:
        yield connection


def test_areas_hold_shares_and_one_lies_in_the_other(connection: Connection) -> None:
    outcome = run_method(connection, METHOD, asked())
    assert outcome.counts["incidents"] == 3
    rows = connection.exec_driver_sql(
        "SELECT (values->>'share')::float, (values->>'incidents')::int,"
        " (values->>'expected')::float, (values->>'area_km2')::float,"
        " ST_Area(geom::geography) / 1e6, ST_IsValid(geom), GeometryType(geom),"
        " coalesce(ST_Covers(lag(geom) OVER (ORDER BY result_id), geom), true)"
        " FROM liptako.result WHERE layer = 'density' ORDER BY result_id"
    ).all()
    assert [row[0] for row in rows] == [0.95, 0.8, 0.5]
    assert [row[1] for row in rows] == [3, 3, 2]
    for share, _, expected, said, measured, valid, kind, covered in rows:
        assert expected == pytest.approx(3 * share, abs=0.1)
        assert said == pytest.approx(measured, rel=1e-3)
        assert (valid, kind, covered) == (True, "MULTIPOLYGON", True)


def test_the_raster_of_a_run_holds_its_incidents_and_says_what_it_is(
    connection: Connection,
) -> None:
    outcome = run_method(connection, METHOD, asked())
    content = raster_of(connection, outcome.run_id)
    assert content is not None
    with rasterio.MemoryFile(content) as memory, memory.open() as file:
        assert file.read(1).sum() * 0.1 == pytest.approx(3.0, rel=1e-5)
        tags = file.tags()
    assert (tags["METHOD"], tags["LICENCE"]) == ("density 1", "CC BY 4.0")
    assert '"bandwidth_km":50.0' in tags["PARAMETERS"]


def test_people_killed_can_be_weighed_and_unknown_is_not_nobody(connection: Connection) -> None:
    outcome = run_method(connection, METHOD, asked(weight=Weighed.KILLED))
    assert outcome.counts["incidents"] == 1
    assert outcome.counts["no figure of killed"] == 1
    assert outcome.counts["nobody killed at least"] == 1
    content = raster_of(connection, outcome.run_id)
    assert content is not None
    with rasterio.MemoryFile(content) as memory, memory.open() as file:
        assert file.read(1).sum() * 0.1 == pytest.approx(7.0, rel=1e-5)


def test_what_has_no_point_or_no_radius_is_counted(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, "vague", geom=None, radius_m=None, place_precision="country")
    outcome = run_method(connection, METHOD, asked(region=""))
    assert outcome.counts["incidents"] == 3
    assert outcome.counts["without a point or a radius"] == 1


def test_no_incident_makes_no_surface(connection: Connection) -> None:
    outcome = run_method(connection, METHOD, asked(datetime="1990"))
    assert outcome.counts["incidents"] == 0
    assert raster_of(connection, outcome.run_id) is None


def test_the_same_data_give_the_same_bytes(connection: Connection) -> None:
    first = METHOD.compute(connection, asked(), lambda share, doing: None)
    second = METHOD.compute(connection, asked(), lambda share, doing: None)
    assert first.raster == second.raster
    assert list(first.results["density"]) == list(second.results["density"])


@pytest.mark.parametrize(
    "wrong, parameter",
    [
        ({"cell_km": 30}, "cell_km"),
        ({"bandwidth_km": 1, "cell_km": 0.01}, "cell_km"),
        ({"region": "nowhere"}, "region"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_the_name_of_the_parameter(
    connection: Connection, wrong: dict[str, Any], parameter: str
) -> None:
    with pytest.raises(InvalidQuery) as refused:
        run_method(connection, METHOD, asked(**wrong))
    assert refused.value.parameter == parameter


def test_the_raster_goes_with_its_run(connection: Connection) -> None:
    outcome = run_method(connection, METHOD, asked(), keep_s=0.0)
    assert raster_of(connection, outcome.run_id) is not None
    run_method(connection, METHOD, asked())
    assert raster_of(connection, outcome.run_id) is None
