from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.borders import METHOD
from db.analyses.parameters import BorderParameters
from db.analyses.run import APPLICATION, needs_run, run_method
from db.engine import connect
from db.errors import InvalidQuery
from gis.border_edges import EdgeMeaning
from tests.db.rows import (
    add_boundary,
    add_estimate,
    add_incident,
    add_region,
    add_source,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

# Two countries side by side, their border on the meridian of 1 degree east; a second source puts
# it 0.01 degrees further east, which is 1,077 m at 14.5 degrees north.
WEST = "MULTIPOLYGON(((0 14, 1 14, 1 15, 0 15, 0 14)))"
EAST = "MULTIPOLYGON(((1 14, 2 14, 2 15, 1 15, 1 14)))"
LINE = "MULTILINESTRING((1 14, 1 15))"
OTHER_LINE = "MULTILINESTRING((1.01 14, 1.01 15))"


@pytest.fixture
def source(database_url: str) -> int:
    with psycopg.connect(database_url, autocommit=True) as db:
        source = add_source(db)
        lsib, osm = add_source(db, "lsib-quattroshapes"), add_source(db, "openstreetmap")
        add_boundary(db, lsib, "adm0", "AAA", WEST, country="AAA")
        add_boundary(db, lsib, "adm0", "BBB", EAST, country="BBB")
        add_boundary(db, lsib, "border", "AAA-BBB", LINE, country="AAA", neighbour="BBB")
        add_boundary(db, lsib, "border", "BBB-AAA", LINE, country="BBB", neighbour="AAA")
        add_boundary(db, osm, "border", "AAA-BBB", OTHER_LINE, country="AAA", neighbour="BBB")
        return source


@pytest.fixture
def connection(database_url: str, source: int) -> Iterator[Connection]:
    with connect(database_url, application=APPLICATION) as connection:
        yield connection


@pytest.fixture
def db(database_url: str, source: int) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def measures(db: psycopg.Connection[Any], target: str) -> list[tuple[Any, ...]]:
    return db.execute(
        "SELECT s.code, round(m.value), round(m.low), round(m.high), m.outcome, m.reason,"
        "       round(ST_Length(m.geom::geography))"
        " FROM liptako.measure m LEFT JOIN liptako.boundary b USING (boundary_id)"
        " LEFT JOIN liptako.source s ON s.source_id = b.source_id"
        " WHERE m.target = %s ORDER BY m.measure_id",
        [target],
    ).fetchall()


def test_each_source_gives_a_distance_and_all_together_give_an_interval(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", radius_m=500, country="AAA")
    outcome = run_method(connection, METHOD, BorderParameters(pairs=("AAA-BBB",)))
    connection.commit()
    assert outcome.counts["incidents"] == 1
    west, east = 10_780, 11_858  # checked with an independent geodesic calculator
    assert measures(db, "AAA-BBB") == [
        ("lsib-quattroshapes", west, west - 500, west + 500, "computed", None, west),
        ("openstreetmap", east, east - 500, east + 500, "computed", None, east),
        (None, east, west - 500, east + 500, "computed", "the sources differ by 1078 m", None),
    ]


def test_the_preferred_source_gives_the_headline(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    run_method(
        connection, METHOD, BorderParameters(pairs=("AAA-BBB",), prefer=("lsib-quattroshapes",))
    )
    connection.commit()
    assert measures(db, "AAA-BBB")[-1][1] == 10_780


@pytest.mark.parametrize(
    "columns, word",
    [
        ({"geom": None, "place_precision": "country", "radius_m": None}, "country"),
        ({"place_precision": "adm1", "radius_m": None}, "adm1"),
        ({"place_precision": "adm1", "adm1": "Nowhere", "radius_m": None}, "adm1"),
        ({"place_precision": "area", "geom": None, "radius_m": None}, "area"),
    ],
)
def test_a_place_known_to_a_country_or_unit_only_is_not_computable_and_says_so(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    columns: dict[str, Any],
    word: str,
) -> None:
    place = {"geom": "SRID=4326;POINT(0.9 14.5)", "country": "AAA", **columns}
    add_incident(db, source, **place)
    outcome = run_method(connection, METHOD)
    connection.commit()
    assert outcome.counts["not computable"] == 1
    (found,) = measures(db, "nearest")
    assert found[:5] == (None, None, None, None, "not_computable")
    assert word in found[5]


def test_an_incident_far_from_all_installed_borders_is_counted_and_left_out(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(90 23)", country="BGD")
    outcome = run_method(connection, METHOD)
    assert outcome.counts["outside the countries with borders"] == 1
    assert outcome.counts["measures"] == 0


def test_a_run_takes_the_place_of_the_one_before_whose_record_stays(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    first = run_method(connection, METHOD)
    connection.commit()
    before = measures(db, "nearest")
    second = run_method(connection, METHOD)
    connection.commit()
    assert measures(db, "nearest") == before
    runs = db.execute(
        "SELECT run_id, replaced_version IS NULL FROM liptako.analysis_run ORDER BY run_id"
    ).fetchall()
    assert runs == [(first.run_id, False), (second.run_id, True)]


def test_a_run_is_needed_until_it_is_done_and_again_once_data_changed(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    assert needs_run(connection, "borders")
    run_method(connection, METHOD)
    connection.commit()
    assert not needs_run(connection, "borders")
    connection.rollback()
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    assert needs_run(connection, "borders")


def test_a_retracted_incident_has_no_distance(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA", status="retracted")
    assert run_method(connection, METHOD).counts["incidents"] == 0


def test_a_source_without_every_border_of_a_country_gives_no_nearest_border(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    """A user's single line is measured to; the nearest border is sought among whole sets."""
    add_boundary(
        db,
        add_source(db, "lsib-two"),
        "border",
        "AAA-CCC",
        "MULTILINESTRING((0 10, 0 11))",
        country="AAA",
        neighbour="CCC",
    )
    lsib = db.execute(
        "SELECT source_id FROM liptako.source WHERE code = 'lsib-quattroshapes'"
    ).fetchone()
    assert lsib is not None
    far = "MULTILINESTRING((0 14, 0 15))"
    add_boundary(db, lsib[0], "border", "AAA-CCC", far, country="AAA", neighbour="CCC")
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    run_method(connection, METHOD)
    connection.commit()
    assert [row[0] for row in measures(db, "nearest")] == ["lsib-quattroshapes", None]


@pytest.mark.parametrize(
    "parameters, said",
    [
        (BorderParameters(pairs=("AAA-XXX",)), "AAA-BBB"),
        (BorderParameters(prefer=("nobody",)), "openstreetmap"),
    ],
)
def test_a_border_or_source_that_is_not_installed_is_refused_and_the_last_run_stays(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    parameters: BorderParameters,
    said: str,
) -> None:
    add_incident(db, source, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    run_method(connection, METHOD)
    connection.commit()
    before = measures(db, "nearest")
    with pytest.raises(InvalidQuery, match=said):
        run_method(connection, METHOD, parameters)
    connection.rollback()
    assert measures(db, "nearest") == before != []


def detail(db: psycopg.Connection[Any], target: str, incident: int) -> list[dict[str, Any]]:
    """What is likely: by source in their order, then over all sources."""
    rows = db.execute(
        "SELECT detail FROM liptako.measure WHERE target = %s AND incident_id = %s"
        " ORDER BY measure_id",
        [target, incident],
    )
    return [row[0] for row in rows]


def results(db: psycopg.Connection[Any], layer: str, **equal: Any) -> list[dict[str, Any]]:
    rows = db.execute(
        "SELECT values FROM liptako.result JOIN liptako.analysis_run USING (run_id)"
        " WHERE layer = %s AND replaced_version IS NULL ORDER BY result_id",
        [layer],
    )
    return [row[0] for row in rows if equal.items() <= row[0].items()]


def test_what_is_likely_follows_from_the_radius_and_the_source(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    # 107.8 m west of the line of one source, 1,185 m west of that of the other.
    key = add_incident(
        db, source, geom="SRID=4326;POINT(0.999 14.5)", radius_m=20_000, country="AAA"
    )
    run_method(connection, METHOD, BorderParameters(within_km=(10, 40)))
    connection.commit()
    lsib, osm, every = detail(db, "AAA-BBB", key)
    # A disc of 20 km about the line: 60.9 % of it is within 10 km (closed form).
    assert lsib["p_within_10_km"] == pytest.approx(0.609, abs=0.03)
    assert lsib["p_within_40_km"] == 1.0
    assert lsib["q05_m"] < lsib["q50_m"] < lsib["q95_m"] < 20_200
    assert every["q05_m"] == min(lsib["q05_m"], osm["q05_m"])
    assert every["q95_m"] == max(lsib["q95_m"], osm["q95_m"])
    assert every["q50_m"] == osm["q50_m"]
    assert every["p_within_10_km"] == osm["p_within_10_km"]
    assert every["agreement"] == "disputed"
    assert every["spread_m"] == pytest.approx(1_078, abs=1)


def test_a_place_known_to_a_unit_lies_anywhere_in_its_polygon(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    unit = "MULTIPOLYGON(((0.2 14.2, 0.8 14.2, 0.8 14.8, 0.2 14.8, 0.2 14.2)))"
    add_boundary(db, add_source(db, "mesoshapes"), "adm1", "AAA/West", unit, country="AAA")
    place: dict[str, Any] = {"place_precision": "adm1", "radius_m": None, "country": "AAA"}
    add_incident(db, source, geom="SRID=4326;POINT(0.5 14.5)", adm1="West region", **place)
    outcome = run_method(connection, METHOD, BorderParameters(prefer=("lsib-quattroshapes",)))
    connection.commit()
    assert outcome.counts["known to a polygon"] == outcome.counts["incidents"] == 1
    code, value, low, high, said, reason, length = measures(db, "nearest")[0]
    assert (code, value, said, length) == ("lsib-quattroshapes", None, "computed", None)
    # From 0.2 to 0.8 degrees, 107.7 km each at 14.5 degrees north; a cell reaches some km.
    assert 15_000 < low < 21_600
    assert 86_300 < high < 92_000
    assert reason == "anywhere in AAA/West (mesoshapes 1)"
    (likely,) = [row for row in results(db, "country-shares") if row["probability"] < 1] or [{}]
    assert likely == {}


def test_a_polygon_of_the_incident_comes_before_that_of_its_unit(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    area = "SRID=4326;MULTIPOLYGON(((0.9 14.4, 1.1 14.4, 1.1 14.6, 0.9 14.6, 0.9 14.4)))"
    add_incident(
        db, source, geom=None, area=area, place_precision="area", radius_m=None, country="AAA"
    )
    run_method(connection, METHOD, BorderParameters(prefer=("lsib-quattroshapes",)))
    connection.commit()
    assert measures(db, "nearest")[0][2] == 0
    shares = {row["country"]: row["probability"] for row in results(db, "country-shares")}
    assert shares == {"AAA": pytest.approx(0.5, abs=0.03), "BBB": pytest.approx(0.5, abs=0.03)}


def test_the_country_has_a_probability_where_the_radius_crosses_a_border(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, "near", geom="SRID=4326;POINT(1 14.5)", country="BBB")
    add_incident(db, source, "far", geom="SRID=4326;POINT(0.5 14.5)", country="BBB")
    add_incident(db, source, "rim", geom="SRID=4326;POINT(0 14.5)", country="AAA")
    run_method(connection, METHOD)
    connection.commit()
    found = {
        (row["incident"], row.get("country")): row["probability"]
        for row in results(db, "country-shares")
    }
    half = pytest.approx(0.5, abs=0.03)
    assert found == {
        ("near", "AAA"): half,
        ("near", "BBB"): half,
        ("far", "AAA"): 1.0,
        ("rim", "AAA"): half,
        ("rim", None): half,
    }


def test_the_nearest_border_is_undetermined_where_the_place_or_the_sources_leave_it_open(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for owner, west in (("lsib-quattroshapes", 0.0), ("openstreetmap", 0.0)):
        row = db.execute("SELECT source_id FROM liptako.source WHERE code = %s", [owner]).fetchone()
        assert row is not None
        line = f"MULTILINESTRING(({west} 14, {west} 15))"
        add_boundary(db, row[0], "border", "AAA-CCC", line, country="AAA", neighbour="CCC")
    # Between lines at 0 and at 1 (or 1.01) degrees: the middle is at 0.5 (or 0.505).
    keys = {
        name: add_incident(
            db,
            source,
            name,
            geom=f"SRID=4326;POINT({lon} 14.5)",
            radius_m=radius,
            country="AAA",
        )
        for name, lon, radius in (
            ("sure", 0.9, 5_000),
            ("wide", 0.55, 10_000),
            ("rivals", 0.5025, 1),
        )
    }
    run_method(connection, METHOD)
    connection.commit()
    found = {name: detail(db, "nearest", key)[-1] for name, key in keys.items()}
    named = {name: one["nearest_border"] for name, one in found.items()}
    assert named == {"sure": "AAA-BBB", "wide": "undetermined", "rivals": "undetermined"}
    assert found["sure"]["nearest_border_share"] == 1.0
    assert 0.5 < found["wide"]["nearest_border_share"] < 0.95
    assert found["rivals"]["nearest_border_share"] == 0.0


def test_several_borders_have_a_nearest_one_among_themselves(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    row = db.execute("SELECT source_id FROM liptako.boundary WHERE code = 'BBB-AAA'").fetchone()
    assert row is not None
    far = "MULTILINESTRING((0 14, 0 15))"
    add_boundary(db, row[0], "border", "AAA-CCC", far, country="AAA", neighbour="CCC")
    add_incident(db, source, geom="SRID=4326;POINT(0.1 14.5)", country="AAA")
    run_method(connection, METHOD, BorderParameters(pairs=("AAA-BBB", "AAA-CCC")))
    connection.commit()
    assert [found[:2] for found in measures(db, "shared")] == [
        ("lsib-quattroshapes", 10_780),
        (None, 10_780),
    ]


def test_geodesic_edges_are_another_line(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    db.execute(
        "UPDATE liptako.boundary SET geom = 'SRID=4326;MULTILINESTRING((0.5 15, 1.5 15))'"
        " WHERE kind = 'border'"
    )
    add_incident(db, source, geom="SRID=4326;POINT(1 14.5)", country="AAA")
    metres = {}
    for edges in EdgeMeaning:
        run_method(connection, METHOD, BorderParameters(edges=edges))
        connection.commit()
        metres[edges] = measures(db, "nearest")[0][1]
    # The geodesic runs up to 61 m north of a parallel between ends one degree apart.
    assert 55 < metres[EdgeMeaning.GEODESIC] - metres[EdgeMeaning.LONLAT] < 65


def test_bands_count_incidents_by_probability_and_killed_by_their_bounds(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = [
        # On the line of the preferred source, 21.6 km from it, and known to a country only.
        add_incident(db, source, "half", geom="SRID=4326;POINT(1 14.5)", radius_m=20_000),
        add_incident(db, source, "out", geom="SRID=4326;POINT(0.8 14.5)", radius_m=1_000),
        add_incident(
            db, source, "nowhere", geom=None, place_precision="country", radius_m=None,
            country="AAA",
        ),
    ]  # fmt: skip
    add_incident(
        db, source, "part", geom="SRID=4326;POINT(0.8 14.5)", radius_m=1_000, part_of=keys[1]
    )
    add_estimate(db, keys[0], low=10, best=12, high=20)
    add_estimate(db, keys[1], low=3, best=None, high=None)
    db.execute(
        "UPDATE liptako.incident SET occurred = '[2019-07-01,2020-07-01)',"
        " time_precision = 'longer' WHERE code = 'half'"
    )
    run_method(
        connection, METHOD, BorderParameters(within_km=(20, 10), prefer=("lsib-quattroshapes",))
    )
    connection.commit()
    chosen = {"border": "nearest", "rank": 1, "part": "band"}
    every = [row for row in results(db, "border-bands", **chosen) if row["year"] is None]
    assert [(row["from_km"], row["to_km"]) for row in every] == [(0, 10), (10, 20), (20, None)]
    near, far, beyond = every
    assert [row["measured"] for row in every] == [2.0, 2.0, 2.0]
    assert [row["left_out"] for row in every] == [1.0, 1.0, 1.0]
    assert near["incidents_expected"] == pytest.approx(0.609, abs=0.03)
    assert near["incidents_expected"] + far["incidents_expected"] == pytest.approx(1.0)
    assert (near["incidents_low"], near["incidents_high"]) == (0, 1)
    assert near["share"] == near["incidents_expected"] / 2
    assert near["killed_low"] == pytest.approx(10 * near["incidents_expected"])
    assert near["killed_high"] == pytest.approx(20 * near["incidents_expected"])
    assert (near["killed_interval_low"], near["killed_interval_high"]) == (0, 20)
    assert (beyond["incidents_expected"], beyond["killed_low"]) == (1.0, 3.0)
    assert beyond["killed_best"] is beyond["killed_high"] is beyond["killed_interval_high"] is None
    within = results(db, "border-bands", **chosen | {"part": "within", "year": None})
    assert [(row["from_km"], row["to_km"]) for row in within] == [(0, 10), (0, 20)]
    assert [row["published_share_low"] for row in within] == [0.09, 0.15]
    by_year = {
        row["year"]: row["incidents_expected"]
        for row in results(db, "border-bands", **chosen | {"from_km": 0.0})
    }
    assert by_year[2019] + by_year[2020] == pytest.approx(by_year[None])
    assert by_year[2019] / by_year[None] == pytest.approx(184 / 366)
    assert all("published" not in row for row in results(db, "border-bands", year=2019))


def test_a_selection_chooses_whose_distances_are_measured(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    square = "MULTIPOLYGON(((0.8 14, 1 14, 1 15, 0.8 15, 0.8 14)))"
    add_region(db, source, "here", "square", square)
    add_incident(db, source, "in", geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    add_incident(db, source, "out", geom="SRID=4326;POINT(0.5 14.5)", country="AAA")
    before = version(db)
    assert run_method(connection, METHOD).counts["incidents"] == 2
    assert run_method(connection, METHOD, BorderParameters(region="here")).counts["incidents"] == 1
    connection.rollback()
    db.execute("UPDATE liptako.incident SET status = 'retracted' WHERE code = 'in'")
    assert run_method(connection, METHOD).counts["incidents"] == 1
    then = db.execute(
        "SELECT recorded_at FROM liptako.data_version WHERE version = %s", [before]
    ).fetchone()
    assert then is not None
    asof = BorderParameters(asof=then[0].isoformat())
    assert run_method(connection, METHOD, asof).counts["incidents"] == 2


def test_incidents_that_may_not_leave_are_measured_and_shown_in_no_table(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    private = add_source(db, "private", redistributable=False)
    key = add_incident(db, private, geom="SRID=4326;POINT(0.9 14.5)", country="AAA")
    assert run_method(connection, METHOD).counts["incidents"] == 1
    connection.commit()
    assert len(detail(db, "nearest", key)) == 3
    assert results(db, "country-shares") == []
    assert {row["measured"] for row in results(db, "border-bands")} == {0.0}
    terms = db.execute("SELECT attribution FROM liptako.analysis_run").fetchone()
    assert terms is not None
    assert "private" not in terms[0]
    filtered = BorderParameters(filter="country = 'AAA'")
    assert run_method(connection, METHOD, filtered).counts["incidents"] == 0


def test_without_borders_or_incidents_nothing_is_found(
    database_url: str, connection: Connection, db: psycopg.Connection[Any]
) -> None:
    assert run_method(connection, METHOD).counts["incidents"] == 0
    connection.commit()
    assert {row["share"] for row in results(db, "border-bands")} == {None}
    db.execute("DELETE FROM liptako.measure")
    db.execute("DELETE FROM liptako.boundary")
    assert run_method(connection, METHOD).counts["measures"] == 0
