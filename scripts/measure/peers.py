"""The servers that are measured beside ours, each in a virtual environment of its own.

They are installed by uv below ``.tools/bench``, in versions that are fixed here, and stay there for
the next time; they share nothing with ``.venv``.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scripts.measure.plain import PLAIN, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
UV = ROOT / ".tools" / "uv" / "bin" / "uv"
PACKAGES = {
    "tipg": ("tipg==1.6.1", "uvicorn[standard]==0.54.0"),
    "pygeoapi": (
        "pygeoapi==0.21.0",
        "gunicorn==27.0.1",
        "psycopg2-binary==2.9.13",
        "sqlalchemy==2.1.9",
        "geoalchemy2==0.20.0",
    ),
}
MOST_THREADS = 10
"""Requests that pygeoapi answers at once: as many as tipg and ours open connections."""


@dataclass(frozen=True, slots=True)
class Program:
    """How a server is started.

    Parameters
    ----------
    name : str
    command : sequence of str
    env : mapping
        Added to the environment.
    port : int
    ready : str
        Path that answers when the server is there.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    port: int
    ready: str


def installed(name: str) -> Path:
    """The folder of programs of a peer's environment, which is made where it is missing."""
    folder = ROOT / ".tools" / "bench" / name
    stamp, wanted = folder / ".stamp", " ".join(PACKAGES[name])
    if not stamp.is_file() or stamp.read_text() != wanted:
        uv = str(UV) if UV.is_file() else "uv"
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
        subprocess.run(make, check=True)
        python = str(folder / "bin" / "python")
        add = [uv, "pip", "install", "--quiet", "--python", python, *PACKAGES[name]]
        subprocess.run(add, check=True)
        stamp.write_text(wanted)
    return folder / "bin"


def tipg(url: str, port: int) -> Program:
    """Tipg over the plain table: one process of uvicorn; its catalogue is read once."""
    command = [
        str(installed("tipg") / "uvicorn"),
        "tipg.main:app",
        "--host=127.0.0.1",
        f"--port={port}",
        "--no-access-log",
    ]
    env = {
        "DATABASE_URL": url,
        "TIPG_DB_SCHEMAS": f'["{SCHEMA}"]',
        "TIPG_DB_TABLES": f'["{SCHEMA}.{PLAIN}"]',
        f"TIPG_TABLE_CONFIG__{SCHEMA}_{PLAIN}__DATETIMECOL": "event_start",
        "TIPG_CATALOG_TTL": "0",
    }
    return Program("tipg", command, env, port, "/healthz")


def pygeoapi(url: str, port: int, folder: Path) -> Program:
    """Pygeoapi over the plain table: one process of gunicorn with threads.

    Parameters
    ----------
    url : str
        Of the database.
    port : int
    folder : Path
        For its configuration and its API description.
    """
    programs = installed("pygeoapi")
    config, description = folder / "pygeoapi.yml", folder / "pygeoapi-openapi.yml"
    config.write_text(_configuration(url, port))
    env = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(description)}
    make = ["openapi", "generate", str(config), "--output-file", str(description)]
    subprocess.run([str(programs / "pygeoapi"), *make], check=True, capture_output=True)
    command = [
        str(programs / "gunicorn"),
        "--workers=1",
        "--worker-class=gthread",
        f"--threads={MOST_THREADS}",
        "--timeout=600",
        "--no-control-socket",
        f"--bind=127.0.0.1:{port}",
        "pygeoapi.flask_app:APP",
    ]
    return Program("pygeoapi", command, env, port, "/conformance?f=json")


def _configuration(url: str, port: int) -> str:
    parts = urlsplit(url)
    return f"""
server:
  bind: {{host: 127.0.0.1, port: {port}}}
  url: http://127.0.0.1:{port}
  mimetype: application/json; charset=UTF-8
  encoding: utf-8
  languages: [en-US]
  limits: {{default_items: 10, max_items: 10000}}
  map: {{url: "https://example.org/{{z}}/{{x}}/{{y}}.png", attribution: none}}
logging: {{level: ERROR}}
metadata:
  identification:
    title: bench
    description: bench
    keywords: [bench]
    terms_of_service: none
    url: http://127.0.0.1
  license: {{name: CC0, url: "https://creativecommons.org/publicdomain/zero/1.0/"}}
  provider: {{name: bench, url: "http://127.0.0.1"}}
  contact: {{name: bench, email: nobody@example.org}}
resources:
  {PLAIN}:
    type: collection
    title: {PLAIN}
    description: {PLAIN}
    keywords: [bench]
    links: []
    extents: {{spatial: {{bbox: [-180, -90, 180, 90]}}, temporal: {{begin: null, end: null}}}}
    providers:
      - type: feature
        name: PostgreSQL
        data:
          host: {parts.hostname}
          port: {parts.port}
          dbname: {parts.path.lstrip("/")}
          user: {parts.username}
          password: {parts.password}
          search_path: [{SCHEMA}, public]
        id_field: id
        table: {PLAIN}
        geom_field: geom
        time_field: event_start
"""
