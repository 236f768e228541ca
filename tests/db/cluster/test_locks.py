from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from db.cluster.locks import Lock
from db.errors import LockTimeout

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lock"


def test_an_exclusive_lock_excludes(path: Path) -> None:
    holder, other = Lock(path), Lock(path)
    assert holder.attempt()
    assert not other.attempt()
    assert not other.attempt(shared=True)
    holder.release()
    assert other.attempt()
    other.release()


def test_sharers_exclude_only_the_exclusive(path: Path) -> None:
    one, two, alone = Lock(path), Lock(path), Lock(path)
    assert one.attempt(shared=True)
    assert two.attempt(shared=True)
    assert not alone.attempt()
    one.release()
    assert not alone.attempt()
    two.release()
    assert alone.attempt()
    alone.release()


def test_a_child_that_inherits_it_holds_it(path: Path) -> None:
    holder, other = Lock(path), Lock(path)
    assert holder.attempt()
    child = subprocess.Popen(["sleep", "60"], pass_fds=(holder.fileno(),))
    holder.release()
    assert not holder.held
    assert not other.attempt()
    child.kill()
    child.wait()
    assert other.attempt()
    other.release()


def test_a_lock_on_a_deleted_file_excludes_nobody_and_is_not_given(path: Path) -> None:
    old, new, third = Lock(path), Lock(path), Lock(path)
    assert old.attempt()
    path.unlink()
    assert new.attempt()
    assert not third.attempt()
    old.release()
    new.release()


def test_waiting_ends(path: Path) -> None:
    holder, other = Lock(path), Lock(path)
    told: list[str] = []
    with holder, pytest.raises(LockTimeout, match=r"a\.lock"):
        other.take(seconds=1.2, waiting=lambda: told.append("waiting"))
    assert told == ["waiting"]
    assert not holder.held


def test_a_lock_that_is_not_held_has_no_descriptor(path: Path) -> None:
    with pytest.raises(ValueError, match="not held"):
        Lock(path).fileno()
