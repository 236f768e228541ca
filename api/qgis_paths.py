"""What the description of the API says of styles by name, and of what QGIS opens at once."""

from __future__ import annotations

from typing import Any

from api.languages import PARAMETER as LANG
from api.layer_styles import ENCODINGS, VALUES
from api.media import JSON
from api.params import CARRIED
from api.qgis import PATH as PROJECT
from db.layers.catalogue import LAYERS
from db.layers.depictions import styles_of
from db.layers.french import LANGUAGES
from gis.qgis.layer_definition import MEDIA_TYPE as QLR
from gis.qgis.project import MEDIA_TYPE as QGZ

Node = dict[str, Any]

TAG = "qgis"
_COLLECTION, _STYLE, _FORM, _JSON = "styledCollectionId", "styleId", "styleEncoding", "jsonOnly"
_QLR, _QGZ = "definitionForm", "projectForm"


def paths() -> Node:
    """The paths of styles, layer definitions and the project."""
    owner = f"/collections/{{{_COLLECTION}}}"
    return {
        PROJECT: _get("getProject", "A project for QGIS", "Project", (*CARRIED, LANG, _QGZ)),
        f"{owner}/layer.qlr": _get(
            "collection.getLayerDefinition",
            "A layer for QGIS, finished",
            "LayerDefinition",
            (_COLLECTION, *CARRIED, LANG, _QLR),
        ),
        f"{owner}/styles": _get(
            "collection.getStyles",
            "Styles of a layer",
            "Styles",
            (_COLLECTION, *CARRIED, LANG, _JSON),
        ),
        f"{owner}/styles/{{{_STYLE}}}": _get(
            "collection.getNamedStyle",
            "A style of a layer",
            "NamedStyle",
            (_COLLECTION, _STYLE, *CARRIED, LANG, _FORM),
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
    return {
        "get": {
            "operationId": name,
            "tags": [TAG],
            "summary": summary,
            "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in parameters],
            "responses": {
                status: {"$ref": f"#/components/responses/{each}"}
                for status, each in answers.items()
            },
        }
    }


def _in_path(name: str, description: str, values: list[str]) -> Node:
    return {
        "name": name,
        "in": "path",
        "description": description,
        "required": True,
        "style": "simple",
        "schema": {"type": "string", "enum": values},
    }


def _in_query(name: str, description: str, values: list[str]) -> Node:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "style": "form",
        "explode": False,
        "schema": {"type": "string", "enum": values},
    }


_STYLES = dict.fromkeys(name for layer in LAYERS.values() for name in styles_of(layer))

PARAMETERS: Node = {
    _COLLECTION: _in_path("styledCollectionId", "A collection.", list(LAYERS)),
    _STYLE: _in_path(
        _STYLE, "A style of the collection; 'styles' lists those it has.", list(_STYLES)
    ),
    LANG: _in_query(
        LANG,
        "Language of titles and legends; where missing, Accept-Language decides.",
        list(LANGUAGES),
    ),
    _FORM: _in_query(
        "f", "QML, SLD 1.1 or MapLibre; a table without geometry has QML only.", list(VALUES)
    ),
    _JSON: _in_query("f", "JSON, and nothing else.", ["json"]),
    _QLR: _in_query("f", "A layer definition, and nothing else.", ["qlr"]),
    _QGZ: _in_query("f", "A project, and nothing else.", ["qgz"]),
}

_TEXT: Node = {"schema": {"type": "string"}}

RESPONSES: Node = {
    "Styles": {
        "description": "The styles of a collection",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Document"}}},
    },
    "LayerDefinition": {"description": "A layer definition (.qlr)", "content": {QLR: _TEXT}},
    "Project": {
        "description": "A project (.qgz)",
        "content": {QGZ: {"schema": {"type": "string", "format": "binary"}}},
    },
    "NamedStyle": {
        "description": "A style",
        "content": {
            media_type: {"schema": {"$ref": "#/components/schemas/Document"}}
            if media_type.endswith("json")
            else _TEXT
            for media_type in ENCODINGS.values()
        },
    },
}
