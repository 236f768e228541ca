"""A filter expression as somebody wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PARAMETER = "filter"


class Language(StrEnum):
    """The two forms of CQL2."""

    TEXT = "cql2-text"
    JSON = "cql2-json"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter expression: its text, and the language it is in.

    It is not parsed before it is asked for, and has no layer: a query that carries it stays a
    value, which a count or a cursor can be known by.
    """

    text: str
    language: Language = Language.TEXT
