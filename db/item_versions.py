"""The versions of one feature: what it was, from when until when, and who made it so.

A version of a feature begins where a version of the data made anything different that the layer
shows of it, in whichever table that is: the incident itself, an estimate, a claim, the name of a
source. It ends where the next one begins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sqlalchemy import select, union

from db.authors import authors_of
from db.difference import Change, FieldChange, Survivor, compared_rows, standings_of
from db.history import former
from db.models.derived import AnalysisRun, Result
from db.query import LayerQuery, rows_of, statement
from db.read import fetched
from db.touched import model_of, parts_of, table_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Alias, Connection, Table

    from db.authors import Author
    from db.layers.layer import Layer
    from db.read import Row

_Part = tuple["Table", str, int]
"""A table, a column of it, and the value there: rows that a feature is made of."""


@dataclass(frozen=True, slots=True)
class ItemVersion:
    """A feature as it was in ``[author.recorded_at, ended.recorded_at)``.

    Parameters
    ----------
    change : Change
        What the version made of it.
    author : Author
        Who wrote that version of the data, and when.
    ended : Author or None
        Who ended it; ``None`` for one that still holds.
    row : row, optional
        As :func:`db.query.statement` describes; missing where the feature is not shown.
    fields : tuple of FieldChange
        What differs from the version before, of a changed feature.
    survivor : Survivor, optional
    note : str, optional
        As of a :class:`db.difference.Difference`.
    """

    change: Change
    author: Author
    ended: Author | None
    row: Row | None
    fields: tuple[FieldChange, ...] = ()
    survivor: Survivor | None = None
    note: str | None = None


def versions_of(
    connection: Connection, layer: Layer, item: int | str, now: int
) -> tuple[int, list[ItemVersion]] | None:
    """The key of a feature and all its versions, the first one first.

    Parameters
    ----------
    connection : Connection
        One transaction.
    layer : Layer
    item : int or str
        Its key, or its code, now or then.
    now : int
        The version that the connection sees.

    Returns
    -------
    tuple or None
        ``None`` where the layer never showed such a feature, or its licence lets none of its
        versions out.
    """
    key = item if isinstance(item, int) else _key_of(connection, layer, item)
    if key is None:
        return None
    steps = list(_steps(connection, layer, key, now))
    if not steps:
        return None
    authors = authors_of(connection, [step.version for step in steps])
    ends: list[_Step | None] = [*steps[1:], None]
    return key, [
        ItemVersion(
            step.change,
            authors[step.version],
            None if end is None else authors[end.version],
            step.row,
            step.fields,
            step.survivor,
            step.note,
        )
        for step, end in zip(steps, ends, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Step:
    version: int
    change: Change
    row: Row | None
    fields: tuple[FieldChange, ...] = ()
    survivor: Survivor | None = None
    note: str | None = None


def _steps(connection: Connection, layer: Layer, key: int, now: int) -> Iterator[_Step]:
    """The versions of the data that made the feature another, in order."""
    before: Row | None = None
    for version in _candidates(connection, layer, key, now):
        row = _row_at(connection, layer, key, _read_at(version, now))
        if row is not None and before is None:
            yield _Step(version, Change.CREATED, row)
        elif row is not None and before is not None:
            if fields := compared_rows(layer, before, row):
                yield _Step(version, Change.CHANGED, row, fields)
        elif before is not None:
            standing = standings_of(connection, layer, [key], _read_at(version, now)).get(key)
            change = (standing and standing.change) or Change.RETRACTED
            survivor, note = (standing.survivor, standing.note) if standing else (None, None)
            yield _Step(version, change, None, (), survivor, note)
        before = row


def _candidates(connection: Connection, layer: Layer, key: int, now: int) -> list[int]:
    """Versions of the data, in order, among which are all that made the feature another.

    Which rows it is made of changes, too: an incident may be moved from one whole to another. So
    the rows are looked up at each version that is found, until no other is found.
    """
    rows = rows_of(layer, None)
    primary = table_of(rows.key.table)
    parts: set[_Part] = {(column.table, column.name, key) for column in rows.gathered}
    if primary is not None:
        parts.add((primary, rows.key.name, key))
    versions = _ends(connection, parts)
    if primary is None:
        versions |= _published(connection, layer, key, now)
    looked_at: set[int] = set()
    while ahead := versions - looked_at:
        found = set().union(
            *(_parts_at(connection, layer, key, _read_at(version, now)) for version in ahead)
        )
        looked_at |= ahead
        versions |= _ends(connection, found - parts)
        parts |= found
    return sorted(version for version in versions if 0 < version <= now)


def _parts_at(connection: Connection, layer: Layer, key: int, version: int | None) -> set[_Part]:
    """The rows of versioned tables that a feature is joined of at a version."""
    rows = rows_of(layer, version)
    tables = {cast("Alias", p).name: table_of(p) for p in parts_of(rows_of(layer, None).source)}
    joined = [
        (part, table)
        for part in parts_of(rows.source)
        if (table := tables.get(cast("Alias", part).name)) is not None
    ]
    if not joined:
        return set()
    columns = [part.c[_primary(table)] for part, table in joined]
    asked = select(*columns).select_from(rows.source).where(rows.key == key)
    found: set[_Part] = set()
    for values in connection.execute(asked):
        for (_, table), value in zip(joined, values, strict=True):
            if value is not None:
                found.add((table, _primary(table), value))
    return found


def _ends(connection: Connection, parts: Iterable[_Part]) -> set[int]:
    """The versions that wrote or ended these rows."""
    asked = []
    for table, column, value in parts:
        model = model_of(table)
        assert model is not None
        past = former(model)
        asked += [
            select(table.c.since_version).where(table.c[column] == value),
            select(past.c.since_version).where(past.c[column] == value),
            select(past.c.until_version).where(past.c[column] == value),
        ]
    return set(connection.scalars(union(*asked))) if asked else set()


def _published(connection: Connection, layer: Layer, key: int, now: int) -> set[int]:
    """The versions at which the run of a result was published and replaced."""
    asked = (
        select(AnalysisRun.published_version, AnalysisRun.replaced_version)
        .join(Result, Result.run_id == AnalysisRun.run_id)
        .where(Result.result_id == key, Result.layer == layer.id)
    )
    return {
        version
        for row in connection.execute(asked)
        for version in row
        if version is not None and version <= now
    }


def _row_at(connection: Connection, layer: Layer, key: int, version: int | None) -> Row | None:
    asked = statement(layer, LayerQuery(item=key, version=version))
    rows = fetched(connection, asked)
    return rows[0] if rows else None


def _key_of(connection: Connection, layer: Layer, code: str) -> int | None:
    """The key of the feature that has a code, or else of the last one that had it."""
    rows = rows_of(layer, None)
    if rows.code is None:
        return None
    table = table_of(rows.code.table)
    if table is None:
        return None
    model = model_of(table)
    assert model is not None
    past = former(model)
    now = select(table.c[rows.key.name]).where(table.c[rows.code.name] == code)
    then = (
        select(past.c[rows.key.name])
        .where(past.c[rows.code.name] == code)
        .order_by(past.c.until_version.desc())
        .limit(1)
    )
    for asked in (now, then):
        key = connection.scalar(asked)
        if key is not None:
            return int(key)
    return None


def _primary(table: Table) -> str:
    return str(table.primary_key.columns.keys()[0])


def _read_at(version: int, now: int) -> int | None:
    return None if version >= now else version
