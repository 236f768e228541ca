"""The program as people use it: by its commands, their output and their exit status."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pyogrio
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from db.layers.catalogue import LAYERS
from scripts.liptako.app import app
from scripts.liptako.console import plain_errors
from tests.db.rows import add_incident, add_source

if TYPE_CHECKING:
    from collections.abc import Iterator


ROWS = Path(__file__).parents[2] / "seeds" / "data" / "ucdp" / "ucdp-ged-23.1-sample-liptako.csv"


def liptako(*arguments: str | Path, url: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "from scripts.liptako.app import main; main()", *arguments],
        env={"DATABASE_URL": url, "COLUMNS": "200", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


def commands(group: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group of commands, by the words that call it."""
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands(get_command(app))), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    assert "Usage:" in shown.output
    words = [line for line in shown.output.splitlines() if line.strip(" │╭╰─╮╯")]
    assert len(words) >= 3


def test_migrate_says_what_it_did_and_a_second_time_nothing(empty_database_url: str) -> None:
    assert "applied 0001" in liptako("migrate", url=empty_database_url).stdout
    assert "nothing to do" in liptako("migrate", url=empty_database_url).stdout


def test_loading_into_a_database_that_is_not_migrated_says_what_to_do(
    empty_database_url: str,
) -> None:
    done = liptako("load", "ucdp", ROWS, url=empty_database_url, status=1)
    assert "run `liptako migrate`" in done.stderr


def test_a_file_with_faults_is_refused_and_its_faults_can_be_had_again(
    database_url: str, tmp_path: Path
) -> None:
    bad = tmp_path / "ucdp-ged-23.1-bad.csv"
    rows = list(csv.reader(io.StringIO(ROWS.read_text("utf-8"), newline="")))
    latitude = rows[0].index("latitude")
    rows[3][latitude] = "91"
    with bad.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    done = liptako("load", "ucdp", bad, url=database_url, status=1)
    assert "column latitude has '91'" in done.stderr
    assert "nothing was written" in done.stderr
    with psycopg.connect(database_url) as db:
        assert db.execute("SELECT count(*) FROM liptako.incident").fetchone() == (0,)
    kept = liptako("load", "faults", "1", url=database_url).stdout
    (fault,) = csv.DictReader(io.StringIO(kept))
    assert (fault["column"], fault["value"]) == ("latitude", "91")
    assert "refused" in liptako("load", "runs", url=database_url).stdout


def test_good_rows_are_kept_if_asked_for(database_url: str, tmp_path: Path) -> None:
    bad = tmp_path / "ucdp-ged-23.1-bad.csv"
    text = ROWS.read_text("utf-8").replace("1991-05-20 00:00:00.000", "not a day", 1)
    bad.write_text(text, "utf-8")
    done = liptako("load", "ucdp", bad, "--keep-good", url=database_url)
    assert "11" in done.stdout
    with psycopg.connect(database_url) as db:
        assert db.execute("SELECT count(*) FROM liptako.incident").fetchone() == (11,)


def test_an_export_is_what_was_asked_for(shipped_database: str, tmp_path: Path) -> None:
    target = tmp_path / "december.geojson"
    liptako(
        *("export", "incidents", "--datetime", "2019-12", "--bbox", "0,14,3,16"),
        *("--where", "country=NER", "-o", target),
        url=shipped_database,
    )
    (feature,) = json.loads(target.read_text("utf-8"))["features"]
    assert feature["properties"]["incident"] == "inates-2019-12-10"


def test_an_export_says_what_will_be_lost_and_filters(
    shipped_database: str, tmp_path: Path
) -> None:
    target = tmp_path / "certain.shp.zip"
    done = liptako(
        *("export", "incidents", "--filter", "killed_low >= 50 AND country = 'NER'", "-o", target),
        url=shipped_database,
    )
    assert "Shapefile cannot keep" in done.stderr
    assert "Texts of more than 254 bytes" in done.stderr
    told = pyogrio.read_info(f"/vsizip/{target}/incidents.shp")
    assert f"{told['features']} features" in done.stdout
    assert told["features"] > 0


def test_all_layers_go_into_one_geopackage(shipped_database: str, tmp_path: Path) -> None:
    target = tmp_path / "bundle.gpkg"
    done = liptako("export", "--all", "-o", target, url=shipped_database)
    # The styles are a table of theirs, which QGIS hides.
    assert {name for name, _ in pyogrio.list_layers(target)} == {*LAYERS, "layer_styles"}
    assert "GeoPackage cannot keep" in done.stderr


@pytest.mark.parametrize(
    "arguments, said",
    [
        (("export", "incident"), "did you mean 'incidents'"),
        (("export", "incidents", "--bbox", "1,2,3"), "four numbers"),
        (("export", "incidents", "--datetime", "yesterday"), "2019-12-10"),
        (("export", "incidents", "--where", "contry=NER"), "did you mean 'country'"),
        (("export", "incidents", "--format", "xls"), "it is one of gpkg"),
        (("export", "incidents", "--filter", "contry = 'NER'"), "did you mean 'country'"),
        (("export", "incidents", "--asof", "soon"), "name of a snapshot"),
        (("export",), "layer"),
        (("export", "--all", "--filter", "a = 1"), "every layer whole"),
        (("load", "ucdp", __file__), "edition"),
    ],
)
def test_an_error_is_one_clear_message(
    shipped_database: str, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = liptako(*arguments, url=shipped_database, status=1)
    assert said in done.stderr
    assert done.stderr.count("liptako:") == 1
    assert done.stdout == ""


def test_a_database_that_is_not_there_is_an_error_without_its_password() -> None:
    done = liptako("layers", url="postgresql://me:secret@127.0.0.1:9/nowhere", status=1)
    assert "127.0.0.1:9/nowhere" in done.stderr
    assert "secret" not in done.stderr


def test_layers_are_counted(shipped_database: str) -> None:
    shown = liptako("layers", url=shipped_database).stdout
    assert "incidents" in shown
    assert "4,208" in shown
    before = liptako("layers", "--asof", "1999-12-31", url=shipped_database).stdout
    assert "Layers at data version 0" in before
    assert "4,208" not in before


def test_an_analysis_tells_its_counts(database_url: str) -> None:
    shown = liptako("analyse", "borders", url=database_url).stdout
    assert "borders 2, run 1" in shown


def test_an_analysis_writes_its_picture(database_url: str, tmp_path: Path) -> None:
    picture = tmp_path / "k.svg"
    done = liptako(
        "analyse", "clusters", "--region", "", "--k-distance", str(picture), url=database_url
    )
    assert str(picture) in done.stdout.replace("\n", "")
    assert picture.read_text("utf-8").startswith("<svg")


def test_a_region_that_is_not_there_is_named(database_url: str) -> None:
    done = liptako("analyse", "clusters", "--region", "nowhere", url=database_url, status=1)
    assert "region 'nowhere' is refused" in done.stderr


def test_the_url_is_masked_unless_asked_for() -> None:
    url = "postgresql://me:secret@127.0.0.1:9/nowhere"
    assert "secret" not in liptako("db", "url", url=url).stdout
    assert "secret" in liptako("db", "url", "--password", url=url).stdout


def test_an_interrupt_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, plain_errors():
        raise KeyboardInterrupt
    assert ended.value.code == 130
    assert "interrupted" in capsys.readouterr().err


def test_an_analysis_by_processes_of_dask_stores_what_one_without_does(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as db:
        only = add_incident(db, add_source(db))
        db.execute(
            "INSERT INTO incident (code, title, event_type, occurred, time_precision, time_extent,"
            " geom, place_precision, radius_m, source_id)"
            " SELECT 'x-' || n, title, event_type, occurred, time_precision, time_extent,"
            " ST_SetSRID(ST_MakePoint(n / 200.0, 15), 4326), place_precision, 100, source_id"
            " FROM incident, generate_series(1, 4000) n WHERE incident_id = %s",
            (only,),
        )
    chosen = ("analyse", "links", "--region", "", "--within-km", "1.2")
    alone = liptako(*chosen, url=database_url).stdout
    assert "3,999" in alone
    shared = liptako(*chosen, "--engine", "dask", "--workers", "2", url=database_url).stdout
    assert shared == alone.replace("run 1", "run 2")


def test_what_is_for_dask_is_refused_without_it(database_url: str) -> None:
    refused = liptako("analyse", "links", "--workers", "2", url=database_url, status=1)
    assert "it is for the engine dask" in refused.stderr


def test_a_dump_brings_everything_back(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "all.dump"
    with psycopg.connect(database_url, autocommit=True) as db:
        add_incident(db, add_source(db), "kept")
    assert "bytes" in liptako("db", "dump", file, url=database_url).stdout
    again = liptako("db", "dump", file, url=database_url, status=1)
    assert "is there already" in again.stderr
    assert "restored" in liptako("db", "restore", file, url=empty_database_url).stdout
    with psycopg.connect(empty_database_url) as db:
        assert db.execute("SELECT code FROM liptako.incident").fetchall() == [("kept",)]
    refused = liptako("db", "restore", file, url=empty_database_url, status=1)
    assert "--yes" in refused.stderr
    liptako("db", "restore", file, "--yes", url=empty_database_url)
