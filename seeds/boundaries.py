"""Border lines, tripoints and administrative units: features of a file -> rows, or faults.

The files that are shipped (:mod:`seeds.shipped`) and the files of a user go the same way: a
:class:`BoundaryFile` says which columns mean what; every feature is checked; one fault anywhere and
nothing is written.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy.dialects.postgresql import Range

from db.places import border_codes
from db.vocabulary import BoundaryKind
from db.write.places import BoundaryRow, source_terms, write_boundaries
from db.write.sources import SourceRow, write_sources
from seeds.errors import RefusedFile, RowFault, SeedError
from seeds.features import Feature, FeatureTable, nearest, read_features
from seeds.rows import SHOWN
from seeds.shapes import Fitted, Misfit, fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from shapely.geometry.base import BaseGeometry
    from sqlalchemy import Connection

    from db.write.upsert import Written
    from gis.interval import Interval
    from seeds.records import SourceRecord

_CODES = {
    BoundaryKind.BORDER: (
        r"[A-Z]{3}-[A-Z]{3}",
        "the code of a border is two ISO 3166-1 alpha-3 codes, like MLI-NER",
    ),
    BoundaryKind.TRIPOINT: (
        r"[A-Z]{3}-[A-Z]{3}-[A-Z]{3}",
        "the code of a tripoint is three ISO 3166-1 alpha-3 codes, like BFA-MLI-NER",
    ),
    BoundaryKind.ADM0: (
        r"[A-Z]{3}",
        "the code of a country is its ISO 3166-1 alpha-3 code, like MLI",
    ),
}
_ANY_CODE = ("(?s).+", "must not be empty")
_NOTED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which fields of a file mean what.

    Parameters
    ----------
    code : tuple of str
        Fields of the code, joined by ``-`` for a border or tripoint and by ``/`` for a unit:
        ``("iso3", "adm1_name", "adm2_name")`` makes ``NER/Tillabéri/Ouallam``.
    name : str
        Field of the name.
    country, neighbour : str, optional
        Fields of ISO 3166-1 alpha-3 codes. Where they are left out, a border and an ``adm0`` unit
        take them from the code.
    parent : tuple of str
        Fields of the code of the unit above, joined like ``code``.
    notes : tuple of str
        Sentences with ``{field}`` in them; one whose field is empty is left out.
    """

    code: tuple[str, ...]
    name: str
    country: str | None = None
    neighbour: str | None = None
    parent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def fields(self) -> tuple[str, ...]:
        """Every field that the file must have, each once."""
        noted = (field for note in self.notes for field in _NOTED.findall(note))
        single = (field for field in (self.name, self.country, self.neighbour) if field)
        return tuple(dict.fromkeys((*self.code, *single, *self.parent, *noted)))


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryFile:
    """A file of boundaries of one kind, and what it does not say itself.

    Parameters
    ----------
    path : Path
    kind : BoundaryKind
    source : str
        Code of the source, which must be in the database when the rows are written.
    edition : str
        State of the data, beginning with its year (``2020-05``): a code means something within its
        source and edition only, and the greatest edition, as text, counts as the newest.
    columns : Columns
    valid : Range of date, optional
        Days on which all of it was in force; ``None`` where that is not known.
    layer, where : str, optional
        Layer, and OGR SQL condition on its fields.
    """

    path: Path
    kind: BoundaryKind
    source: str
    edition: str
    columns: Columns
    valid: Range[date] | None = None
    layer: str | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class ReadBoundaries:
    """What a file holds: the good rows, the codes of those mended, and all faults."""

    rows: tuple[BoundaryRow, ...]
    repaired: tuple[str, ...]
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class BoundarySummary:
    """What a load did; ``repaired`` are the codes of invalid polygons that were mended."""

    written: Written
    repaired: tuple[str, ...]


def day_range(interval: Interval) -> Range[date]:
    """The days of an interval, as validity is stored; the day on which it ends is out."""
    start, end = interval.start, interval.end
    return Range(start and start.date(), end and end.date())


def load_boundaries(
    connection: Connection, file: BoundaryFile, source: SourceRecord
) -> BoundarySummary:
    """Read a file of boundaries and write it, all of it or nothing.

    Rows of the same source, edition and kind are replaced; those whose code the file no longer has
    stay and are told in ``written.absent``. The same file twice changes nothing.

    Parameters
    ----------
    connection : Connection
        Its transaction is used and left open.
    file : BoundaryFile
    source : SourceRecord
        The source that ``file.source`` names; it is made if it is new.

    Raises
    ------
    RefusedFile
        With every fault: a missing field, a code that is missing, wrong or double, a geometry that
        is missing, empty, of another type than the kind, not to be mended, or outside the world;
        a border whose countries other sources name in the other order.
    SeedError
        The file cannot be read, or says nothing of its coordinate reference system; or the source
        is known under another licence or attribution.
    UnknownCode
        ``file.source`` is neither in the database nor the code of ``source``.
    """
    found = read_boundaries(file)
    if faults := found.faults or tuple(
        _faults_of_order(file, found.rows, border_codes(connection))
    ):
        raise RefusedFile(file.path.name, faults)
    _need_source(connection, source)
    return BoundarySummary(write_boundaries(connection, found.rows), found.repaired)


def _need_source(connection: Connection, source: SourceRecord) -> None:
    """Make a source that is new; of one that is known, the same must be said."""
    terms = source_terms(connection, source.code)
    if terms is None:
        values = asdict(source) | {"kind": source.kind.value}
        write_sources(connection, [SourceRow(**values)])
    elif terms != (source.licence, source.attribution):
        raise SeedError(
            f"the source {source.code!r} is known with the licence {terms[0]!r} and the attribution"
            f" {terms[1]!r}: say the same, or give this file a source of its own"
        )


def read_boundaries(file: BoundaryFile) -> ReadBoundaries:
    """Read a file of boundaries without writing anything; raises :class:`SeedError`.

    ``line`` of a fault is the number of the feature, counted from 1 in the order of the file.
    """
    table = read_features(file.path, layer=file.layer, where=file.where)
    faults = list(_faults_of_file(file, table))
    if faults:
        return ReadBoundaries((), (), tuple(faults))
    rows: list[BoundaryRow] = []
    repaired: list[str] = []
    first: dict[str, int] = {}
    for feature in table.features:
        fitted = fit(feature.geometry, file.kind)
        wrong = [*_faults_of_cells(file, feature, first), *_faults_of_shape(file, feature, fitted)]
        faults += wrong
        if wrong or isinstance(fitted, Misfit):
            continue
        rows.append(_row(file, feature, fitted.geometry))
        repaired += [rows[-1].code] * fitted.mended
    return ReadBoundaries(tuple(rows), tuple(repaired), tuple(faults))


def _faults_of_file(file: BoundaryFile, table: FeatureTable) -> Iterator[RowFault]:
    name = file.path.name
    for field in file.columns.fields():
        if field not in table.fields:
            rule = f"there is no such field: {nearest(field, table.fields)}"
            yield RowFault(name, None, field, None, rule)
    if not table.features:
        yield RowFault(name, None, None, None, "it holds no features")


def _faults_of_order(
    file: BoundaryFile, rows: Iterable[BoundaryRow], known: frozenset[str]
) -> Iterator[RowFault]:
    """Borders known by their countries in the other order: nobody would find them as these."""
    for row in rows:
        other = "-".join(reversed(row.code.split("-")))
        if file.kind is BoundaryKind.BORDER and other in known and row.code not in known:
            column = ", ".join(file.columns.code)
            yield RowFault(file.path.name, None, column, row.code, f"it is known as {other!r}")


def _faults_of_cells(
    file: BoundaryFile, feature: Feature, first: dict[str, int]
) -> Iterator[RowFault]:
    """Faults of the fields; notes in ``first`` which feature had a code first."""

    def fault(column: str, rule: str, value: str | None = None) -> RowFault:
        return RowFault(file.path.name, feature.number, column, value and value[:SHOWN], rule)

    columns = file.columns
    for field in dict.fromkeys((*columns.code, columns.name)):
        if field not in feature.cells:
            yield fault(field, "must not be empty")
    for field in filter(None, (columns.country, columns.neighbour)):
        country = feature.cells.get(field)
        if country and not re.fullmatch("[A-Z]{3}", country):
            yield fault(field, "a country is an ISO 3166-1 alpha-3 code, like MLI", country)
    if any(field not in feature.cells for field in columns.code):
        return
    code, column = _joined(file, feature, columns.code), ", ".join(columns.code)
    pattern, rule = _CODES.get(file.kind, _ANY_CODE)
    if not re.fullmatch(pattern, code):
        yield fault(column, rule, code)
    if first.setdefault(code, feature.number) != feature.number:
        yield fault(column, f"feature {first[code]} has the same code", code)


def _faults_of_shape(
    file: BoundaryFile, feature: Feature, fitted: Fitted | Misfit
) -> Iterator[RowFault]:
    if isinstance(fitted, Misfit):
        yield RowFault(file.path.name, feature.number, "geometry", fitted.value, fitted.rule)


def _row(file: BoundaryFile, feature: Feature, geometry: BaseGeometry) -> BoundaryRow:
    columns = file.columns
    code = _joined(file, feature, columns.code)
    country, neighbour = _countries(file, code)
    return BoundaryRow(
        kind=file.kind,
        code=code,
        name=feature.cells[columns.name],
        source=file.source,
        edition=file.edition,
        geometry=geometry,
        country=feature.cells.get(columns.country or "", country),
        neighbour=feature.cells.get(columns.neighbour or "", neighbour),
        parent=_joined(file, feature, columns.parent) or None,
        valid=file.valid,
        note="; ".join(_notes(columns.notes, feature)) or None,
    )


def _joined(file: BoundaryFile, feature: Feature, fields: tuple[str, ...]) -> str:
    between = "-" if file.kind in (BoundaryKind.BORDER, BoundaryKind.TRIPOINT) else "/"
    return between.join(feature.cells[field] for field in fields if field in feature.cells)


def _countries(file: BoundaryFile, code: str) -> tuple[str | None, str | None]:
    """Country and neighbour, as the code of a border or of a country says them."""
    if file.kind is BoundaryKind.BORDER:
        country, neighbour = code.split("-")
        return country, neighbour
    return (code if file.kind is BoundaryKind.ADM0 else None), None


def _notes(templates: Iterable[str], feature: Feature) -> Iterator[str]:
    for template in templates:
        if all(field in feature.cells for field in _NOTED.findall(template)):
            yield template.format_map(feature.cells)
