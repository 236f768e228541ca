"""What makes a GeoPackage arrive finished in QGIS: styles that load by themselves, and metadata.

The table ``layer_styles`` is QGIS's own, and an ordinary table of attributes to everybody else. A
style brings titles, forms, legend, labels and the settings of time along; the first style of a
layer, in the first language, is the one that QGIS applies when the layer is added.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gis.fields import Role
from gis.formats.arrow import GEOMETRY
from gis.qgis.metadata import metadata
from gis.qgis.sheet import About, Sheet
from gis.qgis.style import qml
from gis.sld import sld

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from gis.formats.features import Colophon, Features

# As QGIS itself makes it (src/core/providers/ogr/qgsogrproviderutils.cpp).
_STYLES_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
  f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
"""


def write_styles(file: sqlite3.Connection, layers: Sequence[tuple[Features, Colophon]]) -> None:
    """Write every style of the layers; layers without a sheet have none.

    Only the first language has SLD, which programs other than QGIS read.
    """
    if not any(colophon.sheets for _, colophon in layers):
        return
    file.executescript(_STYLES_TABLE)
    changed = max(_changed(file, colophon.layer) for _, colophon in layers)
    file.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
        " VALUES ('layer_styles', 'attributes', 'layer_styles', 'Styles for QGIS', ?)",
        (changed,),
    )
    for features, colophon in layers:
        about = about_of(file, features, colophon)
        for sheet in colophon.sheets:
            _write_sheet(file, sheet, about, colophon, changed)


def _write_sheet(
    file: sqlite3.Connection, sheet: Sheet, about: About, colophon: Colophon, changed: str
) -> None:
    is_first = sheet is colophon.sheets[0]
    geometry = "" if sheet.geometry is None else GEOMETRY
    for style in sheet.styles.values():
        descriptor = ""
        if is_first and sheet.geometry is not None:
            descriptor = sld(sheet.id, sheet.geometry, style, sheet.wording)
        title = sheet.wording.text(style.title)
        file.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
            " ui, update_time) VALUES ('', '', ?, ?, ?, ?, ?, ?, ?, '', NULL, ?)",
            (
                colophon.layer,
                geometry,
                title if is_first else f"{title} ({sheet.wording.code})",
                qml(sheet, style, about),
                descriptor,
                is_first and style is sheet.style,
                f"{sheet.name}: {title}",
                changed,
            ),
        )


def metadata_of(file: sqlite3.Connection, features: Features, colophon: Colophon) -> str:
    """The colophon as the metadata of a layer that QGIS shows in its properties."""
    return metadata(sheet_of(features, colophon), about_of(file, features, colophon))


def sheet_of(features: Features, colophon: Colophon) -> Sheet:
    """What QGIS is told of a layer; one of which nothing is said has words and fields only."""
    if colophon.sheets:
        return colophon.sheets[0]
    return Sheet(
        id=colophon.layer,
        title=colophon.title,
        description=colophon.description,
        fields=features.fields,
        geometry=features.geometry,
        styles={},
        keywords=colophon.keywords,
    )


def about_of(file: sqlite3.Connection, features: Features, colophon: Colophon) -> About:
    """What is true of the rows that were written."""
    bounds = file.execute(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?",
        (colophon.layer,),
    ).fetchone()
    placed = features.geometry is not None and bounds is not None and bounds[0] is not None
    ends = {field.role: field.name for field in features.fields}
    start, end = (
        _moment(file, colophon.layer, which, ends.get(role))
        for which, role in (("min", Role.START), ("max", Role.END))
    )
    return About(
        bounds=bounds if placed else None,
        start=start,
        end=end,
        licences=features.licences,
        attributions=features.attributions,
        history=_history(colophon),
        is_wgs84=features.system.is_wgs84,
    )


def _moment(
    file: sqlite3.Connection, table: str, which: str, column: str | None
) -> datetime | None:
    if column is None:
        return None
    (text,) = file.execute(f'SELECT {which}("{column}") FROM "{table}"').fetchone()
    return None if text is None else datetime.fromisoformat(text)


def _changed(file: sqlite3.Connection, table: str) -> str:
    found = file.execute("SELECT last_change FROM gpkg_contents WHERE table_name = ?", (table,))
    return str(found.fetchone()[0])


def _history(colophon: Colophon) -> tuple[str, str]:
    return colophon.state, f"Query: {colophon.query}"
