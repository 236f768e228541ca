"""An engine that computes every part here, one after the other, to see what parts alone change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gis.parts.engine import Arrays, Work


@dataclass(frozen=True, slots=True)
class Here:
    """Cuts into so many parts."""

    parts: int

    def parts_for(self, rows: int) -> int:
        """As many, however few the rows."""
        return min(self.parts, rows)

    def keep(self, parts: Iterable[Arrays]) -> Sequence[Arrays]:
        """Keep them in memory."""
        return list(parts)

    def map(self, work: Work, kept: Sequence[Any], **same: object) -> Iterator[Arrays]:
        """Compute them in turn."""
        return (work(part, **same) for part in kept)
