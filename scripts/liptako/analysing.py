"""``liptako analyse``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from db.analyses.parameters import BorderParameters, ClusterParameters
from db.cluster.serving import serving_database
from db.engine import connect
from db.settings import Settings
from scripts.liptako.console import say, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from db.analyses.run import Outcome

DEFAULTS = ClusterParameters()

analyse = typer.Typer(
    no_args_is_help=True,
    help="Compute measures and clusters; each run takes the place of the method's run before.",
)


@analyse.command("all")
def analyse_all() -> None:
    """Run all methods as they are set by default."""
    from db.analyses.methods import METHODS

    for method in METHODS.values():
        _run(method)


@analyse.command("borders")
def analyse_borders(
    pair: Annotated[
        list[str] | None,
        typer.Option(help="Border to measure to, like MLI-NER; default: all inner ones."),
    ] = None,
    prefer: Annotated[
        list[str] | None,
        typer.Option(help="Boundary sources in the order in which they give the headline value."),
    ] = None,
) -> None:
    """Measure each incident's geodesic distance to borders, by every boundary source."""
    from db.analyses.borders import run_borders

    chosen = BorderParameters(
        pairs=tuple(pair or ()), prefer=tuple(prefer or BorderParameters().prefer)
    )
    _run(lambda connection: run_borders(connection, chosen))


@analyse.command("clusters")
def analyse_clusters(
    region: Annotated[str, typer.Option(help="Region of study.")] = DEFAULTS.region,
    variant: Annotated[str, typer.Option(help="Variant of it.")] = DEFAULTS.variant,
    radius_km: Annotated[float, typer.Option(min=0.0, help="Radius of a neighbourhood.")] = (
        DEFAULTS.radius_km
    ),
    min_points: Annotated[int, typer.Option(min=1, help="Incidents that make it dense.")] = (
        DEFAULTS.min_points
    ),
    days: Annotated[
        float | None, typer.Option(min=0.0, help="Days between neighbours; default: any.")
    ] = None,
) -> None:
    """Find dense groups of incidents in a region (DBSCAN on geodesic distance)."""
    from db.analyses.clusters import run_clusters

    chosen = ClusterParameters(
        region=region, variant=variant, radius_km=radius_km, min_points=min_points, days=days
    )
    _run(lambda connection: run_clusters(connection, chosen))


@analyse.command("stated-distances")
def analyse_stated_distances() -> None:
    """Check the distances that sources state against the geometry."""
    from db.analyses.stated_distances import run_stated_distances

    _run(run_stated_distances)


def _run(method: Callable[[Connection], Outcome]) -> None:
    from db.analyses.run import APPLICATION

    with (
        serving_database(Settings(), say) as url,
        connect(url, application=APPLICATION) as connection,
    ):
        outcome = method(connection)
        connection.commit()
    title = f"{outcome.method.name} {outcome.method.version}, run {outcome.run_id}"
    table(title, ("", "number"), outcome.counts.items())
