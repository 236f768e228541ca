"""Editions of a dataset: which row of which edition is in force, and what has gone.

An edition is numbers with dots between and compares as a tuple: 25.0.12 < 25.1 < 26.1. Whatever
order files are loaded in, the newest statement about an incident stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from db.models.imports import ImportRun
from db.write.changes import touch
from db.write.runs import WRITTEN

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Release:
    """One run of one edition of one dataset."""

    run_id: int
    dataset: str
    edition: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """What its edition compares by."""
        return tuple(map(int, self.edition.split(".")))

    def older_than(self, other: Release) -> bool:
        """Whether another release is of a newer edition."""
        return self.numbers < other.numbers


def _numbers(edition: str) -> str:
    return f"CAST(string_to_array({edition}, '.') AS integer[])"


_OLDER = f"{_numbers('CAST(:edition AS text)')} < {_numbers('e.edition')}"
_NOT_IN_FILE = "NOT EXISTS (SELECT FROM staged_row s WHERE s.external_id = e.external_id)"


def drop_older(connection: Connection, dataset: str, edition: str) -> int:
    """Take out of the stage what a newer edition has stated already; its raw rows stay.

    Returns
    -------
    int
        How many incidents that were.
    """
    result = connection.execute(
        text(
            "DELETE FROM staged_incident s USING liptako.external_id e WHERE e.dataset = :dataset"
            f" AND e.external_id = s.external_id AND {_OLDER}"
        ),
        {"dataset": dataset, "edition": edition},
    )
    return result.rowcount


def keep_external_ids(connection: Connection, release: Release) -> None:
    """Note which edition, run and line last stated each incident.

    A row that repeats its edition unchanged is not noted: it states nothing new.
    """
    values = {"run_id": release.run_id, "dataset": release.dataset, "edition": release.edition}
    connection.execute(
        text(
            "UPDATE liptako.external_id e SET edition = :edition, run_id = :run_id, line = r.line"
            " FROM resolved_incident r"
            " WHERE e.dataset = :dataset AND e.external_id = r.external_id"
            " AND (e.edition <> :edition OR EXISTS"
            " (SELECT FROM touched WHERE touched.incident_id = r.incident_id))"
        ),
        values,
    )
    connection.execute(
        text(
            "INSERT INTO liptako.external_id"
            " (dataset, external_id, incident_id, edition, run_id, line)"
            " SELECT :dataset, external_id, incident_id, :edition, :run_id, line"
            " FROM resolved_incident r WHERE external_id IS NOT NULL AND NOT EXISTS"
            " (SELECT FROM liptako.external_id e"
            " WHERE e.dataset = :dataset AND e.external_id = r.external_id) ORDER BY line"
        ),
        values,
    )


def complete_release(connection: Connection, dataset: str) -> Release | None:
    """The newest edition of which the whole was loaded, by its first run."""
    rows = connection.execute(
        select(ImportRun.run_id, ImportRun.edition)
        .where(ImportRun.dataset == dataset, ImportRun.status.in_(WRITTEN))
        .where(ImportRun.options["complete"].as_boolean(), ImportRun.edition.is_not(None))
        .order_by(ImportRun.run_id)
    )
    releases = [Release(run_id, dataset, edition) for run_id, edition in rows if edition]
    return max(releases, key=lambda release: release.numbers, default=None)


def gone_note(release: Release) -> str:
    """The reason given to an incident that a complete edition does not hold."""
    return f"Not in {release.dataset} {release.edition}, which was loaded whole."


def retract_missing(connection: Connection, whole: Release, covered_until: datetime) -> int:
    """Retract the incidents that the whole of an edition, just loaded, does not hold.

    What happened at ``covered_until`` or later is not judged, nor what a newer edition stated, nor
    a row that the file has and that was rejected.
    """
    return _retract(
        connection,
        whole,
        covered_until,
        f"NOT ({_OLDER}) AND {_NOT_IN_FILE}",
    )


def retract_outdated(connection: Connection, whole: Release, covered_until: datetime) -> int:
    """Retract what this load of an older edition inserted and the whole newer one had dropped."""
    return _retract(
        connection,
        whole,
        covered_until,
        "EXISTS (SELECT FROM resolved_incident r WHERE r.is_new"
        " AND r.incident_id = e.incident_id) AND NOT EXISTS (SELECT FROM liptako.raw_row w"
        " WHERE w.run_id = :run_id AND w.external_id = e.external_id)",
    )


def restore_found(connection: Connection, dataset: str) -> None:
    """Make active again what was retracted for its absence only and is stated now."""
    touch(
        connection,
        "UPDATE liptako.incident kept SET status = 'active', status_note = NULL"
        " FROM resolved_incident r WHERE kept.incident_id = r.incident_id AND NOT r.is_new"
        " AND kept.status = 'retracted' AND starts_with(kept.status_note, :prefix)"
        " RETURNING kept.incident_id",
        prefix=f"Not in {dataset} ",
    )


def count_absent(connection: Connection, dataset: str) -> int:
    """How many active incidents of a dataset the file just staged does not hold."""
    statement = (
        "SELECT count(*) FROM liptako.external_id e JOIN liptako.incident i USING (incident_id)"
        f" WHERE e.dataset = :dataset AND i.status = 'active' AND {_NOT_IN_FILE}"
    )
    return int(connection.scalar(text(statement), {"dataset": dataset}) or 0)


def _retract(
    connection: Connection, whole: Release, covered_until: datetime, condition: str
) -> int:
    result = connection.execute(
        text(
            "UPDATE liptako.incident i SET status = 'retracted', status_note = :note"
            " FROM liptako.external_id e"
            " WHERE e.dataset = :dataset AND e.incident_id = i.incident_id AND i.status = 'active'"
            f" AND lower(i.occurred) < :covered_until AND {condition}"
        ),
        {
            "note": gone_note(whole),
            "dataset": whole.dataset,
            "edition": whole.edition,
            "run_id": whole.run_id,
            "covered_until": covered_until,
        },
    )
    return result.rowcount


def count_active(connection: Connection, dataset: str) -> int:
    """How many incidents of a dataset are active."""
    statement = (
        "SELECT count(*) FROM liptako.external_id e JOIN liptako.incident i USING (incident_id)"
        " WHERE e.dataset = :dataset AND i.status = 'active'"
    )
    return int(connection.scalar(text(statement), {"dataset": dataset}) or 0)


def stands(connection: Connection, dataset: str, run_id: int) -> bool:
    """Whether every incident of the rows of a run is still there, none of them retracted."""
    statement = (
        "SELECT NOT EXISTS (SELECT FROM liptako.raw_row w JOIN liptako.external_id e"
        " ON e.dataset = :dataset AND e.external_id = w.external_id"
        " JOIN liptako.incident i USING (incident_id)"
        " WHERE w.run_id = :run_id AND i.status = 'retracted')"
    )
    return bool(connection.scalar(text(statement), {"dataset": dataset, "run_id": run_id}))
