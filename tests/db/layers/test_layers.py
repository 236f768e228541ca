"""Every layer answers, at the present and at every former state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.borders import METHOD
from db.analyses.run import run_method
from db.engine import connect, create_engine
from db.errors import UnknownLayer
from db.layers.catalogue import LAYERS, layer_named
from db.query import LayerQuery, selected_fields, sort_columns
from db.read import Counts, at_version, batches
from db.summaries import extent
from db.transaction import reading
from gis.fields import Role
from tests.db.rows import (
    add_boundary,
    add_claim,
    add_estimate,
    add_incident,
    add_report,
    add_source,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from db.layers.layer import Layer

EVERY = pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.id)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def shipped(shipped_database: str) -> Iterator[Connection]:
    engine = create_engine(shipped_database)
    with reading(engine) as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


def rows_of(connection: Connection, layer: Layer, query: LayerQuery) -> list[dict[str, Any]]:
    names = [field.name for field in selected_fields(layer, query)]
    lead = len(sort_columns(layer, query, layer.rows(query.version)))
    found = [row for batch in batches(connection, layer, query) for row in batch]
    return [dict(zip(names, row[lead + 2 :], strict=True)) for row in found]


@EVERY
def test_a_layer_has_a_column_for_each_field_and_no_other(layer: Layer) -> None:
    assert list(layer.rows(None).columns) == [field.name for field in layer.fields]
    assert not {"id", "geometry"} & set(layer.rows(None).columns)


@EVERY
def test_a_layer_with_a_time_names_its_start_and_its_end(layer: Layer) -> None:
    roles = [field.role for field in layer.fields if field.role is not None]
    timed = layer.rows(None).period is not None
    assert sorted(roles) == ([Role.END, Role.START] if timed else [])


@EVERY
def test_a_layer_shows_as_many_features_as_it_counts(shipped: Connection, layer: Layer) -> None:
    now, query = at_version(shipped, LayerQuery())
    counted = Counts().matched(shipped, layer, query, now)
    shown = sum(len(batch) for batch in batches(shipped, layer, query))
    assert shown == counted > 0


@EVERY
def test_no_field_that_is_always_known_is_ever_missing(shipped: Connection, layer: Layer) -> None:
    always = [field.name for field in layer.fields if not field.nullable]
    rows = rows_of(shipped, layer, LayerQuery(limit=5_000))
    assert [name for name in always if any(row[name] is None for row in rows)] == []


@EVERY
def test_a_word_of_a_closed_list_is_on_the_list(shipped: Connection, layer: Layer) -> None:
    closed = [field for field in layer.fields if field.words]
    rows = rows_of(shipped, layer, LayerQuery(limit=5_000))
    for field in closed:
        assert {row[field.name] for row in rows} - {None} <= set(field.words), field.name


@EVERY
def test_the_first_page_is_the_head_of_the_whole(shipped: Connection, layer: Layer) -> None:
    whole = rows_of(shipped, layer, LayerQuery(limit=50))
    assert rows_of(shipped, layer, LayerQuery(limit=7)) == whole[:7]


@EVERY
def test_an_empty_database_gives_empty_layers_without_extent(engine: Engine, layer: Layer) -> None:
    with reading(engine) as connection:
        assert rows_of(connection, layer, LayerQuery(limit=10)) == []
        covered = extent(connection, layer)
    assert (covered.bounds, covered.start, covered.end) == (None, None, None)


def test_a_layer_at_a_former_version_is_as_it_was(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    incident = add_incident(db, source, title="first report")
    estimate = add_estimate(db, incident, low=25, best=None, high=None)
    add_claim(db, incident, add_report(db, source), "claim", low=25)
    before = version(db)
    with db.transaction():
        db.execute("UPDATE liptako.incident SET title = 'three days later'")
        db.execute("UPDATE liptako.estimate SET low = 89 WHERE estimate_id = %s", [estimate])
        db.execute("DELETE FROM liptako.claim")
    layer = LAYERS["incidents"]
    with reading(engine) as connection:
        (now,) = rows_of(connection, layer, LayerQuery())
        (then,) = rows_of(connection, layer, LayerQuery(version=before))
    assert (now["title"], now["killed_low"], now["claims"]) == ("three days later", 89.0, 0)
    assert (then["title"], then["killed_low"], then["claims"]) == ("first report", 25.0, 1)
    assert (now["killed_claims"], then["killed_claims"]) == (None, "25+ all (press)")


def test_a_layer_before_the_first_version_is_empty(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    add_incident(db, add_source(db))
    with reading(engine) as connection:
        assert rows_of(connection, LAYERS["incidents"], LayerQuery(version=0)) == []


def test_rows_whose_licence_forbids_it_are_in_no_layer(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    private = add_source(db, "acled", redistributable=False)
    incident = add_incident(db, private)
    add_claim(db, incident, add_report(db, private), "claim", low=1)
    with reading(engine) as connection:
        for name in ("incidents", "claims", "border-distances"):
            assert rows_of(connection, LAYERS[name], LayerQuery()) == [], name


def test_an_aggregate_is_not_among_the_incidents(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    add_incident(db, source, "one")
    add_incident(db, source, "many", kind="aggregate")
    with reading(engine) as connection:
        incidents = rows_of(connection, LAYERS["incidents"], LayerQuery())
        aggregates = rows_of(connection, LAYERS["aggregates"], LayerQuery())
    assert [row["incident"] for row in incidents] == ["one"]
    assert [row["incident"] for row in aggregates] == ["many"]


@pytest.mark.parametrize(
    "occurred, start, end",
    [
        ("[2019-12-10,2019-12-11)", "2019-12-10 00:00:00", "2019-12-10 23:59:59"),
        ("[2019-12-10 12:00,2019-12-10 18:00]", "2019-12-10 12:00:00", "2019-12-10 18:00:00"),
        ("[2019-12-10,)", "2019-12-10 00:00:00", None),
        ("(,2019-12-11)", None, "2019-12-10 23:59:59"),
    ],
)
def test_both_ends_of_a_shown_interval_belong_to_it(
    db: psycopg.Connection[Any],
    engine: Engine,
    occurred: str,
    start: str | None,
    end: str | None,
) -> None:
    add_incident(db, add_source(db), occurred=occurred)
    with reading(engine) as connection:
        (row,) = rows_of(connection, LAYERS["incidents"], LayerQuery())
    shown = [
        None if row[name] is None else row[name].replace(tzinfo=None).isoformat(" ")
        for name in ("event_start", "event_end")
    ]
    assert shown == [start, end]


def test_an_unknown_layer_is_refused_with_the_one_most_like_it() -> None:
    with pytest.raises(UnknownLayer, match="did you mean 'incidents'"):
        layer_named("incident")


def test_a_boundary_whose_licence_forbids_it_gives_no_public_distance(
    db: psycopg.Connection[Any], database_url: str, engine: Engine
) -> None:
    public, private = add_source(db), add_source(db, "survey", redistributable=False)
    outline = "MULTIPOLYGON(((0 14, 1 14, 1 16, 0 16, 0 14)))"
    sides = {"country": "AAA", "neighbour": "BBB"}
    add_boundary(db, public, "adm0", "AAA", outline, country="AAA")
    add_boundary(db, public, "border", "AAA-BBB", "MULTILINESTRING((1 14, 1 16))", **sides)
    add_boundary(db, private, "border", "AAA-BBB", "MULTILINESTRING((1.2 14, 1.2 16))", **sides)
    add_incident(db, public, geom="SRID=4326;POINT(0.9 15)", radius_m=100)
    with connect(database_url) as connection:
        run_method(connection, METHOD)
        connection.commit()
    with reading(engine) as connection:
        distances = rows_of(connection, LAYERS["border-distances"], LayerQuery())
        borders = rows_of(connection, LAYERS["borders"], LayerQuery())
    assert {row["boundary_source"] for row in distances} == {"press", None}
    # The private line is 32 km away: it takes no part in what spans all sources.
    assert max(row["high_m"] for row in distances) < 11_000
    assert [row["boundary_source"] for row in borders] == ["press"]


def test_a_claim_of_a_report_that_may_not_be_passed_on_is_not_shown(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    public, private = add_source(db), add_source(db, "wire", redistributable=False)
    incident = add_incident(db, public)
    add_claim(db, incident, add_report(db, private, "wire"), "wire", low=99)
    add_claim(db, incident, add_report(db, public, "press"), "press", low=12)
    with reading(engine) as connection:
        claims = rows_of(connection, LAYERS["claims"], LayerQuery())
        reports = rows_of(connection, LAYERS["reports"], LayerQuery())
        (shown,) = rows_of(connection, LAYERS["incidents"], LayerQuery())
    assert [row["claim"] for row in claims] == ["press"]
    assert [row["report"] for row in reports] == ["press"]
    assert shown["killed_claims"] == "12+ all (press)"


def test_what_reports_say_of_other_harm_stands_beside_what_they_say_of_the_dead(
    db: psycopg.Connection[Any], engine: Engine
) -> None:
    source = add_source(db)
    incident, report = add_incident(db, source), add_report(db, source)
    add_claim(db, incident, report, "dead", low=71, qualifier="at_least")
    add_claim(db, incident, report, "hurt", harm="injured", low=12, best=12, high=12)
    add_claim(db, incident, report, "hurt-too", harm="injured", low=122, best=122, high=122)
    add_claim(db, incident, report, "fled", harm="displaced", best=500_000, qualifier="about")
    with reading(engine) as connection:
        (row,) = rows_of(connection, LAYERS["incidents"], LayerQuery())
    assert row["killed_claims"] == "at least 71 all (press)"
    assert row["harm_claims"] == (
        "injured 12 all (press); injured 122 all (press); displaced about 500000 all (press)"
    )
