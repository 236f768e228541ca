"""Where the database is: the environment, read once, when asked.

- ``DATABASE_URL``: a PostGIS of your own; when set, no server is started.
- ``LIPTAKO_HOME``: the folder of the private server.
- ``LIPTAKO_POSTGRES``: ``installed`` or ``packages``: whose server programs to use (see
  `db.cluster`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.errors import HomeUnusable, InvalidDatabaseUrl

PLAIN = "postgresql://"
PSYCOPG = "postgresql+psycopg://"
SPELLINGS = (PLAIN, PSYCOPG, "postgres://")


def default_home() -> Path:
    """Tell the folder of the private server when LIPTAKO_HOME is not set.

    A server never runs as root, and the user it runs as could not enter /root: hence /var/lib.

    Raises
    ------
    HomeUnusable
        When this user has no home folder.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/liptako")
    try:
        return Path.home() / ".local" / "share" / "liptako"
    except RuntimeError as error:
        raise HomeUnusable(Path("~"), "this user has no home folder; set LIPTAKO_HOME") from error


class Settings(BaseSettings):
    """The database settings of this process, taken from its environment."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    home: Path = Field(default_factory=default_home, validation_alias="LIPTAKO_HOME")
    postgres: Literal["installed", "packages"] | None = Field(
        default=None, validation_alias="LIPTAKO_POSTGRES"
    )


def plain_url(url: str) -> str:
    """Spell a database URL as psycopg, psql and QGIS read it.

    Parameters
    ----------
    url : postgresql://, postgres:// or postgresql+psycopg://

    Raises
    ------
    InvalidDatabaseUrl
        For any other scheme, the empty text included.

    Examples
    --------
    >>> plain_url("postgres://me@host/incidents")
    'postgresql://me@host/incidents'
    """
    for spelling in SPELLINGS:
        if url.startswith(spelling):
            return PLAIN + url.removeprefix(spelling)
    # Only the scheme is repeated: the rest of a URL holds a password.
    scheme, separator, _ = url.partition("://")
    raise InvalidDatabaseUrl(scheme + separator if separator else "")


def normalise_url(url: str) -> str:
    """Spell a database URL as SQLAlchemy needs it to choose psycopg 3.

    Parameters
    ----------
    url : postgresql://, postgres:// or postgresql+psycopg://

    Raises
    ------
    InvalidDatabaseUrl
        For any other scheme, the empty text included.

    Examples
    --------
    >>> normalise_url("postgresql://me@host/incidents")
    'postgresql+psycopg://me@host/incidents'
    """
    return PSYCOPG + plain_url(url).removeprefix(PLAIN)
