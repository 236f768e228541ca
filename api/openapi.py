"""The description of this API, written by ourselves to OGC's rules: OpenAPI 3.0.3.

Clients read more out of it than people do:

- QGIS takes its page size from ``components.parameters.limit`` and from nowhere else; GDAL wants it
  referred to from the literal path of each layer's items.
- Both push ``property=value`` only for parameters that stand, with a plain type, under that path.
- The OGC test suite wants ``style`` and ``explode`` spelt out, ``minimum`` and ``maximum`` of
  ``limit``, and the length of ``bbox`` both at its top level and as alternatives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from api import change_paths, media, process_paths, qgis_paths, snapshot_paths, tile_paths, totals
from api.errors import MEDIA_TYPE as PROBLEM
from api.media import HTML, JSON, OPENAPI, SCHEMA
from api.params import (
    ASOF,
    BBOX,
    BBOX_CRS,
    CARRIED,
    CRS,
    DATETIME,
    DOWNLOAD,
    EXCLUDE,
    FILTER,
    FILTER_CRS,
    FILTER_LANG,
    LANGUAGES,
    LIMIT,
    OFFSET,
    PROPERTIES,
    RESERVED,
    SKIP_GEOMETRY,
    SORTBY,
    queryable_names,
)
from api.schemas import value_schema
from db import cursor
from db.knowledge import KNOWN_BY, RULE
from db.layers.catalogue import LAYERS
from gis.estimates import Rule
from gis.geojson import MEDIA_TYPE as GEOJSON
from gis.jsonfg import MEDIA_TYPE as JSONFG
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.links import Base
    from api.settings import Settings
    from db.layers.layer import Layer

Node: TypeAlias = dict[str, Any]


def document(settings: Settings, release: str, base: Base) -> Node:
    """The whole description.

    Parameters
    ----------
    settings : Settings
        For title, contact and limits.
    release : str
        Version of this program.
    base : Base
        Where the API is.
    """
    return {
        "openapi": "3.0.3",
        "info": _about(settings, release),
        "servers": [{"url": base.url, "description": settings.title}],
        "tags": [
            {"name": "service"},
            *({"name": layer.id} for layer in LAYERS.values()),
            {"name": change_paths.TAG},
            {"name": tile_paths.TAG},
            {"name": qgis_paths.TAG},
            {"name": process_paths.TAG},
            {"name": snapshot_paths.TAG},
        ],
        "paths": _paths() | process_paths.paths(is_open=settings.processes_enabled),
        "components": {
            "parameters": (
                _shared_parameters(settings)
                | change_paths.PARAMETERS
                | tile_paths.PARAMETERS
                | qgis_paths.PARAMETERS
                | process_paths.PARAMETERS
                | snapshot_paths.PARAMETERS
            ),
            "responses": (
                _RESPONSES
                | change_paths.RESPONSES
                | tile_paths.RESPONSES
                | qgis_paths.RESPONSES
                | process_paths.RESPONSES
                | snapshot_paths.RESPONSES
            ),
            "schemas": (
                _SCHEMAS | change_paths.SCHEMAS | process_paths.SCHEMAS | snapshot_paths.SCHEMAS
            ),
        },
    }


_F_OF_FEATURE, _F_OF_FEATURES = "f-feature", "f-features"
"""Names by which the parameter ``f`` is shared where there are more forms than elsewhere."""

_OF_FEATURES = tuple(_F_OF_FEATURES if name == media.PARAMETER else name for name in RESERVED)


def _about(settings: Settings, release: str) -> Node:
    contact = {
        "name": settings.contact_name,
        "url": settings.contact_url,
        "email": settings.contact_email,
    }
    return {
        "title": settings.title,
        "description": settings.description,
        "version": release,
        "contact": {name: text for name, text in contact.items() if text is not None},
        "license": {"name": settings.licence},
    }


def _paths() -> Node:
    paths: Node = {
        "/": _get("landing", "service", "Landing page", "Document"),
        "/conformance": _get("conformance", "service", "Conformance classes", "Document"),
        "/api": _get("api", "service", "This description", "ApiDescription"),
        "/functions": _get("functions", "service", "Functions for filters", "Document"),
        "/collections": _get("collections", "service", "All collections", "Document"),
        "/health": _get("health", "service", "Whether the service is ready", "Health", ()),
    }
    paths["/health"]["get"]["responses"]["503"] = _reference("responses", "NotReady")
    for layer in LAYERS.values():
        paths |= _layer_paths(layer)
    return (
        paths
        | change_paths.paths()
        | tile_paths.paths()
        | qgis_paths.paths()
        | snapshot_paths.paths()
    )


def _layer_paths(layer: Layer) -> Node:
    path, tag = f"/collections/{layer.id}", layer.id
    paths = {
        path: _get(f"{tag}.collection", tag, f"{layer.title}: the collection", "Document"),
        f"{path}/items": _get(
            f"{tag}.items",
            tag,
            f"{layer.title}: features",
            "Features",
            (*_OF_FEATURES, *layer.knowledge),
        ),
        f"{path}/items/{{featureId}}": _get(
            f"{tag}.feature",
            tag,
            f"{layer.title}: one feature",
            "Feature",
            (*CARRIED, _F_OF_FEATURE, media.PROFILE, CRS, *layer.knowledge),
        ),
    }
    items, feature = paths[f"{path}/items"]["get"], paths[f"{path}/items/{{featureId}}"]["get"]
    items["description"] = layer.description
    items["parameters"] += [_field_parameter(layer, name) for name in queryable_names(layer)]
    feature["parameters"].insert(0, _reference("parameters", "featureId"))
    feature["responses"]["404"] = _reference("responses", "NotFound")
    feature["responses"]["410"] = _reference("responses", "Gone")
    if layer.summed:
        narrowing = (*CARRIED, *totals.PARAMETERS, *layer.knowledge, "f")
        totals_path = _get(f"{tag}.totals", tag, f"{layer.title}: totals", "Document", narrowing)
        totals_path["get"]["parameters"] += [
            _field_parameter(layer, name) for name in queryable_names(layer)
        ]
        paths[f"{path}/totals"] = totals_path
    for name in ("queryables", "sortables", "schema", "feature-schema"):
        paths[f"{path}/{name}"] = _get(f"{tag}.{name}", tag, f"{layer.title}: {name}", "Schema")
    return paths


def _get(
    name: str, tag: str, summary: str, response: str, parameters: tuple[str, ...] = ("f", *CARRIED)
) -> Node:
    return {
        "get": {
            "operationId": name,
            "tags": [tag],
            "summary": summary,
            "parameters": [_reference("parameters", each) for each in parameters],
            "responses": {
                "200": _reference("responses", response),
                "304": _reference("responses", "NotModified"),
                "400": _reference("responses", "InvalidParameter"),
                "406": _reference("responses", "NotAcceptable"),
                "500": _reference("responses", "ServerError"),
                "503": _reference("responses", "NotNow"),
            },
        }
    }


def _reference(kind: str, name: str) -> Node:
    return {"$ref": f"#/components/{kind}/{name}"}


def _field_parameter(layer: Layer, name: str) -> Node:
    field = next(field for field in layer.fields if field.name == name)
    return _parameter(name, f"{field.title}. {field.meaning}", value_schema(field))


def _parameter(name: str, description: str, schema: Node) -> Node:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "style": "form",
        "explode": False,
        "schema": schema,
    }


def _shared_parameters(settings: Settings) -> Node:
    texts = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    feature = _parameter(
        "featureId", "Key of the feature, or its lasting name.", {"type": "string", "example": "1"}
    )
    feature |= {"in": "path", "required": True, "style": "simple"}
    return {
        "featureId": feature,
        BBOX: _parameter(
            BBOX,
            "Features that meet this box (west, south, east, north in degrees, WGS 84; with a "
            "height after each corner where there are six numbers), and those without a place. "
            "With 'bbox-crs', in its units and its order of axes.",
            _BOX,
        ),
        BBOX_CRS: _parameter(
            BBOX_CRS,
            "Coordinate reference system of 'bbox'. The URI decides the order of axes: EPSG:4326 "
            "is latitude before longitude.",
            _systems(),
        ),
        CRS: _parameter(
            CRS,
            "Coordinate reference system of the geometries in GeoJSON, in the order of axes that "
            "its URI demands; the header Content-Crs names it. Beyond the box that 'crsReach' of a "
            "collection gives for a system, a feature has no coordinates in it: its geometry is "
            "null. Pages for people have no other system than the default.",
            _systems(),
        ),
        ASOF: _parameter(
            ASOF,
            "What was recorded by then: a date (its end, in UTC), a moment with its offset, or the "
            "name of a snapshot. "
            "Before the first record there is nothing; the future is refused. The header "
            "Accept-Datetime (RFC 7089) says the same in its own form. 'datetime' asks when "
            "something happened, which is another question. Documents that are the same at all "
            "times take it and pass it over.",
            {"type": "string", "example": "2026-12-31"},
        ),
        DATETIME: _parameter(
            DATETIME,
            "Features that share a moment with this date, moment or interval (ends included, "
            "'..' is open), and those without a time.",
            {"type": "string", "example": "2019-12-10/2019-12-31"},
        ),
        FILTER: _parameter(
            FILTER,
            "Features of which this expression of CQL2 is true. Its names are the queryables of "
            "the collection; '/functions' lists the functions beyond the standard. On incidents, "
            "for example: killed_low > 5 AND country IN ('NER','MLI').",
            {"type": "string", "example": "licence LIKE 'CC BY%'"},
        ),
        FILTER_LANG: _parameter(
            FILTER_LANG,
            "Language of 'filter'; 'cql-text' is an old name of 'cql2-text'.",
            {"type": "string", "enum": list(LANGUAGES), "default": next(iter(LANGUAGES))},
        ),
        FILTER_CRS: _parameter(
            FILTER_CRS,
            "Coordinate reference system of the geometries and boxes in 'filter', which have the "
            "order of axes that its URI demands.",
            _systems(),
        ),
        RULE: _parameter(
            RULE,
            "By which rule figures of people are estimated from the claims in force: 'envelope' "
            "(right if any claim is), 'consensus' (right if all are), 'latest', 'most_reliable', "
            "'official'; or 'coded', as concluded by the coder or published by the dataset.",
            {"type": "string", "enum": list(Rule), "default": Rule.CODED.value},
        ),
        KNOWN_BY: _parameter(
            KNOWN_BY,
            "Only what reports allowed to know that were published until the end of this day, for "
            "certain; figures are made of those alone, by the rule 'envelope' where no other is "
            "named. What nothing had been published of is missing. Not in the future. Independent "
            "of 'datetime', which asks when it happened.",
            {"type": "string", "format": "date", "example": "2020-01-11"},
        ),
        LIMIT: _parameter(
            LIMIT,
            "Most features on a page; more than the maximum is taken as the maximum.",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": settings.max_limit,
                "default": settings.default_limit,
            },
        ),
        OFFSET: _parameter(
            OFFSET,
            "Features to pass over. The 'next' links are faster, and safe against changes.",
            {"type": "integer", "minimum": 0, "maximum": settings.max_offset, "default": 0},
        ),
        cursor.PARAMETER: _parameter(
            cursor.PARAMETER, "Where a page begins, as 'next' links give it.", {"type": "string"}
        ),
        SORTBY: _parameter(
            SORTBY, "Fields to sort by; '-' before a name for the greatest first.", texts
        ),
        PROPERTIES: _parameter(
            PROPERTIES,
            "Fields wanted; all where missing. Files (all forms but GeoJSON, JSON-FG and pages for "
            "people) have precision, licence and attribution besides.",
            texts,
        ),
        EXCLUDE: _parameter(
            EXCLUDE, "Fields not wanted, instead of 'properties'; of files, see there.", texts
        ),
        DOWNLOAD: _parameter(
            DOWNLOAD,
            "All features that match as one file, whatever its size, and no page. Files are whole "
            "without this, too, unless 'limit' is given; GeoJSON and JSON-FG are not.",
            {"type": "boolean", "default": False},
        ),
        SKIP_GEOMETRY: _parameter(
            SKIP_GEOMETRY, "Leave the geometries out.", {"type": "boolean", "default": False}
        ),
        media.PARAMETER: _form_parameter(media.DOCUMENT),
        _F_OF_FEATURE: _form_parameter(media.FEATURE),
        _F_OF_FEATURES: _form_parameter(media.OFFERED),
        media.PROFILE: _parameter(
            media.PROFILE,
            "Of GeoJSON: 'jsonfg' for JSON-FG, which has the time and the system of coordinates.",
            {"type": "string", "enum": list(media.PROFILES), "default": next(iter(media.PROFILES))},
        ),
    }


def _form_parameter(offered: Sequence[media.Form]) -> Node:
    return _parameter(
        media.PARAMETER,
        "Representation; where missing, the header Accept decides, and JSON is the default.",
        {"type": "string", "enum": media.f_values(offered)},
    )


def _systems() -> Node:
    """Every system in which some layer is offered; a layer's own list is in its collection."""
    uris = dict.fromkeys(system.uri for layer in LAYERS.values() for system in layer.systems)
    return {"type": "string", "format": "uri", "enum": list(uris), "default": CRS84.uri}


_BOX: Node = {
    "type": "array",
    "minItems": 4,
    "maxItems": 6,
    "items": {"type": "number"},
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
}

_PAGE: Node = {HTML: {"schema": {"type": "string"}}}


def _response(description: str, schema: str, *media_types: str, html: bool = True) -> Node:
    content = {each: {"schema": _reference("schemas", schema)} for each in media_types}
    return {"description": description, "content": {**content, **(_PAGE if html else {})}}


def _features_response() -> Node:
    response = _response("Features", "FeatureCollection", GEOJSON, JSONFG)
    texts = (media.Form.SEQUENCE, media.Form.LINES, media.Form.CSV)
    content = {media.MEDIA_TYPES[form]: {"schema": {"type": "string"}} for form in texts}
    binary = {"schema": {"type": "string", "format": "binary"}}
    content |= {media.MEDIA_TYPES[form]: binary for form in (media.Form.FLATGEOBUF, *media.MADE)}
    return {**response, "content": {**response["content"], **content}}


_RESPONSES: Node = {
    "Document": _response("A document with links", "Document", JSON),
    "ApiDescription": _response("This description", "Document", OPENAPI),
    "Health": _response("Ready", "Document", JSON, html=False),
    "Features": _features_response(),
    "Feature": _response("A feature", "Feature", GEOJSON, JSONFG),
    "Schema": _response("A JSON Schema", "Document", SCHEMA),
    "NotModified": {"description": "The client has this very answer: If-None-Match names its ETag"},
    "InvalidParameter": _response("A parameter is unknown or invalid", "Problem", PROBLEM),
    "NotFound": _response("There is no such resource", "Problem", PROBLEM),
    "NotAcceptable": _response("No such representation", "Problem", PROBLEM),
    "ServerError": _response("A fault of the server", "Problem", PROBLEM),
    "NotReady": _response("What is missing; 'Retry-After'", "Document", JSON, html=False),
    "NotNow": _response("Not now; 'Retry-After' says when", "Problem", PROBLEM),
}

_LINKS: Node = {"type": "array", "items": _reference("schemas", "Link")}

_SCHEMAS: Node = {
    "Link": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
    },
    "Document": {"type": "object"},
    "Feature": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "integer"},
            "geometry": {"type": "object", "nullable": True},
            "properties": {"type": "object", "nullable": True},
            "links": _LINKS,
        },
    },
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features", "links", "numberMatched", "numberReturned"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": _reference("schemas", "Feature")},
            "links": _LINKS,
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["title", "status", "detail", "code", "description"],
        "properties": {
            **{
                name: {"type": "string"}
                for name in (
                    "type",
                    "title",
                    "detail",
                    "code",
                    "description",
                    "parameter",
                    "value",
                    "rule",
                    "nearest",
                )
            },
            "status": {"type": "integer"},
        },
    },
}
