"""Incidents and people killed by period and group: what is certain, possible and expected."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np

from db.analyses.days import days_of, moment_of
from db.analyses.found import Found, ResultRow
from db.analyses.groups import FIELDS, Groups, groups_of
from db.analyses.method import Method
from db.analyses.parameters import SeriesParameters, SummedStatus
from db.analyses.selection import incident_query, read_incidents, region_edition, terms_of
from db.errors import InvalidQuery
from gis.parts.sums import cell_sums, sums_in_parts
from gis.series import aoristic_shares, period_edges, whole_shares
from gis.sums import widened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from db.query import LayerQuery
    from gis.crs import BoolArray, FloatArray, IntArray
    from gis.parts.engine import Arrays, Engine
    from gis.series import AoristicShares
    from gis.sums import RangeSum

GREATEST_TABLE = 100_000

_FIGURES = {
    SummedStatus.ALL: "killed",
    SummedStatus.CIVILIAN: "killed_civilians",
    SummedStatus.STATE_FORCES: "killed_forces",
    SummedStatus.MILITANT: "killed_militants",
}

#: What rounding may leave of a sum of whole people.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Entries:
    """Which incident may be in which cell of the table, by cell, then by incident; all (m,).

    A cell is ``period * groups + group``.
    """

    cell: IntArray
    row: IntArray
    share: FloatArray
    certain: BoolArray
    whole: IntArray
    whole_best: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    """People killed, (n,) each; NaN where not known."""

    low: FloatArray
    best: FloatArray
    high: FloatArray


def compute(
    connection: Connection,
    chosen: SeriesParameters,
    progress: Progress,
    *,
    engine: Engine | None = None,
) -> Found:
    """Add up the incidents of a selection by period and group.

    Incidents that have no first or no last moment are counted and left out. Periods without an
    incident are rows, too, with zeros.

    Raises
    ------
    InvalidQuery
        There is no such region, another value of the selection breaks its rule, or there would be
        more than 100,000 rows.
    """
    progress(0.0, "reading incidents")
    figures = tuple(f"{_FIGURES[chosen.person_status]}_{end}" for end in ("low", "best", "high"))
    every = read_incidents(connection, chosen, fields=(*FIELDS[chosen.by], *figures))
    dated = ~np.isnan(every.start) & ~np.isnan(every.end)
    taken = every.of(dated)
    query = incident_query(connection, chosen)
    groups = groups_of(
        connection, taken, chosen.by, version=query.version, within_km=chosen.within_km
    )
    edges = _edges(taken, query, chosen)
    if (edges.size - 1) * len(groups.names) > GREATEST_TABLE:
        rule = (
            f"it makes at most {GREATEST_TABLE:,} rows, and {edges.size - 1:,} periods of "
            f"{len(groups.names):,} groups are more"
        )
        raise InvalidQuery("period", chosen.period.value, rule)
    progress(0.3, f"adding up {taken.size:,} incidents")
    killed = _Figures(*widened(*(taken.fields[name] for name in figures)))
    shares = aoristic_shares(taken.start, taken.end, edges) if edges.size else None
    add = cell_sums if engine is None else partial(sums_in_parts, engine)
    rows = [] if shares is None else list(_rows(add, shares, groups, killed, edges, chosen))
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=every.version,
        input_sha256=taken.sha256,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, taken),
        counts={
            "incidents": taken.size,
            "rows": len(rows),
            "periods": max(edges.size - 1, 0),
            "groups": len(groups.names),
            "not dated at both ends": every.size - taken.size,
        },
        results={"series": rows},
    )


METHOD = Method(
    name="series",
    version="2",
    title="Trend and sums",
    answers="How many incidents, and how many people killed, by period and group?",
    parameters=SeriesParameters,
    compute=compute,
    has_parts=True,
    layers=("series",),
)


def _edges(taken: Incidents, query: LayerQuery, chosen: SeriesParameters) -> FloatArray:
    """Edges of the periods from the first incident to the last, cut to the interval asked for."""
    if not taken.size:
        return np.zeros(0)
    first = float(taken.start.min())
    # A moment is in a period that ends after it.
    last = max(float(taken.end.max()), float(np.nextafter(taken.start.max(), np.inf)))
    asked = query.interval
    low = days_of(asked.start) if asked and asked.start else -np.inf
    high = days_of(asked.end) if asked and asked.end else np.inf
    edges = period_edges(max(first, low), min(last, high), chosen.period)
    return np.unique(np.clip(edges, low, high))


def _rows(
    add: Callable[..., list[RangeSum]],
    shares: AoristicShares,
    groups: Groups,
    killed: _Figures,
    edges: FloatArray,
    chosen: SeriesParameters,
) -> Iterator[ResultRow]:
    entries = _entries(shares, groups, killed)
    cells = (edges.size - 1) * len(groups.names)
    bounds = np.searchsorted(entries.cell, np.arange(cells + 1))
    sums = add(_ranges(entries, killed), bounds, chosen.model)
    moments = [moment_of(edge) for edge in edges.tolist()]
    for cell in range(cells):
        period, group = divmod(cell, len(groups.names))
        here = slice(int(bounds[cell]), int(bounds[cell + 1]))
        yield ResultRow(
            start=moments[period],
            end=moments[period + 1],
            values={
                "period": chosen.period.value,
                "grouped_by": chosen.by.value,
                "group": groups.names[group],
                "incidents": float(entries.share[here].sum()),
                "incidents_whole": int(entries.whole[here].sum()),
                "incidents_certain": int(entries.certain[here].sum()),
                "incidents_possible": here.stop - here.start,
                "person_status": chosen.person_status.value,
                **_killed(entries, here, sums[cell], chosen),
                "region": chosen.region,
            },
        )


def _entries(shares: AoristicShares, groups: Groups, killed: _Figures) -> _Entries:
    """Shares of time times shares of groups, in the order of the cells."""
    by_row = np.argsort(groups.row, kind="stable")
    rows = groups.row[by_row]
    first = np.searchsorted(rows, shares.row, side="left")
    times = np.searchsorted(rows, shares.row, side="right") - first
    entry = np.repeat(np.arange(shares.row.size), times)
    within = np.arange(entry.size) - np.repeat(np.cumsum(times) - times, times)
    member = by_row[first[entry] + within]
    row, group = shares.row[entry], groups.group[member]
    cell = shares.period[entry] * len(groups.names) + group
    order = np.lexsort((row, cell))
    cell, row, group = cell[order], row[order], group[order]
    share = (shares.share[entry] * groups.share[member])[order]
    # Where groups overlap, each of them has the whole of an incident to share out over periods.
    unit = row * len(groups.names) + group if groups.overlap else row
    best = np.nan_to_num(killed.best[row], nan=0.0)
    return _Entries(
        cell=cell,
        row=row,
        share=share,
        certain=(shares.certain[entry] & groups.certain[member])[order],
        whole=whole_shares(unit, share),
        whole_best=whole_shares(unit, share, best),
    )


def _ranges(entries: _Entries, killed: _Figures) -> Arrays:
    return {
        "low": killed.low[entries.row],
        "best": killed.best[entries.row],
        "high": killed.high[entries.row],
        "share": entries.share,
        "certain": entries.certain,
    }


def _killed(
    entries: _Entries, here: slice, found: RangeSum, chosen: SeriesParameters
) -> dict[str, Any]:
    bounds = {
        "killed": (found.low, found.high),
        "killed_independent": found.independent or (None, None),
        "killed_dependent": found.dependent or (None, None),
    }
    values: dict[str, Any] = {
        "killed_best": found.best,
        "killed_best_whole": (None if found.best is None else int(entries.whole_best[here].sum())),
        "killed_model": chosen.model.value,
        "killed_open": found.open,
        "killed_unknown": found.unknown,
    }
    for name, (low, high) in bounds.items():
        values[f"{name}_low"], values[f"{name}_high"] = _outward(low, high)
    return values


def _outward(low: float | None, high: float | None) -> tuple[int | None, int | None]:
    """Bounds in whole people, so that nothing that lay between them is lost."""
    return (
        None if low is None else floor(low + ROUNDING),
        None if high is None else ceil(high - ROUNDING),
    )
