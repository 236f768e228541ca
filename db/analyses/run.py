"""Runs of methods: computed while nobody waits, then stored with their results in one go."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec
import shapely
from sqlalchemy import delete, func, insert, null, select, text, update

from db.history import current_version
from db.models.derived import AnalysisRun, Measure, Raster
from db.models.state import DataVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import psycopg
    from sqlalchemy import Connection

    from db.analyses.found import Found, MeasureRow, ResultRow
    from db.analyses.method import Method, Progress
    from db.analyses.parameters import Parameters
    from gis.parts.engine import Engine

APPLICATION = "liptako analyse"
"""Name under which sessions that run analyses are known to the database."""

_NOW = 0
"""Stands for the version of the writing transaction, which a trigger puts in its place."""

SOFTWARE = ("liptako", "numpy", "scipy", "pyproj", "shapely", "esda", "libpysal", "h3")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, for the person who asked for it.

    ``counts`` says how many results there are, and how many there are not and why; ``pictures``
    draws the method's pictures of it as SVG.
    """

    method: Method
    run_id: int
    counts: Mapping[str, int]
    pictures: Mapping[str, Callable[[], str]]


def needs_run(connection: Connection, method: str) -> bool:
    """Whether a method was never run, or anything but analyses has written since it was."""
    read = connection.scalar(
        select(AnalysisRun.data_version).where(AnalysisRun.method == method, *_is_current())
    )
    if read is None:
        return True
    written = select(DataVersion.version).where(
        DataVersion.version > read, DataVersion.application != APPLICATION
    )
    return bool(connection.scalar(select(written.exists())))


def run_method(
    connection: Connection,
    method: Method,
    parameters: Parameters | None = None,
    progress: Progress | None = None,
    *,
    keep_s: float | None = None,
    engine: Engine | None = None,
) -> Outcome:
    """Compute, and store what was found, in the caller's transaction.

    Nothing is written before all is computed, so a long computation keeps no writer waiting.

    Parameters
    ----------
    connection : Connection
    method : Method
    parameters : Parameters, optional
        The method's defaults where missing.
    progress : Progress, optional
    keep_s : float, optional
        Seconds after which the results of a run of one's own go; where missing, the run is
        published in the place of the method's run before.
    engine : Engine, optional
        Has parts computed elsewhere, of a method that ``has_parts``; the results are the same.

    Raises
    ------
    InvalidQuery
        A parameter names what there is not.
    """
    from db.analyses.method import unheard

    parts = {} if engine is None else {"engine": engine}
    chosen = parameters or method.parameters()
    found = method.compute(connection, chosen, progress or unheard, **parts)
    return store(connection, method, found, keep_s=keep_s)


def store(
    connection: Connection, method: Method, found: Found, *, keep_s: float | None = None
) -> Outcome:
    """Store a run and its results; published, it takes the place of the run before.

    Results of runs that were published before stay, for those who ask how things were seen then,
    their measures among the former rows. Results that have expired go.
    """
    published = keep_s is None
    drop_expired(connection)
    if published:
        _replace(connection, method.name)
    later = func.clock_timestamp() + text(f"interval '{float(keep_s or 0)} seconds'")
    run = insert(AnalysisRun).values(
        method=method.name,
        method_version=method.version,
        parameters=dict(found.chosen),
        data_version=found.data_version,
        input_sha256=found.input_sha256,
        seed=found.seed,
        editions=dict(found.editions),
        software={**{name: version(name) for name in SOFTWARE}, **_server(connection)},
        counts=dict(found.counts),
        licence=found.terms.licence,
        attribution=found.terms.attribution,
        published_version=_NOW if published else null(),
        expires_at=null() if published else later,
    )
    run_id = int(connection.execute(run.returning(AnalysisRun.run_id)).scalar_one())
    _copy_measures(connection, run_id, found.measures, is_current=published)
    for layer, rows in found.results.items():
        _copy_results(connection, run_id, layer, rows)
    if found.raster is not None:
        connection.execute(insert(Raster).values(run_id=run_id, content=found.raster))
    return Outcome(method, run_id, found.counts, found.pictures)


def raster_of(connection: Connection, run_id: int) -> bytes | None:
    """The raster of a run, as a Cloud Optimized GeoTIFF; none where it made none."""
    content = connection.scalar(select(Raster.content).where(Raster.run_id == run_id))
    return None if content is None else bytes(content)


def data_read(connection: Connection) -> int:
    """The state of the data that this transaction reads, for :class:`Found`."""
    return current_version(connection)


def _is_current() -> tuple[Any, ...]:
    return (AnalysisRun.published_version.is_not(None), AnalysisRun.replaced_version.is_(None))


def _replace(connection: Connection, method: str) -> None:
    former = connection.scalars(
        update(AnalysisRun)
        .where(AnalysisRun.method == method, *_is_current())
        .values(replaced_version=_NOW)
        .returning(AnalysisRun.run_id)
    ).all()
    connection.execute(delete(Measure).where(Measure.run_id.in_(former)))


def drop_expired(connection: Connection) -> None:
    """Forget the runs that are not promised to anybody any more, with their results."""
    connection.execute(delete(AnalysisRun).where(AnalysisRun.expires_at < func.clock_timestamp()))


_MEASURE_COLUMNS = (
    "run_id, name, incident_id, claim_id, boundary_id, target, value, low, high, unit, outcome,"
    " reason, geom, is_current, detail"
)


def _copy_measures(
    connection: Connection, run_id: int, rows: Iterable[MeasureRow], *, is_current: bool
) -> None:
    # ``run_id`` was inserted through this connection, so its transaction has begun.
    with (
        _driver(connection).cursor() as cursor,
        cursor.copy(f"COPY liptako.measure ({_MEASURE_COLUMNS}) FROM STDIN") as copy,
    ):
        for row in rows:
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
                    is_current,
                    # NaN becomes null: what is not a number is not known.
                    msgspec.json.encode(row.detail).decode(),
                )
            )


def _copy_results(
    connection: Connection, run_id: int, layer: str, rows: Iterable[ResultRow]
) -> None:
    columns = "run_id, layer, incident_id, period, geom, values"
    with (
        _driver(connection).cursor() as cursor,
        cursor.copy(f"COPY liptako.result ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(
                (
                    run_id,
                    layer,
                    row.incident_id,
                    _range(row),
                    None if row.geom is None else _ewkb(row.geom),
                    # NaN becomes null: what is not a number is not known.
                    msgspec.json.encode(row.values).decode(),
                )
            )


def _range(row: ResultRow) -> str | None:
    if row.start is None and row.end is None and not row.always:
        return None
    return f"[{_moment(row.start)},{_moment(row.end)})"


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat(" ")


def _ewkb(shape: shapely.Geometry) -> str:
    return str(shapely.to_wkb(shapely.set_srid(shape, 4326), hex=True, include_srid=True))


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]  # our only driver
    return driver


def _server(connection: Connection) -> dict[str, str]:
    row = connection.execute(
        text("SELECT current_setting('server_version'), postgis_lib_version()")
    ).one()
    return {"postgresql": row[0], "postgis": row[1]}
