"""Staged incidents into the tables: only what differs, and only what is the owner's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from db.engine import connect
from db.history import current_version
from db.write.actors import need_actors
from db.write.changes import Owner
from db.write.incidents import (
    Counts,
    analyse_tables,
    count_others,
    count_written,
    unresolved,
    write_incidents,
)
from db.write.sources import ReportRow, SourceRow, need_report, need_source
from db.write.staged import (
    Batch,
    StagedClaim,
    StagedEstimate,
    StagedIncident,
    StagedRole,
    StagedRow,
    analyse_stage,
    copy_batch,
    create_stage,
    forget_lines,
    repeated_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SOURCE = SourceRow("ours", "Ours", "dataset", None, "x", "x", True)
REPORT = ReportRow("account", "ours", "Account", None, "unknown", None, None, None, None)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        yield made


def incident(line: int, code: str, **changes: Any) -> StagedIncident:
    plain = StagedIncident(
        line=line,
        code=code,
        external_id=None,
        kind="incident",
        title=code,
        event_type="attack",
        sub_type=None,
        occurred="[2019-12-10,2019-12-11)",
        time_precision="day",
        time_extent="within",
        time_zone=None,
        gazetteer=None,
        place_name="Inates",
        country="NER",
        adm1=None,
        adm2=None,
        lon=1.3,
        lat=15.2,
        place_precision="settlement",
        radius_m=5000.0,
        note=None,
        part_of=None,
    )
    return plain._replace(**changes)


def claim(line: int, key: str, **changes: Any) -> StagedClaim:
    plain = StagedClaim(line, key, "account", "material", None, "asserts", None, "a car", None)
    return plain._replace(**changes)


def store(connection: Connection, batch: Batch, dataset: str | None = None) -> Counts:
    """Write a batch in a transaction of its own."""
    with connection.begin():
        owner = Owner(need_source(connection, SOURCE), dataset)
        need_report(connection, REPORT)
        create_stage(connection)
        copy_batch(connection, batch)
        analyse_stage(connection)
        need_actors(connection, (), ())
        write_incidents(connection, owner)
        return count_written(connection)


def pairs(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    with connection.begin():
        return [tuple(row) for row in connection.execute(text(statement))]


def test_nothing_staged_writes_nothing(connection: Connection) -> None:
    assert store(connection, Batch()) == Counts(0, 0)


def test_a_batch_is_empty_once_it_is_copied(connection: Connection) -> None:
    batch = Batch(incidents=[incident(1, "a")])
    with connection.begin():
        create_stage(connection)
        copy_batch(connection, batch)
        assert batch == Batch()
        assert connection.scalar(text("SELECT count(*) FROM staged_incident")) == 1


def test_a_part_may_come_before_its_whole(connection: Connection) -> None:
    batch = Batch(
        incidents=[incident(1, "part", part_of="whole"), incident(2, "whole")],
        claims=[claim(1, "b", part_of="a"), claim(1, "a"), claim(1, "c", part_of="b")],
    )
    assert store(connection, batch) == Counts(2, 0)
    assert pairs(
        connection,
        "SELECT p.code, w.code FROM liptako.incident p JOIN liptako.incident w"
        " ON w.incident_id = p.part_of",
    ) == [("part", "whole")]
    assert pairs(
        connection,
        "SELECT p.code, w.code FROM liptako.claim p JOIN liptako.claim w"
        " ON w.claim_id = p.part_of ORDER BY 1",
    ) == [("part.b", "part.a"), ("part.c", "part.b")]


def test_numbers_follow_the_order_of_lines(connection: Connection) -> None:
    codes = ["e", "b", "d", "a", "c"]
    store(connection, Batch(incidents=[incident(5 - n, code) for n, code in enumerate(codes)]))
    assert pairs(connection, "SELECT code FROM liptako.incident ORDER BY incident_id") == [
        (code,) for code in reversed(codes)
    ]


def test_a_row_that_is_equal_is_not_touched(connection: Connection) -> None:
    def batch(title: str) -> Batch:
        return Batch(
            incidents=[incident(1, "same"), incident(2, "other", title=title)],
            claims=[claim(1, "a"), claim(2, "a")],
        )

    store(connection, batch("before"))
    assert store(connection, batch("before")) == Counts(0, 0)
    with connection.begin():
        stand = current_version(connection)
    assert store(connection, batch("after")) == Counts(0, 1)
    assert pairs(connection, "SELECT code, since_version FROM liptako.incident ORDER BY 1") == [
        ("other", stand + 1),
        ("same", stand),
    ]
    assert pairs(connection, "SELECT DISTINCT since_version FROM liptako.claim") == [(stand,)]
    assert pairs(connection, "SELECT title, until_version FROM liptako_history.incident") == [
        ("before", stand + 1)
    ]


def test_unknown_stays_unknown_and_zero_stays_zero(connection: Connection) -> None:
    figures = {"kind": "casualties", "harm": "killed", "person_status": "civilian"}
    batch = Batch(
        incidents=[
            incident(1, "a", occurred=None, time_precision="unknown", lon=None, lat=None)._replace(
                place_precision="country", radius_m=None
            )
        ],
        claims=[claim(1, "a", **figures, low=0), claim(1, "b", **figures)],
        estimates=[StagedEstimate(1, "killed", "all", 0, None, None, "coder", None)],
    )
    store(connection, batch)
    assert pairs(connection, "SELECT occurred, geom, radius_m FROM liptako.incident") == [
        (None, None, None)
    ]
    assert pairs(connection, "SELECT low, best, high FROM liptako.claim ORDER BY code") == [
        (0, None, None),
        (None, None, None),
    ]
    assert pairs(connection, "SELECT low, best, high FROM liptako.estimate") == [(0, None, None)]


def test_a_claim_removed_takes_its_measures_and_leaves_the_parts_of_others(
    connection: Connection,
) -> None:
    store(connection, Batch(incidents=[incident(1, "a")], claims=[claim(1, "a"), claim(1, "b")]))
    with connection.begin():
        connection.execute(
            text(
                "WITH run AS (INSERT INTO liptako.analysis_run (method, method_version, parameters,"
                " data_version, editions, software, counts, published_version)"
                " VALUES ('m', '1', '{}', 1, '{}', '{}', '{}', 1) RETURNING run_id)"
                " INSERT INTO liptako.measure (run_id, name, claim_id, unit, outcome)"
                " SELECT run_id, 'm', claim_id, 'm', 'computed' FROM run, liptako.claim"
            )
        )
        connection.execute(
            text(
                "INSERT INTO liptako.source (code, name, kind, licence, attribution,"
                " redistributable) VALUES ('other', 'x', 'news', 'x', 'x', true);"
                "INSERT INTO liptako.report (code, source_id, title, published_precision)"
                " SELECT 'other', source_id, 'x', 'unknown' FROM liptako.source"
                " WHERE code = 'other';"
                "INSERT INTO liptako.claim (code, incident_id, report_id, kind, statement, part_of)"
                " SELECT 'own', incident_id, r.report_id, 'material', 'x', claim_id"
                " FROM liptako.claim, liptako.report r WHERE r.code = 'other'"
                " AND claim.code = 'a.b'"
            )
        )
    batch = Batch(incidents=[incident(1, "a")], claims=[claim(1, "a")])
    assert store(connection, batch, dataset="ours") == Counts(0, 1)
    assert pairs(connection, "SELECT code, part_of FROM liptako.claim ORDER BY 1") == [
        ("a.a", None),
        ("own", None),
    ]
    assert pairs(connection, "SELECT count(*) FROM liptako.measure") == [(1,)]


def test_a_dataset_leaves_a_coders_estimate_and_curation_does_not(connection: Connection) -> None:
    def batch(best: int) -> Batch:
        estimate = StagedEstimate(1, "killed", "all", None, best, None, "as_published", None)
        return Batch(incidents=[incident(1, "a")], estimates=[estimate])

    store(connection, batch(1), dataset="ours")
    with connection.begin():
        connection.execute(text("UPDATE liptako.estimate SET best = 7, rule = 'coder'"))
    assert store(connection, batch(2), dataset="ours") == Counts(0, 0)
    assert pairs(connection, "SELECT best FROM liptako.estimate") == [(7,)]
    assert store(connection, batch(2)) == Counts(0, 1)
    assert pairs(connection, "SELECT best, rule FROM liptako.estimate") == [(2, "as_published")]


def test_what_is_staged_and_not_known_is_named(connection: Connection) -> None:
    batch = Batch(
        incidents=[incident(1, "a", part_of="b"), incident(2, "b", gazetteer="geonames:404")],
        roles=[StagedRole(1, "nobody", "party", None)],
        claims=[claim(2, "a", report="nowhere", target_gazetteer="geonames:405")],
    )
    with connection.begin():
        create_stage(connection)
        copy_batch(connection, batch)
        found = [row[:3] for row in unresolved(connection)]
        assert found == [
            (1, "actors.actor", "nobody"),
            (2, "claims.gazetteer", "geonames:405"),
            (2, "claims.report", "nowhere"),
            (2, "place.gazetteer", "geonames:404"),
        ]
        forget_lines(connection, [2])
        assert [row[:3] for row in unresolved(connection)] == [
            (1, "actors.actor", "nobody"),
            (1, "part_of", "b"),
        ]


def test_an_unknown_actor_is_never_dropped_silently(connection: Connection) -> None:
    batch = Batch(incidents=[incident(1, "a")], roles=[StagedRole(1, "nobody", "party", None)])
    with pytest.raises(IntegrityError, match="actor_id"):
        store(connection, batch)
    assert pairs(connection, "SELECT count(*) FROM liptako.incident") == [(0,)]


def test_repeated_identifiers_are_found_with_their_first_line(connection: Connection) -> None:
    staged = [StagedRow(line, key, None) for line, key in ((2, "x"), (5, "y"), (7, "x"), (9, "x"))]
    with connection.begin():
        create_stage(connection)
        copy_batch(connection, Batch(rows=[*staged, StagedRow(11, None, None)]))
        assert repeated_rows(connection) == [(7, "x", 2), (9, "x", 2)]


def test_others_of_a_source_are_counted(connection: Connection) -> None:
    store(connection, Batch(incidents=[incident(1, "a"), incident(2, "b")]))
    with connection.begin():
        source_id = need_source(connection, SOURCE)
        assert count_others(connection, source_id, ["a"]) == 1
        assert count_others(connection, source_id, []) == 2
        connection.execute(text("UPDATE liptako.incident SET status = 'retracted'"))
        assert count_others(connection, source_id, []) == 0


def test_statistics_are_taken(connection: Connection) -> None:
    store(connection, Batch(incidents=[incident(line, f"i{line}") for line in range(50)]))
    with connection.begin():
        analyse_tables(connection)
    assert pairs(
        connection, "SELECT reltuples::int FROM pg_class WHERE oid = 'liptako.incident'::regclass"
    ) == [(50,)]
