"""Editions of a dataset: new, changed, gone, in whatever order they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from db.engine import connect
from seeds.errors import RefusedFile, SeedError
from seeds.formats.ucdp_ged import DATASET
from seeds.load import load
from tests.seeds.ged import write
from tests.seeds.loading import contents, count, event, one, rows, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        yield made


def current(connection: Connection) -> list[tuple[Any, ...]]:
    return rows(
        connection,
        "SELECT e.external_id, e.edition, i.status, c.best, r.edition FROM liptako.external_id e"
        " JOIN liptako.incident i USING (incident_id)"
        " JOIN liptako.claim c ON c.code = i.code || '.total'"
        " JOIN liptako.report r USING (report_id) ORDER BY 1",
    )


OLDER = [event(1), event(2), event(3), event(4, date_start="2024-06-01", date_end="2024-06-01")]
NEWER = [event(1), event(2, best="9", deaths_b="5"), event(5)]


def test_a_newer_edition_adds_and_changes_and_its_absences_say_nothing(
    connection: Connection, tmp_path: Path
) -> None:
    load(connection, write(tmp_path / "ged231.csv", OLDER), DATASET)
    stand = version(connection)
    summary = load(connection, write(tmp_path / "ged241.csv", NEWER), DATASET)
    assert (summary.inserted, summary.updated, summary.unchanged) == (1, 1, 1)
    assert (summary.gone, summary.absent) == (0, 2)
    assert current(connection) == [
        # An unchanged claim keeps the edition that first stated it.
        ("1", "24.1", "active", 8, "23.1"),
        ("2", "24.1", "active", 9, "24.1"),
        ("3", "23.1", "active", 8, "23.1"),
        ("4", "23.1", "active", 8, "23.1"),
        ("5", "24.1", "active", 8, "24.1"),
    ]
    assert version(connection) == stand + 1
    former = "SELECT code, best, since_version, until_version FROM liptako_history.claim ORDER BY 1"
    assert rows(connection, former) == [
        ("ucdp-ged-2.side-b", 4, stand, stand + 1),
        ("ucdp-ged-2.total", 8, stand, stand + 1),
    ]
    assert rows(connection, "SELECT best, until_version FROM liptako_history.estimate") == [
        (8, stand + 1)
    ]
    assert rows(connection, "SELECT count(*) FROM liptako_history.incident") == [(0,)]


def test_what_a_complete_edition_lacks_is_retracted_and_not_deleted(
    connection: Connection, tmp_path: Path
) -> None:
    load(connection, write(tmp_path / "ged231.csv", OLDER), DATASET)
    path = write(tmp_path / "ged241.csv", NEWER)
    summary = load(connection, path, DATASET, complete=True)
    # Event 4 is of 2024, of which an edition of that year says nothing.
    assert (summary.inserted, summary.updated, summary.unchanged, summary.gone) == (1, 1, 1, 1)
    assert [row[:3] for row in current(connection)] == [
        ("1", "24.1", "active"),
        ("2", "24.1", "active"),
        ("3", "23.1", "retracted"),
        ("4", "23.1", "active"),
        ("5", "24.1", "active"),
    ]
    assert one(
        connection, "SELECT status_note FROM liptako.incident WHERE code = 'ucdp-ged-3'"
    ) == ("Not in ucdp-ged 24.1, which was loaded whole.")
    assert count(connection, "claim", "code LIKE 'ucdp-ged-3.%'") == 5
    assert rows(connection, "SELECT code, status FROM liptako_history.incident") == [
        ("ucdp-ged-3", "active")
    ]
    assert load(connection, path, DATASET, complete=True).already_loaded


def test_the_order_of_loading_does_not_matter(connection: Connection, tmp_path: Path) -> None:
    load(connection, write(tmp_path / "ged241.csv", NEWER), DATASET, complete=True)
    summary = load(connection, write(tmp_path / "ged231.csv", OLDER), DATASET)
    assert (summary.inserted, summary.updated, summary.unchanged) == (2, 0, 2)
    assert [row[:4] for row in current(connection)] == [
        ("1", "24.1", "active", 8),
        ("2", "24.1", "active", 9),
        ("3", "23.1", "retracted", 8),
        ("4", "23.1", "active", 8),
        ("5", "24.1", "active", 8),
    ]
    assert summary.gone == 1


def test_what_comes_back_is_active_again(connection: Connection, tmp_path: Path) -> None:
    load(connection, write(tmp_path / "ged231.csv", OLDER), DATASET)
    load(connection, write(tmp_path / "ged241.csv", NEWER), DATASET, complete=True)
    summary = load(connection, write(tmp_path / "ged251.csv", [event(3)]), DATASET)
    assert (summary.updated, summary.unchanged) == (1, 0)
    assert rows(
        connection, "SELECT status, status_note FROM liptako.incident WHERE code = 'ucdp-ged-3'"
    ) == [("active", None)]


def test_a_file_loaded_as_an_extract_can_be_declared_complete(
    connection: Connection, tmp_path: Path
) -> None:
    load(connection, write(tmp_path / "ged231.csv", OLDER), DATASET)
    path = write(tmp_path / "ged241.csv", NEWER)
    assert load(connection, path, DATASET).gone == 0
    declared = load(connection, path, DATASET, complete=True)
    assert (declared.already_loaded, declared.gone, declared.unchanged) == (False, 1, 3)


def test_a_rejected_row_is_not_gone(connection: Connection, tmp_path: Path) -> None:
    load(connection, write(tmp_path / "ged231.csv", OLDER), DATASET)
    path = write(tmp_path / "ged241.csv", [*NEWER, event(3, best="x")])
    summary = load(connection, path, DATASET, complete=True, keep_good=True)
    assert (summary.rejected, summary.gone) == (1, 0)


def test_what_cannot_be_complete_is_refused(connection: Connection, tmp_path: Path) -> None:
    monthly = write(tmp_path / "GEDEvent_v24_0_1.csv", NEWER)
    with pytest.raises(SeedError, match="cannot be complete"):
        load(connection, monthly, DATASET, complete=True)
    for name, content, rule in (
        ("ged241.csv", [], "must have rows"),
        ("ged251.csv", [event(1), event(2, id="?")], "an identifier in every row"),
    ):
        path = write(tmp_path / name, content)
        with pytest.raises(RefusedFile) as refused:
            load(connection, path, DATASET, complete=True, keep_good=True)
        assert rule in refused.value.faults[0].rule
    assert contents(connection) == [0] * 7


BY_A_CODER = """
WITH press AS (
  INSERT INTO liptako.source (code, name, kind, licence, attribution, redistributable)
  VALUES ('press', 'Press', 'news', 'x', 'x', true) RETURNING source_id
), account AS (
  INSERT INTO liptako.report (code, source_id, title, published_precision)
  SELECT 'account', source_id, 'x', 'unknown' FROM press RETURNING report_id
), cars AS (
  INSERT INTO liptako.claim (code, incident_id, report_id, kind, statement)
  SELECT 'own', incident_id, report_id, 'material', 'two cars' FROM liptako.incident, account
), police AS (
  INSERT INTO liptako.actor (code, name, kind) VALUES ('police', 'Police', 'other')
  RETURNING actor_id
), helped AS (
  INSERT INTO liptako.actor_role (incident_id, actor_id, role)
  SELECT incident_id, actor_id, 'supporting' FROM liptako.incident, police
), weighed AS (
  UPDATE liptako.estimate SET rule = 'coder', best = 7
)
UPDATE liptako.incident SET time_zone = 'Africa/Niamey'
"""


def test_what_a_coder_added_survives_a_new_edition(connection: Connection, tmp_path: Path) -> None:
    load(connection, write(tmp_path / "ged231.csv", [event(1)]), DATASET)
    with connection.begin():
        connection.execute(text(BY_A_CODER))
    load(connection, write(tmp_path / "ged241.csv", [event(1, best="9", deaths_b="5")]), DATASET)
    assert rows(connection, "SELECT best, rule FROM liptako.estimate") == [(7, "coder")] * 2
    assert one(connection, "SELECT time_zone FROM liptako.incident") == "Africa/Niamey"
    assert count(connection, "claim") == 6
    assert count(connection, "actor_role") == 3


def test_a_side_that_changed_is_replaced_and_the_former_is_kept(
    connection: Connection, tmp_path: Path
) -> None:
    load(connection, write(tmp_path / "ged231.csv", [event(1)]), DATASET)
    changed = event(1, side_b="JNIM", side_b_new_id="6716")
    load(connection, write(tmp_path / "ged241.csv", [changed]), DATASET)
    assert rows(
        connection,
        "SELECT a.code FROM liptako.actor_role JOIN liptako.actor a USING (actor_id) ORDER BY 1",
    ) == [("ucdp-6716",), ("ucdp-75",)]
    assert rows(connection, "SELECT count(*) FROM liptako_history.actor_role") == [(1,)]


def test_an_actor_renamed_is_the_same_actor_with_two_names(
    connection: Connection, tmp_path: Path
) -> None:
    load(connection, write(tmp_path / "ged231.csv", [event(1), event(2, side_b="ISIS")]), DATASET)
    assert rows(
        connection,
        "SELECT a.code, n.name, n.external_id FROM liptako.actor_name n JOIN liptako.actor a"
        " USING (actor_id) WHERE a.code = 'ucdp-234' ORDER BY 2",
    ) == [("ucdp-234", "IS", "234"), ("ucdp-234", "ISIS", "234")]


def test_a_file_that_would_retract_most_of_a_dataset_is_refused_unless_that_is_meant(
    connection: Connection, tmp_path: Path
) -> None:
    many = write(tmp_path / "ged231.csv", [event(number) for number in range(1, 202)])
    load(connection, many, DATASET)
    few = write(tmp_path / "ged241.csv", [event(1)])
    with pytest.raises(SeedError, match="would retract 200 incidents"):
        load(connection, few, DATASET, complete=True)
    assert count(connection, "incident", "status = 'active'") == 201
    assert load(connection, few, DATASET, complete=True, retract_most=True).gone == 200


def test_a_file_whose_incidents_were_retracted_is_not_taken_for_loaded(
    connection: Connection, tmp_path: Path
) -> None:
    both = write(tmp_path / "ged231.csv", [event(1), event(2)])
    load(connection, both, DATASET)
    load(connection, write(tmp_path / "whole-ged231.csv", [event(1)]), DATASET, complete=True)
    assert count(connection, "incident", "status = 'active'") == 1
    again = load(connection, both, DATASET)
    assert not again.already_loaded
    assert count(connection, "incident", "status = 'active'") == 2
