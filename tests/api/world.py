"""A small world: incidents well and badly known, claims, a border, and rows that must not leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from tests.db.rows import add_claim, add_incident, add_report, add_source

if TYPE_CHECKING:
    from psycopg import Connection

SERIES = 30
"""Incidents ``series-00`` ... in a row along latitude 14.5, a day and a tenth of a degree apart."""
AWKWARD = 'They said "run" \\ <script>alert(1)</script> & left\\'
SHOWN = SERIES + 5
"""Incidents that the layer shows: the series, Inates, awkward, nowhere, undated, far."""


def build(url: str) -> None:
    """Fill a database that has our tables and no rows."""
    with psycopg.connect(url, application_name="test world") as connection:
        press = add_source(connection)
        secret = add_source(connection, "secret", redistributable=False, licence="no licence")
        _series(connection, press)
        _inates(connection, press)
        _odd_ones(connection, press)
        add_incident(connection, secret, "secret-incident")
        add_incident(connection, press, "withdrawn", status="retracted")
        add_incident(connection, press, "autumn-total", kind="aggregate")
        _places(connection, press)


def _series(connection: Connection[Any], source: int) -> None:
    for number in range(SERIES):
        incident = add_incident(
            connection,
            source,
            f"series-{number:02}",
            title=f"Incident {number}",
            event_type="protest" if number % 3 == 0 else "attack",
            occurred=f"[2021-01-{number + 1:02},2021-01-{number + 2:02})",
            geom=f"SRID=4326;POINT({number / 10} 14.5)",
            country="NER",
            adm1="Tillabéri",
            radius_m=None if number % 5 == 0 else 1000 + number,
        )
        if number % 2:
            _estimate(connection, incident, number, number + 1, None)


def _inates(connection: Connection[Any], source: int) -> None:
    incident = add_incident(
        connection, source, "inates-2019-12-10", title="Attack on the base at Inates", country="NER"
    )
    _estimate(connection, incident, 71, 71, 71)
    report = add_report(connection, source, "report-inates")
    for code, columns in {
        "inates-claim-1": {"low": 71, "best": 71, "high": 71, "claimant": "the ministry"},
        "inates-claim-2": {"low": 60, "statement": "at least 60 <b>soldiers</b>"},
        "inates-claim-3": {"high": 0, "polarity": "denies"},
    }.items():
        add_claim(connection, incident, report, code, **columns)


def _odd_ones(connection: Connection[Any], source: int) -> None:
    add_incident(connection, source, "awkward", title=AWKWARD, note="ends in \\", place_name="a\nb")
    add_incident(connection, source, "nowhere", geom=None, place_precision="country", radius_m=None)
    add_incident(connection, source, "undated", occurred=None, time_precision="unknown")
    add_incident(
        connection,
        source,
        "far",
        geom="SRID=4326;POINT(179.5 66)",
        occurred="[2000-02-01 10:00,2000-02-01 12:00)",
    )


def _places(connection: Connection[Any], source: int) -> None:
    connection.execute(
        "INSERT INTO liptako.boundary (kind, code, name, country, neighbour, source_id, edition,"
        " geom) VALUES ('border', 'MLI-NER', 'Mali - Niger', 'MLI', 'NER', %s, '2024',"
        " 'SRID=4326;MULTILINESTRING((0 15, 4 15.2))')",
        [source],
    )
    connection.execute(
        "INSERT INTO liptako.place (code, name, feature_class, population, modified, source_id,"
        " geom) VALUES ('geonames:1', 'Inatès', 'P', 2500, '2019-05-01', %s,"
        " 'SRID=4326;POINT(1.3135 15.2275)')",
        [source],
    )


def _estimate(
    connection: Connection[Any], incident: int, low: int, best: int | None, high: int | None
) -> None:
    connection.execute(
        "INSERT INTO liptako.estimate (incident_id, harm, person_status, low, best, high, rule)"
        " VALUES (%s, 'killed', 'all', %s, %s, %s, 'coder')",
        [incident, low, best, high],
    )
