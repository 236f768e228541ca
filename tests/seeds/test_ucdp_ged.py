"""UCDP GED rows into events or faults: every layout, every code, every broken cell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.vocabulary import (
    ActorKind,
    ActorRoleName,
    EstimateRule,
    EventType,
    PersonStatus,
    PlacePrecision,
    TimeExtent,
    TimePrecision,
)
from gis.bbox import BBox
from gis.interval import Interval
from seeds.dataset import Context, Records
from seeds.errors import RowFault, SeedError
from seeds.formats.ucdp_cells import LAYOUT, LAYOUT_OLD, READERS
from seeds.formats.ucdp_ged import DATASET, covered_until, edition_of, is_row, parse, report
from seeds.records import CasualtiesClaim
from seeds.rows import Row, open_table
from tests.seeds.ged import GLOBAL, HDX, LIPTAKO, OLD, PLAIN, published, row

if TYPE_CHECKING:
    from pathlib import Path

NIGER = {"NER": BBox(0.15, 11.69, 16.0, 23.53)}
CONTEXT = Context("some.csv", "ucdp-ged-25.1", NIGER)


def event(**changes: str) -> Records:
    result = parse(row(**changes), CONTEXT)
    assert isinstance(result, Records)
    return result


def faults(**changes: str) -> list[RowFault]:
    result = parse(row(**changes), CONTEXT)
    assert isinstance(result, list)
    return result


def figures(made: Records) -> dict[str, tuple[int | None, int | None, int | None]]:
    claims = made.incident.claims
    return {
        claim.id: (claim.low, claim.best, claim.high)
        for claim in claims
        if isinstance(claim, CasualtiesClaim)
    }


def test_a_plain_row() -> None:
    made = event()
    incident = made.incident
    assert made.external_id == "4711"
    assert incident.code == "ucdp-ged-4711"
    assert incident.title == "Government of Niger - IS, Inates town, 2021-03-15"
    assert (incident.event_type, incident.sub_type) == (EventType.BATTLE, "state-based")
    assert incident.time.occurred == Interval(datetime(2021, 3, 15), datetime(2021, 3, 16))
    assert (incident.time.precision, incident.time.extent) == ("day", "within")
    assert incident.time.zone is None
    assert (incident.place.lon, incident.place.lat) == (1.3135, 15.2275)
    assert (incident.place.country, incident.place.adm1) == ("NER", "Tillabéri region")
    assert incident.place.radius_m is None
    assert incident.note is None


def test_the_total_is_a_claim_with_bounds_and_its_parts_are_single_figures() -> None:
    made = event()
    assert figures(made) == {
        "total": (7, 8, 12),
        "side-a": (None, 3, None),
        "side-b": (None, 4, None),
        "civilians": (None, 0, None),
        "unknown": (None, 1, None),
    }
    assert [claim.part_of for claim in made.incident.claims] == [None, *["total"] * 4]
    assert {claim.report for claim in made.incident.claims} == {"ucdp-ged-25.1"}


def test_zero_is_a_claim_and_survives_below_a_high_figure() -> None:
    made = event(low="0", best="0", high="23", deaths_a="0", deaths_b="0", deaths_unknown="0")
    assert figures(made)["total"] == (0, 0, 23)
    assert figures(made)["civilians"] == (None, 0, None)
    estimate, _ = made.incident.estimates
    assert (estimate.low, estimate.best, estimate.high) == (0, 0, 23)


def test_bounds_out_of_order_are_kept_as_published() -> None:
    estimate, _ = event(low="23", best="4", high="1").incident.estimates
    assert (estimate.low, estimate.best, estimate.high) == (23, 4, 1)
    assert estimate.rule is EstimateRule.AS_PUBLISHED


def test_the_claimant_is_who_told_the_press() -> None:
    claims = event(source_original=" CSP leader; IS\n").incident.claims
    assert {claim.claimant for claim in claims} == {"CSP leader; IS"}
    assert {claim.claimant for claim in event().incident.claims} == {None}


@pytest.mark.parametrize(
    "code, event_type, sub_type",
    [
        ("1", EventType.BATTLE, "state-based"),
        ("2", EventType.BATTLE, "non-state"),
        ("3", EventType.VIOLENCE_AGAINST_CIVILIANS, "one-sided"),
    ],
)
def test_types_of_violence(code: str, event_type: EventType, sub_type: str) -> None:
    incident = event(type_of_violence=code).incident
    assert (incident.event_type, incident.sub_type) == (event_type, sub_type)


def test_sides_of_a_battle_are_parties() -> None:
    made = event()
    assert [(one.actor, one.role) for one in made.incident.actors] == [
        ("ucdp-75", ActorRoleName.PARTY),
        ("ucdp-234", ActorRoleName.PARTY),
    ]
    assert [(one.code, one.kind, one.country) for one in made.actors] == [
        ("ucdp-75", ActorKind.GOVERNMENT, "NER"),
        ("ucdp-234", ActorKind.ARMED_GROUP, None),
    ]
    (alias,) = made.actors[1].aliases
    assert (alias.name, alias.dataset, alias.external_id) == ("IS", "ucdp-ged", "234")


def test_one_sided_violence_has_a_perpetrator_and_a_target() -> None:
    made = event(type_of_violence="3", side_b_new_id="1", side_b="Civilians")
    assert [(one.actor, one.role) for one in made.incident.actors] == [
        ("ucdp-75", ActorRoleName.ALLEGED_PERPETRATOR),
        ("ucdp-1", ActorRoleName.TARGET),
    ]
    assert made.actors[1].kind is ActorKind.CIVILIANS


def test_a_side_against_itself_is_one_party() -> None:
    made = event(side_b_new_id="75", side_b="Government of Niger", gwnob="436")
    assert len(made.incident.actors) == 1


def test_a_list_of_state_numbers_is_a_government_of_no_single_country() -> None:
    coalition = event(gwnoa="2;200;900").actors[0]
    assert (coalition.kind, coalition.country) == (ActorKind.GOVERNMENT, None)


@pytest.mark.parametrize(
    "code, end, clarity, precision, extent",
    [
        ("1", "2021-03-15", "1", TimePrecision.DAY, TimeExtent.WITHIN),
        ("1", "2021-03-15", "2", TimePrecision.DAY, TimeExtent.WITHIN),
        ("1", "2021-03-17", "1", TimePrecision.DAY, TimeExtent.THROUGHOUT),
        ("2", "2021-03-17", "1", TimePrecision.DAYS, TimeExtent.WITHIN),
        ("2", "2021-03-17", "2", TimePrecision.DAYS, TimeExtent.THROUGHOUT),
        ("3", "2021-03-21", "1", TimePrecision.WEEK, TimeExtent.WITHIN),
        ("4", "2021-04-14", "1", TimePrecision.MONTH, TimeExtent.WITHIN),
        ("5", "2022-03-14", "1", TimePrecision.YEAR, TimeExtent.WITHIN),
        ("5", "2023-03-14", "2", TimePrecision.LONGER, TimeExtent.THROUGHOUT),
    ],
)
def test_date_precision_and_clarity(
    code: str, end: str, clarity: str, precision: TimePrecision, extent: TimeExtent
) -> None:
    time = event(date_prec=code, date_end=end, event_clarity=clarity).incident.time
    assert (time.precision, time.extent) == (precision, extent)
    assert time.occurred is not None
    assert time.occurred.start == datetime(2021, 3, 15)


def test_a_summary_event_says_so() -> None:
    assert "Summary event" in str(event(event_clarity="2").incident.note)


@pytest.mark.parametrize(
    "code, precision, has_point",
    [
        ("1", PlacePrecision.SETTLEMENT, True),
        ("2", PlacePrecision.NEAR, True),
        ("3", PlacePrecision.ADM2, True),
        ("4", PlacePrecision.ADM1, True),
        ("5", PlacePrecision.AREA, True),
        ("6", PlacePrecision.COUNTRY, False),
        ("7", PlacePrecision.SEA, False),
    ],
)
def test_place_precision(code: str, precision: PlacePrecision, has_point: bool) -> None:
    place = event(where_prec=code).incident.place
    assert place.precision is precision
    assert (place.lon is not None, place.lat is not None) == (has_point, has_point)


def test_a_country_without_an_iso_code_is_no_country_of_another() -> None:
    incident = event(country="Atlantis", country_id="999").incident
    assert incident.place.country is None
    assert "Atlantis (999)" in str(incident.note)


@pytest.mark.parametrize("text", ["2021-03-15", "2021-03-15 00:00:00", "2021-03-15 00:00:00.000"])
def test_dates_with_and_without_a_midnight(text: str) -> None:
    assert event(date_start=text).incident.time == event().incident.time


@pytest.mark.parametrize("text", ["0", "1", "true", "False"])
def test_flags_of_every_edition(text: str) -> None:
    assert event(active_year=text).external_id == "4711"


def test_uncounted_sources_are_no_fault() -> None:
    assert event(number_of_sources="-1").external_id == "4711"


@pytest.mark.parametrize(
    "column, value, rule",
    [
        ("id", "", "whole number"),
        ("id", "4711.0", "whole number"),
        ("active_year", "yes", "true or false"),
        ("type_of_violence", "4", "1 to 3"),
        ("type_of_violence", "²", "1 to 3"),
        ("side_a", " ", "a name"),
        ("number_of_sources", "-2", "whole number"),
        ("where_prec", "0", "1 to 7"),
        ("latitude", "91", "-90 to 90"),
        ("latitude", "nan", "-90 to 90"),
        ("longitude", "180.5", "-180 to 180"),
        ("longitude", "1,3135", "-180 to 180"),
        ("date_prec", "6", "1 to 5"),
        ("date_start", "15/03/2021", "YYYY-MM-DD"),
        ("date_start", "2021-02-30", "YYYY-MM-DD"),
        ("date_start", "2021-W11-1", "YYYY-MM-DD"),
        ("date_end", "9999-12-31", "YYYY-MM-DD"),
        ("date_end", "2021-03-14", "not before date_start, 2021-03-15"),
        ("best", "eight", "whole number"),
        ("best", "", "whole number"),
        ("deaths_civilians", "-1", "whole number"),
        ("high", "1e3", "whole number"),
        ("low", "1" * 13, "12 digits"),
    ],
)
def test_a_broken_cell_is_one_fault_with_its_rule(column: str, value: str, rule: str) -> None:
    (fault,) = faults(**{column: value})
    assert (fault.file, fault.line, fault.column) == ("some.csv", 2, column)
    assert fault.value == value
    assert rule in fault.rule


def test_all_faults_of_a_row_are_found_at_once() -> None:
    found = faults(latitude="91", best="x", date_start="?")
    assert {fault.column for fault in found} == {"latitude", "best", "date_start"}


def test_longitude_and_latitude_swapped_are_a_fault() -> None:
    (fault,) = faults(longitude="15.2275", latitude="1.3135")
    assert (fault.column, fault.value) == ("longitude", "15.2275")
    assert fault.rule == (
        "the point lies outside NER; with longitude and latitude swapped it would lie inside"
    )


@pytest.mark.parametrize(
    "longitude, latitude, place",
    [
        ("-0.5", "14.0", "1"),  # In Burkina Faso near the border: told loosely, but told so.
        ("100.0", "50.0", "1"),  # Far away, and swapping would not help.
        ("13.0", "11.0", "1"),  # Just outside; swapped it would lie inside by chance.
        ("15.2275", "1.3135", "6"),  # No point is taken from a row that knows the country only.
    ],
)
def test_points_outside_their_country_are_not_judged(
    longitude: str, latitude: str, place: str
) -> None:
    made = event(longitude=longitude, latitude=latitude, where_prec=place)
    assert made.external_id == "4711"


def test_a_country_without_bounds_is_not_checked() -> None:
    swapped = row(longitude="15.2275", latitude="1.3135")
    assert isinstance(parse(swapped, Context("some.csv", "ucdp-ged-25.1", {})), Records)


@pytest.mark.parametrize("path", [LIPTAKO, GLOBAL, OLD, HDX], ids=lambda path: path.name)
def test_every_published_row_is_an_event(path: Path) -> None:
    results = [parse(one, CONTEXT) for one in published(path)]
    assert [one for one in results if not isinstance(one, Records)] == []


def test_the_hxl_row_is_no_row() -> None:
    with open_table(HDX) as table:
        first, second, *_ = (one for one in table.rows if isinstance(one, Row))
    assert not is_row(first)
    assert is_row(second)
    assert is_row(Row(2, dict.fromkeys(PLAIN, "")))


def test_the_same_event_of_19_1_and_of_hdx_is_the_same_record() -> None:
    old = {one.cells["id"]: parse(one, CONTEXT) for one in published(OLD)}
    hdx = {one.cells["id"]: parse(one, CONTEXT) for one in published(HDX)}
    assert len(hdx) == 601
    assert all(old[key] == made for key, made in hdx.items())


def test_known_layouts_lack_nothing() -> None:
    assert (len(LAYOUT), len(LAYOUT_OLD)) == (49, 42)
    for columns in (LAYOUT, LAYOUT_OLD, ("iso3", *LAYOUT_OLD)):
        assert DATASET.check_columns("some.csv", columns) == ()


def test_an_unknown_layout_names_what_is_missing() -> None:
    acled = ("event_id_cnty", "event_date", "latitude", "longitude", "fatalities")
    missing = DATASET.check_columns("acled.csv", acled)
    assert len(missing) == 40
    assert (missing[0].line, missing[0].column) == (1, "id")
    assert "event_id_cnty" in missing[0].rule


def test_a_file_without_a_header_is_known_by_its_first_row() -> None:
    assert DATASET.headerless([PLAIN[name] for name in LAYOUT]) == LAYOUT
    assert DATASET.headerless(list(LAYOUT)) is None
    assert DATASET.headerless([PLAIN[name] for name in LAYOUT_OLD]) is None
    other = PLAIN | {"date_start": "not a date"}
    assert DATASET.headerless([other[name] for name in LAYOUT]) is None


@pytest.mark.parametrize(
    "file, edition",
    [
        ("GEDEvent_v25_1.csv", "25.1"),
        ("GEDEvent_v24_0_1.csv", "24.0.1"),
        ("GEDEvent_v24_01_24_12.csv", "24.1.24.12"),
        ("ged191.csv", "19.1"),
        ("ucdp-ged-23.1-sample-liptako.csv", "23.1"),
        ("conflict_data_mli.csv", None),
        ("hdx-ucdp-bgd-hxl-tagged.csv", None),
        ("changed2021.csv", None),
    ],
)
def test_the_edition_in_the_name_of_a_file(file: str, edition: str | None) -> None:
    assert edition_of(file) == edition


def test_an_edition_is_published_in_its_year() -> None:
    made = report("23.1")
    assert (made.code, made.edition) == ("ucdp-ged-23.1", "23.1")
    assert str(made.published) == "2023-01-01T00:00:00/2024-01-01T00:00:00"
    with pytest.raises(SeedError, match=r"2023\.1"):
        report("2023.1")


def test_a_yearly_edition_ends_before_its_year_and_a_candidate_is_never_whole() -> None:
    assert covered_until("25.1") == datetime(2025, 1, 1)
    assert covered_until("25.0.3") is None


CELLS = st.fixed_dictionaries(
    {},
    optional={
        column: st.text(max_size=30) | st.sampled_from([PLAIN[column], "", "-1", "0", "9" * 12])
        for column in READERS
    },
)


@given(CELLS)
def test_any_cells_give_an_event_or_faults(changes: dict[str, str]) -> None:
    result = parse(row(**changes), CONTEXT)
    if isinstance(result, Records):
        assert result.incident.code == f"ucdp-ged-{result.external_id}"
        assert len(result.incident.claims) == 5
    else:
        assert result
        assert all(fault.line == 2 and fault.column in READERS for fault in result)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_figures_are_never_changed(low: int, best: int, high: int) -> None:
    made = event(low=str(low), best=str(best), high=str(high))
    estimate, _ = made.incident.estimates
    assert (estimate.low, estimate.best, estimate.high) == (low, best, high)
    assert estimate.person_status is PersonStatus.ALL
    assert figures(made)["total"] == (low, best, high)
