"""One run of a method: what it read, with what software, and in place of which run before."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, text, update

from db.history import current_version
from db.models.derived import AnalysisRun, Cluster, ClusterMember, Measure
from db.models.state import DataVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg
    from sqlalchemy import Connection

APPLICATION = "liptako analyse"
"""Name under which sessions that run analyses are known to the database."""

SOFTWARE = ("liptako", "numpy", "scipy", "pyproj", "shapely")


@dataclass(frozen=True, slots=True)
class Method:
    """A named, versioned method; the version rises when the same input gives another result."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, for the person who asked for it.

    ``counts`` says how many results there are, and how many there are not and why.
    """

    method: Method
    run_id: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """A measure on its way into the table; ``geom`` is EWKT."""

    name: str
    incident_id: int | None
    target: str
    unit: str
    outcome: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    claim_id: int | None = None
    boundary_id: int | None = None
    reason: str | None = None
    geom: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run is made from, kept with it."""

    parameters: dict[str, Any]
    editions: dict[str, str] = field(default_factory=dict)


def needs_run(connection: Connection, method: str) -> bool:
    """Whether a method was never run, or anything but analyses has written since it was."""
    read = connection.scalar(
        select(AnalysisRun.data_version).where(AnalysisRun.method == method, AnalysisRun.is_current)
    )
    if read is None:
        return True
    written = select(DataVersion.version).where(
        DataVersion.version > read, DataVersion.application != APPLICATION
    )
    return bool(connection.scalar(select(written.exists())))


def begin_run(connection: Connection, method: Method, inputs: Inputs) -> int:
    """Record a run and put it in the place of the method's run before, whose results go.

    The record of the run before stays; its results can be had again from what it says.
    """
    data_version = current_version(connection)
    former = (
        update(AnalysisRun)
        .where(AnalysisRun.method == method.name, AnalysisRun.is_current)
        .values(is_current=False)
        .returning(AnalysisRun.run_id)
    )
    for run_id in connection.scalars(former).all():
        _drop_results(connection, run_id)
    run = insert(AnalysisRun).values(
        method=method.name,
        method_version=method.version,
        parameters=inputs.parameters,
        data_version=data_version,
        editions=inputs.editions,
        software={**{name: version(name) for name in SOFTWARE}, **_server(connection)},
        counts={},
    )
    return int(connection.execute(run.returning(AnalysisRun.run_id)).scalar_one())


def end_run(connection: Connection, method: Method, run_id: int, counts: dict[str, int]) -> Outcome:
    """Store how many results a run has."""
    run = update(AnalysisRun).where(AnalysisRun.run_id == run_id).values(counts=counts)
    connection.execute(run)
    return Outcome(method, run_id, counts)


_COLUMNS = (
    "run_id, name, incident_id, claim_id, boundary_id, target, value, low, high, unit, outcome,"
    " reason, geom"
)


def copy_measures(connection: Connection, run_id: int, rows: Iterable[MeasureRow]) -> int:
    """Store the measures of a run, in the order in which they come; says how many."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # our only driver
    written = 0
    # ``run_id`` was inserted through this connection, so its transaction has begun.
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY liptako.measure ({_COLUMNS}) FROM STDIN") as copy,
    ):
        for row in rows:
            written += 1
            copy.write_row(
                (
                    run_id,
                    row.name,
                    row.incident_id,
                    row.claim_id,
                    row.boundary_id,
                    row.target,
                    row.value,
                    row.low,
                    row.high,
                    row.unit,
                    row.outcome,
                    row.reason,
                    row.geom,
                )
            )
    return written


def _drop_results(connection: Connection, run_id: int) -> None:
    of_run = Cluster.__table__.select().with_only_columns(Cluster.cluster_id)
    members = of_run.where(Cluster.run_id == run_id).scalar_subquery()
    connection.execute(delete(ClusterMember).where(ClusterMember.cluster_id.in_(members)))
    connection.execute(delete(Cluster).where(Cluster.run_id == run_id))
    connection.execute(delete(Measure).where(Measure.run_id == run_id))


def _server(connection: Connection) -> dict[str, str]:
    row = connection.execute(
        text("SELECT current_setting('server_version'), postgis_lib_version()")
    ).one()
    return {"postgresql": row[0], "postgis": row[1]}
