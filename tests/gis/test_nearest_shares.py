"""The k nearest, with shared last places."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.crs import FloatArray, wgs84
from gis.nearest_shares import nearest_shares
from gis.positions import Metric, Positions
from tests.gis.arrangements import all_distances_m, arrangements


@given(arrangements(), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_shares_are_those_of_the_definition(
    rows: tuple[Positions, FloatArray, FloatArray], k: int
) -> None:
    at = rows[0].checked()
    present = ~np.isnan(at.x)
    assume(present.sum() > k)
    places = Positions(at.x[present], at.y[present], at.metric)
    metres = all_distances_m(places)
    beyond = metres - np.sort(metres, axis=1)[:, k - 1 : k]
    before, tied = beyond < -1e-6, np.abs(beyond) <= 1e-6
    left = k - before.sum(axis=1, keepdims=True)
    expected = before + tied * left / tied.sum(axis=1, keepdims=True)
    found = nearest_shares(places.checked(), k)
    by_row = found.share.toarray()[found.row][:, found.row]
    np.fill_diagonal(by_row, 0.0)
    np.testing.assert_allclose(by_row, expected, atol=1e-12)
    np.testing.assert_allclose(by_row.sum(axis=1), k)


def test_the_geodesic_orders_neighbours_where_chords_do_not() -> None:
    # The chord to the north is the shorter one, the geodesic to the east is.
    reach = [1_000_000.001, 1_000_000.0]
    lon, lat, _ = wgs84().fwd([0.0, 0.0], [0.0, 0.0], [0.0, 90.0], reach)
    places = Positions([0.0, *lon], [0.0, *lat], Metric.GEODESIC).checked()
    found = nearest_shares(places, 1)
    nearest = int(found.share.toarray()[found.row[0]].argmax())
    assert nearest == found.row[2]
