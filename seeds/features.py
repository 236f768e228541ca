"""The features of any vector file that OGR reads, in WGS 84.

What a file does not say is not guessed: without a coordinate reference system it is refused, and so
is a file of several layers where none is named. A Shapefile without ``.cpg`` is read as ISO 8859-1,
as its format lays down.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import ProjError
from pyproj.transformer import TransformerGroup

from gis import likeness
from gis.crs import WGS84, to_wgs84
from gis.errors import CrsMismatch
from seeds.errors import SeedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a file.

    ``number`` counts from 1 in the order of the file; ``cells`` holds its fields as text without
    surrounding blanks, those that are empty left out; ``geometry`` is two-dimensional, WGS 84, and
    ``None`` where the file has none or one that cannot be built.
    """

    number: int
    cells: dict[str, str]
    geometry: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """The features of one layer and the names of its fields."""

    fields: tuple[str, ...]
    features: tuple[Feature, ...]


def read_features(
    path: Path, *, layer: str | None = None, where: str | None = None
) -> FeatureTable:
    """Read one layer of a vector file and bring it to WGS 84.

    Parameters
    ----------
    path : Path
        Shapefile, GeoPackage, GeoJSON, FlatGeobuf ... : whatever OGR opens.
    layer : str, optional
        Needed where the file has several.
    where : str, optional
        OGR SQL condition on the fields.

    Returns
    -------
    FeatureTable
        Without features for an empty layer.

    Raises
    ------
    SeedError
        No such file or layer, no format that OGR knows, no geometry; no coordinate reference
        system, or one from which no transformation to WGS 84 is known.
    """
    chosen = _layer(path, layer)
    try:
        # Heights are of no use to a boundary, and PostGIS would refuse them.
        meta, _, wkb, columns = pyogrio.raw.read(path, layer=chosen, where=where, force_2d=True)
    except (DataLayerError, DataSourceError, ValueError) as fault:
        # A wrong condition is a ValueError.
        raise SeedError(f"{path.name} cannot be read: {fault}") from fault
    if wkb is None:
        raise SeedError(f"{path.name} has no geometry")
    # A coordinate that is not a number is a fault of its feature (:mod:`seeds.shapes`).
    with np.errstate(invalid="ignore"):
        shapes = _to_wgs84(path, meta["crs"], shapely.from_wkb(wkb, on_invalid="ignore"))
    fields = tuple(str(name) for name in meta["fields"])
    rows = zip(*(map(_text, column) for column in columns), strict=True) if columns else ()
    cells = [dict(zip(fields, row, strict=True)) for row in rows] or [{} for _ in shapes]
    features = (
        Feature(number, {name: text for name, text in row.items() if text}, shape)
        for number, (row, shape) in enumerate(zip(cells, shapes, strict=True), start=1)
    )
    return FeatureTable(fields, tuple(features))


def nearest(word: str, words: Iterable[str]) -> str:
    """The end of a sentence about a misspelt word: the word meant, perhaps, and those there are.

    Examples
    --------
    >>> nearest("Code", ["name", "code"])
    "there are 'name', 'code' (did you mean 'code'?)"
    >>> nearest("code", [])
    'there are none'
    """
    by_small = {known.casefold(): known for known in words}
    if not by_small:
        return "there are none"
    listed = ", ".join(map(repr, by_small.values()))
    meant = likeness.nearest(word, by_small.values())
    hint = f" (did you mean {meant!r}?)" if meant else ""
    return f"there are {listed}{hint}"


def _layer(path: Path, layer: str | None) -> str:
    if not path.exists():
        raise SeedError(f"there is no file {path}")
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(path)]
    except DataSourceError as fault:
        raise SeedError(f"{path.name} is in no format that is known here: {fault}") from fault
    if layer is None and len(names) == 1:
        return names[0]
    if layer is None:
        raise SeedError(f"{path.name} has several layers, name one: {nearest('', names)}")
    if layer not in names:
        raise SeedError(f"{path.name} has no layer {layer!r}: {nearest(layer, names)}")
    return layer


def _to_wgs84(
    path: Path, crs: str | None, shapes: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    if not crs:
        raise SeedError(
            f"{path.name} does not say in which coordinate reference system it is, and that is "
            "not guessed: state it, in a .prj file beside a Shapefile"
        )
    try:
        transformer = to_wgs84(crs)
    except (CrsMismatch, ProjError) as fault:
        # ProjError: a system that is not tied to the Earth, such as a plan of a building.
        raise SeedError(f"{path.name}: {crs} has no way to WGS 84: {fault}") from fault
    # Without a known shift between the datums PROJ takes the numbers as they are, hundreds of
    # metres off.
    if not TransformerGroup(crs, WGS84, always_xy=True, allow_ballpark=False).transformers:
        raise SeedError(f"{path.name}: no transformation is known from its datum to WGS 84")

    def moved(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.stack(transformer.transform(places[:, 0], places[:, 1]), axis=-1)

    return np.asarray(shapely.transform(shapes, moved), dtype=object)


def _text(value: Any) -> str:
    """A cell as text; nothing for a missing one, no ``.0`` behind a whole number."""
    if value is None:
        return ""
    if isinstance(value, float | np.floating):
        return "" if isnan(value) else f"{value:.15g}"
    return str(value).strip()
