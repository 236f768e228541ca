"""What a user has after the first start: all that is shipped, loaded and analysed."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from seeds.everything import UCDP, is_everything_loaded, load_everything

if TYPE_CHECKING:
    from collections.abc import Iterator

ORACLE = Path(__file__).parents[1] / "gis" / "reference" / "border_distances.csv"

FILE_OF_SOURCE = {
    "lsib-quattroshapes": "borders.fgb",
    "openstreetmap": "borders_osm.fgb",
    "natural-earth": "borders_ne.fgb",
}
PLACES = {
    "inates-2019-12-10": "Inates",
    "chinagodrar-2020-01-09": "Chinagodrar",
    "tongo-tongo-2017-10": "Tongo Tongo",
    "kandadji-2023-09-28": "Kandadji",
}


@pytest.fixture
def db(shipped_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(shipped_database) as connection:
        yield connection


def one(db: psycopg.Connection[Any], statement: str, *parameters: object) -> Any:
    row = db.execute(statement, parameters).fetchone()
    assert row is not None
    return row[0] if len(row) == 1 else row


def test_everything_twice_is_everything_once(shipped_database: str) -> None:
    with psycopg.connect(shipped_database, autocommit=True) as db:
        before = one(db, "SELECT max(version) FROM liptako.data_version")
        told = list(load_everything(shipped_database, lambda _: None))
        assert one(db, "SELECT max(version) FROM liptako.data_version") == before
    assert len(told) == 5 + len(UCDP)
    assert all(" 0 new, 0 changed" in line for line in told)


def test_what_is_loaded_need_not_be_compared_again(
    shipped_database: str, database_url: str
) -> None:
    assert is_everything_loaded(shipped_database)
    assert not is_everything_loaded(database_url)


def test_every_ucdp_row_is_accounted_for(db: psycopg.Connection[Any]) -> None:
    runs = db.execute(
        "SELECT file_name, rows, inserted, unchanged, rejected FROM liptako.import_run"
        " WHERE format = 'ucdp-ged' ORDER BY run_id"
    ).fetchall()
    assert runs == [
        ("ucdp-ged-23.1-sample-liptako.csv", 12, 12, 0, 0),
        # The 12 are among the 1,000.
        ("ucdp-ged-23.1-sample1000-global.csv", 1000, 988, 12, 0),
        # Three events are in both editions; the older one does not overwrite the newer.
        ("ucdp-ged-19.1-sample-bgd-mmr.csv", 3194, 3191, 3, 0),
        # The same events of Bangladesh once more, as another office hands them on.
        ("hdx-ucdp-bgd-hxl-tagged.csv", 601, 0, 601, 0),
    ]
    assert one(db, "SELECT count(*) FROM liptako.raw_row") >= 12 + 1000 + 3194 + 601


def test_ucdp_figures_out_of_order_are_kept_and_flagged(db: psycopg.Connection[Any]) -> None:
    counted = one(
        db,
        "SELECT count(*) FILTER (WHERE disordered), count(*) FILTER (WHERE best = 0 AND high > 0)"
        " FROM liptako.estimate WHERE rule = 'as_published'",
    )
    disordered, zero_best = counted
    assert disordered == 13 + 6
    assert zero_best > 90


def test_a_country_is_not_a_point(db: psycopg.Connection[Any]) -> None:
    assert one(
        db,
        "SELECT count(*) > 0 AND bool_and(geom IS NULL) FROM liptako.incident"
        " WHERE place_precision IN ('country', 'sea')",
    )


@pytest.mark.parametrize("incident", PLACES)
def test_border_distances_agree_with_an_independent_computation(
    db: psycopg.Connection[Any], incident: str
) -> None:
    with ORACLE.open(encoding="utf-8") as file:
        known = {
            (row["file"], row["border"]): float(row["metres"])
            for row in csv.DictReader(file)
            if row["place"] == PLACES[incident] and row["edges"] == "lonlat"
        }
    found = db.execute(
        "SELECT s.code, m.target, m.value FROM liptako.measure m"
        " JOIN liptako.incident USING (incident_id)"
        " JOIN liptako.boundary b USING (boundary_id) JOIN liptako.source s"
        "   ON s.source_id = b.source_id"
        " WHERE incident.code = %s AND b.kind = 'border'"
        " AND m.target NOT IN ('nearest', 'shared')",
        [incident],
    ).fetchall()
    assert len(found) == 9
    for source, border, metres in found:
        assert metres == pytest.approx(known[FILE_OF_SOURCE[source], border], abs=10.0)


def test_inates_keeps_both_figures_of_one_report(db: psycopg.Connection[Any]) -> None:
    rows = db.execute(
        "SELECT report.code, array_agg(DISTINCT low ORDER BY low) FROM liptako.claim"
        " JOIN liptako.report USING (report_id) JOIN liptako.incident USING (incident_id)"
        " WHERE incident.code = 'inates-2019-12-10' AND harm = 'killed'"
        "   AND person_status = 'state_forces' AND report.code LIKE 'sofrep%'"
        " GROUP BY report.code"
    ).fetchall()
    assert [row[1] for row in rows] == [[71, 79]]


def test_every_stated_distance_has_a_verdict(db: psycopg.Connection[Any]) -> None:
    claims, verdicts = one(
        db,
        "SELECT (SELECT count(*) FROM liptako.claim WHERE kind = 'distance'),"
        " (SELECT count(*) FROM liptako.measure WHERE name = 'stated_distance')",
    )
    assert claims == verdicts > 5


def test_the_completest_incidents_come_first(db: psycopg.Connection[Any]) -> None:
    """Clients guess geometry and types from the first ten features."""
    first = (
        "SELECT incident_id, geom FROM liptako.incident WHERE status = 'active'"
        " AND kind = 'incident' ORDER BY missing, incident_id LIMIT 10"
    )
    assert one(db, f"SELECT bool_and(geom IS NOT NULL) FROM ({first}) f")
    for harm, status in (("killed", "all"), ("killed", "civilian")):
        figures = one(
            db,
            f"SELECT count(low) + count(best) FROM ({first}) f JOIN liptako.estimate"
            " USING (incident_id) WHERE harm = %s AND person_status = %s",
            harm,
            status,
        )
        assert figures > 0, (harm, status)
