"""Border distances against a search that shares no code with ours.

``reference/border_distances.csv`` was made by calling :func:`searched` below for each of the four
places, each line of the three border files and both meanings of an edge, and writing metres and
foot with four and seven decimals. :func:`searched` knows nothing of trees, chords or arrays: it
cuts every edge that could matter into stretches of 2 km and narrows each by golden section, by
the geodesics of the pure-Python ``geographiclib``, until the bracket is below 0.1 mm.
"""

from __future__ import annotations

import csv
from functools import cache
from math import ceil, inf
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyogrio
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.border_edges import EdgeMeaning
from gis.border_index import BorderIndex, border_index
from gis.borders import border_distances, border_envelope, nearest_border
from gis.crs import geodesic_m, wgs84
from gis.discs import distance_bounds
from gis.errors import InvalidGeometry

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCE = Path(__file__).parent / "reference" / "border_distances.csv"
BOUNDARIES = Path(__file__).parents[2] / "seeds" / "data"
FILES = ("borders.fgb", "borders_osm.fgb", "borders_ne.fgb")
PLACES = {
    "Inates": (1.3135, 15.2275),
    "Chinagodrar": (3.0014, 15.2276),
    "Tongo Tongo": (1.80455, 14.93611),
    "Kandadji": (0.97081, 14.62715),
}
Foot = tuple[float, float, float]


def metres_between(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Geodesic distance by geographiclib."""
    mask = Geodesic.DISTANCE
    return float(Geodesic.WGS84.Inverse(lat, lon, other_lat, other_lon, mask)["s12"])


def searched(lon: float, lat: float, line: shapely.Geometry, edges: EdgeMeaning) -> Foot:
    """Distance to a line, and longitude and latitude of the nearest point on it."""
    best: Foot = (inf, inf, inf)
    for part in shapely.get_parts(line):
        vertices = [(float(x), float(y)) for x, y in shapely.get_coordinates(part)]
        away = [metres_between(lon, lat, *vertex) for vertex in vertices]
        best = min(best, min((d, *v) for d, v in zip(away, vertices, strict=True)))
        for k in sorted(range(len(vertices) - 1), key=lambda k: min(away[k], away[k + 1])):
            length = 1.01 * metres_between(*vertices[k], *vertices[k + 1])
            # No point of the edge is nearer than its ends by more than half its length.
            if (away[k] + away[k + 1] - length) / 2 < best[0]:
                at = edge_point(vertices[k], vertices[k + 1], edges)
                best = min(best, narrowed(lon, lat, at, length))
    return best


def edge_point(
    start: tuple[float, float], end: tuple[float, float], edges: EdgeMeaning
) -> Callable[[float], tuple[float, float]]:
    """Return the function from a share in [0, 1] to a place on the edge."""
    if edges is EdgeMeaning.LONLAT:
        return lambda t: (start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1]))
    line = Geodesic.WGS84.InverseLine(start[1], start[0], end[1], end[0])

    def on_geodesic(t: float) -> tuple[float, float]:
        found = line.Position(t * line.s13)
        return found["lon2"], found["lat2"]

    return on_geodesic


def narrowed(
    lon: float, lat: float, at: Callable[[float], tuple[float, float]], length: float
) -> Foot:
    """Golden-section search on stretches of at most 2 km of an edge."""
    best: Foot = (inf, inf, inf)
    stretches = max(1, ceil(length / 2000))
    for stretch in range(stretches):
        low, high = stretch / stretches, (stretch + 1) / stretches
        while (high - low) * length > 1e-4:
            one, two = low + 0.381966 * (high - low), low + 0.618034 * (high - low)
            if metres_between(lon, lat, *at(one)) < metres_between(lon, lat, *at(two)):
                high = two
            else:
                low = one
        place = at((low + high) / 2)
        best = min(best, (metres_between(lon, lat, *place), *place))
    return best


@cache
def border_lines(name: str) -> dict[str, shapely.Geometry]:
    """Read the lines of a shipped border file by the name of the border."""
    frame = pyogrio.read_dataframe(BOUNDARIES / name)
    return dict(zip(frame["border"], frame.geometry, strict=True))


@cache
def shipped(name: str, edges: EdgeMeaning) -> dict[str, BorderIndex]:
    """Index each border of a shipped file."""
    lines = border_lines(name)
    return {border: border_index([line], edges=edges) for border, line in lines.items()}


@pytest.mark.parametrize("edges", list(EdgeMeaning))
@pytest.mark.parametrize("name", FILES)
def test_distances_and_feet_are_those_of_the_independent_search(
    name: str, edges: EdgeMeaning
) -> None:
    with REFERENCE.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] == name]
    rows = [row for row in rows if row["edges"] == edges.value]
    assert len(rows) == len(PLACES) * 17
    for row in rows:
        place = float(row["lon"]), float(row["lat"])
        assert place == PLACES[row["place"]]
        found = nearest_border([place[0]], [place[1]], shipped(name, edges)[row["border"]])
        assert found.metres[0] == pytest.approx(float(row["metres"]), abs=0.002)
        foot = geodesic_m(found.lon, found.lat, float(row["foot_lon"]), float(row["foot_lat"]))
        # Along the line the distance hardly changes at the foot: it is fixed less sharply.
        assert foot[0] < 0.05 + 1e-5 * found.metres[0]


@pytest.mark.parametrize("edges", list(EdgeMeaning))
@pytest.mark.parametrize("place", PLACES)
def test_the_reference_is_what_the_search_finds(place: str, edges: EdgeMeaning) -> None:
    line = border_lines("borders_ne.fgb")["MLI-NER"]
    with REFERENCE.open(newline="") as file:
        (metres,) = (
            float(row["metres"])
            for row in csv.DictReader(file)
            if (row["place"], row["file"], row["border"], row["edges"])
            == (place, "borders_ne.fgb", "MLI-NER", edges.value)
        )
    assert searched(*PLACES[place], line, edges)[0] == pytest.approx(metres, abs=1e-3)


def test_the_nearest_of_many_lines_is_the_least_of_the_distances_to_each() -> None:
    lines = list(border_lines("borders.fgb").values())
    rng = np.random.default_rng(20190514)
    lon, lat = rng.uniform(-5, 6, 300), rng.uniform(10, 18, 300)
    nearest = nearest_border(lon, lat, border_index(lines))
    each = [
        found.metres
        for found in border_distances(lon, lat, [border_index([line]) for line in lines])
    ]
    np.testing.assert_allclose(nearest.metres, np.min(each, axis=0), rtol=0, atol=1e-3)
    np.testing.assert_array_equal(nearest.line, np.argmin(each, axis=0))
    assert len(set(nearest.line.tolist())) > 10


def test_far_places_agree_with_the_search_as_well() -> None:
    line = shapely.LineString([(0.0, 10.0), (0.3, 10.4), (0.1, 11.0)])
    lon, lat = (
        np.array([-30.0, 60.0, 170.0, -179.0, 5.0]),
        np.array([40.0, -50.0, 5.0, -9.0, -90.0]),
    )
    found = nearest_border(lon, lat, border_index([line]))
    for k in range(lon.size):
        expected = searched(float(lon[k]), float(lat[k]), line, EdgeMeaning.LONLAT)
        assert found.metres[k] == pytest.approx(expected[0], abs=0.01)


@pytest.mark.parametrize("decoys", [0, 1, 5, 30, 200])
@pytest.mark.parametrize("east_m", [-190.0, -100.0, 0.0, 60.0, 190.0])
def test_many_near_ends_do_not_hide_the_middle_of_a_piece(decoys: int, east_m: float) -> None:
    # A piece of 390 m runs 100 m north of the place; points stand from 101 m on south of it, nearer
    # than the ends of the piece, and one stands nearer than the further end alone.
    ends = [wgs84().fwd(0.0, 14.0, 90.0, east_m + half)[:2] for half in (-195.0, 195.0)]
    north = [wgs84().fwd(lon, lat, 0.0, 100.0)[:2] for lon, lat in ends]
    away = [101.0 + 0.5 * k for k in range(decoys)] + [300.0]
    south = [shapely.Point(wgs84().fwd(0.0, 14.0, 180.0, metres)[:2]) for metres in away]
    found = nearest_border([0.0], [14.0], border_index([*south, shapely.LineString(north)]))
    assert found.metres[0] == pytest.approx(100.0, abs=0.02)
    assert found.line[0] == len(south)


def test_the_geodesic_chooses_where_the_chord_would_mislead() -> None:
    # Meridians are more curved than the equator: 1,000 km along one has a chord 7 m shorter.
    north = [wgs84().fwd(0.0, 0.0, 0.0, 1_000_002.0 + k)[:2] for k in range(3)]
    east = wgs84().fwd(0.0, 0.0, 90.0, 1_000_000.0)[:2]
    places = [shapely.Point(place) for place in ((90.0, 0.0), *north, east)]
    found = nearest_border([0.0], [0.0], border_index(places))
    assert found.line[0] == 4
    assert found.metres[0] == pytest.approx(1_000_000.0, abs=1e-6)


@pytest.mark.parametrize("edges", list(EdgeMeaning))
@given(
    vertices=st.lists(
        st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=2, max_size=4, unique=True
    ),
    origin=st.tuples(st.floats(-178, 178), st.floats(-80, 80)),
    share=st.floats(0, 1),
)
@settings(max_examples=40, deadline=None)
def test_zero_on_the_line(
    vertices: list[tuple[float, float]],
    origin: tuple[float, float],
    share: float,
    edges: EdgeMeaning,
) -> None:
    line = [(origin[0] + x, origin[1] + y) for x, y in vertices]
    index = border_index([shapely.LineString(line)], edges=edges)
    vertex_lon, vertex_lat = np.array(line).T
    at_vertex = nearest_border(vertex_lon, vertex_lat, index)
    assert at_vertex.metres.max() < 1e-6
    if edges is EdgeMeaning.LONLAT:
        place = tuple(a + share * (b - a) for a, b in zip(line[0], line[1], strict=True))
    else:
        azimuth, _, metres = wgs84().inv(*line[0], *line[1])
        place = wgs84().fwd(*line[0], azimuth, share * metres)[:2]
    assert nearest_border([place[0]], [place[1]], index).metres[0] < 0.01


@given(
    st.tuples(st.floats(-5, 6), st.floats(10, 18)),
    st.floats(0, 50_000),
    st.floats(0, 360),
    st.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_no_place_of_a_disc_is_outside_the_bounds(
    centre: tuple[float, float], radius_m: float, azimuth: float, share: float
) -> None:
    index = shipped("borders_ne.fgb", EdgeMeaning.LONLAT)["MLI-NER"]
    lon, lat, _ = wgs84().fwd(*centre, azimuth, radius_m * share)
    metres = nearest_border([centre[0], lon], [centre[1], lat], index).metres
    bounds = distance_bounds(metres[0], radius_m)
    assert bounds.low_m - 0.01 <= metres[1] <= bounds.high_m + 0.01


@given(st.permutations(range(6)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_places_and_what_stands_beside_them_change_nothing(order: list[int]) -> None:
    index = shipped("borders_ne.fgb", EdgeMeaning.LONLAT)["BFA-NER"]
    lon, lat = (
        np.array([0.0, 0.0, 1.5, 2.0, np.nan, -3.0]),
        np.array([14.0, 14.0, 13.0, 12.0, 1.0, 9.0]),
    )
    straight, mixed = nearest_border(lon, lat, index), nearest_border(lon[order], lat[order], index)
    for name in ("metres", "lon", "lat", "line"):
        np.testing.assert_array_equal(getattr(straight, name)[order], getattr(mixed, name))


def test_a_line_read_backwards_is_as_far_away() -> None:
    line = border_lines("borders_ne.fgb")["MLI-NER"]
    lon, lat = np.array(list(PLACES.values())).T
    there = nearest_border(lon, lat, border_index([line])).metres
    back = nearest_border(lon, lat, border_index([shapely.reverse(line)])).metres
    np.testing.assert_allclose(there, back, rtol=0, atol=1e-6)


def test_of_two_lines_that_share_a_stretch_the_first_one_wins() -> None:
    line = shapely.LineString([(0, 0), (1, 0.3), (2, 0.1)])
    lon, lat = np.linspace(-1, 3, 50), np.linspace(1, -1, 50)
    found = nearest_border(lon, lat, border_index([None, line, shapely.reverse(line)]))
    assert (found.line == 1).all()


def test_distance_to_tripoints() -> None:
    tripoints = pyogrio.read_dataframe(BOUNDARIES / "tripoints.geojson").geometry.values
    lon, lat = np.array(list(PLACES.values())).T
    found = nearest_border(lon, lat, border_index(tripoints))
    for k in range(lon.size):
        away = [metres_between(lon[k], lat[k], point.x, point.y) for point in tripoints]
        assert found.metres[k] == pytest.approx(min(away), abs=1e-4)
        assert found.line[k] == np.argmin(away)


def test_missing_places_have_no_distance() -> None:
    index = border_index([shapely.Point(0, 0)])
    found = nearest_border([np.nan, 0.0, 1.0], [0.0, np.nan, 0.0], index)
    np.testing.assert_array_equal(np.isnan(found.metres), [True, True, False])
    np.testing.assert_array_equal(np.isnan(found.lon), [True, True, False])
    np.testing.assert_array_equal(np.isnan(found.lat), [True, True, False])
    np.testing.assert_array_equal(found.line, [-1, -1, 0])


def test_no_places() -> None:
    found = nearest_border([], [], border_index([shapely.Point(0, 0)]))
    assert found.metres.shape == found.lon.shape == found.lat.shape == found.line.shape == (0,)


@pytest.mark.parametrize("lines", [[], [None], [shapely.LineString()]])
def test_without_a_line_nothing_is_near(lines: list[shapely.Geometry | None]) -> None:
    found = nearest_border([0.0], [0.0], border_index(lines))
    assert np.isnan(found.metres).all()
    assert found.line.tolist() == [-1]


def test_poles_are_places_like_any_other() -> None:
    ring = shapely.LineString([(lon, 80.0) for lon in range(-180, 181, 10)])
    found = nearest_border([0.0, 77.7], [90.0, 90.0], border_index([ring]))
    expected = metres_between(0.0, 90.0, 0.0, 80.0)
    np.testing.assert_allclose(found.metres, expected, atol=0.01)
    meridian = border_index([shapely.LineString([(0, 80), (0, 90), (90, 80)])])
    assert nearest_border([45.0], [90.0], meridian).metres[0] < 1e-6


def test_a_line_across_the_antimeridian_is_near_on_both_sides() -> None:
    index = border_index([shapely.LineString([(179.0, 0.0), (-179.0, 0.0)])])
    found = nearest_border([180.0, -180.0, 179.5, 0.0], [0.1, 0.1, -0.1, 0.0], index)
    expected = metres_between(0.0, 0.0, 0.0, 0.1)
    np.testing.assert_allclose(found.metres[:3], expected, atol=0.01)
    assert found.metres[3] == pytest.approx(metres_between(0.0, 0.0, 179.0, 0.0), abs=0.01)


def test_a_coordinate_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidGeometry, match="latitude"):
        nearest_border([0.0], [91.0], border_index([]))


def test_sources_that_disagree_widen_the_interval_and_are_flagged() -> None:
    metres = [
        [9_000.0, 2_000.0, 90_000.0, 7.0, np.nan, np.nan, 0.0],
        [9_400.0, 2_300.0, 90_600.0, np.nan, np.nan, np.nan, 0.0],
        [9_100.0, np.nan, 90_100.0, np.nan, np.nan, np.nan, 0.0],
    ]
    found = border_envelope(metres, [5_000.0, 1_000.0, 0.0, 10.0, 10.0, np.nan, 1.0])
    np.testing.assert_array_equal(found.low_m, [4_000, 1_000, 90_000, 0, np.nan, np.nan, 0])
    np.testing.assert_array_equal(found.high_m, [14_400, 3_300, 90_600, 17, np.nan, np.nan, 1])
    np.testing.assert_array_equal(found.spread_m, [400, 300, 600, np.nan, np.nan, np.nan, 0])
    np.testing.assert_array_equal(found.sources, [3, 2, 3, 1, 0, 0, 3])
    np.testing.assert_array_equal(found.disputed, [False, True, True, False, False, False, False])


def test_an_unknown_radius_leaves_the_spread_of_the_sources() -> None:
    found = border_envelope([[1_000.0], [2_000.0]], np.nan)
    assert np.isnan(found.low_m[0])
    assert np.isnan(found.high_m[0])
    assert found.spread_m[0] == 1_000.0
    assert found.disputed[0]


def test_an_envelope_of_no_sources_or_no_places_is_empty() -> None:
    assert border_envelope(np.empty((0, 2)), 0.0).sources.tolist() == [0, 0]
    assert np.isnan(border_envelope(np.empty((0, 2)), 0.0).low_m).all()
    assert border_envelope(np.empty((3, 0)), 0.0).low_m.shape == (0,)
    with pytest.raises(InvalidGeometry, match="two axes"):
        border_envelope([1.0], 0.0)
