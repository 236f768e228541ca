"""Named places of the three countries and their other names, from the shipped gazetteer.

A place keeps the name, the class and the point that the gazetteer gives it. What is known to be
wrong there is flagged in ``note`` and not repaired; a population of 0, by which GeoNames says that
it knows none, is stored as unknown.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from db.write.places import NameRow, PlaceRow, write_names, write_places
from seeds.errors import RefusedFile, RowFault
from seeds.rows import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from sqlalchemy import Connection

    from db.write.upsert import Written

FOLDER = Path(__file__).with_name("data")
PLACES = FOLDER / "gazetteer.csv.gz"
ALIASES = FOLDER / "gazetteer_aliases.csv"

SOURCE = "geonames"
"""The source of all places, those of Who's On First among them: it names both to print."""

CONFIDENCES = ("high", "medium", "low")
"""How sure an alias is; an alias of another word names a place that the gazetteer lacks."""

PLACE_COLUMNS = (
    *("geonameid", "wof_id", "wikidata", "name", "asciiname", "alternatenames", "lat", "lon"),
    *("feature_class", "feature_code", "iso3", "iso3_polygon", "adm1_name", "adm2_name"),
    *("population", "geonames_modified", "note"),
)
ALIAS_COLUMNS = ("press_name", "geonameid", "confidence", "reason")

Cells: TypeAlias = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """What the two files hold; ``unresolved`` are press names for which there is no place."""

    places: tuple[PlaceRow, ...]
    names: tuple[NameRow, ...]
    unresolved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GazetteerSummary:
    """What a load did with places and with their other names."""

    places: Written
    names: Written
    unresolved: tuple[str, ...]


def load_gazetteer(
    connection: Connection, places: Path = PLACES, aliases: Path = ALIASES
) -> GazetteerSummary:
    """Write the places and their other names; a second time nothing changes.

    Raises
    ------
    RefusedFile
        A row cannot be understood, or an alias names a place that the gazetteer has not.
    UnknownCode
        The source ``geonames`` is not in the database.
    """
    found = read_gazetteer(places, aliases)
    return GazetteerSummary(
        places=write_places(connection, found.places),
        names=write_names(connection, found.names),
        unresolved=found.unresolved,
    )


def read_gazetteer(places: Path = PLACES, aliases: Path = ALIASES) -> Gazetteer:
    """Read both files without writing anything; raises :class:`RefusedFile`.

    Press spellings (the aliases) carry a confidence and a reason, and stand instead of the same
    spelling among the gazetteer's own names. An alias without a place, or with an estimated point,
    becomes no name: nobody can say of what it is the name.
    """
    rows: list[PlaceRow] = []
    names: dict[tuple[str, str], NameRow] = {}
    for cells, row in _checked(places, PLACE_COLUMNS, _place):
        rows.append(row)
        names |= {(row.code, name): NameRow(place=row.code, name=name) for name in _names(cells)}
    codes = {row.code for row in rows}
    unresolved: list[str] = []
    for cells, alias in _checked(aliases, ALIAS_COLUMNS, lambda cells: _alias(cells, codes)):
        if alias is None:
            unresolved.append(cells["press_name"])
        else:
            names[alias.place, alias.name] = alias
    return Gazetteer(tuple(rows), tuple(names.values()), tuple(unresolved))


class _WrongCell(Exception):
    """One cell that breaks its rule; becomes a fault where the line is known."""

    def __init__(self, column: str, value: str, rule: str) -> None:
        self.column = column
        self.value = value
        self.rule = rule
        super().__init__(rule)


def _checked(
    path: Path, columns: tuple[str, ...], parse: Callable[[Cells], T]
) -> list[tuple[Cells, T]]:
    """The rows of a CSV file with what ``parse`` makes of them; refused with all faults."""
    parsed: list[tuple[Cells, T]] = []
    faults: list[RowFault] = []
    for line, cells in _lines(path, columns):
        try:
            parsed.append((cells, parse(cells)))
        except _WrongCell as wrong:
            value = wrong.value[:SHOWN] or None
            faults.append(RowFault(path.name, line, wrong.column, value, wrong.rule))
    if faults:
        raise RefusedFile(path.name, tuple(faults))
    return parsed


def _lines(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Cells]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, restval="")
        missing = [name for name in columns if name not in (rows.fieldnames or ())]
        if missing:
            rule = "there is no such column"
            faults = tuple(RowFault(path.name, 1, name, None, rule) for name in missing)
            raise RefusedFile(path.name, faults)
        for cells in rows:
            yield rows.line_num, cells


def _place(cells: Cells) -> PlaceRow:
    return PlaceRow(
        code=_code(cells),
        name=_needed(cells, "name"),
        feature_class=_needed(cells, "feature_class"),
        feature_code=cells["feature_code"] or None,
        country=_needed(cells, "iso3"),
        adm1=cells["adm1_name"] or None,
        adm2=cells["adm2_name"] or None,
        # GeoNames writes 0 for a population that it does not know.
        population=_optional(cells, "population", int, "a whole number") or None,
        modified=_optional(cells, "geonames_modified", date.fromisoformat, "a date"),
        wof_id=_optional(cells, "wof_id", int, "a whole number"),
        wikidata=cells["wikidata"] or None,
        note=_note(cells),
        source=SOURCE,
        lon=_degrees(cells, "lon", 180),
        lat=_degrees(cells, "lat", 90),
    )


def _code(cells: Cells) -> str:
    for column, gazetteer in (("geonameid", "geonames"), ("wof_id", "wof")):
        if cells[column]:
            return f"{gazetteer}:{cells[column]}"
    raise _WrongCell("geonameid", "", "a place has a geonameid or a wof_id")


def _needed(cells: Cells, column: str) -> str:
    if not cells[column]:
        raise _WrongCell(column, "", "must not be empty")
    return cells[column]


def _optional(cells: Cells, column: str, convert: Callable[[str], T], rule: str) -> T | None:
    if not cells[column]:
        return None
    try:
        return convert(cells[column])
    except ValueError as fault:
        raise _WrongCell(column, cells[column], f"must be {rule}") from fault


def _degrees(cells: Cells, column: str, limit: float) -> float:
    rule = f"a number of degrees within {-limit} and {limit}"
    value = _optional(cells, column, float, rule)
    # Compared so that "nan" is refused as well.
    if value is None or not abs(value) <= limit:
        raise _WrongCell(column, cells[column], f"must be {rule}")
    return value


def _note(cells: Cells) -> str | None:
    """The gazetteer's own note, and where the point contradicts the country stated."""
    found = cells["iso3_polygon"]
    contradiction = f"lies in the outline of {found}" if found not in ("", cells["iso3"]) else ""
    return "; ".join(filter(None, (cells["note"], contradiction))) or None


def _names(cells: Cells) -> Iterator[str]:
    """Every other name of a place; its ASCII form as well, for those who cannot type accents."""
    for name in (cells["asciiname"], *cells["alternatenames"].split("|")):
        if name.strip() and name != cells["name"]:
            yield name.strip()


def _alias(cells: Cells, codes: Container[str]) -> NameRow | None:
    if cells["confidence"] not in CONFIDENCES:
        return None
    place = f"geonames:{_needed(cells, 'geonameid')}"
    if place not in codes:
        raise _WrongCell("geonameid", cells["geonameid"], "the gazetteer has no such place")
    return NameRow(
        place=place,
        name=_needed(cells, "press_name"),
        confidence=cells["confidence"],
        reason=_needed(cells, "reason"),
    )
