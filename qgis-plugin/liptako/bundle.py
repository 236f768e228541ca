"""A GeoPackage that holds all layers, as ``liptako export --all`` writes it: needs no network."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsVectorLayer

from .arrival import finished, signed
from .fetching import Unanswered
from .source import Offer
from .words import language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qgis.core import QgsGeometry

IDENTITY = "urn:liptako:state"
_OWN = ("layer_styles", "qgis_projects")


class Bundle:
    """A file, by its path.

    Raises
    ------
    Unanswered
        It is no GeoPackage, or holds no layers.
    """

    def __init__(self, path: str) -> None:
        self.address = path
        self._contents = self._rows(
            "SELECT table_name, coalesce(identifier, table_name) AS title,"
            " coalesce(description, '') AS description FROM gpkg_contents"
            " WHERE data_type IN ('features', 'attributes') ORDER BY rowid"
        )
        self.version = self._version()

    def offers(self) -> list[Offer]:
        """Give the layers, in the order of the file."""
        return [
            Offer(row["table_name"], row["title"], row["description"])
            for row in self._contents
            if row["table_name"] not in _OWN
        ]

    def styles(self, layer: str) -> list[tuple[str, str]]:
        """Give the names of the styles of a layer, its own first, in the language of QGIS."""
        try:
            found = self._rows(
                "SELECT styleName AS name FROM layer_styles WHERE f_table_name = ?"
                " ORDER BY useAsDefault DESC, id",
                layer,
            )
        except Unanswered:
            return []
        names = [row["name"] for row in found]
        own = [name for name in names if name.endswith(f" ({language()})")]
        return [(name, name) for name in [*own, *(name for name in names if name not in own)]]

    def opened(self, offer: Offer, style: str | None, asof: str | None) -> QgsVectorLayer:
        """Give a layer with its style and its time; a file has one state."""
        layer = QgsVectorLayer(f"{self.address}|layername={offer.id}", offer.title, "ogr")
        name = style or next((name for name, _ in self.styles(offer.id)), None)
        qml = None if name is None else self._qml(offer.id, name)
        return signed(finished(layer, qml), offer, self.address)

    def claims(self, incident: str, asof: str | None) -> list[dict[str, Any]]:
        """Give the claims about an incident."""
        return self._rows("SELECT * FROM claims WHERE incident = ? ORDER BY 1", incident)

    def borders(self) -> Iterator[tuple[dict[str, Any], QgsGeometry]]:
        """Give the border lines with their fields, WGS 84."""
        layer = QgsVectorLayer(f"{self.address}|layername=borders", "borders", "ogr")
        names = [field.name() for field in layer.fields()]
        for feature in layer.getFeatures():
            yield dict(zip(names, feature.attributes(), strict=True)), feature.geometry()

    def _qml(self, layer: str, style: str) -> str | None:
        asked = "SELECT styleQML AS qml FROM layer_styles WHERE f_table_name = ? AND styleName = ?"
        found = self._rows(asked, layer, style)
        return found[0]["qml"] if found else None

    def _version(self) -> str | None:
        """The state of the data that the file says it holds."""
        try:
            asked = "SELECT metadata FROM gpkg_metadata WHERE md_standard_uri = ?"
            found = self._rows(asked, IDENTITY)
            return str(json.loads(found[0]["metadata"])["version"]) if found else None
        except (Unanswered, ValueError, KeyError):
            return None

    def _rows(self, asked: str, *values: object) -> list[dict[str, Any]]:
        # Read only: another program may have the file open, and nothing is to be left beside it.
        address = f"{Path(self.address).resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, uri=True)) as file:
                file.row_factory = sqlite3.Row
                return [dict(row) for row in file.execute(asked, values)]
        except sqlite3.Error as fault:
            raise Unanswered(str(fault)) from fault
