"""What PostgreSQL's planner knows of our tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from db.models.base import HISTORY_SCHEMA
from db.models.every import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Connection

_HISTORY = ("incident", "claim", "estimate", "actor_role")


def refresh_statistics(connection: Connection) -> None:
    """Tell the planner what the tables hold now; to be called after a large load.

    A server does so by itself, but a minute later: the first queries after a first load would be
    planned for empty tables.
    """
    names = [str(table) for table in METADATA.sorted_tables]
    names += [f"{HISTORY_SCHEMA}.{name}" for name in _HISTORY]
    connection.execute(text(f"ANALYZE {', '.join(names)}"))
