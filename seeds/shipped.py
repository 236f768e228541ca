"""The boundaries that are shipped: which file holds what, after whom, and since when.

This list is the one place that says so; ``data/SOURCES.md`` says where the files come from. Three
sets of border lines stand side by side, because they contradict one another by up to 14 km: a
distance to a border means something only together with its source and edition.

``valid`` holds what the sources say of the days on which a map was in force, and nothing more:

- Burkina Faso had 45 provinces in 13 regions until the decrees adopted on 2 July 2025, which made
  17 regions. When the older map began is not in these files; the range is open on that side.
- Niger's 36 departments are the map before 2011.
- Mali's regions and cercles changed in steps (2012, 2016, 2023): the days are not known here.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.dialects.postgresql import Range

from db.vocabulary import BoundaryKind
from db.write.places import write_boundaries
from seeds.boundaries import BoundaryFile, Columns, read_boundaries
from seeds.errors import RefusedFile

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.write.places import BoundaryRow
    from db.write.upsert import Written

FOLDER = Path(__file__).with_name("data")

LSIB = "lsib-quattroshapes"
OSM = "openstreetmap"
NATURAL_EARTH = "natural-earth"
MESOSHAPES = "mesoshapes"

_UNTIL_REFORM = Range(None, date(2025, 7, 2))
_SINCE_REFORM = Range(date(2025, 7, 2), None)
_BEFORE_2011 = Range(None, date(2011, 1, 1))

_BORDER = Columns(code=("border",), name="name_en", notes=("{note}",))
_TRIPOINT = Columns(
    code=("tripoint",),
    name="tripoint",
    notes=("the ends of the border lines lie up to {spread_m} m apart", "{icj_note}"),
)
_COUNTRY = Columns(code=("iso3",), name="name_en", country="iso3")
# The code is the path of the names that the file goes by, the name is the French one: a unit is
# found by either ("Timbuktu", "Tombouctou").
_ADM1 = Columns(
    code=("iso3", "adm1_name"),
    name="name_fr",
    country="iso3",
    parent=("iso3",),
    notes=(
        "ISO 3166-2: {iso_3166_2}",
        "P-code {pcode_2021} in the list of 2021",
        "P-code {pcode_2025} in that of 2025: {name_2025}",
        "{status_2025}",
    ),
)
_ADM2 = Columns(
    code=("iso3", "adm1_name", "adm2_name"),
    name="name_fr",
    country="iso3",
    parent=("iso3", "adm1_name"),
    notes=(
        "{adm2_type}",
        "P-code {pcode_2021} in the list of 2021",
        "P-code {pcode_2025} in that of 2025",
    ),
)
_ADM1_2025 = Columns(
    code=("pcode_2025",),
    name="adm1_name_2025",
    country="iso3",
    parent=("iso3",),
    notes=("outlines of 2012-2015, joined from the provinces {built_from_provinces}",),
)
_OSM_UNIT = Columns(code=("iso_3166_2",), name="name", country="iso3")
_OSM_REGION = Columns(code=("iso_3166_2",), name="name", country="iso3", parent=("iso3",))


def _shipped(
    file: str,
    kind: BoundaryKind,
    origin: tuple[str, str],
    columns: Columns,
    *,
    where: str | None = None,
    valid: Range[date] | None = None,
) -> BoundaryFile:
    source, edition = origin
    return BoundaryFile(
        path=FOLDER / file,
        kind=kind,
        source=source,
        edition=edition,
        columns=columns,
        where=where,
        valid=valid,
    )


_K = BoundaryKind
_LSIB_2012 = (LSIB, "2012-2013")
_OSM_2017 = (OSM, "2017-11")
_OSM_2020 = (OSM, "2020-05")
# Four tripoints of OpenStreetMap are where lines of both dates meet.
_OSM_BOTH = (OSM, "2017-11/2020-05")
_NE_2024 = (NATURAL_EARTH, "2024-01-24")
_MESO_2012 = (MESOSHAPES, "2012-2015")
_MESO_2025 = (MESOSHAPES, "2025-08-01")

SHIPPED: tuple[BoundaryFile, ...] = (
    _shipped("borders.fgb", _K.BORDER, _LSIB_2012, _BORDER),
    _shipped(
        "borders_osm.fgb", _K.BORDER, _OSM_2017, _BORDER, where="source = 'OpenStreetMap 2017-11'"
    ),
    _shipped(
        "borders_osm.fgb", _K.BORDER, _OSM_2020, _BORDER, where="source = 'OpenStreetMap 2020-05'"
    ),
    _shipped("borders_ne.fgb", _K.BORDER, _NE_2024, _BORDER),
    _shipped(
        "tripoints.geojson",
        _K.TRIPOINT,
        _LSIB_2012,
        _TRIPOINT,
        where="source = 'LSIB via Quattroshapes'",
    ),
    _shipped(
        "tripoints.geojson",
        _K.TRIPOINT,
        _NE_2024,
        _TRIPOINT,
        where="source = 'Natural Earth 10m'",
    ),
    _shipped(
        "tripoints.geojson",
        _K.TRIPOINT,
        _OSM_2017,
        _TRIPOINT,
        where="source = 'OpenStreetMap' AND tripoint = 'BFA-MLI-NER'",
    ),
    _shipped(
        "tripoints.geojson",
        _K.TRIPOINT,
        _OSM_BOTH,
        _TRIPOINT,
        where="source = 'OpenStreetMap' AND spread_m > 0",
    ),
    _shipped(
        "tripoints.geojson",
        _K.TRIPOINT,
        _OSM_2020,
        _TRIPOINT,
        where="source = 'OpenStreetMap' AND tripoint <> 'BFA-MLI-NER' AND spread_m = 0",
    ),
    _shipped("adm0.fgb", _K.ADM0, _LSIB_2012, _COUNTRY),
    _shipped("adm0_osm.fgb", _K.ADM0, _OSM_2020, _COUNTRY),
    _shipped("adm1.fgb", _K.ADM1, _MESO_2012, _ADM1, where="iso3 = 'BFA'", valid=_UNTIL_REFORM),
    _shipped("adm1.fgb", _K.ADM1, _MESO_2012, _ADM1, where="iso3 <> 'BFA'"),
    _shipped("adm1_bfa_2025.fgb", _K.ADM1, _MESO_2025, _ADM1_2025, valid=_SINCE_REFORM),
    _shipped("adm2.fgb", _K.ADM2, _MESO_2012, _ADM2, where="iso3 = 'BFA'", valid=_UNTIL_REFORM),
    _shipped("adm2.fgb", _K.ADM2, _MESO_2012, _ADM2, where="iso3 = 'NER'", valid=_BEFORE_2011),
    _shipped("adm2.fgb", _K.ADM2, _MESO_2012, _ADM2, where="iso3 = 'MLI'"),
    _shipped(
        "adm_osm.fgb",
        _K.ADM1,
        _OSM_2020,
        _OSM_REGION,
        where="level = 1 AND iso3 = 'BFA'",
        valid=_UNTIL_REFORM,
    ),
    _shipped("adm_osm.fgb", _K.ADM1, _OSM_2020, _OSM_REGION, where="level = 1 AND iso3 <> 'BFA'"),
    _shipped("adm_osm.fgb", _K.ADM2, _OSM_2020, _OSM_UNIT, where="level = 2", valid=_UNTIL_REFORM),
)


def load_shipped_boundaries(connection: Connection) -> Written:
    """Write all shipped boundaries at once; a second time nothing changes.

    Raises
    ------
    RefusedFile
        A shipped file was altered and has faults now.
    UnknownCode
        A source of the list is not in the database: load the catalogue first.
    """
    rows: list[BoundaryRow] = []
    for file in SHIPPED:
        found = read_boundaries(file)
        if found.faults:
            raise RefusedFile(file.path.name, found.faults)
        rows += found.rows
    # In one piece: only then is what a source no longer has known to be absent.
    return write_boundaries(connection, rows)
