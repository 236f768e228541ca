"""The styles of the views, where QGIS looks for them: the table ``layer_styles``.

A style brings titles, forms, legend, labels and the settings of time along. The first of a layer is
the one that QGIS applies when the view is added, unless somebody saved another as default: that
one is newer, and stays.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from db.layers.catalogue import LAYERS
from db.layers.french import LANGUAGES
from db.layers.sheets import sheet_of
from db.views.definition import GEOMETRY, SCHEMA, quoted, view_name
from gis.qgis.sheet import About
from gis.qgis.style import qml
from gis.sld import sld

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_TABLE = f"{SCHEMA}.layer_styles"
_REMARK = "Styles that QGIS applies to the views. State "

# As QGIS itself makes it (src/providers/postgres/qgspostgresprovider.cpp, saveStyle).
_MADE = f"""
CREATE TABLE IF NOT EXISTS {_TABLE} (
  id serial PRIMARY KEY, f_table_catalog varchar, f_table_schema varchar, f_table_name varchar,
  f_geometry_column varchar, stylename text, styleqml xml, stylesld xml, useasdefault boolean,
  description text, owner varchar(63) DEFAULT CURRENT_USER, ui xml,
  update_time timestamp DEFAULT CURRENT_TIMESTAMP, type varchar)
"""

_OURS = "Liptako: "
"""How the descriptions of our own styles begin; others are somebody else's."""


class Row(NamedTuple):
    """A style of a view."""

    view: str
    geometry: str | None
    name: str
    qml: str
    sld: str | None
    is_default: bool
    description: str


def rows() -> Iterator[Row]:
    """Every style of every layer, in each language; the first of a layer is its default."""
    for layer in LAYERS.values():
        for number, wording in enumerate(LANGUAGES.values()):
            sheet = sheet_of(layer, wording)
            for style in sheet.styles.values():
                title = wording.text(style.title)
                placed = layer.geometry is not None
                yield Row(
                    view=view_name(layer),
                    geometry=GEOMETRY if placed else None,
                    name=title if number == 0 else f"{title} ({wording.code})",
                    qml=qml(sheet, style, About()),
                    sld=sld(sheet.id, layer.geometry, style, wording) if layer.geometry else None,
                    is_default=number == 0 and style is sheet.style,
                    description=f"{_OURS}{sheet.name}: {title}",
                )


def fill(connection: Connection) -> bool:
    """Put our styles into the table, in place of those we put there before.

    QGIS finds a style by the name of the database, so a copy under another name is filled anew.

    Returns
    -------
    bool
        Whether they were other ones.
    """
    made = list(rows())
    database = str(connection.scalar(text("SELECT current_database()")))
    state = sha256(repr([database, *made]).encode()).hexdigest()[:16]
    asked = text("SELECT obj_description(to_regclass(:name), 'pg_class')")
    if connection.scalar(asked, {"name": _TABLE}) == _REMARK + state:
        return False
    connection.execute(text(_MADE))
    connection.execute(
        text(f"DELETE FROM {_TABLE} WHERE starts_with(description, :ours)"), {"ours": _OURS}
    )
    connection.execute(
        text(
            f"INSERT INTO {_TABLE} (f_table_catalog, f_table_schema, f_table_name,"
            " f_geometry_column, stylename, styleqml, stylesld, useasdefault, description,"
            " update_time) VALUES (:database, :schema, :view, :geometry, :name,"
            " xmlparse(DOCUMENT CAST(:qml AS text)), xmlparse(DOCUMENT CAST(:sld AS text)),"
            # Older than whatever somebody saves.
            " :is_default, :description, 'epoch')"
        ),
        [{**row._asdict(), "database": database, "schema": SCHEMA} for row in made],
    )
    connection.execute(text(f"COMMENT ON TABLE {_TABLE} IS {quoted(_REMARK + state)}"))
    return True
