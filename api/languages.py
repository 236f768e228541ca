"""The language of a legend: ``lang`` first, else ``Accept-Language``, else English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.errors import InvalidQuery
from db.layers.french import LANGUAGES
from gis.likeness import nearest
from gis.wording import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from gis.wording import Wording

PARAMETER = "lang"


def wording_asked(lang: str | None, accept: str | None) -> Wording:
    """The language that a request asks for.

    Parameters
    ----------
    lang : str, optional
        Value of the parameter.
    accept : str, optional
        Value of the header ``Accept-Language``. Languages that there are not are passed over.

    Raises
    ------
    InvalidQuery
        The parameter names a language that there is not.
    """
    if lang is not None:
        if lang not in LANGUAGES:
            rule = f"it is one of {', '.join(LANGUAGES)}"
            raise InvalidQuery(PARAMETER, lang, rule, nearest=nearest(lang, LANGUAGES))
        return LANGUAGES[lang]
    ranges = [_range(part) for part in (accept or "").split(",")]
    wanted = [(quality, code) for code, quality in ranges if code in LANGUAGES and quality > 0]
    if not wanted:
        return ENGLISH
    best = max(quality for quality, _ in wanted)
    return LANGUAGES[next(code for quality, code in wanted if quality == best)]


def _range(part: str) -> tuple[str, float]:
    """A primary language and its weight (RFC 9110, 12.5.4); a broken weight is none."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    try:
        quality = float(weight)
    except ValueError:
        quality = 1.0
    return name.partition("-")[0], quality


def wording_of(request: Request, given: Mapping[str, str]) -> Wording:
    """The language that a request asks for, by its parameters and headers."""
    return wording_asked(given.get(PARAMETER), request.headers.get("accept-language"))


def in_language(response: Response) -> Response:
    """An answer of which caches are told that it depends on the language."""
    told = (response.headers.get("vary"), "Accept-Language")
    response.headers["vary"] = ", ".join(filter(None, told))
    return response
