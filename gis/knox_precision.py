"""Near repeats of incidents whose places have a radius and whose dates are intervals.

A village stands for its surroundings, "late March" for ten days. Each draw puts every incident
somewhere in its disc and on one of its days, and makes the table anew; what the draws have in
common does not hang on the precision of the reports. The spread is conditional on the model: every
part of a disc and every day of an interval is equally likely, and two incidents coded to one
village lie in its surroundings independently of one another. So draws pull apart what truly
happened at one place or on one day, and ratios lean towards 1.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gis.crs import checked_lonlat, wgs84
from gis.errors import InvalidGeometry, InvalidSetting
from gis.gap_counts import whole_seconds
from gis.knox import KnoxWork, dated_rows, quotient, shuffled
from gis.knox_dates import DRAWS, SHUFFLES_OF_A_DRAW, DrawnKnox, drawn_day
from gis.permutations import (
    SEED,
    Alternative,
    checked_permutations,
    generator,
    permutation_p,
)
from gis.positions import Positions

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from gis.bands import Bands

_OF_PLACES = (0, 1)
"""Tells the generator of places from those of days and of shuffles."""


def drawn_place(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    *,
    seed: int = SEED,
    draw: int = 0,
) -> Positions:
    """Draw one place in the geodesic disc around each point, all its parts being equally likely.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees
    radius_m : (n,) array_like, metres, >= 0
        NaN for an unknown radius, which gives NaN: unknown is not exact.
    seed, draw : int, >= 0
        The same two numbers give the same places.

    Raises
    ------
    InvalidGeometry
        If a coordinate is out of range, or a radius negative or infinite.

    Examples
    --------
    >>> drawn = drawn_place([2.0], [14.0], [0.0])
    >>> drawn.x, drawn.y
    (array([2.]), array([14.]))
    """
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    if (radius < 0).any() or np.isinf(radius).any():
        raise InvalidGeometry(radius.tolist(), "the radius of a disc is 0 m or more")
    chance = generator(seed, draw, *_OF_PLACES).random((2, x.size))
    unknown = np.isnan(x) | np.isnan(radius)
    to_x, to_y = np.where(unknown, np.nan, x), np.where(unknown, np.nan, y)
    moves = ~unknown & (radius > 0)
    to_x[moves], to_y[moves], _ = wgs84().fwd(
        x[moves], y[moves], 360.0 * chance[1, moves], radius[moves] * np.sqrt(chance[0, moves])
    )
    return Positions(to_x, to_y)


def knox_over_precision(
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    radius_m: npt.ArrayLike,
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    *,
    space: Bands,
    time: Bands,
    draws: int = DRAWS,
    permutations: int = SHUFFLES_OF_A_DRAW,
    seed: int = SEED,
    alternative: Alternative = Alternative.GREATER,
    heard: Callable[[int], None] | None = None,
) -> DrawnKnox:
    """Knox tables over draws of places from their discs and of dates from their intervals.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees
    radius_m : (n,) array_like, metres, >= 0
        NaN if unknown, which excludes the row.
    start, end : (n,) array_like, days
        First and last possible day, both included; NaN if unknown, which excludes the row.
    space, time, seed, alternative
        As of :func:`gis.knox.knox_table`.
    draws : int, >= 1
    permutations : int, >= 0
        Shuffles of the dates of each draw.
    heard : callable, optional
        Called with the number of each draw before it is made; may raise to end it all.

    Returns
    -------
    DrawnKnox
        With radii of 0 that of :func:`gis.knox_dates.knox_over_dates`, to the last shuffle.
        ``uncertain`` have more than one possible place or day.

    Raises
    ------
    InvalidGeometry, InvalidInterval, InvalidSetting
        If a coordinate, a radius, a date or a setting is out of range.

    Notes
    -----
    Pairs are found anew for each draw; work grows with their number times ``draws`` times
    ``permutations``.
    """
    if draws < 1:
        raise InvalidSetting(draws, "places and dates are drawn at least once")
    each = 1 + checked_permutations(permutations)
    x, y = checked_lonlat(lon, lat)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), x.shape)
    first, last = (np.atleast_1d(np.array(part, dtype=np.float64)) for part in (start, end))
    present = dated_rows(Positions(x, y).checked(), first, last) & ~np.isnan(radius)
    x, y, radius, first, last = (part[present] for part in (x, y, radius, first, last))
    tables = np.zeros((draws, each, space.count, time.count), dtype=np.int64)
    expected = np.zeros((draws, space.count, time.count))
    for draw in range(draws):
        if heard is not None:
            heard(draw)
        day = drawn_day(first, last, seed=seed, draw=draw)
        place = drawn_place(x, y, radius, seed=seed, draw=draw)
        work, seconds = KnoxWork(place, day, day, space, time), whole_seconds(day)
        found = work.counts(each, partial(shuffled, seconds, seed, draw))
        tables[draw], expected[draw] = found.tables, work.expected(found.by_space, seconds)
    return DrawnKnox(
        space=space,
        time=time,
        observed=tables[:, 0],
        expected=expected,
        ratio=quotient(tables[:, 0], expected),
        p=permutation_p(tables[:, 0], np.moveaxis(tables[:, 1:], 1, 0), alternative),
        rows=first.size,
        uncertain=int(((last - first >= 1) | (radius > 0)).sum()),
        excluded=present.size - first.size,
        permutations=permutations,
        seed=seed,
        alternative=alternative,
    )
