from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.borders import METHOD as BORDERS
from db.analyses.cluster_parameters import Algorithm, ClusterParameters
from db.analyses.clusters import METHOD
from db.analyses.run import run_method
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import (
    add_boundary,
    add_estimate,
    add_incident,
    add_region,
    add_source,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = "MULTIPOLYGON(((0 14, 2 14, 2 16, 0 16, 0 14)))"
HERE = ClusterParameters(region="here/square", radius_km=5, min_points=3)


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def source(db: psycopg.Connection[Any]) -> int:
    source = add_source(db)
    add_region(db, source, "here", "square", SQUARE)
    return source


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def three_near(db: psycopg.Connection[Any], source: int, **columns: object) -> list[int]:
    return [
        add_incident(
            db,
            source,
            f"near-{number}",
            geom=f"SRID=4326;POINT(1.0{number} 15)",
            radius_m=1000,
            country="NER",
            **columns,
        )
        for number in range(3)
    ]


def test_near_incidents_are_a_cluster_and_a_lone_one_is_not(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = three_near(db, source)
    add_incident(db, source, "lone", geom="SRID=4326;POINT(0.2 14.2)", radius_m=1000)
    outcome = run_method(connection, METHOD, HERE)
    connection.commit()
    assert outcome.counts["clusters"] == 1
    assert outcome.counts["in no cluster"] == 1
    members = db.execute(
        "SELECT incident_id FROM liptako.result WHERE layer = 'cluster-members'"
        " AND values->>'cluster' = '1' ORDER BY incident_id"
    ).fetchall()
    assert [row[0] for row in members] == keys
    (cluster,) = db.execute(
        "SELECT (values->>'incidents')::int, (values->>'places')::int, values->>'countries',"
        " GeometryType(geom), (SELECT bool_and(ST_Contains(c.geom, i.geom)) FROM liptako.result i"
        "   WHERE layer = 'cluster-members' AND values->>'cluster' = '1')"
        " FROM liptako.result c WHERE layer = 'clusters'"
    ).fetchall()
    assert cluster == (3, 3, "NER", "MULTIPOLYGON", True)


def test_a_sum_of_killed_leaves_its_upper_end_open_when_one_is_not_known(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    first, second, _ = three_near(db, source)
    add_estimate(db, first, low=25, best=None, high=None)
    add_estimate(db, second, low=1, best=2, high=3)
    run_method(connection, METHOD, HERE)
    row = connection.exec_driver_sql(
        "SELECT values->>'killed_low', values->'killed_high', values->>'killed_unknown'"
        " FROM liptako.result WHERE layer = 'clusters'"
    ).one()
    assert tuple(row) == ("26", None, "1")


def test_days_part_what_happened_long_apart(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number, day in enumerate(("2019-12-10", "2019-12-11", "2021-01-01")):
        add_incident(
            db,
            source,
            f"dated-{number}",
            geom="SRID=4326;POINT(1 15)",
            occurred=f"[{day} 00:00,{day} 23:59:59]",
        )
    together = ClusterParameters(region="here/square", radius_km=5, min_points=3, days=None)
    apart = ClusterParameters(region="here/square", radius_km=5, min_points=3, days=30)
    assert run_method(connection, METHOD, together).counts["clusters"] == 1
    assert run_method(connection, METHOD, apart).counts["clusters"] == 0


def test_a_place_less_precise_than_the_neighbourhood_takes_no_part(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    three_near(db, source)
    add_incident(db, source, "vague", geom="SRID=4326;POINT(1 15)", radius_m=25_000)
    outcome = run_method(connection, METHOD, HERE)
    assert outcome.counts["place too imprecise"] == 1
    assert outcome.counts["incidents"] == 3


def test_a_part_is_not_counted_beside_its_whole(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    whole = add_incident(db, source, "whole", geom="SRID=4326;POINT(1 15)", radius_m=1000)
    three_near(db, source, part_of=whole)
    assert run_method(connection, METHOD, HERE).counts["incidents"] == 1


def test_an_unknown_region_is_refused_with_those_there_are(
    connection: Connection, source: int
) -> None:
    with pytest.raises(InvalidQuery, match="here/square"):
        run_method(connection, METHOD, ClusterParameters(region="nowhere"))


def test_a_part_of_an_aggregate_takes_part(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    total = add_incident(db, source, "total", geom="SRID=4326;POINT(1 15)", kind="aggregate")
    three_near(db, source, part_of=total)
    assert run_method(connection, METHOD, HERE).counts["clusters"] == 1


def test_an_open_end_of_an_incident_is_the_open_end_of_its_cluster(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = three_near(db, source)
    db.execute(
        "UPDATE liptako.incident SET occurred = '[2020-01-01,)' WHERE incident_id = %s", [keys[0]]
    )
    run_method(connection, METHOD, HERE)
    period = connection.exec_driver_sql(
        "SELECT period::text FROM liptako.result WHERE layer = 'clusters'"
    ).scalar_one()
    assert period == '["2019-12-10 00:00:00",)'


def rows_of(connection: Connection, layer: str) -> list[dict[str, Any]]:
    found = connection.exec_driver_sql(
        "SELECT values FROM liptako.result WHERE layer = %(layer)s ORDER BY result_id",
        {"layer": layer},
    )
    return [row[0] for row in found]


def test_days_give_what_may_be_and_what_must_be(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    three_near(db, source, occurred="[2020-03-05,2020-03-06)")
    for number in range(3):
        add_incident(
            db,
            source,
            f"some-time-{number}",
            geom=f"SRID=4326;POINT(0.2{number} 14.5)",
            radius_m=1000,
            occurred="[2020-03-01,2020-04-01)",
        )
    chosen = HERE.model_copy(update={"days": 7.0})
    counts = run_method(connection, METHOD, chosen).counts
    assert (counts["clusters"], counts["clusters that must be"]) == (2, 1)
    clusters = [(row["gap"], row["cluster"]) for row in rows_of(connection, "clusters")]
    assert clusters == [("may", 1), ("may", 2), ("must", 1)]
    members = {row["incident"]: row for row in rows_of(connection, "cluster-members")}
    assert (members["near-0"]["must_cluster"], members["near-0"]["must_part"]) == (1, "core")
    vague = members["some-time-0"]
    assert (vague["part"], vague["must_cluster"], vague["must_part"]) == ("core", None, "alone")


def test_an_incident_whose_time_is_open_takes_no_part_where_days_count(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = three_near(db, source)
    db.execute(
        "UPDATE liptako.incident SET occurred = '[2020-01-01,)' WHERE incident_id = %s", keys[:1]
    )
    counts = run_method(connection, METHOD, HERE.model_copy(update={"days": 7.0})).counts
    assert (counts["incidents"], counts["time open or unknown"]) == (2, 1)


def test_draws_say_how_sure_a_cluster_is_and_are_the_same_again(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number in range(4):
        place = f"SRID=4326;POINT(1.0{number} 15)"
        add_incident(db, source, f"sure-{number}", geom=place, radius_m=1)
    add_incident(db, source, "vague", geom="SRID=4326;POINT(1.07 15)", radius_m=5_000)
    chosen = HERE.model_copy(update={"together_with": "vague"})
    first = run_method(connection, METHOD, chosen)
    members = {row["incident"]: row for row in rows_of(connection, "cluster-members")}
    assert members["sure-1"]["p_core"] == 1
    assert members["sure-0"]["p_together"] == 1
    assert 0.2 < members["vague"]["p_together"] < 0.9
    assert members["vague"]["p_with"] == members["vague"]["p_clustered"]
    assert members["sure-0"]["p_with"] == members["vague"]["p_clustered"]
    (cluster,) = rows_of(connection, "clusters")
    assert cluster["p_together_least"] == members["vague"]["p_together"]
    assert cluster["draws"] == 200
    again = run_method(connection, METHOD, chosen)
    assert {row["incident"]: row for row in rows_of(connection, "cluster-members")} == members
    assert again.counts == first.counts


def test_without_draws_nothing_is_said_of_how_sure_it_is(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    three_near(db, source)
    run_method(connection, METHOD, HERE.model_copy(update={"draws": 0}))
    (cluster,) = rows_of(connection, "clusters")
    assert {"p_core", "p_together", "draws"}.isdisjoint(cluster)


def test_differing_densities_have_members_and_no_core(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number in range(4):
        for lon in (0.2, 1.5):
            place = f"SRID=4326;POINT({lon + number * 0.01} 15)"
            add_incident(db, source, f"at-{lon}-{number}", geom=place, radius_m=1)
    chosen = ClusterParameters(region=None, algorithm=Algorithm.HDBSCAN, draws=5)
    assert run_method(connection, METHOD, chosen).counts["clusters"] == 2
    members = rows_of(connection, "cluster-members")
    assert {(row["part"], row["p_together"]) for row in members} == {("member", 1)}
    assert all("p_core" not in row and row["strength"] > 0 for row in members)
    assert {row["radius_km"] for row in rows_of(connection, "cluster-sensitivity")} == {None}


@pytest.mark.parametrize(
    "given, named",
    [({"days": 3.0}, "days"), ({"min_points": 1}, "min_points")],
)
def test_what_differing_densities_do_not_know_is_refused(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    given: dict[str, Any],
    named: str,
) -> None:
    three_near(db, source)
    chosen = ClusterParameters(region=None, algorithm=Algorithm.HDBSCAN, **given)
    with pytest.raises(InvalidQuery) as fault:
        run_method(connection, METHOD, chosen)
    assert fault.value.parameter == named


def test_too_many_incidents_for_differing_densities_are_refused_with_the_way_out(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    three_near(db, source)
    monkeypatch.setattr("gis.variable_density.MOST_ROWS", 2)
    with pytest.raises(InvalidQuery, match="2 rows at most: ask for fewer, or for dbscan"):
        run_method(connection, METHOD, ClusterParameters(region=None, algorithm=Algorithm.HDBSCAN))


def test_the_table_of_sensitivity_tells_the_setting_of_the_run_from_others(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    three_near(db, source)
    chosen = HERE.model_copy(update={"try_km": (0.5, 5.0), "try_points": (3, 4)})
    run_method(connection, METHOD, chosen)
    rows = rows_of(connection, "cluster-sensitivity")
    shown = [
        (r["min_points"], r["radius_km"], r["setting"], r["clusters"], r["clustered"], r["largest"])
        for r in rows
    ]
    assert shown == [
        (3, 0.5, "tried", 0, 0, 0),
        (3, 5.0, "run", 1, 3, 3),
        (4, 0.5, "tried", 0, 0, 0),
        (4, 5.0, "tried", 0, 0, 0),
    ]


def test_a_cluster_knows_its_actors_and_the_border_next_to_it(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    line = "MULTILINESTRING((1.1 14, 1.1 16))"
    for country, neighbour in (("MLI", "NER"), ("NER", "MLI")):
        add_boundary(db, source, "adm0", country, SQUARE, country=country)
        sides = {"country": country, "neighbour": neighbour}
        add_boundary(db, source, "border", f"{country}-{neighbour}", line, **sides)
    first, second, _ = three_near(db, source)
    db.execute("INSERT INTO liptako.actor (code, name, kind) VALUES ('a', 'Army', 'state_forces')")
    db.execute(
        "INSERT INTO liptako.actor_role (incident_id, actor_id, role)"
        " SELECT unnest(%s::bigint[]), actor_id, 'target' FROM liptako.actor",
        [[first, second]],
    )
    run_method(connection, BORDERS)
    run_method(connection, METHOD, HERE)
    (cluster,) = rows_of(connection, "clusters")
    assert cluster["actors"] == "Army (target): 2"
    assert cluster["border"] == "MLI-NER"
    assert cluster["countries"] == "NER"
    # The nearest stands at 1.02: 0.08 degrees at 15 N.
    assert cluster["border_distance_m"] == pytest.approx(8_605, abs=5)
    assert cluster["border_distance_low_m"] == pytest.approx(7_605, abs=5)
    assert cluster["border_distance_high_m"] == pytest.approx(9_605, abs=5)


def test_the_largest_cluster_is_the_first(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number in range(7):
        lon = 0.2 if number < 3 else 1.5
        add_incident(db, source, f"n-{number}", geom=f"SRID=4326;POINT({lon} 15)", radius_m=1)
    run_method(connection, METHOD, HERE)
    shown = [(row["cluster"], row["incidents"]) for row in rows_of(connection, "clusters")]
    assert shown == [(1, 4), (2, 3)]


def test_an_empty_region_gives_no_clusters_and_a_table_of_nothing(
    connection: Connection, source: int
) -> None:
    outcome = run_method(connection, METHOD, HERE)
    assert outcome.counts["clusters"] == outcome.counts["incidents"] == 0
    assert rows_of(connection, "clusters") == rows_of(connection, "cluster-members") == []
    assert {row["clustered_share"] for row in rows_of(connection, "cluster-sensitivity")} == {None}
    assert "0 incidents" in outcome.pictures["k-distance"]()


def test_the_incident_asked_for_takes_part(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    three_near(db, source)
    with pytest.raises(InvalidQuery, match="together_with"):
        run_method(connection, METHOD, HERE.model_copy(update={"together_with": "elsewhere"}))


def test_an_empty_name_of_a_region_is_no_region() -> None:
    assert ClusterParameters(region="").region is None
