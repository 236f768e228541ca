"""What differs between two states of a layer: features that came, changed and went.

The features that a span of versions touched (:mod:`db.touched`) are read at its two ends and
compared field by field, as they leave: what was changed and changed back within the span differs in
nothing and is not told.

A licence that was withdrawn within the span hides its rows at both ends. Whoever copied the layer
before has them still, so such features are told all the same: to be gone, by their key alone, or to
be changed, without saying in what.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, not_, or_, select

from db.history import as_of
from db.joins import selected_from
from db.layers.layer import may_leave
from db.models.incidents import Incident
from db.models.sources import Source
from db.query import LayerQuery, Shape, conditions, rows_of, sort_kinds, statement
from db.read import fetched
from db.touched import parts_of, table_of, touched
from db.vocabulary import IncidentStatus
from gis.fields import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import Alias, Connection

    from db.layers.layer import Layer
    from db.read import Row
    from db.touched import Span

GEOMETRY = "geometry"
"""Name under which a change of place is told; no field of a layer is called so."""

LEAST_CHUNK = 200
"""Features compared at once, at least; reading one takes nearly as long."""

MOST_LOOKED_AT = 20_000
"""Touched features that one page looks at; most of them may turn out to differ in nothing."""


class Change(StrEnum):
    """What became of a feature between two states."""

    CREATED = "created"
    """It is in the selection and was not before."""
    CHANGED = "changed"
    RETRACTED = "retracted"
    """It has left the layer: withdrawn, deleted, replaced by a later run, its licence withdrawn."""
    MERGED = "merged"
    """It was found to be the same as another incident, and has left the layer."""
    REMOVED = "removed"
    """It is in the layer, and does not match the filter any more."""


CHANGE = Field(
    "change",
    Kind.TEXT,
    "Change",
    "What became of the feature between the two states.",
    nullable=False,
    words=tuple(change.value for change in Change),
)
CHANGED_FIELDS = Field(
    "changed_fields", Kind.TEXT, "Changed fields", "Names of the fields that differ."
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field, or :data:`GEOMETRY`, with its value before and after; ``None`` is not known."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Survivor:
    """The incident that another was merged into."""

    key: int
    code: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one feature.

    Parameters
    ----------
    change : Change
    key : int
    before, after : row, optional
        As :func:`db.query.statement` describes; missing where it was not in the selection, and
        ``before`` also where it may not be shown any more.
    fields : tuple of FieldChange
        Of a changed feature, in the order of the layer, the geometry last.
    survivor : Survivor, optional
        Of a merged one, where that may be shown.
    note : str, optional
        The reason that was stated for its going.
    """

    change: Change
    key: int
    before: Row | None = None
    after: Row | None = None
    fields: tuple[FieldChange, ...] = ()
    survivor: Survivor | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Differences in the order of their keys.

    ``last`` is the greatest key that was looked at, where there may be more behind it.
    """

    differences: list[Difference]
    last: int | None


def differences(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    span: Span,
    now: int,
    *,
    limit: int,
    after: int | None = None,
    shape: Shape = Shape.GEOJSON,
) -> Page:
    """One page of what differs between the two ends of a span.

    Parameters
    ----------
    connection : Connection
        One transaction, so that the pages of a walk agree.
    layer : Layer
    query : LayerQuery
        Which features; its version, order and page are passed over.
    span : Span
    now : int
        The version that the connection sees, which is at or behind the end of the span.
    limit : int
        Most differences. There may be fewer, even none, and more behind them.
    after : int, optional
        Key behind which the page begins.
    shape : Shape
        Form of the geometries in the rows.
    """
    asked = touched(connection, layer, span, now)
    if asked is None or span.since >= span.until:
        return Page([], None)
    keys = asked.subquery()
    (column,) = keys.c
    compared = _Comparison(connection, layer, query, span, now, shape)
    found: list[Difference] = []
    chunk_size = max(limit, LEAST_CHUNK)
    looked_at = 0
    while True:
        part = select(column).order_by(column).limit(chunk_size)
        if after is not None:
            part = part.where(column > after)
        chunk = [int(key) for key in connection.scalars(part)]
        for difference in compared.of(chunk):
            found.append(difference)
            if len(found) == limit:
                is_last = difference.key == chunk[-1] and len(chunk) < chunk_size
                return Page(found, None if is_last else difference.key)
        looked_at += len(chunk)
        if len(chunk) < chunk_size:
            return Page(found, None)
        after = chunk[-1]
        if looked_at >= MOST_LOOKED_AT:
            return Page(found, after)


def all_differences(
    connection: Connection,
    layer: Layer,
    query: LayerQuery,
    span: Span,
    now: int,
    shape: Shape = Shape.GEOJSON,
) -> Iterator[Difference]:
    """Every difference, in the order of keys; as many are held as one page has."""
    after = None
    while True:
        page = differences(
            connection, layer, query, span, now, limit=2_000, after=after, shape=shape
        )
        yield from page.differences
        if page.last is None:
            return
        after = page.last


def compared_rows(layer: Layer, before: Row, after: Row) -> tuple[FieldChange, ...]:
    """The fields in which two rows of a feature differ."""
    place = len(sort_kinds(layer, LayerQuery())) + 1
    triples: Iterable[tuple[str, Any, Any]] = (
        *zip(_names(layer.fields), before[place + 1 :], after[place + 1 :], strict=True),
        (GEOMETRY, before[place], after[place]),
    )
    return tuple(FieldChange(*each) for each in triples if not _is_same(each[1], each[2]))


def _withdrawn(connection: Connection, since: int) -> list[int]:
    """The sources that might be shown at a version and may not any more."""
    then = as_of(Source, since).alias("then")
    forbidden = select(Source.source_id).where(not_(Source.redistributable))
    asked = select(then.c.source_id).where(then.c.redistributable, then.c.source_id.in_(forbidden))
    return list(connection.scalars(asked))


def _names(fields: Iterable[Field]) -> list[str]:
    return [field.name for field in fields]


def _is_same(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float) and isnan(old) and isnan(new):
        return True
    return bool(old == new)


class _Comparison:
    """A selection of a layer at the two ends of a span."""

    def __init__(
        self,
        connection: Connection,
        layer: Layer,
        query: LayerQuery,
        span: Span,
        now: int,
        shape: Shape,
    ) -> None:
        self._connection = connection
        self._layer = layer
        self._query = LayerQuery(
            bbox=query.bbox, interval=query.interval, equals=query.equals, filter=query.filter
        )
        self._span = span
        self._now = now
        self._shape = shape
        self._place = len(sort_kinds(layer, self._query))
        self._withdrawn = _withdrawn(connection, span.since)

    def of(self, keys: Sequence[int]) -> Iterator[Difference]:
        """What differs of some features, in the order of their keys."""
        if not keys:
            return
        before = self._rows(keys, self._span.since)
        after = self._rows(keys, self._span.until)
        withdrawn = self._owned(keys)
        gone = {key for key in keys if key not in after and (key in before or key in withdrawn)}
        told = self._gone(gone, before)
        for key in keys:
            if key in gone:
                yield told[key]
            elif key in after and key not in before:
                yield Difference(Change.CREATED, key, None, after[key])
            elif key in after:
                fields = compared_rows(self._layer, before[key], after[key])
                if fields or self._withdrawn:
                    yield Difference(Change.CHANGED, key, before[key], after[key], fields)

    def _rows(self, keys: Sequence[int], version: int) -> dict[int, Row]:
        if version == 0:
            return {}
        query = replace(self._query, version=self._read_at(version))
        asked = statement(self._layer, query, shape=self._shape).where(
            rows_of(self._layer, query.version).key == _any_of(keys)
        )
        read = fetched(self._connection, asked.order_by(None))
        return {int(row[self._place]): row for row in read}

    def _read_at(self, version: int) -> int | None:
        return None if version >= self._now else version

    def _owned(self, keys: Sequence[int]) -> set[int]:
        """Those of the features that stood under a licence which was withdrawn since."""
        if not self._withdrawn:
            return set()
        rows = rows_of(self._layer, self._read_at(self._span.since))
        present = rows_of(self._layer, None)
        names = {
            cast("Alias", part).name
            for part in parts_of(present.source)
            if table_of(part) is Source.__table__
        }
        owners = [part for part in parts_of(rows.source) if cast("Alias", part).name in names]
        is_theirs = or_(*(part.c.source_id.in_(self._withdrawn) for part in owners))
        asked = select(rows.key).where(rows.key == _any_of(keys), is_theirs)
        return set(self._connection.scalars(selected_from(asked, rows.source)))

    def _gone(self, keys: set[int], before: Mapping[int, Row]) -> dict[int, Difference]:
        if not keys:
            return {}
        left = self._still_shown(keys)
        standings = standings_of(self._connection, self._layer, keys, self._span.until)
        found = {}
        for key in keys:
            standing = standings.get(key, Standing(None, None, None))
            if key in left:
                standing = Standing(Change.REMOVED, None, None)
            found[key] = Difference(
                standing.change or Change.RETRACTED,
                key,
                before.get(key),
                survivor=standing.survivor,
                note=standing.note if key in before else None,
            )
        return found

    def _still_shown(self, keys: Collection[int]) -> set[int]:
        """Those that the layer still has, though the selection has not."""
        if self._query == LayerQuery():
            return set()
        rows = rows_of(self._layer, self._read_at(self._span.until))
        whole = conditions(self._layer, LayerQuery(), rows)
        asked = select(rows.key).where(rows.key == _any_of(list(keys)), *whole)
        return set(self._connection.scalars(selected_from(asked, rows.source)))


@dataclass(frozen=True, slots=True)
class Standing:
    """Why an incident is not shown: what it became, the reason stated, what it was merged into."""

    change: Change | None
    note: str | None
    survivor: Survivor | None


def standings_of(
    connection: Connection, layer: Layer, keys: Collection[int], version: int | None
) -> dict[int, Standing]:
    """How the incidents with these keys stand at a version; nothing for other layers.

    A survivor is told where its licence lets it out.
    """
    key = rows_of(layer, None).key
    parts = {part: table_of(part) for part in parts_of(rows_of(layer, None).source)}
    if parts.get(key.table) is not Incident.__table__:
        return {}
    incident = as_of(Incident, version).alias("incident")
    other = as_of(Incident, version).alias("survivor")
    asked = (
        select(
            incident.c.incident_id,
            incident.c.status,
            incident.c.status_note,
            other.c.incident_id,
            other.c.code,
        )
        .select_from(
            incident.outerjoin(
                other,
                (other.c.incident_id == incident.c.merged_into)
                & may_leave(other.c.source_id, version),
            )
        )
        .where(incident.c.incident_id == _any_of(list(keys)))
    )
    return {
        row[0]: Standing(
            _STANDINGS.get(row[1]), row[2], None if row[3] is None else Survivor(row[3], row[4])
        )
        for row in connection.execute(asked)
    }


_STANDINGS = {
    IncidentStatus.MERGED.value: Change.MERGED,
    IncidentStatus.RETRACTED.value: Change.RETRACTED,
}


def _any_of(keys: Sequence[int]) -> Any:
    return any_(bindparam(None, list(keys), type_=ARRAY(BigInteger), unique=True))
