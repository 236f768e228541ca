"""All places of a layer in the order of the tiles, for one state of the data.

Places are sorted along the Z-order curve of the smallest cells, so the places of any tile and of
any cell stand side by side, and a tile of any matrix is made of one stretch of the array: a pyramid
of counts without stored storeys. It is built from one scan of the layer at the first tile that
needs it, and thrown away when the version of the data is another. A former state has one, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import text

from db.layers.depictions import depiction_of
from db.remembered import Remembered
from db.tiles.statements import CELL, places_statement
from db.tiles.sums import FEATURES, added_up
from gis.tile_matrix import CRS84_SRID, EXTENT, SETS

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt
    from sqlalchemy import Connection

    from db.layers.layer import Layer
    from gis.tile_matrix import Tile, TileMatrixSet

    Floats: TypeAlias = npt.NDArray[np.float64]
    Whole: TypeAlias = npt.NDArray[np.int64]

WORK_MEMORY_MB = 256
"""Memory that the database may use for one sort or table while an overview is made."""

FORMER_STATES = 4
"""Most overviews of former states kept, of all layers together."""

_STOREYS = (EXTENT // CELL).bit_length() - 1
"""How many matrices deeper a tile is as small as a cell."""


@dataclass(frozen=True, slots=True)
class Overview:
    """The places of a layer in one tile matrix set; made by :func:`overview_of`.

    Parameters
    ----------
    set : TileMatrixSet
    codes : array of int64, ascending
        Of the smallest cell in which each place lies, along the Z-order curve.
    u, v : arrays of float64
        Fractions of the places.
    names : tuple of str
        Names of the rows of ``numbers``.
    numbers : array of int64, (names, places)
        What is added up of the rows at each place.
    """

    set: TileMatrixSet
    codes: Whole
    u: Floats
    v: Floats
    names: tuple[str, ...]
    numbers: Whole

    def features(self, tile: Tile) -> int:
        """How many features lie in a tile, without its buffer."""
        return int(self.numbers[self.names.index(FEATURES), self._stretch(tile)].sum())

    def cells(self, tile: Tile) -> dict[str, list[int]]:
        """The cells of a tile in which anything lies, by column.

        ``x`` and ``y`` are the pixel in which a cell's features lie on average, the others are what
        was added up of them. A tile of the deepest matrix has no cells: single features are shown.
        """
        stretch = self._stretch(tile)
        codes = self.codes[stretch] >> 2 * (_finest(self.set) - tile.matrix - _STOREYS)
        if not codes.size:
            return {name: [] for name in ("x", "y", *self.names)}
        first = np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))
        numbers = np.add.reduceat(self.numbers[:, stretch], first, axis=1)
        weight = self.numbers[self.names.index(FEATURES), stretch]
        total = numbers[self.names.index(FEATURES)]
        x, y = (
            _middle(np.add.reduceat(each[stretch] * weight, first) / total, cell, tile, origin)
            for each, cell, origin in (
                (self.u, _even_bits(codes[first]), tile.column),
                (self.v, _even_bits(codes[first] >> 1), tile.row),
            )
        )
        return dict(zip(("x", "y", *self.names), [x, y, *numbers.tolist()], strict=True))

    def _stretch(self, tile: Tile) -> slice:
        shift = 2 * (_finest(self.set) - tile.matrix)
        code = int(_code(np.array([tile.column]), np.array([tile.row]))[0])
        start, end = np.searchsorted(self.codes, [code << shift, (code + 1) << shift])
        return slice(int(start), int(end))


class InTheMaking(Exception):
    """Another thread is making the overview that is needed.

    It is waited for with :meth:`wait` and not where it is raised: who is there holds a connection.
    """

    def __init__(self, lock: Lock) -> None:
        self._lock = lock
        super().__init__("another thread is making the overview")

    def wait(self) -> None:
        """Return when the other thread has done with it, well or not."""
        with self._lock:
            pass


class Overviews:
    """Overviews of layers, each built once for a state of the data.

    Of the present the newest alone is kept, of former states the last few. A scan of a million rows
    is not done twice at once: threads that need the same overview wait for the first of them.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, dict[str, Overview]]] = {}
        self._former: Remembered[dict[str, Overview]] = Remembered(FORMER_STATES)
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def of(
        self,
        connection: Connection,
        layer: Layer,
        tiles: TileMatrixSet,
        now: int,
        version: int | None = None,
    ) -> Overview:
        """The overview of a layer at a version, where ``now`` is the present.

        Raises
        ------
        InTheMaking
            Another thread is making one of the layer.
        """
        if (found := self._found(layer, now, version)) is not None:
            return found[tiles.id]
        with self._lock:
            lock = self._locks.setdefault(layer.id, Lock())
        if not lock.acquire(blocking=False):
            raise InTheMaking(lock)
        try:
            found = self._found(layer, now, version)
            if found is None:
                found = _build(connection, layer, version)
                self._keep(layer, now, version, found)
            return found[tiles.id]
        finally:
            lock.release()

    def _found(self, layer: Layer, now: int, version: int | None) -> dict[str, Overview] | None:
        if version is not None:
            return self._former.known((layer.id, now, version))
        kept, found = self._known.get(layer.id, (-1, {}))
        return found if kept == now else None

    def _keep(self, layer: Layer, now: int, version: int | None, made: dict[str, Overview]) -> None:
        if version is not None:
            self._former.get((layer.id, now, version), lambda: made)
        # A transaction that began before a write must not push out what came after it.
        elif now > self._known.get(layer.id, (-1, {}))[0]:
            self._known[layer.id] = now, made


def _build(connection: Connection, layer: Layer, version: int | None) -> dict[str, Overview]:
    depiction = depiction_of(layer)
    names = added_up(depiction)
    # With PostgreSQL's own 4 MB it sorts a million rows on disk, which takes twice as long.
    connection.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY_MB}MB'"))
    sent = connection.scalar(places_statement(layer, depiction, version)) or b""
    places = np.frombuffer(sent, [("place", ">f8", 3), ("numbers", ">i8", len(names))])
    lon, lat, mercator_v = places["place"].astype(np.float64).T
    numbers = np.ascontiguousarray(places["numbers"].astype(np.int64).T)
    return {
        each.id: overview_of(each, lon, lat, mercator_v, names, numbers) for each in SETS.values()
    }


def overview_of(
    tiles: TileMatrixSet,
    lon: Floats,
    lat: Floats,
    mercator_v: Floats,
    names: tuple[str, ...],
    numbers: Whole,
) -> Overview:
    """Sort places along the tiles of a set; those that the set does not reach are left out.

    Parameters
    ----------
    tiles : TileMatrixSet
    lon, lat : arrays of float64
        Degrees, WGS 84.
    mercator_v : array of float64
        Southward fraction in Web Mercator.
    names, numbers : tuple of str, array of int64 (names, places)
        What is added up at each place.
    """
    u = np.minimum((lon + 180.0) / (360.0 / tiles.wide), np.nextafter(tiles.wide, 0))
    v = mercator_v
    if tiles.srid == CRS84_SRID:
        v = np.minimum((90.0 - lat) / 180.0, np.nextafter(1.0, 0))
    inside = (v >= 0) & (v < 1)
    u, v, numbers = u[inside], v[inside], numbers[:, inside]
    side = float(1 << _finest(tiles))
    codes = _code(np.floor(u * side).astype(np.int64), np.floor(v * side).astype(np.int64))
    order = np.argsort(codes, kind="stable")
    return Overview(tiles, codes[order], u[order], v[order], names, numbers[:, order])


def _finest(tiles: TileMatrixSet) -> int:
    """The matrix whose tiles are the smallest cells: those of the last matrix but one."""
    return tiles.deepest - 1 + _STOREYS


def _middle(mean: Floats, cell: Whole, tile: Tile, origin: int) -> list[int]:
    side = float(EXTENT << tile.matrix)
    found = np.floor(mean * side).astype(np.int64)
    # A mean is rounded, and must not leave the cell for that.
    inside = np.clip(found, cell * CELL, cell * CELL + CELL - 1)
    result: list[int] = (inside - origin * EXTENT).tolist()
    return result


def _code(column: Whole, row: Whole) -> Whole:
    """Position along the Z-order curve: the bits of column and row by turns."""
    return _spread(column) | (_spread(row) << 1)


_STEPS = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)
"""How 32 bits are spread over 64, every other one free (H. S. Warren, Hacker's Delight, 7-2)."""


def _spread(number: Whole) -> Whole:
    for shift, mask in _STEPS:
        number = (number | (number << shift)) & mask
    return number


def _even_bits(code: Whole) -> Whole:
    number = code & _STEPS[-1][1]
    for (shift, _), mask in zip(
        reversed(_STEPS), [*(mask for _, mask in reversed(_STEPS[:-1])), 0xFFFFFFFF], strict=True
    ):
        number = (number | (number >> shift)) & mask
    return number
