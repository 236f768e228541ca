"""A filter expression as somebody wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gis.reference_systems import CRS84, ReferenceSystem

PARAMETER = "filter"


class Language(StrEnum):
    """The two forms of CQL2."""

    TEXT = "cql2-text"
    JSON = "cql2-json"


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter expression: its text, the language it is in, and the system of its geometries.

    It is not parsed before it is asked for, and has no layer: a query that carries it stays a
    value, which a count or a cursor can be known by.
    """

    text: str
    language: Language = Language.TEXT
    system: ReferenceSystem = CRS84

    def __repr__(self) -> str:
        # What a count and a cursor are known by: what else belongs to a system follows from its
        # name, and may differ by a hair with another release of PROJ.
        return f"Filter({self.text!r}, {self.language.value!r}, {self.system.uri!r})"
