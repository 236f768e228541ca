"""``liptako serve`` and ``liptako up``."""

from __future__ import annotations

from typing import Annotated

import typer

from db import migrate
from db.cluster.serving import serving_database
from db.engine import connect
from db.settings import Settings
from scripts.liptako.console import OUT, say

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on.")]


def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Serve the layers over HTTP from a database that is migrated and loaded."""
    with serving_database(Settings(), say) as url:
        _serve(url, host, port)


def up(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Do everything: database, migrations, shipped data, analyses; then serve.

    What is done already is passed over, so a second start is quick.
    """
    from seeds.everything import load_everything

    with serving_database(Settings(), say) as url:
        if applied := migrate.upgrade(url):
            say(f"Migrated to {applied[-1]}")
        for step in load_everything(url, say):
            say(step)
        _analyse(url)
        _serve(url, host, port)


def _analyse(url: str) -> None:
    from db.analyses.methods import METHODS
    from db.analyses.run import APPLICATION, needs_run

    for name, method in METHODS.items():
        with connect(url, application=APPLICATION) as connection:
            if needs_run(connection, name):
                say(f"Analysing: {name}")
                outcome = method(connection)
                connection.commit()
                say(", ".join(f"{count:,} {what}" for what, count in outcome.counts.items()))


def _serve(url: str, host: str, port: int) -> None:
    import uvicorn

    from api.app import create_app
    from api.settings import Settings as ApiSettings

    application = create_app(ApiSettings(), url)
    OUT.print(f"Serving on http://{host}:{port}  (Ctrl-C ends it)")
    uvicorn.run(application, host=host, port=port, log_level="warning", timeout_graceful_shutdown=5)
