from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.clusters import METHOD
from db.analyses.run import APPLICATION, run_method
from db.analyses.runs import LARGEST, check_run, published_runs, run_of, runs_of, shows_runs
from db.engine import connect
from db.errors import InvalidQuery, UnknownRun
from db.layers.catalogue import layer_named
from db.query import LayerQuery
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

CHOSEN = ClusterParameters(region=None, min_points=1)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url) as db:
        add_incident(db, add_source(db))
    with connect(database_url, application=APPLICATION) as connection:
        yield connection


def run(connection: Connection, keep_s: float | None = None) -> int:
    number = run_method(connection, METHOD, CHOSEN, keep_s=keep_s).run_id
    connection.commit()
    return number


def test_runs_know_how_they_stand(connection: Connection) -> None:
    first, second, own = run(connection), run(connection), run(connection, 60)
    standing = {number: run_of(connection, number).standing for number in (first, second, own)}
    assert standing == {first: "replaced", second: "published", own: "own"}
    assert [each.run_id for each in runs_of(connection, "clusters", 9)] == [second, first]
    assert [each.run_id for each in runs_of(connection, "clusters", 1)] == [second]
    assert published_runs(connection)["clusters"].run_id == second
    assert run_of(connection, own).parameters["min_points"] == 1


@pytest.mark.parametrize("number", [0, 999, LARGEST, LARGEST + 1])
def test_a_run_that_there_is_not(connection: Connection, number: int) -> None:
    with pytest.raises(UnknownRun):
        run_of(connection, number)


def test_a_run_that_has_expired_is_there_no_longer(connection: Connection) -> None:
    own = run(connection, 0)
    with pytest.raises(UnknownRun):
        run_of(connection, own)
    with pytest.raises(InvalidQuery) as refused:
        check_run(connection, layer_named("clusters"), LayerQuery(equals=(("run", own),)))
    assert (refused.value.parameter, refused.value.value) == ("run", own)


def test_a_query_for_a_run_that_is_kept_passes(connection: Connection) -> None:
    asked = LayerQuery(equals=(("run", run(connection, 60)),))
    check_run(connection, layer_named("clusters"), asked)
    check_run(connection, layer_named("clusters"), LayerQuery())


def test_only_layers_of_results_show_runs() -> None:
    assert shows_runs(layer_named("clusters"))
    assert shows_runs(layer_named("border-distances"))
    assert not shows_runs(layer_named("incidents"))
