"""The distance from a point to each border: geodesic, by each boundary source.

The nearest point is looked for in an azimuthal equidistant projection about the clicked point, in
which distances from that point are true; the distance to it is then measured on the ellipsoid.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsDistanceArea,
    QgsPointXY,
    QgsProject,
)

from .words import tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qgis.core import QgsGeometry

STRAIGHT_DEG = 0.05
"""Longer edges are cut: between vertices a border runs straight in longitude and latitude."""


@dataclass(frozen=True)
class Distance:
    """How far a border is by one boundary source.

    Parameters
    ----------
    border, source : str
    metres : float
    lon, lat : float
        The nearest point of the border.
    """

    border: str
    source: str
    metres: float
    lon: float
    lat: float


def distances(
    lon: float, lat: float, borders: Iterable[tuple[dict[str, Any], QgsGeometry]]
) -> list[Distance]:
    """Distances from a point of WGS 84 to each border, the nearest first."""
    wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
    around = QgsCoordinateReferenceSystem()
    around.createFromProj(f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m +type=crs")
    context = QgsProject.instance().transformContext()
    flat = QgsCoordinateTransform(wgs84, around, context)
    back = QgsCoordinateTransform(around, wgs84, context)
    measure = QgsDistanceArea()
    measure.setSourceCrs(wgs84, context)
    measure.setEllipsoid("EPSG:7030")
    here, centre = QgsPointXY(lon, lat), QgsPointXY(0, 0)
    found = []
    for fields, line in borders:
        placed = line.densifyByDistance(STRAIGHT_DEG)
        placed.transform(flat)
        _, nearest, _, _ = placed.closestSegmentWithContext(centre)
        there = back.transform(nearest)
        metres = measure.measureLine(here, there)
        name, source = str(fields["border"]), str(fields["boundary_source"])
        found.append(Distance(name, source, metres, there.x(), there.y()))
    return sorted(found, key=lambda each: each.metres)


def page(lon: float, lat: float, found: list[Distance]) -> str:
    """The distances as HTML: each border once, by each source, with how far the sources differ."""
    borders: dict[str, list[Distance]] = {}
    for each in found:
        borders.setdefault(each.border, []).append(each)
    told = "".join(_told(border, by_source) for border, by_source in borders.items())
    remark = tr("Geodesic, WGS 84. None of the sources is the truth.")
    return f"<p>{lat:.5f}, {lon:.5f}</p>{told}<p><i>{remark}</i></p>"


def _told(border: str, by_source: list[Distance]) -> str:
    lines = "".join(
        f"<li><b>{each.metres / 1000:,.2f} km</b> {escape(each.source)}</li>" for each in by_source
    )
    differ = ""
    if len(by_source) > 1:
        spread = round(by_source[-1].metres - by_source[0].metres)
        differ = tr("Sources disagree by {metres} m", metres=f"{spread:,}")
    return f"<h4>{escape(border)}</h4><ul>{lines}</ul><p>{differ}</p>"
