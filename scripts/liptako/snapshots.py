"""``liptako snapshot create|list|show|key``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from db.cluster.serving import serving_database
from db.engine import create_engine
from db.read import reading
from db.settings import Settings
from scripts.liptako.console import ERR, OUT, say, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from db.snapshots.kept import Snapshot
    from db.snapshots.keys import SigningKey

snapshot = typer.Typer(
    no_args_is_help=True,
    help="States of the data under a name, to cite and to check.",
)

Name = Annotated[str, typer.Argument(help="Name of the snapshot.")]
UNSIGNED = "unsigned: nobody vouches for it but who keeps this database"


@snapshot.command()
def create(
    name: Annotated[
        str, typer.Argument(help="A letter first; then letters, digits, '.', '_' and '-'.")
    ],
    note: Annotated[str, typer.Option(help="What it is for.")] = "",
    asof: Annotated[
        str | None, typer.Option(help="Of a former state: a date, a moment or another snapshot.")
    ] = None,
    sign: Annotated[
        bool, typer.Option(help="Sign it with the key of this machine, made where there is none.")
    ] = True,
) -> None:
    """Give a name to a state of the data, with the hash of each layer; for good."""
    from db.snapshots.creation import create_snapshot

    settings = Settings()
    key = _signing_key(settings.home) if sign else None
    with _engine(settings) as engine, ERR.status(name) as shown:
        made = create_snapshot(
            engine,
            name,
            note=note,
            asof=asof,
            key=key,
            progress=lambda layer, features: shown.update(f"{layer}: {features:,}"),
        )
    _show(made)


@snapshot.command("list")
def list_all() -> None:
    """List the snapshots, the latest first."""
    from db.snapshots.kept import snapshots

    with _engine(Settings()) as engine, reading(engine) as connection:
        found = snapshots(connection)
    rows = [
        (
            one.name,
            one.version,
            one.manifest["recorded_at"],
            "no" if one.signature is None else "yes",
            f"sha256:{one.manifest['content']}",
            one.manifest["note"],
        )
        for one in found
    ]
    table("Snapshots", ("name", "data version", "recorded", "signed", "content", "note"), rows)


@snapshot.command()
def show(name: Name) -> None:
    """Show a snapshot: its state of the data, and the hash of each layer."""
    with _engine(Settings()) as engine:
        _show(_found(engine, name))


@snapshot.command("key")
def show_key() -> None:
    """Print the public key of this machine, which is made where there is none."""
    from db.snapshots.keys import public_pem, thumbprint

    key = _signing_key(Settings().home)
    OUT.print(f"key {thumbprint(key.public)}")
    OUT.print(f"{key.public} (Ed25519, base64)")
    OUT.print(public_pem(key.public), end="")


def _signing_key(home: Path) -> SigningKey:
    from db.snapshots.keys import key_file, make_key, read_key

    path = key_file(home)
    key = read_key(path)
    if key is None:
        key = make_key(path)
        say(f"made a key to sign with: {path}; keep a copy of it in a safe place")
    return key


def _found(engine: Engine, name: str) -> Snapshot:
    from db.snapshots.kept import snapshot_named

    with reading(engine) as connection:
        return snapshot_named(connection, name)


def _show(shown: Snapshot) -> None:
    from db.snapshots.keys import thumbprint

    manifest = shown.manifest
    if manifest["note"]:
        OUT.print(manifest["note"])
    layers = manifest["layers"].items()
    rows = [(layer, found["features"], found["sha256"]) for layer, found in layers]
    title = f"{shown.name}: data version {shown.version}, recorded {manifest['recorded_at']}"
    table(title, ("layer", "features", "sha256 of its canonical lines"), rows)
    OUT.print(f"content sha256:{manifest['content']}")
    signed = shown.signature
    OUT.print(UNSIGNED if signed is None else f"signed by key {thumbprint(signed.public_key)}")


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    with serving_database(settings, say) as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()
