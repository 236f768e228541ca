"""Border lines cut into pieces: what an edge means, and what is no line."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from gis.border_edges import EdgeMeaning
from gis.border_index import BEND_M, DEPTH_M, PIECE_M, BorderIndex, border_index
from gis.crs import ecef_m, geodesic_m, lonlat_deg, wgs84
from gis.errors import InvalidGeometry


def middles(index: BorderIndex) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude of the middle of every piece that has a length."""
    long = index.step.any(axis=1)
    return lonlat_deg(index.start[long] + index.step[long] / 2)


@pytest.mark.parametrize(
    "edge",
    [
        [(0.0, 14.0), (3.0, 14.0)],
        [(0.0, -60.0), (9.0, -58.0)],
        [(179.0, 80.0), (-179.0, 81.0)],
        [(10.0, 85.0), (80.0, 88.0)],
    ],
)
def test_pieces_are_short_and_follow_a_line_straight_in_degrees(
    edge: list[tuple[float, float]],
) -> None:
    index = border_index([shapely.LineString(edge)])
    assert np.linalg.norm(index.step, axis=1).max() <= PIECE_M
    (west, south), (east, north) = edge
    share = (np.arange(index.line.size - 1) + 0.5) / (index.line.size - 1)
    straight_lon = west + share * ((east - west + 180) % 360 - 180)
    straight_lat = south + share * (north - south)
    lon, lat = middles(index)
    assert geodesic_m(lon, lat, straight_lon, straight_lat).max() < 1.01 * BEND_M
    middle = (index.start + index.step / 2)[:-1]
    assert np.linalg.norm(ecef_m(lon, lat) - middle, axis=1).max() <= DEPTH_M


def test_geodesic_edges_bend_towards_the_pole() -> None:
    edge = shapely.LineString([(0.0, 60.0), (10.0, 60.0)])
    _, flat = middles(border_index([edge]))
    _, bent = middles(border_index([edge], edges=EdgeMeaning.GEODESIC))
    azimuth, _, metres = wgs84().inv(0.0, 60.0, 10.0, 60.0)
    _, top, _ = wgs84().fwd(0.0, 60.0, azimuth, metres / 2)
    assert flat.max() == pytest.approx(60.0, abs=1e-6)
    assert bent.max() == pytest.approx(top, abs=1e-6)


def test_a_geodesic_edge_may_cross_the_pole() -> None:
    over = shapely.LineString([(0.0, 89.0), (180.0, 89.0)])
    _, lat = middles(border_index([over], edges=EdgeMeaning.GEODESIC))
    assert lat.max() > 89.998


@pytest.mark.parametrize(
    "edge, east",
    [([(179, 0), (-179, 0)], 180.0), ([(0, 0), (180, 0)], 90.0), ([(0, 0), (-180, 0)], -90.0)],
)
def test_an_edge_takes_the_shorter_way_and_half_a_turn_stays_as_drawn(
    edge: list[tuple[float, float]], east: float
) -> None:
    lon, _ = middles(border_index([shapely.LineString(edge)]))
    nearest = np.abs((lon - east + 180) % 360 - 180).min()
    assert nearest < 0.01


def test_every_geometry_keeps_its_position() -> None:
    index = border_index(
        [
            None,
            shapely.LineString(),
            shapely.MultiLineString([[(0, 0), (0, 0.001)], [(5, 5), (5, 5.001)]]),
            shapely.Point(1, 1),
            shapely.LineString([(2, 2, 300), (2, 2.001, 400)]),
        ]
    )
    assert index.lines == 5
    assert np.unique(index.line).tolist() == [2, 3, 4]
    # The parts of a line are not joined, and neither are two lines.
    assert (~index.step.any(axis=1)).sum() == 4


def test_no_lines_make_an_empty_index() -> None:
    assert border_index([]).line.size == 0
    assert border_index([]).lines == 0
    assert border_index([None]).lines == 1


@pytest.mark.parametrize(
    "shape, rule",
    [
        (shapely.box(0, 0, 1, 1), "a line or a point"),
        (shapely.GeometryCollection([shapely.Point(0, 0)]), "a line or a point"),
        (shapely.LineString([(0, 0), (1, 91)]), "latitude lies within"),
    ],
)
def test_what_is_no_border_is_refused(shape: shapely.Geometry, rule: str) -> None:
    with pytest.raises(InvalidGeometry, match=rule):
        border_index([shape])


def test_a_vertex_without_a_number_is_refused() -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.LineString([(0, 0), (np.nan, 1)])
    with pytest.raises(InvalidGeometry, match="longitude and a latitude"):
        border_index([broken])
