"""GeoPackage: true column types, key, spatial index, titles of fields, and the colophon.

GDAL writes the table; the rest is written by SQLite after it, since licences and attributions are
known only when the last row has passed. Nothing in the file depends on the clock.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from gis.formats.arrow import GEOMETRY, KEY
from gis.formats.format import NOT_FINITE, Format, GeometryForm, Loss
from gis.formats.geopackage_qgis import metadata_of, write_styles
from gis.formats.ogr import write_ogr
from gis.qgis.metadata import STANDARD
from gis.whole_file import UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from gis.formats.features import Colophon, Features

Finish: TypeAlias = "Callable[[sqlite3.Connection, Sequence[tuple[Features, Colophon]]], None]"
"""Writes something into a GeoPackage whose tables are written: of these layers, gone through."""

VERSION = "1.2"
"""Of GeoPackage: GDAL before 3.7, and so QGIS before 3.30, warns of a newer one."""

IDENTITY = "urn:liptako:state"
"""By which the metadata of the file as a whole is known among others."""

# OGC 12-128r15 (GeoPackage 1.2.1), annex C.6 to C.8 and requirements 60 to 77.
_METADATA_TABLES = """
CREATE TABLE IF NOT EXISTS gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_metadata (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
  metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (
  reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
  timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
  CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
  CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
INSERT INTO gpkg_extensions
SELECT column1, NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec121/#extension_metadata',
       'read-write' FROM (VALUES ('gpkg_metadata'), ('gpkg_metadata_reference'));
"""


def write(path: Path, features: Features, colophon: Colophon) -> None:
    """Write a GeoPackage of one table, named for the layer, whose key is the features' own.

    Raises
    ------
    UnwritableFile
        The disk is full, or the driver fails otherwise.
    """
    write_layers(path, [(features, colophon)])


def write_layers(
    path: Path,
    layers: Iterable[tuple[Features, Colophon]],
    identity: Mapping[str, object] | None = None,
    finish_with: Sequence[Finish] = (),
) -> None:
    """Write a GeoPackage of several tables, each as :func:`write` has it, one after another.

    Parameters
    ----------
    path : Path
    layers : iterable of (Features, Colophon)
        Gone through once; a layer is asked for when the one before is written. At least one.
    identity : mapping, optional
        What the file as a whole is, as members of a JSON object; it becomes metadata of the file.
    finish_with : sequence of callables
        What is written into the file besides :data:`FINISHING`, after it.

    Raises
    ------
    UnwritableFile
        The disk is full, or the driver fails otherwise.
    """
    written: list[tuple[Features, Colophon]] = []
    for features, colophon in layers:
        write_ogr(
            path,
            features,
            colophon.layer,
            driver="GPKG",
            layer_options={
                "FID": KEY,
                "GEOMETRY_NAME": GEOMETRY,
                "IDENTIFIER": colophon.title,
                "DESCRIPTION": colophon.description,
            },
            dataset_options={} if written else {"VERSION": VERSION},
        )
        written.append((features, colophon))
    try:
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("PRAGMA synchronous = OFF")  # as in gis.formats.ogr
            for features, colophon in written:
                _check(file, features, colophon.layer)
            # Or what GDAL left, the moment of writing, would survive in the free bytes of a page.
            file.execute("PRAGMA secure_delete = ON")
            for finish in (*FINISHING, *finish_with):
                finish(file, written)
            if identity is not None:
                _write_identity(file, identity)
    except sqlite3.Error as fault:
        raise UnwritableFile(path.name, f"the disk has room for it ({fault})") from fault
    _forget_steps(path)


def _check(file: sqlite3.Connection, features: Features, table: str) -> None:
    """Raise an error of SQLite unless GDAL wrote every feature, and the whole spatial index."""
    (found,) = file.execute(f'SELECT count(*) FROM "{table}"').fetchone()
    if found != features.count:
        raise sqlite3.DatabaseError(f"{found} of {features.count} features were written")
    if features.geometry is None:
        return
    indexed, placed = file.execute(
        f'SELECT (SELECT count(*) FROM "rtree_{table}_{GEOMETRY}"),'
        # Byte 3 of a GeoPackage geometry holds the flag of an empty one (0x10): no index entry.
        f' (SELECT count(*) FROM "{table}" WHERE {GEOMETRY} IS NOT NULL AND'
        f"  instr('13579BDF', substr(hex(substr({GEOMETRY}, 4, 1)), 1, 1)) = 0)"
    ).fetchone()
    if indexed != placed:
        raise sqlite3.DatabaseError(f"{indexed} of {placed} geometries were indexed")


def _forget_steps(path: Path) -> None:
    """Set the number of commits that a closed SQLite file counts: GDAL makes now more, now less.

    References
    ----------
    https://www.sqlite.org/fileformat2.html, 1.3.7 and 1.3.14: the counter, and for which of its
    values the header holds; both are alike, so the file stays valid.
    """
    with path.open("r+b") as file:
        for place in (24, 92):
            file.seek(place)
            file.write((1).to_bytes(4, "big"))


def _write_colophons(file: sqlite3.Connection, layers: Sequence[tuple[Features, Colophon]]) -> None:
    file.executescript(_METADATA_TABLES)
    for number, (features, colophon) in enumerate(layers, 1):
        file.execute(
            "UPDATE gpkg_contents SET last_change = ? WHERE table_name = ?",
            (_moment(colophon.recorded_at or _NEVER), colophon.layer),
        )
        file.execute(
            "INSERT INTO gpkg_metadata VALUES (?, 'dataset', ?, 'text/xml', ?)",
            (number, STANDARD, metadata_of(file, features, colophon)),
        )
        file.execute(
            "INSERT INTO gpkg_metadata_reference"
            " SELECT 'table', table_name, NULL, NULL, last_change, ?, NULL FROM gpkg_contents"
            " WHERE table_name = ?",
            (number, colophon.layer),
        )


def _write_identity(file: sqlite3.Connection, identity: Mapping[str, object]) -> None:
    document = msgspec.json.encode(identity).decode()
    number = file.execute(
        "INSERT INTO gpkg_metadata (md_scope, md_standard_uri, mime_type, metadata)"
        " VALUES ('dataset', ?, 'application/json', ?)",
        (IDENTITY, document),
    ).lastrowid
    file.execute(
        "INSERT INTO gpkg_metadata_reference"
        " SELECT 'geopackage', NULL, NULL, NULL, max(last_change), ?, NULL FROM gpkg_contents",
        (number,),
    )


FINISHING: tuple[Finish, ...] = (_write_colophons, write_styles)
"""What is written into a GeoPackage behind its tables, in this order; it depends on the layers, and
never on the clock."""


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands where nothing was ever recorded: the format wants a moment."""


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


GEOPACKAGE = Format(
    id="gpkg",
    title="GeoPackage",
    extension="gpkg",
    media_type="application/geopackage+sqlite3",
    geometry=GeometryForm.WKB,
    write=write,
    losses=(
        Loss(
            "Moments finer than a millisecond (before 1970: than a second)",
            "They are cut to the whole millisecond (or second).",
        ),
        Loss("The order of the features", "They are read in the order of their keys (`fid`)."),
        Loss("A list of texts", "It is the text of a JSON array."),
        Loss("The closed lists of words of a field", "They are plain text columns."),
        NOT_FINITE,
    ),
)
