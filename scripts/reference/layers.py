"""The page of the layers and their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.layers.catalogue import LAYERS
from db.query import rows_of
from gis.fields import Kind, Role
from scripts.reference.markdown import code, heading, table
from scripts.reference.words import anchor_of

if TYPE_CHECKING:
    from db.layers.layer import Layer
    from gis.fields import Field

HEAD = """\
# Layers

A layer is a named published view. It is a *collection* of the API (its rows are *items*, its fields
are *queryables*), a table in QGIS, and what `liptako export` writes. Each is described once, in
`db/layers/`; the API, the files and this page are made from that description.

This page is made by the code (`scripts/reference/layers.py`): change it there, then run
`.venv/bin/python -m scripts.reference`.

What holds for every layer:

- **Missing is "not known".** Zero is a claim that there was none. Nothing is filled in.
- Geometries are longitude and latitude in degrees on WGS 84. Distances are geodesic, in metres.
- `crs` asks for the geometries of GeoJSON in another coordinate reference system, and `bbox-crs`
  says in which one `bbox` is stated. Systems are named by URI
  (`http://www.opengis.net/def/crs/EPSG/0/32631`), URN or CURIE (`[EPSG:32631]`), and the name
  decides the order of the axes: CRS84, the default, is longitude before latitude, EPSG:4326
  latitude before longitude, EPSG:3857 and the UTM zones 30 to 32 north (EPSG:32630 to 32632)
  easting before northing in metres. The header `Content-Crs` says what an answer is in. A box of
  another system finds what meets it in that system, where its edges are straight. A UTM zone
  reaches 75 degrees to either side of its meridian; beyond, a feature has no coordinates in it:
  its geometry is `null`, and no box of the zone finds it. A collection with such features says so:
  its member `crsReach` gives, for each system that does not reach all, the box that it does.
- Features come in a fixed order, the completest first. Clients guess the types of the fields from
  the first ones.
- Every field can be asked for as `field=value`, and sorted by: `sortby=field`, or
  `sortby=-field` for the greatest first. What is missing comes last in either direction.
- Each goes into a file of every format, over HTTP (`f=gpkg`, `parquet`, `xlsx`, `shp`, `kmz` ...)
  and by `liptako export`; [losses.md](losses.md) says what each format cannot keep.
- `bbox` finds the features that meet a box, and those without a geometry; `datetime` finds the
  features that share a moment with an interval, and those without a time. OGC API - Features
  demands both.
- `filter` finds the features of which an expression of CQL2 is true, as text or, with
  `filter-lang=cql2-json`, as JSON: `killed_low > 5 AND country IN ('NER','MLI')`,
  `CASEI(ACCENTI(adm1)) LIKE 'tillab%'`, `S_INTERSECTS(geometry, BBOX(0,14,4,16))`,
  `T_INTERSECTS(INTERVAL(event_start, event_end), INTERVAL('2019-12-01', '..'))`. Its names are the
  fields, and `geometry`. What is missing makes a comparison neither true nor false: it is found
  with `IS NULL`. A date that is compared with a moment is its whole day; functions of time compare
  whole seconds. Beyond the standard there are `within_distance(geometry, POINT(lon lat), metres)`
  on the ellipsoid; `certainly_within(polygon)` and `possibly_within(polygon)`, which heed the
  radius of a place; and `min_casualties(harm, person_status)` and `max_casualties(...)`, which keep
  open ends open. `/functions` lists them. `filter-crs` says in which system the geometries of a
  filter are, with the order of axes of its URI; edges are straight in that system.
- "At least 25 killed" is `min_casualties('killed')` 25 and `max_casualties('killed')` infinite:
  `>=` on the first finds what is certain, `>=` on the second what is possible, `<` on the second
  what is ruled out. Of "up to 9" the least is missing, not 0, for zero is a claim; where no figure
  is known both are, and it is found with `IS NULL` only.
- Incidents, claims, boundaries, regions and places whose source forbids redistribution are in no
  layer.

"""

_FORMS: tuple[tuple[Kind, str, str], ...] = (
    (Kind.TEXT, "text", "text"),
    (Kind.INTEGER, "whole number that is never missing", "`7`"),
    (
        Kind.COUNT,
        "whole number that may be missing",
        "`7.0`: old QGIS turns a missing whole number into 0, a missing real number it keeps",
    ),
    (Kind.NUMBER, "real number", "`7.5`"),
    (Kind.DATE, "day", '`"2019-12-10"`'),
    (
        Kind.DATETIME,
        "moment of local civil time",
        '`"2019-12-10T12:00:00Z"`: clients expect the Z; it is a label, not an offset',
    ),
    (Kind.TEXTS, "list of texts", '`["a", "b"]`'),
)

_ROLES = {Role.ID: "identifies", Role.START: "start of time", Role.END: "end of time"}


def layers_page() -> str:
    """``docs/layers.md``."""
    kinds = table(
        ("type", "meaning", "in GeoJSON"),
        ((code(kind.value), meaning, form) for kind, meaning, form in _FORMS),
    )
    shown = table(
        ("layer", "title", "geometry"),
        (
            (f"[`{layer.id}`](#{layer.id})", layer.title, layer.geometry or "none")
            for layer in LAYERS.values()
        ),
    )
    return HEAD + kinds + "\n" + shown + "".join(_section(layer) for layer in LAYERS.values())


def _section(layer: Layer) -> str:
    columns = ("field", "title", "type", "unit", "may be missing", "meaning")
    fields = table(columns, (_row(field) for field in layer.fields))
    return (
        heading(2, layer.id) + f"**{layer.title}.** {layer.description}\n\n{_time(layer)}{fields}"
    )


def _time(layer: Layer) -> str:
    rows = rows_of(layer, None)
    named = "Features have a lasting name besides their number: `items/<name>`.\n\n"
    lasting = "" if rows.code is None else named
    roles = [f"`{field.name}` ({_ROLES[field.role]})" for field in layer.fields if field.role]
    if rows.period is None:
        return f"{lasting}The layer has no time: `datetime` excludes nothing.\n\n"
    return f"{lasting}`datetime` compares with {' and '.join(roles)}.\n\n"


def _row(field: Field) -> tuple[str, ...]:
    return (
        code(field.name),
        field.title,
        field.kind.value,
        field.unit or "",
        "yes" if field.nullable else "no",
        field.meaning + _words(field),
    )


def _words(field: Field) -> str:
    if not field.words:
        return ""
    anchor = anchor_of(field.words)
    if anchor is not None:
        return f" One of [{anchor}](vocabulary.md#{anchor.lower()})."
    return f" One of {', '.join(code(word) for word in field.words)}."
