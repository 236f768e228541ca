"""Parts computed by Dask: by processes of this machine, or by those of a cluster.

Dask is an extra (``pip install liptako[dask]``) and imported only here.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import InvalidSetting
from gis.parts.files import read_part, write_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gis.parts.engine import Arrays, Work

PARTS_PER_WORKER = 4
"""More parts than workers, so that none waits long for the slowest."""

ROWS_PER_PART = 1_000
"""Fewer rows are sooner computed than written, sent and put together again."""

PATIENCE_S = 10
"""How long a scheduler may take to answer."""

NUMERICS = ("liptako", "numpy", "scipy", "pyproj", "shapely")
"""What must be the same everywhere for answers that are the same to the last bit."""


class DaskEngine:
    """Keeps parts as GeoParquet files in a folder that all workers see.

    Parameters
    ----------
    client : distributed.Client
    folder : Path
    """

    def __init__(self, client: Any, folder: Path) -> None:
        self._client, self._folder = client, folder
        self._count = 0

    def parts_for(self, rows: int) -> int:
        """A few for each worker that there is now, none of them too small to be worth sending."""
        workers = len(self._client.scheduler_info(n_workers=-1)["workers"])
        return min(PARTS_PER_WORKER * workers, rows // ROWS_PER_PART)

    def keep(self, parts: Iterable[Arrays]) -> Sequence[Path]:
        """Write parts as files ``000/000.parquet`` and so on."""
        folder = self._folder / f"{self._count:03}"
        folder.mkdir()
        self._count += 1
        paths = []
        for number, part in enumerate(parts):
            paths.append(folder / f"{number:03}.parquet")
            write_part(paths[-1], part)
        return paths

    def map(self, work: Work, kept: Sequence[Any], **same: object) -> Iterator[Arrays]:
        """Have work done on each part; what is the same for all is sent to each worker once."""
        sent = {
            name: self._client.scatter(value, broadcast=True, hash=False)
            for name, value in same.items()
        }
        futures = [
            self._client.submit(_done, work, path, pure=False, **sent) for path in map(Path, kept)
        ]
        try:
            for future in futures:
                yield future.result()
                future.release()
        finally:
            self._client.cancel(futures)


@contextmanager
def dask_engine(
    scheduler: str | None = None, *, workers: int | None = None, scratch: Path | None = None
) -> Iterator[DaskEngine]:
    """Processes that compute, as long as the context lasts.

    Parameters
    ----------
    scheduler : str, optional
        Address of a Dask scheduler whose workers have this program installed; where missing,
        processes are started here.
    workers : int, optional
        How many are started here; as many as there are processors where missing.
    scratch : Path, optional
        Folder for the parts, on storage that all workers see; the machine's own for temporary
        files where missing. What is made in it is removed at the end.

    Raises
    ------
    InvalidSetting
        Dask is not installed, the scheduler does not answer or has no workers, a worker does not
        see the folder, or has other versions of what the numbers depend on.
    """
    try:
        # By name: it calls itself typed, and is not.
        distributed: Any = import_module("distributed")
    except ImportError as fault:
        rule = "dask is an extra: pip install 'liptako[dask]'"
        raise InvalidSetting("dask", rule) from fault
    if scheduler is not None and workers is not None:
        raise InvalidSetting(workers, "workers are started here, not at a scheduler's address")
    folder = Path(tempfile.mkdtemp(prefix="liptako-parts-", dir=scratch))
    try:
        if scheduler is None:
            quiet = {"dashboard_address": ":0", "silence_logs": "ERROR"}
            with (
                distributed.LocalCluster(
                    n_workers=workers or os.cpu_count() or 1, threads_per_worker=1, **quiet
                ) as cluster,
                distributed.Client(cluster) as client,
            ):
                yield DaskEngine(client, folder)
        else:
            with _client(distributed.Client, scheduler) as client:
                _check(client, folder)
                yield DaskEngine(client, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _client(connect: Any, scheduler: str) -> Any:
    try:
        return connect(scheduler, timeout=PATIENCE_S)
    except (OSError, TimeoutError, ValueError) as fault:
        rule = "it is the address of a Dask scheduler that answers, like tcp://192.0.2.1:8786"
        raise InvalidSetting(scheduler, rule) from fault


def _check(client: Any, folder: Path) -> None:
    """Refuse workers that would fail, or give answers that differ in the last bits."""
    seen = client.run(os.path.isdir, str(folder))
    if not seen:
        raise InvalidSetting(client.scheduler.address, "the scheduler has at least one worker")
    for worker, found in seen.items():
        if not found:
            rule = f"the worker {worker} does not see it: name storage that all share as scratch"
            raise InvalidSetting(str(folder), rule)
    own = _versions()
    for worker, theirs in client.run(_versions).items():
        for name, number in theirs.items():
            if number != own[name]:
                rule = f"the worker {worker} has {name} {number}, and here it is {own[name]}"
                raise InvalidSetting(client.scheduler.address, rule)


def _versions() -> dict[str, str]:
    found = {}
    for name in NUMERICS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _done(work: Work, path: Path, **same: object) -> Arrays:
    return work(read_part(path), **same)
