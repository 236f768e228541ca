"""Every control of the plugin, in QGIS itself: against a running server, and against a file."""

from __future__ import annotations

import ast
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import httpx
import psycopg
import pytest

from api.app import create_app
from api.settings import Settings
from db.bundle import export_all
from db.engine import create_engine
from db.layers.catalogue import LAYERS
from scripts.plugin.archive import FOLDER, write_archive
from tests.api.serving import Recorder, serving
from tests.db.rows import add_claim, add_incident, add_report, add_source
from tests.pyqgis.session import Qgis, running_qgis

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLES = [layer.title for layer in LAYERS.values()]
INATES = (1.3135, 15.2275)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the archive as QGIS does, and give the folder of its plugins."""
    folder = tmp_path_factory.mktemp("plugins")
    write_archive(folder / "plugin.zip")
    with ZipFile(folder / "plugin.zip") as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Qgis]:
    """Start a QGIS with widgets."""
    driver = Path(__file__).with_name("driver.py")
    with running_qgis(tmp_path_factory.mktemp("desktop"), driver) as running:
        yield running


@pytest.fixture
def plugin(desktop: Qgis, installed: Path) -> Iterator[Qgis]:
    """Start the plugin, and end it."""
    desktop.ask("start", folder=str(installed), language="en")
    yield desktop
    desktop.ask("stop")


@pytest.fixture(scope="module")
def server(shipped_database: str) -> Iterator[Recorder]:
    """Serve all that is shipped."""
    recorder = Recorder(create_app(Settings(), shipped_database))
    with serving(recorder) as recorder.address:
        yield recorder


@pytest.fixture(scope="module")
def bundle(shipped_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write all that is shipped into one GeoPackage."""
    path = tmp_path_factory.mktemp("bundle") / "liptako.gpkg"
    engine = create_engine(shipped_database)
    export_all(engine, path)
    engine.dispose()
    return path


@pytest.fixture(params=["server", "bundle"])
def address(request: pytest.FixtureRequest, server: Recorder, bundle: Path) -> str:
    """Give the address of a server, then that of a file."""
    return server.address if request.param == "server" else str(bundle)


def test_nothing_is_asked_of_a_network_before_somebody_connects(
    desktop: Qgis, installed: Path, server: Recorder
) -> None:
    with server.listening() as asked:
        desktop.ask("start", folder=str(installed), language="en")
        assert desktop.ask("click", lon=0, lat=14).startswith("Click on the map")
    assert asked == []
    assert desktop.ask("told") == ["The layer borders is not at hand: connect first"]
    assert desktop.ask("stop") == {"layers": 0, "tool": False}


def test_all_layers_are_shown(plugin: Qgis, address: str) -> None:
    assert plugin.ask("connect", address=address) == TITLES
    assert plugin.ask("told") == []


def test_layers_are_added_with_their_time(plugin: Qgis, address: str, installed: Path) -> None:
    plugin.ask("connect", address=address)
    found = plugin.ask("add", titles=["Incidents", "Claims", "Borders"], style=None)["layers"]
    assert found["Incidents"]["renderer"] == found["Claims"]["renderer"] == "categorizedSymbol"
    assert {name: each["valid"] for name, each in found.items()} == {
        "Incidents": True,
        "Claims": True,
        "Borders": True,
    }
    assert found["Incidents"]["count"] > 4000
    assert found["Incidents"]["in_time"]
    assert found["Incidents"]["fields"] == ["event_start", "event_end"]
    assert not found["Borders"]["in_time"]
    assert plugin.ask("stop") == {"layers": 3, "tool": False}
    plugin.ask("start", folder=str(installed), language="en")


def test_the_chosen_style_is_applied(plugin: Qgis, address: str) -> None:
    plugin.ask("connect", address=address)
    added = plugin.ask("add", titles=["Incidents"], style="Killed, lower bound")
    assert added["styles"][0] == "By type of event"
    assert added["layers"]["Incidents"]["renderer"] == "RuleRenderer"


def test_claims_of_the_selected_incident_are_told(plugin: Qgis, address: str) -> None:
    plugin.ask("connect", address=address)
    plugin.ask("add", titles=["Incidents"], style=None)
    shown = plugin.ask("select", layer="Incidents", where="incident = 'inates-2019-12-10'")
    assert "inates-2019-12-10" in shown
    assert "BBC News, published 2019-12-12" in shown
    assert "71" in shown
    assert "None" not in shown


def test_distances_are_those_of_the_analysis(plugin: Qgis, server: Recorder, address: str) -> None:
    plugin.ask("connect", address=address)
    page = httpx.get(
        f"{server.address}/collections/border-distances/items",
        params={"incident": "inates-2019-12-10", "f": "json", "limit": 100},
        timeout=60,
    ).json()
    incident = httpx.get(f"{server.address}/collections/incidents/items/inates-2019-12-10").json()
    lon, lat = incident["geometry"]["coordinates"]
    measured = {
        (each["properties"]["border"], each["properties"]["boundary_source"]): each["properties"][
            "distance_m"
        ]
        for each in page["features"]
    }
    found = plugin.ask("measure", lon=lon, lat=lat)
    assert len(found) > 5
    for border, source, metres in found:
        # The tool names a border by the neighbours' codes, as the analysis does.
        if (border, source) in measured:
            assert metres == pytest.approx(measured[border, source], abs=1)
    assert {(border, source) for border, source, _ in found} & measured.keys()
    assert found == sorted(found, key=lambda each: each[2])


def test_a_click_is_measured_whatever_the_map_is_drawn_in(plugin: Qgis, address: str) -> None:
    plugin.ask("connect", address=address)
    shown = plugin.ask("click", lon=INATES[0], lat=INATES[1])
    assert "MLI-NER" in shown
    assert "km" in shown
    assert "Sources disagree by" in shown


def test_a_file_says_which_state_it_holds_and_needs_no_network(
    plugin: Qgis, bundle: Path, server: Recorder
) -> None:
    with server.listening() as asked:
        plugin.ask("connect", address=str(bundle))
        plugin.ask("add", titles=["Incidents"], style=None)
        plugin.ask("select", layer="Incidents", where="incident = 'inates-2019-12-10'")
        plugin.ask("click", lon=INATES[0], lat=INATES[1])
    assert asked == []
    control = plugin.ask("control")
    assert not control["usable"]
    assert control["tip"].startswith("A file holds one state of the data: version ")
    assert control["tip"].rpartition(" ")[2].isdigit()


def test_as_known_on_moves_every_layer_and_keeps_its_looks(plugin: Qgis, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        source = add_source(connection)
        incident = add_incident(connection, source, "inates", title="Before")
        report = add_report(connection, source)
        add_claim(connection, incident, report, "first", low=71, high=71)
    with psycopg.connect(database_url) as connection:
        # What was written above was recorded in the spring.
        connection.execute("ALTER TABLE liptako.data_version DISABLE TRIGGER USER")
        connection.execute("UPDATE liptako.data_version SET recorded_at = '2026-03-01T12:00Z'")
        connection.execute("ALTER TABLE liptako.data_version ENABLE TRIGGER USER")
    with psycopg.connect(database_url) as connection:
        add_incident(connection, source, "later")
        add_claim(connection, incident, report, "second", low=89, high=89)
    recorder = Recorder(create_app(Settings(), database_url))
    with serving(recorder) as address:
        plugin.ask("connect", address=address)
        plugin.ask("add", titles=["Incidents", "Claims"], style=None)
        present = plugin.ask("layers")
        assert (present["Incidents"]["count"], present["Claims"]["count"]) == (2, 2)
        past = plugin.ask("as_known_on", day="2026-03-01")
        assert (past["Incidents"]["count"], past["Claims"]["count"]) == (1, 1)
        assert past["Incidents"]["in_time"]
        assert past["Incidents"]["renderer"] == present["Incidents"]["renderer"]
        shown = plugin.ask("select", layer="Incidents", where="incident = 'inates'")
        assert "71" in shown
        assert "89" not in shown
        none = plugin.ask("as_known_on", day="2026-02-28")
        assert none["Incidents"]["count"] == 0
        back = plugin.ask("as_known_on", day=None)
        assert back["Incidents"]["count"] == 2
        assert "asof" not in back["Incidents"]["source"]
        assert "2 layers show what was known on 2026-03-01" in plugin.ask("told")
        # A layer that is added while a day counts shows that day.
        plugin.ask("as_known_on", day="2026-03-01")
        added = plugin.ask("add", titles=["Reports"], style=None)["layers"]
        assert "asof=2026-03-01" in added["Reports"]["source"]


def test_a_layer_that_has_gone_meanwhile_is_said(
    plugin: Qgis, bundle: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "liptako.gpkg"
    copy.write_bytes(bundle.read_bytes())
    plugin.ask("connect", address=str(copy))
    copy.unlink()
    assert plugin.ask("add", titles=["Borders"], style=None)["layers"] == {}
    (told,) = plugin.ask("told")
    assert told.startswith("QGIS cannot open the layer Borders")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "/nowhere/at/all.gpkg"])
def test_what_does_not_answer_is_said(plugin: Qgis, address: str) -> None:
    assert plugin.ask("connect", address=address) == []
    (told,) = plugin.ask("told")
    assert told.startswith(f"Nothing answers at {address}: ")


def test_french_is_spoken_where_qgis_does(desktop: Qgis, installed: Path) -> None:
    tabs = desktop.ask("start", folder=str(installed), language="fr_FR")
    assert tabs == ["Couches", "Affirmations", "Frontières"]
    assert desktop.ask("control")["text"] == "Tel que connu le"
    desktop.ask("stop")


def test_the_archive_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    write_archive(tmp_path / "one.zip")
    write_archive(tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with ZipFile(tmp_path / "one.zip") as archive:
        names = archive.namelist()
    assert {"liptako/__init__.py", "liptako/metadata.txt", "liptako/icon.svg"} <= set(names)
    assert "liptako/LICENSE" in names


def test_the_metadata_are_what_qgis_asks_for() -> None:
    found = ConfigParser()
    found.read(FOLDER / "metadata.txt", "utf-8")
    told = found["general"]
    for name in ("name", "description", "about", "author", "email", "repository", "tracker"):
        assert told[name]
    assert told["qgisMinimumVersion"] == "3.22"
    assert told["supportsQt6"] == "True"
    assert told["version"] == version("liptako")
    assert (FOLDER / told["icon"]).exists()


def test_every_text_is_there_in_french_with_the_same_places() -> None:
    sources = [path.read_text("utf-8") for path in FOLDER.glob("*.py") if path.stem != "words"]
    tree = ast.parse((FOLDER / "words.py").read_text("utf-8"))
    (table,) = (each.value for each in tree.body if isinstance(each, ast.Assign))
    french: dict[str, str] = ast.literal_eval(table)
    for english, translated in french.items():
        assert any(english in source for source in sources), english
        places = {part.partition("}")[0] for part in english.split("{")[1:]}
        assert places == {part.partition("}")[0] for part in translated.split("{")[1:]}
