"""Clusters apart from one another, and what chance says of them."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import InvalidSetting
from gis.positions import Positions
from gis.scan import scan_permutation, scan_poisson
from gis.scan_clusters import Chance, ScanWindow
from gis.scan_input import Study
from tests.gis.arrangements import planted


def test_an_early_stop_ends_with_the_replication_that_decides() -> None:
    lon, lat, day = (part[:100] for part in planted())
    places, study = Positions(lon, lat), Study(0, 59, 2)
    window = ScanWindow(radius_m=50_000.0, most_steps=4)
    stopped, full, same = (
        scan_permutation(places, day, study, window=window, chance=chance)
        for chance in (Chance(999, 3, 20), Chance(999, 3), Chance(999, 3, 999))
    )
    assert (full.replications, same.replications) == (999, 999)
    assert same.clusters[0].p == full.clusters[0].p
    assert 20 <= stopped.replications < 999
    assert stopped.clusters[0].p == 20 / stopped.replications
    assert [one.p for one in stopped.clusters] == sorted(one.p for one in stopped.clusters)
    # The very same replications, of which 20 and no more are as high.
    chance = Chance(stopped.replications, 3)
    again = scan_permutation(places, day, study, window=window, chance=chance)
    assert again.clusters[0].p == (1 + 20) / (1 + stopped.replications)


def test_the_recurrence_interval_is_how_often_chance_finds_as_much() -> None:
    found = scan_poisson(Positions([0.0, 5.0], [0.0, 0.0]), [6, 0], [1.0, 9.0], chance=Chance(9))
    assert found.clusters[0].p == 0.1
    assert found.clusters[0].recurrence_days(7) == pytest.approx(70)
    assert found.clusters[0].ratio == pytest.approx(10)


def test_clusters_share_no_location_and_come_by_score() -> None:
    lon, lat, day = planted()
    found = scan_permutation(
        Positions(np.round(lon, 1), np.round(lat, 1)), day, Study(0, 59, 10), chance=Chance(0)
    )
    every = np.concatenate([cluster.locations for cluster in found.clusters])
    assert np.unique(every).size == every.size
    scores = [cluster.score for cluster in found.clusters]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) > 3


def test_a_cluster_with_all_incidents_has_an_infinite_relative_risk() -> None:
    found = scan_poisson(Positions([0.0, 5.0], [0.0, 0.0]), [6, 0], [1.0, 9.0], chance=Chance(9))
    assert found.clusters[0].relative_risk == np.inf
    assert found.clusters[0].expected == pytest.approx(0.6)
    assert found.clusters[0].p == 0.1


def test_of_equal_scores_the_smaller_circle_comes_first() -> None:
    places = Positions([0.0, 0.5, 5.0, 5.1, 20.0], [0.0] * 5)
    expected, window = [1.0, 1.0, 1.0, 1.0, 13.0], ScanWindow(radius_m=100_000.0)
    found = scan_poisson(places, [4, 4, 4, 4, 1], expected, window=window, chance=Chance(0))
    assert [sorted(one.locations.tolist()) for one in found.clusters] == [[2, 3], [0, 1]]
    assert found.clusters[0].score == pytest.approx(found.clusters[1].score)


@pytest.mark.parametrize(
    "chance, rule",
    [
        (Chance(9, 1, 0), "at least one as high"),
        (Chance(-1), "permutations"),
        (Chance(9, -1), "seed"),
    ],
)
def test_settings_of_chance_out_of_range_are_refused(chance: Chance, rule: str) -> None:
    with pytest.raises(InvalidSetting, match=rule):
        scan_poisson(Positions([0.0, 1.0], [0.0, 0.0]), [1, 9], [1.0, 1.0], chance=chance)
