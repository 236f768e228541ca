"""Boxes of other systems: read in the order of their axes, and held by the degrees around them."""

from __future__ import annotations

from functools import cache
from math import isfinite

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pyproj import Transformer

from gis.bbox import BBox
from gis.crs import geodesic_m
from gis.errors import InvalidBBox
from gis.foreign_box import ForeignBox, foreign_box, parse_box
from gis.reference_systems import CRS84, ReferenceSystem, epsg

UTM = epsg(32631)
MERCATOR = epsg(3857)
FIJI_UTM = epsg(32760)
POLAR = epsg(3031)
NORTH_FIRST_METRES = epsg(3035)
FOREIGN = st.sampled_from([UTM, MERCATOR, FIJI_UTM, POLAR, epsg(32630), epsg(2154)])


@cache
def transformer(srid: int) -> Transformer:
    return Transformer.from_crs(4326, srid, always_xy=True)


def holds(box: BBox, lon: float, lat: float) -> bool:
    return any(
        part.west <= lon <= part.east and part.south <= lat <= part.north for part in box.parts()
    )


def test_wgs84_is_a_box_of_degrees_in_either_order_of_axes() -> None:
    assert parse_box("0,14,4,16", CRS84) == BBox(0, 14, 4, 16)
    assert parse_box("14,0,16,4", epsg(4326)) == BBox(0, 14, 4, 16)
    assert parse_box("14,0,-100,16,4,9000", epsg(4326)) == BBox(0, 14, 4, 16)
    assert parse_box("65,177,70,-177", epsg(4326)) == BBox(177, 65, -177, 70)
    with pytest.raises(InvalidBBox, match="latitudes"):
        parse_box("177,65,178,70", epsg(4326))


def test_metres_are_kept_as_they_were_stated() -> None:
    box = parse_box("400000,1500000,600000,1700000", UTM)
    assert isinstance(box, ForeignBox)
    assert (box.srid, box.west, box.south, box.east, box.north) == (
        32631,
        400000,
        1500000,
        600000,
        1700000,
    )
    assert holds(box.around, 3, 14.5)
    assert not holds(box.around, 3, 13)
    assert not holds(box.around, 5, 14.5)


def test_a_system_that_puts_north_first_is_read_so() -> None:
    box = parse_box("3000000,4000000,3100000,4200000", NORTH_FIRST_METRES)
    assert isinstance(box, ForeignBox)
    assert (box.west, box.south, box.east, box.north) == (4000000, 3000000, 4200000, 3100000)


def test_heights_are_passed_over() -> None:
    assert parse_box("4e5,15e5,0,6e5,17e5,100", UTM) == parse_box("4e5,15e5,6e5,17e5", UTM)


def test_the_degrees_around_do_not_name_a_question() -> None:
    assert "around" not in repr(foreign_box(UTM, 4e5, 15e5, 6e5, 17e5))


@pytest.mark.parametrize(
    "text, rule",
    [
        ("", "list of numbers"),
        ("1,2,3", "four numbers"),
        ("1,2,nan,4", "finite"),
        ("1,2,inf,4", "finite"),
        ("600000,1500000,400000,1700000", "not above"),
        ("400000,1700000,600000,1500000", "not above"),
        ("1e20,0,1e21,1", "no place of the earth"),
        ("1e308,1e308,1.7e308,1.7e308", "no place of the earth"),
        ("-1.7e308,-1.7e308,1.7e308,1.7e308", "no place of the earth"),
        ("4e5,1,9,6e5,2,8", "height"),
    ],
)
def test_what_is_no_box_of_the_system_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InvalidBBox, match=rule):
        parse_box(text, UTM)


def test_a_box_beyond_the_edge_of_the_map_is_refused_with_the_area() -> None:
    with pytest.raises(InvalidBBox, match=r"latitudes -85\.06 to 85\.06"):
        foreign_box(MERCATOR, 3e7, 0, 4e7, 1e6)


def test_a_box_that_reaches_beyond_the_map_is_looked_for_everywhere() -> None:
    assert foreign_box(MERCATOR, -3e7, -3e7, 3e7, 3e7).around == BBox(-180, -90, 180, 90)


def test_a_box_across_the_antimeridian_stays_narrow() -> None:
    around = foreign_box(FIJI_UTM, 400_000, 8_000_000, 1_000_000, 8_100_000).around
    assert around.west > around.east
    assert holds(around, 179.99, -17.5)
    assert holds(around, -179.99, -17.5)
    assert not holds(around, 0, -17.5)


def test_a_box_with_a_pole_in_it_has_all_longitudes() -> None:
    around = foreign_box(POLAR, -1e6, -1e6, 1e6, 1e6).around
    assert (around.west, around.south, around.east) == (-180, -90, 180)
    assert -82 < around.north < -75


@given(FOREIGN, st.floats(-180, 180), st.floats(-90, 90), *[st.floats(0, 3e6)] * 4)
@example(UTM, 3.0, 90.0, 5e5, 5e5, 5e5, 5e5)
@example(FIJI_UTM, -180.0, -17.0, 1e5, 1e5, 1e5, 1e5)
def test_a_place_in_the_box_is_in_the_degrees_around_it(
    system: ReferenceSystem,
    lon: float,
    lat: float,
    west: float,
    south: float,
    east: float,
    north: float,
) -> None:
    x, y = transformer(system.srid).transform(lon, lat)
    # Some poles are infinitely far.
    assume(max(abs(x), abs(y)) < 3e7)
    # Far over the pole of a zone some places have coordinates that are another place's as well.
    back = transformer(system.srid).transform(x, y, direction="INVERSE")
    assume(geodesic_m([lon], [lat], [back[0]], [back[1]])[0] < 1)
    box = foreign_box(system, x - west, y - south, x + east, y + north)
    assert holds(box.around, lon, lat), box


@given(
    st.sampled_from([CRS84, epsg(4326), UTM, MERCATOR]),
    st.lists(st.floats(), min_size=3, max_size=7).map(lambda edges: ",".join(map(str, edges))),
)
def test_any_numbers_are_a_box_or_refused(system: ReferenceSystem, text: str) -> None:
    try:
        box: BBox | ForeignBox | None = parse_box(text, system)
    except InvalidBBox:
        box = None
    assert box is None or (box.south <= box.north and isfinite(box.east - box.west))
