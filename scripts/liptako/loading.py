"""``liptako load ...``."""

from __future__ import annotations

import csv
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db import migrate
from db.cluster.serving import serving_database
from db.engine import connect
from db.errors import NotMigrated
from db.runs import RUN_COLUMNS, faults_of, import_runs
from db.settings import Settings
from db.vocabulary import BoundaryKind, SourceKind
from gis.interval import parse_interval
from scripts.liptako.console import OUT, fail, say, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from seeds.runs import Summary

APPLICATION = "liptako load"
"""Name under which sessions that load are known to the database."""

load = typer.Typer(
    no_args_is_help=True,
    help="Load files. A file with faults writes nothing, and the same file twice changes nothing.",
)

File = Annotated[Path, typer.Argument(exists=True, help="File to load.")]
KeepGood = Annotated[
    bool, typer.Option("--keep-good", help="Write the rows without faults, keep the faults.")
]


@load.command()
def everything() -> None:
    """Load all that is shipped: sources, gazetteer, boundaries, incidents, UCDP samples."""
    from seeds.everything import load_everything

    with serving_database(Settings(), say) as url:
        _require_migrated(url)
        for step in load_everything(url, say):
            OUT.print(step)


@load.command()
def incidents(
    path: Annotated[
        Path | None,
        typer.Argument(exists=True, help="YAML file or folder of them; default: those shipped."),
    ] = None,
    keep_good: KeepGood = False,
) -> None:
    """Load curated incidents; see docs/curation.md and docs/incident.schema.json."""
    from seeds.curated import load_curated
    from seeds.everything import CATALOGUE, INCIDENTS
    from seeds.reference import read_catalogue

    chosen = path or INCIDENTS
    with _connection() as connection:
        catalogue = read_catalogue(CATALOGUE)
        summary = load_curated(connection, chosen, catalogue, keep_good=keep_good, say=say)
        _show(chosen.name, summary)


@load.command()
def ucdp(
    file: File,
    edition: Annotated[
        str | None, typer.Option(help="Version of the dataset, if the file's name does not say.")
    ] = None,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="The file is the whole dataset: retract what it lacks."),
    ] = False,
    retract_most: Annotated[
        bool,
        typer.Option("--retract-most", help="Go on if that retracts more than it leaves."),
    ] = False,
    keep_good: KeepGood = False,
    encoding: Annotated[str, typer.Option(help="Encoding of the file.")] = "utf-8",
) -> None:
    """Load a file of the UCDP Georeferenced Event Dataset."""
    from seeds.formats import ucdp_ged
    from seeds.load import load as load_file

    with _connection() as connection:
        summary = load_file(
            connection,
            file,
            ucdp_ged.DATASET,
            edition=edition,
            keep_good=keep_good,
            complete=complete,
            retract_most=retract_most,
            encoding=encoding,
            say=say,
        )
        _show(file.name, summary)


@load.command()
def boundaries(
    file: File,
    kind: Annotated[BoundaryKind, typer.Option(help="What its features are.")],
    source: Annotated[str, typer.Option(help="Code of the source, like my-survey.")],
    edition: Annotated[str, typer.Option(help="Edition of the source.")],
    licence: Annotated[str, typer.Option(help="Licence of the file.")],
    attribution: Annotated[str, typer.Option(help="Words to print with it.")],
    code: Annotated[str, typer.Option(help="Column of the code; several with commas.")],
    name: Annotated[str, typer.Option(help="Column of the name.")],
    country: Annotated[str | None, typer.Option(help="Column of the country.")] = None,
    neighbour: Annotated[str | None, typer.Option(help="Column of the neighbour.")] = None,
    valid: Annotated[str | None, typer.Option(help="Days in force: a/b, .. for open.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of the file, if it has many.")] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Its licence forbids passing it on.")
    ] = False,
) -> None:
    """Load border lines, units or roads of your own, from any file with a CRS that GDAL reads."""
    from seeds.boundaries import BoundaryFile, Columns, day_range, load_boundaries
    from seeds.records import SourceRecord

    read = BoundaryFile(
        path=file,
        kind=kind,
        source=source,
        edition=edition,
        columns=Columns(
            code=tuple(code.split(",")), name=name, country=country, neighbour=neighbour
        ),
        valid=day_range(parse_interval(valid)) if valid else None,
        layer=layer,
    )
    owner = SourceRecord(
        code=source,
        name=source,
        kind=SourceKind.BOUNDARIES,
        licence=licence,
        attribution=attribution,
        redistributable=not private,
    )
    with _connection() as connection:
        summary = load_boundaries(connection, read, owner)
        connection.commit()
    written = summary.written
    rows = [
        ("inserted", written.inserted),
        ("updated", written.updated),
        ("unchanged", written.unchanged),
        ("in the database, not in this file", len(written.absent)),
        ("invalid polygons mended", len(summary.repaired)),
    ]
    table(file.name, ("", "number"), rows)


@load.command()
def runs() -> None:
    """List what was loaded, when, and how it ended."""
    with _connection() as connection:
        table("Import runs", RUN_COLUMNS, import_runs(connection))


@load.command()
def faults(run: Annotated[int, typer.Argument(help="Number of the import run.")]) -> None:
    """Print the faults of an import run as CSV."""
    with _connection() as connection:
        if run not in {row[0] for row in import_runs(connection)}:
            fail(f"there is no import run {run}: see `liptako load runs`")
        writer = csv.writer(sys.stdout)
        writer.writerow(("line", "column", "value", "rule"))
        writer.writerows(faults_of(connection, run))


@contextmanager
def _connection() -> Iterator[Connection]:
    with serving_database(Settings(), say) as url:
        _require_migrated(url)
        with connect(url, application=APPLICATION) as connection:
            yield connection


def _require_migrated(url: str) -> None:
    found, needed = migrate.current(url), migrate.newest()
    if found != needed:
        raise NotMigrated(found, needed)


def _show(file: str, summary: Summary) -> None:
    rows = [
        ("rows", summary.rows),
        ("inserted", summary.inserted),
        ("updated", summary.updated),
        ("unchanged", summary.unchanged),
        ("retracted: not in this complete file", summary.gone),
        ("active, not in this file, left alone", summary.absent),
        ("rejected", summary.rejected),
    ]
    already = ", loaded before: nothing was written" if summary.already_loaded else ""
    table(f"{file} (run {summary.run_id}{already})", ("", "number"), rows)
