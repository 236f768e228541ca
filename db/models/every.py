"""All tables at once, for whoever needs the complete metadata (migrations, tests, docs)."""

from __future__ import annotations

from db.models import (
    actors,
    claims,
    derived,
    imports,
    incidents,
    jobs,
    places,
    snapshots,
    sources,
    state,
    summaries,
)
from db.models.base import Base

MODULES = (
    state,
    sources,
    places,
    actors,
    incidents,
    claims,
    summaries,
    imports,
    derived,
    jobs,
    snapshots,
)

METADATA = Base.metadata
