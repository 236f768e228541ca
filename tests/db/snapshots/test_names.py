from __future__ import annotations

import pytest

from db.errors import InvalidQuery
from db.snapshots.names import check_name, is_name


@pytest.mark.parametrize("name", ["v1", "V1.0", "review_2020-01-11", "a", "x" * 64])
def test_a_name_begins_with_a_letter(name: str) -> None:
    check_name(name)
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "1", "2020", "2020-01-11", "20200111", "2020-01-11T10:00:00Z", "-a", ".a", "_a"),
        *("a b", "a/b", "à", "a\n", "x" * 65, "..", "a?b"),
    ],
)
def test_what_could_be_a_date_or_no_word_of_an_address_is_refused(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(InvalidQuery, match="begins with a letter"):
        check_name(name)
