"""Links against the definitions applied pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import geodesic_m
from gis.errors import InvalidGeometry, InvalidInterval, InvalidSetting
from gis.links import RANKS, UNLINKED, Closeness, Links, Times, chains, links, shortest_tree


@st.composite
def rows(draw: st.DrawFn) -> tuple[list[float], ...]:
    """Up to 25 rows: lon, lat, radius, start, end, lasted."""
    size = draw(st.integers(0, 25))
    lon0, lat0 = draw(st.sampled_from([(1.3, 15.2), (179.97, -60.0), (30.0, 89.95)]))

    def some(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=size, max_size=size))

    lon = [lon0 + 0.02 * step for step in some(st.integers(-3, 3))]
    lat = [min(lat0 + 0.02 * step, 90.0) for step in some(st.integers(-3, 3))]
    radius = some(st.sampled_from([0.0, 500.0, 3_000.0, float("nan")]))
    start = some(st.one_of(st.integers(0, 20).map(float), st.just(float("nan"))))
    length = some(st.sampled_from([0.0, 0.0, 1.0, 30.0]))
    lasted = some(st.sampled_from([0.0, 1.0]))
    return lon, lat, radius, start, [s + d for s, d in zip(start, length, strict=True)], lasted


def days_apart(one: tuple[float, float, bool], other: tuple[float, float, bool]) -> list[float]:
    """Least and greatest gap, over every half day of the intervals."""

    def moments(of: tuple[float, float, bool]) -> list[list[float]]:
        steps = [of[0] + 0.5 * k for k in range(round(2 * (of[1] - of[0])) + 1)]
        return [steps] if of[2] else [[step] for step in steps]

    gaps = [
        min(abs(a - b) for a in mine for b in yours)
        for mine in moments(one)
        for yours in moments(other)
    ]
    return [min(gaps), max(gaps)]


@given(rows(), st.sampled_from([0.0, 2.5, 4.5]), st.integers(0, 12), st.sampled_from(RANKS))
@settings(max_examples=120, deadline=None)
def test_pairs_are_those_of_the_definitions(
    made: tuple[list[float], ...], within_km: float, days: int, closeness: Closeness
) -> None:
    lon, lat, radius, start, end, lasted = made
    found = links(
        lon,
        lat,
        radius,
        Times(start, end, np.array(lasted, dtype=bool)),
        within_km=within_km,
        days=days,
        closeness=closeness,
    )
    expected = {}
    for i in range(len(lon)):
        for j in range(i + 1, len(lon)):
            reach, metres = radius[i] + radius[j], float(geodesic_m(lon[i], lat[i], lon[j], lat[j]))
            if np.isnan(reach + start[i] + start[j]):
                continue
            low, high = days_apart(
                (start[i], end[i], bool(lasted[i])), (start[j], end[j], bool(lasted[j]))
            )
            if metres + reach <= within_km * 1000 and high <= days:
                rank = 0
            elif metres <= within_km * 1000 and low <= days:
                rank = 1
            elif metres - reach <= within_km * 1000 and low <= days:
                rank = 2
            else:
                continue
            if rank <= RANKS.index(closeness):
                expected[i, j] = (rank, low, high, round(metres, 6))
    shown = zip(
        found.first.tolist(),
        found.second.tolist(),
        found.rank.tolist(),
        found.days_low.tolist(),
        found.days_high.tolist(),
        found.metres.round(6).tolist(),
        strict=True,
    )
    assert {(i, j): tuple(rest) for i, j, *rest in shown} == expected
    assert (np.diff(found.first) >= 0).all()
    assert (found.low_m <= found.metres).all()
    assert (found.metres <= found.high_m).all()


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.normal(0, 0.1, 200).round(1), rng.normal(15, 0.1, 200).round(2)
    times = Times(start := rng.integers(0, 30, 200).astype(float), start, np.zeros(200, bool))
    whole = links(lon, lat, 10.0, times, within_km=6, days=5)
    monkeypatch.setattr("gis.links.PAIRS_AT_ONCE", 5)
    monkeypatch.setattr("gis.neighbours.PAIRS_AT_ONCE", 7)
    parts = links(lon, lat, 10.0, times, within_km=6, days=5)
    for name in Links.__slots__:
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    assert whole.first.size > 500


def stack(rows: int) -> Times:
    return Times(np.zeros(rows), np.zeros(rows), np.zeros(rows, bool))


def test_too_many_pairs_are_counted_and_refused() -> None:
    with pytest.raises(InvalidSetting, match="setting 45 is refused: there are at most 44 pairs"):
        links([1.0] * 10, [15.0] * 10, 0.0, stack(10), within_km=1, days=1, most=44)
    found = links([1.0] * 10, [15.0] * 10, 0.0, stack(10), within_km=1, days=1, most=45)
    assert found.first.size == 45


def test_no_rows_and_one_row_make_no_pairs() -> None:
    for size in (0, 1):
        found = links([1.0] * size, [15.0] * size, 0.0, stack(size), within_km=1, days=1)
        assert found.first.shape == found.metres.shape == (0,)
        assert chains(size, found).tolist() == [UNLINKED] * size
        assert shortest_tree(size, found).tolist() == []


def test_chains_hang_together_by_any_way_and_their_tree_is_the_shortest() -> None:
    lon = [0.0, 0.05, 0.1, 3.0, 0.0, 5.0]
    found = links(lon, [15.0] * 6, 0.0, stack(6), within_km=12, days=0)
    # 0, 1, 2 and 4, which stands where 0 does; 3 and 5 are alone.
    assert chains(6, found).tolist() == [0, 0, 0, UNLINKED, 0, UNLINKED]
    tree = found.of(shortest_tree(6, found))
    edges = list(zip(tree.first.tolist(), tree.second.tolist(), strict=True))
    assert edges == [(0, 1), (0, 4), (1, 2)]


def test_chains_are_numbered_by_their_first_row() -> None:
    found = links([5.0, 0.0, 5.0, 0.0], [15.0] * 4, 0.0, stack(4), within_km=1, days=0)
    assert chains(4, found).tolist() == [0, 1, 0, 1]


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(InvalidGeometry, match="distance"):
        links([0.0], [0.0], 0.0, stack(1), within_km=-1, days=1)
    with pytest.raises(InvalidGeometry, match="radii on both ends"):
        links([0.0], [0.0], 1e6, stack(1), within_km=4_000, days=1)
    with pytest.raises(InvalidGeometry, match="radius"):
        links([0.0], [0.0], -1.0, stack(1), within_km=1, days=1)
    with pytest.raises(InvalidInterval, match="0 or more days"):
        links([0.0], [0.0], 0.0, stack(1), within_km=1, days=-1)
