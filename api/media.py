"""Which representation a request asks for: ``f=`` first, else ``Accept``; JSON unless it says so.

A program that says nothing, or ``*/*``, gets JSON. HTML is for who names ``text/html`` and prefers
it, as browsers do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from api.errors import NotAcceptable
from db.errors import InvalidQuery
from gis.geojson import MEDIA_TYPE as GEOJSON

if TYPE_CHECKING:
    from collections.abc import Iterable

PARAMETER = "f"

JSON = "application/json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

_JSON_TYPES = frozenset(
    {
        JSON,
        GEOJSON,
        SCHEMA,
        "application/vnd.oai.openapi+json",
        "application/openapi+json",
        "application/problem+json",
        "application/*",
        "*/*",
    }
)
_HTML_TYPES = frozenset({HTML, "application/xhtml+xml", "text/*"})


class Form(Enum):
    """The representations of a resource."""

    JSON = "json"
    HTML = "html"


NAMES = {"json": Form.JSON, "geojson": Form.JSON, "html": Form.HTML}
"""Values of ``f``."""


@dataclass(frozen=True, slots=True)
class _Range:
    name: str
    quality: float


def form_asked(f: str | None, accept: str | None) -> Form:
    """The representation that a request asks for.

    Parameters
    ----------
    f : str, optional
        Value of the parameter of that name.
    accept : str, optional
        Value of the header; one that is missing or empty accepts anything.

    Raises
    ------
    InvalidQuery
        ``f`` is none of the known names.
    NotAcceptable
        The header names nothing that there is.
    """
    if f is not None:
        if f not in NAMES:
            raise InvalidQuery(PARAMETER, f, f"it is one of {', '.join(NAMES)}")
        return NAMES[f]
    if not accept or not accept.strip():
        return Form.JSON
    ranges = list(_ranges(accept))
    json, html = _best(ranges, _JSON_TYPES), _best(ranges, _HTML_TYPES)
    if max(json, html) == 0:
        raise NotAcceptable(accept, (JSON, HTML))
    return Form.HTML if html > json else Form.JSON


def prefers_html(f: str | None, accept: str | None) -> bool:
    """Whether an error is told as a page; never raises."""
    if f in NAMES:
        return NAMES[f] is Form.HTML
    ranges = list(_ranges(accept or ""))
    return _best(ranges, _HTML_TYPES) > _best(ranges, _JSON_TYPES)


def _best(ranges: Iterable[_Range], types: frozenset[str]) -> float:
    return max((each.quality for each in ranges if each.name in types), default=0.0)


def _ranges(accept: str) -> Iterable[_Range]:
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name:
            yield _Range(name, _quality(parameters))


def _quality(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(max(float(parameter[2:]), 0.0), 1.0)
            except ValueError:  # RFC 9110 leaves a broken weight to us: no weight
                return 1.0
    return 1.0
