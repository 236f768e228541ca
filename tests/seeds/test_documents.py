from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from seeds.documents import Document, parse_document, read_document, shown, validated
from seeds.errors import RefusedFile, SeedError
from seeds.records import IncidentRecord

if TYPE_CHECKING:
    from pathlib import Path

INCIDENT = TypeAdapter(IncidentRecord)


def refusal(text: str) -> tuple[int | None, str]:
    with pytest.raises(RefusedFile) as caught:
        parse_document(text, "a.yaml")
    (fault,) = caught.value.faults
    return fault.line, fault.rule


@pytest.mark.parametrize(
    "written", ["2019-12-10", "12:30", "no", "1_000", "007", "2012", "1e3", "yes", "0x1f", "NaN"]
)
def test_a_value_stays_the_text_that_is_written(written: str) -> None:
    assert parse_document(f"a: {written}", "a.yaml").content == {"a": written}


@pytest.mark.parametrize(
    "written, value",
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("''", ""),
        ("'null'", "null"),
        ("|\n  null", "null"),
        ("nil", "nil"),
    ],
)
def test_only_a_plain_null_is_nothing(written: str, value: str | None) -> None:
    assert parse_document(f"a: {written}", "a.yaml").content == {"a": value}


def test_lines_are_those_of_keys_and_items() -> None:
    document = parse_document("a:\n  - b: 1\n    c:\n      x\n  - 2\n", "a.yaml")
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 0, "b"): 2,
        ("a", 0, "c"): 3,
        ("a", 1): 5,
    }


def test_a_fault_shows_value_and_path_and_the_nearest_line() -> None:
    document = parse_document("a:\n  - b: oops\n", "a.yaml")
    fault = document.fault(("a", 0, "b"), "r")
    assert (fault.line, fault.column, fault.value) == (2, "a[0].b", "oops")
    missing = document.fault(("a", 0, "c", 4), "r")
    assert (missing.line, missing.column, missing.value) == (2, "a[0].c[4]", None)
    assert document.fault((), "r").column is None


def test_a_long_value_is_cut_in_a_fault() -> None:
    document = parse_document("a: " + "x" * 500, "a.yaml")
    assert document.fault(("a",), "r").value == "x" * 200


def test_an_empty_file_holds_nothing() -> None:
    document = parse_document("# nothing here\n", "a.yaml")
    assert document == Document("a.yaml", None, {(): 1})
    with pytest.raises(RefusedFile, match="it is a record of keys and values"):
        validated(document, INCIDENT)


def test_an_alias_is_refused() -> None:
    line, rule = refusal("a: &x 1\nb: *x\n")
    assert (line, rule) == (2, "a value is written out, not aliased")


def test_a_recursive_alias_is_refused() -> None:
    assert refusal("&x a: *x")[1] == "a value is written out, not aliased"


@pytest.mark.parametrize("tag", ["!!int", "!!python/object:os.system", "!own"])
def test_a_tag_is_refused(tag: str) -> None:
    assert refusal(f"a: 1\nb: {tag} x\n") == (2, "a value bears no tag")


def test_a_key_that_stands_twice_is_refused() -> None:
    assert refusal("a: 1\nlow: 3\nlow: 4\n") == (3, "a key stands once")


def test_a_key_that_is_no_word_is_refused() -> None:
    assert refusal("? [a, b]\n: 1\n") == (1, "a key is a word")


def test_deep_nesting_is_refused_and_exhausts_nothing() -> None:
    assert refusal("[" * 100_000) == (1, "it is nested at most 20 deep")


def test_two_documents_in_a_file_are_refused() -> None:
    line, rule = refusal("a: 1\n---\nb: 2\n")
    assert line == 2
    assert rule.startswith("it must be YAML")


def test_a_syntax_error_names_its_line() -> None:
    line, rule = refusal("a: 1\nb: [1, 2\nc: 3\n")
    assert line == 3
    assert rule.startswith("it must be YAML")


def test_a_control_character_is_refused() -> None:
    assert refusal("a: \x07")[1].startswith("it must be YAML")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes("nom: Tillabéri".encode("latin-1"))
    with pytest.raises(RefusedFile, match="UTF-8"):
        read_document(tmp_path / "a.yaml")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="cannot be read"):
        read_document(tmp_path / "a.yaml")


def test_an_interval_written_as_a_mapping_is_refused() -> None:
    text = "\n".join(
        [
            "code: x",
            "title: t",
            "event_type: attack",
            "place: {name: x, precision: country}",
            "time:",
            "  precision: day",
            "  occurred: {start: 2019-12-11, end: 2019-12-10}",
        ]
    )
    with pytest.raises(RefusedFile, match="interval"):
        validated(parse_document(text, "x.yaml"), INCIDENT)


def test_a_path_is_shown_as_a_person_writes_it() -> None:
    assert shown(("claims", 3, "place", "name")) == "claims[3].place.name"
    assert shown((2, "code")) == "[2].code"


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_document_or_refused(text: str) -> None:
    assert _outcome(text) in {"document", "refused"}


def _outcome(text: str) -> str:
    try:
        parse_document(text, "a.yaml")
    except RefusedFile:
        return "refused"
    return "document"


CELLS = st.sampled_from(["", "x", "12", "attack", "2019", "place", "casualties", "geonames:1"])
KEYS = st.sampled_from(
    ["code", "title", "event_type", "time", "place", "claims", "kind", "id", "low", "occurred"]
)
CONTENTS = st.recursive(
    st.none() | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=15,
)


@settings(deadline=None)
@given(CONTENTS)
def test_any_content_is_a_record_or_refused_with_faults(content: object) -> None:
    document = Document("a.yaml", content, {(): 1})
    with pytest.raises(RefusedFile) as caught:
        validated(document, INCIDENT)
    assert all(fault.line == 1 and fault.rule for fault in caught.value.faults)
