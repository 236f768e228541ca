"""Absolute links: QGIS follows no others, and a proxy may stand between it and us.

Where :attr:`api.settings.Settings.public_url` is set, nothing else counts. Else the address is
taken from ``Forwarded`` (RFC 7239), from ``X-Forwarded-Proto``, ``-Host`` and ``-Prefix``, and from
the request itself, in that order. A header that is no plain address is passed over; those of
strangers never come as far as here (:mod:`api.proxies`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.datastructures import Headers
    from starlette.requests import Request

    from api.settings import Settings

Link: TypeAlias = dict[str, str]
Pairs: TypeAlias = "Iterable[tuple[str, str]]"

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Base:
    """The address of the service, without a last slash, and what its links carry along.

    Parameters
    ----------
    url : str
    carried : tuple of (name, value)
        Parameters of every link that does not give them itself.
    """

    url: str
    carried: tuple[tuple[str, str], ...] = ()

    @property
    def plain(self) -> Base:
        """The same address; its links carry nothing along."""
        return Base(self.url)

    def href(self, path: str, parameters: Pairs = ()) -> str:
        """The address of a resource."""
        asked = list(parameters)
        names = {name for name, _ in asked}
        asked += [pair for pair in self.carried if pair[0] not in names]
        # Commas and slashes are plain in a query, and a bbox or interval is easier to read so.
        query = urlencode(asked, quote_via=quote, safe=",/:*")
        return f"{self.url}{path}" + (f"?{query}" if query else "")

    def page(self, path: str) -> str:
        """The address of a resource as a page for people."""
        return self.href(path, [("f", "html")])

    def link(self, rel: str, path: str, media: str, title: str, parameters: Pairs = ()) -> Link:
        """A link to a resource of ours."""
        return {
            "href": self.href(path, parameters),
            "rel": rel,
            "type": media,
            "title": title,
        }


def base_of(request: Request, settings: Settings, carried: Pairs = ()) -> Base:
    """The address under which a client reached the service.

    Parameters
    ----------
    request : Request
    settings : Settings
    carried : iterable of (name, value)
        Parameters that its links carry along.
    """
    return Base(_url_of(request, settings), tuple(carried))


def _url_of(request: Request, settings: Settings) -> str:
    if settings.public_url is not None:
        return settings.public_url
    headers = request.headers
    forwarded = _forwarded(headers.get("forwarded", ""))
    schemes = (forwarded.get("proto"), _first(headers, "x-forwarded-proto"), request.url.scheme)
    hosts = (forwarded.get("host"), _first(headers, "x-forwarded-host"), headers.get("host"))
    scheme = next(s.lower() for s in schemes if s and s.lower() in _SCHEMES)
    host = next((h for h in hosts if h and _HOST.fullmatch(h)), _server(request))
    prefix = _first(headers, "x-forwarded-prefix")
    if prefix is None or not _PREFIX.fullmatch(prefix):
        prefix = str(request.scope.get("root_path", ""))
    return f"{scheme}://{host}{prefix.rstrip('/')}"


def link_header(links: Sequence[Link]) -> str:
    """The same links as the value of a ``Link`` header (RFC 8288); titles are left to the body."""
    return ", ".join(
        f'<{link["href"]}>; rel="{link["rel"]}"; type="{link["type"]}"' for link in links
    )


def _server(request: Request) -> str:
    name, port = request.scope.get("server") or ("localhost", None)
    return name if port is None else f"{name}:{port}"


def _first(headers: Headers, name: str) -> str | None:
    """What the proxy nearest to the client says; each proxy adds its own at the end."""
    value = headers.get(name)
    return None if value is None else value.split(",")[0].strip()


def _forwarded(header: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in header.split(",")[0].split(";"))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
