"""Geodesic distance from places to border lines, and the nearest point on the line.

Two stages: the tree of :mod:`gis.border_index` yields, for each place, the few pieces of line that
can possibly hold the nearest point; the foot point is taken on each of them and the length of the
geodesic decides. Nothing is measured in degrees or in a projected plane.

A distance says nothing of how well the place is known: :mod:`gis.discs` adds that. And a border
distance without the source of the border is not a fact: publishers of the same border disagree by
up to ten kilometres, which :func:`border_envelope` makes visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.border_index import DEPTH_M, PIECE_M, BorderIndex
from gis.crs import (
    BoolArray,
    FloatArray,
    IntArray,
    checked_lonlat,
    ecef_m,
    geodesic_m,
    lonlat_deg,
    rival_chord_m,
)
from gis.discs import distance_bounds
from gis.errors import InvalidGeometry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Distances that differ by less than this are a tie, and the line that comes first wins: borders
#: that share a stretch are stored in either direction, and rounding must not choose between them.
TIE_M = 1e-6

#: Where chord and geodesic can disagree by less than this, the chord alone picks the piece.
NEGLIGIBLE_M = 0.001

#: Sources of one border that differ by more than either of these do not agree on it.
DISPUTED_M = 500.0
DISPUTED_SHARE = 0.1

#: Ends of pieces asked for at first; most places are settled by them.
FIRST_ENDS = 2

#: Pieces weighed at once, so that memory does not grow with the number of places.
PIECES_AT_ONCE = 250_000


@dataclass(frozen=True, slots=True, eq=False)
class BorderDistance:
    """Where the nearest border is.

    ``metres`` (n,) is >= 0 and NaN for a missing place or if there is no line; ``lon``, ``lat``
    (n,) are the nearest point, NaN likewise; ``line`` (n,) int64 is the position of the nearest
    line among those given, -1 where ``metres`` is NaN.
    """

    metres: FloatArray
    lon: FloatArray
    lat: FloatArray
    line: IntArray


def nearest_border(lon: npt.ArrayLike, lat: npt.ArrayLike, borders: BorderIndex) -> BorderDistance:
    """Geodesic distance from each place to the nearest of many lines, and where it is.

    Places with the same coordinates are measured once: incidents are stacked on towns.

    Parameters
    ----------
    lon, lat : (n,) array_like, WGS 84 degrees
        NaN for a missing place. No places give empty arrays.
    borders : BorderIndex
        From :func:`border_index`; without any line all distances are NaN.

    Returns
    -------
    BorderDistance
        Metres within 1 cm of the distance to the line as ``edges`` defines it. The further away
        the lines, the more of them are candidates: a place within 500 km takes microseconds, one
        on the other side of the Earth milliseconds.

    Raises
    ------
    InvalidGeometry
        If a coordinate is out of range.

    Examples
    --------
    >>> from gis.border_index import border_index
    >>> import shapely
    >>> equator = border_index([shapely.LineString([(0, 0), (2, 0)])])
    >>> found = nearest_border([1.0, float("nan")], [1.0, 1.0], equator)
    >>> found.metres.round(1), found.line
    (array([110574.4,      nan]), array([ 0, -1]))
    >>> nearest_border([], [], equator).metres
    array([], dtype=float64)
    """
    every_x, every_y = checked_lonlat(lon, lat)
    coordinates, place = np.unique(every_x + 1j * every_y, return_inverse=True)
    x, y = coordinates.real, coordinates.imag
    metres, on_lon, on_lat = (np.full(x.shape, np.nan) for _ in range(3))
    line = np.full(x.shape, -1, dtype=np.int64)
    for rows in _batches(x, y) if borders.line.size else ():
        piece, on_lon[rows], on_lat[rows] = _nearest(x[rows], y[rows], borders)
        metres[rows] = geodesic_m(x[rows], y[rows], on_lon[rows], on_lat[rows])
        line[rows] = borders.line[piece]
    return BorderDistance(metres[place], on_lon[place], on_lat[place], line[place])


def border_distances(
    lon: npt.ArrayLike, lat: npt.ArrayLike, borders: Sequence[BorderIndex]
) -> Iterator[BorderDistance]:
    """Yield the distance from each place to each of several borders, in their order.

    An iterator, because the whole matrix of a million places and seventeen borders is seldom
    wanted at once: ``np.stack([found.metres for found in ...], axis=1)`` makes it.
    """
    return (nearest_border(lon, lat, border) for border in borders)


@dataclass(frozen=True, slots=True, eq=False)
class BorderEnvelope:
    """What several sources of one border allow together.

    ``low_m`` and ``high_m`` (n,) bound the distance whichever source is right and wherever in its
    disc the place lies; ``spread_m`` (n,) is how far the sources differ at the centre, NaN below
    two sources; ``sources`` (n,) int64 counts the sources that answered, and where it is 0 all
    else is NaN; ``disputed`` (n,) is true where the spread is above 500 m or 10 % of the least
    distance. One source alone is never disputed, and never confirmed.
    """

    low_m: FloatArray
    high_m: FloatArray
    spread_m: FloatArray
    sources: IntArray
    disputed: BoolArray


def border_envelope(metres: npt.ArrayLike, radius_m: npt.ArrayLike) -> BorderEnvelope:
    """Join the distances to one border by several sources into one interval.

    Parameters
    ----------
    metres : (k, n) array_like, metres
        Distance of n places by each of k sources; NaN where a source has no such border.
    radius_m : () or (n,) array_like, metres, >= 0
        Radius of each place. NaN, for unknown, leaves the bounds NaN.

    Raises
    ------
    InvalidGeometry
        If a radius is negative or ``metres`` has not two axes.

    Examples
    --------
    >>> found = border_envelope([[9_000.0, 2_000.0], [9_400.0, 2_300.0]], 5_000.0)
    >>> found.low_m, found.high_m, found.disputed
    (array([4000.,    0.]), array([14400.,  7300.]), array([False,  True]))
    """
    by_source = np.asarray(metres, dtype=np.float64)
    if by_source.ndim != 2:
        raise InvalidGeometry(by_source.shape, "distances of k sources and n places have two axes")
    answered = ~np.isnan(by_source)
    sources = answered.sum(axis=0)
    least = np.where(answered, by_source, np.inf).min(axis=0, initial=np.inf)
    most = np.where(answered, by_source, -np.inf).max(axis=0, initial=-np.inf)
    least, most = (np.where(sources > 0, part, np.nan) for part in (least, most))
    spread = np.where(sources > 1, most - least, np.nan)
    # A comparison with NaN is false: without a second source nothing is disputed.
    disputed = (spread > DISPUTED_M) | (spread > DISPUTED_SHARE * least)
    low, high = distance_bounds(least, radius_m).low_m, distance_bounds(most, radius_m).high_m
    return BorderEnvelope(low, high, spread, sources, disputed)


def _batches(lon: FloatArray, lat: FloatArray) -> Iterator[IntArray]:
    """Yield the rows that are present, near ones together: the tree answers them from the cache.

    The order is that of a Z-curve over cells of 0.0055 x 0.0027 degrees (Morton 1966).
    """
    present = np.flatnonzero(~np.isnan(lon))
    column = ((lon[present] + 360.0) * (65535 / 720)).astype(np.uint64)
    row = ((lat[present] + 90.0) * (65535 / 180)).astype(np.uint64)
    order = present[np.argsort(_spread(column) | _spread(row) << np.uint64(1), kind="stable")]
    size = PIECES_AT_ONCE // (2 * FIRST_ENDS)
    return (order[begin : begin + size] for begin in range(0, order.size, size))


def _spread(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Put a zero before each of the lower 16 bits."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | bits << np.uint64(shift)) & np.uint64(mask)
    return bits


def _nearest(
    lon: FloatArray, lat: FloatArray, borders: BorderIndex
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the nearest piece of each place, and longitude and latitude of the foot on it."""
    xyz = ecef_m(lon, lat)
    piece = np.empty(lon.shape, dtype=np.int64)
    on_lon, on_lat = np.empty_like(lon), np.empty_like(lat)
    ends, pending = FIRST_ENDS, np.arange(lon.size)
    while pending.size:
        ends = min(ends, borders.line.size)
        left = []
        for rows in np.array_split(pending, 1 + pending.size * 2 * ends // PIECES_AT_ONCE):
            reach, end = borders.tree.query(xyz[rows], k=np.arange(1, ends + 1))
            feet = _feet(xyz[rows], end, borders)
            enough = (ends == borders.line.size) | (reach[:, -1] > _sufficient_reach(feet))
            left.append(rows[~enough])
            done, feet = rows[enough], feet.of(enough)
            chosen = _choose(lon[done], lat[done], feet, borders)
            piece[done], on_lon[done], on_lat[done] = chosen
        pending = np.concatenate(left)
        ends *= 4
    return piece, on_lon, on_lat


def _sufficient_reach(feet: _Feet) -> FloatArray:
    """Return the chord within which every end of a possibly nearer piece must lie.

    Let c be the least chord from the place to any foot found. A foot lies up to DEPTH_M below the
    surface, so the foot on a rival has a chord of at most
    h = rival_chord_m(c + DEPTH_M) + DEPTH_M. Where this foot is an end of its piece, an end lies
    within h. Otherwise it is that of a perpendicular, at most half a piece from the nearer end,
    which by Pythagoras lies within sqrt(h^2 + (PIECE_M / 2)^2). A place whose furthest end asked
    for lies beyond that has seen all its rivals.
    """
    least = rival_chord_m(feet.chord.min(axis=1) + DEPTH_M) + DEPTH_M
    return np.asarray(np.hypot(least, PIECE_M / 2))


@dataclass(frozen=True, slots=True, eq=False)
class _Feet:
    """Foot points of b places on p pieces each, all arrays (b, p), pieces in rising order.

    ``share`` in [0, 1] is where on the piece the foot is, ``chord`` its distance in metres.
    """

    piece: IntArray
    share: FloatArray
    chord: FloatArray

    def of(self, rows: BoolArray) -> _Feet:
        """Return the feet of some of the places."""
        return _Feet(self.piece[rows], self.share[rows], self.chord[rows])


def _feet(xyz: FloatArray, end: IntArray, borders: BorderIndex) -> _Feet:
    """Drop perpendiculars on the pieces before and after each end."""
    # Before the first end is the last piece of all: a wrong candidate is a candidate more, not a
    # wrong answer. Rising order makes ties fall to the line that was given first.
    piece = np.sort(np.concatenate((end, (end - 1) % borders.line.size), axis=1), axis=1)
    step, offset = borders.step[piece], xyz[:, None, :] - borders.start[piece]
    length_sq = np.einsum("bpi,bpi->bp", step, step)
    along = np.einsum("bpi,bpi->bp", offset, step)
    share = np.clip(along / np.where(length_sq > 0, length_sq, 1.0), 0.0, 1.0)
    offset -= share[:, :, None] * step
    return _Feet(piece, share, np.sqrt(np.einsum("bpi,bpi->bp", offset, offset)))


def _choose(
    lon: FloatArray, lat: FloatArray, feet: _Feet, borders: BorderIndex
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the piece whose foot is the nearest by geodesic, and that foot's lon and lat."""
    least = feet.chord.min(axis=1)
    reach = rival_chord_m(least)
    rivals = feet.chord <= (reach + 2 * DEPTH_M)[:, None]
    unclear = (reach - least > NEGLIGIBLE_M) & (rivals.sum(axis=1) > 1)
    metres = np.where(unclear[:, None], np.inf, feet.chord)
    row, column = np.nonzero(rivals & unclear[:, None])
    rival_lon, rival_lat = _foot_lonlat(feet, row, column, borders)
    metres[row, column] = geodesic_m(lon[row], lat[row], rival_lon, rival_lat)
    nearest = np.argmax(metres <= metres.min(axis=1, keepdims=True) + TIE_M, axis=1)
    every = np.arange(lon.size)
    return feet.piece[every, nearest], *_foot_lonlat(feet, every, nearest, borders)


def _foot_lonlat(
    feet: _Feet, row: IntArray, column: IntArray, borders: BorderIndex
) -> tuple[FloatArray, FloatArray]:
    """Longitude and latitude of chosen feet."""
    piece, share = feet.piece[row, column], feet.share[row, column]
    return lonlat_deg(borders.start[piece] + share[:, None] * borders.step[piece])
