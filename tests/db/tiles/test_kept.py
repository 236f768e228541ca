"""Kept tiles: made once, and never more bytes than the budget."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.tiles.kept import OVERHEAD, KeptTiles


class Maker:
    """Makes tiles, and remembers which."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def tile(self, name: str, size: int) -> bytes:
        self.made.append(name)
        return bytes(size)


def test_a_tile_is_made_once() -> None:
    kept, maker = KeptTiles(10_000), Maker()
    for _ in range(3):
        assert kept.get("key", lambda: maker.tile("key", 4)) == bytes(4)
    assert maker.made == ["key"]


def test_what_was_not_used_for_longest_leaves_first() -> None:
    kept, maker = KeptTiles(2 * (OVERHEAD + 10)), Maker()
    for name in ("a", "b", "a", "c", "a", "b"):
        kept.get(name, partial(maker.tile, name, 10))
    assert maker.made == ["a", "b", "c", "b"]


def test_a_budget_of_nothing_keeps_nothing() -> None:
    kept = KeptTiles(0)
    assert kept.get("key", lambda: b"one") == b"one"
    assert kept.get("key", lambda: b"two") == b"two"
    assert kept.size == 0


def test_a_fault_is_not_kept() -> None:
    kept = KeptTiles(10_000)

    def fail() -> bytes:
        raise ValueError("no tile")

    with pytest.raises(ValueError, match="no tile"):
        kept.get("key", fail)
    assert kept.get("key", lambda: b"tile") == b"tile"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3_000)), max_size=60))
def test_the_budget_is_kept(asked: list[tuple[int, int]]) -> None:
    kept = KeptTiles(6_000)
    for key, size in asked:
        assert len(kept.get((key, size), partial(bytes, size))) == size
        assert 0 <= kept.size <= 6_000
