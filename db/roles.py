"""Who else may log in to the database, and what they may do: read the layers, and nothing else.

What is granted is granted on the schema, for all that is in it and all that will be made in it: the
views are made anew when they change (see :mod:`db.views.publishing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from db.engine import SESSION
from db.errors import RoleRefused
from db.settings import plain_url
from db.views.definition import SCHEMA
from db.views.editing import EDITING as EDITED

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection

READER, EDITOR = "liptako_reader", "liptako_editor"

_PLANNING = ("jit", "join_collapse_limit", "from_collapse_limit", "geqo", "timezone")
"""What our own sessions set so that layers are found quickly; a reader's should, too."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a role is for.

    Parameters
    ----------
    rights : tuple of (schema, privileges)
        What it may do with every table and view of a schema.
    settings : dict
        Of its sessions in this database.
    remark : str
        Stands beside the role, and tells it from one of somebody else's.
    """

    rights: tuple[tuple[str, str], ...]
    settings: dict[str, str]
    remark: str


READING = Purpose(
    rights=((SCHEMA, "SELECT"),),
    settings={
        # QGIS looks for "layer_styles" on the path.
        "search_path": f"{SCHEMA}, public",
        "default_transaction_read_only": "on",
        **{name: SESSION[name] for name in _PLANNING},
    },
    remark="Reads the layers of Liptako",
)

EDITING = Purpose(
    rights=((SCHEMA, "SELECT"), (EDITED, "SELECT, INSERT, UPDATE, DELETE")),
    settings={
        "search_path": f"{SCHEMA}, public",
        **{name: SESSION[name] for name in _PLANNING},
    },
    remark="Edits the incidents of Liptako",
)


def grant(connection: Connection, role: str, password: str, purpose: Purpose) -> None:
    """Let a role log in and do what it is for; made if it is not there, else given the password.

    Parameters
    ----------
    connection : Connection
        Of the role that owns the database's tables; the caller commits.
    role : str
    password : str
        The server is sent a SCRAM verifier, so that its log never shows it.
    purpose : Purpose

    Raises
    ------
    RoleRefused
        The name or the password is empty, the role is there for something else, or we may make
        none.
    """
    if not role or not password:
        raise RoleRefused(role, "a role has a name and a password")
    known = _purpose_of(connection, role)
    if known not in (None, purpose.remark):
        raise RoleRefused(role, "there is such a role, and it is not for this: take another name")
    verifier = _verifier(connection, role, password)
    verb = "CREATE" if known is None else "ALTER"
    try:
        _run(connection, f"{verb} ROLE %I LOGIN PASSWORD %L", role, verifier)
    except ProgrammingError as fault:
        raise RoleRefused(role, f"our own role may not make it ({fault.orig})") from fault
    _run(connection, "COMMENT ON ROLE %I IS %L", role, purpose.remark)
    database = str(connection.scalar(text("SELECT current_database()")))
    _run(connection, "GRANT CONNECT ON DATABASE %I TO %I", database, role)
    for schema, privileges in purpose.rights:
        _run(connection, "GRANT USAGE ON SCHEMA %I TO %I", schema, role)
        every = f"{privileges} ON ALL TABLES IN SCHEMA %I TO %I"
        _run(connection, f"GRANT {every}", schema, role)
        later = f"IN SCHEMA %I GRANT {privileges} ON TABLES TO %I"
        _run(connection, f"ALTER DEFAULT PRIVILEGES {later}", schema, role)
    for name, value in purpose.settings.items():
        # A path is a list of names; quoted as a whole, it would be one of an odd name.
        written = value if name == "search_path" else f"'{value}'"
        _run(connection, f"ALTER ROLE %I IN DATABASE %I SET {name} = {written}", role, database)


def service(url: str, role: str, name: str) -> str:
    """The lines of ``pg_service.conf`` by which QGIS and psql find the database, without password.

    Parameters
    ----------
    url : str
        Of the database, as our own role reaches it.
    role, name : str
        Who logs in, and what the service is called.
    """
    parsed = make_url(plain_url(url))
    known = {"host": parsed.host, "port": parsed.port, "dbname": parsed.database, "user": role}
    lines = {**known, **parsed.query, "application_name": "QGIS"}
    kept = (f"{key}={value}" for key, value in lines.items() if value is not None)
    return "\n".join([f"[{name}]", *kept])


def _purpose_of(connection: Connection, role: str) -> str | None:
    """What stands beside a role; an empty text for one without a remark, nothing for none."""
    asked = text(
        "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles"
        " WHERE rolname = :role"
    )
    found: str | None = connection.scalar(asked, {"role": role})
    return found


def _verifier(connection: Connection, role: str, password: str) -> str:
    driver = cast("psycopg.Connection[object]", connection.connection.driver_connection)
    method = b"scram-sha-256"
    return driver.pgconn.encrypt_password(password.encode(), role.encode(), method).decode()


def _run(connection: Connection, form: str, *values: str) -> None:
    """Execute a statement that takes names and texts where no parameter may stand."""
    places = ", ".join(f"CAST(:v{number} AS text)" for number in range(len(values)))
    asked = text(f"SELECT format(:form, {places})")
    bound = {f"v{number}": value for number, value in enumerate(values)}
    statement = str(connection.scalar(asked, {"form": form, **bound}))
    connection.exec_driver_sql(statement.replace("%", "%%"))
