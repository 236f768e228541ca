"""A small world with a past: three states of it, and what was served while each was the present."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg

from tests.db.rows import (
    add_claim,
    add_estimate,
    add_incident,
    add_report,
    add_source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx
    from psycopg import Connection

LAYERS = ("incidents", "claims", "aggregates")
"""Layers that show the past, and of which it holds something."""

TILE = "tiles/WebMercatorQuad/6/29/32"

PATHS = (
    *(f"/collections/{layer}" for layer in LAYERS),
    *(f"/collections/{layer}/items" for layer in LAYERS),
    "/collections/incidents/items?limit=3",
    "/collections/incidents/items?bbox=0,14,2,16&sortby=-killed_low",
    "/collections/incidents/items?datetime=2021-01-05/..",
    "/collections/incidents/items?filter=killed_low>20",
    "/collections/incidents/items?f=jsonfg",
    "/collections/incidents/items?f=csv",
    "/collections/incidents/items?f=fgb",
    "/collections/incidents/items?f=geojsonseq",
    "/collections/incidents/items/inates-2019-12-10",
    f"/collections/incidents/{TILE}",
    f"/collections/incidents/{TILE}?killed_low=25",
    "/collections/incidents/tiles/WebMercatorQuad/0/0/0",
    "/collections/claims/tiles/WebMercatorQuad/0/0/0",
)
"""What is asked in each state."""


@dataclass(frozen=True)
class Moment:
    """A moment, and what was served then as the present: path -> answer."""

    at: datetime
    served: Mapping[str, httpx.Response]

    @property
    def asof(self) -> str:
        """The moment as the parameter has it."""
        return self.at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def live(url: str, client: httpx.Client) -> list[Moment]:
    """Go through the states; the last one stays the present."""
    moments = []
    for change in (_first, _second, _third):
        with psycopg.connect(url) as connection:
            change(connection)
        served = {path: client.get(path) for path in PATHS}
        moments.append(Moment(_now(url), served))
    return moments


def _now(url: str) -> datetime:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        found: datetime = row[0]
        return found


def _first(connection: Connection[Any]) -> None:
    """Twelve bare incidents, and Inates of which one report tells."""
    press = add_source(connection)
    for number in range(12):
        add_incident(
            connection,
            press,
            f"bare-{number:02}",
            occurred=f"[2021-01-{number + 1:02},2021-01-{number + 2:02})",
            geom=f"SRID=4326;POINT({number / 10} 14.5)",
            radius_m=None,
        )
    inates = add_incident(connection, press, "inates-2019-12-10", country="NER")
    add_estimate(connection, inates, low=25, best=None, high=None)
    report = add_report(connection, press)
    add_claim(connection, inates, report, "first-claim", low=25)
    add_incident(connection, press, "total", kind="aggregate")


def _second(connection: Connection[Any]) -> None:
    """The toll of Inates grows, one incident is taken back, one moves, one is new."""
    execute = connection.execute
    execute("UPDATE liptako.estimate SET low = 71, best = 71, high = 71")
    execute("UPDATE liptako.incident SET status = 'retracted' WHERE code = 'bare-03'")
    execute(
        "UPDATE liptako.incident SET geom = 'SRID=4326;POINT(-3 12)', adm1 = 'Sahel',"
        " occurred = '[2018-01-01,2018-01-03)' WHERE code = 'bare-04'"
    )
    report, press, inates = execute(
        "SELECT report_id, source_id, incident_id FROM liptako.claim JOIN liptako.report USING"
        " (report_id)"
    ).fetchall()[0]
    add_incident(connection, press, "new", note="of the second state", sub_type="ambush")
    add_claim(connection, inates, report, "second-claim", low=71, best=71, high=71)


def _third(connection: Connection[Any]) -> None:
    """Another toll, a claim less, nothing left in the aggregates."""
    connection.execute("UPDATE liptako.estimate SET low = 73, best = 73, high = 73")
    connection.execute("DELETE FROM liptako.claim WHERE code = 'first-claim'")
    connection.execute("UPDATE liptako.incident SET status = 'retracted' WHERE kind = 'aggregate'")
