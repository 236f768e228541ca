"""What every response carries; ``HEAD`` and ``OPTIONS``; a slash at the end of a path.

QGIS takes from the ``Allow`` of ``OPTIONS`` whether a layer can be edited: there is no ``POST``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.routing import Match

from db.layers.catalogue import LAYERS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALLOW = "GET, HEAD, OPTIONS"

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
    "Content-Crs, Content-Disposition, ETag, Last-Modified, Link, OGC-NumberMatched, "
    "OGC-NumberReturned, Retry-After, X-Request-ID"
)
"""Headers that scripts of other origins may read."""


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
            await _options()(scope, receive, conducted)
        else:  # answered like any other request for what there is not
            await self._app({**placed, "method": "GET"}, receive, conducted)


def _options() -> Response:
    allowed = {
        "Allow": ALLOW,
        "Access-Control-Allow-Methods": ALLOW,
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Max-Age": "86400",
    }
    return Response(status_code=204, headers=allowed)


def _is_known(scope: Scope) -> bool:
    """Whether there is such a resource, as far as its path tells: of a layer that there is."""
    for route in scope["app"].routes:
        match, more = route.matches(scope)
        if match is not Match.NONE:
            layer = more.get("path_params", {}).get("collection")
            return layer is None or layer in LAYERS
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
