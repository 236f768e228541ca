"""How a layer is drawn, in words that no program owns; styles of every kind are written from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


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
class Step:
    """One of the classes of a figure.

    Parameters
    ----------
    below : float or None
        The figure from which on the next class begins; ``None`` for the last class.
    colour : str
        ``#rrggbb``.
    width : float
        Of the line, pixels.
    """

    below: float | None
    colour: str
    width: float


@dataclass(frozen=True, slots=True)
class Steps:
    """What differs by the class into which a figure falls; one that is missing is in none of them.

    Parameters
    ----------
    field : str
    steps : tuple of Step
        In ascending order; the last one has no end.
    divisor : float
        By which figures are divided in a legend: 1000 shows metres as kilometres.
    unit : str
        As a legend shows it, behind the divided figures.
    """

    field: str
    steps: tuple[Step, ...]
    divisor: float = 1.0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What is written beside some features of a layer.

    Parameters
    ----------
    field : str
        What is written.
    widest : int or None
        Denominator of the scale up to which it is written; ``None`` for every scale.
    least : tuple of (field, figure), optional
        It is written only where the field has at least this figure.
    words : tuple of (field, words), optional
        It is written only where the field has one of these words.
    figure : str, optional
        A field whose value follows in brackets, where it is known.
    size : float
        Of the type, points.
    """

    field: str
    widest: int | None
    least: tuple[str, float] | None = None
    words: tuple[str, tuple[str, ...]] | None = None
    figure: str | None = None
    size: float = 8.0

    @property
    def fields(self) -> set[str]:
        """The fields that it needs."""
        found = {self.field, *(each[0] for each in (self.least, self.words) if each is not None)}
        return found | ({self.figure} if self.figure is not None else set())


_Part = TypeVar("_Part", bound="Words | Scale | Steps | None")


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
    by_step : Steps, optional
        Colour and width of lines; it overrules ``by_word``, ``colour`` and ``width``.
    disc : str, optional
        Field with a radius in metres: a translucent disc of that radius lies on the ground beneath
        a point.
    outer : Scale, optional
        Diameter of a thin ring around a point, as of an upper bound.
    by_size : bool
        The legend tells the sizes apart, and not the words.
    labels : tuple of Label
    widest : int, optional
        Denominator of the scale beyond which the layer is not shown at all.
    """

    properties: tuple[str, ...]
    colour: str
    by_word: Words | None = None
    size: Scale | None = None
    hollow: tuple[str, tuple[str, ...]] | None = None
    width: float = 1.0
    opacity: float = 0.1
    figures: str | None = None
    by_step: Steps | None = None
    disc: str | None = None
    outer: Scale | None = None
    by_size: bool = False
    labels: tuple[Label, ...] = ()
    widest: int | None = None

    def of_fields(self, names: Collection[str]) -> Depiction:
        """The same, as far as it can be drawn from these fields only."""

        def kept(part: _Part) -> _Part | None:
            return part if part is None or part.field in names else None

        size = kept(self.size)
        return replace(
            self,
            properties=tuple(name for name in self.properties if name in names),
            by_word=kept(self.by_word),
            size=size,
            hollow=self.hollow if self.hollow is not None and self.hollow[0] in names else None,
            by_step=kept(self.by_step),
            disc=self.disc if self.disc in names else None,
            outer=kept(self.outer),
            by_size=self.by_size and size is not None,
            labels=tuple(label for label in self.labels if label.fields <= set(names)),
        )


@dataclass(frozen=True, slots=True)
class Style:
    """One of the ways in which a layer is drawn.

    Parameters
    ----------
    id : str
        Its name in addresses, files and commands.
    title : str
        For people.
    depiction : Depiction
    """

    id: str
    title: str
    depiction: Depiction
