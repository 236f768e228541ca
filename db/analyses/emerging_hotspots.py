"""What became of hot and cold spots, step by step: a cube of cells and steps of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from db.analyses.cell_parameters import EmergingParameters
from db.analyses.cells import study_of
from db.analyses.days import day_of, days_of_beginning, moment_of
from db.analyses.found import Found, ResultRow
from db.analyses.method import Method
from db.analyses.selection import incident_query, region_edition, terms_of
from db.errors import InvalidQuery
from gis.emerging import emerging_hot_spots
from gis.hotspots import Spot, spots
from gis.interval import TICK
from gis.series import aoristic_shares, period_edges
from gis.trend import mann_kendall

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from sqlalchemy import Connection

    from db.analyses.cells import Study
    from db.analyses.days import PossibleDays
    from db.analyses.method import Progress
    from gis.emerging import Emerging

    Floats = npt.NDArray[np.float64]

MOST_BINS = 20_000_000


def compute(connection: Connection, chosen: EmergingParameters, progress: Progress) -> Found:
    """Find what became of the hot and cold spots of a selection.

    Incidents whose place is too imprecise, or of which no day is known on which they may have
    begun, are counted and left out.

    Raises
    ------
    InvalidQuery
        There is no such region, another value of the selection breaks its rule, or cells or steps
        are too small.
    """
    progress(0.0, "reading incidents")
    study = study_of(connection, chosen, fields=("time_extent",))
    days = days_of_beginning(study.taken)
    edges = _edges(connection, chosen, days)
    if study.keys.size * (edges.size - 1) > MOST_BINS:
        raise InvalidQuery("step", chosen.step.value, f"a cube has at most {MOST_BINS:,} bins")
    # The last day belongs to the interval: it ends when that day does.
    shared = aoristic_shares(days.first, days.last + 1.0, edges)
    shape = (study.taken.size, edges.size - 1)
    when = csr_array((shared.share, (shared.row, shared.period)), shape=shape)
    cube = _cube(study, when, chosen)
    progress(0.3, f"comparing {cube.shape[0]:,} cells at {cube.shape[1]:,} steps")
    found = emerging_hot_spots(
        cube,
        study.contiguity(chosen),
        steps_back=chosen.steps_back,
        level=chosen.level,
        trend_level=chosen.trend_level,
    )
    progress(0.8, "describing what was found")
    words, numbers = np.unique(found.pattern.astype(str), return_counts=True)
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=study.taken.version,
        input_sha256=study.taken.sha256,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, study.taken),
        counts={
            "incidents": int(days.known.sum()),
            "cells": study.keys.size,
            "steps": edges.size - 1,
            **{word: int(n) for word, n in zip(words.tolist(), numbers, strict=True)},
            "without the figure compared": int(np.isnan(study.figures).sum()),
            "place too imprecise": study.left_out,
            "day not known": int((~days.known).sum()),
        },
        results={
            "emerging-hotspots": list(_cells(study, cube, found, edges, chosen)),
            "space-time-cube": list(_bins(study, cube, found, edges, chosen)),
        },
    )


METHOD = Method(
    name="emerging-hotspots",
    version="1",
    title="Emerging hot spots",
    answers="Where are hot spots new, lasting, growing or gone (space-time Gi*, Mann-Kendall)?",
    parameters=EmergingParameters,
    compute=compute,
    layers=("emerging-hotspots", "space-time-cube"),
)


def _edges(connection: Connection, chosen: EmergingParameters, days: PossibleDays) -> Floats:
    """Edges of steps that hold what is asked for, or all days on which incidents may have begun.

    An incident of some day of a long interval takes part with what of it lies in the steps.
    """
    known = days.known
    first = float(days.first[known].min()) if known.any() else 0.0
    last = float(days.last[known].max()) if known.any() else first
    asked = incident_query(connection, chosen).interval
    if asked is not None and asked.start is not None:
        first = float(day_of(asked.start))
    if asked is not None and asked.end is not None:
        last = float(day_of(asked.end - TICK))
    return period_edges(first, max(first, last) + 1.0, chosen.step)


def _cube(study: Study, when: csr_array, chosen: EmergingParameters) -> Floats:
    """Values by cell and step, (m, t)."""
    where = study.share(chosen.weighting).T
    figures = np.nan_to_num(study.figures)
    return np.asarray((where @ csr_array(when.multiply(figures[:, None]))).toarray())


def _cells(
    study: Study, cube: Floats, found: Emerging, edges: Floats, chosen: EmergingParameters
) -> Iterator[ResultRow]:
    """Cells, those with the greatest value first."""
    counted = mann_kendall(cube)
    significant = found.p_fdr <= chosen.level
    hot = (significant & (found.z > 0)).sum(axis=1)
    cold = (significant & (found.z < 0)).sum(axis=1)
    points = np.rint(study.at_point.sum(axis=0)).astype(np.int64)
    names = study.grid.names(study.keys)
    for row in np.lexsort((study.keys, -cube.sum(axis=1))).tolist():
        yield ResultRow(
            values={
                "cell": names[row],
                "incidents": int(points[row]),
                "pattern": found.pattern[row],
                "hot_steps": int(hot[row]),
                "cold_steps": int(cold[row]),
                "steps": cube.shape[1],
                "step": chosen.step.value,
                "last_z": float(found.z[row, -1]),
                "trend_tau": float(found.trend.tau[row]),
                "trend_p": float(found.trend.p[row]),
                "slope": float(found.trend.slope[row]),
                "count_tau": float(counted.tau[row]),
                "count_p": float(counted.p[row]),
                "count_slope": float(counted.slope[row]),
                "value_of": chosen.value.value,
                "weighting": chosen.weighting.value,
                "region": chosen.region,
                "level": chosen.level,
            },
            geom=study.polygons[row],
            start=moment_of(edges[0]),
            end=moment_of(edges[-1]),
        )


def _bins(
    study: Study, cube: Floats, found: Emerging, edges: Floats, chosen: EmergingParameters
) -> Iterator[ResultRow]:
    """Bins with a value, and those that are hot or cold, step by step."""
    spot = spots(found.z, found.p_fdr, chosen.level)
    names = study.grid.names(study.keys)
    moments = [moment_of(edge) for edge in edges.tolist()]
    steps, rows = np.nonzero(((cube > 0) | (spot != Spot.NONE)).T)
    for row, step in zip(rows.tolist(), steps.tolist(), strict=True):
        yield ResultRow(
            values={
                "cell": names[row],
                "value": float(cube[row, step]),
                "z": float(found.z[row, step]),
                "p": float(found.p[row, step]),
                "p_fdr": float(found.p_fdr[row, step]),
                "spot": spot[row, step],
                "value_of": chosen.value.value,
                "weighting": chosen.weighting.value,
            },
            geom=study.polygons[row],
            start=moments[step],
            end=moments[step + 1],
        )
