"""What former states depend on besides their version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import select

from db.engine import connect
from db.former import Withheld, is_kept
from db.layers.catalogue import LAYERS
from db.layers.layer import Rows
from db.models.imports import ImportRun
from db.models.incidents import Incident
from tests.db.rows import add_source

if TYPE_CHECKING:
    from db.layers.layer import Layer


def layer_of(rows: Rows) -> Layer:
    return replace(LAYERS["incidents"], rows=lambda _: rows)


def test_a_layer_of_versioned_tables_is_kept() -> None:
    incident = Incident.__table__.alias()
    rows = Rows(incident, incident.c.incident_id, {}, (incident.c.incident_id,))
    assert is_kept(layer_of(rows))
    assert is_kept(LAYERS["knox"])


def test_a_layer_that_reads_a_table_as_it_is_now_is_not() -> None:
    run = ImportRun.__table__.alias()
    assert not is_kept(layer_of(Rows(run, run.c.run_id, {}, (run.c.run_id,))))
    incident = Incident.__table__.alias()
    hidden = select(run.c.run_id).scalar_subquery()
    rows = Rows(incident, incident.c.incident_id, {"run": hidden}, (incident.c.incident_id,))
    assert not is_kept(layer_of(rows))


def test_what_is_withheld_is_found_once_for_a_version(database_url: str) -> None:
    withheld = Withheld()
    with psycopg.connect(database_url, autocommit=True) as db, connect(database_url) as reader:
        nothing = withheld.at(reader, 0, 0)
        source = add_source(db)
        assert withheld.at(reader, 1, 0) == nothing
        db.execute(
            "UPDATE liptako.source SET redistributable = false WHERE source_id = %s", [source]
        )
        assert withheld.at(reader, 1, 0) == nothing, "remembered"
        reader.rollback()
        assert withheld.at(reader, 2, 0) != nothing
