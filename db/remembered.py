"""Values that cannot change while the version of the data does not, each found once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """A table of values that threads share; the oldest leave when it is full.

    Two threads that miss the same value at once both find it: they find the same, and no thread
    ever waits for another's statement.

    Parameters
    ----------
    size : int
        Most values kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[Hashable, Value] = {}
        self._lock = Lock()

    def get(self, key: Hashable, find: Callable[[], Value]) -> Value:
        """The value of a key; found, and remembered, where it is not known.

        Whatever ``find`` raises is raised, and nothing is remembered.
        """
        with self._lock:
            if key in self._known:
                return self._known[key]
        value = find()
        with self._lock:
            if key not in self._known and len(self._known) >= self._size:
                del self._known[next(iter(self._known))]
            self._known[key] = value
        return value

    def known(self, key: Hashable) -> Value | None:
        """The value of a key, where it is known."""
        with self._lock:
            return self._known.get(key)
