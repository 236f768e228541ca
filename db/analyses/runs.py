"""Runs that are kept: which there are of a method, and all that it takes to repeat one."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from db.errors import InvalidQuery, UnknownRun
from db.models.derived import AnalysisRun
from db.query import RUN, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from db.layers.layer import Layer
    from db.query import LayerQuery

LARGEST = 2**63 - 1
"""Keys of the database are no greater."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run, as :class:`db.models.derived.AnalysisRun` has it."""

    run_id: int
    method: str
    method_version: str
    parameters: Mapping[str, Any]
    data_version: int
    input_sha256: str | None
    seed: int | None
    editions: Mapping[str, Any]
    software: Mapping[str, Any]
    counts: Mapping[str, Any]
    licence: str | None
    attribution: str | None
    finished_at: datetime
    published_version: int | None
    replaced_version: int | None
    expires_at: datetime | None

    @property
    def standing(self) -> str:
        """``published``, ``replaced`` by a later run, or somebody's ``own``."""
        if self.published_version is None:
            return "own"
        return "published" if self.replaced_version is None else "replaced"


def run_of(connection: Connection, run_id: int) -> Run:
    """The run of that number.

    Raises
    ------
    UnknownRun
        There is none, or it has expired.
    """
    row = None
    if run_id <= LARGEST:
        row = connection.execute(_kept().where(AnalysisRun.run_id == run_id)).first()
    if row is None:
        raise UnknownRun(str(run_id))
    return Run(**row._asdict())


def published_runs(connection: Connection) -> dict[str, Run]:
    """The run of each method whose results the layers show."""
    asked = _kept().where(
        AnalysisRun.published_version.is_not(None), AnalysisRun.replaced_version.is_(None)
    )
    found = (Run(**row._asdict()) for row in connection.execute(asked))
    return {run.method: run for run in found}


def runs_of(connection: Connection, method: str, limit: int) -> list[Run]:
    """The runs of a method that are or were published, the latest first."""
    asked = (
        _kept()
        .where(AnalysisRun.method == method, AnalysisRun.published_version.is_not(None))
        .order_by(AnalysisRun.run_id.desc())
        .limit(limit)
    )
    return [Run(**row._asdict()) for row in connection.execute(asked)]


def shows_runs(layer: Layer) -> bool:
    """Whether a layer shows the results of a run that ``run=N`` names."""
    return rows_of(layer, None).published_run is not None


def check_run(connection: Connection, layer: Layer, query: LayerQuery) -> None:
    """Refuse a query for a run that there is not.

    Without that, nothing would be shown of a run that is yet to come, and be remembered as such:
    somebody's own run raises no version of the data.

    Raises
    ------
    InvalidQuery
    """
    asked = dict(query.equals)
    if RUN not in asked or not shows_runs(layer):
        return
    number = asked[RUN]
    assert isinstance(number, int)
    try:
        run_of(connection, number)
    except UnknownRun as fault:
        rule = f"no such run is kept; {fault.rule}"
        raise InvalidQuery(RUN, number, rule) from fault


def _kept() -> Select[Any]:
    return select(*(getattr(AnalysisRun, field.name) for field in fields(Run))).where(
        or_(AnalysisRun.expires_at.is_(None), AnalysisRun.expires_at > func.clock_timestamp())
    )
