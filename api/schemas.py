"""What a layer's features look like, may be asked for and may be sorted by, as JSON Schema.

Types are plain texts and never lists or alternatives: QGIS and GDAL read those as text or drop the
field. So a missing value, which is ``null`` in GeoJSON, is told by ``nullable``, as in OpenAPI 3.0;
a validator that does not know the word must not be set on features. The fields that are never
missing are ``required``.

References
----------
OGC API - Features Part 3, 6 (queryables); Part 5 (schemas, core roles, sortables).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from db.query import rows_of
from gis.fields import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from db.layers.layer import Layer

Schema: TypeAlias = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
GEOMETRY = "geometry"

TYPES: dict[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.COUNT: {"type": "number"},  # written with a fraction: see gis.fields.Kind.COUNT
    Kind.NUMBER: {"type": "number"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.DATETIME: {"type": "string", "format": "date-time"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
}

UCUM = {"person": "{person}"}
"""Units that are not of the Unified Code for Units of Measure, as annotations of it."""


def value_schema(field: Field) -> Schema:
    """Type and closed list of a field's values."""
    return {**TYPES[field.kind], **({"enum": list(field.words)} if field.words else {})}


def layer_schema(layer: Layer, address: str) -> Schema:
    """The schema of a layer's features after Part 5.

    Parameters
    ----------
    layer : Layer
    address : str
        Of the schema itself, without parameters.
    """
    required = [field.name for field in layer.fields if not field.nullable]
    schema = _schema(layer, address, layer.title, layer.fields, True)
    for described in schema["properties"].values():
        described["readOnly"] = True  # nothing is received: /req/returnables-and-receivables
    return {**schema, "required": required}


def queryables(layer: Layer, address: str) -> Schema:
    """What a layer may be asked for; anything else is refused.

    The geometry has a ``format`` and neither ``type`` nor ``$ref``
    (``/req/queryables/get-queryables-response``).
    """
    title = f"{layer.title}: what may be asked for"
    return {**_schema(layer, address, title, layer.fields, True), "additionalProperties": False}


def queryables_of_qgis(layer: Layer, address: str) -> Schema:
    """The same for QGIS, which takes for a geometry only what has a ``$ref``.

    See ``qgsoapifqueryablesrequest.cpp``: without it, no spatial expression reaches the server.
    """
    schema = queryables(layer, address)
    if layer.geometry is not None:
        schema["properties"][GEOMETRY]["$ref"] = _geojson_schema(layer.geometry)
    return schema


def sortables(layer: Layer, address: str) -> Schema:
    """What a layer may be sorted by; anything else is refused."""
    fields = [field for field in layer.fields if field.kind is not Kind.TEXTS]
    title = f"{layer.title}: what it may be sorted by"
    return {**_schema(layer, address, title, fields, False), "additionalProperties": False}


def feature_schema(layer: Layer, address: str) -> Schema:
    """The schema of one GeoJSON feature, from which GDAL takes the types of the fields.

    It does not list ``id``: GDAL would make a second field of it. Which values may be null is told
    by ``nullable``, for GDAL takes a type from a plain text alone.
    """
    properties = {
        field.name: _property(field, None) | ({"nullable": True} if field.nullable else {})
        for field in layer.fields
    }
    geometry: Schema = {"title": "Geometry", "nullable": True}
    if layer.geometry is None:
        geometry["type"] = "null"
    else:
        geometry["$ref"] = _geojson_schema(layer.geometry)
    return {
        "$schema": DIALECT,
        "$id": address,
        "title": f"{layer.title}: types of the fields of a GeoJSON feature",
        "description": (
            "Types as OpenAPI 3.0 writes them: where 'nullable' is true, the value may be null, "
            "which a plain validator of JSON Schema would refuse."
        ),
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            GEOMETRY: geometry,
            "properties": {"type": "object", "properties": properties},
        },
        "required": ["type", GEOMETRY, "properties"],
    }


def _schema(
    layer: Layer, address: str, title: str, fields: Iterable[Field], with_geometry: bool
) -> Schema:
    properties = {field.name: _property(field, number) for number, field in enumerate(fields, 1)}
    if with_geometry and layer.geometry is not None:
        properties[GEOMETRY] = {
            "title": "Geometry",
            "description": "WGS 84 longitude and latitude; null where the place is not known.",
            "format": f"geometry-{layer.geometry.lower()}",
            "x-ogc-role": "primary-geometry",
            "x-ogc-propertySeq": len(properties) + 1,
        }
    return {
        "$schema": DIALECT,
        "$id": address,
        "title": title,
        "description": layer.description,
        "type": "object",
        "properties": properties,
    }


def _geojson_schema(kind: str) -> str:
    return f"https://geojson.org/schema/{kind}.json"


def _property(field: Field, number: int | None) -> Schema:
    schema: Schema = {
        "title": field.title,
        "description": field.meaning,
        **value_schema(field),
    }
    if field.unit is not None:
        schema["x-ogc-unit"] = UCUM.get(field.unit, field.unit)
    if field.role is not None:
        schema["x-ogc-role"] = field.role.value
    if number is not None:
        schema["x-ogc-propertySeq"] = number
    return schema


def code_field(layer: Layer) -> str | None:
    """The field with the lasting name of a feature, which identifies it as well as its key does."""
    rows = rows_of(layer, None)
    if rows.code is None:
        return None
    return next((name for name, column in rows.columns.items() if column is rows.code), None)
