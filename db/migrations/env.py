"""Alembic's environment: it runs on the connection that :mod:`db.migrate` hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from db.models.base import HISTORY_SCHEMA, SCHEMA
from db.models.every import METADATA
from db.views.indexes import PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alembic.runtime.migration import MigrationContext


def _ours(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """Look at our tables only: the database may hold PostGIS's, and somebody else's.

    The history tables are made from the versioned ones by the migrations, so comparing them again
    would only repeat every difference. The indexes of the views come and go with the views.
    """
    if kind == "schema":
        return name == SCHEMA
    of_a_view = kind == "index" and name is not None and name.startswith(PREFIX)
    return not of_a_view and parents.get("schema_name") != HISTORY_SCHEMA


def _settle(ctx: MigrationContext, *_: Any, **__: Any) -> None:
    """Have what waits for the commit done after each step.

    A step that writes draws a version, whose triggers wait; a later step could not change the table
    that they wait for.
    """
    assert ctx.connection is not None
    for when in ("IMMEDIATE", "DEFERRED"):
        ctx.connection.execute(text(f"SET CONSTRAINTS ALL {when}"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table_schema=SCHEMA,
    include_schemas=True,
    include_name=_ours,
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_server_default=False,
    transactional_ddl=True,
    on_version_apply=_settle,
)

with context.begin_transaction():
    context.run_migrations()
