"""Files that are refused, and the good rows of those that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from db.engine import connect
from seeds.errors import RefusedFile
from seeds.formats.ucdp_ged import DATASET
from seeds.load import load
from tests.seeds.ged import PLAIN, write
from tests.seeds.loading import contents, count, event, one, rows, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        yield made


BROKEN = {
    "latitude": (event(2, latitude="91"), "latitude", "91", "-90 to 90"),
    "date": (event(2, date_start="15.03.2021"), "date_start", "15.03.2021", "YYYY-MM-DD"),
    "figure": (event(2, best="many"), "best", "many", "whole number"),
    "twice": (event(1), "id", "1", "line 2 has it already"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_faulty_row_refuses_the_file_and_keeps_the_fault(
    connection: Connection, tmp_path: Path, name: str
) -> None:
    changes, column, value, rule = BROKEN[name]
    path = write(tmp_path / "ged251.csv", [event(1), changes, event(3)])
    with pytest.raises(RefusedFile) as refused:
        load(connection, path, DATASET)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line, fault.column, fault.value) == ("ged251.csv", 3, column, value)
    assert rule in fault.rule
    assert contents(connection) == [0] * 7
    assert version(connection) == 0
    assert rows(connection, 'SELECT line, "column", value, rule FROM liptako.fault') == [
        (3, column, value, fault.rule)
    ]
    assert rows(
        connection, "SELECT status, rows, rejected, data_version FROM liptako.import_run"
    ) == [("refused", 3, 1, None)]


def test_good_rows_are_kept_on_demand(connection: Connection, tmp_path: Path) -> None:
    path = write(
        tmp_path / "ged251.csv",
        [event(1), event(2, latitude="91", best="x"), event(1, best="99"), event(3)],
    )
    summary = load(connection, path, DATASET, keep_good=True)
    assert (summary.rows, summary.inserted, summary.rejected) == (4, 2, 2)
    assert rows(connection, "SELECT external_id FROM liptako.external_id ORDER BY 1") == [
        ("1",),
        ("3",),
    ]
    assert rows(connection, 'SELECT line, "column" FROM liptako.fault ORDER BY fault_id') == [
        (3, "latitude"),
        (3, "best"),
        (4, "id"),
    ]
    assert one(connection, "SELECT status FROM liptako.import_run") == "partial"
    assert rows(connection, "SELECT line, external_id FROM liptako.raw_row ORDER BY 1") == [
        (2, "1"),
        (3, "2"),
        (4, "1"),
        (5, "3"),
    ]
    # Of two rows with one identifier the first stands, and the second is a fault.
    assert one(
        connection,
        "SELECT best FROM liptako.claim WHERE code = 'ucdp-ged-1.total'",
    ) == int(PLAIN["best"])


def test_all_faults_of_a_file_are_found_also_after_the_first(
    connection: Connection, tmp_path: Path
) -> None:
    broken = [event(number, latitude="91") for number in range(1, 60)]
    path = write(tmp_path / "ged251.csv", [*broken, event(1), event(60)])
    with pytest.raises(RefusedFile) as refused:
        load(connection, path, DATASET)
    lines = [fault.line for fault in refused.value.faults]
    assert lines == [*range(2, 61), 61]
    assert refused.value.faults[-1].column == "id"


def test_two_rows_without_a_readable_identifier_are_not_called_the_same(
    connection: Connection, tmp_path: Path
) -> None:
    path = write(tmp_path / "ged251.csv", [event(1, id="?"), event(2, id="?"), event(3)])
    summary = load(connection, path, DATASET, keep_good=True)
    assert (summary.inserted, summary.rejected) == (1, 2)
    assert count(connection, "fault") == 2
    assert count(connection, "raw_row", "external_id IS NULL") == 2


FILES = {
    "wrong header": (b"event_id_cnty,fatalities\nMLI1,3\n", 1, "id", "has this column"),
    "empty": (b"", None, None, "the file is empty: it must have a header and rows"),
    "utf-16": ("id,year\n1,2\n".encode("utf-16"), 1, None, "is encoded as utf-8"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_table_of_ours_is_refused(
    connection: Connection, tmp_path: Path, name: str
) -> None:
    content, line, column, rule = FILES[name]
    path = tmp_path / "ged251.csv"
    path.write_bytes(content)
    with pytest.raises(RefusedFile) as refused:
        load(connection, path, DATASET)
    fault = refused.value.faults[0]
    assert (fault.line, fault.column) == (line, column)
    assert rule in fault.rule
    assert contents(connection) == [0] * 7
    assert count(connection, "fault") == len(refused.value.faults)


def spoilt(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    return path


def test_latin_1_is_a_fault_until_it_is_stated(connection: Connection, tmp_path: Path) -> None:
    path = write(tmp_path / "ged251.csv", [event(1)], encoding="latin-1")
    with pytest.raises(RefusedFile) as refused:
        load(connection, path, DATASET)
    (fault,) = refused.value.faults
    assert (fault.line, fault.column, fault.value) == (2, "adm_1", "Tillab\ufffdri region")
    assert "0xE9" in fault.rule
    load(connection, path, DATASET, encoding="latin-1")
    assert one(connection, "SELECT adm1 FROM liptako.incident") == "Tillabéri region"


def test_a_nul_byte_is_a_fault(connection: Connection, tmp_path: Path) -> None:
    path = write(tmp_path / "ged251.csv", [event(1), event(2, where_coordinates="Ina?tes")])
    with pytest.raises(RefusedFile) as refused:
        load(connection, spoilt(path, b"Ina?tes", b"Ina\0tes"), DATASET)
    (fault,) = refused.value.faults
    assert (fault.line, fault.column, fault.value) == (3, "where_coordinates", "Ina\\0tes")
    assert count(connection, "fault") == 1


def test_a_file_cut_off_is_refused(connection: Connection, tmp_path: Path) -> None:
    path = write(tmp_path / "ged251.csv", [event(1), event(2)])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RefusedFile) as refused:
        load(connection, path, DATASET)
    (fault,) = refused.value.faults
    assert fault.line == 3
    assert "cut off" in fault.rule


def test_a_byte_order_mark_and_a_missing_header_are_read(
    connection: Connection, tmp_path: Path
) -> None:
    path = write(tmp_path / "ged251.csv", [event(1)])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(connection, path, DATASET).inserted == 1
    bare = write(tmp_path / "GEDEvent_v25_0_1.csv", [event(2), event(3)])
    bare.write_bytes(bare.read_bytes().split(b"\n", 1)[1])
    assert load(connection, bare, DATASET).inserted == 2
    assert rows(
        connection, "SELECT min(line), max(line) FROM liptako.raw_row WHERE run_id = 2"
    ) == [(1, 2)]


def add_outline(connection: Connection) -> None:
    """A rectangle in the place of Niger."""
    with connection.begin():
        connection.execute(
            text(
                "WITH s AS (INSERT INTO liptako.source (code, name, kind, licence, attribution,"
                " redistributable) VALUES ('map', 'map', 'boundaries', 'x', 'x', true)"
                " RETURNING source_id) INSERT INTO liptako.boundary (kind, code, name, country,"
                " source_id, edition, geom) SELECT 'adm0', 'NER', 'Niger', 'NER', source_id, '1',"
                " ST_Multi(ST_MakeEnvelope(0.15, 11.69, 16.0, 23.53, 4326)) FROM s"
            )
        )


def test_longitude_and_latitude_swapped_are_a_fault_where_the_outline_is_known(
    connection: Connection, tmp_path: Path
) -> None:
    path = write(tmp_path / "ged251.csv", [event(1, longitude="15.2275", latitude="1.3135")])
    add_outline(connection)
    with pytest.raises(RefusedFile) as refused:
        load(connection, path, DATASET)
    (fault,) = refused.value.faults
    assert (fault.line, fault.column, fault.value) == (2, "longitude", "15.2275")
    assert "lies outside NER" in fault.rule
