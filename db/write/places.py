"""Places and their names, boundaries, regions: rows in, by staging and upsert.

Each function takes all rows of one load, writes what differs, and opens no transaction of its own.
Geometries are shapely's, WGS 84, lon/lat in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely
from sqlalchemy import select

from db.errors import DbError
from db.models.base import SRID
from db.models.places import Place
from db.models.sources import Source
from db.write.upsert import Target, Written, upsert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from shapely.geometry.base import BaseGeometry
    from sqlalchemy import Connection
    from sqlalchemy.dialects.postgresql import Range

    from db.vocabulary import BoundaryKind

BOUNDARY = Target(
    table="boundary",
    keys=("source_id", "edition", "kind", "code"),
    values=("name", "country", "neighbour", "parent", "valid", "note", "geom"),
    scope=("source_id", "edition", "kind"),
    label="code",
)
REGION = Target(
    table="region",
    keys=("code", "variant"),
    values=("title", "definition", "area_km2", "source_id", "edition", "geom"),
    scope=("code",),
    label="variant",
)
PLACE = Target(
    table="place",
    keys=("code",),
    values=(
        "name",
        "feature_class",
        "feature_code",
        "country",
        "adm1",
        "adm2",
        "population",
        "modified",
        "wof_id",
        "wikidata",
        "note",
        "source_id",
        "geom",
    ),
    scope=("source_id",),
    label="code",
)
NAME = Target(
    table="place_name",
    keys=("place_id", "name"),
    values=("confidence", "reason"),
    scope=("place_id",),
    label="name",
)


class UnknownCode(DbError):
    """A row names a source or a place that is not in the database."""

    def __init__(self, noun: str, codes: Iterable[str]) -> None:
        self.noun = noun
        self.codes = tuple(sorted(codes))
        named = ", ".join(map(repr, self.codes[:5])) + (", ..." if len(self.codes) > 5 else "")
        super().__init__(f"no {noun} of the code {named} is in the database: load it first")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryRow:
    """One row of ``boundary``; ``source`` is the code of the source.

    ``geometry`` is a MultiLineString for a border, a Point for a tripoint, otherwise a
    MultiPolygon.
    """

    kind: BoundaryKind
    code: str
    name: str
    source: str
    edition: str
    geometry: BaseGeometry
    country: str | None = None
    neighbour: str | None = None
    parent: str | None = None
    valid: Range[date] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionRow:
    """One row of ``region``; ``area_km2`` is geodesic."""

    code: str
    variant: str
    title: str
    definition: str
    area_km2: float
    source: str
    edition: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow:
    """One row of ``place``; ``lon`` and ``lat`` in degrees."""

    code: str
    name: str
    feature_class: str
    source: str
    lon: float
    lat: float
    feature_code: str | None = None
    country: str | None = None
    adm1: str | None = None
    adm2: str | None = None
    population: int | None = None
    modified: date | None = None
    wof_id: int | None = None
    wikidata: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRow:
    """One row of ``place_name``; ``place`` is the code of the place."""

    place: str
    name: str
    confidence: str | None = None
    reason: str | None = None


def write_boundaries(connection: Connection, rows: Sequence[BoundaryRow]) -> Written:
    """Write boundaries; what a complete (source, edition, kind) no longer has is told as absent.

    Raises
    ------
    UnknownCode
        A row names a source that is not there.
    """
    sources = source_ids(connection, {row.source for row in rows})
    shapes = _ewkb([row.geometry for row in rows])
    cells = (
        (
            *(sources[row.source], row.edition, row.kind.value, row.code),
            *(row.name, row.country, row.neighbour, row.parent),
            *(None if row.valid is None else str(row.valid), row.note, shape),
        )
        for row, shape in zip(rows, shapes, strict=True)
    )
    return upsert(connection, BOUNDARY, cells)


def write_regions(connection: Connection, rows: Sequence[RegionRow]) -> Written:
    """Write the variants of regions; raises :class:`UnknownCode` for a source not there."""
    sources = source_ids(connection, {row.source for row in rows})
    shapes = _ewkb([row.geometry for row in rows])
    cells = (
        (
            *(row.code, row.variant, row.title, row.definition, row.area_km2),
            *(sources[row.source], row.edition, shape),
        )
        for row, shape in zip(rows, shapes, strict=True)
    )
    return upsert(connection, REGION, cells)


def write_places(connection: Connection, rows: Sequence[PlaceRow]) -> Written:
    """Write places of a gazetteer; raises :class:`UnknownCode` for a source not there."""
    sources = source_ids(connection, {row.source for row in rows})
    # All points at once: one by one they take longer than everything else here.
    shapes = _ewkb(shapely.points([row.lon for row in rows], [row.lat for row in rows]))
    cells = (
        (
            *(row.code, row.name, row.feature_class, row.feature_code),
            *(row.country, row.adm1, row.adm2, row.population, row.modified),
            *(row.wof_id, row.wikidata, row.note, sources[row.source], shape),
        )
        for row, shape in zip(rows, shapes, strict=True)
    )
    return upsert(connection, PLACE, cells)


def write_names(connection: Connection, rows: Sequence[NameRow]) -> Written:
    """Write other names of places; raises :class:`UnknownCode` for a place not there."""
    codes = {row.place for row in rows}
    found = connection.execute(
        select(Place.code, Place.place_id).where(Place.code.in_(codes))
        if len(codes) < 1000
        # A list that names most of a gazetteer is slower to send than the whole is to read.
        else select(Place.code, Place.place_id)
    )
    places = {row.code: row.place_id for row in found}
    if unknown := codes - places.keys():
        raise UnknownCode("place", unknown)
    cells = ((places[row.place], row.name, row.confidence, row.reason) for row in rows)
    return upsert(connection, NAME, cells)


def source_ids(connection: Connection, codes: Iterable[str]) -> dict[str, int]:
    """The numbers of sources by their codes; raises :class:`UnknownCode` if one is not there."""
    wanted = set(codes)
    found = connection.execute(select(Source.code, Source.source_id).where(Source.code.in_(wanted)))
    numbers = {row.code: row.source_id for row in found}
    if unknown := wanted - numbers.keys():
        raise UnknownCode("source", unknown)
    return numbers


def source_terms(connection: Connection, code: str) -> tuple[str, str] | None:
    """Licence and attribution of a source; ``None`` for one that is not there."""
    terms = select(Source.licence, Source.attribution).where(Source.code == code)
    found = connection.execute(terms).one_or_none()
    return None if found is None else (found.licence, found.attribution)


def _ewkb(shapes: Sequence[BaseGeometry]) -> Iterator[str]:
    """Hexadecimal EWKB of each geometry, with its reference system."""
    return iter(shapely.to_wkb(shapely.set_srid(shapes, SRID), hex=True, include_srid=True))
