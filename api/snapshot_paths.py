"""What the description of the API says of snapshots."""

from __future__ import annotations

from typing import Any

from api.media import JSON, MEDIA_TYPES, Form
from api.params import CARRIED
from api.snapshots import CITATIONS, KEYS, PATH, WEB_KEYS
from db.layers.catalogue import LAYERS
from db.models.snapshots import NAME

Node = dict[str, Any]

TAG = "snapshots"
_SNAPSHOT, _LAYER, _FILE = "snapshotName", "snapshotLayer", "citationFile"


def paths() -> Node:
    """The paths of snapshots and of the keys that signed them."""
    one = f"{PATH}/{{{_SNAPSHOT}}}"
    form = (*CARRIED, "f")
    return {
        PATH: _get("getSnapshots", "States of the data that have a name", "Document", form),
        one: _get(
            "getSnapshot", "A snapshot, with its signed manifest", "Snapshot", (_SNAPSHOT, *form)
        ),
        f"{one}/{{{_FILE}}}": _get(
            "getCitation", "A citation of a snapshot", "Citation", (_SNAPSHOT, _FILE, *CARRIED)
        ),
        f"{one}/lines/{{{_LAYER}}}": _get(
            "getSnapshotLines",
            "The canonical lines of a layer, which its hash is of",
            "CanonicalLines",
            (_SNAPSHOT, _LAYER, *CARRIED),
        ),
        KEYS: _get("getKeys", "Public keys that signed snapshots", "WebKeys", CARRIED),
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


def _parameter(name: str, place: str, description: str, schema: Node) -> Node:
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": True,
        "style": "simple",
        "schema": schema,
    }


PARAMETERS: Node = {
    _SNAPSHOT: _parameter(
        _SNAPSHOT, "path", "Name of a snapshot.", {"type": "string", "pattern": NAME}
    ),
    _FILE: _parameter(
        _FILE, "path", "Which form of citation.", {"type": "string", "enum": list(CITATIONS)}
    ),
    _LAYER: _parameter(
        _LAYER, "path", "Name of a collection.", {"type": "string", "enum": list(LAYERS)}
    ),
}

_STRING: Node = {"schema": {"type": "string"}}
_TEXTS: Node = {"type": "array", "items": {"type": "string"}}

RESPONSES: Node = {
    "Snapshot": {
        "description": "A snapshot",
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/Snapshot"}},
            "text/html": _STRING,
        },
    },
    "Citation": {
        "description": "A citation",
        "content": {
            media_type: {"schema": {"type": "object"}} if "json" in media_type else _STRING
            for _, media_type, _ in CITATIONS.values()
        },
    },
    "CanonicalLines": {
        "description": "A feature a line, as canonical JSON (RFC 8785), in the order of their keys",
        "content": {MEDIA_TYPES[Form.LINES]: _STRING},
    },
    "WebKeys": {
        "description": "A JSON Web Key Set (RFC 7517)",
        "content": {WEB_KEYS: {"schema": {"type": "object"}}},
    },
}

SCHEMAS: Node = {
    "Snapshot": {
        "type": "object",
        "required": ["links", "citation", "manifest", "signature"],
        "properties": {
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
            "citation": {"type": "string"},
            "manifest": {
                "type": "object",
                "required": ["format", "encoding", "name", "version", "content", "layers"],
                "properties": {
                    **{
                        name: {"type": "string"}
                        for name in ("format", "encoding", "name", "note", "recorded_at", "content")
                    },
                    "version": {"type": "integer", "minimum": 1},
                    "layers": {
                        "type": "object",
                        "additionalProperties": {"$ref": "#/components/schemas/SnapshotLayer"},
                    },
                },
            },
            "signature": {
                "type": "object",
                "nullable": True,
                "required": ["algorithm", "key", "public_key", "value"],
                "properties": {
                    name: {"type": "string"} for name in ("algorithm", "key", "public_key", "value")
                },
            },
        },
    },
    "SnapshotLayer": {
        "type": "object",
        "required": ["features", "bytes", "sha256", "fields"],
        "properties": {
            "features": {"type": "integer", "minimum": 0},
            "bytes": {"type": "integer", "minimum": 0},
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "fields": {"type": "object", "additionalProperties": {"type": "string"}},
            "licences": _TEXTS,
            "attributions": _TEXTS,
        },
    },
}
