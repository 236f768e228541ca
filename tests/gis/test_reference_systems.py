"""What a client may call a coordinate reference system, and what follows from it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.bbox import BBox
from gis.errors import CrsMismatch
from gis.reference_systems import CRS84, REGION_EPSG, ReferenceSystem, epsg, offered, parse_system

SYSTEMS = offered(REGION_EPSG)
LAMBERT_93 = 2154
NORTH_FIRST_METRES = 3035
THREE_AXES = 4979


def test_crs84_comes_first_and_all_have_a_name_of_their_own() -> None:
    assert SYSTEMS[0] == CRS84 == offered(())[0]
    assert [system.srid for system in SYSTEMS] == [4326, *REGION_EPSG]
    assert len({system.uri for system in SYSTEMS}) == len(SYSTEMS)
    assert offered(REGION_EPSG) is SYSTEMS


@pytest.mark.parametrize(
    "code, north_first, decimals",
    [
        (4326, True, 7),
        (3857, False, 3),
        (32630, False, 3),
        (32631, False, 3),
        (32632, False, 3),
        (LAMBERT_93, False, 3),
        (NORTH_FIRST_METRES, True, 3),
    ],
)
def test_a_code_of_epsg_says_its_order_of_axes_and_unit(
    code: int, north_first: bool, decimals: int
) -> None:
    system = epsg(code)
    assert (system.north_first, system.decimals, system.srid) == (north_first, decimals, code)
    assert system.uri == f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    assert system.is_wgs84 == (code == 4326)


def test_the_area_of_a_utm_zone_is_six_degrees_wide() -> None:
    assert epsg(32631).area == BBox(0, 0, 6, 84)


@pytest.mark.parametrize(
    "code, reach",
    [
        (4326, BBox(-180, -90, 180, 90)),
        (3857, BBox(-180, -90, 180, 90)),
        (32630, BBox(-78, -72, 72, 90)),
        (32631, BBox(-72, -72, 78, 90)),
        (32660, BBox(102, -72, -108, 90)),
    ],
)
def test_a_system_reaches_as_far_as_its_coordinates_lead_back(code: int, reach: BBox) -> None:
    assert epsg(code).reach == reach


@pytest.mark.parametrize("code", [0, 99999, THREE_AXES])
def test_a_code_that_names_no_flat_system_is_refused(code: int) -> None:
    with pytest.raises(CrsMismatch) as caught:
        epsg(code)
    assert caught.value.value == f"EPSG:{code}"


@pytest.mark.parametrize(
    "form",
    [
        "http://www.opengis.net/def/crs/EPSG/0/{}",
        "https://www.opengis.net/def/crs/epsg/0/{}",
        "http://www.opengis.net/def/crs/EPSG/9.9.1/{}",
        "urn:ogc:def:crs:EPSG::{}",
        "urn:ogc:def:crs:EPSG:9.9.1:{}",
        "URN:OGC:DEF:CRS:EPSG::{}",
        "[EPSG:{}]",
        "EPSG:{}",
        " epsg:{} ",
    ],
)
@pytest.mark.parametrize("system", SYSTEMS[1:], ids=lambda system: str(system.srid))
def test_every_form_of_a_name_is_the_same_system(form: str, system: ReferenceSystem) -> None:
    assert parse_system(form.format(system.srid), SYSTEMS) is system


@pytest.mark.parametrize(
    "text",
    [
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "http://www.opengis.net/def/crs/OGC/0/CRS84",
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:OGC::CRS84",
        "[OGC:CRS84]",
        "OGC:CRS84",
    ],
)
def test_crs84_has_its_forms_too(text: str) -> None:
    assert parse_system(text, SYSTEMS) is CRS84


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4326",
        "[EPSG:4326",
        "EPSG:4326]",
        "EPSG:4326 or 1=1",
        "http://www.opengis.net/def/crs/0/unsupported",
        "http://www.opengis.net/def/crs/EPSG/0/2154",
        "http://www.opengis.net/def/crs/OGC/0/CRS84h",
        "http://www.opengis.example/def/crs/EPSG/0/4326",
        "http://www.opengis.net/def/crs/EPSG/0/4326/",
        "EPSG:CRS84",
    ],
)
def test_what_is_not_offered_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(CrsMismatch) as caught:
        parse_system(text, SYSTEMS)
    assert caught.value.value == text
    for system in SYSTEMS:
        assert system.uri in caught.value.rule


def test_a_system_is_offered_or_not_by_the_list_alone() -> None:
    assert parse_system("EPSG:2154", offered((LAMBERT_93,))) is epsg(LAMBERT_93)
    with pytest.raises(CrsMismatch):
        parse_system("EPSG:4326", offered((LAMBERT_93,)))


@given(st.text())
def test_any_text_is_a_system_or_refused(text: str) -> None:
    try:
        found: ReferenceSystem | None = parse_system(text, SYSTEMS)
    except CrsMismatch:
        found = None
    assert found is None or found in SYSTEMS
