"""Under which licences a collection stands, as links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.media import HTML
from gis.licence_names import LICENCES, single_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.links import Base, Link
    from db.summaries import Terms


def names(terms: Iterable[Terms]) -> tuple[str, ...]:
    """The different licences of some terms, in order.

    A row derived from two others names both, with a semicolon between.
    """
    return single_names(tuple(each.licence for each in terms))


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
        {"href": _deed(name) or here, "rel": "license", "type": HTML, "title": name}
        for name in licences
    ]


def _deed(name: str) -> str | None:
    return LICENCES[name].deed if name in LICENCES else None
