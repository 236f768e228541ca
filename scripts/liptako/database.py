"""``liptako db ...`` and ``liptako migrate``."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - typer reads it at run time
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.engine import make_url

from db import migrate as migrations
from db.cluster.serving import cluster_of, serving_database
from db.errors import ClusterError
from db.settings import Settings, plain_url
from scripts.liptako.console import OUT, fail, say, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.cluster.cluster import Cluster

db = typer.Typer(
    no_args_is_help=True,
    help="The database: a private PostGIS server of this program, or the one in DATABASE_URL.",
)


@db.command()
def start() -> None:
    """Start the private server, and leave it running when this command ends."""
    settings = Settings()
    if settings.database_url:
        OUT.print("DATABASE_URL is set: that database is used, nothing was started.")
        return
    cluster_of(settings, say).start(keep=True)
    status()


@db.command()
def stop() -> None:
    """Stop the private server, unless another program uses it."""
    stopped = _own_cluster().stop()
    OUT.print("stopped" if stopped else "not stopped: it does not run, or another program uses it")


@db.command()
def status() -> None:
    """Tell where the database is, whether it runs, and at which revision it is."""
    settings = Settings()
    if settings.database_url:
        shown = make_url(plain_url(settings.database_url)).render_as_string(hide_password=True)
        rows: list[tuple[str, object]] = [("database", shown), ("named by", "DATABASE_URL")]
        url = settings.database_url
    else:
        known = cluster_of(settings).status()
        rows = [
            ("folder", known.home),
            ("running", known.running),
            ("process", None if known.pid is None else str(known.pid)),
            ("database", known.url),
            ("PostgreSQL", known.postgres),
            ("PostGIS", known.postgis),
            ("programs", known.way),
        ]
        url = cluster_of(settings).url() if known.running else ""
    if url:
        rows.append(("revision", f"{migrations.current(url)}, newest {migrations.newest()}"))
    table("Database", ("", ""), rows)


@db.command()
def url(
    password: Annotated[bool, typer.Option("--password", help="Show the password too.")] = False,
) -> None:
    """Print the address of the database, for psql, QGIS and geopandas."""
    settings = Settings()
    if settings.database_url:
        parsed = make_url(plain_url(settings.database_url))
        OUT.print(parsed.render_as_string(hide_password=not password))
        return
    OUT.print(cluster_of(settings).url(masked=not password))


@db.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql on the database; arguments after ``--`` go to psql."""
    settings = Settings()
    if not settings.database_url:
        cluster = cluster_of(settings, say)
        cluster.start()
        argv, environment = cluster.client_command("psql")
    else:
        argv, environment = _programs(settings)("psql")
    try:
        os.execvpe(argv[0], [*argv, *context.args], environment)
    except FileNotFoundError:
        fail(f"{argv[0]} is not installed")


@db.command()
def dump(
    file: Annotated[Path, typer.Argument(help="To be made; it must not be there yet.")],
) -> None:
    """Write all data with their whole history to a file, as they are at one moment.

    Others go on reading and writing meanwhile. The file is one of pg_dump's custom format.
    """
    from db.dump import dump as write

    if file.exists():
        fail(f"{file} is there already")
    settings = Settings()
    with serving_database(settings, say):
        write(_programs(settings), file)
    OUT.print(f"{file}: {file.stat().st_size:,} bytes")


@db.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A dump.", exists=True, dir_okay=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Let the data go that are there.")] = False,
) -> None:
    """Bring back all that a dump holds, or nothing; then migrate to the newest schema.

    Versions go on where the dump ends. Roles and their rights are not in it: grant them anew.
    """
    from db.dump import restore as bring_back

    settings = Settings()
    with serving_database(settings, say) as url:
        bring_back(_programs(settings), url, file, replace=yes)
        applied = migrations.upgrade(url)
    OUT.print("restored" + (f", applied {', '.join(applied)}" if applied else ""))


@db.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Really delete all data.")] = False,
) -> None:
    """Delete the private database with all that is in it, its history included."""
    if not yes:
        fail("this deletes all data and their history; say it with --yes")
    _own_cluster().reset()
    OUT.print("deleted; the next start begins anew")


@db.command()
def doctor() -> None:
    """Check all that the private server needs, and say what to do about what is missing."""
    checks = _own_cluster().doctor()
    table(
        "What the private server needs",
        ("", "check", "found", "what to do"),
        [("✓" if check.ok else "✗", check.name, check.finding, check.cure) for check in checks],
    )
    if not all(check.ok for check in checks):
        raise SystemExit(1)


@db.command()
def upgrade() -> None:
    """Fetch the server's packages anew, for bug fixes and security updates."""
    binaries = _own_cluster().upgrade()
    OUT.print(f"PostgreSQL {binaries.version} with PostGIS {binaries.postgis} ({binaries.way})")


def migrate() -> None:
    """Bring the database to the schema that this program needs; nothing to do is no error."""
    with serving_database(Settings(), say) as url:
        applied = migrations.upgrade(url)
    OUT.print(f"applied {', '.join(applied)}" if applied else "nothing to do")


def _programs(settings: Settings) -> Callable[[str], tuple[list[str], dict[str, str]]]:
    """How a program of PostgreSQL is called on the database, and with which environment."""
    if not settings.database_url:
        return cluster_of(settings).client_command
    parsed = make_url(plain_url(settings.database_url))
    place = parsed._replace(password=None).render_as_string()
    # Everybody on the machine can read a command line.
    secret = {} if parsed.password is None else {"PGPASSWORD": str(parsed.password)}
    return lambda name: ([name, f"--dbname={place}"], dict(os.environ) | secret)


def _own_cluster() -> Cluster:
    settings = Settings()
    if settings.database_url:
        raise ClusterError("DATABASE_URL is set: that server is not ours to manage")
    return cluster_of(settings, say)
