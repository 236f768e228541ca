"""Actors and aliases: what the catalogue states, and which actor a dataset means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from db.engine import connect
from db.write.actors import ActorRow, AliasRow, need_actors, write_actors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

IS = ActorRow("is", "Islamic State", "armed_group", None, None, None, None, None)
IS_SAHEL = IS._replace(code="is-sahel", name="IS Sahel", parent="is", valid="[2022-03-01,)")
NAMED = AliasRow("is", "IS", "ucdp-ged", "234", None)
GENERAL = AliasRow("is", "Daesh", None, None, None)
UCDP = IS._replace(code="ucdp-234", name="IS")
UCDP_NAME = AliasRow("ucdp-234", "IS", "ucdp-ged", "234", None)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        yield made


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(statement))]


ALIASES = "SELECT a.code, n.name FROM liptako.actor_name n JOIN liptako.actor a USING (actor_id)"


def test_actors_are_linked_whatever_their_order(connection: Connection) -> None:
    write_actors(connection, [IS_SAHEL, IS], [NAMED, GENERAL])
    assert rows(
        connection,
        "SELECT a.code, p.code, a.valid::text FROM liptako.actor a LEFT JOIN liptako.actor p"
        " ON p.actor_id = a.parent_id ORDER BY 1",
    ) == [("is", None, None), ("is-sahel", "is", "[2022-03-01,)")]
    assert rows(connection, f"{ALIASES} ORDER BY 2") == [("is", "Daesh"), ("is", "IS")]


def test_nothing_to_write_is_fine(connection: Connection) -> None:
    assert write_actors(connection, [], []).inserted == 0


def test_an_alias_is_changed_and_one_no_longer_stated_is_deleted(connection: Connection) -> None:
    write_actors(connection, [IS], [NAMED, GENERAL])
    write_actors(connection, [IS], [GENERAL._replace(valid="[2014-01-01,)")])
    assert rows(connection, "SELECT name, valid::text FROM liptako.actor_name") == [
        ("Daesh", "[2014-01-01,)")
    ]


def test_a_code_of_a_dataset_means_the_actor_with_that_alias(connection: Connection) -> None:
    write_actors(connection, [IS], [NAMED])
    need_actors(connection, [UCDP], [UCDP_NAME, UCDP_NAME._replace(name="ISIS")])
    assert rows(
        connection,
        "SELECT c.code, a.code FROM actor_code c JOIN liptako.actor a USING (actor_id) ORDER BY 1",
    ) == [("is", "is"), ("ucdp-234", "is")]
    assert rows(connection, f"{ALIASES} ORDER BY 2") == [("is", "IS"), ("is", "ISIS")]
    # The other spelling has an identifier that the catalogue states, so it stays.
    write_actors(connection, [IS], [NAMED])
    assert len(rows(connection, ALIASES)) == 2


def test_an_actor_nobody_knows_is_inserted_once(connection: Connection) -> None:
    for _ in range(2):
        need_actors(connection, [UCDP], [UCDP_NAME])
        connection.execute(text("DROP TABLE actor_code"))
    assert rows(connection, "SELECT code FROM liptako.actor") == [("ucdp-234",)]
    assert rows(connection, ALIASES) == [("ucdp-234", "IS")]


def test_the_catalogue_adopts_the_actor_of_a_dataset(connection: Connection) -> None:
    need_actors(connection, [UCDP], [UCDP_NAME])
    connection.execute(
        text(
            "INSERT INTO liptako.actor (code, name, kind, parent_id)"
            " SELECT 'branch', 'x', 'other', actor_id FROM liptako.actor"
        )
    )
    write_actors(connection, [IS], [NAMED])
    assert rows(
        connection,
        "SELECT a.code, p.code FROM liptako.actor a LEFT JOIN liptako.actor p"
        " ON p.actor_id = a.parent_id ORDER BY 1",
    ) == [("branch", "is"), ("is", None)]
    assert rows(connection, ALIASES) == [("is", "IS")]
