"""The cells of H3, all over the Earth, for display and for those whose other layers are in H3.

They are not of equal area: at resolution 5 those of the central Sahel have 200 to 249 square
kilometres, so counts of two cells are compared by area, or on :mod:`gis.grid` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array

from gis.crs import IntArray, checked_lonlat
from gis.errors import InvalidSetting

if TYPE_CHECKING:
    import numpy.typing as npt

FINEST = 15


@dataclass(frozen=True, slots=True)
class HexagonGrid:
    """The hexagons (and twelve pentagons) of one resolution; a key is H3's own number.

    References
    ----------
    h3geo.org, H3 4.x, Apache-2.0.
    """

    resolution: int

    def __post_init__(self) -> None:
        if not 0 <= self.resolution <= FINEST:
            raise InvalidSetting(self.resolution, f"a resolution of H3 is 0 to {FINEST}")

    def cells(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> IntArray:
        """Key of the cell in which each place is, (n,) int64; -1 where a place is missing.

        H3 takes latitudes as they are on a sphere and decides edges by rounding: each place is in
        exactly one cell.
        """
        import h3.api.basic_int as h3

        x, y = checked_lonlat(lon, lat)
        keys = np.full(x.size, -1, dtype=np.int64)
        places, back = np.unique(np.column_stack((x, y)), axis=0, return_inverse=True)
        of_place = np.array(
            [-1 if np.isnan(a) else h3.latlng_to_cell(b, a, self.resolution) for a, b in places],
            dtype=np.int64,
        )
        keys[:] = of_place[back.reshape(-1)] if places.size else -1
        return keys

    def covering(self, area: shapely.Geometry) -> IntArray:
        """Ascending keys of the cells that share a point with an area, WGS 84."""
        import h3.api.basic_int as h3

        if shapely.is_empty(area):
            return np.zeros(0, dtype=np.int64)
        found: set[int] = set()
        for part in shapely.get_parts(area):
            if part.geom_type == "Polygon":
                shape = h3.geo_to_h3shape(part)
                found |= set(
                    h3.h3shape_to_cells_experimental(shape, self.resolution, contain="overlap")
                )
            else:
                xy = shapely.get_coordinates(shapely.segmentize(part, 0.01))
                found |= set(self.cells(xy[:, 0], xy[:, 1]).tolist())
        return np.array(sorted(found), dtype=np.int64)

    def polygons(self, keys: IntArray) -> npt.NDArray[np.object_]:
        """Outlines of cells, WGS 84; one across the antimeridian has longitudes beyond 180."""
        import h3.api.basic_int as h3

        outlines = []
        for key in keys.tolist():
            lat, lon = np.array(h3.cell_to_boundary(key)).T
            far = lon.max() - lon.min() > 180.0
            outlines.append(shapely.Polygon(np.column_stack((lon % 360.0 if far else lon, lat))))
        return np.array(outlines, dtype=object)

    def names(self, keys: IntArray) -> list[str]:
        """The indexes as H3 writes them."""
        import h3.api.basic_int as h3

        return [str(h3.int_to_str(key)) for key in keys.tolist()]

    def contiguity(self, keys: IntArray, *, corners: bool = True) -> csr_array:
        """Which of the cells touch: (m, m) ones without the diagonal, in the order of the keys.

        Hexagons that share a corner share an edge, so ``corners`` makes no difference.
        """
        import h3.api.basic_int as h3

        around = [h3.grid_disk(key, 1) for key in keys.tolist()]
        i = np.repeat(np.arange(keys.size), [len(ring) for ring in around])
        wanted = np.array([one for ring in around for one in ring], dtype=np.int64)
        at = np.minimum(np.searchsorted(keys, wanted), max(keys.size - 1, 0))
        there = (keys[at] == wanted) & (at != i) if keys.size else np.zeros(0, dtype=np.bool_)
        shape = (keys.size, keys.size)
        return csr_array((np.ones(int(there.sum())), (i[there], at[there])), shape=shape)
