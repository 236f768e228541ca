"""The questions that QGIS 3.22 asks of a view, letter by letter, are answered from indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from db.engine import connect
from db.roles import READING, grant
from tests.conftest import _database
from tests.db.rows import add_report, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgis import PostgisServer

READER = "liptako_test_planner"
_MANY = (
    (
        "INSERT INTO liptako.incident (code, title, event_type, occurred, time_precision,"
        " time_extent, geom, place_precision, source_id)"
        " SELECT 'i-' || n, 'title', 'attack',"
        "  tsrange(date '2010-01-01' + n, date '2010-01-02' + n), 'day', 'within',"
        "  ST_SetSRID(ST_Point(n / 1000.0, mod(n, 90)), 4326), 'settlement', %s"
        "  FROM generate_series(1, 4000) n"
    ),
    (
        "INSERT INTO liptako.claim (code, incident_id, report_id, kind, statement)"
        " SELECT 'c-' || code, incident_id, %s, 'material', 'a car' FROM liptako.incident"
    ),
    (
        "INSERT INTO liptako.boundary (kind, code, name, source_id, edition, geom)"
        " SELECT 'border', 'b-' || n, 'name', %s, '1',"
        "  ST_SetSRID(ST_Multi(ST_MakeLine(ST_Point(n / 100.0, 0), ST_Point(n / 100.0, 1))), 4326)"
        "  FROM generate_series(1, 4000) n"
    ),
)


@pytest.fixture(scope="module")
def planner(postgis_server: PostgisServer, template_database: str) -> Iterator[str]:
    """Give a database with some thousand rows, and a reader."""
    for url in _database(postgis_server, template_database):
        with psycopg.connect(url) as connection:
            source = add_source(connection)
            for statement, number in zip(
                _MANY, (source, add_report(connection, source), source), strict=True
            ):
                connection.execute(statement.encode(), [number])
        with connect(url) as granting:
            grant(granting, READER, "word", READING)
            granting.commit()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        yield url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {READER}".encode())
            connection.execute(f"DROP ROLE {READER}".encode())


@pytest.mark.parametrize(
    "view, condition, indexes",
    [
        (
            "incidents",
            """"geom" && st_makeenvelope(1,14,1.5,14.5,4326)""",
            {"ix_incident_geom"},
        ),
        (
            "claims",
            """"geom" && st_makeenvelope(1,14,1.5,14.5,4326)""",
            {"ix_claim_geom", "ix_incident_geom", "ix_claim_incident_id"},
        ),
        (
            "borders",
            """"geom" && st_makeenvelope(1,0.2,1.05,0.4,4326)""",
            {"ix_layers_borders"},
        ),
        (
            "incidents",
            """("event_start" >= '2011-03-01') AND ("event_start" < '2011-04-01')""",
            {"ix_layers_incident_event_start"},
        ),
        # The frame of the temporal controller, of a month towards the end of the data.
        (
            "incidents",
            (
                """(("event_start" < '2020-12-01T00:00:00.000') OR ("event_start" IS NULL)) AND """
                """(("event_end" > '2020-11-01T00:00:00.000') OR ("event_end" IS NULL))"""
            ),
            {"ix_layers_incident_event_end"},
        ),
        ("incidents", """"id"=7""", {"pk_incident"}),
        ("claims", """"id"=7""", {"pk_claim", "pk_incident"}),
    ],
)
def test_what_qgis_asks_is_looked_up(
    planner: str, view: str, condition: str, indexes: set[str]
) -> None:
    asked = f"""SELECT st_asbinary("geom",'NDR'),"id" FROM "layers"."{view}" WHERE {condition}"""
    with psycopg.connect(planner) as connection:
        connection.execute(f"SET SESSION AUTHORIZATION {READER}".encode())
        # Settings of a role take effect when it logs in.
        connection.execute("SET join_collapse_limit = 16")
        plan = [line for (line,) in connection.execute(f"EXPLAIN (COSTS OFF) {asked}".encode())]
        found = connection.execute(asked.encode()).fetchall()
    text = "\n".join(plan)
    assert {name for name in indexes if name in text} == indexes, text
    assert "Seq Scan on incident" not in text, text
    assert "Seq Scan on claim" not in text, text
    assert found
