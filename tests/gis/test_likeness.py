from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.likeness import nearest


@pytest.mark.parametrize(
    "name, known, meant",
    [
        ("datetme", ["bbox", "datetime"], "datetime"),
        ("GeoJSON", ["json", "geojson"], "geojson"),
        ("webmercatorquad", ["WorldCRS84Quad", "WebMercatorQuad"], "WebMercatorQuad"),
        ("x", ["bbox", "datetime"], None),
        ("", ["bbox"], None),
        ("bbox", [], None),
    ],
)
def test_the_name_that_was_meant(name: str, known: list[str], meant: str | None) -> None:
    assert nearest(name, known) == meant


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=10), max_size=6))
def test_it_is_one_of_the_known(name: str, known: list[str]) -> None:
    assert nearest(name, known) in {*known, None}
