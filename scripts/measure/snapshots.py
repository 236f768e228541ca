"""What a snapshot of so many incidents costs: CPU seconds, memory, and bytes hashed.

Each incident has a claim, an estimate and two actors (see :mod:`scripts.measure.generated`). Two
are made: of the present, and of the same state after a tenth of the incidents has changed, which
is read together with the former rows.
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from db.cluster.serving import serving_database
from db.engine import create_engine
from db.settings import Settings
from db.snapshots.creation import create_snapshot
from scripts.measure.generated import generated_database
from scripts.measure.processes import postgres_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from db.snapshots.kept import Snapshot

MEGABYTE = 1e6
LAYERS = ("incidents", "claims")


@dataclass(frozen=True, slots=True)
class Taken:
    """What it took: seconds on the wall, CPU seconds of ours and of the database, most memory."""

    wall_s: float
    own_s: float
    database_s: float
    peak_mb: float


def taken(engine: Engine, url: str, name: str, asof: str | None) -> tuple[Snapshot, Taken]:
    """A snapshot, and what it took to make it."""
    database = postgres_of(url)
    wall_s, own_s, database_s = time.perf_counter(), time.process_time(), database.cpu_s()
    made = create_snapshot(engine, name, asof=asof)
    return made, Taken(
        wall_s=time.perf_counter() - wall_s,
        own_s=time.process_time() - own_s,
        database_s=database.cpu_s() - database_s,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def line(title: str, made: Snapshot, used: Taken) -> str:
    """A line of the table."""
    layers = made.manifest["layers"]
    features = sum(layers[name]["features"] for name in LAYERS)
    size = sum(layers[name]["bytes"] for name in LAYERS) / MEGABYTE
    return (
        f"| {title} | {features:,} | {size:,.0f} | {used.own_s:.1f} | {used.database_s:.1f} |"
        f" {used.wall_s:.1f} | {used.peak_mb:.0f} |"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    with (
        serving_database(Settings()) as server,
        generated_database(server, chosen.rows, keep=chosen.keep) as url,
    ):
        engine = create_engine(url)
        made, used = taken(engine, url, f"present-{time.time_ns()}", None)
        print(line("the present", made, used), flush=True)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "UPDATE liptako.incident SET note = note || '.' WHERE incident_id % 10 = 0"
            )
            connection.execute("ANALYZE")
        former, used = taken(engine, url, f"former-{time.time_ns()}", made.name)
        print(line("a former state", former, used), flush=True)
        if former.manifest["content"] != made.manifest["content"]:
            raise RuntimeError("the same state has another content")
        engine.dispose()


if __name__ == "__main__":
    main()
