"""A small database in which every layer but those of results has a row, and all that it shows."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.methods import METHODS
from db.analyses.run import APPLICATION, run_method
from db.engine import connect
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.read import batches
from db.transaction import reading
from tests.db.rows import (
    add_actor,
    add_boundary,
    add_claim,
    add_estimate,
    add_incident,
    add_place,
    add_region,
    add_report,
    add_role,
    add_source,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg
    from sqlalchemy import Engine

Shown = dict[str, list[tuple[Any, ...]]]

OUTLINE = "MULTIPOLYGON(((0 14, 1 14, 1 16, 0 16, 0 14)))"
LINE = "MULTILINESTRING((1 14, 1 16))"
WORLDS = count()


def build(db: psycopg.Connection[Any]) -> None:
    """One row at least for every layer that does not show results, beside those of other worlds."""
    name = f"w{next(WORLDS)}"
    source = add_source(db, name)
    report = add_report(db, source, name)
    place = add_place(db, source, name, 1.1, 15.1)
    db.execute(
        "INSERT INTO liptako.place_name (place_id, name) VALUES (%s, 'Else'), (%s, 'Or')",
        [place, place],
    )
    sides = {"country": "AAA", "neighbour": "BBB"}
    add_boundary(db, source, "adm0", "AAA", OUTLINE, country="AAA")
    add_boundary(db, source, "border", "AAA-BBB", LINE, **sides)
    add_region(db, source, name, "wide", OUTLINE)
    actor = add_actor(db, name)
    db.execute("INSERT INTO liptako.actor_name (actor_id, name) VALUES (%s, 'Alias')", [actor])
    for number in range(3):
        where = f"SRID=4326;POINT(0.{number + 5} 15)"
        incident = add_incident(db, source, f"{name}-{number}", geom=where, place_id=place)
        add_estimate(db, incident, low=number, best=None, high=None)
        add_role(db, incident, actor, "party")
        add_claim(db, incident, report, f"{name}-{number}-dead", low=number, claimant="Army")
        told = {"harm": None, "person_status": None}
        add_claim(
            db,
            incident,
            report,
            f"{name}-{number}-far",
            kind="distance",
            distance=9,
            distance_unit="km",
            distance_m=9000,
            target_place_id=place,
            **told,
        )
        add_claim(
            db,
            incident,
            report,
            f"{name}-{number}-part",
            kind="participation",
            actor_id=actor,
            role="party",
            **told,
        )


def analyse(url: str, method: str) -> None:
    chosen = METHODS[method].parameters()
    if "region" in type(chosen).model_fields:
        chosen = chosen.model_copy(update={"region": None})
    if isinstance(chosen, ClusterParameters):
        chosen = chosen.model_copy(update={"radius_km": 50, "min_points": 2, "draws": 0})
    with connect(url, application=APPLICATION) as connection:
        run_method(connection, METHODS[method], chosen)
        connection.commit()


def shown(engine: Engine, layers: Iterable[str], at: int | None = None) -> Shown:
    """All that the layers show, in their order."""
    with reading(engine) as connection:
        return {
            name: [
                row
                for batch in batches(connection, LAYERS[name], LayerQuery(version=at))
                for row in batch
            ]
            for name in layers
        }
