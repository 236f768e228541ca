from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest
import shapely
from pydantic import ValidationError

from db.analyses.method import unheard
from db.analyses.parameters import ScanParameters
from db.analyses.run import run_method
from db.analyses.scan import METHOD
from db.engine import connect, create_engine
from db.errors import InvalidQuery
from db.layers.catalogue import layer_named
from db.query import LayerQuery
from db.read import batches
from db.transaction import reading
from tests.db.rows import add_estimate, add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.analyses.found import Found

WEEKS = ScanParameters(
    radius_km=20, step_days=7, max_days=28, replications=99, max_p=0.05, draws=20
)
FIRST = date(2020, 1, 6)


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


def add(
    db: psycopg.Connection[Any],
    source: int,
    code: str,
    lon: float,
    day: int,
    days: int = 1,
    **columns: object,
) -> int:
    start = FIRST + timedelta(days=day)
    return add_incident(
        db,
        source,
        code,
        **{
            "geom": f"SRID=4326;POINT({lon} 15)",
            "radius_m": 1_000,
            "country": "NER",
            "occurred": f"[{start},{start + timedelta(days=days)})",
            **columns,
        },
    )


def planted(db: psycopg.Connection[Any], source: int) -> list[int]:
    """Forty incidents anywhere in forty weeks, and eight in ten days around longitude 5."""
    rng = np.random.default_rng(4)
    for number in range(40):
        add(db, source, f"any-{number}", round(rng.random() * 8, 2), int(rng.integers(0, 280)))
    return [
        add(db, source, f"wave-{number}", 5.0 + 0.01 * (number % 3), 141 + number)
        for number in range(8)
    ]


def shown(found: Found) -> list[Any]:
    return list(found.results["scan-clusters"])


def test_a_wave_of_incidents_is_found_where_and_when_it_was(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    keys = planted(db, source)
    add_estimate(db, keys[0], low=3, best=None, high=5)
    add_estimate(db, keys[1], low=1, best=None, high=None)
    found = METHOD.compute(connection, WEEKS, unheard)
    first = shown(found)[0]
    values = first.values
    assert values["rank"] == 1
    assert values["observed"] >= 8
    assert values["p"] == pytest.approx(0.01)
    assert values["ratio"] == pytest.approx(values["observed"] / values["expected"])
    assert values["radius_km"] <= 20
    assert values["centre_lat"] == 15
    assert values["countries"] == "NER"
    assert (values["killed_low"], values["killed_high"]) == (4, None)
    assert values["killed_unknown"] == values["observed"] - 2
    assert values["recurrence_days"] is None
    # Every date is a day: draws change nothing.
    assert values["drawn_ratio_low"] == pytest.approx(values["ratio"])
    assert values["drawn_ratio_high"] == pytest.approx(values["ratio"])
    wave = datetime(2020, 1, 6) + timedelta(days=141)
    assert first.start <= wave < wave + timedelta(days=7) < first.end
    assert first.geom.contains(shapely.Point(5.01, 15))
    assert found.counts["incidents"] == 48
    assert found.chosen["watched"] == "places of the incidents that take part"


def test_a_prospective_scan_sees_only_what_goes_on_and_how_often_chance_does_as_much(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    planted(db, source)
    over = WEEKS.model_copy(update={"prospective": True})
    assert all(
        row.values["observed"] < 8 for row in shown(METHOD.compute(connection, over, unheard))
    )
    # As it was seen on the last day of the wave.
    last_day = FIRST + timedelta(days=148)
    then = over.model_copy(update={"datetime": f"{FIRST}/{last_day}"})
    found = METHOD.compute(connection, then, unheard)
    first = shown(found)[0]
    assert (found.chosen["first_day"], found.chosen["last_day"]) == (str(FIRST), str(last_day))
    assert first.end.date() == last_day + timedelta(days=1)
    assert first.values["prospective"] == "yes"
    assert first.values["recurrence_days"] == pytest.approx(7 / first.values["p"])


def test_vague_dates_are_not_scanned_but_stand_beside_as_draws(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    planted(db, source)
    before = shown(METHOD.compute(connection, WEEKS, unheard))[0].values
    for number in range(4):
        add(db, source, f"vague-{number}", 5.0, 120, 60)
    found = METHOD.compute(connection, WEEKS, unheard)
    after = shown(found)[0].values
    assert found.counts["date spans steps of time"] == 4
    assert (after["observed"], after["p"]) == (before["observed"], before["p"])
    assert after["drawn_ratio_low"] < after["drawn_ratio_high"]


def test_what_is_too_coarse_or_not_dated_is_left_out_and_counted(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add(db, source, "one", 5.0, 1)
    add(db, source, "coarse", 5.0, 1, radius_m=25_000)
    add(db, source, "open", 5.0, 1, occurred="[2020-01-01,)")
    found = METHOD.compute(connection, WEEKS, unheard)
    assert found.counts["incidents"] == 1
    assert found.counts["place too imprecise"] == 1
    assert found.counts["without a date in the study"] == 1


def test_nothing_has_no_cluster(connection: Connection) -> None:
    found = METHOD.compute(connection, WEEKS, unheard)
    assert shown(found) == []
    assert found.counts["incidents"] == 0


def test_the_same_data_and_seed_give_the_same_clusters(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    planted(db, source)
    first, again = (METHOD.compute(connection, WEEKS, unheard) for _ in range(2))
    assert first.results == again.results
    assert first.input_sha256 == again.input_sha256


def test_the_layer_shows_the_published_run(
    database_url: str, db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    planted(db, source)
    outcome = run_method(connection, METHOD, WEEKS)
    connection.commit()
    engine = create_engine(database_url)
    with reading(engine) as reader:
        rows = [
            row
            for rows in batches(reader, layer_named("scan-clusters"), LayerQuery())
            for row in rows
        ]
    engine.dispose()
    assert len(rows) == outcome.counts["clusters"] >= 1


def test_a_model_that_needs_a_population_is_refused_with_the_reason() -> None:
    with pytest.raises(ValidationError, match="needs a population by place"):
        ScanParameters(model="poisson")


def test_a_search_without_end_is_refused(
    db: psycopg.Connection[Any],
    connection: Connection,
    source: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted(db, source)
    monkeypatch.setattr("db.analyses.scan.MOST_WINDOWS", 1_000)
    with pytest.raises(InvalidQuery, match="steps are longer") as refused:
        METHOD.compute(connection, WEEKS, unheard)
    assert refused.value.parameter == "step_days"
