"""Rows and files of UCDP GED for tests: one plain row, and whatever a test changes in it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import seeds
from seeds.formats.ucdp_cells import LAYOUT
from seeds.rows import Row, open_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FOLDER = Path(seeds.__file__).with_name("data") / "ucdp"
LIPTAKO = FOLDER / "ucdp-ged-23.1-sample-liptako.csv"
GLOBAL = FOLDER / "ucdp-ged-23.1-sample1000-global.csv"
OLD = FOLDER / "ucdp-ged-19.1-sample-bgd-mmr.csv"
HDX = FOLDER / "hdx-ucdp-bgd-hxl-tagged.csv"

PLAIN = dict(zip(LAYOUT, [""] * len(LAYOUT), strict=True)) | {
    "id": "4711",
    "relid": "NIR-2021-1-14668-11",
    "year": "2021",
    "active_year": "true",
    "code_status": "Clear",
    "type_of_violence": "1",
    "conflict_new_id": "14668",
    "conflict_name": "Niger: Islamic State",
    "dyad_new_id": "16217",
    "dyad_name": "Government of Niger - IS",
    "side_a_new_id": "75",
    "side_a": "Government of Niger",
    "gwnoa": "436",
    "side_b_new_id": "234",
    "side_b": "IS",
    "number_of_sources": "2",
    "where_prec": "1",
    "where_coordinates": "Inates town",
    "adm_1": "Tillabéri region",
    "adm_2": "Ouallam department",
    "latitude": "15.2275",
    "longitude": "1.3135",
    "geom_wkt": "POINT (1.3135 15.2275)",
    "priogrid_gid": "151563",
    "country": "Niger",
    "country_id": "436",
    "region": "Africa",
    "event_clarity": "1",
    "date_prec": "1",
    "date_start": "2021-03-15 00:00:00.000",
    "date_end": "2021-03-15 00:00:00.000",
    "deaths_a": "3",
    "deaths_b": "4",
    "deaths_civilians": "0",
    "deaths_unknown": "1",
    "low": "7",
    "best": "8",
    "high": "12",
}


def row(**changes: str) -> Row:
    """The plain row with some cells changed, as the first below a header."""
    return Row(2, PLAIN | changes)


def write(path: Path, rows: Iterable[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    """A CSV file of the plain row, once for each mapping of changes."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, LAYOUT, lineterminator="\n")
        writer.writeheader()
        writer.writerows(PLAIN | dict(changes) for changes in rows)
    return path


def published(path: Path) -> list[Row]:
    """The rows of a published file; it has no faults."""
    with open_table(path) as table:
        rows = [one for one in table.rows if isinstance(one, Row)]
    return [one for one in rows if not one.cells["country_id"].startswith("#") and one.cells["id"]]
