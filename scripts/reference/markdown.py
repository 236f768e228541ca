"""Headings, tables, and docstrings as running text."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ROLE = re.compile(r":\w+:`~?([^`]+)`")
_CODE = re.compile(r"``([^`]+)``")


def heading(level: int, text: str) -> str:
    """A heading with an empty line on either side."""
    return f"\n{'#' * level} {text}\n\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells must be one line each, a bar in them is escaped.

    Empty for no rows: a head without a body says nothing.
    """
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows]
    if not body:
        return ""
    head = "| " + " | ".join(columns) + " |\n"
    return head + "|" + "---|" * len(columns) + "\n" + "".join(body)


def code(text: str) -> str:
    """A name or value as it is typed; empty for nothing."""
    return f"`{text}`" if text else ""


def prose(docstring: str | None) -> str:
    """A docstring's first paragraph in one line, with code as Markdown has it; empty for none."""
    first = inspect.cleandoc(docstring or "").partition("\n\n")[0]
    return running(first)


def running(text: str) -> str:
    """A text in one line, with code as Markdown has it."""
    return _CODE.sub(r"`\1`", _ROLE.sub(_shown, " ".join(text.split())))


def _shown(role: re.Match[str]) -> str:
    return f"`{role[1].rpartition('.')[2]}`"
