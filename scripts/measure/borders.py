"""Distances to the nearest border beside GeoPandas and PostGIS: CPU time, memory, and error.

Points on towns, as in the bench of clusters, and the land borders of the region that are shipped.
Each contender has a process of its own. The reference is ours, which the tests prove against
geodesics to densified lines.

GeoPandas joins in a plane, so it is given the metres of UTM 30N, as is usual here; PostGIS measures
on the ellipsoid (``geography``), to the one nearest of all lines. It takes part where
``DATABASE_URL`` is set to a server on this machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np

from db.settings import Settings, plain_url
from scripts.measure.clusters import town_points
from scripts.measure.contest import contend, cpu_s, peak_mb

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LINES = Path(__file__).parents[2] / "seeds" / "data" / "borders.fgb"
CASES = (10_000, 100_000, 1_000_000)
UTM = "EPSG:32630"
CONTENDERS = ("liptako", "GeoPandas UTM 30N", "PostGIS geography")


def lines() -> geopandas.GeoSeries:
    """The border lines, WGS 84."""
    return geopandas.read_file(LINES).geometry


def liptako(lon: Floats, lat: Floats) -> Floats:
    """Our own; making the index counts."""
    from gis.border_index import border_index
    from gis.borders import nearest_border

    found = nearest_border(lon, lat, border_index(lines().to_numpy()))
    return found.metres


def planar(lon: Floats, lat: Floats) -> Floats:
    """``sjoin_nearest`` in the plane; the projection counts."""
    points = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lon, lat), crs="EPSG:4326")
    to = geopandas.GeoDataFrame(geometry=lines()).to_crs(UTM)
    joined = points.to_crs(UTM).sjoin_nearest(to, distance_col="metres")
    metres: Floats = joined["metres"].groupby(level=0).first().to_numpy(dtype=np.float64)
    return metres


def postgis(lon: Floats, lat: Floats) -> tuple[Floats, dict[str, float]]:
    """``ST_Distance`` of geographies; the time and memory are those of the server's process."""
    import psycopg

    with psycopg.connect(plain_url(str(Settings().database_url))) as connection:
        # When time is up this process is killed, and its statement is to end with it.
        connection.execute("SET client_connection_check_interval = 1000")
        connection.execute("CREATE TEMP TABLE line (geog geography)")
        for line in lines().to_wkt():
            connection.execute("INSERT INTO line VALUES (ST_GeogFromText(%s))", [line])
        connection.execute("CREATE TEMP TABLE made (id int, geog geography)")
        with connection.cursor().copy("COPY made FROM STDIN") as copy:
            for row, (x, y) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
                copy.write_row((row, f"SRID=4326;POINT({x!r} {y!r})"))
        process = Path("/proc") / str(connection.info.backend_pid)
        before, held = cpu_s(process), peak_mb(process)
        found = connection.execute(
            "SELECT (SELECT min(ST_Distance(made.geog, line.geog)) FROM line) FROM made ORDER BY id"
        ).fetchall()
        used = {"cpu_s": cpu_s(process) - before, "peak_mb": max(peak_mb(process) - held, 0)}
    return np.array([row[0] for row in found], dtype=np.float64), used


def child(contender: str, rows: int, metres: Path) -> None:
    """Measure one contender in this process."""
    lon, lat = town_points(rows)
    liptako(lon[:10], lat[:10])
    planar(lon[:10], lat[:10])
    held, before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.process_time()
    used: dict[str, float] | None = None
    if contender == "liptako":
        found = liptako(lon, lat)
    elif contender.startswith("GeoPandas"):
        found = planar(lon, lat)
    else:
        found, used = postgis(lon, lat)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held
    np.save(metres, found)
    print(json.dumps(used or {"cpu_s": time.process_time() - before, "peak_mb": peak}))


def errors(found: Floats, exact: Floats) -> tuple[float, float]:
    """The median and the greatest difference, in metres."""
    apart = np.abs(found - exact)
    return float(np.median(apart)), float(apart.max())


def main() -> None:
    """Print the table of all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, default=1_000_000, help="the largest case")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for each contender")
    parser.add_argument("--folder", type=Path, default=Path("/tmp"), help="for distances")
    chosen = parser.parse_args()
    if chosen.child:
        contender, rows, metres = chosen.child
        child(contender, int(rows), Path(metres))
        return
    contenders = [name for name in CONTENDERS if Settings().database_url or "PostGIS" not in name]
    print("| points | contender | CPU s | peak MB | median error m | greatest error m |")
    print("|---|---|---|---|---|---|")
    for rows in (rows for rows in CASES if rows <= chosen.rows):
        exact: Any = None
        for contender in contenders:
            path = chosen.folder / f"metres-{contender.replace(' ', '-')}.npy"
            used = contend("borders", (contender, str(rows), str(path)), chosen.limit)
            case = f"| {rows:,} | {contender} |"
            if used is None:
                print(f"{case} not done in {chosen.limit:g} s | | | |", flush=True)
                continue
            found = np.load(path)
            exact = found if exact is None else exact
            median, greatest = errors(found, exact)
            print(
                f"{case} {used['cpu_s']:.2f} | {used['peak_mb']:.0f} | {median:.3f} |"
                f" {greatest:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
