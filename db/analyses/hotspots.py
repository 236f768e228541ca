"""Where incidents are more, or fewer, than elsewhere: Getis-Ord Gi* and local Moran by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from db.analyses.cell_parameters import HotspotParameters
from db.analyses.cells import study_of
from db.analyses.found import Found, ResultRow
from db.analyses.method import Method
from db.analyses.selection import region_edition, terms_of
from gis.cell_counts import expected_counts
from gis.grid import areas_km2
from gis.hotspots import (
    Spot,
    false_discovery,
    gi_star,
    local_moran,
    moran,
    row_standardised,
    spots,
    two_sided,
)
from gis.permutations import generator

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy.sparse import csr_array
    from sqlalchemy import Connection

    from db.analyses.cells import Study
    from db.analyses.method import Progress

    Floats = npt.NDArray[np.float64]

_NUMBERS_AT_ONCE = 4_000_000
"""Values of cells in draws that are held at once."""


def compute(connection: Connection, chosen: HotspotParameters, progress: Progress) -> Found:
    """Find the hot and cold spots of a selection.

    Incidents without a point, or whose radius is unknown or too great, are counted and left out.

    Raises
    ------
    InvalidQuery
        There is no such region, another value of the selection breaks its rule, or the cells are
        too small for the area.
    """
    progress(0.0, "reading incidents")
    study = study_of(connection, chosen)
    weights = study.contiguity(chosen)
    progress(0.2, f"comparing {study.keys.size:,} cells")
    value = study.share(chosen.weighting).T @ np.nan_to_num(study.figures)
    z = gi_star(value, weights)
    p = two_sided(z)
    p_fdr = false_discovery(p)
    found = spots(z, p_fdr, chosen.level)
    overall = moran(value, row_standardised(weights))
    progress(0.4, "shuffling values among cells")
    local = local_moran(
        value, weights, level=chosen.level, permutations=chosen.permutations, seed=chosen.seed
    )
    progress(0.7, "drawing places within their radii")
    hot, cold = _over_draws(study, weights, chosen)
    counts = expected_counts(study.over_disc)
    points, killed, unknown = _sums(study)
    columns: dict[str, Any] = {
        "cell": study.grid.names(study.keys),
        "incidents": points,
        "expected": counts.expected,
        "count_low": counts.low,
        "count_high": counts.high,
        "killed_low": _whole(killed),
        "killed_unknown": unknown,
        "value": value,
        "area_km2": areas_km2(study.polygons),
        "neighbours": np.diff(weights.indptr),
        "z": z,
        "p": p,
        "p_fdr": p_fdr,
        "spot": found,
        "p_hot": hot,
        "p_cold": cold,
        "local_i": local.i,
        "local_p": local.p,
        "local_p_fdr": local.p_fdr,
        "quadrant": local.quadrant,
    }
    run = {
        "moran_i": overall.i,
        "moran_z": overall.z,
        "moran_p": overall.p,
        "value_of": chosen.value.value,
        "weighting": chosen.weighting.value,
        "region": chosen.region,
        "level": chosen.level,
    }
    order = np.lexsort((study.keys, -value))
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=study.taken.version,
        input_sha256=study.taken.sha256,
        seed=chosen.seed,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, study.taken),
        counts={
            "incidents": study.taken.size,
            "cells": study.keys.size,
            "hot": int((found == Spot.HOT).sum()),
            "cold": int((found == Spot.COLD).sum()),
            "without the figure compared": int(np.isnan(study.figures).sum()),
            "place too imprecise": study.left_out,
            "with a disc that reaches out of the cells": int((study.nodes < 0).any(axis=1).sum()),
        },
        results={
            "hotspots": [
                ResultRow(
                    values={name: _plain(column[row]) for name, column in columns.items()} | run,
                    geom=study.polygons[row],
                )
                for row in order.tolist()
            ]
        },
    )


METHOD = Method(
    name="hotspots",
    version="1",
    title="Hot spots",
    answers="Which cells, with their neighbours, have more than their share (Gi*, local Moran)?",
    parameters=HotspotParameters,
    compute=compute,
    layers=("hotspots",),
)


def _sums(study: Study) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.int64]]:
    """Incidents at points by cell, people killed at least, and incidents without that figure.

    Where none of a cell's incidents has a figure the sum is not known; where there is no incident
    it is not asked for.
    """
    known = ~np.isnan(study.taken.fields["killed_low"])
    of_cell = study.at_point.T
    points = of_cell @ np.ones(study.taken.size)
    with_figure = of_cell @ known.astype(np.float64)
    killed = of_cell @ np.nan_to_num(study.taken.fields["killed_low"])
    unknown = np.rint(points - with_figure).astype(np.int64)
    return np.rint(points).astype(np.int64), np.where(with_figure > 0, killed, np.nan), unknown


def _over_draws(
    study: Study, weights: csr_array, chosen: HotspotParameters
) -> tuple[Floats, Floats]:
    """Share of draws of places in which each cell is hot, and in which it is cold.

    A draw puts every incident on one of the nodes of its disc. All cells of a draw see the same
    places.
    """
    size, number = study.keys.size, study.taken.size
    if not chosen.draws:
        return np.full(size, np.nan), np.full(size, np.nan)
    hot, cold = np.zeros(size), np.zeros(size)
    figures = np.nan_to_num(study.figures)
    block = max(_NUMBERS_AT_ONCE // max(size, number, 1), 1)
    for first in range(0, chosen.draws, block):
        draws = range(first, min(first + block, chosen.draws))
        values = np.zeros((size, len(draws)))
        for column, draw in enumerate(draws):
            node = generator(chosen.seed, draw).integers(study.nodes.shape[1], size=number)
            row = study.nodes[np.arange(number), node]
            inside = row >= 0
            values[:, column] = np.bincount(row[inside], figures[inside], minlength=size)
        z = gi_star(values, weights)
        for column in range(len(draws)):
            mine = z[:, column]
            significant = false_discovery(two_sided(mine)) <= chosen.level
            hot += significant & (mine > 0)
            cold += significant & (mine < 0)
    return hot / chosen.draws, cold / chosen.draws


def _whole(figures: Floats) -> list[int | None]:
    """Figures as whole numbers, ``None`` where not known."""
    return [None if np.isnan(figure) else int(figure) for figure in figures.tolist()]


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python."""
    return value.item() if isinstance(value, np.generic) else value
