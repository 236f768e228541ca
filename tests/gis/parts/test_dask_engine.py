"""Several processes of Dask find what one process finds, to the last bit."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from gis.border_index import border_index
from gis.borders import nearest_border
from gis.clusters import Period, density_clusters
from gis.errors import InvalidGeometry, InvalidSetting
from gis.links import Closeness, Links, Times, links
from gis.parts import dask_engine as module
from gis.parts.borders import keep_discs, measure_discs
from gis.parts.clusters import clusters_in_parts
from gis.parts.dask_engine import DaskEngine, dask_engine
from gis.parts.links import links_in_parts
from gis.parts.sums import cell_sums, sums_in_parts
from gis.place_chances import disc_chances
from gis.sums import RangeModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

ROWS = 20_000

# By name, because it calls itself typed and is not.
DISTRIBUTED: Any = import_module("distributed")


@pytest.fixture(scope="module")
def engine() -> Iterator[DaskEngine]:
    with dask_engine(workers=3) as engine:
        yield engine


@pytest.fixture(scope="module")
def towns() -> Mapping[str, npt.NDArray[Any]]:
    """Incidents stacked on towns, and around them, with radii and times."""
    rng = np.random.default_rng(5)
    town = rng.integers(0, 900, ROWS)
    lon, lat = (rng.uniform(*side, 900)[town] for side in ((-5, 6), (10, 18)))
    apart = rng.random(ROWS) < 0.5
    start = np.floor(rng.uniform(0, 400, ROWS))
    return {
        "lon": lon + np.where(apart, rng.normal(0, 0.05, ROWS), 0),
        "lat": lat + np.where(apart, rng.normal(0, 0.05, ROWS), 0),
        "radius_m": rng.choice([0.0, 500.0, 3_000.0], ROWS),
        "start": start,
        "end": start + rng.choice([0.0, 0.0, 2.0, 30.0], ROWS),
    }


def test_the_work_is_done_by_several_processes(engine: DaskEngine) -> None:
    assert [engine.parts_for(rows) for rows in (999, 5_000, 50_000)] == [0, 5, 12]
    kept = engine.keep({"number": np.array([part])} for part in range(12))
    pids = [int(found["pid"][0]) for found in engine.map(_pid, kept)]
    assert os.getpid() not in pids
    assert len(set(pids)) > 1


def _pid(part: Mapping[str, npt.NDArray[Any]]) -> Mapping[str, npt.NDArray[Any]]:
    return {"pid": np.array([os.getpid()])}


@pytest.mark.parametrize("days", [None, 14.0])
def test_clusters(
    engine: DaskEngine, towns: Mapping[str, npt.NDArray[Any]], days: float | None
) -> None:
    period = None if days is None else Period(towns["start"], towns["end"], days)
    lon, lat = towns["lon"], towns["lat"]
    whole = density_clusters(lon, lat, radius_km=8, min_points=6, period=period)
    found = clusters_in_parts(engine, lon, lat, radius_km=8, min_points=6, period=period)
    assert whole.labels.max() > 20
    assert found.labels.tobytes() == whole.labels.tobytes()
    assert found.core.tobytes() == whole.core.tobytes()


def test_links(engine: DaskEngine, towns: Mapping[str, npt.NDArray[Any]]) -> None:
    times = Times(towns["start"], towns["end"], towns["radius_m"] == 0)
    rows = towns["lon"], towns["lat"], towns["radius_m"], times
    whole = links(*rows, within_km=2, days=1, closeness=Closeness.POSSIBLE)
    found = links_in_parts(engine, *rows, within_km=2, days=1, closeness=Closeness.POSSIBLE)
    assert whole.first.size > 500
    for name in Links.__slots__:
        assert getattr(found, name).tobytes() == getattr(whole, name).tobytes()


def test_borders(engine: DaskEngine, towns: Mapping[str, npt.NDArray[Any]]) -> None:
    rng = np.random.default_rng(3)
    walk = np.cumsum(rng.normal(0, 0.05, (200, 2)), axis=0) + np.array([1.0, 14.5])
    borders = border_index([shapely.LineString(walk)])
    few = {name: towns[name][:3_000] for name in ("lon", "lat", "radius_m")}
    point, chances = measure_discs(keep_discs(engine, **few), borders, [20_000.0])
    whole = nearest_border(few["lon"], few["lat"], borders)
    likely = disc_chances(few["lon"], few["lat"], few["radius_m"], borders, [20_000.0])
    assert point.metres.tobytes() == whole.metres.tobytes()
    assert point.lon.tobytes() == whole.lon.tobytes()
    assert chances.quantiles_m.tobytes() == likely.quantiles_m.tobytes()
    assert chances.within.tobytes() == likely.within.tobytes()


def test_sums(engine: DaskEngine) -> None:
    rng = np.random.default_rng(2)
    low = rng.integers(0, 20, 8_000).astype(float)
    ranges = {
        "low": low,
        "best": low + 1,
        "high": low + 5,
        "share": np.full(8_000, 0.5),
        "certain": np.zeros(8_000, dtype=bool),
    }
    first = np.arange(0, 8_001, 8)
    whole = cell_sums(ranges, first, RangeModel.PERT)
    assert sums_in_parts(engine, ranges, first, RangeModel.PERT) == whole


def test_what_a_worker_refuses_arrives_with_value_and_rule(engine: DaskEngine) -> None:
    discs = keep_discs(engine, *(np.array([value]) for value in (1.0, 15.0, -5.0)))
    borders = border_index([shapely.Point(0, 0)])
    with pytest.raises(InvalidGeometry) as refused:
        measure_discs(discs, borders, [1.0])
    assert "radius" in refused.value.rule


def test_nothing_is_left_of_the_parts(tmp_path: Path) -> None:
    with dask_engine(workers=1, scratch=tmp_path) as engine:
        (kept,) = engine.keep([{"lon": np.array([1.0]), "lat": np.array([15.0])}])
        assert Path(kept).is_relative_to(tmp_path)
        assert Path(kept).exists()
    assert list(tmp_path.iterdir()) == []


def cluster_of(workers: int) -> Any:
    """Start a scheduler and workers, each a process with one thread."""
    return DISTRIBUTED.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")


def test_a_scheduler_is_named_by_its_address(tmp_path: Path) -> None:
    with (
        cluster_of(2) as cluster,
        dask_engine(cluster.scheduler_address, scratch=tmp_path) as engine,
    ):
        lon = np.linspace(1, 90, 4_000)
        found = clusters_in_parts(engine, lon, np.full(4_000, 15.0), radius_km=3, min_points=2)
        assert set(found.labels.tolist()) == {0}
        with (
            pytest.raises(InvalidSetting, match="are started here"),
            dask_engine(cluster.scheduler_address, workers=2),
        ):
            pass


def test_a_scheduler_without_workers_is_refused() -> None:
    with (
        cluster_of(0) as cluster,
        pytest.raises(InvalidSetting, match="at least one worker"),
        dask_engine(cluster.scheduler_address),
    ):
        pass


def test_workers_with_other_versions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with cluster_of(1) as cluster:
        cluster.wait_for_workers(1)
        monkeypatch.setattr(module, "version", lambda name: "0.0.1")
        with (
            pytest.raises(InvalidSetting, match=r"has liptako .*, and here it is 0\.0\.1"),
            dask_engine(cluster.scheduler_address),
        ):
            pass


@pytest.mark.parametrize("scheduler", ["tcp://127.0.0.1:1", "nonsense://x"])
def test_a_scheduler_that_does_not_answer_is_refused(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 1)
    with pytest.raises(InvalidSetting, match="address of a Dask scheduler"), dask_engine(scheduler):
        pass
