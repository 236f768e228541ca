"""A Liptako server: its layers by OGC API - Features, with the styles that it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from qgis.core import QgsDataSourceUri, QgsVectorLayer

from .arrival import finished, line, signed
from .fetching import Unanswered, fetch, fetch_json
from .source import Offer
from .words import language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qgis.core import QgsGeometry

PAGE = 1000


class Server:
    """A server, by the address of its landing page.

    Raises
    ------
    Unanswered
        Nothing answers there, or no Liptako.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        self.address = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self.version: str | None = None
        self._collections: list[dict[str, Any]] = []
        found = fetch_json(self._href("/collections"))
        if not isinstance(found, dict) or "collections" not in found:
            raise Unanswered("no collections")
        self._collections = found["collections"]

    def offers(self) -> list[Offer]:
        """Give the layers, in the order of the server."""
        return [
            Offer(each["id"], each.get("title", each["id"]), each.get("description", ""))
            for each in self._collections
        ]

    def styles(self, layer: str) -> list[tuple[str, str]]:
        """Give names and titles of the styles of a layer, its own first; none of a table."""
        try:
            found = fetch_json(self._href(f"/collections/{layer}/styles", lang=language()))
        except Unanswered:
            return []
        known = [(each["id"], each.get("title", each["id"])) for each in found.get("styles", [])]
        chosen = found.get("default")
        return sorted(known, key=lambda each: each[0] != chosen)

    def opened(self, offer: Offer, style: str | None, asof: str | None) -> QgsVectorLayer:
        """Give a layer with its style and its time."""
        layer = QgsVectorLayer(self.uri(offer.id, asof), offer.title, "OAPIF")
        qml = None
        if layer.isValid():
            name = style or next((name for name, _ in self.styles(offer.id)), None)
            qml = None if name is None else self._qml(offer.id, name)
        return signed(finished(layer, qml), offer, self.address)

    def uri(self, layer: str, asof: str | None) -> str:
        """How QGIS names a layer of the server, of a state of the data or the present one."""
        uri = QgsDataSourceUri()
        uri.setParam("url", self._href("/", asof=asof))
        uri.setParam("typename", layer)
        uri.setParam("version", "OGC_API_FEATURES")
        uri.setParam("pagingEnabled", "true")
        uri.setParam("restrictToRequestBBOX", "1")
        uri.setParam("srsname", "EPSG:4326")
        return str(uri.uri(False))

    def claims(self, incident: str, asof: str | None) -> list[dict[str, Any]]:
        """Give the claims about an incident, page by page."""
        given = {"incident": incident, "asof": asof, "limit": str(PAGE)}
        return [each["properties"] for each in self._features("claims", given)]

    def borders(self) -> Iterator[tuple[dict[str, Any], QgsGeometry]]:
        """Give the border lines with their fields, WGS 84."""
        for each in self._features("borders", {"limit": str(PAGE)}):
            yield each["properties"], line(each["geometry"])

    def _features(self, layer: str, given: dict[str, str | None]) -> Iterator[dict[str, Any]]:
        href: str | None = self._href(f"/collections/{layer}/items", f="json", **given)
        while href is not None:
            page = fetch_json(href)
            yield from page["features"]
            follows = (each["href"] for each in page["links"] if each["rel"] == "next")
            href = next(follows, None)

    def _qml(self, layer: str, style: str) -> str | None:
        href = self._href(f"/collections/{layer}/styles/{style}", f="qml", lang=language())
        try:
            return fetch(href, "*/*").decode()
        except Unanswered:
            return None

    def _href(self, path: str, **given: str | None) -> str:
        asked = urlencode({name: value for name, value in given.items() if value is not None})
        return f"{self.address}{path}{'?' + asked if asked else ''}"


def moved(uri: str, asof: str | None) -> str:
    """The URI of a layer at another state of the data; missing is the present one."""
    found = QgsDataSourceUri(uri)
    parts = urlsplit(found.param("url"))
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "asof"]
    query = urlencode([*kept, *([("asof", asof)] if asof is not None else [])])
    found.removeParam("url")
    found.setParam("url", urlunsplit(parts._replace(query=query)))
    return str(found.uri(False))
