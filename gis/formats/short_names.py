"""Names of fields in the ten characters that a Shapefile has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 10


def short_names(names: Sequence[str]) -> dict[str, str]:
    """A name of at most ten characters for each, all different whatever their case.

    Words are shortened evenly, the last ones last, since they tell ``low`` from ``high``, and
    numbers not at all. Names that would be the same are numbered in their order.

    Examples
    --------
    >>> short_names(["title", "killed_civilians_low", "border_distance_high_m"])
    {'title': 'title', 'killed_civilians_low': 'ki_civ_low', 'border_distance_high_m': 'bo_di_hi_m'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short = _shortened(name)
        number = 1
        while short.lower() in taken:
            number += 1
            short = f"{_shortened(name)[: LONGEST - len(str(number))]}{number}"
        taken.add(short.lower())
        found[name] = short
    return found


def _shortened(name: str) -> str:
    words = name.split("_")
    while len("_".join(words)) > LONGEST:
        plain = [word for word in words if not word.isdigit()] or words
        longest = max(plain, key=len)  # the first of several
        if len(longest) <= 1:  # nothing but single letters
            return "".join(words)[:LONGEST]
        words[words.index(longest)] = longest[:-1]
    return "_".join(words)
