"""``liptako serve`` and ``liptako up``."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from db import migrate
from db.cluster.serving import serving_database
from db.engine import connect
from db.settings import Settings
from scripts.liptako.console import OUT, fail, say

if TYPE_CHECKING:
    from collections.abc import Iterator

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Processes that answer requests; LIPTAKO_WORKERS if not told."),
]


def serve(host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = None) -> None:
    """Serve the layers over HTTP from a database that is migrated and loaded."""
    with _listening(host, port) as listener, serving_database(Settings(), say) as url:
        _serve(url, listener, workers)


def up(host: Host = "127.0.0.1", port: Port = 8000, workers: Workers = None) -> None:
    """Do everything: database, migrations, shipped data, analyses; then serve.

    What is done already is passed over, so a second start is quick.
    """
    with _listening(host, port) as listener, serving_database(Settings(), say) as url:
        if applied := migrate.upgrade(url):
            say(f"Migrated to {applied[-1]}")
        _load(url)
        _analyse(url)
        _serve(url, listener, workers)


def _load(url: str) -> None:
    from seeds.everything import is_everything_loaded, load_everything

    if is_everything_loaded(url):
        say("All shipped files are loaded; `liptako load everything` compares them again")
        return
    for step in load_everything(url, say):
        say(step)


def _analyse(url: str) -> None:
    from db.analyses.methods import METHODS
    from db.analyses.run import APPLICATION, needs_run, run_method

    for name, method in METHODS.items():
        with connect(url, application=APPLICATION) as connection:
            if needs_run(connection, name):
                say(f"Analysing: {name}")
                outcome = run_method(connection, method)
                connection.commit()
                say(", ".join(f"{what}: {count:,}" for what, count in outcome.counts.items()))


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take the address first: a port in use is told before minutes of loading, not after.

    It is only bound: whoever connects before all is ready is refused, and not left waiting.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as fault:
            fail(f"cannot listen on {host}:{port}: {fault.strerror}; choose another with --port")
        yield listener


def _serve(url: str, listener: socket.socket, workers: int | None) -> None:
    from api.settings import Settings as ApiSettings
    from scripts.liptako.workers import run

    settings = ApiSettings() if workers is None else ApiSettings(workers=workers)
    Thread(target=_tell_when_it_answers, args=listener.getsockname()[:2], daemon=True).start()
    run(settings, url, listener)


def _tell_when_it_answers(host: str, port: int) -> None:
    """Say where it serves once somebody is let in: until a worker listens, they are refused."""
    shown = f"[{host}]" if ":" in host else host
    while True:
        try:
            # An address that stands for all of the machine's is answered at each of them.
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
            continue
        OUT.print(f"Serving on http://{shown}:{port}  (Ctrl-C ends it)")
        return
