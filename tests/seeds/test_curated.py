"""Curated incidents into a real database: written once, changed by their files, never forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from db.engine import connect
from db.vocabulary import (
    ActorKind,
    ActorRoleName,
    EventType,
    Harm,
    IncidentKind,
    PersonStatus,
    PlacePrecision,
    SourceKind,
    TimePrecision,
)
from db.write.places import UnknownCode
from gis.interval import Interval
from seeds.curated import load_curated
from seeds.errors import RefusedFile
from seeds.formats.native import to_yaml
from seeds.formats.ucdp_ged import DATASET
from seeds.load import load
from seeds.records import (
    ActorClaim,
    ActorRecord,
    AliasRecord,
    CasualtiesClaim,
    ClaimRecord,
    DistanceClaim,
    EstimateRecord,
    IncidentRecord,
    MaterialClaim,
    PlaceClaim,
    PlaceRecord,
    ReportRecord,
    RoleRecord,
    SourceRecord,
    TimeClaim,
    TimeRecord,
)
from seeds.reference import Catalogue
from tests.seeds.ged import write as write_ged
from tests.seeds.loading import count, event, one, rows, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

DAY = Interval(datetime(2019, 12, 10), datetime(2019, 12, 11))


def source(code: str, kind: SourceKind = SourceKind.NEWS) -> SourceRecord:
    return SourceRecord(
        code=code, name=code, kind=kind, licence="x", attribution="x", redistributable=True
    )


CATALOGUE = Catalogue(
    sources=(source("liptako-curation", SourceKind.DATASET), source("press")),
    reports=(
        ReportRecord(
            code="press-1",
            source="press",
            title="An attack",
            published=Interval(datetime(2019, 12, 12), datetime(2019, 12, 13)),
            published_precision=TimePrecision.DAY,
        ),
        ReportRecord(code="press-2", source="press", title="A correction"),
    ),
    actors=(
        ActorRecord(code="army", name="Army", kind=ActorKind.STATE_FORCES, country="NER"),
        ActorRecord(
            code="is",
            name="Islamic State",
            kind=ActorKind.ARMED_GROUP,
            parent="army",
            aliases=(AliasRecord(name="IS", dataset="ucdp-ged", external_id="234"),),
        ),
    ),
)

TOTAL = CasualtiesClaim(
    id="killed",
    report="press-1",
    statement="71 soldiers killed",
    harm=Harm.KILLED,
    person_status=PersonStatus.STATE_FORCES,
    best=71,
)
CLAIMS: tuple[ClaimRecord, ...] = (
    replace(TOTAL, id="officers", statement="of whom some officers", best=None, part_of="killed"),
    TOTAL,
    TimeClaim(id="day", report="press-1", statement="x", occurred=DAY, precision=TimePrecision.DAY),
    PlaceClaim(
        id="camp",
        report="press-1",
        statement="x",
        place=PlaceRecord(
            name="Inates", precision=PlacePrecision.SETTLEMENT, gazetteer="geonames:1"
        ),
    ),
    DistanceClaim(
        id="far", report="press-1", statement="x", distance=7, unit="mi", border="MLI-NER"
    ),
    ActorClaim(
        id="claimed",
        report="press-2",
        statement="x",
        kind="attribution",
        actor="is",
        role=ActorRoleName.ALLEGED_PERPETRATOR,
    ),
    MaterialClaim(id="lost", report="press-1", statement="x"),
)
INATES = IncidentRecord(
    code="inates",
    title="Attack on Inates",
    event_type=EventType.ATTACK,
    time=TimeRecord(occurred=DAY, precision=TimePrecision.DAY, zone="Africa/Niamey"),
    place=PlaceRecord(
        name="Inates", precision=PlacePrecision.SETTLEMENT, gazetteer="geonames:1", country="NER"
    ),
    part_of="wave",
    actors=(RoleRecord(actor="army", role=ActorRoleName.TARGET),),
    claims=CLAIMS,
    estimates=(EstimateRecord(harm=Harm.KILLED, person_status=PersonStatus.ALL, best=71),),
)
WAVE = IncidentRecord(
    code="wave",
    title="A wave of attacks",
    event_type=EventType.ATTACK,
    kind=IncidentKind.AGGREGATE,
    time=TimeRecord(occurred=None, precision=TimePrecision.UNKNOWN),
    place=PlaceRecord(name="Niger", precision=PlacePrecision.COUNTRY, country="NER"),
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        with made.begin():
            made.execute(
                text(
                    "WITH s AS (INSERT INTO liptako.source (code, name, kind, licence, attribution,"
                    " redistributable) VALUES ('g', 'g', 'gazetteer', 'x', 'x', true)"
                    " RETURNING source_id) INSERT INTO liptako.place"
                    " (code, name, feature_class, source_id, geom) SELECT 'geonames:1', 'Inates',"
                    " 'P', source_id, ST_SetSRID(ST_MakePoint(1.3135, 15.2275), 4326) FROM s"
                )
            )
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "incidents"
    made.mkdir()
    write(made, INATES, WAVE)
    return made


def write(folder: Path, *incidents: IncidentRecord) -> None:
    for incident in incidents:
        (folder / f"{incident.code}.yaml").write_text(to_yaml(incident), encoding="utf-8")


def test_incidents_and_what_they_name_are_written(connection: Connection, folder: Path) -> None:
    summary = load_curated(connection, folder, CATALOGUE)
    assert (summary.rows, summary.inserted, summary.absent) == (2, 2, 0)
    assert rows(
        connection,
        "SELECT i.code, whole.code, place.code, ST_AsText(i.geom), i.radius_m, i.time_zone,"
        " source.code FROM liptako.incident i JOIN liptako.source USING (source_id)"
        " LEFT JOIN liptako.place USING (place_id)"
        " LEFT JOIN liptako.incident whole ON whole.incident_id = i.part_of ORDER BY 1",
    ) == [
        (
            *("inates", "wave", "geonames:1", "POINT(1.3135 15.2275)", 5000.0, "Africa/Niamey"),
            "liptako-curation",
        ),
        ("wave", None, None, None, None, None, "liptako-curation"),
    ]
    assert (
        one(
            connection,
            "SELECT name FROM liptako.actor WHERE actor_id = (SELECT parent_id"
            " FROM liptako.actor WHERE code = 'is')",
        )
        == "Army"
    )
    assert one(connection, "SELECT published::text FROM liptako.report WHERE code = 'press-1'") == (
        "[2019-12-12,2019-12-13)"
    )


def test_every_kind_of_claim_fills_its_columns(connection: Connection, folder: Path) -> None:
    load_curated(connection, folder, CATALOGUE)
    assert rows(
        connection,
        "SELECT c.code, c.kind, c.best, c.occurred::text, ST_AsText(c.geom), c.distance_m,"
        " c.target_border, a.code, whole.code FROM liptako.claim c"
        " LEFT JOIN liptako.actor a USING (actor_id)"
        " LEFT JOIN liptako.claim whole ON whole.claim_id = c.part_of ORDER BY 1",
    ) == [
        ("inates.camp", "place", None, None, "POINT(1.3135 15.2275)", None, None, None, None),
        ("inates.claimed", "attribution", None, None, None, None, None, "is", None),
        (
            *("inates.day", "time", None, '["2019-12-10 00:00:00","2019-12-11 00:00:00")'),
            *(None, None, None, None, None),
        ),
        ("inates.far", "distance", None, None, None, 7 * 1609.344, "MLI-NER", None, None),
        ("inates.killed", "casualties", 71, None, None, None, None, None, None),
        ("inates.lost", "material", None, None, None, None, None, None, None),
        ("inates.officers", "casualties", None, None, None, None, None, None, "inates.killed"),
    ]


def test_the_same_files_twice_change_nothing(connection: Connection, folder: Path) -> None:
    first = load_curated(connection, folder, CATALOGUE)
    stand = version(connection)
    again = load_curated(connection, folder, CATALOGUE)
    assert again.already_loaded
    assert (again.run_id, again.unchanged) == (first.run_id, 2)
    assert version(connection) == stand
    assert count(connection, "import_run") == 1


def test_a_changed_file_changes_its_incident_and_nothing_else(
    connection: Connection, folder: Path
) -> None:
    load_curated(connection, folder, CATALOGUE)
    stand = version(connection)
    killed = replace(TOTAL, best=89, report="press-2")
    write(folder, replace(INATES, claims=(killed,), estimates=(), actors=()))
    summary = load_curated(connection, folder, CATALOGUE)
    assert (summary.inserted, summary.updated, summary.unchanged) == (0, 1, 1)
    assert rows(
        connection,
        "SELECT c.code, best, r.code FROM liptako.claim c JOIN liptako.report r USING (report_id)",
    ) == [("inates.killed", 89, "press-2")]
    assert (count(connection, "estimate"), count(connection, "actor_role")) == (0, 0)
    assert rows(connection, "SELECT count(*), min(until_version) FROM liptako_history.claim") == [
        (7, stand + 1)
    ]


def test_going_back_is_a_change_too(connection: Connection, folder: Path) -> None:
    load_curated(connection, folder, CATALOGUE)
    write(folder, replace(INATES, title="Changed"))
    load_curated(connection, folder, CATALOGUE)
    write(folder, INATES)
    assert load_curated(connection, folder, CATALOGUE).updated == 1
    assert rows(connection, "SELECT title FROM liptako.incident ORDER BY 1") == [
        ("A wave of attacks",),
        ("Attack on Inates",),
    ]


def test_a_changed_catalogue_is_written_though_no_file_changed(
    connection: Connection, folder: Path
) -> None:
    load_curated(connection, folder, CATALOGUE)
    actors = (replace(CATALOGUE.actors[0], name="Armed forces"), CATALOGUE.actors[1])
    summary = load_curated(connection, folder, replace(CATALOGUE, actors=actors))
    assert (summary.already_loaded, summary.unchanged) == (False, 2)
    assert one(connection, "SELECT name FROM liptako.actor WHERE code = 'army'") == "Armed forces"


def test_an_incident_whose_file_is_gone_is_left_and_counted(
    connection: Connection, folder: Path
) -> None:
    load_curated(connection, folder, CATALOGUE)
    (folder / "inates.yaml").unlink()
    assert load_curated(connection, folder, CATALOGUE).absent == 1
    assert count(connection, "incident", "status = 'active'") == 2


def test_one_file_alone_may_be_part_of_what_is_stored(connection: Connection, folder: Path) -> None:
    load_curated(connection, folder / "wave.yaml", CATALOGUE)
    summary = load_curated(connection, folder / "inates.yaml", CATALOGUE)
    assert (summary.rows, summary.inserted, summary.absent) == (1, 1, 0)


def test_a_place_that_is_not_stored_refuses_all_or_its_incident(
    connection: Connection, folder: Path
) -> None:
    lost = replace(
        INATES,
        code="lost",
        part_of=None,
        claims=(),
        place=replace(INATES.place, gazetteer="geonames:404"),
    )
    write(folder, lost, replace(WAVE, code="part", part_of="lost"))
    with pytest.raises(RefusedFile) as refused:
        load_curated(connection, folder, CATALOGUE)
    (fault,) = refused.value.faults
    assert (fault.file, fault.column, fault.value) == (
        "lost.yaml",
        "place.gazetteer",
        "geonames:404",
    )
    assert count(connection, "incident") == 0
    assert rows(connection, 'SELECT "column", value FROM liptako.fault') == [
        ("lost.yaml: place.gazetteer", "geonames:404")
    ]
    summary = load_curated(connection, folder, CATALOGUE, keep_good=True)
    # What is part of an incident that is let go is let go with it.
    assert (summary.inserted, summary.rejected) == (2, 2)
    assert rows(connection, "SELECT status FROM liptako.import_run ORDER BY run_id") == [
        ("refused",),
        ("partial",),
    ]


def test_a_faulty_file_refuses_all_before_anything_is_asked_of_the_database(
    connection: Connection, folder: Path
) -> None:
    (folder / "broken.yaml").write_bytes(b"title: [\xff")
    with pytest.raises(RefusedFile) as refused:
        load_curated(connection, folder, CATALOGUE)
    assert {fault.file for fault in refused.value.faults} == {"broken.yaml"}
    assert count(connection, "incident") == 0
    summary = load_curated(connection, folder, CATALOGUE, keep_good=True)
    assert (summary.rows, summary.inserted, summary.rejected) == (3, 2, 1)
    assert "\\xff" in one(
        connection, "SELECT cells->>'yaml' FROM liptako.raw_row WHERE external_id = 'broken'"
    )


def test_a_catalogue_without_our_own_source_is_an_error(
    connection: Connection, folder: Path
) -> None:
    with pytest.raises(UnknownCode, match="liptako-curation"):
        load_curated(connection, folder, replace(CATALOGUE, sources=(source("press"),)))


@pytest.mark.parametrize("catalogue_first", [True, False])
def test_an_actor_of_a_dataset_is_that_of_the_catalogue_whichever_came_first(
    connection: Connection, folder: Path, tmp_path: Path, catalogue_first: bool
) -> None:
    ged = write_ged(tmp_path / "ged251.csv", [event(1)])
    if catalogue_first:
        load_curated(connection, folder, CATALOGUE)
        load(connection, ged, DATASET)
    else:
        load(connection, ged, DATASET)
        load_curated(connection, folder, CATALOGUE)
    assert rows(connection, "SELECT code FROM liptako.actor ORDER BY 1") == [
        ("army",),
        ("is",),
        ("ucdp-75",),
    ]
    assert rows(
        connection,
        "SELECT a.code FROM liptako.actor_role JOIN liptako.actor a USING (actor_id)"
        " JOIN liptako.incident i USING (incident_id) WHERE i.code = 'ucdp-ged-1' ORDER BY 1",
    ) == [("is",), ("ucdp-75",)]
    stand = version(connection)
    newer = load(connection, write_ged(tmp_path / "ged261.csv", [event(1), event(2)]), DATASET)
    assert (newer.inserted, newer.unchanged) == (1, 1)
    assert load_curated(connection, folder, CATALOGUE).already_loaded
    assert version(connection) == stand + 1
