"""The first ten features show the type of every field that has a value in any feature."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.engine import connect
from db.exemplars import SAMPLE, Exemplars, exemplars, parted
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_kinds
from db.read import batches
from db.transaction import current_state
from gis.fields import Kind
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

INCIDENTS, PLACES, BORDERS = LAYERS["incidents"], LAYERS["places"], LAYERS["borders"]
PAGE = LayerQuery(limit=4)


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def reader(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def many(db: psycopg.Connection[Any], number: int = 15, **columns: object) -> list[int]:
    source = add_source(db)
    return [add_incident(db, source, f"number-{n:02}", **columns) for n in range(number)]


def estimate(db: psycopg.Connection[Any], incident: int, **columns: Any) -> None:
    bounds = {"low": None, "best": None, "high": None}
    add_estimate(db, incident, **{**bounds, "person_status": "civilian", **columns})


def in_order(reader: Connection, query: LayerQuery) -> list[int]:
    lead = len(sort_kinds(INCIDENTS, query))
    return [row[lead] for rows in batches(reader, INCIDENTS, query) for row in rows]


def test_a_layer_without_features_has_none(reader: Connection) -> None:
    assert [exemplars(reader, layer) for layer in LAYERS.values()] == [()] * len(LAYERS)


def test_ten_features_are_all_seen_anyway(db: psycopg.Connection[Any], reader: Connection) -> None:
    keys = many(db, SAMPLE)
    estimate(db, keys[-1], high=4)
    assert exemplars(reader, INCIDENTS) == ()


def test_a_value_among_the_first_ten_needs_no_exemplar(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    estimate(db, many(db)[SAMPLE - 1], low=1, best=2, high=4)
    assert exemplars(reader, INCIDENTS) == ()


def test_the_only_feature_with_a_value_is_listed_first(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    keys = many(db)
    estimate(db, keys[12], high=4)
    assert exemplars(reader, INCIDENTS) == (keys[12],)


def test_one_feature_with_much_is_preferred_to_several_with_little(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    keys = many(db)
    estimate(db, keys[11], low=1)
    estimate(db, keys[12], high=4)
    estimate(db, keys[13], low=1, high=4)
    assert exemplars(reader, INCIDENTS) == (keys[13],)


def test_what_an_exemplar_pushes_out_is_shown_too(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    keys = many(db)
    estimate(db, keys[SAMPLE - 1], low=1, person_status="militant")
    estimate(db, keys[14], high=4)
    found = exemplars(reader, INCIDENTS)
    assert found == (keys[SAMPLE - 1], keys[14])


def test_exemplars_come_in_the_order_of_the_layer(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    keys = many(db)
    source = add_source(db, "other")
    bare = add_incident(db, source, "bare", geom=None, radius_m=None, place_precision="unknown")
    estimate(db, bare, low=1)
    estimate(db, keys[13], high=4)
    assert exemplars(reader, INCIDENTS) == (keys[13], bare)


def test_a_place_is_shown_if_any_feature_has_one(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    source = add_source(db)
    for number in range(15):
        db.execute(
            "INSERT INTO liptako.boundary (kind, code, name, country, neighbour, source_id,"
            " edition, valid, geom) VALUES ('border', %s, %s, 'MLI', 'NER', %s, %s,"
            " CASE WHEN %s THEN daterange('1960-08-05', '2024-01-01') END,"
            " 'SRID=4326;MULTILINESTRING((0 15, 4 15.2))')",
            [f"B-{number}", f"B {number}", source, "2019-01-01", number == 11],
        )
    # Its days of validity are known of one border only; its editions read like days in all.
    (key,) = exemplars(reader, BORDERS)
    row = db.execute("SELECT code FROM liptako.boundary WHERE boundary_id = %s", [key]).fetchone()
    assert row == ("B-11",)


def test_texts_that_read_like_days_do_not_come_alone(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    keys = many(db, note="2019-12-10")
    assert exemplars(reader, INCIDENTS) == ()
    source = add_source(db, "other")
    plain = add_incident(db, source, "plain", note="a note")
    assert exemplars(reader, INCIDENTS) == (plain,)
    assert plain > keys[-1]


def test_more_fields_than_ten_features_show_are_shown_as_far_as_ten_go(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    keys = many(db, 40)
    statuses = ("civilian", "state_forces", "militant", "all")
    for number, status in enumerate(statuses):
        for place, bound in enumerate(("low", "best", "high")):
            estimate(db, keys[15 + 3 * number + place], person_status=status, **{bound: 3})
    found = exemplars(reader, INCIDENTS)
    assert len(found) == SAMPLE
    assert found == tuple(sorted(set(found)))


def test_exemplars_are_found_once_for_a_version(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    known = Exemplars()
    keys = many(db)
    estimate(db, keys[12], high=4)
    now = current_state(reader).version
    assert known.of(reader, INCIDENTS, now) == (keys[12],)
    reader.rollback()
    db.execute("DELETE FROM liptako.estimate")
    assert known.of(reader, INCIDENTS, now) == (keys[12],)
    assert known.of(reader, INCIDENTS, current_state(reader).version) == ()


@pytest.mark.parametrize("offset", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_leading_features_are_listed_first_and_once(
    db: psycopg.Connection[Any], reader: Connection, limit: int, offset: int
) -> None:
    keys = many(db)
    leading = (keys[9], keys[3])
    order = [*leading, *(key for key in keys if key not in leading)]
    query = LayerQuery(limit=limit, offset=offset, leading=leading)
    assert in_order(reader, query) == order[offset : offset + limit]


def test_leading_features_must_match_like_all_others(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    keys = many(db)
    db.execute("UPDATE liptako.incident SET status = 'retracted' WHERE incident_id = %s", [keys[9]])
    query = LayerQuery(limit=5, leading=(keys[9], keys[3], 10**9), equals=(("title", "number-03"),))
    assert in_order(reader, query) == [keys[3]]
    query = replace(query, equals=(("title", "number-04"),))
    assert in_order(reader, query) == [keys[4]]
    assert in_order(reader, replace(query, equals=(("title", "number-09"),))) == []


def test_a_claim_leads_as_an_incident_does(db: psycopg.Connection[Any], reader: Connection) -> None:
    source = add_source(db)
    incident, report = add_incident(db, source), add_report(db, source)
    for number in range(14):
        add_claim(db, incident, report, f"claim-{number}", low=1, best=2, high=3)
    place = {"kind": "place", "harm": None, "person_status": None, "place_precision": "settlement"}
    known = add_claim(
        db, incident, report, "claim-of-a-place", place_name="Inates", radius_m=500, **place
    )
    assert exemplars(reader, LAYERS["claims"]) == (known,)


@given(
    st.permutations(range(20)), st.integers(0, 10), st.sets(st.integers(0, 19)), st.integers(1, 25)
)
def test_pages_in_two_parts_are_the_whole_once(
    keys: list[int], number: int, matching: set[int], limit: int
) -> None:
    leading = tuple(keys[:number])
    others = [key for key in range(20) if key not in leading and key in matching]
    whole = [key for key in leading if key in matching] + others
    found: list[int] = []
    query = LayerQuery(limit=limit, leading=leading, equals=(("some", "field"),))
    while True:
        shown, rest = parted(query, lambda left: matching.intersection(left))
        start = 0 if rest.after is None else others.index(rest.after[-1]) + 1  # type: ignore[arg-type]
        page = [*shown, *others[start : start + (rest.limit or 0)]]
        assert len(page) <= limit
        found += page
        if len(page) < limit:
            break
        query = replace(query, after=(0, page[-1]))
    assert found == whole


def test_places_show_the_kinds_of_all_their_fields(
    db: psycopg.Connection[Any], reader: Connection
) -> None:
    source = add_source(db)
    for number in range(15):
        db.execute(
            "INSERT INTO liptako.place (code, name, feature_class, population, modified, source_id,"
            " geom) VALUES (%s, 'P', 'P', %s, %s, %s, 'SRID=4326;POINT(1 15)')",
            [
                f"geonames:{number}",
                2500 if number == 13 else None,
                "2019-05-01" if number == 14 else None,
                source,
            ],
        )
    shown = {
        field.kind
        for rows in batches(
            reader, PLACES, LayerQuery(limit=SAMPLE, leading=exemplars(reader, PLACES))
        )
        for row in rows
        for field, value in zip(
            PLACES.fields, row[len(sort_kinds(PLACES, LayerQuery())) + 2 :], strict=True
        )
        if value is not None
    }
    assert {Kind.COUNT, Kind.DATE} <= shown
