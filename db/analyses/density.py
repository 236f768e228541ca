"""A surface of the density of incidents, and the areas that hold most of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from db.analyses.found import Found, ResultRow
from db.analyses.method import Method
from db.analyses.parameters import DensityParameters, Weighed
from db.analyses.selection import read_incidents, region_edition, region_outline, terms_of
from db.errors import InvalidQuery
from gis.errors import InvalidGeometry, InvalidSetting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.analyses.found import Terms
    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from gis.density import Surface
    from gis.mass_contours import MassContour

VERSION = "1"

#: Densities are told per 1,000 km2: programs that show three decimals show no 0 for them.
PER_KM2 = 1_000.0


def compute(connection: Connection, chosen: DensityParameters, progress: Progress) -> Found:
    """Spread the incidents of a selection over their surroundings.

    Incidents without a point, or of unknown radius, are counted and left out; where people killed
    are weighed, so are those of which none is known to have been.

    Raises
    ------
    InvalidQuery
        There is no such region, another value of the selection breaks its rule, or the cells are
        too large for the bandwidth or too small for the area.
    """
    progress(0.0, "reading incidents")
    every = read_incidents(connection, chosen, fields=("killed_low",))
    placed = ~np.isnan(every.lon) & ~np.isnan(every.radius_m)
    known = ~np.isnan(every.fields["killed_low"]) | (chosen.weight is Weighed.INCIDENTS)
    weight = np.ones(every.size)
    if chosen.weight is Weighed.KILLED:
        weight = every.fields["killed_low"]
    # None killed is a weight of nothing; not known is none.
    taken = every.of(placed & (weight > 0))
    weight = weight[placed & (weight > 0)]
    terms = terms_of(connection, taken)
    rows: list[ResultRow] = []
    raster = None
    if taken.size:
        progress(0.2, f"spreading {taken.size:,} incidents")
        surface, contours = _found(connection, taken, weight, chosen)
        rows = list(_rows(taken, surface, contours, chosen))
        progress(0.9, "writing the raster")
        raster = _raster(surface, taken, chosen, terms)
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=every.version,
        input_sha256=taken.sha256,
        editions=region_edition(connection, chosen),
        terms=terms,
        counts={
            "incidents": taken.size,
            "without a point or a radius": every.size - int(placed.sum()),
            "no figure of killed": int((placed & ~known).sum()),
            "nobody killed at least": int((placed & known).sum()) - taken.size,
        },
        results={"density": rows},
        raster=raster,
    )


METHOD = Method(
    name="density",
    version=VERSION,
    title="Density surface",
    answers="Where do reported incidents lie dense, as a surface and as the areas with most of it?",
    parameters=DensityParameters,
    compute=compute,
    layers=("density",),
    has_raster=True,
)


def _found(
    connection: Connection, taken: Incidents, weight: np.ndarray, chosen: DensityParameters
) -> tuple[Surface, list[MassContour]]:
    from gis.density import adaptive_density
    from gis.mass_contours import mass_contours

    try:
        surface = adaptive_density(
            taken.lon,
            taken.lat,
            taken.radius_m,
            weight,
            bandwidth_km=chosen.bandwidth_km,
            cell_km=chosen.cell_km,
            centre=_centre(connection, chosen),
            adaptive=chosen.adaptive,
        )
        return surface, mass_contours(surface, chosen.shares)
    except InvalidSetting as fault:
        raise InvalidQuery("cell_km", f"{chosen.cell_km:g}", fault.rule) from fault
    except InvalidGeometry as fault:
        raise InvalidQuery("region", str(chosen.region), fault.rule) from fault


def _centre(connection: Connection, chosen: DensityParameters) -> tuple[float, float] | None:
    """The middle of a region, to whole degrees: the same cells for whatever is selected of it."""
    if chosen.region is None:
        return None
    middle = shapely.centroid(region_outline(connection, chosen))
    return float(round(middle.x)), float(round(middle.y))


def _rows(
    taken: Incidents, surface: Surface, contours: list[MassContour], chosen: DensityParameters
) -> Iterator[ResultRow]:
    """The widest area first, so that programs draw the others upon it."""
    x, y = surface.grid.project(taken.lon, taken.lat)
    for contour in contours:
        yield ResultRow(
            geom=contour.outline,
            values={
                "share": contour.share,
                "least_per_1000_km2": contour.level * PER_KM2,
                "expected": contour.mass,
                "incidents": int(shapely.contains_xy(contour.plane, x, y).sum()),
                "area_km2": contour.area_km2,
                "weighed": chosen.weight.value,
                "bandwidth_km": chosen.bandwidth_km,
                "bandwidth_least_km": float(surface.bandwidth_m.min()) / 1000.0,
                "bandwidth_greatest_km": float(surface.bandwidth_m.max()) / 1000.0,
                "cell_km": chosen.cell_km,
                "region": chosen.region,
            },
        )


def _raster(surface: Surface, taken: Incidents, chosen: DensityParameters, terms: Terms) -> bytes:
    from gis.cloud_geotiff import cloud_geotiff

    what = "people killed at least" if chosen.weight is Weighed.KILLED else "incidents"
    asked = chosen.model_dump_json(exclude_none=True)
    return cloud_geotiff(
        surface.per_km2 * PER_KM2,
        surface.grid,
        description=f"Density of reported {what}",
        unit="per 1000 km2",
        tags={
            "METHOD": f"density {VERSION}",
            "PARAMETERS": asked,
            "DATA_VERSION": str(taken.version),
            "INPUT_SHA256": taken.sha256,
            "LICENCE": terms.licence or "",
            "ATTRIBUTION": terms.attribution or "",
            "TIFFTAG_IMAGEDESCRIPTION": (
                f"Density of reported {what} per 1,000 square kilometres: adaptive quartic kernels,"
                " widened by the radius of each place. The sum over all cells, times their area"
                f" in 1,000 km2, is the number of {what}."
            ),
        },
    )
