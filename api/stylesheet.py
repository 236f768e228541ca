"""The one style sheet of the pages."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from api.responses import answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def stylesheet(request: Request) -> Response:
    """The style sheet."""
    return answer(request, _text(), "text/css")


@cache
def _text() -> bytes:
    return files("api").joinpath("static/liptako.css").read_bytes()
