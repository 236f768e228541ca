"""Rows, counts and extents of one state of the data."""

from __future__ import annotations

import threading
from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from db import read
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, SortKey, keys_statement, sort_kinds, statement
from db.read import Counts, at_version, batches
from db.remembered import Remembered
from db.summaries import Extent, Extents, LayerTerms, Terms, extent, terms
from db.transaction import State, current_state, driver_of, reading
from gis.bbox import BBox
from gis.interval import Interval, parse_interval
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

INCIDENTS = LAYERS["incidents"]
PLACES = ((0.0, 14.0), (0.5, 14.5), (1.0, 15.0), (179.9, 15.0), (-179.9, 15.0), None)
TIMES = (
    ("[2019-12-10,2019-12-11)", Interval(datetime(2019, 12, 10), datetime(2019, 12, 11))),
    ("[2019-12-11,2019-12-21)", Interval(datetime(2019, 12, 11), datetime(2019, 12, 21))),
    ("[2019-12-15,)", Interval(datetime(2019, 12, 15), None)),
    ("(,2019-12-01)", Interval(None, datetime(2019, 12, 1))),
    (None, None),
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = create_engine(database_url, pool_size=2)
    yield made
    made.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def fill(db: psycopg.Connection[Any]) -> None:
    """Write an incident for every place and time."""
    source = add_source(db)
    with db.transaction():
        for number, place in enumerate(PLACES):
            for order, (period, _) in enumerate(TIMES):
                located = {"geom": place and f"SRID=4326;POINT({place[0]} {place[1]})"}
                if place is None:
                    located |= {"place_precision": "country", "radius_m": None}
                add_incident(
                    db,
                    source,
                    f"at-{number}-{order}",
                    occurred=period,
                    time_precision="unknown" if period is None else "period",
                    adm1=None if order == 2 else f"unit {order}",
                    **located,
                )


def rows(engine: Engine, query: LayerQuery) -> list[read.Row]:
    with reading(engine) as connection:
        return [row for batch in batches(connection, INCIDENTS, query) for row in batch]


def codes(engine: Engine, query: LayerQuery) -> list[str]:
    asked = replace(query, properties=("incident",))
    return [str(row[-1]) for row in rows(engine, asked)]


BOXES = st.sampled_from(
    [
        None,
        BBox(0, 14, 0.5, 14.5),
        BBox(0.5, 14.5, 0.5, 14.5),
        BBox(-180, -90, 180, 90),
        BBox(179, 0, -179, 90),
        BBox(2, 14, 3, 15),
    ]
)
INTERVALS = st.sampled_from(
    [None]
    + [
        parse_interval(text)
        for text in ("2019-12-10", "2019-12-11", "../2019-11-30", "2019-12-20/..", "2030", "../..")
    ]
)


def expected(box: BBox | None, interval: Interval | None) -> set[str]:
    found = set()
    for number, place in enumerate(PLACES):
        inside = box is None or place is None
        if box is not None and place is not None:
            inside = any(
                part.west <= place[0] <= part.east and part.south <= place[1] <= part.north
                for part in box.parts()
            )
        for order, (_, period) in enumerate(TIMES):
            meets = interval is None or period is None or period.intersects(interval)
            if inside and meets:
                found.add(f"at-{number}-{order}")
    return found


def test_box_and_interval_select_what_their_rules_say(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    fill(db)
    now = 10**6

    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(BOXES, INTERVALS, st.none() | st.just(now))
    def check(box: BBox | None, interval: Interval | None, version: int | None) -> None:
        query = LayerQuery(bbox=box, interval=interval)
        wanted = expected(box, interval)
        assert set(codes(engine, replace(query, version=version))) == wanted
        with reading(engine) as connection:
            assert Counts().matched(connection, INCIDENTS, query, now) == len(wanted)

    check()


def test_a_walk_in_any_order_shows_each_row_once(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    fill(db)
    names = st.sampled_from(("adm1", "radius_m", "event_start", "incident", "killed_low"))
    keys = st.builds(SortKey, names, st.booleans())

    @settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
    @given(st.lists(keys, max_size=2, unique_by=lambda key: key.name), st.integers(1, 31))
    def check(order: list[SortKey], limit: int) -> None:
        query = LayerQuery(sort_by=tuple(order))
        whole = rows(engine, query)
        assert len(whole) == len(PLACES) * len(TIMES)
        walked: list[read.Row] = []
        while page := rows(
            engine,
            replace(query, limit=limit, after=_after(query, walked[-1]) if walked else None),
        ):
            walked += page
            assert len(walked) <= len(whole)
        assert walked == whole

    check()


def _after(query: LayerQuery, row: read.Row) -> read.Row:
    return row[: len(sort_kinds(INCIDENTS, query))]


def test_an_item_is_found_by_key_and_by_code(engine: Engine, db: psycopg.Connection[Any]) -> None:
    fill(db)
    (key,) = (row[-2] for row in rows(engine, LayerQuery(item="at-1-1", properties=())))
    assert codes(engine, LayerQuery(item=key)) == codes(engine, LayerQuery(item="at-1-1"))
    assert codes(engine, LayerQuery(item=0)) == codes(engine, LayerQuery(item="nobody")) == []


def test_offset_and_limit(engine: Engine, db: psycopg.Connection[Any]) -> None:
    fill(db)
    whole = codes(engine, LayerQuery())
    assert codes(engine, LayerQuery(offset=3, limit=4)) == whole[3:7]
    assert codes(engine, LayerQuery(offset=28)) == whole[28:]


def test_batches_are_bounded_and_whole(
    engine: Engine, db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(db)
    monkeypatch.setattr(read, "BATCH", 7)
    for query in (LayerQuery(), LayerQuery(limit=30)):
        with reading(engine) as connection:
            found = [len(batch) for batch in batches(connection, INCIDENTS, query)]
        assert found == [7, 7, 7, 7, 2]


def test_before_anything_was_written_the_state_is_nought(engine: Engine) -> None:
    with reading(engine) as connection:
        assert current_state(connection) == State(0, None)
        assert extent(connection, INCIDENTS) == Extent(None, None, None)
        assert terms(connection, INCIDENTS) == ()


def test_the_present_is_read_from_the_plain_tables(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    source = add_source(db)
    add_incident(db, source)
    with reading(engine) as connection:
        now = current_state(connection).version
        assert at_version(connection, LayerQuery()) == (now, LayerQuery())
        assert at_version(connection, LayerQuery(version=now)) == (now, LayerQuery())
        assert at_version(connection, LayerQuery(version=now + 5)) == (now, LayerQuery())
        past = LayerQuery(version=now - 1)
        assert at_version(connection, past) == (now - 1, past)


def test_a_former_state_is_read_as_it_was(engine: Engine, db: psycopg.Connection[Any]) -> None:
    fill(db)
    before = rows(engine, LayerQuery())
    with reading(engine) as connection:
        version = current_state(connection).version
    db.execute("UPDATE liptako.incident SET title = 'changed', adm1 = NULL")
    db.execute("DELETE FROM liptako.incident WHERE code LIKE 'at-1%'")
    assert rows(engine, LayerQuery(version=version)) == before
    assert len(rows(engine, LayerQuery())) == len(before) - len(TIMES)


def test_a_count_is_taken_once_for_a_question_and_version(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    fill(db)
    counts = Counts()
    with reading(engine) as connection:
        assert counts.matched(connection, INCIDENTS, LayerQuery(), 1) == 30
    db.execute("DELETE FROM liptako.incident WHERE code = 'at-0-0'")
    with reading(engine) as connection:
        page = LayerQuery(limit=3, sort_by=(SortKey("title"),))
        assert counts.matched(connection, INCIDENTS, page, 1) == 30, "remembered"
        assert counts.matched(connection, INCIDENTS, page, 2) == 29
        narrower = LayerQuery(equals=(("adm1", "unit 0"),))
        assert counts.matched(connection, INCIDENTS, narrower, 2) == 5


def test_an_extent_holds_every_feature_and_open_ends_are_open(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    source = add_source(db)
    add_incident(db, source, "a", geom="SRID=4326;POINT(1 14)")
    add_incident(db, source, "b", geom="SRID=4326;POINT(-3 16)", occurred="[2021-01-01,2021-02-01)")
    extents = Extents()
    with reading(engine) as connection:
        found = extents.of(connection, INCIDENTS, 1)
    assert found.bounds == (-3, 14, 1, 16)
    assert (found.start, found.end) == (datetime(2019, 12, 10), datetime(2021, 1, 31, 23, 59, 59))
    add_incident(db, source, "c", occurred="[2021-01-01,)")
    with reading(engine) as connection:
        assert extents.of(connection, INCIDENTS, 1) == found, "remembered"
        assert extents.of(connection, INCIDENTS, 2).end is None


def test_terms_are_those_of_the_rows_that_are_shown(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    press = add_source(db, "press", licence="CC BY 4.0", attribution="The press")
    closed = add_source(db, "closed", redistributable=False)
    add_source(db, "unused")
    add_incident(db, press, "a")
    add_incident(db, press, "b")
    add_incident(db, closed, "c")
    with reading(engine) as connection:
        assert LayerTerms().of(connection, INCIDENTS, 1) == (Terms("CC BY 4.0", "The press"),)
        assert terms(connection, LAYERS["reports"]) == ()


def test_what_is_remembered_is_found_once_and_the_oldest_is_forgotten() -> None:
    known: Remembered[int] = Remembered(2)
    found: list[int] = []

    def find(value: int) -> int:
        found.append(value)
        return value

    for key in (1, 2, 1, 3, 2, 1):
        assert known.get(key, lambda key=key: find(key)) == key  # type: ignore[misc]  # a default
    assert found == [1, 2, 3, 1]


def test_a_failure_is_not_remembered() -> None:
    known: Remembered[int] = Remembered(2)
    with pytest.raises(ZeroDivisionError):
        known.get("key", lambda: 1 // 0)
    assert known.get("key", lambda: 5) == 5


def test_threads_may_share_what_is_remembered() -> None:
    known: Remembered[int] = Remembered(3)
    faults: list[BaseException] = []

    def use() -> None:
        try:
            for number in range(3000):
                assert known.get(number % 7, lambda number=number: number % 7) == number % 7  # type: ignore[misc]  # a default
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults


def test_the_plan_of_rows_is_made_once_for_a_connection(
    database_url: str, db: psycopg.Connection[Any]
) -> None:
    fill(db)
    engine = create_engine(database_url, pool_size=1)
    prepared = (
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE :like"
    )
    for limit in (3, 5, 7):
        with reading(engine) as connection:
            query = LayerQuery(limit=limit)
            assert [len(batch) for batch in batches(connection, INCIDENTS, query)] == [limit]
    with reading(engine) as connection:
        (plans,) = connection.execute(text(prepared), {"like": "%ST_AsGeoJSON%"})
        mode = connection.scalar(text("SHOW plan_cache_mode"))
    assert tuple(plans) == (3, 0)
    assert mode == "force_custom_plan"
    engine.dispose()


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("version", [None, 2])
def test_a_page_is_what_its_one_statement_says(
    engine: Engine, db: psycopg.Connection[Any], layer: Any, version: int | None
) -> None:
    fill(db)
    query = LayerQuery(
        version=version, limit=8, offset=2, sort_by=(SortKey(layer.fields[0].name, True),)
    )
    with reading(engine) as connection:
        page = [tuple(row) for batch in batches(connection, layer, query) for row in batch]
        whole = [tuple(row) for row in connection.execute(statement(layer, query))]
    assert page == whole
    assert len(page) == (8 if layer is INCIDENTS else 0)


def test_one_feature_is_found_by_key_and_by_code(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    fill(db)
    db.execute("UPDATE liptako.incident SET status = 'retracted' WHERE code = 'at-2-2'")
    found: dict[str, int] = {}
    for code in ("at-1-1", "at-2-1", "at-5-4"):
        ((*_, key, _, shown),) = rows(
            engine, LayerQuery(item=code, limit=1, properties=("incident",))
        )
        assert shown == code
        found[code] = key
    for code, key in found.items():
        (by_code,) = rows(engine, LayerQuery(item=code, limit=1))
        (by_key,) = rows(engine, LayerQuery(item=key, limit=1))
        assert by_code == by_key
        assert code in by_code
    for nothing in ("at-2-2", "nobody", 0):
        assert rows(engine, LayerQuery(item=nothing, limit=1)) == []


def test_one_feature_is_found_at_a_former_version(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    source = add_source(db)
    key = add_incident(db, source, title="as first told")
    with reading(engine) as connection:
        before = current_state(connection).version
    db.execute("UPDATE liptako.incident SET title = 'as told later'")
    (now,) = rows(engine, LayerQuery(item=key, limit=1))
    (then,) = rows(engine, LayerQuery(item=key, limit=1, version=before))
    assert "as told later" in now
    assert "as first told" in then


def test_who_leaves_in_the_midst_of_all_rows_leaves_the_connection_free(
    engine: Engine, db: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(db)
    monkeypatch.setattr(read, "BATCH", 2)
    with reading(engine) as connection:
        found = batches(connection, INCIDENTS, LayerQuery())
        assert len(next(found)) == 2
        assert isinstance(found, Generator)
        found.close()
        assert Counts().matched(connection, INCIDENTS, LayerQuery(), 1) == len(PLACES) * len(TIMES)


def test_a_box_is_planned_for_about_as_many_as_it_holds(
    engine: Engine, db: psycopg.Connection[Any]
) -> None:
    source = add_source(db)
    db.execute(
        "INSERT INTO liptako.incident (code, title, event_type, occurred, time_precision,"
        " time_extent, geom, place_precision, source_id)"
        " SELECT 'at-' || n, 'at', 'attack', '[2019-12-10,2019-12-11)', 'day', 'within',"
        " ST_SetSRID(ST_Point(n %% 40, n / 40), 4326), 'settlement', %s"
        " FROM generate_series(0, 1599) n",
        [source],
    )
    db.execute("ANALYZE")
    box = BBox(-0.5, -0.5, 19.5, 19.5)
    asked = keys_statement(INCIDENTS, LayerQuery(bbox=box, limit=1600))
    written, values = read._written(asked)
    with reading(engine) as connection:
        driver = driver_of(connection)
        plan = driver.execute(b"EXPLAIN (FORMAT JSON) " + written, values).fetchone()
    assert plan is not None
    # 400 match. Without statistics of how coordinates spread, it would be 1.
    assert plan[0][0]["Plan"]["Plan Rows"] > 10
