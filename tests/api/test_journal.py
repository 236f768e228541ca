from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from api.app import create_app
from api.journal import ACCESS, Exchange, without_secrets
from api.log import JsonLines, TextLines, configure, members
from api.settings import Settings
from tests.api.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEMS = "/collections/incidents/items"


@pytest.fixture
def kept(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Keep the lines of requests."""
    caplog.set_level(logging.INFO, ACCESS.name)
    return caplog


def exchanges(kept: pytest.LogCaptureFixture) -> list[Exchange]:
    return [record.exchange for record in kept.records if hasattr(record, "exchange")]


def test_every_request_is_kept(client: httpx.Client, kept: pytest.LogCaptureFixture) -> None:
    asked = {"User-Agent": "QGIS", "X-Forwarded-For": "192.0.2.9", "Accept-Encoding": "gzip"}
    with client.stream("GET", f"{ITEMS}?limit=3&token=abc", headers=asked) as refused:
        sent = len(b"".join(refused.iter_raw()))
    client.head(ITEMS)
    client.get("/nowhere")
    first, second, third = exchanges(kept)
    assert (first.status, first.size, first.query) == (400, sent, "limit=3&token=***")
    assert (first.client, first.user_agent) == ("192.0.2.9", "QGIS")
    assert first.route == "/collections/{collection}/items"
    assert first.began < first.first_byte <= first.ended
    assert (second.method, second.status, second.size) == ("HEAD", 200, 0)
    assert (third.route, third.path) == ("", "/nowhere")
    assert all(one.is_complete for one in (first, second, third))


def test_a_request_keeps_its_number(client: httpx.Client, kept: pytest.LogCaptureFixture) -> None:
    response = client.get(f"{ITEMS}?limit=x", headers={"X-Request-ID": "a-1/b"})
    assert response.headers["x-request-id"] == "a-1/b"
    assert response.json()["request_id"] == "a-1/b"
    assert exchanges(kept)[0].request_id == "a-1/b"
    for refused in ("", "a b", '"><script>', "x" * 129):
        made = client.get("/", headers={"X-Request-ID": refused}).headers["x-request-id"]
        assert made != refused
        assert len(made) == 16
    assert "X-Request-ID" in response.headers["access-control-expose-headers"]


def test_a_fault_is_logged_with_its_number_and_told_without_particulars(
    world_url: str, monkeypatch: pytest.MonkeyPatch, kept: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the inside of it")

    monkeypatch.setattr("api.items.read_page", broken)
    kept.handler.setFormatter(JsonLines())
    with serving(create_app(Settings(), world_url)) as base:
        response = httpx.get(base + ITEMS, headers={"X-Request-ID": "n1", "Accept-Encoding": "br"})
    assert response.status_code == 500
    assert response.json()["request_id"] == "n1"
    assert "inside" not in response.text
    lines = [json.loads(line) for line in kept.text.splitlines()]
    (fault,) = [line for line in lines if "traceback" in line]
    assert fault["request_id"] == "n1"
    assert "RuntimeError: the inside of it" in fault["traceback"]
    assert exchanges(kept)[0].fault == "RuntimeError"


@pytest.mark.parametrize(
    "query, shown",
    [
        ("", ""),
        ("limit=3&bbox=1,2,3,4", "limit=3&bbox=1,2,3,4"),
        ("key=a&sig=b&api_key=c&apikey=d", "key=***&sig=***&api_key=***&apikey=***"),
        ("Access_Token=a%26b&limit=1", "Access_Token=***&limit=1"),
        ("authkey=", "authkey=***"),
        ("monkey=1", "monkey=1"),
        ("datetime=2020&password=x=y", "datetime=2020&password=***"),
    ],
)
def test_secrets_are_left_out(query: str, shown: str) -> None:
    assert without_secrets(query) == shown


def record_of(exchange: Exchange | None, message: str = "hello") -> logging.LogRecord:
    made = logging.LogRecord(ACCESS.name, logging.INFO, "", 0, message, None, None)
    if exchange is not None:
        made.exchange = exchange
    return made


EXCHANGE = Exchange(
    "n1", "GET", "/a\n\x1b[2J", "limit=1", "192.0.2.1", 'x"y', status=499, began=1.0, ended=1.25
)


def test_a_line_for_programs_is_one_object() -> None:
    line = JsonLines().format(record_of(EXCHANGE))
    assert "\n" not in line
    told = json.loads(line)
    assert {name: told[name] for name in ("path", "status", "duration_ms", "first_byte_ms")} == {
        "path": "/a\n\x1b[2J",
        "status": 499,
        "duration_ms": 250.0,
        "first_byte_ms": None,
    }
    assert told.keys() >= members(EXCHANGE).keys() | {"time", "level", "logger"}
    assert json.loads(JsonLines().format(record_of(None)))["message"] == "hello"


def test_a_line_for_people_is_one_line() -> None:
    line = TextLines().format(record_of(EXCHANGE))
    assert line.endswith("192.0.2.1 GET /a\\n\\x1b[2J?limit=1 499 0 B 250.0 ms [n1]")
    assert TextLines().format(record_of(None)).endswith("INFO liptako.access: hello")


@pytest.fixture
def own_root() -> Iterator[logging.Logger]:
    """Give the root of all logs, and put it back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, ACCESS.level
    yield root
    root.handlers[:], root.level = before[0], before[1]
    ACCESS.setLevel(before[2])


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_the_log_goes_where_the_settings_say(
    own_root: logging.Logger, capsys: pytest.CaptureFixture[str], stream: str
) -> None:
    settings = Settings.model_validate({"log_to": stream, "log_format": "json"})
    configure(settings)
    ACCESS.handle(record_of(EXCHANGE))
    assert json.loads(getattr(capsys.readouterr(), "err" if stream == "stderr" else "out"))
    assert len(own_root.handlers) == 1
    configure(Settings(access_log=False))
    assert not ACCESS.isEnabledFor(logging.INFO)
