"""A depiction taken apart into classes of features that look alike.

Programs that understand no expressions (QGIS 3.22 where it draws tiles, and whoever reads an SLD)
are given one rule a class, each with tests on fields and plain sizes and colours. Sizes go by
steps: what lies between two stops has the size of the lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.depiction import Depiction, Label

POINT_SIZE = 7.0
"""Diameter of points without a scale, pixels."""
CELL_STOPS = ((1, 8), (10, 12), (100, 20), (1_000, 30), (10_000, 40))
"""Diameter of a cell by the number of its features, about as the logarithm: cells stand 16 pixels
apart where a tile is drawn 512 pixels wide."""
CELL_FIELD = "features"
"""Of a cell: how many features it stands for."""

NOT_KNOWN = "Not known"
OTHER = "Other"
IMPRECISE = "place imprecise"


class Kind(Enum):
    """What a test asks of a field."""

    IN = "in"
    NOT_IN = "not in"
    """Also true where the field is missing."""
    AT_LEAST = "at least"
    BELOW = "below"
    NOT_AT_LEAST = "not at least"
    """Also true where the field is missing."""
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on one field.

    Parameters
    ----------
    kind : Kind
    field : str
    values : tuple of str or float
        Words of ``IN`` and ``NOT_IN``, the one figure of ``AT_LEAST`` and ``BELOW``.
    """

    kind: Kind
    field: str
    values: tuple[str | float, ...] = ()

    __test__ = False  # for pytest, which would collect it by its name


@dataclass(frozen=True, slots=True)
class SymbolClass:
    """Features that look alike.

    Parameters
    ----------
    labels : tuple of tuple of str
        What tells them from the others, in English: for each question the words of its answer,
        those of a closed list as they are stored.
    tests : tuple of Test
        All of which are true of them; together the classes of a layer hold every feature once.
    colour : str
    size : float
        Diameter of a point, pixels.
    width : float
        Of a line or outline, pixels.
    hollow : bool
        A point is a ring.
    """

    labels: tuple[tuple[str, ...], ...]
    tests: tuple[Test, ...]
    colour: str
    size: float
    width: float
    hollow: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One answer to one question: its words, its tests, and the value that follows."""

    label: tuple[str, ...]
    tests: tuple[Test, ...]
    value: float | str | bool


def symbol_classes(geometry: str, depiction: Depiction) -> list[SymbolClass]:
    """The classes of a layer, in the order in which they are drawn.

    Parameters
    ----------
    geometry : str
        GeoJSON type.
    depiction : Depiction
    """
    if geometry != "Point":
        return _of_lines(depiction)
    return [
        SymbolClass(
            labels=tuple(part.label for part in (size, colour, ring) if part.label),
            tests=(*size.tests, *colour.tests, *ring.tests),
            colour=str(colour.value),
            size=float(size.value),
            width=depiction.width,
            hollow=bool(ring.value),
        )
        for size in _sizes(depiction)
        for colour in colours(depiction)
        for ring in _rings(depiction)
    ]


def cell_classes(depiction: Depiction) -> list[SymbolClass]:
    """The classes of cells that stand for many points."""
    return [
        SymbolClass((part.label,), part.tests, depiction.colour, float(part.value), 1.0, False)
        for part in figure_steps(CELL_FIELD, CELL_STOPS)
    ]


def label_tests(labels: Sequence[Label]) -> list[tuple[Test, ...]]:
    """Of each label, the tests of the features that have it.

    A rule ends where a former one, for greater figures of the same field, begins: a feature has
    one label.
    """
    found = []
    for number, label in enumerate(labels):
        tests = []
        if label.least is not None:
            tests.append(Test(Kind.AT_LEAST, label.least[0], (label.least[1],)))
        if label.words is not None:
            tests.append(Test(Kind.IN, label.words[0], label.words[1]))
        former = labels[number - 1].least if number else None
        if former is not None:
            tests.append(Test(Kind.NOT_AT_LEAST, former[0], (former[1],)))
        found.append(tuple(tests))
    return found


def colours(depiction: Depiction) -> list[Part]:
    """One part for the words of each colour, and one for all others."""
    by_word = depiction.by_word
    if by_word is None:
        return [Part((), (), depiction.colour)]
    words: dict[str, list[str]] = {}
    for word, colour in by_word.colours.items():
        words.setdefault(colour, []).append(word)
    named = [
        Part(tuple(each), (Test(Kind.IN, by_word.field, tuple(each)),), colour)
        for colour, each in words.items()
    ]
    others = Test(Kind.NOT_IN, by_word.field, tuple(by_word.colours))
    return [*named, Part((OTHER,), (others,), depiction.colour)]


def figure_steps(field: str, stops: Sequence[tuple[float, float]]) -> list[Part]:
    """One part from each stop to the next; a figure that is missing is in none."""
    found = []
    for number, (figure, size) in enumerate(stops):
        tests = [Test(Kind.KNOWN, field), Test(Kind.AT_LEAST, field, (figure,))]
        following = stops[number + 1][0] if number + 1 < len(stops) else None
        if following is not None:
            tests.append(Test(Kind.BELOW, field, (following,)))
        found.append(Part((between(figure, following),), tuple(tests), size))
    return found


def between(figure: float, following: float | None) -> str:
    """A class of whole numbers in words.

    Examples
    --------
    >>> between(0, 1), between(10, 50), between(200, None)
    ('0', '10–49', '200+')
    """
    if following is None:
        return f"{figure:g}+"
    last = following - 1
    return f"{figure:g}" if last == figure else f"{figure:g}–{last:g}"


def _sizes(depiction: Depiction) -> list[Part]:
    scale = depiction.size
    if scale is None:
        return [Part((), (), POINT_SIZE)]
    missing = Part((NOT_KNOWN,), (Test(Kind.UNKNOWN, scale.field),), scale.unknown)
    return [missing, *figure_steps(scale.field, scale.stops)]


def _rings(depiction: Depiction) -> list[Part]:
    if depiction.hollow is None:
        return [Part((), (), False)]
    field, words = depiction.hollow
    return [
        Part((), (Test(Kind.NOT_IN, field, words),), False),
        Part((IMPRECISE,), (Test(Kind.IN, field, words),), True),
    ]


def _of_lines(depiction: Depiction) -> list[SymbolClass]:
    by_step = depiction.by_step
    if by_step is None:
        return [
            SymbolClass(
                (part.label,) if part.label else (),
                part.tests,
                str(part.value),
                0.0,
                depiction.width,
                False,
            )
            for part in colours(depiction)
        ]
    unknown = Test(Kind.UNKNOWN, by_step.field)
    found = [
        SymbolClass(
            ((NOT_KNOWN,),), (unknown,), depiction.colour, 0.0, by_step.steps[-1].width, False
        )
    ]
    least: float | None = None
    for step in by_step.steps:
        tests = [Test(Kind.KNOWN, by_step.field)]
        if least is not None:
            tests.append(Test(Kind.AT_LEAST, by_step.field, (least,)))
        if step.below is not None:
            tests.append(Test(Kind.BELOW, by_step.field, (step.below,)))
        shown = (0.0 if least is None else least) / by_step.divisor
        label = (
            f"{shown:g}+" if step.below is None else f"{shown:g}–{step.below / by_step.divisor:g}"
        )
        text = f"{label} {by_step.unit}".rstrip()
        found.append(SymbolClass(((text,),), tuple(tests), step.colour, 0.0, step.width, False))
        least = step.below
    # The nearest class is uppermost.
    return [found[0], *reversed(found[1:])]
