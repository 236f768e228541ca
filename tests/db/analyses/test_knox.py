from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest
from pydantic import ValidationError

from db.analyses.knox import METHOD
from db.analyses.method import unheard
from db.analyses.parameters import KnoxParameters
from db.analyses.run import run_method
from db.engine import connect, create_engine
from db.layers.catalogue import layer_named
from db.query import LayerQuery
from db.read import batches
from db.transaction import reading
from gis.bands import Closed
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.analyses.found import Found

QUICK = KnoxParameters(
    space_km=(0, 10, 50), time_days=(0, 1, 8), permutations=19, draws=3, near_days=2
)


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def source(db: psycopg.Connection[Any]) -> int:
    return add_source(db)


@pytest.fixture
def connection(database_url: str, source: int) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def add(db: psycopg.Connection[Any], source: int, lon: float, day: str, **columns: object) -> int:
    row = db.execute("SELECT count(*) FROM liptako.incident").fetchone()
    assert row is not None
    occurred = day if day[0] == "[" else f"[{day} 00:00,{day} 23:59:59.999999]"
    return add_incident(
        db,
        source,
        f"incident-{row[0]}",
        **{
            "geom": f"SRID=4326;POINT({lon} 15)",
            "radius_m": 500,
            "occurred": occurred,
            **columns,
        },
    )


def cells(found: Found) -> dict[tuple[str, str], Any]:
    return {
        (row.values["space_band"], row.values["time_band"]): row.values
        for row in found.results["knox"]
    }


def texts(found: Found) -> list[str]:
    """Rows as texts, in which NaN is NaN."""
    return [str(row.values) for rows in found.results.values() for row in rows]


def test_pairs_are_counted_by_distance_and_days(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    # Two at a kilometre on one day, one 22 km off five days later, one far off in time and space.
    for lon, day in ((1.0, "2020-01-01"), (1.01, "2020-01-01"), (1.2, "2020-01-06")):
        add(db, source, lon, day)
    add(db, source, 9.0, "2020-06-01")
    found = METHOD.compute(connection, QUICK, unheard)
    counted = {bands: row["observed"] for bands, row in cells(found).items()}
    assert counted == {
        ("[0, 10)", "[0, 1)"): 1,
        ("[0, 10)", "[1, 8)"): 0,
        ("[10, 50)", "[0, 1)"): 0,
        ("[10, 50)", "[1, 8)"): 2,
    }
    near = cells(found)["[0, 10)", "[0, 1)"]
    # One pair of six is near, one of six on a day: a sixth of a pair by chance.
    assert near["expected"] == pytest.approx(1 / 6)
    assert near["ratio"] == pytest.approx(6)
    assert 0 < near["p"] <= 1
    assert found.counts["known to the day"] == 4


def test_what_is_vague_takes_part_in_draws_and_bounds_and_nowhere_else(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, 1.0, "2020-01-01")
    add(db, source, 1.0, "[2020-01-01,2020-01-04)")
    add(db, source, 1.0, "[2020-01-01,2020-01-20)", time_extent="throughout")
    found = METHOD.compute(connection, QUICK, unheard)
    same_day, week = (cells(found)["[0, 10)", band] for band in ("[0, 1)", "[1, 8)"))
    # What lasted began on its first day; what happened in three days is on any of them.
    assert (found.counts["incidents"], found.counts["known to the day"]) == (3, 2)
    assert (same_day["observed"], same_day["must"], same_day["may"]) == (1, 1, 3)
    assert (week["observed"], week["must"], week["may"]) == (0, 0, 2)
    assert (same_day["incidents"], same_day["dated_incidents"]) == (2, 3)
    assert same_day["drawn_ratio_low"] <= same_day["drawn_ratio_median"]


def test_what_is_too_coarse_or_not_dated_is_left_out_and_counted(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, 1.0, "2020-01-01")
    add(db, source, 1.0, "2020-01-01", radius_m=25_000)
    add(db, source, 1.0, "2020-01-01", radius_m=None, place_precision="adm2")
    add(db, source, 1.0, "[2020-01-01,)")
    found = METHOD.compute(connection, QUICK, unheard)
    assert found.counts["incidents"] == 1
    assert found.counts["place too imprecise"] == 2
    assert found.counts["without a date"] == 1


def test_nothing_gives_zeros_and_unknowns(connection: Connection) -> None:
    found = METHOD.compute(connection, QUICK, unheard)
    for row in cells(found).values():
        assert (row["observed"], row["must"], row["may"]) == (0, 0, 0)
        assert all(np.isnan(row[name]) for name in ("ratio", "drawn_ratio_low", "median_ratio"))
    tests = {row.values["test"]: row.values for row in found.results["interaction"]}
    assert list(tests) == ["mantel", "jacquez", "modified-knox"]
    assert all(np.isnan(row["statistic"]) for row in tests.values())


def test_repeats_that_were_planted_are_found_by_every_test(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    rng = np.random.default_rng(1)
    days = np.datetime64("2020-01-01") + np.sort(rng.permutation(300)[:20])
    for place, day in zip(rng.random(20) * 8, days, strict=True):
        add(db, source, place, str(day))
        add(db, source, place + 0.002, str(day + np.timedelta64(1, "D")))
    found = METHOD.compute(connection, QUICK, unheard)
    near = cells(found)["[0, 10)", "[1, 8)"]
    assert near["observed"] >= 20
    assert near["p"] == pytest.approx(1 / 20)
    assert near["drawn_p_high"] < 0.05
    for row in found.results["interaction"]:
        assert row.values["p"] == pytest.approx(1 / 20), row.values["test"]
        assert row.values["incidents"] == 40


def test_mantel_is_of_some_of_many_incidents_and_of_the_same_each_time(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(30):
        add(db, source, 1 + number / 7 % 1, f"2020-01-{1 + number:02}")
    monkeypatch.setattr("db.analyses.knox.MANTEL_INCIDENTS", 12)
    first, again = (METHOD.compute(connection, QUICK, unheard) for _ in range(2))
    assert texts(first) == texts(again)
    mantel, jacquez, _ = (row.values for row in first.results["interaction"])
    assert (mantel["incidents"], jacquez["incidents"]) == (12, 30)


def test_without_draws_and_shuffles_there_is_the_table_alone(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, 1.0, "2020-01-01")
    add(db, source, 1.0, "2020-01-02")
    plain = QUICK.model_copy(update={"draws": 0, "permutations": 0})
    row = cells(METHOD.compute(connection, plain, unheard))["[0, 10)", "[1, 8)"]
    assert row["observed"] == 1
    assert np.isnan(row["p"])
    assert "drawn_p_low" not in row


def test_the_layers_show_a_run(
    database_url: str, db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, 1.0, "2020-01-01")
    add(db, source, 1.0, "2020-01-02")
    run_method(connection, METHOD, QUICK)
    connection.commit()
    engine = create_engine(database_url)
    with reading(engine) as reader:
        shown = [
            sum(len(rows) for rows in batches(reader, layer_named(layer), LayerQuery()))
            for layer in METHOD.layers
        ]
    engine.dispose()
    assert shown == [4, 3]
    stored = db.execute("SELECT seed, parameters FROM liptako.analysis_run").fetchone()
    assert stored is not None
    assert stored[0] == QUICK.seed
    assert stored[1]["closed"] == "left"
    assert stored[1]["metric"] == "geodesic"
    assert stored[1]["space_km"] == [0, 10, 50]


@pytest.mark.parametrize(
    "given, rule",
    [
        pytest.param({"space_km": (0, 50, 10)}, "above the one before", id="falling"),
        pytest.param({"space_km": (5,)}, "at least 2", id="one edge"),
        pytest.param({"time_days": (0, 1, float("inf"))}, "less than or equal", id="no end"),
        pytest.param({"time_days": (0, 0, 1)}, "above the one before", id="a point, closed left"),
        pytest.param({"closed": "right", "time_days": (0, 0)}, "above 0", id="a point alone"),
        pytest.param({"permutations": 100_000}, "less than or equal", id="too many"),
    ],
)
def test_bands_that_are_none_are_refused(given: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        KnoxParameters(**given)


def test_the_same_place_is_a_band_of_its_own_if_bands_are_closed_right(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for lon, day in ((1.0, "2020-01-01"), (1.0, "2020-01-02"), (1.01, "2020-01-02")):
        add(db, source, lon, day)
    chosen = KnoxParameters(
        closed=Closed.RIGHT, space_km=(0, 0, 10), time_days=(0, 0, 7), permutations=0, draws=0
    )
    counted = {
        bands: row["observed"]
        for bands, row in cells(METHOD.compute(connection, chosen, unheard)).items()
    }
    assert counted == {
        ("[0, 0]", "[0, 0]"): 0,
        ("[0, 0]", "(0, 7]"): 1,
        ("(0, 10]", "[0, 0]"): 1,
        ("(0, 10]", "(0, 7]"): 1,
    }
