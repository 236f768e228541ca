"""Scans against what SaTScan 10.3.2 printed, and in the cases that have no answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gis.errors import InvalidSetting
from gis.positions import Metric, Positions
from gis.scan import scan_bernoulli, scan_permutation, scan_poisson
from gis.scan_clusters import Chance, Scan, ScanWindow
from gis.scan_input import Study, person_days, standardised
from tests.gis.arrangements import planted

if TYPE_CHECKING:
    from gis.crs import FloatArray

SATSCAN = Path(__file__).parent / "reference" / "satscan"


def read(name: str) -> list[list[str]]:
    """Rows of a file of SaTScan."""
    return [line.split() for line in (SATSCAN / name).read_text().splitlines() if line.strip()]


def names(found: Scan, index: int, by_place: dict[tuple[float, float], str]) -> list[str]:
    """Locations of a cluster, by distance."""
    return [
        by_place[float(found.x[one]), float(found.y[one])]
        for one in found.clusters[index].locations
    ]


def fever() -> tuple[Positions, FloatArray, Positions, dict[tuple[float, float], str]]:
    """Fever in New York City: cases, their days of November 2001, and all locations."""
    at = {name: (float(lon), float(lat)) for name, lat, lon in read("NYCfever.geo")}
    cases = [
        (at[name], day) for name, count, day in read("NYCfever.cas") for _ in range(int(count))
    ]
    lon, lat = np.array([place for place, _ in cases]).T
    day = np.array([float(text.split("/")[2]) for _, text in cases])
    everywhere = Positions(*np.array(list(at.values())).T)
    return Positions(lon, lat), day, everywhere, {place: name for name, place in at.items()}


FEVER_WINDOW = ScanWindow(radius_m=3_000.0, most_steps=7, alive=True)


def test_fever_in_new_york_has_the_printed_clusters() -> None:
    places, day, everywhere, by_place = fever()
    study = Study(1, 24)
    found = scan_permutation(places, day, study, silent=everywhere, window=FEVER_WINDOW)
    assert (found.incidents, found.x.size, found.replications) == (194, 192, 999)
    first, second, third = found.clusters[:3]
    assert names(found, 0, by_place) == (
        "11418 11415 11419 11435 11416 11421 11451 11375 11417".split()
    )
    assert study.days_of(first.first_step, first.after_step) == (22, 24)
    assert first.radius_m == pytest.approx(2_900, abs=5)
    assert (first.observed, round(first.expected, 2), round(first.ratio, 2)) == (4, 0.67, 5.97)
    assert first.score == pytest.approx(3.845418, abs=5e-7)
    # SaTScan: 0.242, 0.575 and 0.966, from the 207 replications after which it stopped.
    assert first.p == pytest.approx(0.242, abs=0.07)
    assert first.recurrence_days(1) == pytest.approx(1 / first.p)
    assert names(found, 1, by_place) == ["11372"]
    assert study.days_of(second.first_step, second.after_step) == (24, 24)
    assert (second.observed, round(second.expected, 2)) == (2, 0.16)
    assert second.score == pytest.approx(3.164201, abs=5e-7)
    assert names(found, 2, by_place) == ["10472"]
    assert third.score == pytest.approx(2.137259, abs=5e-7)
    assert third.p > 0.9


def test_brain_cancer_in_new_mexico_has_the_printed_clusters() -> None:
    at = {name: (float(lon), float(lat)) for name, lat, lon in read("nm.geo")}
    county = {name: number for number, name in enumerate(at)}
    people, cases = np.zeros((3, 32, 19, 3)), np.zeros((32, 19, 19, 3))
    for name, year, count, age, sex in read("nm.pop"):
        people[(int(year) - 73) // 9, county[name], int(age), int(sex)] += float(count)
    for name, count, year, age, sex in read("nm.cas"):
        cases[county[name], int(year) - 1973, int(age), int(sex)] += float(count)
    # A census year is its first of July; the years are integrated.
    censuses = [date(year, 7, 1).toordinal() for year in (1973, 1982, 1991)]
    years = [date(year, 1, 1).toordinal() for year in range(1973, 1993)]
    days = person_days(people, censuses, years)
    assert round(days.sum() / (years[-1] - years[0])) == 1_344_288
    by_stratum = np.moveaxis(days, 0, 1).reshape(32, 19, -1)
    expected = standardised(cases.reshape(32, 19, -1), by_stratum)
    places = Positions(*np.array(list(at.values())).T)
    found = scan_poisson(places, cases.sum(axis=(2, 3)), expected)
    by_place = {place: name for name, place in at.items()}
    assert (found.incidents, found.x.size) == (1175, 32)
    first, second, third = found.clusters[:3]
    assert (
        names(found, 0, by_place)
        == (
            "Torrance Bernalillo Valencia SantaFe Guadelupe Socorro Sandoval SanMiguel LosAlamos"
        ).split()
    )
    assert (1973 + first.first_step, 1972 + first.after_step) == (1985, 1989)
    assert (first.observed, round(first.expected, 2)) == (236, 176.22)
    assert (round(first.ratio, 2), round(first.relative_risk, 2)) == (1.34, 1.42)
    assert first.score == pytest.approx(10.979758, abs=5e-7)
    assert first.p == pytest.approx(0.014, abs=0.011)
    # The printed 125.60 km is on a sphere.
    assert first.radius_m == pytest.approx(125_600, rel=0.003)
    assert names(found, 1, by_place) == ["Chaves"]
    assert (1973 + second.first_step, 1972 + second.after_step) == (1988, 1989)
    assert (second.observed, round(second.expected, 2)) == (16, 6.03)
    assert second.score == pytest.approx(5.684828, abs=5e-7)
    assert second.p == pytest.approx(0.692, abs=0.05)
    assert names(found, 2, by_place) == ["Curry", "Roosevelt"]
    assert (third.observed, round(third.expected, 2)) == (13, 5.37)
    assert third.score == pytest.approx(3.884186, abs=5e-7)


def test_leukaemia_in_north_humberside_has_the_printed_clusters() -> None:
    at = {name: (float(x), float(y)) for name, x, y in read("NHumberside.geo")}
    cases, controls = dict.fromkeys(at, 0), dict.fromkeys(at, 0)
    for counts, name in ((cases, "NHumberside.cas"), (controls, "NHumberside.ctl")):
        for place, count in read(name):
            counts[place] += int(count)
    x, y = np.array(list(at.values())).T
    places = Positions(x, y, Metric.EUCLIDEAN)
    found = scan_bernoulli(places, list(cases.values()), list(controls.values()))
    by_place = {place: name for name, place in at.items()}
    assert (found.incidents, found.x.size) == (62, 191)
    # The first two score the same: the smaller comes first here, the other one there.
    printed = [
        ({"18", "19", "14", "26"}, 4, 4.836516),
        ({"170", "173", "172", "169"}, 4, 4.836516),
        ({"130", "134", "135", "118", "115", "124"}, 5, 3.712697),
        ({"152", "158", "153", "154", "148", "155"}, 5, 3.712697),
        ({"85", "86", "82"}, 3, 3.609718),
        ({"3", "4", "5"}, 3, 3.609718),
    ]
    for index, (within, observed, score) in enumerate(printed):
        cluster = found.clusters[index]
        assert set(names(found, index, by_place)) == within
        assert cluster.observed == observed
        assert cluster.score == pytest.approx(score, abs=5e-7)
    assert found.clusters[1].radius_m == pytest.approx(5.83, abs=0.005)
    assert found.clusters[0].relative_risk == pytest.approx(3.43, abs=0.005)


def test_a_planted_cluster_is_found_in_place_and_time() -> None:
    lon, lat, day = planted()
    study, window = Study(0, 59), ScanWindow(radius_m=50_000.0, most_steps=7)
    found = scan_permutation(Positions(lon, lat), day, study, window=window, chance=Chance(99))
    cluster = found.clusters[0]
    low, high = study.days_of(cluster.first_step, cluster.after_step)
    assert (low >= 28, high <= 36) == (True, True)
    assert cluster.p == 0.01
    within = np.isin(found.location, cluster.locations)
    assert within[100:].all()
    again = scan_permutation(Positions(lon, lat), day, study, window=window, chance=Chance(99))
    assert [one.p for one in again.clusters] == [one.p for one in found.clusters]
    # A month later nothing of it is alive.
    late = ScanWindow(radius_m=50_000.0, most_steps=7, alive=True)
    after = scan_permutation(Positions(lon, lat), day, study, window=late, chance=Chance(99))
    assert after.clusters[0].p > 0.01


def test_the_order_of_the_rows_changes_the_shuffles_but_not_the_clusters() -> None:
    lon, lat, day = planted()
    order = np.random.default_rng(1).permutation(lon.size)
    study, window = Study(0, 59), ScanWindow(radius_m=50_000.0, most_steps=7)
    scans = [
        scan_permutation(
            Positions(lon[rows], lat[rows]), day[rows], study, window=window, chance=Chance(0)
        )
        for rows in (np.arange(lon.size), order)
    ]
    one, other = (
        [(found.x[cluster.locations].tolist(), cluster.score) for cluster in found.clusters]
        for found in scans
    )
    assert one == other
    assert all(np.isnan(cluster.p) for cluster in scans[0].clusters)


@pytest.mark.parametrize(
    "lon, lat, day",
    [
        ([], [], []),
        ([0.0], [0.0], [3.0]),
        ([0.0] * 9, [0.0] * 9, list(range(9))),
        ([0.0, 1.0, 2.0], [0.0] * 3, [3.0] * 3),
        ([np.nan, np.nan], [0.0, 0.0], [1.0, 2.0]),
        ([0.0, 1.0], [0.0, 0.0], [np.nan, 99.0]),
    ],
)
def test_with_nothing_to_compare_there_is_no_cluster(
    lon: list[float], lat: list[float], day: list[float]
) -> None:
    found = scan_permutation(Positions(lon, lat), day, Study(0, 9))
    assert (found.clusters, found.replications) == ((), 0)
    assert found.incidents + found.excluded == len(lon)


def test_rows_without_place_or_date_or_outside_the_study_are_counted() -> None:
    lon, lat, day = planted()
    lon[0], day[1], day[2] = np.nan, np.nan, 1_000.0
    found = scan_permutation(Positions(lon, lat), day, Study(0, 59, 5), chance=Chance(0))
    assert (found.incidents, found.excluded) == (105, 3)
    assert found.location[:3].tolist() == [-1, -1, -1]


def test_circles_cross_the_antimeridian_and_the_pole() -> None:
    lon, lat = [179.99, -179.99, 0.0, 180.0, 20.0], [0.0, 0.0, 89.99, 89.99, 10.0]
    found = scan_poisson(
        Positions(lon, lat), [9, 9, 8, 8, 1], [1.0] * 5, window=ScanWindow(radius_m=5_000.0)
    )
    assert {frozenset(cluster.locations.tolist()) for cluster in found.clusters[:2]} == {
        frozenset({0, 1}),
        frozenset({2, 3}),
    }


def test_counts_of_nothing_have_no_cluster() -> None:
    assert scan_poisson(Positions([], []), [], []).clusters == ()
    assert scan_poisson(Positions([0.0, 1.0], [0.0, 0.0]), [0, 0], [1.0, 1.0]).clusters == ()
    assert scan_bernoulli(Positions([0.0, 1.0], [0.0, 0.0]), [0, 0], [3, 4]).clusters == ()
    assert scan_bernoulli(Positions([0.0, 1.0], [0.0, 0.0]), [3, 4], [0, 0]).clusters == ()
    unplaced = scan_poisson(Positions([np.nan, 1.0], [0.0, 0.0]), [7, 2], [1.0, 1.0])
    assert (unplaced.incidents, unplaced.excluded, unplaced.clusters) == (2, 7, ())


def test_settings_out_of_range_are_refused() -> None:
    two = Positions([0.0, 1.0], [0.0, 0.0])
    with pytest.raises(InvalidSetting, match="more than 0 are expected"):
        scan_poisson(two, [1, 1], [0.0, 1.0])
    with pytest.raises(InvalidSetting, match="without steps"):
        scan_bernoulli(two, [[1, 1], [1, 1]], [[1, 1], [1, 1]])
    with pytest.raises(InvalidSetting, match="without steps"):
        scan_bernoulli(two, [1, 1], [0.5, 1])
    with pytest.raises(InvalidSetting, match="below 1000000000"):
        scan_bernoulli(two, [1, 1], [1, 999_999_997])
