"""Which test proves which abstract test of a standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Test = TypeVar("Test", bound="Callable[..., None]")


def proves(*names: str) -> Callable[[Test], Test]:
    """Say of a test what it proves; `tests.api.conformance.table` reads it from the source."""
    assert names

    def as_it_is(test: Test) -> Test:
        return test

    return as_it_is
