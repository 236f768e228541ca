"""Shares of imprecise places in outlines."""

from __future__ import annotations

import numpy as np
import shapely

from gis.discs import disc_nodes
from gis.outline_shares import outline_shares

WEST, EAST = shapely.box(0, 14, 1, 15), shapely.box(1, 14, 2, 15)


def test_shares_of_a_disc_on_the_common_edge_are_halves() -> None:
    nodes = disc_nodes([1.0, 0.5], [14.5, 14.5], 5_000.0)
    shares = outline_shares(nodes.lon, nodes.lat, [WEST, EAST])
    np.testing.assert_allclose(shares, [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]], atol=0.02)


def test_a_node_on_the_common_edge_counts_once() -> None:
    np.testing.assert_array_equal(
        outline_shares([[1.0, 1.0]], [[14.2, 14.8]], [WEST, EAST]), [[1.0, 0.0, 0.0]]
    )


def test_a_missing_place_has_no_shares_and_what_is_in_no_outline_is_told() -> None:
    shares = outline_shares([[np.nan], [9.0]], [[14.5], [14.5]], [WEST])
    np.testing.assert_array_equal(shares, [[np.nan, np.nan], [0.0, 1.0]])


def test_without_outlines_all_is_in_none() -> None:
    np.testing.assert_array_equal(outline_shares([[0.5]], [[14.5]], []), [[1.0]])
