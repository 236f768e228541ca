"""Whether a geometry can be the boundary it is said to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from db.vocabulary import BoundaryKind

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_AREA = ("Polygon", "MultiPolygon")
_TYPES = {
    BoundaryKind.BORDER: ("LineString", "MultiLineString"),
    BoundaryKind.TRIPOINT: ("Point",),
    BoundaryKind.ADM0: _AREA,
    BoundaryKind.ADM1: _AREA,
    BoundaryKind.ADM2: _AREA,
    BoundaryKind.ROAD: ("LineString", "MultiLineString"),
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A geometry as it is stored; ``mended`` if it was invalid before."""

    geometry: BaseGeometry
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Misfit:
    """What is wrong with a geometry: what was found, and the rule."""

    value: str | None
    rule: str


def fit(shape: BaseGeometry | None, kind: BoundaryKind) -> Fitted | Misfit:
    """Check a geometry against the kind of boundary, and bring it to the type that is stored.

    Lines and polygons become multi-part. An invalid geometry (a ring that crosses itself) is mended
    where it stays what it is, and refused where it would fall into another type.

    Parameters
    ----------
    shape : BaseGeometry or None
        WGS 84, lon/lat in degrees.
    kind : BoundaryKind
    """
    types = _TYPES[kind]
    if shape is None or shape.is_empty:
        return Misfit(None, "is missing, empty, or cannot be built")
    if shape.geom_type not in types:
        return Misfit(shape.geom_type, f"for the kind {kind} it must be a {' or '.join(types)}")
    if not _on_earth(shape):
        shown = ", ".join(f"{edge:g}" for edge in shape.bounds)
        return Misfit(shown, "longitudes lie within -180 and 180 degrees, latitudes within -90, 90")
    if shape.is_valid:
        return Fitted(_as_stored(shape, types))
    mended = shapely.make_valid(shape)
    if mended.is_empty or mended.geom_type not in types:
        reason = shapely.is_valid_reason(shape)
        return Misfit(reason, f"cannot be mended: it would become a {mended.geom_type}")
    return Fitted(_as_stored(mended, types), mended=True)


def _on_earth(shape: BaseGeometry) -> bool:
    # Compared so that a coordinate that is not a number lies nowhere.
    places = shapely.get_coordinates(shape)
    return bool((np.abs(places) <= (180.0, 90.0)).all())


def _as_stored(shape: BaseGeometry, types: tuple[str, ...]) -> BaseGeometry:
    if shape.geom_type == types[-1]:
        return shape
    gather = shapely.multipolygons if types == _AREA else shapely.multilinestrings
    return gather([shape])
