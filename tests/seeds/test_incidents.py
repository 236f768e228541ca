"""The curated incidents say what the reports say, contradictions included."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from db.vocabulary import (
    EstimateRule,
    EventType,
    Harm,
    IncidentKind,
    PersonStatus,
    PlacePrecision,
    Polarity,
    Qualifier,
    SourceKind,
    TimeExtent,
    TimePrecision,
)
from gis.interval import Interval, parse_interval
from seeds.formats.native import json_schema, parse_incident, read_incidents, to_yaml
from seeds.records import (
    ActorClaim,
    CasualtiesClaim,
    DistanceClaim,
    EstimateRecord,
    IncidentRecord,
    PlaceClaim,
    TimeClaim,
)
from seeds.reference import Catalogue, read_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"

Claimed = TypeVar("Claimed", CasualtiesClaim, TimeClaim, PlaceClaim, DistanceClaim, ActorClaim)
Figures = tuple[int | None, int | None, int | None]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue(SEEDS / "catalogue")


@pytest.fixture(scope="module")
def incidents(catalogue: Catalogue) -> dict[str, IncidentRecord]:
    read, faults = read_incidents(SEEDS / "incidents", catalogue)
    assert [str(fault) for fault in faults] == []
    return {incident.code: incident for incident in read}


def claims_of(
    incident: IncidentRecord, kind: type[Claimed], report: str | None = None
) -> list[Claimed]:
    return [
        claim
        for claim in incident.claims
        if isinstance(claim, kind) and report in (None, claim.report)
    ]


def figures(stated: CasualtiesClaim | EstimateRecord) -> Figures:
    return stated.low, stated.best, stated.high


def numbers(stated: Iterable[CasualtiesClaim | EstimateRecord]) -> list[int]:
    return [number for one in stated for number in figures(one) if number is not None]


def casualties(
    incident: IncidentRecord, harm: Harm, status: PersonStatus, report: str | None = None
) -> list[CasualtiesClaim]:
    """Claims of a whole; a part is no claim about it."""
    return [
        claim
        for claim in claims_of(incident, CasualtiesClaim, report)
        if (claim.harm, claim.person_status, claim.part_of) == (harm, status, None)
    ]


def estimate(incident: IncidentRecord, harm: Harm, status: PersonStatus) -> Figures:
    (found,) = [
        one for one in incident.estimates if (one.harm, one.person_status) == (harm, status)
    ]
    return figures(found)


def envelope(claims: list[CasualtiesClaim]) -> Figures:
    """From the least to the greatest; open where a claim is open, without a best in dispute."""
    lows, bests, highs = zip(*(figures(claim) for claim in claims), strict=True)
    low = None if None in lows else min(lows)
    high = None if None in highs else max(highs)
    return low, bests[0] if len(set(bests)) == 1 else None, high


def killed(incident: IncidentRecord, status: PersonStatus) -> list[Figures]:
    return [figures(claim) for claim in casualties(incident, Harm.KILLED, status)]


# All files


def test_every_event_of_the_articles_has_its_file(incidents: dict[str, IncidentRecord]) -> None:
    assert len(incidents) >= 26


def test_every_report_and_actor_of_the_catalogue_serves(
    catalogue: Catalogue, incidents: dict[str, IncidentRecord]
) -> None:
    cited = {claim.report for incident in incidents.values() for claim in incident.claims}
    assert cited == catalogue.report_codes
    assert {report.source for report in catalogue.reports} == {
        source.code for source in catalogue.sources if source.kind is SourceKind.NEWS
    }


def test_everything_in_the_catalogue_may_be_passed_on(catalogue: Catalogue) -> None:
    assert all(source.redistributable and source.attribution for source in catalogue.sources)


def test_every_incident_rests_on_a_time_claim_and_a_place_claim(
    incidents: dict[str, IncidentRecord],
) -> None:
    untimed = {code for code, one in incidents.items() if not claims_of(one, TimeClaim)}
    unplaced = {code for code, one in incidents.items() if not claims_of(one, PlaceClaim)}
    assert untimed == {"niger-displacement-2022"}
    assert unplaced == set()


def test_the_concluded_time_lies_within_a_claimed_one(
    incidents: dict[str, IncidentRecord],
) -> None:
    for code, incident in incidents.items():
        occurred = incident.time.occurred
        if occurred is not None:
            claimed = claims_of(incident, TimeClaim)
            assert any(claim.occurred.contains(occurred) for claim in claimed), code


def test_estimates_stay_within_what_is_claimed(incidents: dict[str, IncidentRecord]) -> None:
    for code, incident in incidents.items():
        for one in incident.estimates:
            claims = casualties(incident, one.harm, one.person_status)
            stated = numbers(claim for claim in claims if claim.polarity is Polarity.ASSERTS)
            concluded = numbers([one])
            assert stated, (code, one)
            assert min(stated) <= min(concluded), (code, one)
            assert max(concluded) <= max(stated), (code, one)


def test_an_estimate_is_explained_or_is_the_envelope(
    incidents: dict[str, IncidentRecord],
) -> None:
    for code, incident in incidents.items():
        for one in incident.estimates:
            if one.rule is EstimateRule.ENVELOPE:
                claims = casualties(incident, one.harm, one.person_status)
                assert figures(one) == envelope(claims), code
            else:
                assert one.note, code


def test_every_place_is_in_the_gazetteer(incidents: dict[str, IncidentRecord]) -> None:
    with gzip.open(SEEDS / "data" / "gazetteer.csv.gz", "rt", encoding="utf-8") as file:
        known = {f"geonames:{row['geonameid']}": row["iso3"] for row in csv.DictReader(file)}
    for incident in incidents.values():
        places = [incident.place, *(claim.place for claim in claims_of(incident, PlaceClaim))]
        for place in places:
            if place.gazetteer is not None:
                assert known[place.gazetteer] == place.country
        for distance in claims_of(incident, DistanceClaim):
            assert distance.gazetteer is None or distance.gazetteer in known


def test_every_file_fits_the_published_schema(incidents: dict[str, IncidentRecord]) -> None:
    validator = Draft202012Validator(json_schema())
    for incident in incidents.values():
        dumped = TypeAdapter(IncidentRecord).dump_python(incident, mode="json")
        assert list(validator.iter_errors(dumped)) == []


def test_every_incident_can_be_written_and_read_again(
    catalogue: Catalogue, incidents: dict[str, IncidentRecord]
) -> None:
    for code, incident in incidents.items():
        assert parse_incident(to_yaml(incident), f"{code}.yaml", catalogue) == incident


def test_the_guide_tells_of_every_incident(incidents: dict[str, IncidentRecord]) -> None:
    guide = (ROOT / "docs" / "curation.md").read_text(encoding="utf-8")
    assert [code for code in incidents if f"`{code}`" not in guide] == []


# Single facts


def test_one_report_gives_two_tolls_of_inates(incidents: dict[str, IncidentRecord]) -> None:
    inates = incidents["inates-2019-12-10"]
    claims = casualties(inates, Harm.KILLED, PersonStatus.STATE_FORCES, "sofrep-2020-01")
    assert [figures(claim) for claim in claims] == [(71, 71, 71), (79, 79, 79)]


def test_the_attackers_of_inates_claim_more_than_the_army(
    incidents: dict[str, IncidentRecord],
) -> None:
    inates = incidents["inates-2019-12-10"]
    (claim,) = [
        claim
        for claim in casualties(inates, Harm.KILLED, PersonStatus.STATE_FORCES)
        if claim.claimant == "Islamic State West Africa Province"
    ]
    assert figures(claim) == (100, None, None)
    assert estimate(inates, Harm.KILLED, PersonStatus.STATE_FORCES) == (71, 71, None)


def test_a_misdate_is_kept_and_not_concluded(incidents: dict[str, IncidentRecord]) -> None:
    inates = incidents["inates-2019-12-10"]
    (claim,) = claims_of(inates, TimeClaim, "journal-du-cameroun-2020-01-13")
    assert claim.occurred == parse_interval("2020-01-10")
    assert inates.time.occurred == parse_interval("2019-12-10T12:00/2019-12-10T18:00")


def test_words_for_numbers_have_no_figure(incidents: dict[str, IncidentRecord]) -> None:
    inates = incidents["inates-2019-12-10"]
    for claim in casualties(inates, Harm.HARMED, PersonStatus.MILITANT):
        assert figures(claim) == (None, None, None)
        assert claim.qualifier is Qualifier.SOME
    hundreds = incidents["border-deaths-2022"]
    assert killed(hundreds, PersonStatus.ALL) == [(None, None, None)]
    assert hundreds.estimates == ()


def test_no_casualties_is_zero_and_not_unknown(incidents: dict[str, IncidentRecord]) -> None:
    ouallam = incidents["ouallam-2019-06-08"]
    for harm in (Harm.KILLED, Harm.INJURED):
        (claim,) = casualties(ouallam, harm, PersonStatus.ALL)
        assert figures(claim) == (0, 0, 0)
        assert estimate(ouallam, harm, PersonStatus.ALL) == (0, 0, 0)
    assert claims_of(incidents["menaka-2022-03-13"], CasualtiesClaim) == []


def test_at_least_has_no_upper_end(incidents: dict[str, IncidentRecord]) -> None:
    hedged = [
        claim
        for incident in incidents.values()
        for claim in claims_of(incident, CasualtiesClaim)
        if claim.qualifier in (Qualifier.AT_LEAST, Qualifier.MORE_THAN)
    ]
    assert len(hedged) >= 10
    assert all(claim.low and claim.best is None and claim.high is None for claim in hedged)


def test_about_and_almost_have_only_a_best_figure(incidents: dict[str, IncidentRecord]) -> None:
    hedged = [
        figures(claim)
        for incident in incidents.values()
        for claim in claims_of(incident, CasualtiesClaim)
        if claim.qualifier in (Qualifier.ABOUT, Qualifier.ALMOST)
    ]
    assert sorted(hedged, key=str) == [
        (None, 100, None),
        (None, 100, None),
        (None, 500_000, None),
        (None, 60, None),
    ]


def test_parts_are_not_added_to_their_whole(incidents: dict[str, IncidentRecord]) -> None:
    kandadji = incidents["kandadji-2023-09-28"]
    parts = [
        claim
        for claim in claims_of(kandadji, CasualtiesClaim)
        if claim.part_of == "usafrica-killed-soldiers"
    ]
    assert [claim.best for claim in parts] == [7, 5]
    assert killed(kandadji, PersonStatus.STATE_FORCES) == [(12, None, None), (10, None, None)]
    assert estimate(kandadji, Harm.KILLED, PersonStatus.STATE_FORCES) == (12, None, None)


def test_the_accident_is_a_part_of_the_attack(incidents: dict[str, IncidentRecord]) -> None:
    accident = incidents["kandadji-2023-09-28-accident"]
    assert accident.part_of == "kandadji-2023-09-28"
    assert accident.event_type is EventType.ACCIDENT
    assert accident.place.gazetteer is None
    assert estimate(accident, Harm.KILLED, PersonStatus.STATE_FORCES) == (5, 5, 5)


def test_nobody_is_accused_of_kandadji(incidents: dict[str, IncidentRecord]) -> None:
    kandadji = incidents["kandadji-2023-09-28"]
    groups = {claim.actor for claim in claims_of(kandadji, ActorClaim)}
    assert groups == {"unidentified-militants", "niger-armed-forces"}


def test_a_distance_told_in_two_units_is_two_claims(incidents: dict[str, IncidentRecord]) -> None:
    claims = claims_of(incidents["kandadji-2023-09-28"], DistanceClaim)
    assert [(claim.distance, claim.unit, claim.gazetteer) for claim in claims] == [
        (190, "km", "geonames:2440485"),
        (118, "mi", "geonames:2440485"),
    ]


def test_american_strikes_are_asserted_and_denied(incidents: dict[str, IncidentRecord]) -> None:
    chinagodrar = incidents["chinagodrar-2020-01-09"]
    claims = [
        claim for claim in claims_of(chinagodrar, ActorClaim) if claim.actor == "us-armed-forces"
    ]
    assert [(claim.claimant, claim.polarity) for claim in claims] == [
        ("RFI", Polarity.ASSERTS),
        ("AFRICOM", Polarity.DENIES),
    ]
    assert "us-armed-forces" not in {role.actor for role in chinagodrar.actors}


def test_the_toll_of_chinagodrar_moved(incidents: dict[str, IncidentRecord]) -> None:
    chinagodrar = incidents["chinagodrar-2020-01-09"]
    assert killed(chinagodrar, PersonStatus.STATE_FORCES) == [
        (25, None, None),
        (89, 89, 89),
        (25, 25, 25),
    ]
    assert estimate(chinagodrar, Harm.KILLED, PersonStatus.STATE_FORCES) == (89, 89, None)


def test_distances_of_chinagodrar_and_inates(incidents: dict[str, IncidentRecord]) -> None:
    border, niamey, other = claims_of(incidents["chinagodrar-2020-01-09"], DistanceClaim)
    assert (border.distance, border.unit, border.border) == (7, "mi", "MLI-NER")
    assert (niamey.distance, niamey.qualifier) == (140, Qualifier.ALMOST)
    assert (other.distance, other.unit, other.border) == (15, "km", "MLI-NER")
    (west,) = claims_of(incidents["inates-2019-12-10"], DistanceClaim)
    assert (west.distance, west.unit, west.bearing) == (112, "mi", "W")
    assert west.gazetteer == incidents["chinagodrar-2020-01-09"].place.gazetteer


def test_an_operation_lasted(incidents: dict[str, IncidentRecord]) -> None:
    aconit = incidents["aconit-2019-06"]
    assert aconit.time.extent is TimeExtent.THROUGHOUT
    assert aconit.time.occurred == Interval(datetime(2019, 6, 8), datetime(2019, 6, 19))
    assert killed(aconit, PersonStatus.MILITANT) == [(18, 18, 18), (20, None, None)]
    assert estimate(aconit, Harm.KILLED, PersonStatus.MILITANT) == (18, None, None)
    assert {role.actor for role in aconit.actors} >= {
        "niger-armed-forces",
        "france-armed-forces",
        "mali-armed-forces",
        "us-armed-forces",
    }


def test_only_the_operation_lasted(incidents: dict[str, IncidentRecord]) -> None:
    lasted = {code for code, one in incidents.items() if one.time.extent is TimeExtent.THROUGHOUT}
    assert lasted == {"aconit-2019-06"}


def test_a_late_march_of_two_years(incidents: dict[str, IncidentRecord]) -> None:
    tillia = incidents["tillia-2021-03-21"]
    vague, exact = claims_of(tillia, TimeClaim)
    assert vague.occurred == parse_interval("2022-03-21/2022-03-31")
    assert vague.precision is TimePrecision.PERIOD
    assert exact.occurred == tillia.time.occurred == parse_interval("2021-03-21")
    assert killed(tillia, PersonStatus.CIVILIAN) == [
        (137, None, None),
        (137, None, None),
        (None, 60, None),
    ]


def test_a_village_that_is_not_found_has_no_point(incidents: dict[str, IncidentRecord]) -> None:
    (place,) = [
        claim.place
        for claim in claims_of(incidents["tillia-2021-03-21"], PlaceClaim)
        if claim.place.name == "Intazayene"
    ]
    assert (place.gazetteer, place.lon, place.lat) == (None, None, None)


def test_parts_of_months(incidents: dict[str, IncidentRecord]) -> None:
    middle = claims_of(incidents["koutougou-2023-08-15"], TimeClaim, "usafrica-2023-09-29")
    assert [claim.occurred for claim in middle] == [parse_interval("2023-08-11/2023-08-20")]
    beginning = incidents["mali-helicopter-strike-2022-04"].time
    assert beginning.occurred == parse_interval("2022-04-01/2022-04-10")
    assert beginning.precision is TimePrecision.PERIOD


def test_a_place_told_beside_the_wrong_border(incidents: dict[str, IncidentRecord]) -> None:
    koutougou = incidents["koutougou-2023-08-15"]
    names = {claim.place.name for claim in claims_of(koutougou, PlaceClaim)}
    assert "near the border between Niger and Mali" in names
    (distance,) = claims_of(koutougou, DistanceClaim)
    assert (distance.distance, distance.unit, distance.bearing) == (52, "km", "SW")


def test_aggregates_are_marked(incidents: dict[str, IncidentRecord]) -> None:
    aggregates = {code for code, one in incidents.items() if one.kind is IncidentKind.AGGREGATE}
    assert aggregates == {
        "border-deaths-2022",
        "burkina-faso-coups-2020-2023",
        "mali-border-towns-2022-04",
        "mali-coups-2020-2023",
        "mali-intervention-2013",
        "malian-soldiers-2019-09",
        "niger-displacement-2022",
        "niger-protests-2023",
        "northern-mali-2012",
    }
    assert incidents["niamey-2023-09-28"].part_of in aggregates


def test_a_part_lies_within_the_time_of_its_whole(incidents: dict[str, IncidentRecord]) -> None:
    wholes = {code: one.part_of for code, one in incidents.items() if one.part_of is not None}
    assert set(wholes) == {"niamey-2023-09-28", "kandadji-2023-09-28-accident"}
    for code, whole in wholes.items():
        part, covering = incidents[code].time.occurred, incidents[whole].time.occurred
        assert part is not None
        assert covering is not None
        assert part.intersects(covering)


def test_a_country_is_no_point(incidents: dict[str, IncidentRecord]) -> None:
    countries = [
        one.place for one in incidents.values() if one.place.precision is PlacePrecision.COUNTRY
    ]
    assert len(countries) == 6
    assert all(place.gazetteer is None and place.lon is None for place in countries)


def test_the_dead_of_two_armies_are_told_apart(incidents: dict[str, IncidentRecord]) -> None:
    ambush = incidents["tongo-tongo-2017-10"]
    assert estimate(ambush, Harm.KILLED, PersonStatus.FOREIGN_FORCES) == (4, 4, 4)
    assert estimate(ambush, Harm.KILLED, PersonStatus.STATE_FORCES) == (5, 5, 5)


def test_an_undated_incident_has_no_time(incidents: dict[str, IncidentRecord]) -> None:
    displacement = incidents["niger-displacement-2022"]
    assert displacement.time.occurred is None
    assert displacement.time.precision is TimePrecision.UNKNOWN
