"""The page of the environment variables."""

from __future__ import annotations

import inspect
import re

from api.settings import Settings as ServerSettings
from db import settings as db_settings
from scripts.reference.markdown import code, heading, running, table

HEAD = """\
# Settings

Everything that can be set is an environment variable. A variable that is set to nothing counts as
not set. Nothing is read when a module is imported.

This page is made by the code (`scripts/reference/settings.py`): change it there, then run
`.venv/bin/python -m scripts.reference`.
"""

DEFAULT_HOME = """
Without `LIPTAKO_HOME` the folder is `~/.local/share/liptako`; for root it is `/var/lib/liptako`,
since the server never runs as root, and the user that it runs as could not enter root's home.
"""

_TEST_DATABASE_URL = (
    "`scripts/test`: a PostGIS server of your own for the tests. The name of its database must end "
    "in `_test`; databases are made and dropped beside it."
)

SCRIPTS: tuple[tuple[str, str], ...] = (
    ("PYTHON", "`scripts/*`: the Python (3.11 or newer) to make `.venv` with, before others."),
    (
        "UV_CACHE_DIR",
        "`scripts/*`: where uv keeps what it downloaded; uv's own default if not set.",
    ),
    ("TEST_DATABASE_URL", _TEST_DATABASE_URL),
    ("TMPDIR", "`scripts/test`: where the throw-away server of the tests is put."),
)
"""What the scripts and the tests read; the program itself reads none of these."""

_BULLET = re.compile(r"^- ``(\w+)``: (.*?)(?=^- |\Z)", re.DOTALL | re.MULTILINE)
_PARAMETER = re.compile(r"^(\w[\w, ]*) : [^\n]*\n((?:    [^\n]*\n?)+)", re.MULTILINE)


def settings_page() -> str:
    """``docs/settings.md``."""
    return "".join(
        (
            HEAD,
            heading(2, "The database"),
            table(("variable", "meaning"), _rows(database_variables())),
            DEFAULT_HOME,
            heading(2, "The server"),
            table(("variable", "default", "meaning"), _server_rows()),
            heading(2, "Scripts and tests"),
            table(("variable", "meaning"), _rows(dict(SCRIPTS))),
        )
    )


def database_variables() -> dict[str, str]:
    """Variable -> meaning, as the module :mod:`db.settings` tells."""
    found = _BULLET.findall(inspect.getdoc(db_settings) or "")
    return {name: running(meaning[:1].upper() + meaning[1:]) for name, meaning in found}


def server_variables() -> dict[str, str]:
    """Variable -> meaning, as the class :class:`api.settings.Settings` tells."""
    prefix = ServerSettings.model_config["env_prefix"]
    return {
        f"{prefix}{name.strip()}".upper(): running(meaning)
        for names, meaning in _PARAMETER.findall(inspect.getdoc(ServerSettings) or "")
        for name in names.split(",")
    }


def _server_rows() -> list[tuple[str, str, str]]:
    prefix = ServerSettings.model_config["env_prefix"]
    told = server_variables()
    rows = []
    for name, field in ServerSettings.model_fields.items():
        variable = f"{prefix}{name}".upper()
        default = "" if field.default is None else code(str(field.default))
        rows.append((code(variable), default, told[variable]))
    return rows


def _rows(variables: dict[str, str]) -> list[tuple[str, str]]:
    return [(code(name), meaning) for name, meaning in variables.items()]
