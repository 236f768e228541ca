"""The program as a whole."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from scripts.liptako.analysing import analyse
from scripts.liptako.console import OUT, plain_errors
from scripts.liptako.database import db, migrate
from scripts.liptako.drawing import style
from scripts.liptako.exporting import export
from scripts.liptako.granting import grant_editor, grant_reader
from scripts.liptako.history import diff, incident, versions
from scripts.liptako.knowing import known, totals
from scripts.liptako.layers import layers
from scripts.liptako.loading import load
from scripts.liptako.projecting import qgis
from scripts.liptako.serving import serve, up
from scripts.liptako.snapshots import snapshot

app = typer.Typer(
    name="liptako",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="""A temporal-geospatial incident database with GIS export.

    Incidents with their places, dates and casualty ranges, and what each report claims about them,
    live in PostGIS; analyses compute distances to borders and clusters; layers are served over
    HTTP (OGC API - Features) and written to files.

    [bold]Environment[/]: DATABASE_URL names a PostGIS of your own; without it, a private server
    is started in LIPTAKO_HOME. Start with [bold]liptako up[/].""",
)
db.command()(grant_reader)
db.command()(grant_editor)
app.add_typer(db, name="db")
app.command()(migrate)
app.add_typer(load, name="load")
app.add_typer(analyse, name="analyse")
app.command()(layers)
app.command()(export)
app.command()(known)
app.command()(totals)
app.add_typer(snapshot, name="snapshot")
app.command()(style)
app.add_typer(qgis, name="qgis")
app.command()(versions)
app.command()(diff)
app.add_typer(incident, name="incident")
app.command()(serve)
app.command()(up)


def _version(wanted: bool) -> None:
    if wanted:
        OUT.print(version("liptako"))
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Options of the program itself."""


def main() -> None:
    """Run the program; an error is one message and a status other than 0."""
    with plain_errors():
        app()
