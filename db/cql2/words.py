"""Text -> the words of CQL2, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from db.cql2.filter import PARAMETER
from db.errors import InvalidQuery

DEEPEST = 40
"""Most brackets inside one another, and most steps from a filter's root to its leaves."""


class Sort(Enum):
    """What a word is."""

    NAME = "name"
    QUOTED = "quoted name"
    TEXT = "text"
    NUMBER = "number"
    SIGN = "sign"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Word:
    """A word: its sort, its meaning, and where it begins and ends in the text."""

    sort: Sort
    text: str
    start: int
    end: int

    def says(self, *words: str) -> bool:
        """Whether it is one of these key words (in capitals) or signs."""
        return self.sort in (Sort.NAME, Sort.SIGN) and self.text.upper() in words


# A quote is escaped in two ways, '' and \'; inside "" only by doubling it.
_WORD = re.compile(
    r"""\s*(?:
      (?P<NUMBER>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<NAME>[^\W\d][\w.:]*)
    | '(?P<TEXT>(?:''|\\'|[^'])*+)'
    | "(?P<QUOTED>(?:""|[^"])+)"
    | (?P<SIGN><>|<=|>=|[=<>+\-*/%^(),])
    | (?P<END>\Z)
    )""",
    re.VERBOSE,
)


def words_of(text: str) -> list[Word]:
    """The words of a text; the last is its end.

    Raises
    ------
    InvalidQuery
        A sign is none of the language's, a quote is not closed, or brackets are nested too deep.
    """
    found: list[Word] = []
    place = depth = 0
    while not found or found[-1].sort is not Sort.END:
        match = _WORD.match(text, place)
        if match is None:
            start = len(text) - len(text[place:].lstrip())
            raise refused(text, start, f"{text[start]!r} begins no word of the language")
        word = _word(match)
        depth += {"(": 1, ")": -1}.get(word.text, 0) if word.sort is Sort.SIGN else 0
        if depth > DEEPEST:
            raise refused(text, word.start, f"brackets are nested deeper than {DEEPEST}")
        found.append(word)
        place = match.end()
    return found


def refused(text: str, place: int, rule: str) -> InvalidQuery:
    """The error that a text is refused with, for what stands at a place of it."""
    return InvalidQuery(PARAMETER, text, f"at character {place + 1}, {rule}")


def _word(match: re.Match[str]) -> Word:
    name = match.lastgroup
    assert name is not None
    sort, text = Sort[name], match[name]
    start, end = match.start(name), match.end()
    if sort is Sort.TEXT:
        text = re.sub(r"''|\\'", "'", text)
    if sort is Sort.QUOTED:
        text = text.replace('""', '"')
    return Word(sort, text, start, end)
