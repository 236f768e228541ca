"""GeoParquet 1.1: true column types, lists, any geometry, and a box of each for who reads a part.

Features near one another stand together, as :attr:`~gis.formats.format.Format.by_place` asks of
whoever gives the rows, so a row group covers little ground and a reader with a box skips the rest.

References
----------
https://geoparquet.org/releases/v1.1.0: metadata ``geo``, bounding box column ("covering").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import shapely
from pyproj import CRS

from gis.fields import Field, Kind
from gis.formats.arrow import TYPES
from gis.formats.features import colophon_members
from gis.formats.format import Format, GeometryForm, Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from gis.formats.features import Batch, Colophon, Features
    from gis.reference_systems import ReferenceSystem

KEY, GEOMETRY, BBOX = "id", "geometry", "bbox"
CORNERS = ("xmin", "ymin", "xmax", "ymax")

ROW_GROUP = 20_000
"""Features that a reader takes or skips as one, and that are held at a time."""

LEVEL = 3
"""Of zstd: a tenth smaller than 1 in the same time; 9 takes three times as long for a tenth more.
"""

_BOX = pa.struct([pa.field(corner, pa.float64()) for corner in CORNERS])


@dataclass(slots=True)
class _Seen:
    """What the metadata say of geometries that have passed."""

    types: set[str] = field(default_factory=set)
    bounds: list[NDArray[np.float64]] = field(default_factory=list)

    def look_at(self, shapes: NDArray[Any], boxes: NDArray[np.float64]) -> None:
        placed = shapes[~shapely.is_missing(shapes)]
        self.types |= {shape.geom_type for shape in placed[_first_of_each(placed)]}
        known = boxes[~np.isnan(boxes[:, 0])]
        if len(known):
            self.bounds.append(np.concatenate([known[:, :2].min(axis=0), known[:, 2:].max(axis=0)]))

    @property
    def box(self) -> list[float] | None:
        """Around everything, west, south, east, north."""
        if not self.bounds:
            return None
        all_ = np.array(self.bounds)
        return [*all_[:, :2].min(axis=0).tolist(), *all_[:, 2:].max(axis=0).tolist()]


def write(path: Path, features: Features, colophon: Colophon) -> None:
    """Write a GeoParquet with geometries as well-known binary; plain Parquet if there are none.

    Raises
    ------
    OSError
        The disk is full.
    """
    import pyarrow.parquet as pq  # here: it is loaded with the first file that needs it

    columns, seen = schema(features), _Seen()
    with pq.ParquetWriter(
        path, columns, compression="zstd", compression_level=LEVEL, write_page_index=True
    ) as file:
        for group in _groups(_record_batch(features, columns, rows, seen) for rows in features):
            file.write_table(group, row_group_size=ROW_GROUP)
        about = {"colophon": msgspec.json.encode(colophon_members(features, colophon)).decode()}
        if features.geometry is not None:
            about["geo"] = msgspec.json.encode(_geo(features.system, seen)).decode()
        file.add_key_value_metadata(about)


def schema(features: Features) -> pa.Schema:
    """The key, the geometry and its box where there is one, then the fields."""
    columns = [pa.field(KEY, pa.int64(), nullable=False)]
    if features.geometry is not None:
        columns += [pa.field(GEOMETRY, pa.binary()), pa.field(BBOX, _BOX)]
    return pa.schema([*columns, *map(_column, features.fields)])


def _column(field: Field) -> pa.Field:
    about = {"title": field.title, "description": field.meaning}
    if field.unit is not None:
        about["unit"] = field.unit
    return pa.field(field.name, _type(field.kind), metadata=about)


def _type(kind: Kind) -> pa.DataType:
    return pa.list_(pa.string()) if kind is Kind.TEXTS else TYPES[kind]


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches put together to groups; as Arrow they take a tenth of what Python's rows do."""
    gathered: list[pa.RecordBatch] = []
    for batch in batches:
        gathered.append(batch)
        if sum(map(len, gathered)) >= ROW_GROUP:
            yield pa.Table.from_batches(gathered)
            gathered = []
    if gathered:
        yield pa.Table.from_batches(gathered)


def _record_batch(
    features: Features, columns: pa.Schema, rows: Batch, seen: _Seen
) -> pa.RecordBatch:
    keys, geometries, *values = list(zip(*rows, strict=True))[features.lead :]
    arrays = [pa.array(keys, pa.int64())]
    if features.geometry is not None:
        shapes = shapely.from_wkb(np.array(geometries, dtype=object))
        boxes = shapely.bounds(shapes)
        seen.look_at(shapes, boxes)
        arrays += [pa.array(geometries, pa.binary()), _boxes(boxes)]
    pairs = zip(features.fields, values, strict=True)
    arrays += [pa.array(column, _type(field.kind)) for field, column in pairs]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)


def _boxes(boxes: NDArray[np.float64]) -> pa.Array:
    return pa.StructArray.from_arrays(
        [pa.array(boxes[:, place]) for place in range(4)],
        fields=list(_BOX),
        mask=pa.array(np.isnan(boxes[:, 0])),
    )


def _first_of_each(shapes: NDArray[Any]) -> NDArray[np.intp]:
    return np.unique(shapely.get_type_id(shapes), return_index=True)[1]


def _geo(system: ReferenceSystem, seen: _Seen) -> dict[str, Any]:
    name = "OGC:CRS84" if system.is_wgs84 else f"EPSG:{system.srid}"
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted(seen.types),
        "crs": CRS.from_user_input(name).to_json_dict(),
        "edges": "planar",
        "covering": {"bbox": {corner: [BBOX, corner] for corner in CORNERS}},
    }
    if (box := seen.box) is not None:
        column["bbox"] = box
    return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


GEOPARQUET = Format(
    id="parquet",
    title="GeoParquet",
    extension="parquet",
    media_type="application/vnd.apache.parquet",
    geometry=GeometryForm.WKB,
    write=write,
    by_place=True,
    losses=(
        Loss(
            "The order of the features",
            "Those near one another stand together, unless an order is asked for.",
        ),
        Loss("The closed lists of words of a field", "They are plain text columns."),
    ),
)
