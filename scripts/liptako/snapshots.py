"""``liptako snapshot create|list|show|verify|export|cite|key``."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db.cluster.serving import serving_database
from db.engine import create_engine
from db.errors import InvalidQuery
from db.settings import Settings
from db.transaction import reading
from scripts.liptako.console import ERR, OUT, say, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from db.snapshots.kept import Snapshot
    from db.snapshots.keys import SigningKey
    from db.snapshots.verification import Verification


class Style(StrEnum):
    """Form of a citation."""

    TEXT = "text"
    BIBTEX = "bibtex"
    CFF = "cff"
    DATACITE = "datacite"


snapshot = typer.Typer(
    no_args_is_help=True,
    help="States of the data under a name, to cite and to check.",
)

Name = Annotated[str, typer.Argument(help="Name of the snapshot.")]
CONTENT_DIFFERS = 3
SIGNATURE_WRONG = 4
"""Exit status of ``verify``."""

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


@snapshot.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(help="Name of the snapshot; or see --manifest.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="Check this file, and not what the database keeps.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="Public key that must have signed it: base64, PEM, or a file with one."),
    ] = None,
) -> None:
    """Compute the hashes of a snapshot again, and check its signature.

    The exit status is 0 if all is as it was, 3 if the content differs, 4 if only the signature is
    wrong (or missing where --key is given), 1 if it cannot be told.
    """
    from db.snapshots.keys import parse_public_key
    from db.snapshots.signed import SignedManifest, read_document
    from db.snapshots.verification import verify as checked

    if (name is None) == (manifest is None):
        raise InvalidQuery("snapshot", name or "", "name a snapshot, or a file with --manifest")
    wanted = None if key is None else parse_public_key(key)
    signed = None if manifest is None else read_document(manifest)
    with _engine(Settings()) as engine, ERR.status("verifying") as shown:
        if signed is None:
            found = _found(engine, name or "")
            signed = SignedManifest(found.manifest, found.signature)
        result = checked(
            engine,
            signed,
            key=wanted,
            progress=lambda layer, features: shown.update(f"{layer}: {features:,}"),
        )
    raise typer.Exit(_tell(result, must_be_signed=wanted is not None))


@snapshot.command("export")
def export_all(
    name: Name,
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write; else the name.")
    ] = None,
    format: Annotated[
        list[str] | None,
        typer.Option(help="Format of the layers beside their canonical lines; several times."),
    ] = None,
) -> None:
    """Write a snapshot into a folder: manifest, citations, canonical lines, and layers as files."""
    from api.settings import Settings as ApiSettings
    from db.snapshots.folder import write_folder

    target = folder or Path(name)
    with _engine(Settings()) as engine, ERR.status(name) as shown:
        found = _found(engine, name)
        differing = write_folder(
            engine, found, ApiSettings().publication, target, format or [], shown.update
        )
    OUT.print(f"{target}: snapshot {name}, {len(found.manifest['layers'])} layers")
    if differing:
        ERR.print(f"[red]✗[/] not as the snapshot states them: {', '.join(differing)}")
        raise typer.Exit(CONTENT_DIFFERS)


@snapshot.command()
def cite(
    name: Name,
    style: Annotated[Style, typer.Option(help="In which form.")] = Style.TEXT,
    doi: Annotated[str | None, typer.Option(help="DOI under which it is registered.")] = None,
) -> None:
    """Print a citation of a snapshot; LIPTAKO_CREATORS and LIPTAKO_PUBLISHER say of whom."""
    import json

    from api.settings import Settings as ApiSettings
    from db.snapshots.citation import bibtex, citation_cff, citation_text
    from db.snapshots.datacite import datacite

    publication = replace(ApiSettings().publication, doi=doi)
    with _engine(Settings()) as engine:
        manifest = _found(engine, name).manifest
    written = {
        Style.TEXT: lambda: citation_text(manifest, publication) + "\n",
        Style.BIBTEX: lambda: bibtex(manifest, publication),
        Style.CFF: lambda: citation_cff(manifest, publication),
        Style.DATACITE: lambda: json.dumps(datacite(manifest, publication), indent=2) + "\n",
    }
    sys.stdout.write(written[style]())


@snapshot.command("key")
def show_key() -> None:
    """Print the public key of this machine, which is made where there is none."""
    from db.snapshots.keys import public_pem, thumbprint

    key = _signing_key(Settings().home)
    OUT.print(f"key {thumbprint(key.public)}")
    OUT.print(f"{key.public} (Ed25519, base64)")
    OUT.print(public_pem(key.public), end="")


def _tell(result: Verification, *, must_be_signed: bool) -> int:
    """Print what came of a verification, and give the exit status."""
    from db.snapshots.verification import LayerOutcome, SignatureOutcome, StateOutcome

    rows = [
        (found.layer, found.outcome.value, found.features, found.found_features)
        for found in result.layers
    ]
    title = f"{result.name}: data version {result.version}"
    table(title, ("layer", "content", "features stated", "found"), rows)
    if result.state is StateOutcome.MISSING:
        ERR.print("[red]✗[/] the database has no such version of the data")
    elif result.state is StateOutcome.OTHER:
        ERR.print("[red]✗[/] the database recorded that version at another moment: it is another")
    if not result.is_whole:
        ERR.print("[red]✗[/] the hash of the whole is not that of its layers")
    for found in result.layers:
        if found.outcome is not LayerOutcome.SAME:
            ERR.print(f"[red]✗[/] {found.layer} {found.outcome.value}")
    OUT.print(f"content: {'same' if result.same_content else 'NOT the same'}")
    OUT.print(f"signature: {result.signature.value}")
    if not result.same_content:
        return CONTENT_DIFFERS
    good = (SignatureOutcome.VALID, *(() if must_be_signed else (SignatureOutcome.UNSIGNED,)))
    return 0 if result.signature in good else SIGNATURE_WRONG


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
    from db.snapshots.signed import layers_of

    manifest = shown.manifest
    if manifest["note"]:
        OUT.print(manifest["note"])
    rows = [(name, layer["features"], layer["sha256"]) for name, layer in layers_of(manifest)]
    title = f"{shown.name}: data version {shown.version}, recorded {manifest['recorded_at']}"
    table(title, ("layer", "features", "sha256 of its canonical lines"), rows)
    OUT.print(f"content sha256:{manifest['content']}")
    signed = shown.signature
    OUT.print(UNSIGNED if signed is None else f"signed by key {thumbprint(signed.public_key)}")


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    with serving_database(settings, say) as url:
        engine = create_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()
