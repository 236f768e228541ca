from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from db.analyses import borders
from db.analyses.found import Found, MeasureRow
from db.analyses.parameters import By, SeriesParameters, SummedStatus
from db.analyses.run import APPLICATION, run_method, store
from db.analyses.series import METHOD
from db.engine import connect
from db.errors import InvalidQuery
from db.layers.derived import BORDER_DISTANCE, NEAREST
from gis.series import PeriodLength
from gis.sums import RangeModel
from tests.db.rows import (
    add_actor,
    add_estimate,
    add_incident,
    add_region,
    add_role,
    add_source,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = "MULTIPOLYGON(((0 14, 2 14, 2 16, 0 16, 0 14)))"


def asked(**chosen: Any) -> SeriesParameters:
    return SeriesParameters(**{"region": "here/square", "by": By.NONE, **chosen})


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def source(db: psycopg.Connection[Any]) -> int:
    source = add_source(db)
    add_region(db, source, "here", "square", SQUARE)
    return source


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def table(connection: Connection) -> list[dict[str, Any]]:
    """The rows of the published run: first and last day of the period, and its values."""
    found = connection.exec_driver_sql(
        "SELECT lower(period)::date::text AS since, upper(period)::date::text AS until, values"
        " FROM liptako.result JOIN liptako.analysis_run USING (run_id)"
        " WHERE layer = 'series' AND replaced_version IS NULL ORDER BY result_id"
    )
    return [{"since": row[0], "until": row[1], **row[2]} for row in found]


def columns(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_an_interval_counts_in_each_month_by_its_share(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    first = add_incident(db, source, "first", occurred="[2020-01-22,2020-02-11)")
    second = add_incident(db, source, "second", occurred="[2020-04-05,2020-04-06)")
    add_estimate(db, first, low=2, best=5, high=10)
    add_estimate(db, second, low=1, best=1, high=1)
    run_method(connection, METHOD, asked(period=PeriodLength.MONTH))
    rows = table(connection)
    assert columns(rows, "since", "until", "incidents") == [
        ("2020-01-01", "2020-02-01", 0.5),
        ("2020-02-01", "2020-03-01", 0.5),
        ("2020-03-01", "2020-04-01", 0),
        ("2020-04-01", "2020-05-01", 1),
    ]
    counts = columns(rows, "incidents_whole", "incidents_certain", "incidents_possible")
    assert counts == [(1, 0, 1), (0, 0, 1), (0, 0, 0), (1, 1, 1)]
    killed = columns(rows, "killed_low", "killed_best", "killed_best_whole", "killed_high")
    assert killed == [(0, 2.5, 3, 10), (0, 2.5, 2, 10), (0, 0, 0, 0), (1, 1, 1, 1)]
    assert columns(rows[3:], "killed_dependent_low", "killed_independent_high") == [(1, 1)]


def test_the_interval_asked_for_cuts_the_periods_and_the_shares(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, "first", occurred="[2020-01-22,2020-02-11)")
    run_method(
        connection, METHOD, asked(period=PeriodLength.MONTH, datetime="2020-02-01/2020-02-05")
    )
    (row,) = table(connection)
    assert (row["since"], row["until"], row["incidents"]) == ("2020-02-01", "2020-02-06", 0.25)
    assert (row["incidents_certain"], row["incidents_possible"]) == (0, 1)


def test_a_figure_that_is_not_known_is_counted_and_opens_the_upper_bound(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number, (low, best, high) in enumerate(
        [(25, None, None), (None, 100, None), (1, 2, 3), (None, None, None)]
    ):
        incident = add_incident(db, source, f"of-{number}")
        if (low, best, high) != (None, None, None):
            add_estimate(db, incident, low=low, best=best, high=high)
    run_method(connection, METHOD, asked(period=PeriodLength.ALL))
    (row,) = table(connection)
    assert (row["killed_low"], row["killed_high"]) == (26, None)
    assert (row["killed_open"], row["killed_unknown"]) == (2, 1)
    assert (row["killed_dependent_low"], row["killed_dependent_high"]) == (1, 3)


def test_parts_and_aggregates_are_not_added_to_what_includes_them(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    whole = add_incident(db, source, "whole")
    part = add_incident(db, source, "part", part_of=whole)
    total = add_incident(db, source, "total", kind="aggregate")
    of_total = add_incident(db, source, "of-total", part_of=total)
    for incident, figure in ((whole, 12), (part, 7), (total, 100), (of_total, 3)):
        add_estimate(db, incident, low=figure, best=figure, high=figure)
    run_method(connection, METHOD, asked())
    (row,) = table(connection)
    assert (row["incidents"], row["killed_low"], row["killed_high"]) == (2, 15, 15)


def test_figures_that_a_dataset_has_out_of_order_are_a_range_that_holds_them_all(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    incident = add_incident(db, source)
    add_estimate(db, incident, low=7, best=3, high=1, rule="as_published")
    run_method(connection, METHOD, asked(model=RangeModel.PERT))
    (row,) = table(connection)
    assert (row["killed_low"], row["killed_best"], row["killed_high"]) == (1, 3, 7)
    assert row["killed_model"] == "pert"


def test_groups_add_up_and_what_has_none_is_a_group_of_its_own(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number, country in enumerate(("NER", "NER", "BFA", None)):
        add_incident(db, source, f"in-{number}", country=country)
    run_method(connection, METHOD, asked(by=By.COUNTRY))
    assert columns(table(connection), "group", "incidents") == [("BFA", 1), ("NER", 2), (None, 1)]


def test_units_of_the_same_name_in_two_countries_are_two(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number, (country, unit) in enumerate((("NER", "Est"), ("BFA", "Est"), ("BFA", None))):
        add_incident(db, source, f"in-{number}", country=country, adm1=unit)
    run_method(connection, METHOD, asked(by=By.ADM1))
    assert columns(table(connection), "group", "incidents") == [
        ("BFA: Est", 1),
        ("NER: Est", 1),
        (None, 1),
    ]


def test_an_incident_counts_under_each_of_its_actors(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    fought = add_incident(db, source, "fought")
    add_incident(db, source, "alone")
    for name in ("Army", "Group"):
        actor = add_actor(db, name)
        for role in ("party", "target"):
            add_role(db, fought, actor, role)
    run_method(connection, METHOD, asked(by=By.ACTOR))
    assert columns(table(connection), "group", "incidents", "incidents_whole") == [
        ("Army", 1, 1),
        ("Group", 1, 1),
        (None, 1, 1),
    ]


def test_a_band_that_the_place_only_allows_is_possible_and_not_certain(
    db: psycopg.Connection[Any], connection: Connection, source: int, database_url: str
) -> None:
    measures = []
    for code, (value, low, high) in {
        "near": (4_000.0, 1_000.0, 9_000.0),
        "between": (9_000.0, 4_000.0, 14_000.0),
        "at-limit": (10_000.0, 10_000.0, 10_000.0),
    }.items():
        measures.append(
            MeasureRow(
                name=BORDER_DISTANCE,
                incident_id=add_incident(db, source, code),
                target=NEAREST,
                unit="m",
                outcome="computed",
                value=value,
                low=low,
                high=high,
            )
        )
    add_incident(db, source, "nowhere-near")
    with connect(database_url, application=APPLICATION) as writing:
        store(
            writing, borders.METHOD, Found(chosen={}, data_version=1, counts={}, measures=measures)
        )
        writing.commit()
    run_method(connection, METHOD, asked(by=By.BORDER_BAND, within_km=(50.0, 10.0)))
    rows = table(connection)
    assert columns(rows, "group", "incidents", "incidents_certain", "incidents_possible") == [
        ("0-10 km", 3, 2, 3),
        ("10-50 km", 0, 0, 1),
        ("over 50 km", 0, 0, 0),
        (None, 1, 1, 1),
    ]


def test_an_incident_is_in_each_band_with_its_probability_where_there_is_one(
    db: psycopg.Connection[Any], connection: Connection, source: int, database_url: str
) -> None:
    measure = MeasureRow(
        name=BORDER_DISTANCE,
        incident_id=add_incident(db, source, "between"),
        target=NEAREST,
        unit="m",
        outcome="computed",
        value=9_000.0,
        low=0.0,
        high=30_000.0,
        detail={"p_within_10_km": 0.5, "p_within_20_km": 0.75},
    )
    with connect(database_url, application=APPLICATION) as writing:
        store(
            writing, borders.METHOD, Found(chosen={}, data_version=1, counts={}, measures=[measure])
        )
        writing.commit()
    counts = ("group", "incidents", "incidents_certain", "incidents_possible")
    run_method(connection, METHOD, asked(by=By.BORDER_BAND, within_km=(10.0, 20.0)))
    assert columns(table(connection), *counts) == [
        ("0-10 km", 0.5, 0, 1),
        ("10-20 km", 0.25, 0, 1),
        ("over 20 km", 0.25, 0, 1),
    ]
    # Of other limits it has no probabilities.
    run_method(connection, METHOD, asked(by=By.BORDER_BAND, within_km=(10.0, 25.0)))
    assert columns(table(connection), *counts) == [
        ("0-10 km", 1, 0, 1),
        ("10-25 km", 0, 0, 1),
        ("over 25 km", 0, 0, 1),
    ]


def test_other_people_than_all_can_be_added_up(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    incident = add_incident(db, source)
    add_estimate(db, incident, low=9, best=9, high=9)
    add_estimate(db, incident, low=4, best=4, high=4, person_status="civilian")
    run_method(connection, METHOD, asked(person_status=SummedStatus.CIVILIAN))
    (row,) = table(connection)
    assert (row["person_status"], row["killed_low"], row["killed_high"]) == ("civilian", 4, 4)


def test_an_open_end_is_left_out_and_counted(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, "open", occurred="[2020-01-01,)")
    add_incident(db, source, "undated", occurred=None, time_precision="unknown")
    outcome = run_method(connection, METHOD, asked())
    assert outcome.counts["not dated at both ends"] == 2
    assert outcome.counts["incidents"] == outcome.counts["rows"] == 0


def test_a_table_of_too_many_rows_is_refused(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    add_incident(db, source, "early", occurred="[1600-01-01,1600-01-02)")
    add_incident(db, source, "late", occurred="[2020-01-01,2020-01-02)")
    with pytest.raises(InvalidQuery) as refused:
        run_method(connection, METHOD, asked(period=PeriodLength.DAY))
    assert refused.value.parameter == "period"


def test_the_same_data_give_the_same_rows(
    db: psycopg.Connection[Any], connection: Connection, source: int
) -> None:
    for number in range(20):
        day = f"2020-0{number % 9 + 1}-1{number % 3}"
        incident = add_incident(db, source, f"of-{number}", occurred=f"[{day},2020-12-31)")
        add_estimate(db, incident, low=number, best=number + 2, high=number * 3 + 2)
    first = METHOD.compute(connection, asked(), lambda share, doing: None)
    second = METHOD.compute(connection, asked(), lambda share, doing: None)
    assert list(first.results["series"]) == list(second.results["series"])
    assert first.input_sha256 == second.input_sha256
