"""The methods by name, in the order in which they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.analyses import (
    borders,
    clusters,
    density,
    emerging_hotspots,
    hotspots,
    knox,
    links,
    proximity,
    scan,
    scdi,
    series,
    stated_distances,
)
from db.errors import InvalidQuery
from gis.likeness import nearest

if TYPE_CHECKING:
    from db.analyses.method import Method

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        borders.METHOD,
        clusters.METHOD,
        links.METHOD,
        hotspots.METHOD,
        emerging_hotspots.METHOD,
        density.METHOD,
        proximity.METHOD,
        knox.METHOD,
        scan.METHOD,
        scdi.METHOD,
        series.METHOD,
        stated_distances.METHOD,
    )
}


def method_named(name: str) -> Method:
    """The method of that name.

    Raises
    ------
    InvalidQuery
        There is none; the error names the one most like it.
    """
    if name in METHODS:
        return METHODS[name]
    rule = f"it is one of {', '.join(METHODS)}"
    raise InvalidQuery("method", name, rule, nearest=nearest(name, METHODS))
