"""Adaptive kernel density: how many incidents a square kilometre, as a surface.

Each incident is spread over its surroundings by a quartic kernel. Where incidents lie thick the
kernel is narrow, where they are few it is wide (Abramson 1982), so that towns don't run together
and lone incidents don't stand out as needles. An incident whose place is known to a radius is
spread as widely again as a place somewhere in that disc is: what is vague makes no peak.

Distances are geodesic; cells are of equal area. Each kernel is weighed on the cells so that it adds
up to its incident: the surface holds as many as there are, neither more nor fewer.

**Edge.** Nothing is cut off at the edge of a region, and nothing is known from beyond it: if only
incidents of a region are given, the surface falls off towards its edge as if there were none
outside, and some of it lies outside.

References
----------
Abramson, I. S. (1982), On bandwidth variation in kernel estimates, Annals of Statistics 10(4):
1217-1223. Silverman, B. W. (1986), Density Estimation, sections 4.2 (kernel) and 5.3 (adaptive).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.crs import (
    ECCENTRICITY_SQ,
    SEMI_MAJOR_M,
    SEMI_MINOR_M,
    FloatArray,
    checked_lonlat,
    ecef_m,
)
from gis.equal_area_grid import EqualAreaGrid, grid_around
from gis.errors import InvalidGeometry, InvalidSetting

#: A local bandwidth is at most so many times the declared one, and at least that part of it.
GREATEST_FACTOR = 4.0

#: A kernel has at least so many cells from its middle to its rim.
LEAST_CELLS = 2.0

#: A uniform disc of radius r has the variance of a quartic kernel of bandwidth sqrt(2) r.
DISC_VARIANCE = 2.0

#: The projection stretches without end towards the far side of the Earth.
GREATEST_REACH_DEG = 150.0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A density on a grid.

    Parameters
    ----------
    grid : EqualAreaGrid
    per_km2 : (rows, columns) float64
        NaN where the grid is nowhere on Earth; 0 beyond the reach of all kernels.
    bandwidth_m : (n,) float64
        Of each incident, widened by its radius.
    """

    grid: EqualAreaGrid
    per_km2: FloatArray
    bandwidth_m: FloatArray

    @property
    def mass(self) -> FloatArray:
        """How much lies in each cell, (rows, columns); 0 where the grid is nowhere."""
        return np.nan_to_num(self.per_km2, nan=0.0) * self.grid.cell_km2


def adaptive_density(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    weight: npt.ArrayLike = 1.0,
    *,
    bandwidth_km: float,
    cell_km: float,
    centre: tuple[float, float] | None = None,
    adaptive: bool = True,
) -> Surface:
    """Spread incidents over a grid of equal-area cells.

    ``f(x) = sum of w_i K(d(x, x_i) / h_i)`` with the quartic kernel ``K(u) = (1 - u^2)^2`` for
    ``u < 1``, scaled so that every incident adds up to its weight. The bandwidth of an incident is
    ``h_i = sqrt((h l_i)^2 + 2 r_i^2)``: that of the kernel whose variance is the one of the kernel
    without a radius and that of a uniform disc together. ``l_i = sqrt(g / p(x_i))`` is its factor
    by Abramson, between 1/4 and 4, where ``p`` is the surface of bandwidth
    ``sqrt(h^2 + 2 r_i^2)``, read in the incident's cell, and ``g`` the weighted geometric mean of
    p over all incidents.

    Parameters
    ----------
    lon, lat : (n,) array_like, degrees, n >= 1
        None missing.
    radius_m : () or (n,) array_like, metres, >= 0
    weight : () or (n,) array_like, > 0
    bandwidth_km : float
        The bandwidth h: the radius of a kernel where its factor is 1 and its place exact.
    cell_km : float
        Edge of a cell; at most half of the bandwidth.
    centre : (lon, lat), optional
        Of the projection; the middle of the incidents, to whole degrees, if missing.
    adaptive : bool
        Without, all factors are 1.

    Raises
    ------
    InvalidGeometry
        There is no incident, one has no place or radius or no weight above 0, or they reach over
        more of the Earth than the projection shows.
    InvalidSetting
        The bandwidth is less than two cells, or there would be more than 4,000,000 cells.
    """
    x, y, r, w = _checked(lon, lat, radius_m, weight)
    if not (np.isfinite(bandwidth_km) and bandwidth_km >= LEAST_CELLS * cell_km > 0):
        rule = f"a bandwidth is at least two cells wide, {2 * cell_km:g} km"
        raise InvalidSetting(f"{bandwidth_km:g} km", rule)
    # Stacked incidents are one site; sorted, so that the order of rows cannot matter.
    sites, site = np.unique(np.stack((x, y, r)), axis=1, return_inverse=True)
    site = site.reshape(-1)
    stacked: FloatArray = np.bincount(site, w, minlength=sites.shape[1]).astype(np.float64)
    at_lon, at_lat, radius = sites
    middle = _middle(at_lon, at_lat) if centre is None else centre
    widths = _with_radius(np.full(radius.size, bandwidth_km * 1000.0), radius)
    if adaptive:
        pilot = _spread(at_lon, at_lat, widths, stacked, middle, cell_km * 1000.0)
        row, column = pilot.grid.cell_of(*pilot.grid.project(at_lon, at_lat))
        there = np.log(pilot.per_km2[row, column])
        factor = np.exp((np.average(there, weights=stacked) - there) / 2.0)
        factor = np.clip(factor, 1 / GREATEST_FACTOR, GREATEST_FACTOR)
        narrow = np.maximum(bandwidth_km * factor, LEAST_CELLS * cell_km) * 1000.0
        widths = _with_radius(narrow, radius)
    found = _spread(at_lon, at_lat, widths, stacked, middle, cell_km * 1000.0)
    return Surface(found.grid, found.per_km2, widths[site])


def _checked(
    lon: npt.ArrayLike, lat: npt.ArrayLike, radius_m: npt.ArrayLike, weight: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    x, y = checked_lonlat(lon, lat)
    r, w = (
        np.broadcast_to(np.asarray(one, dtype=np.float64), x.shape) for one in (radius_m, weight)
    )
    if not x.size or np.isnan(x).any():
        raise InvalidGeometry(x.tolist(), "a density has incidents, and all have a place")
    if not ((r >= 0) & np.isfinite(r)).all():
        raise InvalidGeometry(r.tolist(), "a radius is a finite number of metres >= 0")
    if not ((w > 0) & np.isfinite(w)).all():
        raise InvalidGeometry(w.tolist(), "a weight is a finite number > 0")
    return np.mod(x + 180.0, 360.0) - 180.0, y, r, w


def _with_radius(bandwidth_m: FloatArray, radius_m: FloatArray) -> FloatArray:
    widened: FloatArray = np.sqrt(bandwidth_m**2 + DISC_VARIANCE * radius_m**2)
    return widened


def _middle(lon: FloatArray, lat: FloatArray) -> tuple[float, float]:
    """The direction of the mean of places, in whole degrees."""
    x, y, z = ecef_m(lon, lat).mean(axis=0)
    return round(float(np.degrees(np.arctan2(y, x)))), round(
        float(np.degrees(np.arctan2(z, np.hypot(x, y))))
    )


def _spread(
    lon: FloatArray,
    lat: FloatArray,
    bandwidth_m: FloatArray,
    weight: FloatArray,
    centre: tuple[float, float],
    cell_m: float,
) -> Surface:
    """The sum of the kernels of sites, each weighed on the cells that it reaches."""
    grid = grid_around(*centre, cell_m, (0.0, 0.0, 0.0, 0.0))
    x, y = grid.project(lon, lat)
    reach = _reach_m(x, y, bandwidth_m) + cell_m
    edges = (x - reach).min(), (y - reach).min(), (x + reach).max(), (y + reach).max()
    grid = grid_around(*centre, cell_m, edges)
    cells = ecef_m(*(one.ravel() for one in grid.middles())).reshape(grid.rows, grid.columns, 3)
    mass = np.zeros((grid.rows, grid.columns))
    places, curvature = ecef_m(lon, lat), _curvature_m(lat)
    top, first = grid.cell_of(x - reach, y + reach)
    bottom, last = grid.cell_of(x + reach, y - reach)
    for site in range(lon.size):
        window = (
            slice(max(int(top[site]), 0), int(bottom[site]) + 1),
            slice(max(int(first[site]), 0), int(last[site]) + 1),
        )
        chord = np.linalg.norm(cells[window] - places[site], axis=-1)
        across = 2.0 * curvature[site]
        # The arc of the sphere that fits best there: it errs by 2e-6 of itself at 500 km.
        metres = across * np.arcsin(np.minimum(chord / across, 1.0))
        near = 1.0 - (metres / bandwidth_m[site]) ** 2
        kernel = np.where(near > 0, near, 0.0) ** 2
        mass[window] += kernel * (weight[site] / kernel.sum())
    nowhere = np.isnan(cells[..., 0])
    return Surface(grid, np.where(nowhere, np.nan, mass / grid.cell_km2), bandwidth_m)


def _reach_m(x: FloatArray, y: FloatArray, bandwidth_m: FloatArray) -> FloatArray:
    """How far in the plane a kernel may reach: the projection stretches by 1 / cos(angle / 2)."""
    half = np.arcsin(np.minimum(np.hypot(x, y) / (2 * SEMI_MAJOR_M), 1.0))
    farthest = 2.0 * half + bandwidth_m / SEMI_MINOR_M
    if np.degrees(farthest.max()) > GREATEST_REACH_DEG:
        raise InvalidGeometry(
            f"{np.degrees(farthest.max()):.0f} degrees from the middle",
            f"incidents and their kernels lie within {GREATEST_REACH_DEG:g} degrees of it",
        )
    reach: FloatArray = 1.01 * bandwidth_m / np.cos(farthest / 2.0)
    return reach


def _curvature_m(lat: FloatArray) -> FloatArray:
    """The mean radius of curvature of the ellipsoid, ``b / (1 - e^2 sin^2)``."""
    radius: FloatArray = SEMI_MINOR_M / (1.0 - ECCENTRICITY_SQ * np.sin(np.radians(lat)) ** 2)
    return radius
