"""KML 2.2, and KMZ: for Google Earth, and for whoever wants to see time run.

A placemark has the interval of its feature as its span of time, open where that is open, its fields
with their titles, and the same fields for programs. A batch becomes text by columns, in C.

References
----------
OGC 07-147r2 (KML 2.2): 9.14 TimeSpan, 9.9 Schema and SchemaData; coordinates are longitude and
latitude on WGS 84, always.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from gis.errors import CrsMismatch
from gis.fields import Kind, Role
from gis.formats.archive import write_archive
from gis.formats.arrow import moment_texts, record_batch
from gis.formats.format import NOT_FINITE, Format, GeometryForm, Loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gis.fields import Field
    from gis.formats.features import Batch, Colophon, Features

STYLE = "feature"
SCHEMA = "fields"

DOCUMENT = "doc.kml"
"""Name of the document in a KMZ."""

NAMES = ("title", "name", "label")
"""Fields of which the first that a layer has is the name of its placemarks; else the first text."""

_TYPES = {Kind.INTEGER: "int", Kind.COUNT: "int", Kind.NUMBER: "double"}
"""Types of a schema; KML has none for dates."""

_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
"""What XML 1.0 cannot hold (section 2.2); it is left out."""
_ILLEGAL_HERE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<name>{title}</name>
<description>{about}</description>
<Style id="{style}">
<IconStyle><color>ff1c3ae0</color><scale>0.7</scale><Icon>\
<href>https://maps.google.com/mapfiles/kml/shapes/placemark_circle.png</href></Icon></IconStyle>
<LabelStyle><scale>0</scale></LabelStyle>
<LineStyle><color>ff1c3ae0</color><width>2</width></LineStyle>
<PolyStyle><color>401c3ae0</color></PolyStyle>
<BalloonStyle><text>&lt;h3&gt;$[name]&lt;/h3&gt;{balloon}</text></BalloonStyle>
</Style>
<Schema id="{schema}" name={layer}>
{fields}</Schema>
"""
_TAIL = b"</Document></kml>\n"


def write(path: Path, features: Features, colophon: Colophon) -> None:
    """Write a KML.

    Raises
    ------
    CrsMismatch
        The coordinates are not longitude and latitude.
    OSError
        The disk is full.
    """
    if not features.system.is_wgs84:
        raise CrsMismatch(features.system.uri, "a KML has longitude and latitude on WGS 84")
    with path.open("wb") as file:
        file.write(_head(features, colophon))
        for batch in features:
            file.write(_placemarks(features, batch))
        file.write(_TAIL)


def write_zipped(path: Path, features: Features, colophon: Colophon) -> None:
    """Write a KMZ: a KML in a zip archive.

    Raises
    ------
    CrsMismatch, OSError
        As of :func:`write`.
    """
    document = path.parent / f"{path.name}.kml"
    write(document, features, colophon)
    write_archive(path, {DOCUMENT: document})


def _head(features: Features, colophon: Colophon) -> bytes:
    kinds = [(f, _TYPES.get(f.kind, "string")) for f in features.fields]
    fields = "".join(
        f'<SimpleField type="{kind}" name={quoteattr(f.name)}>'
        f"<displayName>{_escaped(f.title)}</displayName></SimpleField>\n"
        for f, kind in kinds
    )
    balloon = "".join(
        f"{_escaped(escape(f.title))}: $[{SCHEMA}/{f.name}]&lt;br/&gt;" for f in features.fields
    )
    return _HEAD.format(
        title=_escaped(colophon.title),
        about=_escaped(_about(colophon)),
        layer=quoteattr(colophon.layer),
        style=STYLE,
        schema=SCHEMA,
        fields=fields,
        balloon=balloon,
    ).encode()


def _about(colophon: Colophon) -> str:
    """What stands at the head, where licences and attributions are not known yet."""
    state = f"{colophon.state} Query: {colophon.query}."
    return f"{colophon.description}\n\n{state} Each placemark names its licence and attribution."


def _placemarks(features: Features, batch: Batch) -> bytes:
    rows = record_batch(features, batch)
    key, *values = rows.columns
    geometries = values.pop(0) if features.geometry is not None else None
    texts = [_texts(column) for column in values]
    named = _name_place(features.fields)
    pieces: list[Any] = [
        _within('<Placemark id="', key.cast(pa.string()), '">'),
        *([] if named is None else [_within("<name>", texts[named], "</name>")]),
        *_span(features.fields, texts),
        f'<styleUrl>#{STYLE}</styleUrl><ExtendedData><SchemaData schemaUrl="#{SCHEMA}">',
        *(
            _within(f"<SimpleData name={quoteattr(field.name)}>", text, "</SimpleData>")
            for field, text in zip(features.fields, texts, strict=True)
        ),
        "</SchemaData></ExtendedData>",
        *([] if geometries is None else [_geometries(features, geometries)]),
        "</Placemark>\n",
    ]
    lines = pc.binary_join_element_wise(*pieces, "", null_handling="replace", null_replacement="")
    return "".join(lines.to_pylist()).encode()


def _within(before: str, texts: pa.Array, after: str) -> pa.Array:
    """A text between two others; missing where it is."""
    return pc.binary_join_element_wise(before, texts, after, "")


def _texts(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return moment_texts(column)
    if not pa.types.is_string(column.type):
        return column.cast(pa.string())
    for special, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        column = pc.replace_substring(column, special, instead)
    return pc.replace_substring_regex(column, _ILLEGAL, "")


def _escaped(text: str) -> str:
    return escape(_ILLEGAL_HERE.sub("", text), {"\r": "&#13;"})


def _name_place(fields: Sequence[Field]) -> int | None:
    """Which of the fields is the name of a placemark."""
    names = [field.name for field in fields]
    of_text = [place for place, field in enumerate(fields) if field.kind is Kind.TEXT]
    return next((names.index(name) for name in NAMES if name in names), next(iter(of_text), None))


def _span(fields: Sequence[Field], texts: Sequence[pa.Array]) -> Iterator[pa.Array]:
    """The span of time, with as many of its ends as are known; none where none is."""
    ends = [
        _within(f"<{tag}>", text, f"</{tag}>")
        for role, tag in ((Role.START, "begin"), (Role.END, "end"))
        for field, text in zip(fields, texts, strict=True)
        if field.role is role
    ]
    if not ends:
        return
    known = pc.is_valid(ends[0])
    for end in ends[1:]:
        known = pc.or_(known, pc.is_valid(end))
    both = pc.binary_join_element_wise(
        "<TimeSpan>", *ends, "</TimeSpan>", "", null_handling="replace", null_replacement=""
    )
    yield pc.if_else(known, both, pa.scalar(None, pa.string()))


def _geometries(features: Features, geometries: pa.Array) -> pa.Array:
    shapes = shapely.from_wkb(geometries.to_numpy(zero_copy_only=False))
    if features.geometry == "Point":
        here = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
        lon, lat = (pa.array(axis(shapes)).cast(pa.string()) for axis in (_x, _y))
        text = pc.binary_join_element_wise("<Point><coordinates>", lon, ",", lat, _POINT_END, "")
        return pc.if_else(pa.array(here), text, pa.scalar(None, pa.string()))
    return pa.array([None if shape is None else _geometry(shape) for shape in shapes], pa.string())


_x, _y = shapely.get_x, shapely.get_y
_POINT_END = "</coordinates></Point>"


def _geometry(shape: shapely.Geometry) -> str:
    if shape.is_empty:
        return "<MultiGeometry></MultiGeometry>"
    if shape.geom_type == "Polygon":
        outer = f"<outerBoundaryIs>{_line('LinearRing', shape.exterior)}</outerBoundaryIs>"
        inner = (
            f"<innerBoundaryIs>{_line('LinearRing', ring)}</innerBoundaryIs>"
            for ring in shape.interiors
        )
        return f"<Polygon>{outer}{''.join(inner)}</Polygon>"
    if shape.geom_type in ("Point", "LineString"):
        return _line(shape.geom_type, shape)
    return f"<MultiGeometry>{''.join(map(_geometry, shape.geoms))}</MultiGeometry>"


def _line(tag: str, shape: shapely.Geometry) -> str:
    places = " ".join(f"{lon!r},{lat!r}" for lon, lat in shapely.get_coordinates(shape).tolist())
    # Lines follow the ground: a chord of a long border would cut through it.
    follows = "" if tag == "Point" else "<tessellate>1</tessellate>"
    return f"<{tag}>{follows}<coordinates>{places}</coordinates></{tag}>"


_LOSSES = (
    Loss("Dates, moments and lists", "They are texts: RFC 3339, and JSON arrays."),
    Loss(
        "What a missing end of an interval means",
        "The span of time is open there, whether the end is unknown or has not come.",
    ),
    Loss(
        "A reference system other than longitude and latitude on WGS 84", "Nothing else is written."
    ),
    Loss(
        "Characters that XML has not (control characters)",
        "They are left out; all others are kept.",
    ),
    Loss(
        "Meanings and units of the fields",
        "Names and titles are written; a unit that is no count stands in the name (`radius_m`).",
    ),
    Loss(
        "Licences as a whole",
        "They are left out. Licence and attribution are fields of every placemark.",
    ),
    NOT_FINITE,
)

KML = Format(
    id="kml",
    title="KML",
    extension="kml",
    media_type="application/vnd.google-earth.kml+xml",
    geometry=GeometryForm.WKB,
    write=write,
    losses=_LOSSES,
)
KMZ = Format(
    id="kmz",
    title="KMZ (zipped KML)",
    extension="kmz",
    media_type="application/vnd.google-earth.kmz",
    geometry=GeometryForm.WKB,
    write=write_zipped,
    losses=_LOSSES,
)
