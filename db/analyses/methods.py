"""The methods by name, in the order in which they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.analyses.borders import METHOD as BORDERS
from db.analyses.borders import run_borders
from db.analyses.clusters import METHOD as CLUSTERS
from db.analyses.clusters import run_clusters
from db.analyses.stated_distances import METHOD as STATED_DISTANCES
from db.analyses.stated_distances import run_stated_distances

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from db.analyses.run import Outcome

METHODS: dict[str, Callable[[Connection], Outcome]] = {
    BORDERS.name: run_borders,
    CLUSTERS.name: run_clusters,
    STATED_DISTANCES.name: run_stated_distances,
}
