"""Incidents as arrays, without a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from db.analyses.selection import Incidents

if TYPE_CHECKING:
    from collections.abc import Sequence


def incidents(
    start: Sequence[float], end: Sequence[float], fields: dict[str, list[Any]] | None = None
) -> Incidents:
    """Some at one place, each known to a kilometre."""
    n = len(start)
    return Incidents(
        key=np.arange(n),
        lon=np.full(n, 1.0),
        lat=np.full(n, 15.0),
        radius_m=np.full(n, 1_000.0),
        start=np.array(start, dtype=np.float64),
        end=np.array(end, dtype=np.float64),
        version=1,
        fields={
            name: np.array(values, dtype=object if isinstance(values[0], str) else np.float64)
            for name, values in (fields or {}).items()
        },
    )
