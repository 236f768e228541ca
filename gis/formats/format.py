"""What a file format is: its name, its ending, how it is written, and what it cannot keep."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gis.formats.features import Colophon, Features


class GeometryForm(StrEnum):
    """The form in which a writer takes geometries."""

    WKB = "wkb"
    """Well-known binary, as bytes."""
    GEOJSON = "geojson"
    """The text of a GeoJSON geometry."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that a format cannot keep as it is, and what is done instead."""

    what: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A file format of an export.

    Parameters
    ----------
    id : str
        Its name in commands and URLs.
    title : str
        For people.
    extension : str
        Ending of its files, without the dot.
    media_type : str
    geometry : GeometryForm
        The form in which ``write`` takes geometries.
    write : callable
        Writes features to a path where nothing is yet. It goes through the features once.
    losses : tuple of Loss
        What it cannot keep.
    by_place : bool
        Whether it is worth more when features near one another are written together.
    most_features : int, optional
        More do not fit into a file; missing where there is no such limit.
    """

    id: str
    title: str
    extension: str
    media_type: str
    geometry: GeometryForm
    write: Callable[[Path, Features, Colophon], None]
    losses: tuple[Loss, ...]
    by_place: bool = False
    most_features: int | None = None


NOT_FINITE = Loss("A number that is not finite", "It is missing.")
NO_COLOPHON = Loss(
    "Title, description, query and version of the data",
    "They are left out. Licence and attribution are columns of every row.",
)
NO_FIELD_TITLES = Loss(
    "Titles, meanings and units of the fields",
    "Only the names are written; a unit that is no count stands in the name (`radius_m`).",
)
"""Losses that several formats share."""
