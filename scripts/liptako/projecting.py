"""``liptako qgis``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.licences import attribution, names
from db.bundle_project import DESCRIPTION
from db.cluster.serving import serving_database
from db.engine import create_engine
from db.errors import InvalidQuery
from db.layers.atlas import project_of
from db.layers.catalogue import LAYERS
from db.layers.french import LANGUAGES
from db.layers.sheets import sheet_of
from db.settings import Settings
from db.summaries import extent, terms
from db.transaction import current_state, reading
from gis.likeness import nearest
from gis.qgis.map_layers import VectorLayer
from gis.qgis.project import qgz
from gis.qgis.sheet import About
from gis.qgis.sources import SERVICE, packed, served, stored
from scripts.liptako.console import OUT, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.layers.layer import Layer
    from gis.qgis.sheet import Sheet
    from gis.qgis.sources import Source

qgis = typer.Typer(help="Projects for QGIS.", no_args_is_help=True)


@qgis.callback()
def about() -> None:
    """Projects for QGIS."""


@qgis.command()
def project(
    path: Annotated[Path, typer.Option("--output", "-o", help="File to write, a .qgz.")],
    server: Annotated[
        str | None, typer.Option(help="Layers are read from this server: its address.")
    ] = None,
    postgis: Annotated[
        bool,
        typer.Option(
            "--postgis",
            help="Layers are read from the database, by the service of pg_service.conf.",
            show_default=False,
        ),
    ] = False,
    service: Annotated[str, typer.Option(help="Name of that service.")] = SERVICE,
    gpkg: Annotated[
        str | None,
        typer.Option(help="Layers are read from this GeoPackage beside the project: its name."),
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of titles and legends: en or fr.")] = "en",
) -> None:
    """Write a project with all layers, their styles, themes, bookmarks, layouts and time."""
    chosen = [name for name, told in (("server", server), ("gpkg", gpkg)) if told] + (
        ["postgis"] if postgis else []
    )
    if len(chosen) != 1:
        told = " and ".join(chosen) or "none"
        raise InvalidQuery("source", told, "it is one of --server URL, --postgis, --gpkg NAME")
    if lang not in LANGUAGES:
        rule = f"it is one of {', '.join(LANGUAGES)}"
        raise InvalidQuery("lang", lang, rule, nearest=nearest(lang, LANGUAGES))

    def source(sheet: Sheet) -> Source:
        if server is not None:
            return served(server.rstrip("/"), sheet)
        return stored(sheet, service) if gpkg is None else packed(gpkg, sheet)

    with serving_database(Settings(), say) as url, reading(create_engine(url)) as connection:
        version = current_state(connection).version
        layers = [
            VectorLayer(sheet, _about(connection, layer, version), source(sheet))
            for layer in LAYERS.values()
            for sheet in [sheet_of(layer, LANGUAGES[lang])]
        ]
    made = project_of(
        layers,
        description=DESCRIPTION,
        source=f"Version {version} of the data.",
        wording=LANGUAGES[lang],
    )
    Path(path).write_bytes(qgz(made))
    OUT.print(f"{path}: {len(layers)} layers at data version {version}")


def _about(connection: Connection, layer: Layer, version: int) -> About:
    covered, licences = extent(connection, layer), terms(connection, layer)
    return About(
        bounds=covered.bounds,
        start=covered.start,
        end=covered.end,
        licences=names(licences),
        attributions=tuple(filter(None, attribution(licences).split(" | "))),
        history=(f"Version {version} of the data.",),
    )
