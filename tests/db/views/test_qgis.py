"""QGIS itself opens every view as somebody who may read the layers and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from db.engine import connect
from db.layers.catalogue import LAYERS
from db.roles import READING, grant
from db.views.definition import remark, view_name
from gis.fields import Kind
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
READER, PASSWORD = "liptako_test_reader", "not a secret"


@pytest.fixture(scope="module")
def reader(shipped_database: str) -> Iterator[str]:
    """Give the URL by which a reader reaches all that is shipped."""
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
