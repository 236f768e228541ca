"""How the features of a layer are written, in each form: what is read, and rows -> bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from api.media import MADE, Form
from db.export import widened
from db.query import Shape, selected_fields, sort_kinds
from gis import geojson, jsonfg
from gis.export import FORMATS
from gis.fields import Role
from gis.formats import csv_rows, flatgeobuf
from gis.formats.features import Features
from gis.formats.geojson_text import text_sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from api.links import Base
    from db.layers.layer import Layer
    from db.query import LayerQuery
    from db.read import Row
    from gis.reference_systems import ReferenceSystem

EXTENSIONS = {
    Form.JSON: "geojson",
    Form.JSONFG: "fg.json",
    Form.SEQUENCE: "geojsons",
    Form.LINES: "geojsonl",
    Form.CSV: "csv",
    Form.FLATGEOBUF: "fgb",
    **{form: FORMATS[form.value].extension for form in MADE},
}
"""Endings of files; GDAL knows each of them."""


@dataclass(frozen=True, slots=True)
class Representation:
    """How features are written.

    Parameters
    ----------
    query : LayerQuery
        What must be read: the query that was asked, widened by the fields that the form always has.
    shape : Shape
        In which the geometries are read.
    part : callable
        What becomes of a batch of rows, which is not empty.
    body : callable
        Parts, and what gives the members behind the features (JSON without braces; for documents
        that have such) -> the chunks of the body.
    """

    query: LayerQuery
    shape: Shape
    part: Callable[[Sequence[Row]], bytes]
    body: Callable[[Iterable[bytes], Callable[[], bytes]], Iterator[bytes]]


def representation(
    form: Form, base: Base, layer: Layer, query: LayerQuery, system: ReferenceSystem
) -> Representation:
    """How the features that a query asks for are written in a form other than HTML."""
    if form is Form.JSON:
        encoder = geojson.FeatureEncoder(selected_fields(layer, query), _lead(layer, query))
        return Representation(query, Shape.GEOJSON, encoder.members, geojson.collection)
    if form is Form.JSONFG:
        return _jsonfg(base, layer, query, system)
    query = widened(layer, query)
    fields, lead = selected_fields(layer, query), _lead(layer, query)
    if form in (Form.SEQUENCE, Form.LINES):
        lines = geojson.FeatureEncoder(fields, lead).lines
        if form is Form.LINES:
            return Representation(query, Shape.GEOJSON, lines, _after(b""))
        return Representation(
            query, Shape.GEOJSON, lambda rows: text_sequence(lines(rows)), _after(b"")
        )
    geometry = layer.geometry if query.with_geometry else None
    shown = Features((), fields, geometry, lead=lead, system=system)
    if form is Form.CSV:
        return Representation(
            query,
            Shape.WKB,
            lambda rows: csv_rows.lines(shown, rows),
            _after(csv_rows.header(shown)),
        )
    return Representation(
        query,
        Shape.WKB,
        lambda rows: flatgeobuf.records(shown, rows, layer.id),
        _after(flatgeobuf.header(shown, layer.id)),
    )


def jsonfg_about(base: Base, layer: Layer, system: ReferenceSystem) -> dict[str, object]:
    """What a JSON-FG document of a layer says of itself."""
    schema = base.href(f"/collections/{layer.id}/schema")
    return jsonfg.about(layer.id, schema, layer.geometry, system)


def with_time(layer: Layer, query: LayerQuery) -> LayerQuery:
    """The query with the fields of the feature's interval, of which JSON-FG makes its time."""
    if query.properties is None:
        return query
    ends = (field.name for field in layer.fields if field.role in (Role.START, Role.END))
    return replace(query, properties=(*query.properties, *ends))


def _jsonfg(base: Base, layer: Layer, query: LayerQuery, system: ReferenceSystem) -> Representation:
    wide = with_time(layer, query)
    encoder = jsonfg.JsonFgEncoder(
        selected_fields(layer, wide), selected_fields(layer, query), _lead(layer, wide), system
    )
    about = jsonfg_about(base, layer, system)

    def body(parts: Iterable[bytes], tail: Callable[[], bytes]) -> Iterator[bytes]:
        return jsonfg.collection(parts, about, tail)

    return Representation(wide, Shape.GEOJSON, encoder.members, body)


def _lead(layer: Layer, query: LayerQuery) -> int:
    return len(sort_kinds(layer, query))


def _after(head: bytes) -> Callable[[Iterable[bytes], Callable[[], bytes]], Iterator[bytes]]:
    """A body that is its parts behind a head."""

    def body(parts: Iterable[bytes], _: Callable[[], bytes]) -> Iterator[bytes]:
        return geojson.chunked(chain((head,), parts))

    return body
