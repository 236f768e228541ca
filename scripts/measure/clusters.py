"""Density clusters beside scikit-learn and PostGIS: CPU time, memory, and error against exact.

Points stand on 3,000 towns of lognormal weight, 60 % exactly and the rest scattered around, in the
box of 5 W to 6 E and 10 to 18 N. Each contender has a process of its own. The reference is
exact answer: ours, which the tests prove against all pairs of geodesics on small sets.

PostGIS clusters in a plane, so it is given the metres of UTM 30N and, as is often done, degrees;
it takes part where ``DATABASE_URL`` is set to a server on this machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from db.settings import Settings, plain_url
from scripts.measure.contest import contend, cpu_s, peak_mb

if TYPE_CHECKING:
    import numpy.typing as npt

    Labels = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

TOWNS = 3_000
MIN_POINTS = 5
CASES = ((10_000, 10.0), (100_000, 10.0), (1_000_000, 2.0))
METRES_A_DEGREE = 111_320.0
MEAN_RADIUS_M = 6_371_008.8
CONTENDERS = ("liptako", "scikit-learn", "PostGIS UTM 30N", "PostGIS degrees")


def town_points(rows: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Longitudes and latitudes stacked on towns."""
    rng = np.random.default_rng(seed)
    town_lon, town_lat = rng.uniform(-5, 6, TOWNS), rng.uniform(10, 18, TOWNS)
    weight = rng.lognormal(0, 1.5, TOWNS)
    town = rng.choice(TOWNS, rows, p=weight / weight.sum())
    off = rng.normal(0, 0.1, (2, rows)) * (rng.random(rows) >= 0.6)
    return town_lon[town] + off[0], town_lat[town] + off[1]


def liptako(lon: Floats, lat: Floats, radius_km: float) -> Labels:
    """Our own."""
    from gis.clusters import density_clusters

    return density_clusters(lon, lat, radius_km=radius_km, min_points=MIN_POINTS).labels


def scikit_learn(lon: Floats, lat: Floats, radius_km: float) -> Labels:
    """DBSCAN on the sphere, by a ball tree."""
    from sklearn.cluster import DBSCAN

    radians = np.radians(np.column_stack((lat, lon)))
    model = DBSCAN(
        eps=radius_km * 1000 / MEAN_RADIUS_M,
        min_samples=MIN_POINTS,
        metric="haversine",
        algorithm="ball_tree",
    )
    return np.asarray(model.fit_predict(radians), dtype=np.int64)


def postgis(lon: Floats, lat: Floats, radius_km: float, *, degrees: bool) -> tuple[Labels, Any]:
    """ST_ClusterDBSCAN over a table; the time and memory are those of the server's process."""
    import psycopg

    with psycopg.connect(plain_url(str(Settings().database_url))) as connection:
        # When time is up this process is killed, and its statement is to end with it.
        connection.execute("SET client_connection_check_interval = 1000")
        connection.execute("CREATE TEMP TABLE made (id int, geom geometry)")
        with connection.cursor().copy("COPY made FROM STDIN") as copy:
            for row, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
                copy.write_row((row, f"SRID=4326;POINT({x!r} {y!r})"))
        system = 4326 if degrees else 32630
        connection.execute(
            "CREATE TEMP TABLE points AS SELECT id, ST_Transform(geom, %s::int) AS geom FROM made",
            [system],
        )
        eps = radius_km * 1000 / (METRES_A_DEGREE if degrees else 1.0)
        process = Path("/proc") / str(connection.info.backend_pid)
        before, held = cpu_s(process), peak_mb(process)
        labels = connection.execute(
            "SELECT coalesce(ST_ClusterDBSCAN(geom, %s, %s) OVER (), -1) FROM points ORDER BY id",
            [eps, MIN_POINTS],
        ).fetchall()
        used = {"cpu_s": cpu_s(process) - before, "peak_mb": max(peak_mb(process) - held, 0)}
    return np.array([row[0] for row in labels], dtype=np.int64), used


def child(contender: str, rows: int, radius_km: float, labels: Path) -> None:
    """Measure one contender in this process."""
    lon, lat = town_points(rows)
    liptako(lon[:100], lat[:100], 1.0)
    scikit_learn(lon[:100], lat[:100], 1.0)
    held, before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time()
    if contender == "liptako":
        found, used = liptako(lon, lat, radius_km), None
    elif contender == "scikit-learn":
        found, used = scikit_learn(lon, lat, radius_km), None
    else:
        found, used = postgis(lon, lat, radius_km, degrees="degrees" in contender)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held
    np.save(labels, found)
    print(json.dumps(used or {"cpu_s": time.process_time() - before, "peak_mb": peak}))


def differing(found: Labels, exact: Labels) -> tuple[int, int]:
    """Rows that are noise in one answer only; and rows whose cluster is not the one it matches."""
    noise = int(((found < 0) != (exact < 0)).sum())
    both = (found >= 0) & (exact >= 0)
    pairs, size = np.unique(np.stack((found[both], exact[both])), axis=1, return_counts=True)
    most: dict[int, int] = {}
    for label, number in zip(pairs[0].tolist(), size.tolist(), strict=True):
        most[label] = max(most.get(label, 0), number)
    return noise, int(both.sum()) - sum(most.values())


def main() -> None:
    """Print the table of all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, default=1_000_000, help="the largest case")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for each contender")
    parser.add_argument("--folder", type=Path, default=Path("/tmp"), help="for labels")
    chosen = parser.parse_args()
    if chosen.child:
        contender, rows, radius_km, labels = chosen.child
        child(contender, int(rows), float(radius_km), Path(labels))
        return
    contenders = [name for name in CONTENDERS if Settings().database_url or "PostGIS" not in name]
    print("| points, radius | contender | CPU s | peak MB | noise differs | cluster differs |")
    print("|---|---|---|---|---|---|")
    for rows, radius_km in CASES:
        if rows > chosen.rows:
            continue
        exact = None
        for contender in contenders:
            path = chosen.folder / f"labels-{contender.replace(' ', '-')}.npy"
            used = contend(
                "clusters", (contender, str(rows), str(radius_km), str(path)), chosen.limit
            )
            case = f"| {rows:,}, {radius_km:g} km | {contender} |"
            if used is None:
                print(f"{case} not done in {chosen.limit:g} s | | | |", flush=True)
                continue
            found = np.load(path)
            exact = found if exact is None else exact
            noise, other = differing(found, exact)
            print(
                f"{case} {used['cpu_s']:.2f} | {used['peak_mb']:.0f} | {noise:,} | {other:,} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
