"""The page of the closed word lists."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING

from db import vocabulary
from scripts.reference.markdown import code, heading, running, table

if TYPE_CHECKING:
    from enum import StrEnum

HEAD = """\
# Words

The closed lists of the database. A column that holds one of them refuses every other word, and the
API publishes the list with the field. A new word needs a migration.

This page is made by the code (`scripts/reference/words.py`): change the lists where they are
defined, in `db/vocabulary.py` and `gis/precision.py`, then run
`.venv/bin/python -m scripts.reference`.
"""

LISTS: tuple[type[StrEnum], ...] = tuple(getattr(vocabulary, name) for name in vocabulary.__all__)


def words_page() -> str:
    """``docs/vocabulary.md``."""
    return HEAD + "".join(_section(words) for words in LISTS)


def anchor_of(words: tuple[str, ...]) -> str | None:
    """The name of the list that has exactly these words, if there is one."""
    return next((one.__name__ for one in LISTS if tuple(word.value for word in one) == words), None)


def meanings(words: type[StrEnum]) -> dict[str, str]:
    """Word -> the text that stands below it in the source; empty where there is none."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(words)))
    (definition,) = tree.body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {word.value: "" for word in words}
    for statement, following in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(statement, ast.Assign) and isinstance(following, ast.Expr):
            name, meaning = statement.targets[0], following.value
            assert isinstance(name, ast.Name)
            assert isinstance(meaning, ast.Constant)
            found[words[name.id].value] = running(str(meaning.value))
    return found


def _section(words: type[StrEnum]) -> str:
    rows = [(code(word), meaning) for word, meaning in meanings(words).items()]
    return heading(2, words.__name__) + f"{running(words.__doc__ or '')}\n\n" + _listed(rows)


def _listed(rows: list[tuple[str, str]]) -> str:
    if any(meaning for _, meaning in rows):
        return table(("word", "meaning"), rows)
    return ", ".join(word for word, _ in rows) + ".\n"
