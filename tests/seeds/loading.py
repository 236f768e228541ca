"""What tests of loads share: a connection, and questions to the database after a load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection


def one(connection: Connection, statement: str, **values: object) -> Any:
    """The single cell that a statement gives, outside any transaction that is left open."""
    with connection.begin():
        return connection.execute(text(statement), values).scalar_one()


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """All rows that a statement gives."""
    with connection.begin():
        return [tuple(row) for row in connection.execute(text(statement))]


def version(connection: Connection) -> int:
    """The state of the data; 0 before anything was written."""
    return int(one(connection, "SELECT coalesce(max(version), 0) FROM liptako.data_version"))


def count(connection: Connection, table: str, condition: str = "true") -> int:
    """How many rows a table has."""
    return int(one(connection, f"SELECT count(*) FROM liptako.{table} WHERE {condition}"))


def contents(connection: Connection) -> list[int]:
    """How many rows each of the tables has that a load fills."""
    tables = ("incident", "claim", "estimate", "actor_role", "external_id", "source", "actor")
    return [count(connection, table) for table in tables]


def event(number: int, **changes: str) -> dict[str, str]:
    """What differs from the plain row of UCDP GED."""
    return {"id": str(number), **changes}
