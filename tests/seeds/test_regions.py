"""Liptako-Gourma in three variants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shapely
from sqlalchemy import text

from db.engine import connect
from db.history import current_version
from db.write.upsert import Written
from seeds.regions import geodesic_area_km2, load_regions
from tests.seeds.catalogued import add_sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as opened:
        add_sources(opened)
        yield opened


def test_three_variants_with_their_areas(connection: Connection) -> None:
    """Areas as measured when the files were made; the three states as the sum of the outlines."""
    assert load_regions(connection) == Written(3, 0, 0)
    stored = text(
        "SELECT variant, area_km2, ST_Area(geom::geography) / 1e6 FROM liptako.region"
        " WHERE code = 'liptako-gourma' AND ST_IsValid(geom) ORDER BY variant"
    )
    areas = {
        variant: (stated, measured) for variant, stated, measured in connection.execute(stored)
    }
    assert {variant: stated for variant, (stated, _) in areas.items()} == pytest.approx(
        {
            "alg_listed_units": 1_185_341.9,
            "quadrilateral_four_cities": 241_779.0,
            "three_states": 1_180_011.4 + 1_252_394.0 + 272_914.8,
        },
        abs=0.2,
    )
    for stated, measured in areas.values():
        assert stated == pytest.approx(measured, rel=1e-9)


def test_the_listed_units_lie_in_the_three_states(connection: Connection) -> None:
    load_regions(connection)
    # The outlines of units and countries come from different sources and part near the borders.
    share = text(
        "SELECT ST_Area(ST_Intersection(part.geom, whole.geom)) / ST_Area(part.geom)"
        " FROM liptako.region part, liptako.region whole"
        " WHERE part.variant = 'alg_listed_units' AND whole.variant = 'three_states'"
    )
    assert connection.scalar(share) > 0.99


def test_a_second_load_changes_nothing(connection: Connection) -> None:
    load_regions(connection)
    connection.commit()
    before = current_version(connection)
    assert load_regions(connection) == Written(0, 0, 3)
    connection.commit()
    assert current_version(connection) == before


def test_holes_are_not_part_of_an_area() -> None:
    whole, hole = shapely.box(0, 0, 2, 2), shapely.box(0.5, 0.5, 1, 1)
    # Both rings run the same way round, which must not make the hole count.
    holed = shapely.Polygon(whole.exterior.coords, [hole.exterior.coords])
    assert geodesic_area_km2(holed) == pytest.approx(
        geodesic_area_km2(whole) - geodesic_area_km2(hole)
    )
    assert geodesic_area_km2(shapely.MultiPolygon([hole, shapely.box(5, 5, 6, 6)])) > 12_000
    assert geodesic_area_km2(shapely.Polygon()) == 0
