"""What a method is: its name and version, what can be chosen of it, and what it computes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

    from db.analyses.found import Found
    from db.analyses.parameters import Parameters


class Progress(Protocol):
    """Who is told how far a computation is; may raise to end it."""

    def __call__(self, share: float, doing: str) -> None:
        """Take note that a share (0 to 1) is done, and what is being done now."""


def unheard(share: float, doing: str) -> None:
    """Tell nobody of the progress."""


@dataclass(frozen=True, slots=True)
class Method:
    """A named, versioned method; the version rises when the same input gives another result.

    Parameters
    ----------
    name : str
        In commands and URLs.
    version : str
    title : str
    answers : str
        Which question it answers, in a sentence or two.
    parameters : type of Parameters
        What can be chosen; every parameter has a default.
    compute : callable
        Reads with a connection and computes; writes nothing. Called with the connection, the
        parameters and a :class:`Progress`; by name with an ``engine``, if it is to compute in
        parts.
    layers : tuple of str
        The layers that show its results.
    has_raster : bool
        Whether a run may make a raster, too.
    has_parts : bool
        Whether others may compute parts of it (:mod:`gis.parts`): the results are the same.
    pictures : mapping of str to str
        Names of the pictures that it can draw of a run -> what they show.
    """

    name: str
    version: str
    title: str
    answers: str
    parameters: type[Parameters]
    compute: Callable[Concatenate[Connection, Any, Progress, ...], Found]
    layers: tuple[str, ...]
    has_raster: bool = False
    has_parts: bool = False
    pictures: Mapping[str, str] = field(default_factory=dict)
