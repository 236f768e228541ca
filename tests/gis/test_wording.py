"""Languages of a legend."""

from __future__ import annotations

from gis.wording import ENGLISH, Wording

DUTCH = Wording("nl", {"Air strike": "Luchtaanval", "border": "Rand", "Border": "Grens"})


def test_a_text_without_another_stays_english() -> None:
    assert (DUTCH.text("Border"), DUTCH.text("Place")) == ("Grens", "Place")


def test_a_word_of_a_list_may_mean_another_thing_than_the_text() -> None:
    assert (DUTCH.word("border"), DUTCH.word("air_strike")) == ("Rand", "Luchtaanval")


def test_words_in_a_row_have_one_capital() -> None:
    assert ENGLISH.words(["attack", "air_strike"]) == "Attack, air strike"
