from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from db.errors import InvalidQuery
from db.knowledge import CODED, KNOWN_BY, RULE, Knowledge, parse_knowledge
from db.layers.catalogue import LAYERS
from db.query import rows_of
from gis.estimates import Rule

if TYPE_CHECKING:
    from db.layers.layer import Layer


def test_without_parameters_it_is_what_the_coder_concluded() -> None:
    assert parse_knowledge(None, None) == CODED
    assert parse_knowledge("coded", None) == CODED
    assert str(CODED) == ""


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule is not Rule.CODED])
def test_a_rule_and_a_day_are_read_as_they_are_written(rule: Rule) -> None:
    found = parse_knowledge(rule.value, "2020-01-11")
    assert found == Knowledge(rule, date(2020, 1, 11))
    assert str(found) == f"rule={rule.value}&known_by=2020-01-11"


def test_a_day_without_a_rule_is_read_by_the_envelope() -> None:
    assert parse_knowledge(None, "2020-01-11") == Knowledge(Rule.ENVELOPE, date(2020, 1, 11))


@pytest.mark.parametrize(
    "rule, known_by, parameter, told",
    [
        ("envelop", None, RULE, "did you mean 'envelope'"),
        ("", None, RULE, "it is one of coded, envelope"),
        ("coded", "2020-01-11", RULE, "rests on all reports"),
        (None, "2020-01", KNOWN_BY, "it is a date"),
        (None, "2020-02-30", KNOWN_BY, "it is a date"),
        (None, "2020-01-11T12:00:00Z", KNOWN_BY, "it is a date"),
        (None, "٢٠٢٠-٠١-١١", KNOWN_BY, "it is a date"),
        (None, "", KNOWN_BY, "it is a date"),
    ],
)
def test_what_is_refused(rule: str | None, known_by: str | None, parameter: str, told: str) -> None:
    with pytest.raises(InvalidQuery, match=told) as refused:
        parse_knowledge(rule, known_by)
    assert refused.value.parameter == parameter


def test_today_is_known_and_tomorrow_is_not() -> None:
    today = datetime.now(UTC).date()
    assert parse_knowledge(None, today.isoformat()).known_by == today
    with pytest.raises(InvalidQuery, match="future"):
        parse_knowledge(None, (today + timedelta(days=1)).isoformat())


def test_a_layer_that_rests_on_no_reports_has_no_knowledge() -> None:
    borders = LAYERS["borders"]
    assert borders.knowledge == ()
    with pytest.raises(InvalidQuery, match="rests on no reports"):
        rows_of(borders, None, Knowledge(Rule.LATEST))


@pytest.mark.parametrize("layer", [one for one in LAYERS.values() if one.knowledge])
def test_layers_that_take_it_have_the_same_columns_in_either_way(layer: Layer) -> None:
    names = [field.name for field in layer.fields]
    for few in (True, False):
        rows = rows_of(layer, None, Knowledge(Rule.LATEST, date(2020, 1, 11)), few=few)
        assert list(rows.columns) == names
