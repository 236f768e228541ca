"""What analyses found stays what it was in a snapshot, whatever is computed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses.methods import METHODS
from db.analyses.run import APPLICATION, run_method
from db.engine import connect
from db.snapshots.creation import create_snapshot
from db.snapshots.signed import SignedManifest
from db.snapshots.verification import verify
from tests.db.rows import add_boundary, add_region, add_source

if TYPE_CHECKING:
    from sqlalchemy import Engine

NAMES = ("borders", "series")


def analyse(url: str) -> None:
    with connect(url, application=APPLICATION) as connection:
        for name in NAMES:
            chosen = METHODS[name].parameters.model_validate({"region": "study/whole"})
            run_method(connection, METHODS[name], chosen)
        connection.commit()


@pytest.fixture(autouse=True)
def region(filled: psycopg.Connection[Any]) -> None:
    around = "MULTIPOLYGON(((0 14, 3 14, 3 16, 0 16, 0 14)))"
    source = add_source(filled, "lsib")
    add_region(filled, source, "study", "whole", around)
    north, south = (f"MULTIPOLYGON(((0 15, 4 15, 4 {y}, 0 {y}, 0 15)))" for y in (18, 12))
    add_boundary(filled, source, "adm0", "MLI", north, country="MLI")
    add_boundary(filled, source, "adm0", "NER", south, country="NER")
    line = "MULTILINESTRING((0 15, 4 15))"
    add_boundary(filled, source, "border", "MLI-NER", line, country="MLI", neighbour="NER")


def test_results_and_measures_of_a_snapshot_outlast_later_runs(
    database_url: str, engine: Engine, filled: psycopg.Connection[Any]
) -> None:
    analyse(database_url)
    made = create_snapshot(engine, "v1")
    assert made.manifest["layers"]["border-distances"]["features"] > 0
    assert made.manifest["layers"]["series"]["features"] > 0
    assert {run["method"] for run in made.manifest["runs"]} == set(NAMES)
    filled.execute("UPDATE liptako.incident SET radius_m = 9000 WHERE code = 'inates'")
    filled.execute("UPDATE liptako.boundary SET name = 'Renamed'")
    analyse(database_url)
    now = create_snapshot(engine, "v2")
    for layer in ("border-distances", "series", "borders"):
        of_then, of_now = (one.manifest["layers"][layer]["sha256"] for one in (made, now))
        assert of_then != of_now
    found = verify(engine, SignedManifest(made.manifest, None))
    assert [one.layer for one in found.layers if one.found_sha256 != one.sha256] == []
    assert found.same_content


def test_a_run_that_a_snapshot_holds_cannot_go(
    database_url: str, engine: Engine, filled: psycopg.Connection[Any]
) -> None:
    analyse(database_url)
    made = create_snapshot(engine, "v1")
    analyse(database_url)  # those of the snapshot are replaced now
    runs = [run["run"] for run in made.manifest["runs"]]
    with pytest.raises(psycopg.Error):
        filled.execute("DELETE FROM liptako.analysis_run WHERE run_id = ANY(%s)", [runs])
    kept = filled.execute("SELECT run_id FROM liptako.snapshot_run ORDER BY run_id").fetchall()
    assert [row[0] for row in kept] == sorted(runs)
