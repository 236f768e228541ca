"""The least and the most that figures allow: open ends, denials, sums of parts, each status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.cql2.filter import Filter
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, statement
from db.transaction import current_state, reading
from db.vocabulary import Harm, PersonStatus
from tests.db.rows import add_claim, add_estimate, add_incident, add_report, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.db.cql2.asking import Asking

NONE: dict[str, Any] = {"low": None, "best": None, "high": None}
FIGURES: dict[str, dict[str, Any]] = {
    "at-least-25": {"low": 25},
    "up-to-9": {"high": 9},
    "around-100": {"best": 100},
    "exactly-7": {"low": 7, "best": 7, "high": 7},
    "nobody": {"low": 0, "best": 0, "high": 0},
    # A dataset's figures are kept as published, also where they are out of order.
    "out-of-order": {"low": 8, "best": 5, "high": 3, "rule": "as_published"},
}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    with psycopg.connect(database_url) as connection:
        source = add_source(connection)
        report = add_report(connection, source)
        for code, figures in FIGURES.items():
            incident = add_incident(connection, source, code)
            add_estimate(connection, incident, **{**NONE, **figures})
            if "rule" not in figures:
                add_claim(connection, incident, report, f"{code}.claim", **figures)
        silent = add_incident(connection, source, "no-figure")
        add_claim(connection, silent, report, "dozens", qualifier="some")
        add_claim(connection, silent, report, "denied", high=3, polarity="denies")
        parts = add_incident(connection, source, "only-parts")
        for status, low in (("civilian", 3), ("state_forces", 4)):
            add_estimate(connection, parts, person_status=status, **{**NONE, "low": low})
            missing = {**NONE, "low": low, "high": 20}
            add_estimate(connection, parts, harm="missing", person_status=status, **missing)
        captured = {**NONE, "high": 6}
        add_estimate(connection, parts, harm="captured", person_status="peacekeeper", **captured)
    made = create_engine(database_url)
    yield made
    made.dispose()


def matched(
    engine: Engine, text: str, layer: str = "incidents", version: int | None = None
) -> set[str]:
    query = LayerQuery(filter=Filter(text), properties=(layer[:-1],), version=version)
    with reading(engine) as connection:
        return {row[-1] for row in connection.execute(statement(LAYERS[layer], query))}


CASES = {
    "min_casualties('killed') >= 25": {"at-least-25"},
    "min_casualties('killed') < 25": {"exactly-7", "nobody", "out-of-order", "only-parts"},
    "min_casualties('killed') = 0": {"nobody"},
    "min_casualties('killed') IS NULL": {"up-to-9", "around-100", "no-figure"},
    "max_casualties('killed') >= 100": {"at-least-25", "around-100", "only-parts"},
    "NOT max_casualties('killed') >= 100": {"up-to-9", "exactly-7", "nobody", "out-of-order"},
    "max_casualties('killed') < 100": {"up-to-9", "exactly-7", "nobody", "out-of-order"},
    "max_casualties('killed') <= 8 AND min_casualties('killed') <= 3": {"nobody", "out-of-order"},
    "max_casualties('killed') IS NULL": {"no-figure"},
    "max_casualties('killed') > 1e300": {"at-least-25", "around-100", "only-parts"},
    "min_casualties('killed') = 7": {"exactly-7", "only-parts"},
    # Parts bound their total from below; of those missing nobody estimated a total.
    "min_casualties('missing') = 7": {"only-parts"},
    "max_casualties('missing') > 1e300": {"only-parts"},
    "max_casualties('missing', 'civilian') = 20": {"only-parts"},
    "max_casualties('captured', 'peacekeeper') = 6": {"only-parts"},
    "min_casualties('captured', 'peacekeeper') IS NULL": {
        *FIGURES,
        "no-figure",
        "only-parts",
    },
    "min_casualties('displaced') >= 0 OR max_casualties('displaced') >= 0": set(),
}


def test_open_ends_stay_open_now_and_at_a_former_state(engine: Engine) -> None:
    with reading(engine) as connection:
        version = current_state(connection).version
    for text, wanted in CASES.items():
        assert matched(engine, text) == wanted, text
        assert matched(engine, text, version=version) == wanted, text


CLAIMS = {
    "max_casualties('killed') >= 100": {"at-least-25.claim", "around-100.claim"},
    "max_casualties('killed') < 100": {"up-to-9.claim", "exactly-7.claim", "nobody.claim"},
    "min_casualties('killed') > 0": {"at-least-25.claim", "exactly-7.claim"},
    "max_casualties('killed') IS NULL": {"dozens", "denied"},
    "max_casualties('injured') >= 0": set(),
}


def test_a_claim_bounds_what_it_asserts_and_a_denial_nothing(engine: Engine) -> None:
    for text, wanted in CLAIMS.items():
        assert matched(engine, text, "claims") == wanted, text


def test_every_status_of_every_harm_matches_the_table_of_estimates(
    asking: Asking, shipped_database: str
) -> None:
    known = {layer: asking.matched(layer, "TRUE") for layer in ("incidents", "aggregates")}
    with psycopg.connect(shipped_database) as connection:
        stored = connection.execute(
            "SELECT incident_id, harm, person_status, low, best, high FROM liptako.estimate"
        ).fetchall()
    for harm in Harm:
        for status in PersonStatus:
            if status is PersonStatus.ALL:  # sums of parts are looked at above
                continue
            own = [row for row in stored if row[1:3] == (harm.value, status.value)]
            call = f"_casualties('{harm}', '{status}')"
            for layer, keys in known.items():
                for bound in (1, 10, 100):
                    certain = {r[0] for r in own if r[3] is not None and min_of(r) >= bound}
                    possible = {r[0] for r in own if r[5] is None or max_of(r) >= bound}
                    ruled_out = {r[0] for r in own} - possible
                    found = asking.matched(layer, f"min{call} >= {bound}")
                    assert found == certain & keys, (layer, call)
                    assert asking.matched(layer, f"max{call} >= {bound}") == possible & keys
                    assert asking.matched(layer, f"max{call} < {bound}") == ruled_out & keys


def min_of(row: tuple[Any, ...]) -> int:
    return min(int(figure) for figure in row[3:] if figure is not None)


def max_of(row: tuple[Any, ...]) -> int:
    return max(int(figure) for figure in row[3:] if figure is not None)
