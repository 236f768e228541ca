"""Patterns: what is a wildcard in them is what was written as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, not_, select

from db.cql2.comparison import pattern_of
from db.cql2.nodes import Constant

if TYPE_CHECKING:
    from tests.db.cql2.asking import Asking


@pytest.mark.parametrize(
    "sign", ["\uff3c", "\ufe68", "\uff05", "\uff3f", "\\\uff05", "x\\\\\uff3c"]
)
def test_a_sign_that_becomes_a_wildcard_without_its_accents_stands_for_itself(
    asking: Asking, sign: str
) -> None:
    assert asking.matched("incidents", f"title LIKE accenti('{sign}')") == set()
    assert asking.matched("incidents", f"title LIKE accenti(casei('{sign}%'))") == set()


def test_no_sign_but_the_escaped_ones_becomes_a_wildcard_without_its_accents(
    asking: Asking,
) -> None:
    codes = select(func.generate_series(1, 0x1FFFF).label("code")).subquery().c.code
    sign, plain = func.chr(codes), func.unaccent(func.chr(codes))
    found = asking.connection.execute(
        select(sign, plain).where(
            not_(codes.between(0xD800, 0xDFFF)), plain.op("~")(r"[%_\\]"), sign != plain
        )
    ).all()
    assert found, "the rules of the dictionary have such signs"
    assert {plain for _, plain in found} <= {"%", "_", "\\"}
    untouched = {
        turned for turned, _ in found if pattern_of(Constant(turned))[0] != Constant(f"\\{turned}")
    }
    assert untouched == set()
