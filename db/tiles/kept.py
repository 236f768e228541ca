"""Tiles that were made, kept within a budget of bytes; those unused for longest leave first."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

OVERHEAD = 500
"""Bytes that an entry takes beside its tile: an empty tile is not free."""


class KeptTiles:
    """Tiles by key; the key names the version of the data, so none is ever out of date.

    Parameters
    ----------
    budget : int
        Most bytes kept; 0 keeps nothing.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._bytes = 0
        self._known: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Bytes in use."""
        return self._bytes

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The tile of a key; made, and kept, where it is not known.

        Two threads that miss the same tile at once both make it. Whatever ``make`` raises is
        raised, and nothing is kept.
        """
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        made = make()
        with self._lock:
            self._keep(key, made)
        return made

    def _keep(self, key: Hashable, made: bytes) -> None:
        if key in self._known:
            return
        self._known[key] = made
        self._bytes += len(made) + OVERHEAD
        while self._bytes > self._budget:
            _, left = self._known.popitem(last=False)
            self._bytes -= len(left) + OVERHEAD
