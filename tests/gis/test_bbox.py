from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.bbox import BBox, parse_bbox
from gis.errors import InvalidBBox

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)


@st.composite
def boxes(draw: st.DrawFn) -> BBox:
    south, north = sorted((draw(LATITUDES), draw(LATITUDES)))
    return BBox(draw(LONGITUDES), south, draw(LONGITUDES), north)


@pytest.mark.parametrize(
    "text, box",
    [
        ("0,14,4,16", BBox(0, 14, 4, 16)),
        (" 0 , 14.5,4e0,16", BBox(0, 14.5, 4, 16)),
        ("-180,-90,180,90", BBox(-180, -90, 180, 90)),
        ("177,65,-177,70", BBox(177, 65, -177, 70)),
        ("1,2,1,2", BBox(1, 2, 1, 2)),
        ("0,14,-100,4,16,9000", BBox(0, 14, 4, 16)),
        ("0,14,7,4,16,7", BBox(0, 14, 4, 16)),
    ],
)
def test_boxes_are_read(text: str, box: BBox) -> None:
    assert parse_bbox(text) == box


@pytest.mark.parametrize(
    "text, rule",
    [
        ("", "list of numbers"),
        ("0,14,4", "four numbers"),
        ("0,14,4,16,", "list of numbers"),
        ("0,14,4,16,5", "four numbers"),
        ("0,14,4,16,5,6,7", "four numbers"),
        ("0;14;4;16", "list of numbers"),
        ("1_0,14,40,16", "list of numbers"),
        ("nan,14,4,16", "finite"),
        ("0,14,inf,16", "finite"),
        ("0,16,4,14", "southern edge"),
        ("0,-91,4,16", "latitudes"),
        ("0,14,4,90.0001", "latitudes"),
        ("-181,14,4,16", "longitudes"),
        ("0,14,360,16", "longitudes"),
        ("0,14,9,4,16,-9", "lower height"),
        ("0,14,nan,4,16,9", "finite"),
    ],
)
def test_what_is_no_box_is_refused_with_its_rule(text: str, rule: str) -> None:
    with pytest.raises(InvalidBBox, match=rule):
        parse_bbox(text)


@given(boxes())
def test_a_box_survives_its_text(box: BBox) -> None:
    assert parse_bbox(str(box)) == box


@given(boxes(), LONGITUDES, LATITUDES)
def test_parts_hold_together_what_the_box_holds(box: BBox, lon: float, lat: float) -> None:
    east_of_west, west_of_east = box.west <= lon, lon <= box.east
    crosses = box.west > box.east
    inside = (east_of_west or west_of_east) if crosses else (east_of_west and west_of_east)
    inside = inside and box.south <= lat <= box.north
    parts = box.parts()
    assert all(part.west <= part.east for part in parts)
    assert inside == any(
        part.west <= lon <= part.east and part.south <= lat <= part.north for part in parts
    )


@given(st.text())
def test_any_text_is_a_box_or_refused(text: str) -> None:
    try:
        box = parse_bbox(text)
    except InvalidBBox:
        return  # nothing else may be raised
    assert parse_bbox(str(box)) == box
