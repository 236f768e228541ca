"""``liptako db grant-...``: logins for people who come through QGIS or psql."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from db import migrate as migrations
from db.cluster.serving import serving_database
from db.errors import NotMigrated
from db.roles import EDITING, EDITOR, READER, READING, grant, service
from db.settings import Settings
from db.views.publishing import ALLOWANCE, finds_boxes
from scripts.liptako.console import OUT, say

if TYPE_CHECKING:
    from db.roles import Purpose

PASSWORD = typer.Option(
    prompt="Password of the role",
    hide_input=True,
    confirmation_prompt=True,
    envvar="LIPTAKO_ROLE_PASSWORD",
    help="Asked for where it is not given; an argument stays in the history of the shell.",
)


def grant_reader(
    password: Annotated[str, PASSWORD],
    role: Annotated[str, typer.Option(help="Name to log in by.")] = READER,
) -> None:
    """Make a login that reads the layers and does nothing else, and say how QGIS uses it."""
    _grant(role, password, READING, "liptako")


def grant_editor(
    password: Annotated[str, PASSWORD],
    role: Annotated[str, typer.Option(help="Name to log in by; one to each person.")] = EDITOR,
) -> None:
    """Make a login that edits incidents, estimates and claims; each saved edit bears its name."""
    _grant(role, password, EDITING, "liptako-editing")


def _grant(role: str, password: str, purpose: Purpose, name: str) -> None:
    from db.engine import connect

    settings = Settings()
    with serving_database(settings, say) as url:
        found, needed = migrations.current(url), migrations.newest()
        if found != needed:
            raise NotMigrated(found, needed)
        with connect(url) as connection:
            grant(connection, role, password, purpose)
            is_quick = finds_boxes(connection)
            connection.commit()
        lines = service(url, role, name)
    say(f"the role {role} may log in; these lines belong into ~/.pg_service.conf:")
    OUT.print(lines, markup=False)
    if settings.database_url is None:
        say("the private server runs while `liptako serve` does, or after `liptako db start`")
    if not is_quick:
        say(f"a superuser makes maps of large layers quick by: {ALLOWANCE}")
