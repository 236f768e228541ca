"""The columns of a layer, described once: type, unit, meaning, role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value is. Each kind has one JSON form, one SQL form and one form per file format."""

    TEXT = "text"
    INTEGER = "integer"
    """A whole number that is never missing (a key, a count)."""
    COUNT = "count"
    """A whole number that may be missing. It is written ``7.0`` in GeoJSON: QGIS up to 3.40 reads
    ``7`` as an integer and then turns a missing one into 0 when it caches the layer."""
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    TEXTS = "texts"
    """A list of texts."""


class Role(StrEnum):
    """What a field is to the layer as a whole (OGC API - Features Part 5, ``x-ogc-role``)."""

    ID = "id"
    START = "primary-interval-start"
    END = "primary-interval-end"


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a layer's features.

    Parameters
    ----------
    name : str
        The name in SQL, in GeoJSON and in every file.
    kind : Kind
    title : str
        A short label for people (QGIS shows it as the alias).
    meaning : str
        One sentence; it becomes the description in schema, documentation and column comments.
    unit : str, optional
        UCUM or plain unit of a number: ``m``, ``km``, ``person``.
    nullable : bool
        Whether the value may be missing. Missing is "not known", never zero.
    words : tuple of str
        The closed list of values, where there is one.
    role : Role, optional
    """

    name: str
    kind: Kind
    title: str
    meaning: str
    unit: str | None = None
    nullable: bool = True
    words: tuple[str, ...] = ()
    role: Role | None = None
