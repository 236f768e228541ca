"""Whom we believe what they say of the client: proxies that the operator named, and nobody else.

``Forwarded`` and ``X-Forwarded-*`` of anybody else are taken off the request before anything reads
them. Otherwise a stranger could have the address of his choice written into the links of an answer,
which a cache would then give to others.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Network: TypeAlias = IPv4Network | IPv6Network

ANYBODY = "*"

OF_LINKS = ("Forwarded", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix")
"""Headers that links are made from."""

SITE_BITS = 64
"""Leading bits of an IPv6 address that tell one customer of a network from another."""

_FOR = "x-forwarded-for"
_FORWARDING = frozenset(name.lower().encode() for name in (*OF_LINKS, _FOR))


@dataclass(frozen=True, slots=True)
class Trusted:
    """The proxies that are believed: networks, or anybody."""

    networks: tuple[Network, ...]
    anybody: bool = False

    def __contains__(self, address: object) -> bool:
        """Whether a proxy at this address is believed."""
        if self.anybody:
            return True
        try:
            found = ip_address(str(address))
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None) or found
        return any(mapped in network for network in self.networks)


def trusted(text: str) -> Trusted:
    """The proxies that a setting names.

    Parameters
    ----------
    text : str
        Addresses and networks, separated by commas; ``*`` for anybody; empty for nobody.

    Raises
    ------
    ValueError
        A part is no address and no network.

    Examples
    --------
    >>> "10.0.7.1" in trusted("127.0.0.1, 10.0.0.0/8"), "::1" in trusted("127.0.0.1")
    (True, False)
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    named = tuple(ip_network(part) for part in parts if part != ANYBODY)
    return Trusted(named, ANYBODY in parts)


class Proxies:
    """Wraps the application.

    Parameters
    ----------
    app : ASGI application
    proxies : Trusted
    make_links : bool
        Whether links are made from what proxies say; then caches are told (``Vary``).
    """

    def __init__(self, app: ASGIApp, *, proxies: Trusted, make_links: bool) -> None:
        self._app = app
        self._proxies = proxies
        self._make_links = make_links

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request, with the client's own address where a proxy tells it."""
        if scope["type"] != "http" or _FORWARDING.isdisjoint(name for name, _ in scope["headers"]):
            await self._app(scope, receive, send)
            return
        peer = scope.get("client")
        # Who comes through a socket in the file system has no address, and is of this machine.
        if peer is not None and peer[0] not in self._proxies:
            kept = [pair for pair in scope["headers"] if pair[0] not in _FORWARDING]
            await self._app({**scope, "headers": kept}, receive, send)
            return
        headers = Headers(scope=scope)
        address = client_address(_stations(headers), self._proxies)
        if address is not None:
            scope = {**scope, "client": (address, 0)}
        varying = [name for name in OF_LINKS if name in headers] if self._make_links else []

        async def varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                for name in varying:
                    MutableHeaders(scope=message).add_vary_header(name)
            await send(message)

        await self._app(scope, receive, varied if varying else send)


def client_address(stations: Sequence[str], proxies: Trusted) -> str | None:
    """The address of the client, by those that each proxy on the way added.

    Parameters
    ----------
    stations : sequence of str
        From the client on; what stands before the last one that we do not trust may be made up.
    proxies : Trusted
    """
    address = None
    for station in reversed(stations):
        try:
            address = str(ip_address(station))
        except ValueError:
            return address
        if address not in proxies:
            return address
    return address


def _stations(headers: Headers) -> list[str]:
    forwarded = ",".join(headers.getlist("forwarded"))
    if forwarded:
        return [_plain(told) for told in _told(forwarded)]
    return [_plain(part) for part in ",".join(headers.getlist(_FOR)).split(",") if part.strip()]


def _told(forwarded: str) -> Iterable[str]:
    for element in forwarded.split(","):
        for pair in element.split(";"):
            name, _, value = pair.partition("=")
            if name.strip().lower() == "for":
                yield value


def _plain(node: str) -> str:
    """An address without quotes, brackets and port (RFC 7239, 6)."""
    node = node.strip().strip('"')
    if node.startswith("["):
        return node[1:].partition("]")[0]
    return node.partition(":")[0] if node.count(":") == 1 else node


def client_of(request: Request) -> str:
    """Whom a request is counted for: an address or, of IPv6, the network of one customer.

    Examples
    --------
    >>> from starlette.requests import Request
    >>> client_of(Request({"type": "http", "client": ("2001:db8:1:2:3::4", 9)}))
    '2001:db8:1:2::/64'
    """
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ip_network((int(address), SITE_BITS), strict=False))
