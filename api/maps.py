"""Small maps, drawn on the server: no script, no tiles, nothing from elsewhere.

Plate carrée about the middle of the view, which is true enough over a few degrees at 15 degrees
north; a map of this kind shows where, it does not measure. The radius of a place is drawn to scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, floor, log10, radians
from typing import TYPE_CHECKING, Any

import shapely

from db.layers.places import BORDERS
from db.query import LayerQuery, sort_kinds
from db.read import batches
from db.remembered import Remembered
from gis.bbox import BBox

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection

    from db.layers.layer import Layer

WIDTH = 560.0
"""Units of a map's width."""
METRES_A_DEGREE = 111_195.0
"""Of latitude, on a sphere of the mean radius: for drawing only."""
LEAST_DEGREES = 1.2
"""Least width of a view: with less around it, a point could be anywhere."""
MOST_BORDERS = 60
"""Most border lines on a map."""
MOST_FEATURES = 1_000
"""Most features on the map of a layer."""


@dataclass(frozen=True, slots=True)
class View:
    """The stretch of the earth that a map shows."""

    box: BBox

    @property
    def squeeze(self) -> float:
        """How much shorter a degree of longitude is than one of latitude."""
        return max(cos(radians((self.box.south + self.box.north) / 2)), 0.05)

    @property
    def units_a_degree(self) -> float:
        """Units of the map to a degree of latitude."""
        return WIDTH / ((self.box.east - self.box.west) * self.squeeze)

    @property
    def height(self) -> float:
        """Units of the map's height."""
        return (self.box.north - self.box.south) * self.units_a_degree

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """A place of the earth, in units of the map from its upper left corner."""
        x = (lon - self.box.west) * self.squeeze * self.units_a_degree
        return round(x, 1), round((self.box.north - lat) * self.units_a_degree, 1)


@dataclass(frozen=True, slots=True)
class Map:
    """What is drawn: paths and points in units of the map.

    Parameters
    ----------
    width, height : float
    borders, areas, lines : sequences of SVG path texts
    points : sequence of (x, y)
    radius : float or None
        Of the disc around the one point, where there is a radius.
    scale : (length in units, kilometres)
    """

    width: float
    height: float
    borders: Sequence[str]
    areas: Sequence[str]
    lines: Sequence[str]
    points: Sequence[tuple[float, float]]
    radius: float | None
    scale: tuple[float, float]


def map_of(
    connection: Connection, geometry: str | None, radius_m: float | None, version: int | None = None
) -> Map | None:
    """A map of one feature with the borders around it; nothing for a feature without a place.

    Parameters
    ----------
    connection : Connection
        For the borders.
    geometry : str or None
        GeoJSON.
    radius_m : float or None
        Of a point.
    version : int, optional
        State of the data in which the borders are read; the present where missing.
    """
    return map_of_all(connection, [geometry], radius_m, version)


def map_of_all(
    connection: Connection,
    geometries: Iterable[str | None],
    radius_m: float | None = None,
    version: int | None = None,
) -> Map | None:
    """A map of features with the borders around them; nothing where none has a place.

    Parameters
    ----------
    connection : Connection
        For the borders.
    geometries : iterable of str or None
        GeoJSON.
    radius_m : float, optional
        Of a point that is alone.
    version : int, optional
        State of the data in which the borders are read; the present where missing.
    """
    found = (shapely.from_geojson(text) for text in geometries if text is not None)
    shapes = [shape for shape in found if not shape.is_empty]
    if not shapes:
        return None
    points = [shape for shape in shapes if shape.geom_type == "Point"]
    if len(shapes) > 1 or not points:
        radius_m = None
    view = _view(shapely.total_bounds(shapes), radius_m)
    radius = None
    if radius_m is not None:
        radius = round(radius_m / METRES_A_DEGREE * view.units_a_degree, 1)
    drawn = [part for shape in shapes for part in _paths(shape, view)]
    return Map(
        width=WIDTH,
        height=round(view.height, 1),
        borders=_borders(connection, view, version),
        areas=[path for path, is_area in drawn if is_area],
        lines=[path for path, is_area in drawn if not is_area],
        # Incidents are stacked on towns: what is drawn there once is seen as well.
        points=list(dict.fromkeys(view.place(point.x, point.y) for point in points)),
        radius=radius,
        scale=_scale(view),
    )


class LayerMaps:
    """Maps of layers, each drawn once for a state of the data."""

    def __init__(self) -> None:
        self._known: Remembered[tuple[Map | None, int]] = Remembered(50)

    def of(
        self, connection: Connection, layer: Layer, now: int, version: int | None = None
    ) -> tuple[Map | None, int]:
        """A map of the first features of a layer at a version, and how many it shows."""
        return self._known.get(
            (layer.id, now, version), lambda: _map_of_layer(connection, layer, version)
        )


def _map_of_layer(
    connection: Connection, layer: Layer, version: int | None
) -> tuple[Map | None, int]:
    if layer.geometry is None:
        return None, 0
    query = LayerQuery(version=version, properties=(), limit=MOST_FEATURES)
    place = len(sort_kinds(layer, query)) + 1
    found = [row[place] for rows in batches(connection, layer, query) for row in rows]
    located = [text for text in found if text is not None]
    return map_of_all(connection, located, version=version), len(located)


def _view(bounds: Sequence[float], radius_m: float | None) -> View:
    west, south, east, north = (float(edge) for edge in bounds)
    squeeze = max(cos(radians((south + north) / 2)), 0.05)
    margin = 1.3 * (radius_m or 0.0) / METRES_A_DEGREE
    high = max((north - south) * 1.2, LEAST_DEGREES, 2 * margin)
    wide = max((east - west) * 1.2, high * 1.4 / squeeze)
    high = max(high, wide * squeeze / 1.8)
    lon, lat = (west + east) / 2, (south + north) / 2
    return View(
        BBox(
            max(lon - wide / 2, -180.0),
            max(lat - high / 2, -90.0),
            min(lon + wide / 2, 180.0),
            min(lat + high / 2, 90.0),
        )
    )


def _borders(connection: Connection, view: View, version: int | None) -> list[str]:
    query = LayerQuery(version=version, bbox=view.box, properties=(), limit=MOST_BORDERS)
    place = len(sort_kinds(BORDERS, query)) + 1
    box = (view.box.west, view.box.south, view.box.east, view.box.north)
    lines: list[str] = []
    for rows in batches(connection, BORDERS, query):
        for row in rows:
            if row[place] is not None:
                seen = shapely.clip_by_rect(shapely.from_geojson(row[place]), *box)
                lines.extend(path for path, _ in _paths(seen, view))
    return lines


def _paths(shape: Any, view: View) -> Iterator[tuple[str, bool]]:
    """Lines and outlines, each with whether it is an area's; points have none.

    What is finer than half a unit is left out.
    """
    coarse = shapely.simplify(shape, 0.5 / view.units_a_degree)
    for part in shapely.get_parts(coarse):
        if part.geom_type == "Polygon":
            rings = (part.exterior, *part.interiors)
            yield " ".join(f"{_line(ring, view)} Z" for ring in rings), True
        elif part.geom_type in ("LineString", "LinearRing"):
            yield _line(part, view), False


def _line(line: Any, view: View) -> str:
    places = [view.place(lon, lat) for lon, lat in line.coords]
    return "M" + " L".join(f"{x} {y}" for x, y in places)


def _scale(view: View) -> tuple[float, float]:
    """A bar of a round length, about a quarter of the map wide."""
    km = WIDTH / 4 / view.units_a_degree * METRES_A_DEGREE / 1000
    unit = 10 ** floor(log10(km))
    length = next(step * unit for step in (5, 2, 1) if step * unit <= km)
    return round(length * 1000 / METRES_A_DEGREE * view.units_a_degree, 1), length
