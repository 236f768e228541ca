"""The project that a GeoPackage of all layers holds: QGIS opens it from the file itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from db.layers.atlas import project_of
from gis.formats.geopackage_qgis import about_of
from gis.qgis.map_layers import VectorLayer
from gis.qgis.project import qgz
from gis.qgis.sources import packed

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from gis.formats.features import Colophon, Features
    from gis.formats.geopackage import Finish

NAME = "liptako"
"""Of the project, in the list that QGIS shows of the file."""
DESCRIPTION = (
    "Incidents with their places, dates and casualty ranges, and what was derived of them."
)


def project_embedded(file_name: str) -> Finish:
    """What writes the project into a GeoPackage.

    Parameters
    ----------
    file_name : str
        Of the GeoPackage: its layers are named by it, so a file that is renamed leaves its project
        behind, as QGIS's own projects do.
    """

    def finish(file: sqlite3.Connection, written: Sequence[tuple[Features, Colophon]]) -> None:
        layers = []
        for features, colophon in written:
            if colophon.sheets:
                sheet = colophon.sheets[0]
                about = about_of(file, features, colophon)
                layers.append(VectorLayer(sheet, about, packed(file_name, sheet)))
        history = layers[0].about.history[0] if layers else ""
        project = project_of(layers, description=DESCRIPTION, source=history)
        # As QGIS itself has it (src/core/qgsgeopackageprojectstorage.cpp).
        file.execute(
            "CREATE TABLE qgis_projects (name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
        )
        changed = file.execute("SELECT max(last_change) FROM gpkg_contents").fetchone()[0]
        about_project = {"last_modified_time": changed, "last_modified_user": "liptako"}
        file.execute(
            "INSERT INTO qgis_projects VALUES (?, ?, ?)",
            (NAME, json.dumps(about_project), qgz(project).hex()),
        )

    return finish
