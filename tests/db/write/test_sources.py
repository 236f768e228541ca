"""Sources and reports: stated by the catalogue, needed by a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from db.engine import connect
from db.write.places import UnknownCode
from db.write.sources import (
    ReportRow,
    SourceRow,
    need_report,
    need_source,
    write_reports,
    write_sources,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

PRESS = SourceRow("press", "Press", "news", None, "x", "x", True)
ACCOUNT = ReportRow(
    "account", "press", "Account", "[2019-12-12,2019-12-13)", "day", None, "fr", None, None
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as made:
        yield made


def test_only_what_differs_is_written(connection: Connection) -> None:
    assert write_sources(connection, [PRESS]).inserted == 1
    assert write_sources(connection, [PRESS]).unchanged == 1
    assert write_sources(connection, [PRESS._replace(redistributable=False)]).updated == 1
    assert write_reports(connection, [ACCOUNT]).inserted == 1
    assert write_reports(connection, [ACCOUNT]).unchanged == 1
    stored = connection.execute(text("SELECT published::text, language FROM liptako.report")).one()
    assert tuple(stored) == ("[2019-12-12,2019-12-13)", "fr")


def test_a_report_needs_its_source(connection: Connection) -> None:
    with pytest.raises(UnknownCode, match="press"):
        write_reports(connection, [ACCOUNT])


def test_what_a_dataset_needs_is_left_as_it_was_stated(connection: Connection) -> None:
    source_id = need_source(connection, PRESS)
    assert need_source(connection, PRESS._replace(name="Another name")) == source_id
    report_id = need_report(connection, ACCOUNT)
    assert need_report(connection, ACCOUNT._replace(title="Another title")) == report_id
    stored = connection.execute(text("SELECT name, title FROM liptako.source, liptako.report"))
    assert tuple(stored.one()) == ("Press", "Account")
