"""Methods that may be computed in parts find the same with parts as without."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.link_parameters import LinkParameters
from db.analyses.method import unheard
from db.analyses.methods import METHODS
from db.analyses.parameters import BorderParameters, By, SeriesParameters
from db.engine import connect
from tests.gis.parts.here import Here

if TYPE_CHECKING:
    from db.analyses.found import Found
    from db.analyses.parameters import Parameters

CHOSEN = {
    "borders": BorderParameters(),
    "clusters": ClusterParameters(region=None, radius_km=60.0, days=90.0, draws=3),
    "links": LinkParameters(region=None, within_km=30.0, days=60.0),
    "series": SeriesParameters(by=By.COUNTRY),
}


def test_these_are_all_methods_that_have_parts() -> None:
    assert {name for name, method in METHODS.items() if method.has_parts} == set(CHOSEN)


@pytest.mark.parametrize("name", list(CHOSEN))
def test_the_same_is_found(shipped_database: str, name: str) -> None:
    whole = found(shipped_database, name, CHOSEN[name])
    parts = found(shipped_database, name, CHOSEN[name], engine=Here(5))
    assert sum(whole["counts"].values()) > 0
    assert parts == whole


def found(url: str, name: str, chosen: Parameters, **parts: Here) -> dict[str, Any]:
    """All that would be stored."""
    with connect(url) as connection:
        done: Found = METHODS[name].compute(connection, chosen, unheard, **parts)
        return {
            "counts": dict(done.counts),
            "input": done.input_sha256,
            "measures": [repr(asdict(row)) for row in done.measures],
            "results": {
                layer: [repr(asdict(row)) for row in rows] for layer, rows in done.results.items()
            },
        }
