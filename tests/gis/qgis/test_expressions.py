"""Expressions of QGIS."""

from __future__ import annotations

from gis.depiction import Scale
from gis.qgis.expressions import column, condition, literal, size
from gis.symbol_classes import Kind, Test


def test_names_and_texts_are_quoted() -> None:
    assert column('a"b') == '"a""b"'
    assert literal("l'eau\\") == "'l''eau\\\\'"


def test_what_is_missing_is_told_from_what_is_not_in_a_list() -> None:
    tests = [Test(Kind.NOT_IN, "kind", ("a", "b")), Test(Kind.NOT_AT_LEAST, "low", (5.0,))]
    assert condition(tests) == (
        '("kind" IS NULL OR "kind" NOT IN (\'a\', \'b\')) AND ("low" IS NULL OR "low" < 5)'
    )


def test_a_size_grows_between_stops_and_knows_the_unknown() -> None:
    made = size(Scale("low", ((0, 96), (10, 192)), unknown=48))
    assert made == (
        'CASE WHEN "low" IS NULL THEN 12.7 '
        'WHEN "low" < 10 THEN scale_linear("low", 0, 10, 25.4, 50.8) ELSE 50.8 END'
    )
