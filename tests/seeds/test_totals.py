from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from db.vocabulary import (
    EstimateRule,
    EventType,
    Harm,
    PersonStatus,
    PlacePrecision,
    TimePrecision,
)
from seeds.records import EstimateRecord, IncidentRecord, PlaceRecord, TimeRecord
from seeds.totals import SEPARATE, with_totals


def incident(*estimates: EstimateRecord) -> IncidentRecord:
    return IncidentRecord(
        code="x",
        title="x",
        event_type=EventType.ATTACK,
        time=TimeRecord(occurred=None, precision=TimePrecision.UNKNOWN),
        place=PlaceRecord(name=None, precision=PlacePrecision.UNKNOWN),
        estimates=estimates,
    )


def killed(
    status: PersonStatus, low: int | None = None, best: int | None = None, high: int | None = None
) -> EstimateRecord:
    return EstimateRecord(harm=Harm.KILLED, person_status=status, low=low, best=best, high=high)


def total(*estimates: EstimateRecord) -> tuple[int | None, int | None, int | None] | None:
    made = [e for e in with_totals(incident(*estimates)).estimates if e not in estimates]
    assert all(e.rule is EstimateRule.SUM_OF_PARTS for e in made)
    return (made[0].low, made[0].best, made[0].high) if made else None


def test_a_total_is_at_least_the_sum_of_what_is_known_at_least() -> None:
    soldiers = killed(PersonStatus.STATE_FORCES, low=89, best=89)
    assert total(soldiers, killed(PersonStatus.MILITANT, best=63)) == (89, 152, None)


def test_a_part_without_best_leaves_the_best_of_the_total_open() -> None:
    soldiers = killed(PersonStatus.STATE_FORCES, low=71)
    assert total(soldiers, killed(PersonStatus.MILITANT, low=0, best=3, high=9)) == (71, None, None)


def test_an_upper_bound_of_the_parts_bounds_nobody_else() -> None:
    assert total(killed(PersonStatus.STATE_FORCES, 12, 12, 12)) == (12, 12, None)


def test_a_stated_total_is_left_alone() -> None:
    assert total(killed(PersonStatus.ALL, low=5), killed(PersonStatus.CIVILIAN, low=9)) is None


def test_nothing_is_made_of_nothing() -> None:
    assert total() is None
    assert total(killed(PersonStatus.CIVILIAN, high=5)) is None
    assert total(killed(PersonStatus.SIDE_A, low=5)) is None


figures = st.lists(st.integers(0, 500), min_size=3, max_size=3).map(sorted)


@given(st.dictionaries(st.sampled_from(sorted(SEPARATE)), figures, min_size=1))
def test_a_total_is_in_order_and_never_below_a_part(parts: dict[PersonStatus, list[int]]) -> None:
    made = total(*(killed(status, *figure) for status, figure in parts.items()))
    assert made is not None
    low, best, high = made
    assert low is not None
    assert best is not None
    assert high is None
    assert max(figure[0] for figure in parts.values()) <= low <= best
