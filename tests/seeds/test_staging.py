"""Records into staged rows: intervals as PostgreSQL writes them, distances in metres."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from db.vocabulary import ActorKind, PlacePrecision, TimePrecision
from db.write.staged import Batch
from gis.interval import Interval
from seeds.dataset import Context, Records
from seeds.formats.ucdp_ged import parse
from seeds.records import ActorRecord, AliasRecord, PlaceClaim, PlaceRecord, ReportRecord
from seeds.staging import actor_row, alias_rows, report_row, stage
from tests.seeds.ged import row


@pytest.mark.parametrize(
    "start, end, days",
    [
        (datetime(2019, 12, 10), datetime(2019, 12, 11), "[2019-12-10,2019-12-11)"),
        (datetime(2019, 12, 10, 9), datetime(2019, 12, 10, 18), "[2019-12-10,2019-12-11)"),
        (None, datetime(2019, 12, 11), "[,2019-12-11)"),
        (datetime(2019, 12, 10), None, "[2019-12-10,)"),
    ],
)
def test_days_are_those_an_interval_touches(
    start: datetime | None, end: datetime | None, days: str
) -> None:
    report = ReportRecord(
        code="r",
        source="s",
        title="t",
        published=Interval(start, end),
        published_precision=TimePrecision.DAY,
    )
    assert report_row(report).published == days


def test_an_undated_report_has_no_days() -> None:
    assert report_row(ReportRecord(code="r", source="s", title="t")).published is None


def test_aliases_are_rows_of_their_actor() -> None:
    actor = ActorRecord(
        code="is",
        name="Islamic State",
        kind=ActorKind.ARMED_GROUP,
        aliases=(AliasRecord(name="IS", dataset="ucdp-ged", external_id="234"),),
    )
    assert actor_row(actor)[:3] == ("is", "Islamic State", "armed_group")
    assert alias_rows(actor) == [("is", "IS", "ucdp-ged", "234", None)]


def test_an_incident_and_its_parts_share_a_line() -> None:
    event = parse(row(), Context("f", "r", {}))
    assert isinstance(event, Records)
    batch = Batch()
    stage(batch, 17, event.incident, event.external_id)
    (incident,) = batch.incidents
    assert incident.occurred == "[2021-03-15T00:00:00,2021-03-16T00:00:00)"
    assert (incident.line, incident.external_id, incident.radius_m) == (17, "4711", 5000.0)
    assert [role.line for role in batch.roles] == [17] * 2
    assert {estimate.line for estimate in batch.estimates} == {17}
    assert [claim.line for claim in batch.claims] == [17] * 5


def test_a_radius_that_is_stated_is_kept() -> None:
    event = parse(row(), Context("f", "r", {}))
    assert isinstance(event, Records)
    place = PlaceRecord(name="x", precision=PlacePrecision.NEAR, lon=1.0, lat=2.0, radius_m=500.0)
    claim = PlaceClaim(id="there", report="r", statement="x", place=place)
    batch = Batch()
    stage(batch, 1, replace(event.incident, claims=(claim,)), None)
    (staged,) = batch.claims
    assert (staged.lon, staged.lat, staged.radius_m) == (1.0, 2.0, 500.0)
