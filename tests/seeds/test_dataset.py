"""Editions of a dataset, stated or named."""

from __future__ import annotations

import pytest

from seeds.dataset import parse_edition
from seeds.errors import SeedError
from seeds.formats.ucdp_ged import DATASET


@pytest.mark.parametrize(
    "text, edition",
    [("25.1", "25.1"), ("v25_1", "25.1"), (" 24.0.01 ", "24.0.1"), ("7", "7")],
)
def test_an_edition_is_numbers_with_dots(text: str, edition: str) -> None:
    assert parse_edition(text) == edition


@pytest.mark.parametrize("text", ["", "newest", "25.", "25.1b", "٢٥.١", "1" * 9])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SeedError, match="numbers with dots"):
        parse_edition(text)


def test_what_is_stated_goes_before_the_name_of_the_file() -> None:
    assert DATASET.edition("ged191.csv", "19.2") == "19.2"
    assert DATASET.edition("ged191.csv", None) == "19.1"
