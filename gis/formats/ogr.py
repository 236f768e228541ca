"""Record batches -> a file, by GDAL: in C, from columns, without an object for each feature."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gis.formats.arrow import GEOMETRY, KEY, record_batches, schema
from gis.whole_file import UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import BytesIO
    from pathlib import Path

    from gis.formats.features import Features


def write_ogr(
    path: Path | BytesIO,
    features: Features,
    layer: str,
    *,
    driver: str,
    layer_options: Mapping[str, str],
    dataset_options: Mapping[str, str],
    key: str = KEY,
) -> None:
    """Write features by a driver of GDAL.

    Parameters
    ----------
    path : Path or BytesIO
        A file, or memory for drivers that write one file.
    features : Features
    layer : str
        Its name within the file.
    driver : str
    layer_options, dataset_options : mapping
        Those of the driver.
    key : str
        Name of the column of the features' keys.

    GDAL can fail in silence while it closes a file (a disk that is full when the spatial index is
    made): a format must look afterwards whether its file is whole.

    Raises
    ------
    UnwritableFile
        What the driver says about the file. An error of whoever gives the rows comes as it is.
    """
    columns = _renamed(schema(features), key)
    write_batches(
        path,
        features,
        pa.RecordBatchReader.from_batches(columns, _for_gdal(features, columns)),
        layer,
        driver=driver,
        layer_options=layer_options,
        dataset_options=dataset_options,
    )


def write_batches(
    path: Path | BytesIO,
    features: Features,
    reader: pa.RecordBatchReader,
    layer: str,
    *,
    driver: str,
    layer_options: Mapping[str, str],
    dataset_options: Mapping[str, str],
) -> None:
    """Write record batches made of features, whose geometries are in the column of that name.

    Parameters
    ----------
    path, layer, driver, layer_options, dataset_options
        As of :func:`write_ogr`.
    features : Features
        For the kind of their geometries, their system, and what went wrong in giving them.
    reader : pyarrow.RecordBatchReader

    Raises
    ------
    UnwritableFile
        As of :func:`write_ogr`.
    """
    import pyogrio  # here, since it brings GDAL and pandas along: 80 MB and a long second

    # A file that is not whole yet is nobody's: it is brought to the disk once, when it is.
    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF"})
    placed = features.geometry is not None
    try:
        pyogrio.write_arrow(
            reader,
            path if isinstance(path, io.BytesIO) else str(path),
            layer=layer,
            driver=driver,
            geometry_name=GEOMETRY if placed else None,
            geometry_type=features.geometry,
            crs=f"EPSG:{features.system.srid}" if placed else None,
            layer_options=dict(layer_options),
            dataset_options=dict(dataset_options),
        )
    except RuntimeError as fault:  # the base of pyogrio's errors, and what it makes of ours
        if features.fault is not None:
            raise features.fault from None
        name = layer if isinstance(path, io.BytesIO) else path.name
        raise UnwritableFile(name, f"{driver} can write it ({fault})") from fault


def _renamed(columns: pa.Schema, key: str) -> pa.Schema:
    place = columns.get_field_index(KEY)
    return columns.set(place, columns.field(place).with_name(key))


def _for_gdal(features: Features, columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in record_batches(features):
        arrays = [_cut(array) if pa.types.is_timestamp(array.type) else array for array in batch]
        yield pa.RecordBatch.from_arrays(arrays, schema=columns)


def _cut(moments: pa.Array) -> pa.Array:
    # GDAL rounds seconds to three decimals and does not carry: the last microsecond of a minute
    # would become its second 60. And before 1970 it writes no digits for a part of a second.
    civil = moments.view(pa.timestamp("us"))  # without a zone Arrow needs no files of time zones
    whole_seconds = pc.floor_temporal(civil, unit="second")
    milliseconds = pc.floor_temporal(civil, unit="millisecond")
    early = pc.less(civil, pa.scalar(0, civil.type))
    return pc.if_else(early, whole_seconds, milliseconds).view(moments.type)
