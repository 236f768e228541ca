"""Contenders of a bench of analyses: each computes in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def contend(bench: str, arguments: Sequence[str], limit_s: float) -> dict[str, float] | None:
    """What a contender used, by ``scripts.measure.BENCH --child ARGUMENTS``.

    Returns
    -------
    dict or None
        What the child printed as JSON; ``None`` if it was not done in time.
    """
    command = [sys.executable, "-m", f"scripts.measure.{bench}", "--child", *arguments]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=limit_s)
    except subprocess.TimeoutExpired:
        return None
    used: dict[str, float] = json.loads(done.stdout)
    return used


def cpu_s(process: Path) -> float:
    """CPU seconds of a process so far, by its folder in ``/proc``."""
    ticks = (process / "stat").read_text().rpartition(") ")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / 100


def peak_mb(process: Path) -> float:
    """The most memory that it ever held."""
    line = next(x for x in (process / "status").read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
