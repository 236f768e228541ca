from __future__ import annotations

from pathlib import Path

import pytest

from db.cluster import server as server_module
from db.cluster.account import Account
from db.cluster.binaries import Binaries
from db.cluster.home import Home
from db.cluster.server import Server


def settings_of(durable: bool) -> dict[str, str]:
    binaries = Binaries("installed", Path("/nowhere"), "15.2", Path("/nowhere"))
    server = Server(binaries, Account("me", -1, -1), Home(Path("/nowhere")), durable)
    lines = (line.partition(" = ") for line in server.settings(54330).splitlines())
    return {name: text.strip("'") for name, _, text in lines}


def test_a_durable_server_syncs() -> None:
    told = settings_of(durable=True)
    assert told["port"] == "54330"
    assert told["listen_addresses"] == "127.0.0.1"
    assert "fsync" not in told
    assert "synchronous_commit" not in told


def test_a_throw_away_server_does_not() -> None:
    told = settings_of(durable=False)
    assert {told[name] for name in ("fsync", "full_page_writes", "synchronous_commit")} == {"off"}


@pytest.mark.parametrize("size, workers", [(64 << 20, "0"), (0, "0"), (256 << 20, None)])
def test_little_shared_memory_means_no_parallel_workers(
    monkeypatch: pytest.MonkeyPatch, size: int, workers: str | None
) -> None:
    monkeypatch.setattr(server_module, "_size", lambda _: size)
    assert settings_of(durable=True).get("max_parallel_workers_per_gather") == workers
