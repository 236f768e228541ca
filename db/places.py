"""Questions about places: a place by its code, the box of a country, the unit around a point.

All of them answer for many rows in one statement. What is not there is left out of the answer or is
``None``; nothing is guessed, and no nearest unit stands in for a missing one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from db.models.base import HISTORY_SCHEMA, SCHEMA, SRID
from gis.bbox import BBox

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import Connection, TextClause

SHARE_ALIKE = ("ODbL%", "CC BY-SA%", "CC-BY-SA%")
"""Licences, as SQL patterns, that a copied outline would carry over to the rows it is copied to."""

# Words that say what a unit is: "Gao region", "Cercle d'Ansongo", "Région de Gao", all are Gao.
_UNIT_WORDS = frozenset(
    "region province cercle circle department departement district d de du des of the".split()
)

_PLACES = text(f"""
SELECT code, place_id, ST_X(geom) AS lon, ST_Y(geom) AS lat, country, adm1, adm2
FROM {SCHEMA}.place WHERE code = ANY(:codes)""")

_BORDERS = text(f"SELECT DISTINCT code FROM {SCHEMA}.boundary WHERE kind = 'border'")

_BOXES = text(f"""
SELECT code, ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (SELECT code, ST_Extent(geom) AS box FROM {SCHEMA}.boundary WHERE kind = 'adm0' GROUP BY code)
  AS country
ORDER BY code""")

# The unit whose days are known to include the day comes before one whose days are not known, and
# the newest edition before the others.
_CONTAINING = text(f"""
SELECT DISTINCT ON (asked.number, unit.kind)
  asked.number, unit.boundary_id, unit.kind, unit.code, unit.name, source.code AS source,
  unit.edition, coalesce(unit.valid @> asked.day, false) AS in_force
FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[]), CAST(:days AS date[]))
  WITH ORDINALITY AS asked (lon, lat, day, number)
JOIN {SCHEMA}.boundary unit
  ON ST_Intersects(unit.geom, ST_SetSRID(ST_MakePoint(asked.lon, asked.lat), {SRID}))
 AND unit.kind IN ('adm1', 'adm2') AND (unit.valid IS NULL OR unit.valid @> asked.day)
JOIN {SCHEMA}.source USING (source_id)
ORDER BY asked.number, unit.kind, in_force DESC, unit.edition DESC, unit.boundary_id""")

_UNITS = """
SELECT asked.number, unit.boundary_id, unit.kind, unit.code, unit.name, source.code AS source,
  unit.edition, coalesce(unit.valid @> asked.day, false) AS in_force
FROM unnest(CAST(:countries AS text[]), CAST(:kinds AS text[]), CAST(:days AS date[]))
  WITH ORDINALITY AS asked (country, kind, day, number)
JOIN {boundary} unit ON unit.kind = asked.kind AND unit.country = asked.country
  AND (asked.day IS NULL OR unit.valid IS NULL OR unit.valid @> asked.day)
JOIN {source} source USING (source_id)
WHERE NOT source.licence LIKE ANY(:excluded)
ORDER BY asked.number, in_force DESC, unit.edition DESC, unit.boundary_id"""

_FORMER = """(
  SELECT {columns} FROM {current} WHERE since_version <= :version
  UNION ALL
  SELECT {columns} FROM {former} WHERE since_version <= :version AND until_version > :version)"""

_READ = {
    "boundary": "boundary_id, kind, code, name, country, edition, valid, source_id",
    "source": "source_id, code, licence",
}


class FoundPlace(NamedTuple):
    """A place of the gazetteer; ``lon`` and ``lat`` in degrees."""

    place_id: int
    lon: float
    lat: float
    country: str | None
    adm1: str | None
    adm2: str | None


class NamedUnit(NamedTuple):
    """A unit as somebody names it: country (ISO 3166-1 alpha-3), level, name, and a day."""

    country: str
    kind: str
    name: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit.

    ``in_force`` is true where the day asked for lies within the unit's validity. It is false where
    its validity is not known, or no day was asked for: then it is the unit of the newest such
    edition, and may have been drawn otherwise at the time.
    """

    boundary_id: int
    kind: str
    code: str
    name: str
    source: str
    edition: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class Units:
    """The units around a point; ``None`` where no map is known to hold on the day."""

    adm1: Unit | None = None
    adm2: Unit | None = None


def place_by_code(connection: Connection, codes: Collection[str]) -> dict[str, FoundPlace]:
    """Places by the code of their gazetteer (``geonames:2443230``); unknown codes are left out."""
    rows = connection.execute(_PLACES, {"codes": sorted(set(codes))})
    return {code: FoundPlace(*rest) for code, *rest in rows}


def country_boxes(connection: Connection) -> dict[str, BBox]:
    """The box of each country (ISO 3166-1 alpha-3) around all outlines of it, of whatever source.

    No country that crosses the antimeridian has a box of use here: it spans the Earth.
    """
    rows = connection.execute(_BOXES)
    return {code: BBox(*edges) for code, *edges in rows}


def border_codes(connection: Connection) -> frozenset[str]:
    """The codes by which borders are known (``MLI-NER``), of whatever source."""
    return frozenset(connection.scalars(_BORDERS))


def units_containing(
    connection: Connection, points: Sequence[tuple[float, float, date]]
) -> list[Units]:
    """The units around each point on its day.

    Parameters
    ----------
    connection : Connection
    points : sequence of (lon, lat, day)
        Degrees, WGS 84.

    Returns
    -------
    list of Units
        One for each point, in their order. A unit in force on the day comes before one whose
        validity is unknown, the newest edition before others; a map that is known not to hold on
        the day is never used. Empty for no points.
    """
    asked = {
        # The driver sends no list in which whole numbers stand among others.
        "lons": [float(lon) for lon, _, _ in points],
        "lats": [float(lat) for _, lat, _ in points],
        "days": [day for _, _, day in points],
    }
    found: list[dict[str, Unit]] = [{} for _ in points]
    for number, *unit in connection.execute(_CONTAINING, asked):
        found[number - 1][unit[1]] = Unit(*unit)
    return [Units(**units) for units in found]


def unit_named(
    connection: Connection,
    country: str,
    kind: str,
    name: str,
    *,
    day: date | None = None,
    share_alike: bool = False,
) -> Unit | None:
    """The unit of a country that goes by a name, accents and "region of" apart.

    Parameters
    ----------
    connection : Connection
    country : str
        ISO 3166-1 alpha-3.
    kind : str
        ``adm1`` or ``adm2``.
    name : str
        As any source writes it: "Tillabéri", "Tillaberi region", "Région de Tillabéri".
    day : date, optional
        On which the unit must not be known to be out of force; any edition will do without it.
    share_alike : bool
        Whether outlines may be used whose licence carries over to what they are copied into.

    Returns
    -------
    Unit or None
        Nothing for an unknown name, and for a name that two units of one edition share.
    """
    asked = NamedUnit(country, kind, name, day)
    return units_named(connection, [asked], share_alike=share_alike)[asked]


def units_named(
    connection: Connection,
    asked: Collection[NamedUnit],
    *,
    share_alike: bool = False,
    version: int | None = None,
) -> dict[NamedUnit, Unit | None]:
    """The units that go by many names, each as by :func:`unit_named`, in one statement.

    At a version of the data, if one is given: of the units and their sources as they were then.
    """
    places = sorted({(one.country, one.kind, one.day) for one in asked}, key=str)
    columns = list(zip(*places, strict=True)) if places else [()] * 3
    chosen: dict[str, Any] = {
        "countries": list(columns[0]),
        "kinds": list(columns[1]),
        "days": list(columns[2]),
        "excluded": [] if share_alike else list(SHARE_ALIKE),
    }
    if version is not None:
        chosen["version"] = version
    units: defaultdict[tuple[Any, str], list[Unit]] = defaultdict(list)
    for number, *row in connection.execute(_units(version), chosen):
        unit = Unit(*row)
        # The last part of a code is the name that the source itself goes by: "MLI/Timbuktu".
        for called in {folded(unit.name), folded(unit.code.rpartition("/")[2])}:
            units[places[number - 1], called].append(unit)
    found = {}
    for one in asked:
        called = folded(one.name)
        named = units.get(((one.country, one.kind, one.day), called), [])
        found[one] = _unrivalled(named) if called else None
    return found


def _units(version: int | None) -> TextClause:
    tables = {
        name: f"{SCHEMA}.{name}"
        if version is None
        else _FORMER.format(
            columns=columns, current=f"{SCHEMA}.{name}", former=f"{HISTORY_SCHEMA}.{name}"
        )
        for name, columns in _READ.items()
    }
    return text(_UNITS.format(**tables))


def _unrivalled(called: Sequence[Unit]) -> Unit | None:
    """The first of the units of a name, unless another of its edition has that name."""
    rivals = {(unit.source, unit.edition) for unit in called[1:]}
    if not called or (called[0].source, called[0].edition) in rivals:
        return None
    return called[0]


def area_of_unit(
    connection: Connection, country: str, kind: str, name: str, *, day: date | None = None
) -> int | None:
    """The boundary whose outline may be copied for "somewhere in this unit"; see `unit_named`.

    Outlines under a share-alike licence are left out: copied into an incident they would put the
    incidents under it.
    """
    unit = unit_named(connection, country, kind, name, day=day)
    return None if unit is None else unit.boundary_id


def folded(name: str) -> str:
    """A name of a unit reduced to what spellings of it have in common.

    Examples
    --------
    >>> folded("Tillabéri region"), folded("Région de Tillaberi"), folded("Birni N'Gaouré")
    ('tillaberi', 'tillaberi', 'birningaoure')
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    words = re.findall(r"\w+", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    return "".join([word for word in words if word not in _UNIT_WORDS] or words)
