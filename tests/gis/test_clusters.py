"""Clusters against the definitions applied pair by pair, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from gis.clusters import MISSING, NOISE, Clusters, Period, density_clusters
from gis.crs import FloatArray, geodesic_m, wgs84
from gis.errors import InvalidGeometry, InvalidInterval
from gis.neighbours import Gap

Rows = tuple[FloatArray, FloatArray, FloatArray, FloatArray]

CENTRES = [(1.3, 15.2), (0.0, 0.0), (179.95, -70.0), (20.0, 89.7)]


def by_definition(
    rows: Rows, radius_m: float, min_points: int, days: float | None, gap: Gap
) -> Clusters:
    """Label rows by the definitions, with every pair at hand and no idea of speed."""
    lon, lat, start, end = rows
    metres = geodesic_m(lon[:, None], lat[:, None], lon, lat)
    metres = np.minimum(metres, metres.T)
    may = np.maximum(np.maximum(start - end[:, None], start[:, None] - end), 0)
    must = np.maximum(end - start[:, None], end[:, None] - start)
    near = metres <= radius_m
    if days is not None:
        near &= (may if gap is Gap.MAY else must) <= days
    np.fill_diagonal(near, ~np.isnan(lon))
    core = near.sum(axis=1) >= min_points
    labels = np.where(np.isnan(lon), MISSING, NOISE)
    ranks = sorted(range(lon.size), key=lambda k: (lon[k], lat[k], start[k], end[k]))
    count = 0
    for seed in ranks:
        reached = [seed] if core[seed] and labels[seed] == NOISE else []
        for row in reached:
            labels[row] = count
            reached += [k for k in np.flatnonzero(near[row] & core).tolist() if k not in reached]
        count += bool(reached)
    for row in np.flatnonzero((labels == NOISE) & ~core).tolist():
        owners = [k for k in ranks if near[row, k] and core[k]]
        if owners:
            labels[row] = labels[
                min(owners, key=lambda k: (round(metres[row, k] * 1e6), may[row, k]))
            ]
    return Clusters(labels, core)


@st.composite
def incidents(draw: st.DrawFn) -> Rows:
    """Up to 40 rows on a small lattice, so that places are stacked and distances tie."""
    centre = draw(st.sampled_from(CENTRES))
    size = draw(st.integers(0, 40))
    steps = st.lists(st.integers(-4, 4), min_size=size, max_size=size)
    lon = centre[0] + np.array(draw(steps), dtype=float) * 0.02
    lat = np.minimum(centre[1] + np.array(draw(steps), dtype=float) * 0.02, 90.0)
    days = st.lists(st.integers(0, 20), min_size=size, max_size=size)
    lengths = st.lists(st.sampled_from([0, 0, 1, 6, 30, 365]), min_size=size, max_size=size)
    start = np.array(draw(days), dtype=float)
    if size and draw(st.booleans()):
        lon[0] = np.nan
    return np.where(lon > 180, lon - 360, lon), lat, start, start + np.array(draw(lengths))


radii = st.sampled_from([0.0, 1.0, 2.2, 4.5])
points = st.integers(1, 6)
spans = st.one_of(st.none(), st.integers(0, 10).map(float))
gaps = st.sampled_from(list(Gap))


def found(rows: Rows, radius_km: float, min_points: int, days: float | None, gap: Gap) -> Clusters:
    """Label rows by the module."""
    period = None if days is None else Period(rows[2], rows[3], days, gap)
    return density_clusters(
        rows[0], rows[1], radius_km=radius_km, min_points=min_points, period=period
    )


@given(incidents(), radii, points, spans, gaps)
@settings(max_examples=150, deadline=None)
def test_labels_are_those_of_the_definitions(
    rows: Rows, radius_km: float, min_points: int, days: float | None, gap: Gap
) -> None:
    expected = by_definition(rows, radius_km * 1000, min_points, days, gap)
    clusters = found(rows, radius_km, min_points, days, gap)
    np.testing.assert_array_equal(clusters.core, expected.core)
    np.testing.assert_array_equal(clusters.labels, expected.labels)


def distinct(rows: Rows) -> Rows:
    """Drop rows that repeat another one."""
    lon, lat, start, end = np.unique(np.stack(rows), axis=1)
    return lon, lat, start, end


@given(incidents(), radii, points, spans, gaps, st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_the_order_of_rows_changes_nothing(
    rows: Rows, radius_km: float, min_points: int, days: float | None, gap: Gap, seed: int
) -> None:
    # Equal rows may be two clusters: by MUST, two incidents of one month are no neighbours. Which
    # of two that cannot be told apart has the lower number is a matter of their order alone.
    lon, lat, start, end = distinct(rows) if gap is Gap.MUST else rows
    order = np.random.default_rng(seed).permutation(lon.size)
    straight = found((lon, lat, start, end), radius_km, min_points, days, gap)
    mixed = found(
        (lon[order], lat[order], start[order], end[order]), radius_km, min_points, days, gap
    )
    np.testing.assert_array_equal(straight.core[order], mixed.core)
    np.testing.assert_array_equal(straight.labels[order], mixed.labels)


@given(incidents(), radii, points, spans, st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_rows_that_are_repeated_count_as_often_as_they_stand_there(
    rows: Rows, radius_km: float, min_points: int, days: float | None, times: int
) -> None:
    single = found(rows, radius_km, min_points, days, Gap.MAY)
    lon, lat, start, end = (np.repeat(part, times) for part in rows)
    stacked = found((lon, lat, start, end), radius_km, min_points * times, days, Gap.MAY)
    np.testing.assert_array_equal(stacked.core, np.repeat(single.core, times))
    np.testing.assert_array_equal(stacked.labels, np.repeat(single.labels, times))


@pytest.mark.parametrize("radius_km", [5.0, 20.0, 80.0])
@pytest.mark.parametrize("min_points", [3, 12])
def test_core_points_and_their_groups_are_those_of_scikit_learn(
    radius_km: float, min_points: int
) -> None:
    rng = np.random.default_rng(7)
    towns = rng.integers(0, 60, 900)
    lon = rng.uniform(-5, 6, 60)[towns] + np.where(
        rng.random(900) < 0.6, 0, rng.normal(0, 0.2, 900)
    )
    lat = rng.uniform(10, 18, 60)[towns] + np.where(
        rng.random(900) < 0.6, 0, rng.normal(0, 0.2, 900)
    )
    metres = geodesic_m(lon[:, None], lat[:, None], lon, lat)
    reference = DBSCAN(eps=radius_km * 1000, min_samples=min_points, metric="precomputed")
    reference.fit(np.minimum(metres, metres.T))
    clusters = density_clusters(lon, lat, radius_km=radius_km, min_points=min_points)
    core = np.zeros(900, dtype=bool)
    core[reference.core_sample_indices_] = True
    np.testing.assert_array_equal(clusters.core, core)
    np.testing.assert_array_equal(clusters.labels == NOISE, reference.labels_ == NOISE)
    pairs = set(zip(clusters.labels[core].tolist(), reference.labels_[core].tolist(), strict=True))
    assert len(pairs) == clusters.labels.max() + 1 == reference.labels_.max() + 1


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.normal(0, 0.2, 400), rng.normal(15, 0.2, 400)
    period = Period(start := rng.uniform(0, 50, 400), start + rng.choice([0, 40], 400), days=5)
    whole = density_clusters(lon, lat, radius_km=6, min_points=4, period=period)
    monkeypatch.setattr("gis.neighbours.PAIRS_AT_ONCE", 7)
    parts = density_clusters(lon, lat, radius_km=6, min_points=4, period=period)
    np.testing.assert_array_equal(whole.labels, parts.labels)
    assert whole.labels.max() > 0


def test_a_neighbour_at_exactly_the_radius_counts_and_one_a_millimetre_beyond_does_not() -> None:
    radius_km = float(geodesic_m(0.0, 14.0, 0.01, 14.01)) / 1000
    at_radius = density_clusters([0.0, 0.01], [14.0, 14.01], radius_km=radius_km, min_points=2)
    assert at_radius.labels.tolist() == [0, 0]
    short = density_clusters([0.0, 0.01], [14.0, 14.01], radius_km=radius_km - 1e-6, min_points=2)
    assert short.labels.tolist() == [NOISE, NOISE]


def test_the_geodesic_decides_where_the_chord_cannot() -> None:
    # At 1,000 km a chord along a meridian is 7 m shorter than one along the equator: of 360 places
    # at the same geodesic distance, plus or minus a millimetre, chords would mix up near and far.
    azimuth = np.arange(360.0)
    reach = 1_000_000.0 + np.where(azimuth % 2 == 0, -0.001, 0.001)
    lon, lat, _ = wgs84().fwd(np.zeros(360), np.full(360, 30.0), azimuth, reach)
    clusters = density_clusters(
        np.append(lon, 0.0), np.append(lat, 30.0), radius_km=1_000, min_points=361
    )
    assert not clusters.core.any()
    around = density_clusters(
        np.append(lon, 0.0), np.append(lat, 30.0), radius_km=1_000, min_points=181
    )
    assert around.core[360]


@pytest.mark.parametrize("middle, owner", [(-1e-4, 0), (1e-4, 1), (0.0, 0)])
def test_a_border_point_goes_to_the_nearest_core_point_or_to_the_western_one(
    middle: float, owner: int
) -> None:
    lon = np.array([-0.03] * 3 + [-0.02, middle, 0.02] + [0.03] * 3)
    clusters = density_clusters(lon, np.zeros(9), radius_km=2.3, min_points=5)
    assert clusters.core.tolist() == [False] * 3 + [True, False, True] + [False] * 3
    assert clusters.labels.tolist() == [0, 0, 0, 0, owner, 1, 1, 1, 1]


def test_of_two_equally_near_core_points_the_nearer_in_time_owns_a_border_point() -> None:
    lon = [0.0] * 3 + [0.0, 0.02, 0.0] + [0.0] * 3
    day = np.array([0.0] * 3 + [4.0, 9.0, 13.0] + [17.0] * 3)
    clusters = density_clusters(
        lon, np.zeros(9), radius_km=2.3, min_points=5, period=Period(day, day, days=5)
    )
    assert clusters.core.tolist() == [False] * 3 + [True, False, True] + [False] * 3
    assert clusters.labels.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]


def test_missing_rows_are_neither_noise_nor_neighbours() -> None:
    clusters = density_clusters([0, np.nan, 0, 0], [0, 0, np.nan, 0], radius_km=1, min_points=2)
    assert clusters.labels.tolist() == [0, MISSING, MISSING, 0]
    assert clusters.core.tolist() == [True, False, False, True]
    period = Period([0, np.nan, 0], [0, 0, 0], days=1)
    timed = density_clusters([0, 0, 0], [0, 0, 0], radius_km=1, min_points=2, period=period)
    assert timed.labels.tolist() == [0, MISSING, 0]


def test_no_rows_and_one_row() -> None:
    none = density_clusters([], [], radius_km=1, min_points=1, period=Period([], [], days=1))
    assert none.labels.shape == none.core.shape == (0,)
    assert density_clusters([], [], radius_km=1, min_points=1).labels.dtype == np.int64
    assert density_clusters([0], [0], radius_km=1, min_points=2).labels.tolist() == [NOISE]
    assert density_clusters([0], [0], radius_km=1, min_points=1).labels.tolist() == [0]
    assert density_clusters([np.nan], [0], radius_km=1, min_points=1).labels.tolist() == [MISSING]


def test_clusters_cross_the_antimeridian_and_the_pole() -> None:
    lon, lat = [179.999, -179.999, 0.0, 180.0, 90.0], [0.0, 0.0, 89.999, 89.999, 89.999]
    clusters = density_clusters(lon, lat, radius_km=1, min_points=2)
    assert clusters.labels.tolist() == [0, 0, 1, 1, 1]


def test_clusters_are_numbered_from_the_west() -> None:
    clusters = density_clusters([5, 5, -5, -5], [0, 0, 9, 9], radius_km=1, min_points=2)
    assert clusters.labels.tolist() == [1, 1, 0, 0]


def test_what_may_be_near_need_not_be() -> None:
    month, day = [0.0, 20.0], [30.0, 20.0]
    labels = {
        gap: density_clusters(
            [0, 0], [0, 0], radius_km=1, min_points=2, period=Period(month, day, days=15, gap=gap)
        ).labels.tolist()
        for gap in Gap
    }
    assert labels == {Gap.MAY: [0, 0], Gap.MUST: [NOISE, NOISE]}


@pytest.mark.parametrize(
    "radius_km, min_points", [(-1.0, 1), (np.nan, 1), (np.inf, 1), (5_001.0, 1), (1.0, 0)]
)
def test_settings_out_of_range_are_refused(radius_km: float, min_points: int) -> None:
    with pytest.raises(InvalidGeometry):
        density_clusters([0], [0], radius_km=radius_km, min_points=min_points)


@pytest.mark.parametrize(
    "period, rule",
    [
        (Period([0], [1], days=-1), "0 or more days"),
        (Period([0], [1], days=np.inf), "0 or more days"),
        (Period([0, 1], [1, 2], days=1), "one interval for each of 1 places"),
        (Period([2], [1], days=1), "does not end before"),
        (Period([0], [np.inf], days=1), "open end"),
    ],
)
def test_periods_that_fit_nothing_are_refused(period: Period, rule: str) -> None:
    with pytest.raises(InvalidInterval, match=rule):
        density_clusters([0], [0], radius_km=1, min_points=1, period=period)
