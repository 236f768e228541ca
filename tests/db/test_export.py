"""A layer exported from a real database and read back."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from db.cql2.filter import Filter
from db.engine import create_engine
from db.errors import InvalidQuery
from db.export import ALWAYS, Exported, export_layer, query_text
from db.layers.catalogue import LAYERS
from db.layers.incidents import INCIDENTS
from db.query import LayerQuery, SortKey
from gis.bbox import BBox
from gis.errors import TooMuchForFormat, UnsupportedFormat
from gis.export import FORMATS
from gis.interval import parse_interval
from gis.reference_systems import epsg
from gis.whole_file import UnwritableFile
from tests.db.rows import add_claim, add_incident, add_report, add_source, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

TITLE = 'Attaque à "Inatès",\nprès de la frontière'
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def three(db: psycopg.Connection[Any]) -> int:
    """Two incidents and a third that may not leave; the version of the data."""
    press, secret = add_source(db), add_source(db, "secret", redistributable=False)
    first = add_incident(db, press, title=TITLE, country="NER")
    add_claim(db, first, add_report(db, press), "claim", low=71)
    add_incident(
        db, press, "nowhere", geom=None, place_precision="country", radius_m=None, occurred=None,
        time_precision="unknown", country="MLI",
    )  # fmt: skip
    add_incident(db, secret, "hidden")
    db.execute(
        "INSERT INTO liptako.estimate (incident_id, harm, person_status, low, rule)"
        " VALUES (%s, 'killed', 'all', 0, 'coder')",
        [first],
    )
    return version(db)


def export(engine: Engine, folder: Path, format: str, query: LayerQuery | None = None) -> Exported:
    path = folder / f"incidents.{FORMATS[format].extension}"
    return export_layer(engine, INCIDENTS, query or LayerQuery(), path, format)


def properties(path: Path) -> list[dict[str, Any]]:
    return [feature["properties"] for feature in json.loads(path.read_bytes())["features"]]


def test_a_geopackage_holds_what_the_database_does(
    engine: Engine, three: int, tmp_path: Path
) -> None:
    exported = export(engine, tmp_path, "gpkg")
    assert exported == Exported(tmp_path / "incidents.gpkg", 2, three)
    info = pyogrio.read_info(exported.path, layer="incidents")
    assert list(info["fields"]) == [field.name for field in INCIDENTS.fields]
    meta, table = pyogrio.read_arrow(exported.path, layer="incidents")
    (placed, nowhere) = sorted(
        table.to_pylist(), key=lambda row: str(row["incident"]), reverse=True
    )
    assert placed["title"] == TITLE
    assert (placed["killed_low"], placed["killed_high"]) == (0, None)
    assert placed["event_start"].isoformat() == "2019-12-10T00:00:00+00:00"
    assert placed["event_end"].isoformat() == "2019-12-10T23:59:59+00:00"
    assert shapely.from_wkb(placed[meta["geometry_name"]]).wkt == "POINT (1.3135 15.2275)"
    assert nowhere[meta["geometry_name"]] is None
    assert nowhere["event_start"] is nowhere["radius_m"] is nowhere["killed_low"] is None
    assert {row["licence"] for row in (placed, nowhere)} == {"CC BY 4.0"}


def test_a_geopackage_names_the_state_of_the_data(
    engine: Engine, db: psycopg.Connection[Any], three: int, tmp_path: Path
) -> None:
    path = export(engine, tmp_path, "gpkg", LayerQuery(equals=(("country", "NER"),))).path
    row = db.execute("SELECT recorded_at FROM liptako.data_version WHERE version = %s", [three])
    ((recorded,),) = row.fetchall()
    with closing(sqlite3.connect(path)) as file:
        ((changed, document),) = file.execute(
            "SELECT last_change, metadata FROM gpkg_contents, gpkg_metadata"
            " WHERE table_name = 'incidents'"
        )
    assert datetime.fromisoformat(changed) == recorded.replace(
        microsecond=recorded.microsecond // 1000 * 1000
    )
    assert f"Version {three} of the data" in document
    assert "Query: country=NER" in document
    assert "<license>CC BY 4.0</license>" in document


def test_csv_and_geojson_hold_the_same(engine: Engine, three: int, tmp_path: Path) -> None:
    collection = json.loads(export(engine, tmp_path, "geojson").path.read_bytes())
    lines = export(engine, tmp_path, "geojsonseq").path.read_bytes().splitlines()
    assert [json.loads(line) for line in lines] == collection["features"]
    assert collection["version"] == three
    with export(engine, tmp_path, "csv").path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["title"] for row in rows] == [
        p["properties"]["title"] for p in collection["features"]
    ]
    assert {row["incident"]: (row["lon"], row["lat"], row["killed_low"]) for row in rows} == {
        "somewhere": ("1.3135", "15.2275", "0"),
        "nowhere": ("", "", ""),
    }


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_state_makes_the_same_bytes(
    engine: Engine, db: psycopg.Connection[Any], three: int, tmp_path: Path, format: str
) -> None:
    then = LayerQuery(version=three)
    first = export(engine, tmp_path, format, then).path.read_bytes()
    db.execute("UPDATE liptako.incident SET title = 'changed' WHERE code = 'somewhere'")
    again = export(engine, tmp_path, format, then)
    assert again.version == three
    assert again.path.read_bytes() == first
    assert export(engine, tmp_path, format).path.read_bytes() != first


@pytest.mark.parametrize("format", FORMATS)
def test_every_layer_goes_into_every_format(
    engine: Engine, three: int, tmp_path: Path, format: str
) -> None:
    for name, layer in LAYERS.items():
        told: list[int] = []
        path = tmp_path / f"{name}.{FORMATS[format].extension}"
        exported = export_layer(engine, layer, LayerQuery(), path, format, told.append)
        assert exported.features == {"incidents": 2, "claims": 1, "reports": 1}.get(name, 0)
        assert told == ([exported.features] if exported.features else [])
        if format == "gpkg":
            info = pyogrio.read_info(path, layer=name)
            assert info["features"] == exported.features
            assert info["geometry_type"] == layer.geometry


def test_precision_licence_and_attribution_go_along_whatever_is_asked_for(
    engine: Engine, three: int, tmp_path: Path
) -> None:
    asked = LayerQuery(properties=("title",), with_geometry=False)
    (first, _) = properties(export(engine, tmp_path, "geojson", asked).path)
    assert set(first) == {"title", *ALWAYS}
    info = pyogrio.read_info(export(engine, tmp_path, "gpkg", asked).path, layer="incidents")
    assert info["geometry_type"] is None


def test_order_filter_and_limit_are_those_of_the_query(
    engine: Engine, three: int, tmp_path: Path
) -> None:
    by_country = LayerQuery(sort_by=(SortKey("country"),))
    found = properties(export(engine, tmp_path, "geojson", by_country).path)
    assert [row["country"] for row in found] == ["MLI", "NER"]
    limited = export(engine, tmp_path, "csv", replace(by_country, limit=1))
    assert limited.features == 1


def test_what_cannot_be_written_is_told_before_anything_is_read(tmp_path: Path) -> None:
    nowhere = create_engine(NOWHERE)
    with pytest.raises(UnwritableFile, match="folder"):
        export_layer(nowhere, INCIDENTS, LayerQuery(), tmp_path / "no" / "a.csv", "csv")
    with pytest.raises(UnsupportedFormat, match="xls"):
        export_layer(nowhere, INCIDENTS, LayerQuery(), tmp_path / "a.xls", "xls")
    unknown = LayerQuery(properties=("titel",))
    with pytest.raises(InvalidQuery, match="did you mean 'title'"):
        export_layer(nowhere, INCIDENTS, unknown, tmp_path / "a.csv", "csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_that_is_given_up_leaves_the_former_file(
    engine: Engine, three: int, tmp_path: Path, format: str
) -> None:
    path = export(engine, tmp_path, format).path
    former = path.read_bytes()

    def give_up(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_layer(engine, INCIDENTS, LayerQuery(limit=1), path, format, give_up)
    assert path.read_bytes() == former
    assert list(tmp_path.iterdir()) == [path]


def test_the_text_of_a_query_is_told_in_full_and_is_the_same_each_time() -> None:
    def asked() -> LayerQuery:
        return LayerQuery(
            bbox=BBox(-1.5, 12.0, 2.0, 16.0),
            interval=parse_interval("2019-12/.."),
            equals=(("country", "MLI"),),
            filter=Filter("title LIKE '100%' AND radius_m > 5"),
            sort_by=(SortKey("title"), SortKey("country", descending=True)),
            properties=("title", "country"),
            with_geometry=False,
            limit=10,
        )

    assert query_text(asked()) == query_text(asked())
    assert query_text(asked()) == (
        "bbox=-1.5,12.0,2.0,16.0; datetime=[2019-12-01T00:00:00, ..); country=MLI; "
        "filter=title LIKE '100%' AND radius_m > 5; filter-lang=cql2-text; "
        "sortby=title,-country; properties=title,country; skipGeometry=true; limit=10"
    )
    assert query_text(LayerQuery(item=7)) == "item=7"
    assert query_text(LayerQuery()) == "all features"


def test_a_geoparquet_has_features_near_one_another_together(
    engine: Engine, db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    press = add_source(db)
    # West and east by turns, and two without a place between them.
    for turn, lon in enumerate((-4.0, 4.0, None, -4.001, 4.001, None, -4.002)):
        place = {} if lon is not None else {"place_precision": "unknown", "radius_m": None}
        geom = None if lon is None else f"SRID=4326;POINT({lon} 15)"
        add_incident(db, press, f"i{turn}", geom=geom, **place)

    def east(query: LayerQuery | None = None) -> list[float | None]:
        path = export(engine, tmp_path, "parquet", query).path
        boxes = pq.read_table(path, columns=["bbox"])["bbox"].to_pylist()
        return [None if box is None else box["xmin"] for box in boxes]

    found = [None if lon is None else round(lon) for lon in east()]
    assert found in ([-4, -4, -4, 4, 4, None, None], [4, 4, -4, -4, -4, None, None])
    assert east(LayerQuery(sort_by=(SortKey("incident"),))) == [
        -4.0, 4.0, None, -4.001, 4.001, None, -4.002
    ]  # fmt: skip


KILLED = """
import os, signal, sys
from pathlib import Path
from db.engine import create_engine
from db.export import export_layer
from db.layers.incidents import INCIDENTS
from db.query import LayerQuery

def kill(_):
    os.kill(os.getpid(), signal.SIGKILL)

url, path, format = sys.argv[1:]
export_layer(create_engine(url), INCIDENTS, LayerQuery(), Path(path), format, kill)
"""


@pytest.mark.parametrize("format", ["gpkg", "parquet", "shp"])
def test_an_export_that_is_killed_leaves_no_half_file_under_the_name(
    database_url: str, engine: Engine, three: int, tmp_path: Path, format: str
) -> None:
    path = export(engine, tmp_path, format).path
    former = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, database_url, path, format], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == former


def test_more_features_than_a_sheet_holds_are_refused_before_any_is_written(
    engine: Engine, three: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FORMATS, "xlsx", replace(FORMATS["xlsx"], most_features=1))
    with pytest.raises(TooMuchForFormat, match="holds at most 1"):
        export(engine, tmp_path, "xlsx")
    assert list(tmp_path.iterdir()) == []
    assert export(engine, tmp_path, "xlsx", LayerQuery(limit=1)).features == 1


def test_coordinates_can_be_of_another_system(engine: Engine, three: int, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    export_layer(engine, INCIDENTS, LayerQuery(), path, "gpkg", system=epsg(32631))
    info = pyogrio.read_info(path, layer="incidents", force_total_bounds=True)
    assert info["crs"] == "EPSG:32631"
    assert info["total_bounds"][:2] == pytest.approx((318_900, 1_684_000), abs=1_000)
