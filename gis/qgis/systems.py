"""Coordinate reference systems as QGIS writes them: without the full text a layer has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyproj import CRS

from gis.qgis.markup import add

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

WGS84, WEB_MERCATOR = 4326, 3857

_MERCATOR = (
    "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m "
    "+nadgrids=@null +wktext +no_defs"
)
_KNOWN = {
    # QGIS's own number, PROJ's text of old, names of projection and ellipsoid.
    WGS84: (3452, "+proj=longlat +datum=WGS84 +no_defs", "longlat"),
    WEB_MERCATOR: (3857, _MERCATOR, "merc"),
}


def add_system(parent: Element, epsg: int) -> None:
    """Add the description of a system."""
    number, proj4, acronym = _KNOWN[epsg]
    system = CRS.from_epsg(epsg)
    found = add(parent, "spatialrefsys")
    add(found, "wkt", system.to_wkt("WKT2_2019"))
    add(found, "proj4", proj4)
    add(found, "srsid", str(number))
    add(found, "srid", str(epsg))
    add(found, "authid", f"EPSG:{epsg}")
    add(found, "description", system.name)
    add(found, "projectionacronym", acronym)
    add(found, "ellipsoidacronym", "EPSG:7030")
    add(found, "geographicflag", "true" if system.is_geographic else "false")
