"""Files into numbered rows: line numbers, encodings, and every way in which a file is broken."""

from __future__ import annotations

import csv
import hashlib
import io
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seeds.errors import RefusedFile, RowFault, SeedError
from seeds.rows import Row, identify, open_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows")


def read(folder: Path, content: bytes, encoding: str = "utf-8") -> list[Row | RowFault]:
    path = folder / "some.csv"
    path.write_bytes(content)
    with open_table(path, encoding=encoding) as table:
        return list(table.rows)


def refusal(folder: Path, content: bytes) -> tuple[RowFault, ...]:
    with pytest.raises(RefusedFile) as refused:
        read(folder, content)
    return refused.value.faults


def only_fault(rows: Sequence[Row | RowFault]) -> RowFault:
    (fault,) = (row for row in rows if isinstance(row, RowFault))
    return fault


def test_rows_are_numbered_by_their_first_line(folder: Path) -> None:
    rows = read(folder, b'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')
    assert rows == [Row(2, {"a": "1", "b": "x\r\ny"}), Row(5, {"a": "2", "b": "z"})]


def test_a_byte_order_mark_is_no_part_of_the_first_name(folder: Path) -> None:
    assert read(folder, b"\xef\xbb\xbfa,b\n1,2\n") == [Row(2, {"a": "1", "b": "2"})]


def test_accents_survive(folder: Path) -> None:
    assert read(folder, "a\nKeïta\n".encode()) == [Row(2, {"a": "Keïta"})]


def test_latin_1_is_not_guessed_but_named_by_line_column_and_byte(folder: Path) -> None:
    rows = read(folder, "id,name\n1,Mali\n2,Keïta\n3,Niger\n".encode("latin-1"))
    assert rows[0] == Row(2, {"id": "1", "name": "Mali"})
    assert rows[2] == Row(4, {"id": "3", "name": "Niger"})
    fault = only_fault(rows)
    assert (fault.file, fault.line, fault.column) == ("some.csv", 3, "name")
    assert fault.value == "Ke\ufffdta"
    assert "utf-8" in fault.rule
    assert "byte 5 of line 3 is 0xEF" in fault.rule


def test_an_encoding_may_be_stated(folder: Path) -> None:
    rows = read(folder, "a\nKeïta\n".encode("latin-1"), encoding="latin-1")
    assert rows == [Row(2, {"a": "Keïta"})]


@pytest.mark.parametrize("encoding", ["no-such-encoding", "utf-16", "base64"])
def test_an_encoding_that_cannot_be_used_is_refused(folder: Path, encoding: str) -> None:
    with pytest.raises(SeedError, match=encoding):
        read(folder, b"a\n1\n", encoding=encoding)


def test_a_nul_byte_is_a_fault_of_its_line(folder: Path) -> None:
    rows = read(folder, b"a,b\n1,x\n2,y\0z\n3,w\n")
    fault = only_fault(rows)
    assert (fault.line, fault.column, fault.value) == (3, "b", "y\\0z")
    assert "NUL" in fault.rule
    assert len(rows) == 3


def test_an_empty_file_is_refused(folder: Path) -> None:
    (fault,) = refusal(folder, b"")
    rule = "the file is empty: it must have a header and rows"
    assert fault == RowFault("some.csv", None, None, None, rule)


def test_a_file_of_blank_lines_is_empty(folder: Path) -> None:
    assert refusal(folder, b"\n\r\n")[0].rule == "the file is empty: it must have a header and rows"


def test_a_header_alone_has_no_rows(folder: Path) -> None:
    assert read(folder, b"a,b\n") == []


def test_a_file_cut_off_between_cells_says_so(folder: Path) -> None:
    rows = read(folder, b"a,b,c\n1,2,3\n4,5")
    fault = only_fault(rows)
    assert (fault.line, fault.column, fault.value) == (3, "c", None)
    assert "3 cells like the header, not 2" in fault.rule
    assert "cut off" in fault.rule


def test_a_file_cut_off_inside_a_quotation_says_so(folder: Path) -> None:
    rows = read(folder, b'a,b\n1,2\n3,"half of\na headl')
    fault = only_fault(rows)
    assert (fault.line, fault.column) == (3, None)
    assert "cut off" in fault.rule


def test_a_short_row_is_a_fault_of_the_first_column_without_a_cell(folder: Path) -> None:
    fault = only_fault(read(folder, b"a,b,c\n1,2\n3,4,5\n"))
    assert (fault.line, fault.column, fault.value) == (2, "c", None)
    assert "cut off" not in fault.rule


def test_a_long_row_shows_the_first_cell_without_a_column(folder: Path) -> None:
    fault = only_fault(read(folder, b"a,b\n1,2,3\n4,5\n"))
    assert (fault.line, fault.column, fault.value) == (2, None, "3")


def test_text_behind_a_quotation_is_a_fault_and_reading_goes_on(folder: Path) -> None:
    rows = read(folder, b'a,b\n1,"x"y\n2,z\n')
    assert only_fault(rows).line == 2
    assert rows[1] == Row(3, {"a": "2", "b": "z"})


def test_a_name_of_a_column_that_occurs_twice_is_refused(folder: Path) -> None:
    (fault,) = refusal(folder, b"id,best,best\n1,2,3\n")
    assert (fault.line, fault.column, fault.value) == (1, "best", "best")
    assert fault.rule == "the name of a column occurs once"


def test_an_unreadable_header_is_refused(folder: Path) -> None:
    (fault,) = refusal(folder, "id;größe\n1;2\n".encode("utf-16"))
    assert fault.line == 1
    assert "utf-8" in fault.rule


def test_a_long_value_is_cut(folder: Path) -> None:
    fault = only_fault(read(folder, b"a\n1," + b"x" * 500 + b"\n"))
    assert fault.value == "x" * 200


def test_a_missing_file_is_an_error_of_ours(folder: Path) -> None:
    with pytest.raises(SeedError, match=r"not-there\.csv cannot be read"):
        identify(folder / "not-there.csv")


def test_a_file_is_identified_by_its_bytes(folder: Path) -> None:
    path = folder / "bytes.csv"
    path.write_bytes(b"a" * 3_000_000)
    identity = identify(path)
    assert identity.sha256 == hashlib.sha256(b"a" * 3_000_000).hexdigest()
    assert (identity.name, identity.size_bytes) == ("bytes.csv", 3_000_000)


def test_a_file_without_a_header_is_read_by_the_names_it_is_given(folder: Path) -> None:
    path = folder / "bare.csv"
    path.write_bytes(b"1,2\n3,4\n")
    with open_table(
        path, headerless=lambda first: ("a", "b") if first[0] == "1" else None
    ) as table:
        assert table.columns == ("a", "b")
        assert list(table.rows) == [Row(1, {"a": "1", "b": "2"}), Row(2, {"a": "3", "b": "4"})]


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8
) | st.sampled_from(['"', '""', ",", "\n", 'a\n"b"\n', "é,", "'"])


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=6))
def test_what_is_written_is_read_with_the_line_it_starts_on(
    folder: Path, table: list[list[str]]
) -> None:
    texts = []
    for cells in [["a", "b", "c"], *table]:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        texts.append(text.getvalue())
    starts = accumulate((text.count("\n") for text in texts), initial=1)
    rows = read(folder, "".join(texts).encode())
    expected = [
        Row(start, dict(zip("abc", cells, strict=True)))
        for start, cells in zip(list(starts)[1:], table, strict=False)
    ]
    assert rows == expected


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"a,b\n1,2\n" + tail))
def test_any_bytes_give_rows_or_faults(folder: Path, content: bytes) -> None:
    last = content.count(b"\n") + 1
    for row in rows_or_refusal(folder, content):
        assert row.line is None or 1 <= row.line <= last


def rows_or_refusal(folder: Path, content: bytes) -> Sequence[Row | RowFault]:
    try:
        return read(folder, content)
    except RefusedFile as refused:
        return refused.faults
