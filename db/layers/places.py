"""Where things are: borders, administrative units, regions of study, named places."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Date, cast, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from db.history import as_of
from db.layers.layer import Column, Layer, Rows, may_leave
from db.layers.recurring import ATTRIBUTION, LICENCE
from db.models.places import Boundary, Place, PlaceName, Region
from db.models.sources import Source
from db.vocabulary import BoundaryKind
from gis.fields import Field, Kind

if TYPE_CHECKING:
    from sqlalchemy import FromClause

_ORIGIN = (
    Field("boundary_source", Kind.TEXT, "Source", "Whose outline it is.", nullable=False),
    Field("edition", Kind.TEXT, "Edition", "Edition of that source.", nullable=False),
    Field("valid_from", Kind.DATE, "Valid from", "First day in force; missing is not stated."),
    Field("valid_until", Kind.DATE, "Valid until", "Last day in force; missing is not stated."),
    Field("note", Kind.TEXT, "Note", "What the source or the loader remarks."),
    LICENCE,
    ATTRIBUTION,
)

_BORDER_FIELDS = (
    Field("border", Kind.TEXT, "Border", "Codes of the countries on either side.", nullable=False),
    Field("name", Kind.TEXT, "Name", "Names of the countries.", nullable=False),
    Field("country", Kind.TEXT, "Country", "ISO 3166-1 alpha-3."),
    Field("neighbour", Kind.TEXT, "Neighbour", "ISO 3166-1 alpha-3."),
    *_ORIGIN,
)

_UNIT_FIELDS = (
    Field("code", Kind.TEXT, "Code", "The source's own code, within its edition.", nullable=False),
    Field("name", Kind.TEXT, "Name", "Name of the unit.", nullable=False),
    Field(
        "level",
        Kind.TEXT,
        "Level",
        "adm0 a country, adm1 first level, adm2 second level.",
        nullable=False,
        words=(BoundaryKind.ADM0.value, BoundaryKind.ADM1.value, BoundaryKind.ADM2.value),
    ),
    Field("country", Kind.TEXT, "Country", "ISO 3166-1 alpha-3."),
    Field("parent", Kind.TEXT, "Part of", "Unit of the level above."),
    *_ORIGIN,
)


def _boundary_rows(
    kinds: tuple[BoundaryKind, ...], fields: tuple[Field, ...], version: int | None
) -> Rows:
    boundary = as_of(Boundary, version).alias("boundary")
    source = as_of(Source, version).alias("source")
    columns: dict[str, Column] = {
        **{name: boundary.c[name] for name in ("code", "name", "country", "neighbour", "parent")},
        "border": boundary.c.code,
        "level": boundary.c.kind,
        "boundary_source": source.c.name,
        "edition": boundary.c.edition,
        "valid_from": func.lower(boundary.c.valid),
        "valid_until": _last_day(boundary.c.valid),
        "note": boundary.c.note,
        "licence": source.c.licence,
        "attribution": source.c.attribution,
    }
    return Rows(
        source=_with_source(boundary, source),
        key=boundary.c.boundary_id,
        columns={field.name: columns[field.name] for field in fields},
        order=(boundary.c.boundary_id,),
        geometry=boundary.c.geom,
        where=(
            boundary.c.kind.in_([kind.value for kind in kinds]),
            may_leave(boundary.c.source_id, version),
        ),
    )


def _last_day(valid: Column) -> Column:
    return cast(func.upper(valid) - 1, Date)


def _with_source(table: FromClause, source: FromClause) -> FromClause:
    return table.outerjoin(source, source.c.source_id == table.c.source_id)


BORDERS = Layer(
    id="borders",
    title="Borders",
    description=(
        "International border lines, one feature a pair of countries and boundary source. The "
        "sources disagree, by up to ten kilometres in places; none is the truth."
    ),
    fields=_BORDER_FIELDS,
    geometry="MultiLineString",
    rows=partial(_boundary_rows, (BoundaryKind.BORDER,), _BORDER_FIELDS),
    keywords=("borders", "boundaries"),
)

ADMIN_UNITS = Layer(
    id="admin-units",
    title="Administrative units",
    description=(
        "Countries and units of the first and second level, by source and edition. Reforms moved "
        "and renamed units; a code means something within its edition only."
    ),
    fields=_UNIT_FIELDS,
    geometry="MultiPolygon",
    rows=partial(
        _boundary_rows, (BoundaryKind.ADM0, BoundaryKind.ADM1, BoundaryKind.ADM2), _UNIT_FIELDS
    ),
    keywords=("administrative units", "boundaries", "regions", "provinces", "cercles"),
)

_REGION_FIELDS = (
    Field("region", Kind.TEXT, "Region", "Name of the region.", nullable=False),
    Field("variant", Kind.TEXT, "Variant", "Which delimitation of it.", nullable=False),
    Field("title", Kind.TEXT, "Title", "For people.", nullable=False),
    Field("definition", Kind.TEXT, "Definition", "How it is delimited.", nullable=False),
    Field("area_km2", Kind.NUMBER, "Area", "Geodesic area.", unit="km2", nullable=False),
    Field("edition", Kind.TEXT, "Edition", "Edition of the outlines.", nullable=False),
    LICENCE,
    ATTRIBUTION,
)


def _region_rows(version: int | None) -> Rows:
    region = as_of(Region, version).alias("region")
    source = as_of(Source, version).alias("source")
    columns: dict[str, Column] = {
        **{name: region.c[name] for name in ("variant", "title", "definition", "area_km2")},
        "region": region.c.code,
        "edition": region.c.edition,
        "licence": source.c.licence,
        "attribution": source.c.attribution,
    }
    return Rows(
        source=_with_source(region, source),
        key=region.c.region_id,
        columns={field.name: columns[field.name] for field in _REGION_FIELDS},
        order=(region.c.region_id,),
        geometry=region.c.geom,
        where=(may_leave(region.c.source_id, version),),
    )


REGIONS = Layer(
    id="regions",
    title="Regions of study",
    description=(
        "Liptako-Gourma in its several delimitations: labelled filters, none a legal limit, and "
        "none a limit of what the database holds."
    ),
    fields=_REGION_FIELDS,
    geometry="MultiPolygon",
    rows=_region_rows,
    keywords=("Liptako-Gourma", "region"),
)

_PLACE_FIELDS = (
    Field("place", Kind.TEXT, "Place", "Gazetteer and its key there.", nullable=False),
    Field("name", Kind.TEXT, "Name", "Name in the gazetteer.", nullable=False),
    Field("other_names", Kind.TEXT, "Other names", "Alternate names and press spellings."),
    Field(
        "feature_class",
        Kind.TEXT,
        "Class",
        "GeoNames class: P populated place, H water, S site, L area, T relief, A unit.",
        nullable=False,
    ),
    Field("feature_code", Kind.TEXT, "Kind", "GeoNames code: PPL, WLL, CMP ..."),
    Field("country", Kind.TEXT, "Country", "ISO 3166-1 alpha-3."),
    Field("adm1", Kind.TEXT, "First-level unit", "As in the gazetteer."),
    Field("adm2", Kind.TEXT, "Second-level unit", "As in the gazetteer."),
    Field("population", Kind.COUNT, "Population", "Missing is not known.", unit="person"),
    Field("modified", Kind.DATE, "Modified", "Day on which the gazetteer last changed it."),
    Field("wikidata", Kind.TEXT, "Wikidata", "Identifier in Wikidata."),
    Field("note", Kind.TEXT, "Note", "A known fault of the gazetteer."),
    LICENCE,
    ATTRIBUTION,
)


def _place_rows(version: int | None) -> Rows:
    place = as_of(Place, version).alias("place")
    source = as_of(Source, version).alias("source")
    name = as_of(PlaceName, version).alias("other_name")
    others = (
        select(
            func.string_agg(name.c.name, aggregate_order_by(literal("; "), name.c.place_name_id))
        )
        .where(name.c.place_id == place.c.place_id)
        .scalar_subquery()
    )
    own = (
        "name feature_class feature_code country adm1 adm2 population modified wikidata note"
    ).split()
    columns: dict[str, Column] = {
        **{name: place.c[name] for name in own},
        "place": place.c.code,
        "other_names": others,
        "licence": source.c.licence,
        "attribution": source.c.attribution,
    }
    return Rows(
        source=_with_source(place, source),
        key=place.c.place_id,
        columns={field.name: columns[field.name] for field in _PLACE_FIELDS},
        order=(place.c.missing, place.c.place_id),
        geometry=place.c.geom,
        code=place.c.code,
        where=(may_leave(place.c.source_id, version),),
        gathered=(PlaceName.__table__.c.place_id,),
    )


PLACES = Layer(
    id="places",
    title="Places",
    description=(
        "The gazetteer by which places are coded: towns, villages, wells, camps, hills. A point is "
        "where the gazetteer puts a name, not where anything happened."
    ),
    fields=_PLACE_FIELDS,
    geometry="Point",
    rows=_place_rows,
    keywords=("gazetteer", "places", "GeoNames"),
)
