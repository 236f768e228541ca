"""Who computes with parts of the incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]
"""Named arrays. Those of a part have one length, with ``lon`` and ``lat`` where it has places."""

Work = Callable[..., Arrays]
"""What is done with a part: a function of a module, since other processes have to find it.

Called with the part and, by name, with what is the same for all parts.
"""


class Engine(Protocol):
    """Keeps parts, and has work done on each of them."""

    def parts_for(self, rows: int) -> int:
        """How many parts of so many rows make good use of those who work; 0 or 1 for none."""

    def keep(self, parts: Iterable[Arrays]) -> Sequence[object]:
        """Put parts where those who work find them.

        Returns
        -------
        sequence
            What :meth:`map` takes; good until the engine is closed.
        """

    def map(self, work: Work, kept: Sequence[object], **same: object) -> Iterator[Arrays]:
        """Have work done on each part; the answers come in the order of the parts.

        Raises
        ------
        Exception
            Whatever the work raises; the answers that are not there yet are given up.
        """
