"""Places by code, boxes of countries, units around points and units by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
import shapely
from sqlalchemy.dialects.postgresql import Range

from db.engine import connect
from db.places import (
    FoundPlace,
    Units,
    area_of_unit,
    country_boxes,
    folded,
    place_by_code,
    unit_named,
    units_containing,
)
from db.vocabulary import BoundaryKind
from db.write.places import BoundaryRow, PlaceRow, write_boundaries, write_places
from gis.bbox import BBox
from tests.db.rows import add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


def square(west: float, south: float, east: float, north: float) -> shapely.MultiPolygon:
    return shapely.MultiPolygon([shapely.box(west, south, east, north)])


GAO = BoundaryRow(
    kind=BoundaryKind.ADM1,
    code="MLI/Gao",
    name="Gao",
    source="old",
    edition="2012",
    geometry=square(0, 15, 4, 18),
    country="MLI",
)
TIMBUKTU = replace(GAO, code="MLI/Timbuktu", name="Tombouctou", geometry=square(-5, 15, 0, 25))
MENAKA = replace(
    GAO, code="ML-9", name="Ménaka", source="open", edition="2020", geometry=square(2, 15, 4, 18)
)
SAHEL = replace(
    GAO,
    code="BFA/Sahel",
    name="Sahel",
    country="BFA",
    geometry=square(-2, 13, 0, 14.5),
    valid=Range(None, date(2025, 7, 2)),
)
SOUM = replace(SAHEL, code="BF59", name="Soum", edition="2025", valid=Range(date(2025, 7, 2), None))
ANSONGO = replace(
    GAO,
    kind=BoundaryKind.ADM2,
    code="MLI/Gao/Ansongo",
    name="Cercle d'Ansongo",
    geometry=square(0, 15, 2, 16),
)
ROWS = (GAO, TIMBUKTU, MENAKA, SAHEL, SOUM, ANSONGO)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url) as plain:
        add_source(plain, "old", licence="CC0")
        add_source(plain, "open", licence="ODbL 1.0")
    with connect(database_url) as opened:
        write_boundaries(opened, ROWS)
        yield opened


def names(units: Units) -> tuple[str | None, str | None]:
    return (
        None if units.adm1 is None else units.adm1.name,
        None if units.adm2 is None else units.adm2.name,
    )


def test_places_are_found_by_their_codes(connection: Connection) -> None:
    inates = PlaceRow(
        code="geonames:2443230",
        name="I-n-Atès",
        feature_class="H",
        source="old",
        lon=1.3135,
        lat=15.2275,
        country="NER",
    )
    write_places(connection, [inates])
    found = place_by_code(connection, ["geonames:2443230", "geonames:1", "geonames:2443230"])
    assert found == {"geonames:2443230": FoundPlace(1, 1.3135, 15.2275, "NER", None, None)}
    assert place_by_code(connection, []) == {}


def test_the_box_of_a_country_holds_the_outlines_of_all_sources(connection: Connection) -> None:
    mali = replace(GAO, kind=BoundaryKind.ADM0, code="MLI", geometry=square(-12, 10, 4, 25))
    other = replace(mali, source="open", geometry=square(-12.5, 10.5, 4.5, 24))
    niger = replace(mali, code="NER", country="NER", geometry=square(0, 11, 16, 23.5))
    write_boundaries(connection, [mali, other, niger])
    assert country_boxes(connection) == {
        "MLI": BBox(-12.5, 10, 4.5, 25),
        "NER": BBox(0, 11, 16, 23.5),
    }


def test_a_database_without_countries_has_no_boxes(connection: Connection) -> None:
    assert country_boxes(connection) == {}


def test_the_unit_in_force_on_the_day_is_taken(connection: Connection) -> None:
    before, after = units_containing(
        connection, [(-1, 14, date(2025, 7, 1)), (-1, 14, date(2025, 7, 2))]
    )
    assert (names(before), names(after)) == (("Sahel", None), ("Soum", None))
    assert before.adm1 is not None
    assert before.adm1.in_force


def test_of_unknown_validity_the_newest_edition_is_taken_and_said_so(
    connection: Connection,
) -> None:
    day = date(2019, 1, 1)
    in_menaka, in_gao, nowhere = units_containing(
        connection, [(3, 16, day), (1, 15.5, day), (50, 50, day)]
    )
    assert names(in_menaka) == ("Ménaka", None)
    assert names(in_gao) == ("Gao", "Cercle d'Ansongo")
    assert nowhere == Units()
    assert in_menaka.adm1 is not None
    assert (in_menaka.adm1.in_force, in_menaka.adm1.edition) == (False, "2020")


def test_a_unit_in_force_comes_before_a_newer_edition(connection: Connection) -> None:
    dated = replace(MENAKA, source="old", edition="1999", name="dated", valid=Range(None, None))
    write_boundaries(connection, [dated])
    (units,) = units_containing(connection, [(3, 16, date(2019, 1, 1))])
    assert names(units) == ("dated", None)


def test_no_points_have_no_units(connection: Connection) -> None:
    assert units_containing(connection, []) == []


@pytest.mark.parametrize(
    "name, code",
    [
        ("gao", "MLI/Gao"),
        ("Région de Gao", "MLI/Gao"),
        ("Gao region", "MLI/Gao"),
        ("Timbuktu", "MLI/Timbuktu"),
        ("Tombouctou", "MLI/Timbuktu"),
        ("Sahel", None),
        ("Nowhere", None),
        ("", None),
        ("–", None),
    ],
)
def test_a_unit_goes_by_its_spellings(connection: Connection, name: str, code: str | None) -> None:
    unit = unit_named(connection, "MLI", "adm1", name)
    assert (None if unit is None else unit.code) == code


def test_levels_are_not_mixed(connection: Connection) -> None:
    assert unit_named(connection, "MLI", "adm1", "Ansongo") is None
    unit = unit_named(connection, "MLI", "adm2", "Ansongo cercle")
    assert unit is not None
    assert unit.code == "MLI/Gao/Ansongo"


def test_outlines_under_share_alike_are_taken_only_if_asked_for(connection: Connection) -> None:
    assert unit_named(connection, "MLI", "adm1", "Menaka") is None
    assert area_of_unit(connection, "MLI", "adm1", "Menaka") is None
    unit = unit_named(connection, "MLI", "adm1", "Menaka", share_alike=True)
    assert unit is not None
    assert (unit.code, unit.source) == ("ML-9", "open")


def test_a_unit_that_was_not_in_force_has_no_area(connection: Connection) -> None:
    before, after = date(2019, 8, 1), date(2025, 8, 1)
    assert area_of_unit(connection, "BFA", "adm1", "Sahel", day=before) is not None
    assert area_of_unit(connection, "BFA", "adm1", "Sahel", day=after) is None
    assert area_of_unit(connection, "BFA", "adm1", "Soum", day=before) is None
    assert area_of_unit(connection, "BFA", "adm1", "Soum") is not None


def test_a_name_of_two_units_is_of_neither(connection: Connection) -> None:
    write_boundaries(connection, [replace(ANSONGO, code="MLI/Kidal/Ansongo")])
    assert unit_named(connection, "MLI", "adm2", "Ansongo") is None


@pytest.mark.parametrize(
    "spelling, reduced",
    [
        ("Tillabéri", "tillaberi"),
        ("Cercle d’Ansongo", "ansongo"),
        ("Birni N'Gaouré", "birningaoure"),
        ("Plateau-Central", "plateaucentral"),
        ("Bamako District", "bamako"),
        ("Region", "region"),
        ("", ""),
    ],
)
def test_names_are_reduced_to_what_spellings_share(spelling: str, reduced: str) -> None:
    assert folded(spelling) == reduced
