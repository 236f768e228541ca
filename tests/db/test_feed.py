"""A copy of a layer that follows the feed is the layer, whatever is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from db.cql2.filter import Filter
from db.difference import Change
from db.engine import create_engine
from db.feed import installment, read_token, token_at
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_kinds, statement
from db.read import fetched
from db.transaction import current_state, reading
from gis.bbox import BBox
from gis.geojson import FeatureEncoder
from gis.interval import parse_interval
from tests.db.edits import TRANSACTIONS, apply, begin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from db.layers.layer import Layer

Copy = dict[int, bytes]

QUERIES = {
    "all": LayerQuery(),
    "box": LayerQuery(bbox=BBox(-1, 13, 1, 16)),
    "time": LayerQuery(interval=parse_interval("2020-01-10/2020-03-10")),
    "country": LayerQuery(equals=(("country", "NER"),)),
    "figure": LayerQuery(filter=Filter("killed_low > 50 OR claims > 1")),
    "peacekeepers": LayerQuery(filter=Filter("min_casualties('killed', 'peacekeeper') >= 1")),
}
PLACES = {name: query for name, query in QUERIES.items() if name in ("all", "box", "time")}
CASES = [
    *(("incidents", name) for name in QUERIES),
    *((layer, name) for layer in ("aggregates", "claims") for name in PLACES),
    ("reports", "all"),
]


def download(connection: Connection, layer: Layer, query: LayerQuery) -> tuple[Copy, str]:
    """All features, each as its bytes, and the token to go on from."""
    encoder, lead = _encoder(layer)
    rows = fetched(connection, statement(layer, query))
    version = current_state(connection).version
    found = {int(row[lead]): encoder.lines([row]) for row in rows}
    return found, token_at(connection, layer, query, version)


class Follower:
    """A copy of a selection, brought up to date page by page."""

    def __init__(self, engine: Engine, layer: Layer, query: LayerQuery) -> None:
        self._engine = engine
        self._layer = layer
        self._query = query
        with reading(engine) as connection:
            self.copy, self._token = download(connection, layer, query)

    def follow(self, limit: int) -> bool:
        """Take in one page; whether the copy agrees with the present then."""
        encoder, _ = _encoder(self._layer)
        with reading(self._engine) as connection:
            now = current_state(connection).version
            token = read_token(connection, self._layer, self._query, self._token)
            part = installment(connection, self._layer, self._query, token, now, limit)
        assert len(part.page.differences) <= limit
        for difference in part.page.differences:
            if difference.after is not None:
                assert difference.change in (Change.CREATED, Change.CHANGED)
                self.copy[difference.key] = encoder.lines([difference.after])
            else:
                assert difference.change not in (Change.CREATED, Change.CHANGED)
                self.copy.pop(difference.key, None)
        self._token = part.token
        return part.is_last and part.span.until == now

    def check(self) -> None:
        """Follow to the end, and compare with a new download."""
        while not self.follow(1000):
            pass
        with reading(self._engine) as connection:
            fresh, token = download(connection, self._layer, self._query)
        assert self.copy == fresh
        assert self._token == token


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    begin(database_url)
    opened = create_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def db(database_url: str, engine: Engine) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@settings(
    max_examples=25,
    deadline=None,
    # A step is a transaction and twelve followers' pages: to shrink a failure takes an hour.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(st.one_of(TRANSACTIONS, st.integers(1, 9)), min_size=1, max_size=14),
)
def test_a_copy_that_follows_is_the_layer(
    engine: Engine, db: psycopg.Connection[Any], steps: list[Any]
) -> None:
    followers = [Follower(engine, LAYERS[layer], QUERIES[query]) for layer, query in CASES]
    for step in steps:
        if isinstance(step, int):  # some pages, between which others write
            for follower in followers:
                follower.follow(step)
        else:
            apply(db, step)
    for follower in followers:
        follower.check()


def _encoder(layer: Layer) -> tuple[FeatureEncoder, int]:
    lead = len(sort_kinds(layer, LayerQuery()))
    return FeatureEncoder(layer.fields, lead), lead
