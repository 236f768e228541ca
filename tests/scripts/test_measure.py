"""What the bench reckons and compares; nothing here measures a server."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from scripts.measure.cases import DATETIME, Case, item_path, items_path, tiles
from scripts.measure.equality import NotTheSame, same_features
from scripts.measure.load import Taken
from scripts.measure.processes import Memory, Tree
from scripts.measure.servers import LEAST, OURS, PYGEOAPI, TIPG, UNCACHED
from scripts.measure.tables import Tables, number


def feature(key: int, **properties: object) -> dict[str, Any]:
    return {
        "id": key,
        "geometry": {"type": "Point", "coordinates": [1.1234567, 15.0]},
        "properties": {"event_start": "2019-12-10T00:00:00Z", "killed_low": 7.0, **properties},
    }


def page(*features: dict[str, Any], matched: int | None = None) -> dict[str, Any]:
    counted = {} if matched is None else {"numberMatched": matched}
    return {"features": list(features), **counted}


def test_the_same_values_written_differently_are_the_same() -> None:
    theirs = feature(1, event_start="2019-12-10T00:00:00+00:00", killed_low=7, id=1)
    theirs["geometry"]["coordinates"] = [1.12345671234, 15.0]
    answers = {
        OURS: page(feature(1), matched=9),
        TIPG: page(theirs, matched=9),
        LEAST: page(theirs),
    }
    assert same_features("a page", answers) == 1


@pytest.mark.parametrize(
    "theirs",
    [
        page(feature(1), matched=8),
        page(feature(1, killed_low=None)),
        page(feature(1, more="than ours")),
        page(feature(1), feature(2)),
        page(*(feature(key) for key in range(50, 101))),
    ],
)
def test_other_values_features_and_counts_are_not_the_same(theirs: dict[str, Any]) -> None:
    count = 1 if len(theirs["features"]) < 50 else 51
    ours = page(*(feature(key) for key in range(1, count + 1)), matched=9)
    with pytest.raises(NotTheSame):
        same_features("a page", {OURS: ours, PYGEOAPI: theirs})


def test_what_requests_took_adds_up_over_rounds() -> None:
    taken = Taken([0.1, 0.3], wall_s=0.5, server_s=0.1, database_s=0.3, size=10)
    taken.add(Taken([0.2, 0.2], wall_s=0.5, server_s=0.1, database_s=0.3, size=12))
    assert taken.cpu_ms == pytest.approx(200)
    assert taken.server_ms == pytest.approx(50)
    assert taken.a_second == pytest.approx(4)
    assert taken.percentile_ms(50) == pytest.approx(200)
    assert taken.size == 12


def test_cpu_time_of_children_counts_also_when_they_have_ended() -> None:
    tree = Tree(os.getpid())
    before = tree.cpu_s()
    work = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", work], check=True)
    assert tree.cpu_s() - before > 0.2  # the kernel tells ticks of 10 ms
    assert tree.rss_mb() > 1


def test_memory_that_grows_shows_in_its_quarters() -> None:
    assert Memory([1, 1, 2, 2, 3, 3, 4, 4]).quarters_mb() == [1, 2, 3, 4]
    assert Memory([5]).quarters_mb() == [5, 5, 5, 5]
    assert Memory([1, 9, 2]).peak_mb == 9


def test_each_server_is_asked_in_its_own_words() -> None:
    assert items_path(OURS, "limit=1") == "/collections/incidents/items?f=json&limit=1"
    assert items_path(TIPG, "limit=1") == "/collections/bench.incidents/items?f=geojson&limit=1"
    assert items_path(LEAST, "limit=1") == "/items?limit=1"
    assert item_path(PYGEOAPI, 7) == "/collections/incidents/items/7?f=json"
    asked = {case.name: case for case in tiles()}["tile 5/14/16"]
    assert asked.paths[UNCACHED] == ["/collections/incidents/tiles/WebMercatorQuad/5/14/16"]
    assert asked.paths[TIPG] == ["/collections/bench.incidents/tiles/WebMercatorQuad/5/16/14"]
    assert DATETIME.count("/") == 1


@pytest.mark.parametrize(
    "value, text", [(0.71234, "0.71"), (71.234, "71"), (7123.4, "7,123"), (0, "0.00")]
)
def test_numbers_have_no_more_digits_than_they_mean(value: float, text: str) -> None:
    assert number(value) == text


def test_a_table_has_a_cell_for_each_server(capsys: pytest.CaptureFixture[str]) -> None:
    taken = Taken([0.1, 0.1], wall_s=0.2, server_s=0.1, database_s=0.1, size=1000)
    twice = Taken([0.2, 0.2], wall_s=0.4, server_s=0.2, database_s=0.2, size=1000)
    case = Case("a page", {OURS: ["/"], TIPG: ["/"]})
    Tables().pages("Pages", [(case, {OURS: taken, TIPG: twice})], (OURS, TIPG, LEAST), {})
    head, _, row = capsys.readouterr().out.strip().splitlines()[2:]
    assert row == (
        "| a page | 100 (50); 100 / 100; 1.00 | 200 (100), 2.00x; 200 / 200; 1.00 |  |  |"
    )
    assert head.count("|") == row.count("|")
