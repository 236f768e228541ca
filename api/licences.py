"""Under which licences a collection stands, as links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.media import HTML

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.links import Base, Link
    from db.summaries import Terms

DEEDS = {
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ODbL 1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
}
"""Where a licence of that name is written out."""


def names(terms: Iterable[Terms]) -> tuple[str, ...]:
    """The different licences of some terms, in order.

    A row derived from two others names both, with a semicolon between.
    """
    every = (part.strip() for each in terms for part in each.licence.split(";"))
    return tuple(sorted({name for name in every if name}))


def attribution(terms: Iterable[Terms]) -> str:
    """The words to print with rows under some terms, each once; empty for none.

    A row derived from two others has the words of both, with a bar between.
    """
    every = (words for each in terms for words in each.attribution.split(" | "))
    return " | ".join(dict.fromkeys(words for words in every if words))


def licence_links(base: Base, collection: str, licences: Iterable[str]) -> list[Link]:
    """A link to each licence: to its text where that is known, else to our page of the layer."""
    here = base.href(f"/collections/{collection}", [("f", "html")]) + "#licence"
    return [
        {"href": DEEDS.get(name, here), "rel": "license", "type": HTML, "title": name}
        for name in licences
    ]
