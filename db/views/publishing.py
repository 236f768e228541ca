"""The schemas ``layers`` and ``editing``: views and styles, made anew when a description changes.

Views are no part of the migrations. A migration may change a table on which views stand, so they
are withdrawn before and published after, all in one transaction. What somebody was granted on them
stays: it is granted on the schema, for whatever will be made in it.

Every view is a barrier (``security_barrier``): without it PostgreSQL may look at the conditions of
who asks in rows that the view leaves out, and an error such as "invalid input syntax for integer"
would quote what no licence lets out. Behind a barrier, only operators that are known not to tell
are looked up in an index. Comparisons are; :func:`_trust_boxes` says so of ``&&``.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

import psycopg
from sqlalchemy import text

from db.errors import ViewInUse
from db.layers.catalogue import LAYERS
from db.views.definition import SCHEMA, View, quoted, view_of
from db.views.editing import EDITING, VIEWS, editing_statements
from db.views.indexes import PREFIX, indexes_of
from db.views.styles import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_REMARK = "The layers, a view to each; made by the program, and anew when it changes. State "
_OVERLAPS = "public.geometry_overlaps(public.geometry, public.geometry)"


def publish(connection: Connection) -> bool:
    """Make the views, and their indexes, unless all are as they should be.

    Parameters
    ----------
    connection : Connection
        To a database at the newest revision; the caller commits.

    Returns
    -------
    bool
        Whether anything was made.

    Raises
    ------
    ViewInUse
        Somebody built something on a view that has changed.
    """
    _trust_boxes(connection)
    views = [view_of(layer) for layer in LAYERS.values()]
    statements = [*(each for view in views for each in _made(view)), *editing_statements()]
    indexes = {name: made for layer in LAYERS.values() for name, made in indexes_of(layer).items()}
    told = "\n".join([*statements, *indexes.values()])
    remark = _REMARK + sha256(told.encode()).hexdigest()[:16]
    if _remark(connection) == remark and len(_views(connection)) == len(views) + len(VIEWS):
        return fill(connection)
    withdraw(connection)
    _execute(connection, f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for statement in statements:
        _execute(connection, statement)
    _index(connection, indexes)
    fill(connection)
    _execute(connection, f"COMMENT ON SCHEMA {SCHEMA} IS {quoted(remark)}")
    return True


def withdraw(connection: Connection) -> None:
    """Take the views away, as before a change of the tables below; the indexes stay.

    Raises
    ------
    ViewInUse
    """
    for name in _views(connection):
        try:
            _execute(connection, f"DROP VIEW {name}")
        except psycopg.errors.DependentObjectsStillExist as fault:
            raise ViewInUse(name, str(fault)) from fault


def finds_boxes(connection: Connection) -> bool:
    """Whether a box that is asked of a view is looked up in an index, and not in every row.

    Where our role is no superuser, that is for an administrator to allow: :data:`ALLOWANCE`.
    """
    asked = text("SELECT proleakproof FROM pg_proc WHERE oid = to_regprocedure(:name)")
    return bool(connection.scalar(asked, {"name": _OVERLAPS}))


ALLOWANCE = f"ALTER FUNCTION {_OVERLAPS} LEAKPROOF"
"""What tells PostgreSQL that ``&&`` compares boxes and nothing else: it neither fails nor tells."""


def _trust_boxes(connection: Connection) -> None:
    """Allow boxes to be looked up. An update of PostGIS forgets it, so it is said each time."""
    is_superuser = connection.scalar(text("SELECT current_setting('is_superuser')::boolean"))
    if is_superuser and not finds_boxes(connection):
        _execute(connection, ALLOWANCE)


def _made(view: View) -> Iterator[str]:
    name = f"{SCHEMA}.{view.name}"
    yield f"CREATE VIEW {name} WITH (security_barrier) AS {view.select}"
    yield f"COMMENT ON VIEW {name} IS {quoted(view.comment)}"
    for column, comment in view.comments.items():
        yield f'COMMENT ON COLUMN {name}."{column}" IS {quoted(comment)}'


def _views(connection: Connection) -> list[str]:
    asked = text(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(viewname) FROM pg_views"
        " WHERE schemaname IN (:shown, :edited) ORDER BY 1"
    )
    return list(connection.scalars(asked, {"shown": SCHEMA, "edited": EDITING}))


def _remark(connection: Connection) -> str | None:
    asked = text("SELECT obj_description(to_regnamespace(:name), 'pg_namespace')")
    found: str | None = connection.scalar(asked, {"name": SCHEMA})
    return found


def _index(connection: Connection, wanted: dict[str, str]) -> None:
    """Make the indexes that are wanted and not there, and drop those that no view needs.

    Each remembers the statement that made it: to make one of a large table again takes a while.
    """
    asked = text(
        "SELECT relname, obj_description(oid, 'pg_class') AS made FROM pg_class"
        " WHERE relkind = 'i' AND starts_with(relname, :prefix)"
    )
    found = {row.relname: row.made for row in connection.execute(asked, {"prefix": PREFIX})}
    for name in found:
        if name not in wanted or found[name] != wanted[name]:
            _execute(connection, f"DROP INDEX liptako.{name}")
    for name, statement in wanted.items():
        if found.get(name) != statement:
            _execute(connection, statement)
            _execute(connection, f"COMMENT ON INDEX liptako.{name} IS {quoted(statement)}")


def _execute(connection: Connection, statement: str) -> None:
    # To the driver itself: a percent sign is no parameter, and a file has many statements.
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    driver.execute(statement.encode())
