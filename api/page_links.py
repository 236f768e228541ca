"""The links of features: to every other form of the same page, to the whole, to the next page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import media
from api.links import link_header
from api.media import FEATURES, FILES, HTML, JSON, MADE, MEDIA_TYPES, OFFERED, TITLES, Form
from api.params import DOWNLOAD, LIMIT, OFFSET
from db import cursor
from gis.jsonfg import PROFILE as JSONFG_PROFILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.links import Base, Link
    from db.layers.layer import Layer

LONGEST_HEADER = 4_000
"""Proxies refuse answers with much longer headers; a page has its links in its body, too."""

_ITS_OWN = (media.PARAMETER, media.PROFILE)


def page_links(
    base: Base,
    layer: Layer,
    given: Mapping[str, str],
    form: Form,
    media_type: str,
    *,
    whole: bool,
    limit: int | None,
    following: str | None,
) -> list[Link]:
    """The links of an answer with features; no ``next`` on the last page: QGIS would follow it.

    Parameters
    ----------
    base : Base
    layer : Layer
    given : mapping
        The parameters of the request.
    form : Form
        Of the answer.
    media_type : str
        Of the answer.
    whole : bool
        Whether it holds all features that match.
    limit : int, optional
        Most features on a page.
    following : str, optional
        Cursor of the next page, where there is one.
    """
    path = f"/collections/{layer.id}/items"
    this = "All features" if whole else "This page"
    links = [base.link("self", path, media_type, this, given.items())]
    # What is made whole is no other form of a page.
    for other in OFFERED if whole else FEATURES:
        if other is not form:
            asked = [*_same(given, other, whole, limit), (media.PARAMETER, other.value)]
            title = f"{this} as {TITLES[other]}"
            links.append(base.link("alternate", path, MEDIA_TYPES[other], title, asked))
    links.append(base.link("collection", f"/collections/{layer.id}", JSON, layer.title))
    if form is Form.JSONFG:
        links.append(profile_link())
    if following is not None:
        passed_over = (OFFSET, cursor.PARAMETER)
        kept = [(name, text) for name, text in given.items() if name not in passed_over]
        asked = [*kept, (cursor.PARAMETER, following)]
        if form in FILES and LIMIT not in given:  # pages were asked for by a cursor alone
            asked.append((LIMIT, str(limit)))
        links.append(base.link("next", path, media_type, "Next page", asked))
    return links


def download_links(base: Base, layer: Layer, given: Mapping[str, str]) -> list[Link]:
    """Where all features that match can be had as a file, in each form that is one."""
    path = f"/collections/{layer.id}/items"
    of_pages = (*_ITS_OWN, LIMIT, OFFSET, cursor.PARAMETER, DOWNLOAD)
    kept = [(name, text) for name, text in given.items() if name not in of_pages]
    links = []
    for form in OFFERED:
        if form is not Form.HTML:
            asked = [*kept, (media.PARAMETER, form.value)]
            if form not in (*FILES, *MADE):
                asked.append((DOWNLOAD, "true"))
            links.append(base.link("enclosure", path, MEDIA_TYPES[form], TITLES[form], asked))
    return links


def features_link_header(links: list[Link], *, in_body: bool) -> str:
    """The header of those links: all, or where they are too long the ones that lead on.

    Parameters
    ----------
    links : list of Link
    in_body : bool
        Whether the body has them, too. If so, a ``next`` that repeats a long query is left out of
        the header; if not, it stays, for nothing else would tell that there is more.
    """
    found = link_header(links)
    if len(found) > LONGEST_HEADER:
        leading = [
            link for link in links if link["rel"] in ("next", "changes", "collection", "profile")
        ]
        found = link_header(leading)
        if len(found) > LONGEST_HEADER and in_body:
            found = link_header([x for x in leading if x["rel"] not in ("next", "changes")])
    return found


def profile_link() -> Link:
    """The link by which a document of GeoJSON says that it is JSON-FG."""
    return {"rel": "profile", "href": JSONFG_PROFILE, "type": HTML, "title": "JSON-FG"}


def _same(
    given: Mapping[str, str], other: Form, whole: bool, limit: int | None
) -> list[tuple[str, str]]:
    """The parameters by which another form has the same features."""
    kept = {name: text for name, text in given.items() if name not in (*_ITS_OWN, DOWNLOAD)}
    if whole and other is not Form.HTML and other not in (*FILES, *MADE):
        kept[DOWNLOAD] = "true"
    if not whole and other in FILES and LIMIT not in kept:
        kept[LIMIT] = str(limit)
    return list(kept.items())
