"""The language of a legend: the parameter, then the header, then English."""

from __future__ import annotations

import pytest

from api.languages import wording_asked
from db.errors import InvalidQuery


@pytest.mark.parametrize(
    "lang, accept, code",
    [
        (None, None, "en"),
        (None, "", "en"),
        (None, "de", "en"),
        (None, "fr", "fr"),
        (None, "fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        (None, "en;q=0.5, fr;q=0.4", "en"),
        (None, "fr;q=0, en;q=0.1", "en"),
        (None, "fr;q=many", "fr"),
        ("en", "fr", "en"),
        ("fr", "en", "fr"),
    ],
)
def test_who_asks_gets_a_language_that_there_is(
    lang: str | None, accept: str | None, code: str
) -> None:
    assert wording_asked(lang, accept).code == code


def test_a_language_that_there_is_not_is_refused_by_name_only() -> None:
    with pytest.raises(InvalidQuery, match="it is one of en, fr"):
        wording_asked("de", None)
