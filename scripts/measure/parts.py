"""Analyses in parts, by processes of Dask: wall time by number of workers, and beside one process.

The same points as in the bench of clusters. Whether answers are the same is for the tests; here it
is asserted once more.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from gis.border_index import border_index
from gis.borders import nearest_border
from gis.clusters import density_clusters
from gis.links import Times, links
from gis.parts.borders import keep_discs, measure_discs
from gis.parts.clusters import clusters_in_parts
from gis.parts.dask_engine import dask_engine
from gis.parts.links import links_in_parts
from gis.place_chances import disc_chances
from scripts.measure.borders import lines
from scripts.measure.clusters import town_points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gis.parts.engine import Engine

WORKERS = (1, 2, 4)
LIMITS_M = (10_000.0, 50_000.0)
DISCS = 20_000


def cases(rows: int) -> Mapping[str, Callable[[Engine | None], Any]]:
    """What is computed, by an engine or by this process alone; each gives an array."""
    lon, lat = town_points(rows)
    day = np.floor(np.random.default_rng(2).uniform(0, 4_000, rows))
    times = Times(day, day, np.zeros(rows, dtype=bool))
    radius = np.full(rows, 1_000.0)
    borders = border_index(lines().to_numpy())
    few = slice(0, min(rows, DISCS))

    def clusters(engine: Engine | None) -> Any:
        chosen = {"radius_km": 10.0, "min_points": 5}
        if engine is None:
            return density_clusters(lon, lat, **chosen).labels  # type: ignore[arg-type]  # named
        return clusters_in_parts(engine, lon, lat, **chosen).labels  # type: ignore[arg-type]  # named

    def pairs(engine: Engine | None) -> Any:
        chosen = {"within_km": 5.0, "days": 2.0, "most": 50_000_000}
        if engine is None:
            return links(lon, lat, radius, times, **chosen).metres  # type: ignore[arg-type]  # named
        return links_in_parts(engine, lon, lat, radius, times, **chosen).metres  # type: ignore[arg-type]  # named

    def distances(engine: Engine | None) -> Any:
        discs = lon[few], lat[few], radius[few]
        if engine is None:
            nearest_border(lon[few], lat[few], borders)
            return disc_chances(*discs, borders, LIMITS_M).quantiles_m
        return measure_discs(keep_discs(engine, *discs), borders, LIMITS_M)[1].quantiles_m

    return {
        f"clusters, {rows:,} points": clusters,
        f"links, {rows:,} incidents": pairs,
        f"borders, {min(rows, DISCS):,} discs": distances,
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000)
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} processors; wall seconds")
    every = cases(chosen.rows)
    answers, taken = {}, {}
    for name, compute in every.items():
        begin = time.perf_counter()
        answers[name] = compute(None)
        taken[name] = [time.perf_counter() - begin]
    for workers in WORKERS:
        with dask_engine(workers=workers) as engine:
            # Workers import the program at their first task.
            next(iter(every.values()))(engine)
            for name, compute in every.items():
                begin = time.perf_counter()
                found = compute(engine)
                taken[name].append(time.perf_counter() - begin)
                assert found.tobytes() == answers[name].tobytes(), name
    print("| what | alone | " + " | ".join(f"{workers} workers" for workers in WORKERS) + " |")
    print("|---|" + "---|" * (len(WORKERS) + 1))
    for name, seconds in taken.items():
        print(f"| {name} | " + " | ".join(f"{second:.1f}" for second in seconds) + " |")


if __name__ == "__main__":
    main()
