"""QGIS itself opens every view as somebody who may read the layers and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from db.engine import connect
from db.layers.catalogue import LAYERS
from db.layers.sheets import sheet_of
from db.migrate import upgrade
from db.roles import EDITING, READING, grant
from db.views.definition import remark, view_name
from gis.fields import Kind, Role
from gis.wording import ENGLISH
from tests.db.rows import add_claim, add_incident, add_report, add_source
from tests.pyqgis.session import Qgis, QgisLayer, postgres_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from db.layers.layer import Layer

TYPES = {
    Kind.TEXT: "text",
    Kind.INTEGER: "int8",
    Kind.COUNT: "int8",
    Kind.NUMBER: "float8",
    Kind.DATE: "date",
    Kind.DATETIME: "timestamp",
    Kind.TEXTS: "_text",
}
READER, EDITOR, PASSWORD = "liptako_test_reader", "liptako_test_drawer", "not a secret"


@pytest.fixture(scope="module")
def reader(shipped_database: str) -> Iterator[str]:
    """Give the URL by which a reader reaches all that is shipped."""
    upgrade(shipped_database)  # styles are found by the name of the database, which is a copy
    with connect(shipped_database) as connection:
        grant(connection, READER, PASSWORD, READING)
        connection.commit()
    host = urlsplit(shipped_database).netloc.rpartition("@")[2]
    yield urlsplit(shipped_database)._replace(netloc=f"{READER}:not%20a%20secret@{host}").geturl()
    with psycopg.connect(shipped_database, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {READER}".encode())
        connection.execute(f"DROP ROLE {READER}".encode())


def opened(qgis: Qgis, reader: str, layer: Layer, subset: str = "") -> QgisLayer:
    url = reader.replace("not%20a%20secret", PASSWORD)
    uri = postgres_uri(url, view_name(layer), geometry=layer.geometry, subset=subset)
    return qgis.open(uri, "postgres")


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_every_view_opens_with_its_count_types_system_and_remarks(
    qgis: Qgis, reader: str, layer: Layer
) -> None:
    view = opened(qgis, reader, layer)
    found = view.described
    assert found["valid"], found["error"]
    with psycopg.connect(reader) as connection:
        counted = connection.execute(f"SELECT count(*) FROM {view_name(layer)}".encode()).fetchone()
    assert counted is not None
    assert found["count"] == counted[0] > 0
    assert found["geometry"] == (layer.geometry or "NoGeometry")
    assert found["crs"] == ("EPSG:4326" if layer.geometry else "")
    assert view.types == {"id": "int8", **{each.name: TYPES[each.kind] for each in layer.fields}}
    assert found["metadata"]["abstract"] == f"{layer.title}. {layer.description}"
    comments = {name: field["comment"] for name, field in found["fields"].items()}
    assert {each.name: remark(each) for each in layer.fields}.items() <= comments.items()


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_every_view_arrives_with_its_style_its_titles_and_its_time(
    qgis: Qgis, reader: str, layer: Layer
) -> None:
    view = opened(qgis, reader, layer)
    found = view.style(None)
    assert found["done"], found["message"]
    aliases = {each.name: found["fields"][each.name]["alias"] for each in layer.fields}
    assert aliases == {each.name: each.title for each in layer.fields}
    roles = {each.role: each.name for each in layer.fields}
    assert found["temporal"]["active"] == (Role.START in roles)
    if Role.START in roles:
        assert found["temporal"]["start"] == roles[Role.START]
        assert found["temporal"]["end"] == roles[Role.END]
    styles = sheet_of(layer).styles.values()
    titles = {ENGLISH.text(style.title) for style in styles}
    assert titles <= set(view.styles_at_hand())
    assert layer.geometry is None or found["legend"]


def test_a_month_of_the_temporal_controller_is_that_month(qgis: Qgis, reader: str) -> None:
    view = opened(qgis, reader, LAYERS["incidents"])
    view.style(None)
    shown = view.frame("2019-12-01T00:00:00", "2020-01-01T00:00:00")
    with psycopg.connect(reader) as connection:
        found = connection.execute(
            "SELECT id FROM incidents WHERE coalesce(event_start < '2020-01-01', true)"
            " AND coalesce(event_end > '2019-12-01', true)"
        ).fetchall()
    assert sorted(each["id"] for each in shown) == sorted(number for (number,) in found)
    assert 0 < len(found) < 1000


def test_missing_is_null_and_never_zero_and_moments_are_civil_time(qgis: Qgis, reader: str) -> None:
    view = opened(qgis, reader, LAYERS["incidents"])
    asked = "SELECT incident, killed_low, killed_high, event_start, event_end FROM incidents"
    with psycopg.connect(reader) as connection:
        stored = {row[0]: row[1:] for row in connection.execute(asked.encode())}
    fields = ["incident", "killed_low", "killed_high", "event_start", "event_end"]
    read = {each.values["incident"]: each.values for each in view.features(fields=fields)}
    assert read.keys() == stored.keys()
    for name, (low, high, start, end) in stored.items():
        assert (read[name]["killed_low"], read[name]["killed_high"]) == (low, high)
        for field, moment in (("event_start", start), ("event_end", end)):
            assert read[name][field] == (None if moment is None else moment.isoformat())
    assert any(high is None for _, high, *_ in stored.values())


def test_a_box_and_a_frame_of_time_show_what_is_in_them(qgis: Qgis, reader: str) -> None:
    view = opened(qgis, reader, LAYERS["incidents"])
    frame = (
        '("event_start" < make_datetime(2020,2,1,0,0,0) OR "event_start" IS NULL) AND '
        '("event_end" > make_datetime(2018,12,1,0,0,0) OR "event_end" IS NULL)'
    )
    shown = view.features(rect=(-1, 13, 3, 16), where=frame, fields=["id"])
    with psycopg.connect(reader) as connection:
        found = connection.execute(
            "SELECT id FROM incidents WHERE geom && ST_MakeEnvelope(-1, 13, 3, 16, 4326)"
            " AND coalesce(event_start < '2020-02-01', true)"
            " AND coalesce(event_end > '2018-12-01', true)"
        ).fetchall()
    assert sorted(each.values["id"] for each in shown) == sorted(number for (number,) in found)
    assert len(found) > 1


@pytest.fixture
def editing(database_url: str) -> Iterator[str]:
    """Give the URL by which an editor reaches a small database."""
    with psycopg.connect(database_url) as owner:
        press = add_source(owner)
        incident = add_incident(owner, press, "inates")
        add_claim(owner, incident, add_report(owner, press, "aib-1"), "inates-1", low=71)
    with connect(database_url) as connection:
        grant(connection, EDITOR, "word", EDITING)
        connection.commit()
    host = urlsplit(database_url).netloc.rpartition("@")[2]
    yield urlsplit(database_url)._replace(netloc=f"{EDITOR}:word@{host}").geturl()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {EDITOR}".encode())
        connection.execute(f"DROP ROLE {EDITOR}".encode())


def test_an_edit_in_qgis_is_a_version_under_the_editors_name(
    qgis: Qgis, editing: str, database_url: str
) -> None:
    view = qgis.open(
        postgres_uri(editing, "incidents", geometry="Point", schema="editing"), "postgres"
    )
    assert view.edit("incident = 'inates'", title="Attack on Inates", radius_m=1500) == []
    claims = qgis.open(
        postgres_uri(editing, "claims", geometry="Point", schema="editing"), "postgres"
    )
    assert claims.edit("claim = 'inates-1'", low=89) == []
    with psycopg.connect(database_url) as owner:
        kept = owner.execute(
            "SELECT former.title, incident.title, incident.radius_m, version.recorded_by,"
            "       version.application"
            "  FROM liptako_history.incident former JOIN liptako.incident USING (incident_id)"
            "  JOIN liptako.data_version version ON version.version = former.until_version"
        ).fetchall()
        told = owner.execute("SELECT low FROM liptako_history.claim").fetchall()
    assert [row[:4] for row in kept] == [("inates", "Attack on Inates", 1500, EDITOR)]
    assert told == [(71,)]
    assert [each.values["low"] for each in claims.features()] == [89]
    view.close()
    claims.close()


def test_what_qgis_draws_is_an_incident_with_a_number(
    qgis: Qgis, editing: str, database_url: str
) -> None:
    view = qgis.open(
        postgres_uri(editing, "incidents", geometry="Point", schema="editing"), "postgres"
    )
    faults = view.add(
        "Point (0.5 14.25)",
        incident="drawn-1",
        title="Drawn",
        event_type="attack",
        event_start="2021-03-01T00:00:00",
        event_end="2021-03-02T00:00:00",
        time_precision="days",
        time_extent="within",
        place_precision="near",
        radius_m=5000,
        dataset="press",
    )
    assert faults == []
    with psycopg.connect(database_url) as owner:
        drawn = owner.execute(
            "SELECT ST_AsText(geom), occurred::text FROM liptako.incident WHERE code = 'drawn-1'"
        ).fetchall()
    assert drawn == [("POINT(0.5 14.25)", '["2021-03-01 00:00:00","2021-03-03 00:00:00")')]
    view.close()


def test_what_breaks_a_rule_is_told_in_words(qgis: Qgis, editing: str, database_url: str) -> None:
    view = qgis.open(
        postgres_uri(editing, "incidents", geometry="Point", schema="editing"), "postgres"
    )
    told = "\n".join(view.edit("incident = 'inates'", event_type="atack"))
    assert "event_type 'atack' is refused: it is one of attack, battle" in told
    told = "\n".join(view.edit("incident = 'inates'", part_of="inaets"))
    assert "HINT:  Names that begin like it: inates" in told
    with psycopg.connect(database_url) as owner:
        assert owner.execute("SELECT FROM liptako_history.incident").fetchall() == []
    view.close()


def test_a_reader_cannot_even_begin_to_edit(qgis: Qgis, reader: str) -> None:
    view = opened(qgis, reader, LAYERS["regions"])
    with pytest.raises(AssertionError, match="cannot be edited"):
        view.edit("true", title="mine")
