"""UCDP Georeferenced Event Dataset: row -> records, or faults.

Read by the names of the columns: the 49 of 20.1 to 26.1, the 42 of 19.1, and any file that has
those 42 among others (HDX adds ``iso3``, and a row of hashtags below the header). A file of 49
columns without a header is known by its first row. What a cell may hold is said in
:mod:`seeds.formats.ucdp_cells`, what is made of it in :mod:`seeds.formats.ucdp_records`.

References
----------
Sundberg and Melander (2013), Introducing the UCDP Georeferenced Event Dataset, Journal of Peace
Research 50(4), 523-532; UCDP GED Codebook 26.1 for the meaning of the codes.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from db.vocabulary import SourceKind, TimePrecision
from gis.interval import Interval
from gis.precision import POINTLESS
from seeds.dataset import Context, Dataset, Records, parse_edition
from seeds.errors import SeedError
from seeds.formats.ucdp_cells import LAYOUT_OLD, Cells, fault, headerless, read
from seeds.formats.ucdp_records import NAME, PLACES, actors, country_of, incident
from seeds.records import ReportRecord, SourceRecord

if TYPE_CHECKING:
    from gis.bbox import BBox
    from seeds.errors import RowFault
    from seeds.rows import Row

SOURCE = SourceRecord(
    code=NAME,
    name="UCDP Georeferenced Event Dataset",
    kind=SourceKind.DATASET,
    licence="CC BY 4.0",
    attribution="Uppsala Conflict Data Program: Sundberg and Melander (2013), Introducing the UCDP"
    " Georeferenced Event Dataset, Journal of Peace Research 50(4); CC BY 4.0",
    redistributable=True,
    url="https://ucdp.uu.se/downloads/",
)

_MARGIN_DEG = 1.0
"""Events are attributed to countries loosely: this far outside is not yet elsewhere."""

_NAMED = re.compile(r"ged(?:event)?[-_ ]?v?(\d\d(?:[._]\d{1,2})+)(?!\d)", re.IGNORECASE | re.ASCII)
_NAMED_SHORT = re.compile(r"ged(\d\d)(\d)(?!\d)", re.IGNORECASE | re.ASCII)


def parse(row: Row, context: Context) -> Records | list[RowFault]:
    """One row of any layout, as records; or every fault of it.

    Parameters
    ----------
    row : Row
        With the columns that :data:`DATASET` names, at least.
    context : Context
        ``bounds`` may be empty: then no point is checked against its country.

    Returns
    -------
    Records or list of RowFault
        A row without faults has an incident; ``low > high`` is no fault, it is published so.
    """
    cells = read(context.file, row)
    if not isinstance(cells, Cells):
        return cells
    faults = _contradictions(row, cells, context)
    return faults or Records(str(cells.id), incident(cells, context.report), actors(cells))


def edition_of(file: str) -> str | None:
    """The edition that the name of a file states.

    Examples
    --------
    >>> [edition_of(name) for name in ("GEDEvent_v25_1.csv", "ged191.csv", "GEDEvent_v24_0_1.csv")]
    ['25.1', '19.1', '24.0.1']
    >>> edition_of("conflict_data_mli.csv") is None
    True
    """
    if match := _NAMED.search(file):
        return parse_edition(match[1])
    if match := _NAMED_SHORT.search(file):
        return f"{int(match[1])}.{match[2]}"
    return None


def report(edition: str) -> ReportRecord:
    """The report that stands for an edition: 25.1 and the candidates 25.0.x are of 2025."""
    year = _year(edition)
    return ReportRecord(
        code=f"{NAME}-{edition}",
        source=NAME,
        title=f"UCDP Georeferenced Event Dataset, version {edition}",
        published=Interval(datetime(year, 1, 1), datetime(year + 1, 1, 1)),
        published_precision=TimePrecision.YEAR,
        url=SOURCE.url,
        language="en",
        edition=edition,
    )


def covered_until(edition: str) -> datetime | None:
    """A yearly edition ends with the year before its own; a candidate release covers months."""
    return datetime(_year(edition), 1, 1) if edition.count(".") == 1 else None


def _year(edition: str) -> int:
    short = int(edition.split(".")[0])
    if short > 99:
        raise SeedError(f"edition {edition} is refused: those of {NAME} begin with a year, as 25.1")
    return 2000 + short


def is_row(row: Row) -> bool:
    """Whether a row is one: HDX puts a row of HXL hashtags below the header."""
    first = next((cell for cell in row.cells.values() if cell), "")
    return not first.startswith("#") or not all(
        cell.startswith("#") for cell in row.cells.values() if cell
    )


def _contradictions(row: Row, cells: Cells, context: Context) -> list[RowFault]:
    faults = []
    if cells.date_end < cells.date_start:
        rule = f"not before date_start, {cells.date_start}"
        faults.append(fault(context.file, row, "date_end", rule))
    country = country_of(cells)
    box = context.bounds.get(country) if country else None
    placed = PLACES[cells.where_prec] not in POINTLESS
    if box and placed and _swapped(cells.longitude, cells.latitude, box):
        rule = f"the point lies outside {country}; with longitude and latitude swapped it would"
        faults.append(fault(context.file, row, "longitude", f"{rule} lie inside"))
    return faults


def _swapped(lon: float, lat: float, box: BBox) -> bool:
    return not _inside(lon, lat, box, _MARGIN_DEG) and _inside(lat, lon, box, 0.0)


def _inside(lon: float, lat: float, box: BBox, margin: float) -> bool:
    across = any(part.west - margin <= lon <= part.east + margin for part in box.parts())
    return across and box.south - margin <= lat <= box.north + margin


DATASET = Dataset(
    name=NAME,
    source=SOURCE,
    key="id",
    columns=LAYOUT_OLD,
    headerless=headerless,
    is_row=is_row,
    parse=parse,
    edition_of=edition_of,
    report=report,
    covered_until=covered_until,
)
