"""What a function of our own is: its description, and how it becomes SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.cql2.terms import refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from db.cql2.nodes import Node
    from db.cql2.terms import Scope, Term


@dataclass(frozen=True, slots=True)
class Argument:
    """What a function is given: its name, what it is, and its types in words of CQL2."""

    name: str
    meaning: str
    types: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a filter may call.

    Parameters
    ----------
    name, meaning : str
    arguments : tuple of Argument
        Those that may be left out come last.
    returns : str
        Type of its result in words of CQL2. A result that cannot be computed is missing: it makes
        a condition neither true nor false.
    examples : tuple of str
        Whole filters, as text.
    compile : callable
    """

    name: str
    meaning: str
    arguments: tuple[Argument, ...]
    returns: str
    examples: tuple[str, ...]
    compile: Callable[[Scope, tuple[Node, ...]], Term]

    @property
    def signature(self) -> str:
        """How it is written, with brackets round what may be left out."""
        parts = (f"[{each.name}]" if each.optional else each.name for each in self.arguments)
        return f"{self.name}({', '.join(parts)})"


def called(function: Function, scope: Scope, args: tuple[Node, ...]) -> Term:
    """A function's result.

    Raises
    ------
    InvalidQuery
        The number or kind of the arguments is wrong, or the layer lacks what it is about.
    """
    least = sum(not argument.optional for argument in function.arguments)
    if not least <= len(args) <= len(function.arguments):
        raise refused(function.name, f"it is called {function.signature}")
    return function.compile(scope, args)
