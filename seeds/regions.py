"""Liptako-Gourma in its three variants: labelled filters, none of them a legal limit.

No outline of the region is official but that of the three countries together, and no polygon
measures the 370,000 km2 that are often quoted; so each variant says what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from db.vocabulary import BoundaryKind
from db.write.places import RegionRow, write_regions
from gis.crs import wgs84
from seeds.errors import RefusedFile, RowFault
from seeds.features import read_features
from seeds.shapes import Misfit, fit
from seeds.shipped import FOLDER, LSIB

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry
    from sqlalchemy import Connection

    from db.write.upsert import Written

REGION = "liptako-gourma"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to draw a region: the union of the chosen features of a shipped file.

    ``source`` is whom the outline comes from; who describes the region so stands in the definition.
    """

    name: str
    title: str
    definition: str
    source: str
    edition: str
    file: str
    where: str | None = None


VARIANTS: tuple[Variant, ...] = (
    Variant(
        name="alg_listed_units",
        title="Liptako-Gourma: the 15 units that the Authority lists",
        definition=(
            "Union of the first-level units that the Liptako-Gourma Authority lists on its page"
            " 'Zones d'intervention': in Burkina Faso Centre, Centre-Est, Centre-Sud, Centre-Nord,"
            " Est, Plateau Central, Nord and Sahel; in Mali Mopti, Timbuktu, Gao and Kidal; in"
            " Niger Tillabéri, Dosso and Niamey. Outlines of 2012-2015, so that Gao includes"
            " Ménaka and Timbuktu includes Taoudénit: Mesoshapes by Mapzen (CC0), after open OCHA"
            " data, via Who's On First; slivers between the national outlines are filled."
        ),
        source="liptako-gourma-authority",
        edition="page Zones d'intervention",
        file="liptako_gourma.fgb",
        where="variant = 'alg_listed_units'",
    ),
    Variant(
        name="quadrilateral_four_cities",
        title="Liptako-Gourma: the quadrilateral of four cities",
        definition=(
            "The quadrilateral Timbuktu - Kidal - Niamey - Ouagadougou, as the press (IRNA, May"
            " 2025) describes the region: a description, not a limit. Corners: the cities after"
            " GeoNames."
        ),
        source="geonames",
        edition="2014-12",
        file="liptako_gourma.fgb",
        where="variant = 'quadrilateral_four_cities'",
    ),
    Variant(
        name="three_states",
        title="Liptako-Gourma: the three member states",
        definition=(
            "Burkina Faso, Mali and Niger together: since the decision of 24 November 2011 and the"
            " revised treaty of 12 February 2018 the Liptako-Gourma Authority covers all three"
            " states. Union of the outlines after LSIB of 2012-2013."
        ),
        source=LSIB,
        edition="2012-2013",
        file="adm0.fgb",
    ),
)


def load_regions(connection: Connection) -> Written:
    """Write the variants of Liptako-Gourma; a second time nothing changes.

    Raises
    ------
    RefusedFile
        A shipped file was altered and has no proper outline now.
    UnknownCode
        A source is not in the database: load the catalogue first.
    """
    return write_regions(connection, [_row(variant) for variant in VARIANTS])


def geodesic_area_km2(shape: BaseGeometry) -> float:
    """Area of a polygon with geodesic edges on WGS 84, in km2; 0 for an empty one.

    References
    ----------
    Karney, C. F. F. (2013), Algorithms for geodesics, J. Geodesy 87, 43-55, section 6.
    """
    # The sign of an area is the sense of its ring, so holes count only if they run against theirs.
    area_m2, _ = wgs84().geometry_area_perimeter(shapely.orient_polygons(shape))
    return abs(float(area_m2)) / 1e6


def _row(variant: Variant) -> RegionRow:
    geometry = _outline(variant)
    return RegionRow(
        code=REGION,
        variant=variant.name,
        title=variant.title,
        definition=variant.definition,
        area_km2=geodesic_area_km2(geometry),
        source=variant.source,
        edition=variant.edition,
        geometry=geometry,
    )


def _outline(variant: Variant) -> BaseGeometry:
    table = read_features(FOLDER / variant.file, where=variant.where)
    union = shapely.union_all([feature.geometry for feature in table.features])
    fitted = fit(union, BoundaryKind.ADM0)
    if isinstance(fitted, Misfit):
        fault = RowFault(variant.file, None, "geometry", fitted.value, fitted.rule)
        raise RefusedFile(variant.file, (fault,))
    return fitted.geometry
