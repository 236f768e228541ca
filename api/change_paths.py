"""What the description of the API says of versions, changes and comparisons."""

from __future__ import annotations

from typing import Any

from api.comparison import FROM, TO
from api.feed import SINCE
from api.media import HTML, JSON, PARAMETER
from api.params import LIMIT
from api.selections import FILTERS
from db import cursor
from db.difference import Change
from db.former import is_kept
from db.layers.catalogue import LAYERS
from gis.geojson import MEDIA_TYPE as GEOJSON

Node = dict[str, Any]

TAG = "history"
_COLLECTION, _SINCE, _FROM, _TO = "followedCollectionId", "since", "from", "to"
_FIELDS = "fieldValues"
_SELECTING = (*FILTERS, _FIELDS, LIMIT, PARAMETER)


def paths() -> Node:
    """The paths of the versions of a feature, of the feed of a layer, and of comparisons."""
    owner = f"/collections/{{{_COLLECTION}}}"
    return {
        f"{owner}/items/{{featureId}}/versions": _get(
            "getItemVersions", "Versions of a feature", "Versions", (_COLLECTION, "featureId", "f")
        ),
        f"{owner}/changes": _get(
            "getChanges", "What to change in a copy", "Changes", (_COLLECTION, _SINCE, *_SELECTING)
        ),
        f"{owner}/diff": _get(
            "getDifferences",
            "What differs between two states",
            "Differences",
            (_COLLECTION, _FROM, _TO, cursor.PARAMETER, *_SELECTING),
        ),
    }


def _get(name: str, summary: str, response: str, parameters: tuple[str, ...]) -> Node:
    answers = {
        "200": response,
        "304": "NotModified",
        "400": "InvalidParameter",
        "404": "NotFound",
        "406": "NotAcceptable",
        "410": "Gone",
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


def _in_query(name: str, description: str, schema: Node, *, required: bool = False) -> Node:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": required,
        "style": "form",
        "explode": False,
        "schema": schema,
    }


PARAMETERS: Node = {
    _COLLECTION: {
        "name": _COLLECTION,
        "in": "path",
        "description": "A collection whose former states are kept.",
        "required": True,
        "style": "simple",
        "schema": {
            "type": "string",
            "enum": [layer.id for layer in LAYERS.values() if is_kept(layer)],
        },
    },
    _SINCE: _in_query(
        SINCE,
        "Where a copy stands: the token of the answer before, or of the download that it was made "
        "by (header Liptako-Since, link 'changes'). Where missing, the copy is empty.",
        {"type": "string"},
    ),
    _FROM: _in_query(
        FROM,
        "The earlier state: a date (its end, in UTC), a moment with its offset, or the name of a "
        "snapshot.",
        {"type": "string", "example": "2026-12-31"},
        required=True,
    ),
    _TO: _in_query(TO, "The later state, likewise; the present where missing.", {"type": "string"}),
}


def _response(description: str, schema: str, *media_types: str) -> Node:
    content = {each: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for each in media_types}
    return {
        "description": description,
        "content": {**content, HTML: {"schema": {"type": "string"}}},
    }


RESPONSES: Node = {
    "Versions": _response("Versions, the first one first", "Versions", JSON),
    "Changes": _response("A page of changes", "Changes", JSON),
    "Differences": _response("Features that differ", "Differences", GEOJSON),
    "Gone": _response("It was there, and is not any more", "Problem", "application/problem+json"),
}

_LINKS: Node = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
_KIND: Node = {"type": "string", "enum": [change.value for change in Change]}
_MOMENT: Node = {"type": "string", "format": "date-time", "nullable": True}
_STATE: Node = {
    "type": "object",
    "required": ["version", "recorded"],
    "properties": {"version": {"type": "integer", "minimum": 0}, "recorded": _MOMENT},
}
_FIELDS_CHANGED: Node = {
    "type": "object",
    "description": "By the name of the field: its value before and after; null is not known.",
    "additionalProperties": {"type": "object", "required": ["old", "new"]},
}
_FEATURE: Node = {"$ref": "#/components/schemas/Feature"}

SCHEMAS: Node = {
    "Versions": {
        "type": "object",
        "required": ["collection", "id", "versions", "links"],
        "properties": {
            "collection": {"type": "string"},
            "id": {"type": "integer"},
            "versions": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["version", "change", "recorded", "by"],
                    "properties": {
                        "version": {"type": "integer", "minimum": 1},
                        "change": _KIND,
                        "recorded": {
                            "type": "array",
                            "items": _MOMENT,
                            "minItems": 2,
                            "maxItems": 2,
                        },
                        "by": {"type": "object", "required": ["words", "role", "application"]},
                        "fields": _FIELDS_CHANGED,
                        "note": {"type": "string"},
                        "merged_into": {"type": "object"},
                        "links": _LINKS,
                    },
                },
            },
            "links": _LINKS,
        },
    },
    "Changes": {
        "type": "object",
        "required": ["since", "until", "changes", "token", "complete", "links"],
        "properties": {
            "collection": {"type": "string"},
            "since": _STATE,
            "until": _STATE,
            "changes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["change", "id"],
                    "properties": {
                        "change": _KIND,
                        "id": {"type": "integer"},
                        "feature": _FEATURE,
                        "fields": _FIELDS_CHANGED,
                        "note": {"type": "string"},
                        "merged_into": {"type": "object"},
                    },
                },
            },
            "numberReturned": {"type": "integer", "minimum": 0},
            "token": {"type": "string"},
            "complete": {"type": "boolean"},
            "links": _LINKS,
        },
    },
    "Differences": {
        "type": "object",
        "required": ["type", "features", "from", "to", "numberReturned", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": _FEATURE},
            "from": _STATE,
            "to": _STATE,
            "numberReturned": {"type": "integer", "minimum": 0},
            "links": _LINKS,
        },
    },
}
