"""The import flow against a real database: what is written, and what twice is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from db.engine import connect
from db.settings import plain_url
from seeds.errors import SeedError
from seeds.formats.ucdp_ged import DATASET
from seeds.load import load
from tests.seeds.ged import GLOBAL, HDX, LIPTAKO, OLD
from tests.seeds.loading import contents, count, one, rows, version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        yield made


def test_the_published_files_load_with_every_exception_accounted_for(
    connection: Connection,
) -> None:
    first = load(connection, LIPTAKO, DATASET)
    assert (first.rows, first.inserted) == (12, 12)
    second = load(connection, GLOBAL, DATASET)
    assert (second.rows, second.inserted, second.unchanged) == (1000, 988, 12)
    assert (second.updated, second.rejected, second.gone, second.absent) == (0, 0, 0, 0)
    old = load(connection, OLD, DATASET)
    # Three of its events stand in the newer edition already, which the older does not overwrite.
    assert (old.rows, old.inserted, old.unchanged) == (3194, 3191, 3)
    assert old.absent == 997
    stand = version(connection)
    hdx = load(connection, HDX, DATASET, edition="19.1")
    assert (hdx.rows, hdx.inserted, hdx.updated, hdx.unchanged) == (601, 0, 0, 601)
    assert version(connection) == stand

    assert count(connection, "incident") == 4191
    assert count(connection, "claim") == 4191 * 5
    assert count(connection, "estimate") == 2 * 4191
    assert count(connection, "actor_role") == 4191 * 2
    assert count(connection, "raw_row") == 12 + 1000 + 3194 + 601
    assert count(connection, "fault") == 0


def test_figures_out_of_order_are_flagged_and_not_mended(connection: Connection) -> None:
    load(connection, GLOBAL, DATASET)
    assert count(connection, "estimate", "disordered") == 13
    load(connection, OLD, DATASET)
    assert count(connection, "estimate", "disordered") == 19
    assert count(connection, "claim", "disordered") == 19


def test_places_of_a_country_or_a_sea_have_no_point(connection: Connection) -> None:
    load(connection, GLOBAL, DATASET)
    assert rows(
        connection,
        "SELECT place_precision, count(*), count(geom), count(radius_m) FROM liptako.incident"
        " GROUP BY 1 ORDER BY 2 DESC",
    ) == [
        ("settlement", 475, 475, 475),
        ("near", 232, 232, 232),
        ("adm2", 140, 140, 0),
        ("adm1", 105, 105, 0),
        ("area", 35, 35, 0),
        ("country", 12, 0, 0),
        ("sea", 1, 0, 0),
    ]


def test_times_are_intervals_that_lasted_or_are_uncertain(connection: Connection) -> None:
    load(connection, GLOBAL, DATASET)
    assert rows(
        connection,
        "SELECT time_precision, time_extent, count(*) FROM liptako.incident"
        " WHERE upper(occurred) - lower(occurred) > '1 day' GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
    ) == [
        ("days", "within", 65),
        ("days", "throughout", 42),
        ("month", "within", 13),
        ("month", "throughout", 10),
        ("year", "throughout", 10),
        ("week", "throughout", 4),
        ("year", "within", 4),
        ("week", "within", 3),
    ]


def test_a_row_is_stored_as_told(connection: Connection) -> None:
    load(connection, LIPTAKO, DATASET)
    code = "ucdp-ged-12989"
    (incident,) = rows(
        connection,
        "SELECT title, occurred::text, ST_AsText(geom), country, radius_m, time_zone,"
        f" code FROM liptako.incident WHERE code = '{code}'",
    )
    assert incident == (
        "Government of Mali - Civilians, Lere town, 1991-05-20",
        '["1991-05-20 00:00:00","1991-05-21 00:00:00")',
        "POINT(-4.9118 15.7118)",
        "MLI",
        5000.0,
        None,
        code,
    )
    assert rows(
        connection,
        "SELECT c.code, whole.code, c.low, c.best, c.high FROM liptako.claim c"
        " LEFT JOIN liptako.claim whole ON whole.claim_id = c.part_of"
        f" WHERE c.code LIKE '{code}.%' ORDER BY c.claim_id",
    ) == [
        (f"{code}.total", None, 20, 20, 48),
        (f"{code}.side-a", f"{code}.total", None, 0, None),
        (f"{code}.side-b", f"{code}.total", None, 0, None),
        (f"{code}.civilians", f"{code}.total", None, 20, None),
        (f"{code}.unknown", f"{code}.total", None, 0, None),
    ]
    assert rows(
        connection,
        "SELECT low, best, high, rule FROM liptako.estimate JOIN liptako.incident USING"
        f" (incident_id) WHERE code = '{code}'",
    ) == [(20, 20, 48, "as_published"), (None, 20, None, "as_published")]
    cells = one(
        connection, "SELECT cells FROM liptako.raw_row WHERE external_id = '12989' AND line = 2"
    )
    assert cells["where_prec"] == "1"
    assert cells["date_start"] == "1991-05-20 00:00:00.000"
    assert len(cells) == 49


def test_a_run_says_what_it_did(connection: Connection) -> None:
    load(connection, LIPTAKO, DATASET)
    (run,) = rows(
        connection,
        "SELECT r.format, file_name, length(sha256), size_bytes, dataset, r.edition, status,"
        " rows, inserted, rejected, data_version, report.code, options->'columns'->>0,"
        " finished_at >= started_at FROM liptako.import_run r"
        " JOIN liptako.report USING (report_id)",
    )
    assert run == (
        *("ucdp-ged", LIPTAKO.name, 64, LIPTAKO.stat().st_size, "ucdp-ged", "23.1", "written"),
        *(12, 12, 0, version(connection), "ucdp-ged-23.1", "id", True),
    )


def test_the_same_file_twice_changes_nothing(connection: Connection) -> None:
    first = load(connection, LIPTAKO, DATASET)
    stand, before = version(connection), contents(connection)
    again = load(connection, LIPTAKO, DATASET)
    assert again.already_loaded
    assert (again.run_id, again.rows, again.unchanged) == (first.run_id, 12, 12)
    assert (version(connection), contents(connection)) == (stand, before)
    assert count(connection, "import_run") == 1


def test_the_same_bytes_cannot_be_two_editions(connection: Connection) -> None:
    load(connection, LIPTAKO, DATASET)
    with pytest.raises(SeedError, match=r"was loaded as edition 23\.1"):
        load(connection, LIPTAKO, DATASET, edition="24.1")


def test_progress_is_told(connection: Connection) -> None:
    told: list[str] = []
    load(connection, LIPTAKO, DATASET, say=told.append)
    assert told == ["12 rows read, writing"]


def test_the_edition_must_be_known(connection: Connection) -> None:
    with pytest.raises(SeedError, match="state it"):
        load(connection, HDX, DATASET)
    with pytest.raises(SeedError, match="numbers with dots"):
        load(connection, HDX, DATASET, edition="newest")


def test_a_load_killed_half_way_leaves_nothing(database_url: str, connection: Connection) -> None:
    program = (
        "import sys; from pathlib import Path; from db.engine import connect;"
        "from seeds.load import load; from seeds.formats.ucdp_ged import DATASET\n"
        "with connect(sys.argv[1], application='victim') as c: load(c, Path(sys.argv[2]), DATASET)"
    )
    with psycopg.connect(plain_url(database_url)) as gate:
        # Incidents are written before claims, which this lock holds up.
        gate.execute("LOCK TABLE liptako.claim IN SHARE MODE")
        victim = subprocess.Popen([sys.executable, "-c", program, database_url, str(GLOBAL)])
        wait_for(connection, "wait_event_type = 'Lock'")
        written = one(connection, "SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock'")
        assert written > 0
        os.kill(victim.pid, signal.SIGKILL)
        assert victim.wait(timeout=60) == -signal.SIGKILL
    wait_for(connection, None)
    assert contents(connection) == [0] * 7
    assert count(connection, "import_run") == 0
    assert count(connection, "raw_row") == 0
    assert version(connection) == 0
    assert load(connection, GLOBAL, DATASET).inserted == 1000


def wait_for(connection: Connection, condition: str | None) -> None:
    """Wait until the victim's session is as described, or is gone."""
    statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'victim'"
    wanted, statement = (0, statement) if condition is None else (1, f"{statement} AND {condition}")
    for _ in range(600):
        if one(connection, statement) == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(f"the victim is never found with: {condition or 'no session'}")


def test_two_loads_at_once_take_turns(database_url: str, connection: Connection) -> None:
    with connect(database_url) as other, other.begin():
        other.execute(text("SELECT pg_advisory_xact_lock(hashtext('liptako.load'))"))
        with connection.begin():
            connection.execute(text("SET lock_timeout = '200ms'"))
        with pytest.raises(Exception, match="lock timeout"):
            load(connection, LIPTAKO, DATASET)
    assert load(connection, LIPTAKO, DATASET).inserted == 12
