"""The page of the errors."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

import api
import db
import gis
import seeds
from api.errors import STATUS, ApiError
from db.errors import DbError
from gis.errors import GisError
from scripts.reference.markdown import code, heading, prose, table
from seeds.errors import SeedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

HEAD = """\
# Errors

Whatever is raised on purpose belongs to one of four families, one to a package. The message states
the value and the rule; the same facts are attributes. The command-line program prints the message
and ends with status 1. The API answers with a problem document (RFC 9457) whose `code` is the name
of the class, or `Fault` with status 500. What is not the client's fault is told in one fixed
sentence, and in full in the log. The table gives the status that each would have.

A fault in a row of a file is not an error: faults are collected, so that a file is mended once. The
error `RefusedFile` carries all of them, and `liptako load faults` prints those that were stored.

This page is made by the code (`scripts/reference/errors.py`): change the docstrings of the errors,
then run `.venv/bin/python -m scripts.reference`.
"""

FAMILIES: tuple[tuple[ModuleType, type[Exception]], ...] = (
    (gis, GisError),
    (db, DbError),
    (seeds, SeedError),
    (api, ApiError),
)
_NOT_IMPORTED = ("db.migrations.",)
"""Alembic runs these itself: they need a connection when they are imported."""


def errors_page() -> str:
    """``docs/errors.md``."""
    return HEAD + "".join(_section(package, base) for package, base in FAMILIES)


def family(package: ModuleType, base: type[Exception]) -> list[type[Exception]]:
    """A base class and all that derive from it in its package, wherever they are defined."""
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(_NOT_IMPORTED):
            import_module(module.name)
    known = sorted(set(_derived(base)), key=lambda each: (each.__module__, each.__name__))
    return [base, *(each for each in known if each.__module__.startswith(package.__name__))]


def _derived(base: type[Exception]) -> Iterator[type[Exception]]:
    for each in base.__subclasses__():
        yield each
        yield from _derived(each)


def _section(package: ModuleType, base: type[Exception]) -> str:
    rows = (
        (code(each.__name__), code(each.__module__), _status(each), prose(each.__doc__))
        for each in family(package, base)
    )
    columns = ("error", "defined in", "HTTP status", "meaning")
    return heading(2, package.__name__) + table(columns, rows)


def _status(error: type[Exception]) -> str:
    # No request reads a file that comes in, so those errors have no status.
    return next((str(int(STATUS[base])) for base in error.__mro__ if base in STATUS), "none")
