"""``liptako versions``, ``diff`` and ``incident``: what was recorded, and by whom."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from itertools import islice
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from db.asof import state_as_of
from db.cluster.serving import serving_database
from db.difference import all_differences
from db.engine import connect, create_engine
from db.errors import InvalidQuery
from db.former import is_kept
from db.item_versions import versions_of
from db.layers.catalogue import LAYERS, layer_named
from db.query import LayerQuery, sort_kinds
from db.settings import Settings
from db.touched import Span
from db.transaction import current_state, reading
from db.write import standing
from scripts.liptako.console import OUT, fail, say, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.difference import Difference, FieldChange, Survivor
    from db.layers.layer import Layer

MOST_SHOWN = 200
"""Most differences that are printed; a file holds all."""

incident = typer.Typer(
    no_args_is_help=True,
    help="Retract an incident, merge it into another, make it active again.",
)


def versions(
    layer: Annotated[str, typer.Argument(help="Which layer.")],
    item: Annotated[str, typer.Argument(help="Name or number of the feature.")],
) -> None:
    """Tell what a feature was, from when until when, who made it so, and what was different."""
    from api.features import item_named

    described = layer_named(layer)
    with _reading() as connection:
        now = current_state(connection).version
        found = versions_of(connection, described, item_named(item), now)
    if found is None:
        fail(f"the layer {layer!r} has no item {item!r}, and never had")
    key, steps = found
    rows = [
        (
            f"{step.author.recorded_at:%Y-%m-%d %H:%M:%S}",
            "now" if step.ended is None else f"{step.ended.recorded_at:%Y-%m-%d %H:%M:%S}",
            step.change.value,
            step.author.words,
            _told(described, step.fields, step.note, step.survivor),
        )
        for step in steps
    ]
    columns = ("recorded (UTC)", "until", "change", "by", "what")
    table(f"{described.title}: versions of {item} ({key})", columns, rows)


def diff(
    since: Annotated[
        str, typer.Option("--from", help="The earlier state: date, moment or snapshot.")
    ],
    until: Annotated[
        str | None, typer.Option("--to", help="The later state; the present where missing.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Only this layer, each feature told.")] = None,
    path: Annotated[
        Path | None, typer.Option("--output", "-o", help="GeoPackage to write.")
    ] = None,
) -> None:
    """Tell what was added, changed and retracted between two states of the data.

    Without [bold]--layer[/], how many features of each layer; with it, which and what. A GeoPackage
    has a table for each kind of change.
    """
    if path is not None and path.suffix.lower() != ".gpkg":
        raise InvalidQuery("output", path.name, "a GeoPackage ends in .gpkg")
    described = None if layer is None else layer_named(layer)
    layers = [one for one in LAYERS.values() if is_kept(one)] if described is None else [described]
    with _reading() as connection:
        now = current_state(connection).version
        span = _span(connection, since, until, now)
        if path is not None:
            _write(connection, path, layers, span, now)
        elif described is None:
            _count(connection, layers, span, now)
        else:
            _show(connection, described, span, now)


@incident.command()
def retract(
    code: Annotated[str, typer.Argument(help="Name of the incident.")],
    note: Annotated[str, typer.Option(help="Why.")],
    author: Annotated[str | None, typer.Option(help="Who says so.")] = None,
) -> None:
    """Withdraw an incident: it leaves the layers, and keeps its name, claims and history."""
    with _writing(author) as connection:
        standing.retract(connection, code, note)
    OUT.print(f"{code} is retracted")


@incident.command()
def merge(
    code: Annotated[str, typer.Argument(help="Name of the incident.")],
    into: Annotated[str, typer.Argument(help="Name of the one that survives.")],
    note: Annotated[str | None, typer.Option(help="Why.")] = None,
    author: Annotated[str | None, typer.Option(help="Who says so.")] = None,
) -> None:
    """Find an incident to be the same as another, which survives."""
    with _writing(author) as connection:
        standing.merge(connection, code, into, note)
    OUT.print(f"{code} is merged into {into}")


@incident.command()
def restore(
    code: Annotated[str, typer.Argument(help="Name of the incident.")],
    author: Annotated[str | None, typer.Option(help="Who says so.")] = None,
) -> None:
    """Make an incident active again that was retracted or merged."""
    with _writing(author) as connection:
        standing.restore(connection, code)
    OUT.print(f"{code} is active")


@contextmanager
def _reading() -> Iterator[Connection]:
    with serving_database(Settings(), say) as url:
        engine = create_engine(url)
        try:
            with reading(engine) as connection:
                yield connection
        finally:
            engine.dispose()


@contextmanager
def _writing(author: str | None) -> Iterator[Connection]:
    with (
        serving_database(Settings(), say) as url,
        connect(url, application="liptako incident") as connection,
    ):
        if author is not None:
            standing.state_author(connection, author)
        yield connection
        connection.commit()


def _span(connection: Connection, since: str, until: str | None, now: int) -> Span:
    first = state_as_of(connection, since, "from").version
    last = now if until is None else state_as_of(connection, until, "to").version
    if last < first:
        raise InvalidQuery("to", until, "it is not before 'from'")
    return Span(first, last)


def _write(connection: Connection, path: Path, layers: list[Layer], span: Span, now: int) -> None:
    from db.difference_file import write_differences

    counts = write_differences(path, connection, layers, LayerQuery(), span, now)
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    OUT.print(f"{path}: {told or 'no differences'}, versions {span.since} to {span.until}")


def _count(connection: Connection, layers: list[Layer], span: Span, now: int) -> None:
    rows = []
    for layer in layers:
        found = Counter(
            each.change.value
            for each in all_differences(connection, layer, LayerQuery(), span, now)
        )
        if found:
            kinds = ("created", "changed", "retracted", "merged")
            rows.append((layer.id, *(found[kind] for kind in kinds)))
    title = f"Between versions {span.since} and {span.until}"
    table(title, ("layer", "added", "changed", "retracted", "merged"), rows)


def _show(connection: Connection, layer: Layer, span: Span, now: int) -> None:
    found = all_differences(connection, layer, LayerQuery(), span, now)
    lead = len(sort_kinds(layer, LayerQuery()))
    rows = [
        (each.key, _title(layer, each, lead), each.change.value, _what(layer, each))
        for each in islice(found, MOST_SHOWN)
    ]
    more = sum(1 for _ in found)
    title = f"{layer.title}: between versions {span.since} and {span.until}"
    table(title, ("feature", "title", "change", "what"), rows)
    if more:
        OUT.print(f"and {more:,} more: write them to a file with --output")


def _title(layer: Layer, difference: Difference, lead: int) -> str | None:
    from api.differences import title_of

    row = difference.after or difference.before
    return None if row is None else title_of(layer, row[lead + 2 :])


def _what(layer: Layer, difference: Difference) -> str:
    return _told(layer, difference.fields, difference.note, difference.survivor)


def _told(
    layer: Layer, fields: tuple[FieldChange, ...], note: str | None, survivor: Survivor | None
) -> str:
    from api.differences import shown_fields

    lines = [
        f"{name}: {_word(old)} → {_word(new)}" for name, old, new in shown_fields(layer, fields)
    ]
    if survivor is not None:
        lines.append(f"into {survivor.code}")
    if note is not None:
        lines.append(note)
    return "\n".join(lines)


def _word(value: object) -> str:
    if value is None:
        return "not known"
    return f"{value:g}" if isinstance(value, float) else str(value)
