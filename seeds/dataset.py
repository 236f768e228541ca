"""What the import flow must be told about a dataset of rows: one value, one reader of a format."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from seeds.errors import RowFault, SeedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from gis.bbox import BBox
    from seeds.records import ActorRecord, IncidentRecord, ReportRecord, SourceRecord
    from seeds.rows import Headerless, Row

CountryBounds: TypeAlias = "Mapping[str, BBox]"
"""A box around each country, by ISO 3166-1 alpha-3; a country without one is not checked."""

_EDITION = re.compile(r"v?(\d{1,4}(?:[._]\d{1,4})*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Context:
    """What a row does not say of itself."""

    file: str
    report: str
    """Code of the report that its claims are taken from: the edition of the dataset."""
    bounds: CountryBounds


@dataclass(frozen=True, slots=True)
class Records:
    """What one row says: an incident under the dataset's own identifier, and who was in it."""

    external_id: str
    incident: IncidentRecord
    actors: tuple[ActorRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset that comes as rows, in editions.

    Parameters
    ----------
    name : str
        Its name as a format, and as the owner of external identifiers and aliases.
    source : SourceRecord
        Who publishes it, under which licence.
    key : str
        The column of its own identifier of a row.
    columns : tuple of str
        Columns without which the layout is unknown; others may stand between them.
    headerless : callable
        Names the columns of a file without a header from its first row, or says that it has one.
    is_row : callable
        Whether a row is one; false for a row of hashtags below the header.
    parse : callable
        Row -> records, or all that is wrong with it. Pure.
    edition_of : callable
        The edition that the name of a file states, if it states one.
    report : callable
        The report that stands for an edition.
    covered_until : callable
        First moment that the complete file of an edition says nothing about, so that absence from
        it proves nothing; ``None`` for an edition of which no file is ever complete.
    """

    name: str
    source: SourceRecord
    key: str
    columns: tuple[str, ...]
    headerless: Headerless
    is_row: Callable[[Row], bool]
    parse: Callable[[Row, Context], Records | list[RowFault]]
    edition_of: Callable[[str], str | None]
    report: Callable[[str], ReportRecord]
    covered_until: Callable[[str], datetime | None]

    def edition(self, file: str, stated: str | None) -> str:
        """The edition of a file: as stated, else as its name says.

        Raises
        ------
        SeedError
            Neither states one, or what is stated is not numbers with dots between.
        """
        found = stated or self.edition_of(file)
        if found is None:
            raise SeedError(
                f"the edition of {file} is not in its name: state it, as in --edition 25.1"
            )
        return parse_edition(found)

    def check_columns(self, file: str, columns: Sequence[str]) -> tuple[RowFault, ...]:
        """One fault for each column that a file lacks; none for a layout that is known."""
        rule = f"a file of {self.name} has this column; it has: {', '.join(columns)}"
        missing = [name for name in self.columns if name not in columns]
        return tuple(RowFault(file, 1, name, None, rule) for name in missing)


def parse_edition(text: str) -> str:
    """Numbers with dots between, the form in which editions are compared as tuples of numbers.

    Raises
    ------
    SeedError

    Examples
    --------
    >>> parse_edition("v25_1")
    '25.1'
    >>> parse_edition("24.0.01")
    '24.0.1'
    """
    match = _EDITION.fullmatch(text.strip())
    if match is None:
        raise SeedError(f"edition {text!r} is refused: it is numbers with dots between, as 25.1")
    return ".".join(str(int(number)) for number in re.split("[._]", match[1]))
