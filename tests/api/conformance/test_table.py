"""The table of conformance and the tests agree."""

from __future__ import annotations

from tests.api.conformance.abstract_tests import ABSTRACT_TESTS
from tests.api.conformance.table import PAGE, page, proofs


def test_every_abstract_test_is_proved_and_no_other_is_claimed() -> None:
    assert set(proofs()) == set(ABSTRACT_TESTS)


def test_the_page_is_up_to_date() -> None:
    told = "docs/conformance.md is old: run .venv/bin/python -m tests.api.conformance.table"
    assert PAGE.read_text("utf-8") == page(), told
