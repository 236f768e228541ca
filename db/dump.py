"""Dumps: all that our schemas hold, history included, into one file and back.

``pg_dump`` and ``pg_restore`` do the work. A dump holds the schemas ``liptako`` and
``liptako_history``; the extensions, the views that are made from layers, and roles with their
rights belong to the server that it is restored to.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

from sqlalchemy import text

from db import migrate
from db.engine import connect
from db.errors import DumpFailed, NotEmpty
from db.models.base import HISTORY_SCHEMA, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Program = Callable[[str], tuple[list[str], dict[str, str]]]
    """Name of a program -> command line that reaches the database, and the environment."""

_SCHEMAS = (SCHEMA, HISTORY_SCHEMA)

_BEGIN = f"BEGIN;\nDROP SCHEMA IF EXISTS {', '.join(_SCHEMAS)} CASCADE;\n"

# Rights are not restored, since they may be of roles that are not there; but what nobody may call
# whom the tables do not belong to is one of ours.
_END = f"""
DO $$ DECLARE called regprocedure; BEGIN
  FOR called IN SELECT oid FROM pg_catalog.pg_proc
                 WHERE pronamespace = '{SCHEMA}'::regnamespace AND prosecdef LOOP
    EXECUTE pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', called);
  END LOOP;
END $$;
COMMIT;
"""


def dump(program: Program, file: Path) -> None:
    """Write all data with their history to a file, as they are at one moment; nobody waits for it.

    Parameters
    ----------
    program : callable
        Gives the command line of ``pg_dump``.
    file : Path
        In pg_dump's custom format, compressed. It is there when it is whole, and not before.

    Raises
    ------
    DumpFailed
        ``pg_dump`` ended with an error, or is not installed.
    """
    partial = file.with_name(f"{file.name}.part")
    argv, environment = program("pg_dump")
    chosen = [f"--schema={schema}" for schema in _SCHEMAS]
    try:
        _run([*argv, "--format=custom", *chosen, f"--file={partial}"], environment)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def restore(program: Program, url: str, file: Path, *, replace: bool = False) -> None:
    """Bring back what a dump holds, all of it or nothing.

    Versions go on where the dump ends. The schema is that of the dump: an older one is brought to
    the newest by :func:`db.migrate.upgrade`.

    Parameters
    ----------
    program : callable
        Gives the command lines of ``pg_restore`` and ``psql``.
    url : str
        Of the same database.
    file : Path
    replace : bool
        Whether data that are there, and their history, go.

    Raises
    ------
    NotEmpty
        There are data, and nobody said that they may go.
    DumpFailed
        The file is no dump or is cut short, or the database refuses it; nothing has changed then.
    MissingExtension
        The database has no PostGIS and this role may not create it.
    """
    if not replace and migrate.current(url) is not None:
        raise NotEmpty
    migrate.create_extensions(url)
    script, environment = program("pg_restore")
    psql, _ = program("psql")
    # pg_restore writes what it would do only where it is told no database.
    reading = [script[0], "--no-owner", "--no-privileges", "--file=-", str(file)]
    writing = [*psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"]
    with (
        tempfile.TemporaryFile() as told,
        _started(reading, environment, told, stdout=subprocess.PIPE) as source,
        _started(
            writing, environment, told, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as sink,
    ):
        assert source.stdout is not None
        assert sink.stdin is not None
        try:
            sink.stdin.write(_BEGIN.encode())
            shutil.copyfileobj(source.stdout, sink.stdin, 1 << 20)
            # A file that is cut short ends like a whole one: without this nothing is committed.
            if source.wait() == 0:
                sink.stdin.write(_END.encode())
            sink.stdin.close()
        except BrokenPipeError:
            source.kill()
        if sink.wait() != 0 or source.wait() != 0:
            told.seek(0)
            raise DumpFailed(told.read().decode("utf-8", "replace"))
    with connect(url) as connection:
        # A dump holds no statistics, without which statements are planned blindly.
        connection.execute(text("ANALYZE"))
        connection.commit()


def _run(argv: Sequence[str], environment: dict[str, str]) -> None:
    with tempfile.TemporaryFile() as told, _started(argv, environment, told) as process:
        if process.wait() != 0:
            told.seek(0)
            raise DumpFailed(told.read().decode("utf-8", "replace"))


def _started(
    argv: Sequence[str],
    environment: dict[str, str],
    told: IO[bytes],
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(argv, env=environment, stdin=stdin, stdout=stdout, stderr=told)
    except FileNotFoundError as missing:
        raise DumpFailed(f"{argv[0]} is not installed") from missing
