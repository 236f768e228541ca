"""Where layers come from: what a server and a file have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qgis.core import QgsGeometry, QgsVectorLayer

LAYER = "liptako/layer"
"""Custom property of a layer that the plugin added: its name at the source."""
ORIGIN = "liptako/source"
"""Custom property: where it came from."""


@dataclass(frozen=True)
class Offer:
    """A layer that a source has.

    Parameters
    ----------
    id, title, description : str
    styles : tuple of (name, title)
        The default first; empty where the source has none.
    """

    id: str
    title: str
    description: str
    styles: tuple[tuple[str, str], ...] = ()


class Source(Protocol):
    """A server, or a file."""

    address: str
    version: str | None
    """The state of the data, where there is one only."""

    def offers(self) -> list[Offer]:
        """Give the layers, in their order."""

    def opened(self, offer: Offer, style: str | None, asof: str | None) -> QgsVectorLayer:
        """Give a layer with its style and its time."""

    def claims(self, incident: str, asof: str | None) -> list[dict[str, Any]]:
        """Give the claims about an incident, by the names of the fields."""

    def borders(self) -> Iterator[tuple[dict[str, Any], QgsGeometry]]:
        """Give the border lines with their fields, WGS 84."""
