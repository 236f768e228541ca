"""Former states as they are shown: what they depend on besides their version."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

from sqlalchemy import Table, not_, select
from sqlalchemy.sql.visitors import iterate

from db.history import VERSIONED
from db.models.derived import AnalysisRun, Result
from db.models.sources import Source
from db.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from db.layers.layer import Layer, Rows

_LASTING = frozenset(
    [*(model.__table__ for model in VERSIONED), AnalysisRun.__table__, Result.__table__]
)
"""Tables whose former rows are kept. Of runs and results that were published, none is changed."""

_OLDEST = 1


def is_kept(layer: Layer) -> bool:
    """Whether a former state of a layer can be told from its version and the licences alone.

    It cannot where the layer reads a table that keeps no former rows: that is shown as it is now.
    """
    return _reads_what_lasts(layer.rows)


@lru_cache(maxsize=200)
def _reads_what_lasts(make: Callable[[int | None], Rows]) -> bool:
    rows = make(_OLDEST)
    shown = [rows.key, *rows.columns.values(), *rows.order]
    shown += [column for column in (rows.geometry, rows.period, rows.code) if column is not None]
    asked = select(*shown).select_from(rows.source)
    tables = {part for part in iterate(asked) if isinstance(part, Table)}
    return all(table in _LASTING or table.schema != Source.__table__.schema for table in tables)


class Withheld:
    """What may not, or cannot, be shown of a former state any more, as a short text.

    Rows of sources that forbid it leave no more, whichever state is asked for; a run that another
    has replaced may be deleted, with its results.
    """

    def __init__(self) -> None:
        self._known: Remembered[str] = Remembered(200)

    def at(self, connection: Connection, now: int, version: int) -> str:
        """The text for a version, where ``now`` is the present."""
        return self._known.get((now, version), lambda: _withheld(connection, version))


def _withheld(connection: Connection, version: int) -> str:
    asked = select(Source.source_id).where(not_(Source.redistributable))
    runs = select(AnalysisRun.run_id).where(AnalysisRun.published_version <= version)
    found = (
        connection.scalars(asked.order_by(Source.source_id)).all(),
        connection.scalars(runs.order_by(AnalysisRun.run_id)).all(),
    )
    return blake2b(repr(found).encode(), digest_size=8).hexdigest()
