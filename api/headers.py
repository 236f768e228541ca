"""What every response carries; ``HEAD`` and ``OPTIONS``; a slash at the end of a path.

QGIS takes from the ``Allow`` of ``OPTIONS`` whether a layer can be edited: there is no ``POST`` but
where something is to be computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import Match

from db.analyses.methods import METHODS as ANALYSES
from db.layers.catalogue import LAYERS

if TYPE_CHECKING:
    from collections.abc import Container

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = ("GET", "HEAD", "POST", "DELETE")
"""Methods of resources, in the order in which they are told; ``OPTIONS`` is of all."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    # Pages show texts of strangers: nothing runs in them, and nothing comes from elsewhere.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
}

READABLE = (
    "Accept-Ranges, Content-Crs, Content-Disposition, Content-Location, Content-Range, ETag, "
    "Last-Modified, Link, Liptako-Since, Location, Memento-Datetime, OGC-NumberMatched, "
    "OGC-NumberReturned, Preference-Applied, Retry-After, X-Request-ID"
)
"""Headers that scripts of other origins may read."""


_NAMED: dict[str, Container[str]] = {"collection": LAYERS, "analysis": ANALYSES}
"""What the parts of a path are names of."""


def always(allow_origin: str) -> dict[str, str]:
    """The headers of every answer."""
    return {
        **ALWAYS,
        "Access-Control-Allow-Origin": allow_origin,
        "Access-Control-Expose-Headers": READABLE,
    }


class Conduct:
    """Wraps the application.

    Parameters
    ----------
    app : ASGI application
    allow_origin : str
        Whose scripts may read the answers.
    root_path : str
        Where a proxy mounts the application, whether it strips that from the path or not.
    """

    def __init__(self, app: ASGIApp, *, allow_origin: str, root_path: str) -> None:
        self._app = app
        self._root_path = root_path
        self._headers = always(allow_origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``OPTIONS``, hand on the rest."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        without_body = scope["method"] == "HEAD"

        async def conducted(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            elif without_body:
                message = {**message, "body": b""}
            await send(message)

        placed = _placed(scope, self._root_path)
        if scope["method"] != "OPTIONS":
            await self._app(placed, receive, conducted)
        elif _is_known({**placed, "method": "GET"}):
            await _options(allowed(placed))(scope, receive, conducted)
        else:  # answered like any other request for what there is not
            await self._app({**placed, "method": "GET"}, receive, conducted)


def allowed(scope: Scope) -> str:
    """The methods of the resource that a request names, as ``Allow`` has them."""
    found: set[str] = set()
    for route in scope["app"].routes:
        match, _ = route.matches(scope)
        if match is not Match.NONE:
            found |= route.methods or set()
    return ", ".join([*(name for name in METHODS if name in found), "OPTIONS"])


def _options(allow: str) -> Response:
    headers = {
        "Allow": allow,
        "Access-Control-Allow-Methods": allow,
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=headers)


def _is_known(scope: Scope) -> bool:
    """Whether there is such a resource, as far as its path tells: its layer, its analysis."""
    for route in scope["app"].routes:
        match, more = route.matches(scope)
        if match is not Match.NONE:
            named = more.get("path_params", {})
            return all(named[kind] in there for kind, there in _NAMED.items() if kind in named)
    return False


def _placed(scope: Scope, root_path: str) -> Scope:
    """The request as the routes know it.

    A path names the same resource with and without a slash at its end: a redirect would have to
    know of every proxy. The root path is where the server, too, may have put it.
    """
    root = root_path or scope.get("root_path", "")
    path = scope["path"]
    inside = path[len(root) :] if path == root or path.startswith(f"{root}/") else path
    return {**scope, "root_path": root, "path": f"{root}{inside.rstrip('/') or '/'}"}
