"""Snapshots over HTTP, and the programs of the documentation that check them without ours."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psycopg
import pytest
import yaml
from datacite import schema45

from api.app import create_app
from api.settings import Settings
from db.engine import create_engine
from db.export import export_layer
from db.layers.catalogue import LAYERS
from db.query import LayerQuery
from db.snapshots.creation import create_snapshot
from db.snapshots.keys import make_key
from db.snapshots.signed import read_document
from tests.api.serving import serving
from tests.api.world import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from db.snapshots.kept import Snapshot
    from tests.postgis import PostgisServer

PAGE = Path(__file__).parents[2] / "docs" / "snapshots.md"
PROGRAMS = {
    match["name"]: match["code"]
    for match in re.finditer(
        r'```python\n(?P<code>"""[^"]*?python3 (?P<name>\w+)\.py.*?)```',
        PAGE.read_text("utf-8"),
        re.S,
    )
}


@pytest.fixture(scope="module")
def url(postgis_server: PostgisServer, template_database: str) -> Iterator[str]:
    name = f"liptako_{os.getpid()}_cited_test"
    made = postgis_server.create(name, template_database)
    build(made)
    yield made
    postgis_server.drop(name)


@pytest.fixture(scope="module")
def snapshot(url: str, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A signed snapshot; all incidents are renamed since, and an unsigned one was made of that."""
    key = make_key(tmp_path_factory.mktemp("home") / "key.pem")
    engine = create_engine(url)
    made = create_snapshot(engine, "v1.0", note='For "review" <1>', key=key)
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE liptako.incident SET title = 'Renamed'")
    create_snapshot(engine, "later")
    engine.dispose()
    return made


@pytest.fixture(scope="module")
def address(url: str, snapshot: Snapshot) -> Iterator[str]:
    settings = Settings(creators="A. Maïga; The coders", publisher="An institute")
    with serving(create_app(settings, url)) as base:
        yield base


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as opened:
        yield opened


def test_the_landing_page_leads_to_snapshots(client: httpx.Client) -> None:
    links = client.get("/").json()["links"]
    (found,) = (link for link in links if link["href"].endswith("/snapshots"))
    listed = client.get(found["href"]).json()["snapshots"]
    assert [(one["name"], one["signed"]) for one in listed] == [("later", False), ("v1.0", True)]
    data = next(link["href"] for link in listed[1]["links"] if link["rel"] == "data")
    assert data.endswith("/collections?asof=v1.0")
    assert client.get(data).status_code == 200


def test_a_snapshot_is_a_manifest_that_can_be_kept_as_a_file(
    client: httpx.Client, snapshot: Snapshot, tmp_path: Path
) -> None:
    answer = client.get("/snapshots/v1.0")
    (tmp_path / "kept.json").write_bytes(answer.content)
    kept = read_document(tmp_path / "kept.json")
    assert kept.manifest == snapshot.manifest
    assert kept.signature == snapshot.signature
    again = client.get("/snapshots/v1.0", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/snapshots/later").json()["signature"] is None


def test_every_link_of_a_snapshot_leads_somewhere(client: httpx.Client) -> None:
    for link in client.get("/snapshots/v1.0").json()["links"]:
        found = client.get(link["href"], headers={"Accept": link["type"]})
        assert found.status_code == 200, link
        assert found.headers["content-type"].split(";")[0] == link["type"].split(";")[0], link


def test_the_lines_of_every_layer_have_its_hash(client: httpx.Client, snapshot: Snapshot) -> None:
    for name, layer in snapshot.manifest["layers"].items():
        answer = client.get(f"/snapshots/v1.0/lines/{name}")
        assert hashlib.sha256(answer.content).hexdigest() == layer["sha256"]
        assert len(answer.content) == layer["bytes"]
        known = {"If-None-Match": answer.headers["etag"]}
        assert client.get(f"/snapshots/v1.0/lines/{name}", headers=known).status_code == 304
    assert client.head("/snapshots/v1.0/lines/incidents").content == b""


def test_citations_name_people_place_and_hash(client: httpx.Client, snapshot: Snapshot) -> None:
    text = client.get("/snapshots/v1.0/citation.txt").text
    assert text.startswith("A. Maïga; The coders (")
    assert text.endswith(
        f"sha256:{snapshot.manifest['content']}. {client.base_url}/snapshots/v1.0\n"
    )
    schema45.validator.validate(client.get("/snapshots/v1.0/datacite.json").json())
    cff = yaml.safe_load(client.get("/snapshots/v1.0/CITATION.cff").text)
    assert cff["url"] == f"{client.base_url}/snapshots/v1.0"
    assert client.get("/snapshots/v1.0/citation.bib").text.startswith("@dataset{")


def test_the_key_is_published(client: httpx.Client) -> None:
    (key,) = client.get("/keys").json()["keys"]
    signed = client.get("/snapshots/v1.0").json()["signature"]
    assert key["kid"] == signed["key"]
    assert "BEGIN PUBLIC KEY" in key["pem"]


@pytest.mark.parametrize(
    "path",
    [
        "/snapshots/V1.0",
        "/snapshots/v1.0/nothing.txt",
        "/snapshots/v1.0/lines/nothing",
        "/snapshots/none/citation.txt",
        "/snapshots/none/lines/incidents",
    ],
)
def test_what_there_is_not_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get("/snapshots/v1.O").json()["nearest"] == "v1.0"


def test_what_is_asked_wrongly_is_refused(client: httpx.Client) -> None:
    for path in ("/snapshots", "/snapshots/v1.0", "/snapshots/v1.0/citation.txt", "/keys"):
        assert client.get(path, params={"colour": "red"}).status_code == 400
    assert client.get("/snapshots?f=csv").status_code == 400


def test_pages_show_what_a_snapshot_is(client: httpx.Client, snapshot: Snapshot) -> None:
    accept = {"Accept": "text/html"}
    listed = client.get("/snapshots", headers=accept).text
    assert "For &#34;review&#34; &lt;1&gt;" in listed
    assert "unsigned" in listed
    shown = client.get("/snapshots/v1.0", headers=accept).text
    assert snapshot.manifest["layers"]["incidents"]["sha256"] in shown
    assert "A. Maïga; The coders" in shown
    assert "Unsigned: nobody vouches" in client.get("/snapshots/later", headers=accept).text


def test_a_layer_asked_for_by_name_is_that_of_then_and_says_what_to_cite(
    client: httpx.Client, snapshot: Snapshot
) -> None:
    answer = client.get("/collections/incidents/items?asof=v1.0&f=ndjson")
    titles = {json.loads(line)["properties"]["title"] for line in answer.text.splitlines()}
    assert "Attack on the base at Inates" in titles
    assert "Renamed" not in titles
    assert answer.links["cite-as"]["url"] == f"{client.base_url}/snapshots/v1.0"
    assert 'filename="incidents-v1.0.geojsonl"' in answer.headers["content-disposition"]
    assert "immutable" in answer.headers["cache-control"]
    refused = client.get("/collections/incidents/items?asof=V1.0").json()
    assert (refused["parameter"], refused["nearest"]) == ("asof", "v1.0")


def run(name: str, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    program = folder / f"{name}.py"
    program.write_text(PROGRAMS[name], "utf-8")
    command = [sys.executable, str(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def test_the_program_of_the_documentation_checks_a_snapshot(
    address: str, tmp_path: Path, snapshot: Snapshot
) -> None:
    done = run("check_snapshot", tmp_path, f"{address}/snapshots/v1.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0].startswith("signed by ")
    assert done.stdout.splitlines()[1] == "all layers are the same"
    assert run("check_snapshot", tmp_path, f"{address}/snapshots/later").returncode == 0


def test_the_program_of_the_documentation_finds_out_who_tampers(
    postgis_server: PostgisServer, template_database: str, tmp_path: Path
) -> None:
    name = f"liptako_{os.getpid()}_tampered_test"
    url = postgis_server.create(name, template_database)
    build(url)
    engine = create_engine(url)
    create_snapshot(engine, "v1")
    engine.dispose()
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE liptako.place SET population = 1")
    with serving(create_app(Settings(), url)) as base:
        done = run("check_snapshot", tmp_path, f"{base}/snapshots/v1")
    postgis_server.drop(name)
    assert done.returncode == 1
    assert done.stderr == "differs: places\n"


def test_the_program_of_the_documentation_checks_a_file(
    url: str, client: httpx.Client, snapshot: Snapshot, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(client.get("/snapshots/v1.0").content)
    engine = create_engine(url)
    for layer in LAYERS.values():
        file = tmp_path / f"{layer.id}.gpkg"
        export_layer(engine, layer, LayerQuery(version=snapshot.version), file, "gpkg")
        if snapshot.manifest["layers"][layer.id]["features"]:
            done = run("check_file", tmp_path, file, layer.id, manifest)
            assert (done.returncode, done.stderr) == (0, ""), layer.id
    later = tmp_path / "later.gpkg"
    export_layer(engine, LAYERS["incidents"], LayerQuery(), later, "gpkg")
    engine.dispose()
    done = run("check_file", tmp_path, later, "incidents", manifest)
    assert done.returncode == 1
    assert "is not what the snapshot states" in done.stderr
