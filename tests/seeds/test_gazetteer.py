"""Places and their names: what the gazetteer says, and nothing that it does not."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from db.engine import connect
from db.history import current_version
from db.write.places import UnknownCode
from seeds.errors import RefusedFile
from seeds.gazetteer import (
    ALIAS_COLUMNS,
    ALIASES,
    CONFIDENCES,
    PLACE_COLUMNS,
    Gazetteer,
    load_gazetteer,
    read_gazetteer,
)
from tests.seeds.catalogued import add_sources

if TYPE_CHECKING:
    from pathlib import Path

OUALLAM = {
    "geonameid": "2440371",
    "name": "Ouallam",
    "asciiname": "Ouallam",
    "alternatenames": "Oualam|Ouallam|Wallam",
    "lat": "14.31641",
    "lon": "2.08597",
    "feature_class": "P",
    "iso3": "NER",
    "population": "0",
}
ALIAS = {"press_name": "Walam", "geonameid": "2440371", "confidence": "low", "reason": "by ear"}


def write_csv(path: Path, columns: tuple[str, ...], *rows: dict[str, str]) -> Path:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def shipped() -> Gazetteer:
    return read_gazetteer()


@pytest.fixture
def no_aliases(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "aliases.csv", ALIAS_COLUMNS)


def test_the_shipped_gazetteer_is_loaded_once(database_url: str) -> None:
    with connect(database_url) as connection:
        add_sources(connection)
        first = load_gazetteer(connection)
        connection.commit()
        before = current_version(connection)
        assert (first.places.inserted, first.names.inserted) == (58_842, 42_752)
        assert first.unresolved == ("Koutougou (15 Aug 2023)", "Intazayene")
        second = load_gazetteer(connection)
        connection.commit()
        assert (second.places.inserted, second.places.updated) == (0, 0)
        assert (second.names.inserted, second.names.updated) == (0, 0)
        assert second.names.unchanged == 42_752
        assert (second.places.absent, second.names.absent) == ((), ())
        assert current_version(connection) == before

        place = text(
            "SELECT name, feature_class, country, adm1, population, ST_X(geom), ST_Y(geom)"
            " FROM liptako.place WHERE code = 'geonames:2443230'"
        )
        assert connection.execute(place).one() == (
            *("I-n-Atès", "H", "NER", "Tillabéri", None),
            *(1.3135, 15.2275),
        )
        spelt = text(
            "SELECT p.code, n.confidence FROM liptako.place_name n JOIN liptako.place p"
            " USING (place_id) WHERE lower(n.name) = lower(:name) AND n.confidence IS NOT NULL"
        )
        found = connection.execute(spelt, {"name": "Chinegodar"}).all()
        assert found == [("geonames:2446376", "high")]


def test_the_known_fault_is_flagged_and_kept(shipped: Gazetteer) -> None:
    (tessit,) = [row for row in shipped.places if row.code == "geonames:10343856"]
    assert (tessit.lon, tessit.lat) == (-0.3, 15.21667)
    assert tessit.note is not None
    assert tessit.note.startswith("LONGITUDE SIGN ERROR UPSTREAM")


def test_places_of_another_gazetteer_have_its_code(shipped: Gazetteer) -> None:
    codes = [row.code for row in shipped.places]
    assert sum(code.startswith("wof:") for code in codes) == 17
    assert len(set(codes)) == len(codes) == 58_842


def test_every_alias_but_the_unresolved_becomes_a_name(shipped: Gazetteer) -> None:
    with ALIASES.open(encoding="utf-8", newline="") as stream:
        aliases = list(csv.DictReader(stream))
    resolved = {
        (f"geonames:{alias['geonameid']}", alias["press_name"], alias["reason"])
        for alias in aliases
        if alias["confidence"] in CONFIDENCES
    }
    judged = {row for row in shipped.names if row.confidence is not None}
    assert {(row.place, row.name, row.reason) for row in judged} == resolved
    assert len(resolved) == len(aliases) - 2


def test_a_population_of_zero_is_unknown_and_an_own_name_no_other(
    tmp_path: Path, no_aliases: Path
) -> None:
    path = write_csv(tmp_path / "places.csv", PLACE_COLUMNS, OUALLAM)
    found = read_gazetteer(path, no_aliases)
    (place,) = found.places
    assert place.population is None
    assert (place.adm1, place.modified, place.wof_id, place.note) == (None, None, None, None)
    assert [row.name for row in found.names] == ["Oualam", "Wallam"]


def test_a_place_in_the_outline_of_another_country_is_flagged(
    tmp_path: Path, no_aliases: Path
) -> None:
    rows = [
        OUALLAM | {"iso3_polygon": "MLI", "note": "moved"},
        OUALLAM | {"geonameid": "2", "iso3_polygon": "NER", "geonames_modified": "2014-01-31"},
    ]
    path = write_csv(tmp_path / "places.csv.gz", PLACE_COLUMNS, *rows)
    flagged, plain = read_gazetteer(path, no_aliases).places
    assert (flagged.country, flagged.note) == ("NER", "moved; lies in the outline of MLI")
    assert (plain.note, plain.modified) == (None, date(2014, 1, 31))


@pytest.mark.parametrize(
    "column, value",
    [
        ("lon", "181"),
        ("lon", ""),
        ("lat", "nan"),
        ("lat", "north"),
        ("name", ""),
        ("iso3", ""),
        ("feature_class", ""),
        ("population", "many"),
        ("geonames_modified", "2014-13-01"),
        ("wof_id", "x"),
        ("geonameid", ""),
    ],
)
def test_a_wrong_cell_is_a_fault_with_its_line(
    tmp_path: Path, no_aliases: Path, column: str, value: str
) -> None:
    rows = (OUALLAM, OUALLAM | {column: value})
    path = write_csv(tmp_path / "places.csv", PLACE_COLUMNS, *rows)
    with pytest.raises(RefusedFile) as refused:
        read_gazetteer(path, no_aliases)
    (fault,) = refused.value.faults
    assert (fault.line, fault.column, fault.value) == (3, column, value or None)


def test_a_missing_column_is_named(tmp_path: Path, no_aliases: Path) -> None:
    path = write_csv(tmp_path / "places.csv", PLACE_COLUMNS[1:])
    with pytest.raises(RefusedFile) as refused:
        read_gazetteer(path, no_aliases)
    assert [fault.column for fault in refused.value.faults] == ["geonameid"]


def test_an_alias_of_a_place_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    places = write_csv(tmp_path / "places.csv", PLACE_COLUMNS, OUALLAM)
    rows = (ALIAS, ALIAS | {"geonameid": "1"})
    aliases = write_csv(tmp_path / "aliases.csv", ALIAS_COLUMNS, *rows)
    with pytest.raises(RefusedFile) as refused:
        read_gazetteer(places, aliases)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.value) == ("aliases.csv", 3, "1")


def test_an_alias_stands_instead_of_the_same_spelling(tmp_path: Path) -> None:
    places = write_csv(tmp_path / "places.csv", PLACE_COLUMNS, OUALLAM)
    aliases = write_csv(tmp_path / "aliases.csv", ALIAS_COLUMNS, ALIAS | {"press_name": "Wallam"})
    names = {row.name: row.confidence for row in read_gazetteer(places, aliases).names}
    assert names == {"Oualam": None, "Wallam": "low"}


def test_without_its_source_nothing_is_written(
    database_url: str, tmp_path: Path, no_aliases: Path
) -> None:
    path = write_csv(tmp_path / "places.csv", PLACE_COLUMNS, OUALLAM)
    with connect(database_url) as connection, pytest.raises(UnknownCode, match="'geonames'"):
        load_gazetteer(connection, path, no_aliases)
