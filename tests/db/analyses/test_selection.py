from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest

from db.analyses.parameters import Selection
from db.analyses.selection import read_incidents, terms_of
from db.engine import connect
from db.errors import InvalidQuery
from tests.db.rows import add_estimate, add_incident, add_region, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SQUARE = "MULTIPOLYGON(((0 14, 2 14, 2 16, 0 16, 0 14)))"


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as db:
        yield db


@pytest.fixture
def keys(db: psycopg.Connection[Any]) -> list[int]:
    source = add_source(db)
    add_region(db, source, "here", "square", SQUARE)
    first = add_incident(
        db,
        source,
        "first",
        geom="SRID=4326;POINT(1 15)",
        radius_m=500,
        occurred="[2020-01-01 00:00,2020-01-02 00:00)",
        country="NER",
    )
    far = add_incident(
        db, source, "far", geom="SRID=4326;POINT(5 15)", occurred="[2021-01-01 00:00,)"
    )
    part = add_incident(db, source, "part", geom="SRID=4326;POINT(1 15)", part_of=first)
    add_estimate(db, first, low=25, best=None, high=None)
    return [first, far, part]


@pytest.fixture
def connection(database_url: str, keys: list[int]) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


def test_a_selection_without_conditions_is_every_incident_but_the_parts(
    connection: Connection, keys: list[int]
) -> None:
    found = read_incidents(connection, Selection(), fields=("killed_low", "killed_high", "country"))
    assert found.key.tolist() == keys[:2]
    assert found.lon.tolist() == [1.0, 5.0]
    assert found.start[0] == 18262.0
    assert found.end[0] == 18263.0
    assert np.isnan(found.end[1])
    assert found.fields["killed_low"][0] == 25.0
    assert np.isnan(found.fields["killed_high"]).all()
    assert found.fields["country"].tolist() == ["NER", None]


def test_parts_take_part_where_wanted(connection: Connection, keys: list[int]) -> None:
    assert read_incidents(connection, Selection(), with_parts=True).key.tolist() == keys


@pytest.mark.parametrize(
    "chosen",
    [
        Selection(region="here"),
        Selection(region="here/square"),
        Selection(datetime="2020-01"),
        Selection(filter="country = 'NER'"),
    ],
)
def test_each_condition_narrows(connection: Connection, keys: list[int], chosen: Selection) -> None:
    assert read_incidents(connection, chosen).key.tolist() == keys[:1]


def test_as_of_a_time_before_the_first_record_there_is_nothing(connection: Connection) -> None:
    found = read_incidents(connection, Selection(asof="1999-01-01"))
    assert found.size == 0
    assert found.lon.dtype == np.float64
    assert terms_of(connection, found).licence is None


@pytest.mark.parametrize(
    "chosen, named",
    [
        (Selection(region="nowhere"), "region"),
        (Selection(datetime="soon"), "datetime"),
        (Selection(asof="9000-01-01"), "asof"),
        (Selection(filter="no_field = 1"), "filter"),
    ],
)
def test_what_is_wrong_is_named(connection: Connection, chosen: Selection, named: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        read_incidents(connection, chosen)
    assert refused.value.parameter == named


def test_the_identity_of_the_input_changes_with_it(
    connection: Connection, db: psycopg.Connection[Any]
) -> None:
    before = read_incidents(connection, Selection(), fields=("title",))
    assert before.sha256 == read_incidents(connection, Selection(), fields=("title",)).sha256
    connection.rollback()
    db.execute("UPDATE liptako.incident SET title = 'Another' WHERE code = 'far'")
    assert before.sha256 != read_incidents(connection, Selection(), fields=("title",)).sha256


@pytest.mark.parametrize(
    "given, rule",
    [({}, "coded"), ({"known_by": "2020-01-11"}, "envelope"), ({"rule": "latest"}, "latest")],
)
def test_the_rule_of_its_figures_is_stored_with_a_run(given: dict[str, str], rule: str) -> None:
    assert Selection(**given).model_dump(mode="json")["rule"] == rule  # type: ignore[arg-type]


def test_figures_are_read_by_the_rule_and_as_known_by_a_day(shipped_database: str) -> None:
    names = ("incident", "killed_forces_low", "killed_forces_high")

    def figures(**given: str) -> dict[str, tuple[float, float]]:
        chosen = Selection(filter="incident LIKE 'inates-2019-12%'", **given)  # type: ignore[arg-type]
        with connect(shipped_database) as connection:
            found = read_incidents(connection, chosen, fields=names)
        columns = (found.fields[name].tolist() for name in names)
        return {code: (low, high) for code, low, high in zip(*columns, strict=True)}

    code = "inates-2019-12-10"
    assert figures(rule="latest") == {code: (71, 71)}
    assert figures(rule="latest", known_by="2020-01-11") == {code: (71, 79)}
    assert figures(known_by="2019-12-14") == {}


def test_a_day_that_is_none_is_refused(shipped_database: str) -> None:
    with connect(shipped_database) as connection, pytest.raises(InvalidQuery) as refused:
        read_incidents(connection, Selection(known_by="soon"))
    assert refused.value.parameter == "known_by"
