"""How a layer is drawn, in words that no program owns; styles of every kind are written from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Scale:
    """A size that grows with a figure: between two stops it runs straight, beyond them it stays.

    Parameters
    ----------
    field : str
    stops : tuple of (figure, size)
        Figures ascend; sizes are in pixels of 1/96 inch.
    unknown : float
        Size where the figure is missing, which is none of the stops.
    """

    field: str
    stops: tuple[tuple[float, float], ...]
    unknown: float


@dataclass(frozen=True, slots=True)
class Words:
    """What differs by the word in a field.

    Parameters
    ----------
    field : str
    colours : mapping of word to colour
        ``#rrggbb``; a word that is not named has the depiction's own colour.
    """

    field: str
    colours: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Depiction:
    """How the features of one layer look on a map, and what a map needs to know of them.

    Parameters
    ----------
    properties : tuple of str
        Fields that travel with a feature on a map; the others are a request away, by its key.
    colour : str
        ``#rrggbb``, of what has no colour by its word.
    by_word : Words, optional
    size : Scale, optional
        Diameter of a point; 7 pixels where there is no scale.
    hollow : tuple of (field, words), optional
        A point is drawn as a ring where the field has one of these words.
    width : float
        Of lines and outlines, pixels.
    opacity : float
        Of the inside of an area, 0 to 1.
    figures : str, optional
        First part of the names of the fields ``_low``, ``_best`` and ``_high`` that may be summed
        over features; ``None`` where nothing may.
    """

    properties: tuple[str, ...]
    colour: str
    by_word: Words | None = None
    size: Scale | None = None
    hollow: tuple[str, tuple[str, ...]] | None = None
    width: float = 1.0
    opacity: float = 0.1
    figures: str | None = None
