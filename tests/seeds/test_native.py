from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from db.vocabulary import (
    ActorRoleName,
    EstimateRule,
    EventType,
    Harm,
    IncidentKind,
    PersonStatus,
    PlacePrecision,
    Polarity,
    Qualifier,
    TimeExtent,
    TimePrecision,
)
from gis.interval import Interval
from seeds.documents import parse_document, validated
from seeds.errors import RefusedFile, RowFault, SeedError
from seeds.formats.native import json_schema, parse_incident, read_incidents, to_yaml
from seeds.records import (
    ActorClaim,
    CasualtiesClaim,
    DistanceClaim,
    EstimateRecord,
    IncidentRecord,
    MaterialClaim,
    PlaceClaim,
    PlaceRecord,
    RoleRecord,
    TimeClaim,
    TimeRecord,
)
from seeds.reference import Catalogue, read_catalogue

ROOT = Path(__file__).parents[2]

HEAD = """\
code: inates
title: Attack on a camp
event_type: attack
time: {occurred: 2019-12-10, precision: day}
place: {name: Inates, precision: settlement, gazetteer: "geonames:2443230"}
"""
CLAIM = """\
  - id: killed
    report: bbc-2019-12
    kind: casualties
    statement: At least 71 were killed.
    harm: killed
    person_status: state_forces
    low: 71
"""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue(ROOT / "seeds" / "catalogue")


def faults_of(text: str, catalogue: Catalogue, file: str = "inates.yaml") -> list[RowFault]:
    with pytest.raises(RefusedFile) as caught:
        parse_incident(text, file, catalogue)
    return list(caught.value.faults)


def one_fault(text: str, catalogue: Catalogue) -> tuple[int | None, str | None, str]:
    (fault,) = faults_of(text, catalogue)
    return fault.line, fault.column, fault.rule


# Reading


def test_a_file_is_an_incident(catalogue: Catalogue) -> None:
    incident = parse_incident(HEAD + "claims:\n" + CLAIM, "inates.yaml", catalogue)
    assert incident.time.occurred == Interval(datetime(2019, 12, 10), datetime(2019, 12, 11))
    (claim,) = incident.claims
    assert isinstance(claim, CasualtiesClaim)
    assert (claim.low, claim.best, claim.high) == (71, None, None)


def test_a_folder_is_read_in_order_and_its_faults_collected(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    (tmp_path / "b.yaml").write_text(HEAD.replace("inates", "b", 1))
    (tmp_path / "a.yml").write_text(HEAD.replace("inates", "a", 1))
    (tmp_path / "c.yaml").write_text(HEAD.replace("inates", "c", 1).replace("attack", "raid", 1))
    (tmp_path / "d.yaml").write_text("a: [")
    (tmp_path / "notes.txt").write_text("not ours")
    incidents, faults = read_incidents(tmp_path, catalogue)
    assert [incident.code for incident in incidents] == ["a", "b"]
    assert sorted((fault.file, fault.line) for fault in faults) == [("c.yaml", 3), ("d.yaml", 1)]


def test_an_empty_folder_gives_nothing(tmp_path: Path, catalogue: Catalogue) -> None:
    assert read_incidents(tmp_path, catalogue) == ([], [])


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(SeedError, match="is not there"):
        read_incidents(tmp_path / "no", catalogue)


def test_a_code_is_given_once_in_a_folder(tmp_path: Path, catalogue: Catalogue) -> None:
    for suffix in ("yaml", "yml"):
        (tmp_path / f"inates.{suffix}").write_text(HEAD)
    incidents, (fault,) = read_incidents(tmp_path, catalogue)
    assert len(incidents) == 1
    assert (fault.file, fault.rule) == ("inates.yml", "a code is given once")


def test_part_of_names_another_incident_of_the_folder(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "inates.yaml").write_text(HEAD + "part_of: whole\n")
    assert read_incidents(tmp_path / "inates.yaml", catalogue)[1] == []
    _, (fault,) = read_incidents(tmp_path, catalogue)
    assert (fault.line, fault.column, fault.value) == (6, "part_of", "whole")
    (tmp_path / "whole.yaml").write_text(HEAD.replace("inates", "whole", 1))
    assert read_incidents(tmp_path, catalogue)[1] == []


def test_a_refused_whole_is_not_a_fault_of_its_parts(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "inates.yaml").write_text(HEAD + "part_of: whole\n")
    (tmp_path / "whole.yaml").write_text("code: whole\n")
    _, faults = read_incidents(tmp_path, catalogue)
    assert {fault.file for fault in faults} == {"whole.yaml"}


def test_incidents_are_not_parts_of_each_other(tmp_path: Path, catalogue: Catalogue) -> None:
    (tmp_path / "a.yaml").write_text(HEAD.replace("inates", "a", 1) + "part_of: b\n")
    (tmp_path / "b.yaml").write_text(HEAD.replace("inates", "b", 1) + "part_of: a\n")
    _, faults = read_incidents(tmp_path, catalogue)
    assert [fault.rule for fault in faults] == ["part_of does not lead back to itself"] * 2


# Faults


def test_a_fault_names_file_line_key_value_and_rule(catalogue: Catalogue) -> None:
    text = HEAD + "claims:\n" + CLAIM.replace("low: 71", "low: many")
    (fault,) = faults_of(text, catalogue)
    assert (fault.file, fault.line, fault.column) == ("inates.yaml", 13, "claims[0].low")
    assert fault.value == "many"
    assert "valid integer" in fault.rule


def test_all_faults_are_found_at_once_in_the_order_of_the_file(catalogue: Catalogue) -> None:
    text = HEAD.replace("attack", "raid", 1).replace("2019-12-10", "2019-13-10")
    faults = faults_of(text + "colour: red\n", catalogue)
    assert [fault.line for fault in faults] == [3, 4, 6]
    assert "calendar" in faults[1].rule
    assert faults[2].rule == "there is no such key here"


def test_a_missing_key_is_named_where_it_should_stand(catalogue: Catalogue) -> None:
    text = HEAD + "claims:\n" + CLAIM.replace("    harm: killed\n", "")
    assert one_fault(text, catalogue) == (7, "claims[0].harm", "it must be stated")


def test_the_path_of_a_claim_named_like_its_kind_is_not_mistaken(catalogue: Catalogue) -> None:
    claim = "claims:\n  - {id: a, report: bbc-2019-12, kind: place, place: {name: x, precision: y}}"
    columns = {fault.column for fault in faults_of(HEAD + claim, catalogue)}
    assert columns == {"claims[0].statement", "claims[0].place.precision"}


@pytest.mark.parametrize(
    "claim, rule",
    [
        ("{id: a, report: bbc-2019-12, statement: s}", "it has a kind"),
        ("{id: a, kind: rumour, report: bbc-2019-12, statement: s}", "expected tags"),
        ("just text", "valid dictionary"),
    ],
)
def test_a_claim_has_a_kind(claim: str, rule: str, catalogue: Catalogue) -> None:
    line, column, found = one_fault(f"{HEAD}claims:\n  - {claim}\n", catalogue)
    assert (line, column) == (7, "claims[0]")
    assert rule in found


DISTANCE = (
    "claims:\n  - {id: d, report: bbc-2019-12, kind: distance, statement: s, distance: 7, unit: mi"
)
PLACE = "claims:\n  - {id: p, report: bbc-2019-12, kind: place, statement: s, place: "
GEONAMES = 'gazetteer: "geonames:1"'


@pytest.mark.parametrize(
    "extra, column, rule",
    [
        ("claims:\n" + CLAIM + CLAIM, "claims[1]", "an id is given once"),
        ("claims:\n" + CLAIM + "    part_of: whole\n", "claims[0].part_of", "id of a claim"),
        ("claims:\n" + CLAIM + "    part_of: killed\n", "claims[0].part_of", "lead back"),
        ("claims:\n" + CLAIM + "    high: 70\n", "claims[0]", "low <= best <= high"),
        ("claims:\n" + CLAIM.replace("bbc-2019-12", "x"), "claims[0].report", "of a report"),
        (DISTANCE + "}", "claims[0]", "one of them"),
        (DISTANCE + f", border: MLI-NER, {GEONAMES}}}", "claims[0]", "one of them"),
        (DISTANCE + ", gazetteer: Niamey}", "claims[0].gazetteer", "like geonames"),
        (PLACE + "{name: null, precision: area}}", "claims[0].place.name", "names it"),
        (PLACE + "{name: x, precision: near, lon: 1}}", "claims[0].place", "both stated"),
        (
            PLACE + f"{{name: x, precision: near, lon: 1, lat: 1, {GEONAMES}}}}}",
            "claims[0].place.gazetteer",
            "not both",
        ),
        (
            PLACE + f"{{name: x, precision: country, {GEONAMES}}}}}",
            "claims[0].place.precision",
            "a centroid is not a place",
        ),
        (
            (
                "claims:\n  - {id: a, report: bbc-2019-12, kind: attribution, statement: s,"
                " actor: martians, role: target}"
            ),
            "claims[0].actor",
            "of an actor",
        ),
        ("actors:\n  - {actor: martians, role: target}", "actors[0].actor", "of an actor"),
        (
            "actors:\n  - {actor: jnim, role: target}\n  - {actor: jnim, role: target}",
            "actors[1]",
            "a role once",
        ),
        ("estimates:\n  - {harm: killed, person_status: all}", "estimates[0]", "states a figure"),
        (
            "estimates:\n  - {harm: killed, person_status: all, low: 3, high: 2}",
            "estimates[0]",
            "low <= best <= high",
        ),
        (
            (
                "estimates:\n  - {harm: killed, person_status: all, low: 3}"
                "\n  - {harm: killed, person_status: all, low: 4}"
            ),
            "estimates[1]",
            "estimated once",
        ),
    ],
)
def test_what_must_agree(extra: str, column: str, rule: str, catalogue: Catalogue) -> None:
    _, found, text = one_fault(HEAD + extra + "\n", catalogue)
    assert found == column
    assert rule in text


def test_claims_do_not_go_round_in_parts(catalogue: Catalogue) -> None:
    second = CLAIM.replace("id: killed", "id: other") + "    part_of: killed\n"
    text = HEAD + "claims:\n" + CLAIM + "    part_of: other\n" + second
    assert [fault.column for fault in faults_of(text, catalogue)] == [
        "claims[0].part_of",
        "claims[1].part_of",
    ]


@pytest.mark.parametrize(
    "old, new, column",
    [
        ("occurred: 2019-12-10, precision: day", "occurred: , precision: day", "time.precision"),
        ("precision: day", "precision: unknown", "time.precision"),
        (', gazetteer: "geonames:2443230"', "", "place.precision"),
        ('settlement, gazetteer: "geonames:2443230"', "adm1", "place.precision"),
        ('settlement, gazetteer: "geonames:2443230"', "adm2", "place.precision"),
        ("code: inates", "code: bosso", "code"),
    ],
)
def test_what_an_incident_must_state(old: str, new: str, column: str, catalogue: Catalogue) -> None:
    assert one_fault(HEAD.replace(old, new), catalogue)[1] == column


# Schema


def test_the_published_schema_is_the_one_of_the_records() -> None:
    published = (ROOT / "docs" / "incident.schema.json").read_text(encoding="utf-8")
    made = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    assert published == made, (
        "docs/incident.schema.json is not json_schema() of seeds.formats.native"
    )


def test_the_schema_is_a_schema_and_refuses_what_the_reader_refuses() -> None:
    Draft202012Validator.check_schema(json_schema())
    head: dict[str, Any] = {
        "code": "inates",
        "title": "t",
        "event_type": "attack",
        "time": {"occurred": "2019-12-10", "precision": "day"},
        "place": {"name": "Inates", "precision": "country"},
    }
    validator = Draft202012Validator(json_schema())
    assert validator.is_valid(head)
    assert not validator.is_valid({**head, "colour": "red"})
    assert not validator.is_valid({**head, "event_type": "raid"})
    assert not validator.is_valid({**head, "claims": [{"kind": "rumour"}]})


# Round trip

CODES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,12}", fullmatch=True)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.sampled_from(
        [
            "null",
            "~",
            "",
            "no",
            "2019-12-10",
            "12:30",
            "- a",
            "a: b",
            "# x",
            " x\n",
            "\x85",
            "a\u2028b",
        ]
    ),
)
PEOPLE = st.none() | st.integers(0, 10**6)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
DAYS = MOMENTS.map(lambda moment: datetime(moment.year, moment.month, moment.day))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    bounds = draw(st.lists(MOMENTS | DAYS, min_size=2, max_size=2, unique=True).map(sorted))
    tick = draw(st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(days=1)]))
    start, end = bounds if tick == timedelta(0) else (bounds[0], bounds[0] + tick)
    opened = draw(st.sampled_from(["", "", "", "start", "end", "both"]))
    return Interval(
        None if opened in ("start", "both") else start,
        None if opened in ("end", "both") else end,
    )


def optional(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


HEADS: dict[str, Any] = {
    "id": CODES,
    "report": CODES,
    "statement": TEXTS,
    "claimant": optional(TEXTS),
    "polarity": st.sampled_from(Polarity),
    "qualifier": optional(st.sampled_from(Qualifier)),
    "part_of": optional(CODES),
}
FIGURES: dict[str, Any] = {"low": PEOPLE, "best": PEOPLE, "high": PEOPLE}
HARMS: dict[str, Any] = {
    "harm": st.sampled_from(Harm),
    "person_status": st.sampled_from(PersonStatus),
}
ROLES: dict[str, Any] = {"actor": CODES, "role": st.sampled_from(ActorRoleName)}
EXTENTS: dict[str, Any] = {
    "precision": st.sampled_from(TimePrecision),
    "extent": st.sampled_from(TimeExtent),
}
COUNTRIES = optional(st.from_regex(r"[A-Z]{3}", fullmatch=True))
PLACES = st.builds(
    PlaceRecord,
    name=optional(TEXTS),
    precision=st.sampled_from(PlacePrecision),
    gazetteer=optional(TEXTS),
    lon=optional(st.floats(-180, 180)),
    lat=optional(st.floats(-90, 90)),
    radius_m=optional(st.floats(0, 1e7, exclude_min=True)),
    country=COUNTRIES,
    adm1=optional(TEXTS),
    adm2=optional(TEXTS),
)
CLAIMS = st.one_of(
    st.builds(CasualtiesClaim, **HEADS, **HARMS, **FIGURES),
    st.builds(TimeClaim, **HEADS, occurred=intervals(), **EXTENTS),
    st.builds(PlaceClaim, **HEADS, place=PLACES),
    st.builds(
        DistanceClaim,
        **HEADS,
        distance=st.floats(0, 1e6),
        unit=st.sampled_from(["m", "km", "mi"]),
        border=optional(st.from_regex(r"[A-Z]{3}-[A-Z]{3}", fullmatch=True)),
        gazetteer=optional(TEXTS),
        bearing=optional(st.sampled_from(["N", "NE", "E", "SE", "S", "SW", "W", "NW"])),
    ),
    st.builds(ActorClaim, **HEADS, **ROLES, kind=st.sampled_from(["attribution", "participation"])),
    st.builds(MaterialClaim, **HEADS),
)
INCIDENTS = st.builds(
    IncidentRecord,
    code=CODES,
    title=TEXTS,
    event_type=st.sampled_from(EventType),
    time=st.builds(TimeRecord, occurred=optional(intervals()), zone=optional(TEXTS), **EXTENTS),
    place=PLACES,
    kind=st.sampled_from(IncidentKind),
    sub_type=optional(TEXTS),
    part_of=optional(CODES),
    note=optional(TEXTS),
    actors=st.lists(st.builds(RoleRecord, **ROLES, note=optional(TEXTS)), max_size=2).map(tuple),
    claims=st.lists(CLAIMS, max_size=3).map(tuple),
    estimates=st.lists(
        st.builds(
            EstimateRecord,
            **HARMS,
            **FIGURES,
            rule=st.sampled_from(EstimateRule),
            note=optional(TEXTS),
        ),
        max_size=2,
    ).map(tuple),
)


@settings(deadline=None)
@given(INCIDENTS)
def test_what_is_written_is_read_as_the_same_record(incident: IncidentRecord) -> None:
    document = parse_document(to_yaml(incident), "any.yaml")
    assert validated(document, TypeAdapter(IncidentRecord)) == incident
