"""What the description of the API says of tiles and styles.

The names of operations end as OGC API - Tiles demands (``/req/oas30/operation-id``).
"""

from __future__ import annotations

from typing import Any

from api.media import JSON
from api.params import CARRIED
from api.tiles import COLLECTIONS, TILE_PARAMETERS
from api.tilesets import MVT, TILEJSON
from db.knowledge import PARAMETERS as KNOWLEDGE
from db.layers.catalogue import DRAWN
from gis.maplibre import MEDIA_TYPE as STYLE
from gis.tile_matrix import SETS

Node = dict[str, Any]

TAG = "tiles"
_SET, _MATRIX, _ROW, _COLUMN = "tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"
_COLLECTION, _FIELDS = "drawnCollectionId", "fieldValues"


def paths() -> Node:
    """The paths of tile matrix sets, tilesets, tiles and styles."""
    sets = "/tileMatrixSets"
    found = {
        sets: _get("getTileMatrixSetsList", "Tile matrix sets", "TileDocument", CARRIED),
        f"{sets}/{{{_SET}}}": _get(
            "getTileMatrixSet", "A tile matrix set", "TileDocument", (_SET, *CARRIED)
        ),
    }
    found |= _of("/", "dataset", "All layers", (), (*CARRIED, COLLECTIONS, "datetime"))
    owner = f"/collections/{{{_COLLECTION}}}/"
    narrowing = (*TILE_PARAMETERS, *KNOWLEDGE, _FIELDS)
    return found | _of(owner, "collection", "A layer", (_COLLECTION,), narrowing)


def _of(
    owner: str, kind: str, title: str, of_path: tuple[str, ...], narrowing: tuple[str, ...]
) -> Node:
    tiles, name = f"{owner}tiles", f"{kind}.vector"
    of_set = f"{tiles}/{{{_SET}}}"
    place = (_MATRIX, _ROW, _COLUMN)
    asked = (*of_path, _SET)
    return {
        tiles: _get(
            f"{name}.getTileSetsList", f"{title}: tilesets", "TileDocument", (*of_path, *CARRIED)
        ),
        of_set: _get(
            f"{name}.getTileSet",
            f"{title}: a tileset",
            "Tileset",
            (*asked, *narrowing, "tilesetForm"),
        ),
        f"{of_set}/tilejson.json": _get(
            f"{name}.getTileJson", f"{title}: TileJSON", "TileJson", (*asked, *narrowing)
        ),
        f"{of_set}/" + "/".join(f"{{{each}}}" for each in place): _get(
            f"{name}.getTile", f"{title}: a tile", "Tile", (*asked, *place, *narrowing)
        ),
        f"{owner}style": _get(
            f"{kind}.getStyle",
            f"{title}: MapLibre style",
            "Style",
            (*of_path, *narrowing, "styleForm"),
        ),
    }


def _get(name: str, summary: str, response: str, parameters: tuple[str, ...]) -> Node:
    answers = {
        "200": response,
        "304": "NotModified",
        "400": "InvalidParameter",
        "404": "NotFound",
        "406": "NotAcceptable",
        "500": "ServerError",
        "503": "NotNow",
    }
    if response == "Tile":
        answers["204"] = "NoTile"
    return {
        "get": {
            "operationId": name,
            "tags": [TAG],
            "summary": summary,
            "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in parameters],
            "responses": {
                status: {"$ref": f"#/components/responses/{each}"}
                for status, each in sorted(answers.items())
            },
        }
    }


def _in_path(name: str, description: str, schema: Node) -> Node:
    return {
        "name": name,
        "in": "path",
        "description": description,
        "required": True,
        "style": "simple",
        "schema": schema,
    }


def _whole() -> Node:
    return {"type": "integer", "minimum": 0}


PARAMETERS: Node = {
    _COLLECTION: _in_path(
        _COLLECTION,
        "A collection that has a geometry.",
        {"type": "string", "enum": list(DRAWN)},
    ),
    _SET: _in_path(_SET, "A tile matrix set.", {"type": "string", "enum": list(SETS)}),
    _MATRIX: _in_path(_MATRIX, "A matrix of the set, 0 the coarsest.", {"type": "string"}),
    _ROW: _in_path(_ROW, "Row of the tile, from the north.", _whole()),
    _COLUMN: _in_path(_COLUMN, "Column of the tile, from the west.", _whole()),
    COLLECTIONS: {
        "name": COLLECTIONS,
        "in": "query",
        "description": "Collections wanted; all that have a geometry where missing.",
        "required": False,
        "style": "form",
        "explode": False,
        "schema": {
            "type": "array",
            "items": {"type": "string", "enum": list(DRAWN)},
            "minItems": 1,
        },
    },
    "tilesetForm": {
        "name": "f",
        "in": "query",
        "description": "Metadata by OGC, or TileJSON (of WebMercatorQuad only).",
        "required": False,
        "style": "form",
        "explode": False,
        "schema": {"type": "string", "enum": ["json", "tilejson"]},
    },
    "styleForm": {
        "name": "f",
        "in": "query",
        "description": "With expressions, or in classes that QGIS understands.",
        "required": False,
        "style": "form",
        "explode": False,
        "schema": {"type": "string", "enum": ["maplibre", "mapbox", "qgis"]},
    },
    _FIELDS: {
        "name": _FIELDS,
        "in": "query",
        "description": "Features whose field of that name has this value, as for items.",
        "required": False,
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def _response(description: str, *media_types: str) -> Node:
    schema = {"$ref": "#/components/schemas/Document"}
    return {
        "description": description,
        "content": {each: {"schema": schema} for each in media_types},
    }


RESPONSES: Node = {
    "TileDocument": _response("A document with links", JSON),
    "Tileset": _response("Metadata of a tileset", JSON, TILEJSON),
    "TileJson": _response("TileJSON 3.0.0", TILEJSON),
    "Style": _response("A style", STYLE),
    "Tile": {
        "description": "A Mapbox vector tile: single features, or cells with counts and sums",
        "content": {MVT: {"schema": {"type": "string", "format": "binary"}}},
    },
    "NoTile": {"description": "Nothing lies in the tile"},
}
