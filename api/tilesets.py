"""What is told of tiles: tile matrix sets, tilesets and TileJSON.

OGC API - Tiles Part 1 (20-057), Two Dimensional Tile Matrix Set 2.0 (17-083r4), TileJSON 3.0.0.
TileJSON knows tiles of Web Mercator only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.collections import REL
from api.media import JSON
from db.layers.depictions import depiction_of
from db.tiles.statements import cells_name
from db.tiles.sums import meanings
from gis.maplibre import MEDIA_TYPE as STYLE
from gis.reference_systems import CRS84
from gis.tile_matrix import SETS, WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.links import Base
    from db.layers.layer import Layer
    from gis.fields import Field
    from gis.tile_matrix import TileMatrixSet

MVT = "application/vnd.mapbox-vector-tile"
TILEJSON = "application/vnd.mapbox.tile+json"

TILING_SCHEME = f"{REL}tiling-scheme"
TILING_SCHEMES = f"{REL}tiling-schemes"
TILESETS_VECTOR = f"{REL}tilesets-vector"

_DIMENSION = {"Point": 0, "LineString": 1, "Polygon": 2}

Node = dict[str, Any]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Tileset:
    """One or more layers, cut into the tiles of a set.

    Parameters
    ----------
    path : str
        Of the list of tilesets that it is in.
    title, description : str
    layers : sequence of Layer
        Those that have a geometry.
    tiles : TileMatrixSet
    bounds : (west, south, east, north) or None
        Of all features, degrees; ``None`` where there are none.
    attribution : str
    asked : sequence of (name, value)
        Parameters of the request that belong to every tile, too.
    chosen : sequence of (tuple of str or None)
        Of each layer, the fields that travel; ``None`` for those of its depiction.
    """

    path: str
    title: str
    description: str
    layers: Sequence[Layer]
    tiles: TileMatrixSet
    bounds: Bounds | None
    attribution: str
    asked: Sequence[tuple[str, str]]
    chosen: Sequence[tuple[str, ...] | None]

    @property
    def shown(self) -> Bounds | None:
        """The bounds, as far as the set reaches."""
        if self.bounds is None:
            return None
        world = self.tiles.world
        west, south, east, north = self.bounds
        return west, max(south, world.south), east, min(north, world.north)

    @property
    def centre(self) -> tuple[float, float, int] | None:
        """Longitude, latitude and the deepest matrix of which four tiles show everything."""
        if self.shown is None:
            return None
        west, south, east, north = self.shown
        lon, lat = (west + east) / 2, (south + north) / 2
        matrix = 0
        widest = 360.0 / self.tiles.wide
        while matrix < self.tiles.deepest and max(east - west, north - south) < widest / 2:
            matrix, widest = matrix + 1, widest / 2
        return round(lon, 6), round(lat, 6), matrix


def matrix_sets(base: Base) -> Node:
    """The list of tile matrix sets."""
    return {
        "links": [base.link("self", "/tileMatrixSets", JSON, "Tile matrix sets")],
        "tileMatrixSets": [
            {
                "id": each.id,
                "title": each.title,
                "uri": each.uri,
                "crs": each.crs,
                "links": [
                    base.link(rel, f"/tileMatrixSets/{each.id}", JSON, each.title)
                    for rel in ("self", "item")
                ],
            }
            for each in SETS.values()
        ],
    }


def tilesets(base: Base, path: str, title: str) -> Node:
    """The list of the tilesets of a layer, or of the whole service.

    No template is among the links of an entry: each of them can be followed as it is.
    """
    return {
        "title": title,
        "links": [base.link("self", path, JSON, title)],
        "tilesets": [
            {
                "title": f"{title}, {each.title}",
                "dataType": "vector",
                "crs": each.crs,
                "tileMatrixSetURI": each.uri,
                "tileMatrixSetId": each.id,
                "links": [
                    base.link("self", f"{path}/{each.id}", JSON, "Tileset"),
                    _scheme(base, each),
                ],
            }
            for each in SETS.values()
        ],
    }


def tileset_document(base: Base, tileset: Tileset) -> Node:
    """The metadata of a tileset."""
    tiles = tileset.tiles
    made: Node = {
        "title": tileset.title,
        "description": tileset.description,
        "dataType": "vector",
        "crs": tiles.crs,
        "tileMatrixSetURI": tiles.uri,
        "tileMatrixSetId": tiles.id,
        "tileMatrixSetLimits": [_limits(tiles, matrix) for matrix in range(tiles.deepest + 1)],
        "attribution": tileset.attribution,
        "layers": _described(tileset),
        "links": _links(base, tileset),
    }
    if tileset.shown is not None and tileset.centre is not None:
        west, south, east, north = tileset.shown
        made["boundingBox"] = {
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": CRS84.uri,
        }
        lon, lat, matrix = tileset.centre
        made["centerPoint"] = {
            "coordinates": [lon, lat],
            "crs": CRS84.uri,
            "tileMatrix": str(matrix),
        }
    return made


def tilejson(base: Base, tileset: Tileset) -> Node:
    """The same for MapLibre and other clients of tiles of Web Mercator."""
    made: Node = {
        "tilejson": "3.0.0",
        "name": tileset.title,
        "description": tileset.description,
        "version": "1.0.0",
        "scheme": "xyz",
        "tiles": [template(base, tileset, "{z}/{y}/{x}")],
        "minzoom": 0,
        "maxzoom": tileset.tiles.deepest,
        "attribution": tileset.attribution,
        "vector_layers": [
            {
                "id": each["id"],
                "description": each["description"],
                "minzoom": 0,
                "maxzoom": tileset.tiles.deepest,
                "fields": {
                    name: schema["description"]
                    for name, schema in each["propertiesSchema"]["properties"].items()
                },
            }
            for each in _described(tileset)
        ],
    }
    if tileset.shown is not None and tileset.centre is not None:
        made |= {"bounds": list(tileset.shown), "center": list(tileset.centre)}
    return made


def template(base: Base, tileset: Tileset, place: str) -> str:
    """The address of a tile, with names in braces for its place."""
    return base.href(f"{tileset.path}/{tileset.tiles.id}/{place}", tileset.asked)


def _links(base: Base, tileset: Tileset) -> list[Node]:
    path, tiles = f"{tileset.path}/{tileset.tiles.id}", tileset.tiles
    owner = tileset.path.removesuffix("/tiles")
    found: list[Node] = [
        base.link("self", path, JSON, tileset.title, tileset.asked),
        {
            "href": template(base, tileset, "{tileMatrix}/{tileRow}/{tileCol}"),
            "rel": "item",
            "type": MVT,
            "title": "A tile",
            "templated": True,
        },
        _scheme(base, tiles),
        base.link(f"{REL}geodata" if owner else "up", owner or "/", JSON, tileset.title),
    ]
    if tiles == WEB_MERCATOR_QUAD:
        as_tilejson = [*tileset.asked, ("f", "tilejson")]
        found += [
            base.link("alternate", path, TILEJSON, "TileJSON", as_tilejson),
            base.link(f"{REL}styles", f"{owner}/style", STYLE, "MapLibre style"),
        ]
    return found


def _scheme(base: Base, tiles: TileMatrixSet) -> Node:
    return {**base.link(TILING_SCHEME, f"/tileMatrixSets/{tiles.id}", JSON, tiles.title)}


def _limits(tiles: TileMatrixSet, matrix: int) -> Node:
    wide, high = tiles.size(matrix)
    return {
        "tileMatrix": str(matrix),
        "minTileRow": 0,
        "maxTileRow": high - 1,
        "minTileCol": 0,
        "maxTileCol": wide - 1,
    }


def _described(tileset: Tileset) -> list[Node]:
    pairs = zip(tileset.layers, tileset.chosen, strict=True)
    return [each for layer, chosen in pairs for each in _layers(layer, chosen)]


def _layers(layer: Layer, chosen: tuple[str, ...] | None) -> list[Node]:
    """The layers within a tile that come of one of ours: its features, and cells of points."""
    depiction = depiction_of(layer)
    names = depiction.properties if chosen is None else chosen
    fields = (layer.field(name) for name in names)
    found = [
        {
            "id": layer.id,
            "title": layer.title,
            "description": layer.description,
            "dataType": "vector",
            "geometryDimension": _DIMENSION[(layer.geometry or "").removeprefix("Multi")],
            "propertiesSchema": {
                "type": "object",
                "properties": {each.name: _schema(each) for each in fields if each is not None},
            },
        }
    ]
    if layer.geometry != "Point":
        return found
    told: Mapping[str, str] = meanings(depiction)
    properties = {
        name: {"type": "integer", "description": meaning} for name, meaning in told.items()
    }
    cells = {
        "id": cells_name(layer),
        "title": f"{layer.title}, counted in cells",
        "description": (
            f"Stands for the features of {layer.id!r} in tiles that hold too many to show one by "
            "one: one point a cell, where its features lie on average."
        ),
        "dataType": "vector",
        "geometryDimension": 0,
        "propertiesSchema": {"type": "object", "properties": properties},
    }
    return [*found, cells]


def _schema(field: Field) -> Node:
    kinds = {"integer": "integer", "count": "integer", "number": "number"}
    made: Node = {
        "type": kinds.get(field.kind.value, "string"),
        "title": field.title,
        "description": field.meaning,
    }
    return made | ({"enum": list(field.words)} if field.words else {})
