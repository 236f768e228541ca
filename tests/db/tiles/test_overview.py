"""Overviews: made once, and waited for without a connection."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Any, cast

import pytest

from db.layers.catalogue import LAYERS
from db.tiles import overview
from db.tiles.overview import InTheMaking, Overviews
from gis.tile_matrix import WEB_MERCATOR_QUAD

if TYPE_CHECKING:
    from sqlalchemy import Connection

LAYER = LAYERS["incidents"]
NONE = cast("Connection", None)


def of(overviews: Overviews, now: int = 1) -> object:
    return overviews.of(NONE, LAYER, WEB_MERCATOR_QUAD, now)


@pytest.mark.parametrize("fails", [False, True])
def test_who_needs_what_another_makes_is_told_to_wait(
    monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    begun, go_on, waited = Event(), Event(), Event()
    made: list[int] = []

    def build(*_: Any) -> dict[str, Any]:
        made.append(1)
        if len(made) == 1:
            begun.set()
            go_on.wait(20)
            if fails:
                raise ValueError("no database")
        return {WEB_MERCATOR_QUAD.id: f"overview {len(made)}"}

    def first() -> None:
        try:
            of(overviews)
        except ValueError:
            assert fails

    def wait(other: InTheMaking) -> None:
        other.wait()
        waited.set()

    monkeypatch.setattr(overview, "_build", build)
    overviews = Overviews()
    maker = Thread(target=first)
    maker.start()
    assert begun.wait(20)
    with pytest.raises(InTheMaking) as other:
        of(overviews)
    waiter = Thread(target=wait, args=(other.value,))
    waiter.start()
    assert not waited.wait(0.05)
    go_on.set()
    maker.join()
    assert waited.wait(20)
    waiter.join()
    assert of(overviews) == of(overviews) == ("overview 2" if fails else "overview 1")
    assert len(made) == (2 if fails else 1)
