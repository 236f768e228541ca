"""Our own functions by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.cql2 import casualties, places

if TYPE_CHECKING:
    from db.cql2.function import Function

FUNCTIONS: dict[str, Function] = {
    function.name: function for function in (*places.FUNCTIONS, *casualties.FUNCTIONS)
}
