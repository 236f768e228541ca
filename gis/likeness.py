"""The known name that a misspelt one was probably meant to be."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like this one, large or small; ``None`` where none is like it.

    Parameters
    ----------
    name : str
    known : iterable of str
        The earlier of two that are equally like it is taken.
    """
    by_small: dict[str, str] = {}
    for each in known:
        by_small.setdefault(each.casefold(), each)
    close = get_close_matches(name.casefold(), by_small, n=1)
    return by_small[close[0]] if close else None
