"""Bring a database to the schema of this program, or say where it stands."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from db.engine import connect
from db.errors import MissingExtension
from db.models.base import SCHEMA
from db.views.publishing import publish, withdraw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

FOLDER = Path(__file__).with_name("migrations")

EXTENSIONS = ("postgis", "btree_gist", "unaccent")

# Any two programs that start at once migrate one after the other: the second finds nothing to do.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('liptako.migrate'))"


def upgrade(url: str, revision: str = "head") -> list[str]:
    """Apply the migrations that are missing, and publish the views, all in one transaction.

    Parameters
    ----------
    url : str
        Database URL.
    revision : str
        Where to stop; ``head`` is the newest.

    Returns
    -------
    list of str
        The revisions applied, oldest first; empty when there was nothing to do.

    Raises
    ------
    MissingExtension
        The database has no PostGIS and this role may not create it.
    ViewInUse
        Somebody built something on a view that has to be made anew.
    """
    with _session(url) as (connection, config):
        before = _current(connection)
        if before != newest():
            withdraw(connection)
        command.upgrade(config, revision)
        if _current(connection) == newest():
            publish(connection)
        script = ScriptDirectory.from_config(config)
        steps = script.iterate_revisions(_current(connection) or "base", before or "base")
        return [step.revision for step in reversed(list(steps))]


def downgrade(url: str, revision: str) -> None:
    """Take back migrations down to a revision, ``base`` for all; their data go with them.

    The views go, too: they are made again by the next :func:`upgrade`.
    """
    with _session(url) as (connection, config):
        withdraw(connection)
        command.downgrade(config, revision)


def current(url: str) -> str | None:
    """The revision a database stands at; nothing for one that was never migrated."""
    with connect(url) as connection:
        return _current(connection)


def newest() -> str | None:
    """The revision this program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def create_extensions(url: str) -> None:
    """Create the extensions that the schema needs, where they are not there.

    Raises
    ------
    MissingExtension
        The database has no PostGIS and this role may not create it.
    """
    with connect(url) as connection:
        _create_extensions(connection)
        connection.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def _current(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
    return context.get_current_revision()


@contextmanager
def _session(url: str) -> Iterator[tuple[Connection, Config]]:
    with connect(url) as connection:
        connection.execute(text(_LOCK))
        _create_extensions(connection)
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        config = _config()
        config.attributes["connection"] = connection
        yield connection, config
        connection.commit()


def _create_extensions(connection: Connection) -> None:
    for name in EXTENSIONS:
        try:
            # By name: where a role is called like our schema, that schema comes first in its path.
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name} SCHEMA public"))
        except ProgrammingError as fault:
            raise MissingExtension(name, str(fault.orig)) from fault
