"""Which features show the types of a layer's fields: the first that a reader of its pages sees.

QGIS before 3.44 and GDAL before 3.10 know no schema. They take the type of each field, and that of
the geometry, from the first ten features, and what is missing in all ten is text to them, for good.
So the first ten of a layer must show a value of every field that has one in any feature, though no
feature need have them all: a few *exemplars* are listed before the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from sqlalchemy import ColumnElement, func, select

from db.history import Throughout
from db.query import LayerQuery, conditions, keys_statement, rows_asked, rows_of
from db.remembered import Remembered
from gis.fields import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Select

    from db.layers.layer import Column, Layer, Rows

SAMPLE = 10
"""Features from which a client without a schema takes the types."""

GEOMETRY = "geometry"

_LIKE_TIME = r"^\d{4}[-/]\d{2}[-/]\d{2}|^\d{2}:\d{2}"
"""Texts that GDAL's GeoJSON reader takes for a day, a moment or a time, if all of a field are."""

Shown: TypeAlias = "Mapping[str, bool | None]"
"""By field: whether a feature's value shows the type, or (of a text) misleads; else missing."""


class Exemplars:
    """Exemplars of layers, each set found once for a state of the data."""

    def __init__(self) -> None:
        self._known: Remembered[tuple[int, ...]] = Remembered(200)

    def of(
        self, connection: Connection, layer: Layer, now: int, version: int | None = None
    ) -> tuple[int, ...]:
        """The exemplars of a layer at a version, where ``now`` is the present."""
        return self._known.get(
            (layer.id, now, version), lambda: exemplars(connection, layer, version)
        )


def parted(
    query: LayerQuery, matching: Callable[[tuple[int, ...]], Collection[int]]
) -> tuple[tuple[int, ...], LayerQuery]:
    """A page in two: the keys of the leading features on it, and the query of the others.

    Parameters
    ----------
    query : LayerQuery
        In the layer's own order where it has leading features; with a limit.
    matching : callable
        Which of some keys match the query; asked only where that is not plain.

    Returns
    -------
    leading : tuple of int
        In the order in which they are shown.
    others : LayerQuery
        Its limit is 0 where the leading features fill the page.
    """
    left = query.leading
    if query.after is not None:
        # The sort values of the layer's own order end with the key.
        last = query.after[-1]
        if last not in left:
            return (), query
        left = left[left.index(cast("int", last)) + 1 :]
    matched: Collection[int] = left
    # Found for this very state, they belong to it; those of a cursor may have been forged.
    if left and not (query.after is None and _is_whole(query)):
        matched = matching(left)
    shown = [key for key in left if key in matched]
    limit, offset = query.limit or 0, query.offset
    leading = tuple(shown[offset : offset + limit])
    rest = limit - len(leading)
    return leading, replace(query, after=None, limit=rest, offset=max(0, offset - len(shown)))


def _is_whole(query: LayerQuery) -> bool:
    """Whether a query asks for all features of a state, in whatever form."""
    plain = LayerQuery()
    narrowing = replace(
        query,
        version=None,
        properties=None,
        with_geometry=plain.with_geometry,
        limit=None,
        offset=0,
        leading=(),
    )
    return narrowing == plain


def matching(layer: Layer, query: LayerQuery, keys: Sequence[int]) -> Select[Any]:
    """The statement that finds which of some features match a query, wherever it stands."""
    rows = rows_asked(layer, query, few=True)
    found = select(rows.key).select_from(rows.source).where(rows.key.in_(keys))
    return found.where(*conditions(layer, query, rows))


def exemplars(connection: Connection, layer: Layer, version: int | None = None) -> tuple[int, ...]:
    """Keys of the features to list first, so that the first ten show all types.

    Parameters
    ----------
    connection : Connection
    layer : Layer
    version : int, optional
        State of the data; the present where missing.

    Returns
    -------
    tuple of int
        At most ten, in the layer's order; none where the first ten in that order show all that any
        feature can. The same rows give the same keys, whoever asks.

    Notes
    -----
    The smallest such set is a set cover, which is hard; this takes the feature with the most of
    what is not shown yet, field by field, and then drops whichever has become needless. A layer
    of which ten features cannot show all fields shows those that come first in its list of fields.
    """
    search = _Search(connection, layer, version)
    first = search.first()
    # Of a layer that ten features exhaust, the first ten show all there is.
    if len(first) < SAMPLE:
        return ()
    return search.ordered(_without_needless(search, first, _covering(search, first)))


def _covering(search: _Search, first: Sequence[int]) -> list[int]:
    found: list[int] = []
    never: set[str] = set()
    while len(found) < SAMPLE:
        hidden = [name for name in search.hidden(_sample(found, first)) if name not in never]
        if not hidden:
            break
        key = search.richest(hidden[0], hidden)
        if key is None:
            never.add(hidden[0])
        else:
            found.append(key)
    return found


def _without_needless(search: _Search, first: Sequence[int], found: list[int]) -> list[int]:
    hidden = set(search.hidden(_sample(found, first)))
    for key in list(found):
        fewer = [each for each in found if each != key]
        if hidden.issuperset(search.hidden(_sample(fewer, first))):
            found = fewer
    return found


def _sample(found: Sequence[int], first: Sequence[int]) -> list[int]:
    """The ten features that a client would see."""
    return [*found, *(key for key in first if key not in found)][:SAMPLE]


@dataclass(frozen=True, slots=True)
class _Marks:
    """What must be shown, as conditions of a row: true where its value shows the type."""

    by_name: Mapping[str, ColumnElement[bool]]
    texts: frozenset[str]


def _marks(layer: Layer, rows: Rows) -> _Marks:
    found = {
        field.name: _mark(field, rows.columns[field.name])
        for field in layer.fields
        if _may_mislead(field)
    }
    if rows.geometry is not None:
        found[GEOMETRY] = rows.geometry.is_not(None)
    texts = (field.name for field in layer.fields if field.kind is Kind.TEXT)
    return _Marks(found, frozenset(texts))


def _may_mislead(field: Field) -> bool:
    """Whether a client may take the field for another kind than it is."""
    return not field.words if field.kind is Kind.TEXT else field.nullable


def _mark(field: Field, column: Column) -> ColumnElement[bool]:
    if field.kind is Kind.TEXT:
        return column.op("!~", is_comparison=True)(_LIKE_TIME)
    if field.kind is Kind.TEXTS:
        return func.cardinality(column) > 0
    return column.is_not(None)


class _Search:
    """The statements of a search, and the features that it has looked at."""

    def __init__(self, connection: Connection, layer: Layer, version: int | None) -> None:
        self._connection = connection
        self._layer = layer
        self._version = version
        self._rows = rows_of(layer, version)
        # A few features are looked at, and the richest is found among all.
        self._every = self._rows if version is None else rows_of(layer, Throughout(version))
        self._marks = _marks(layer, self._rows)
        self._seen: dict[int, Shown] = {}

    def first(self) -> list[int]:
        """The keys that come first in the layer's own order."""
        asked = keys_statement(self._layer, LayerQuery(version=self._version, limit=SAMPLE))
        return [int(key) for key in self._connection.scalars(asked)]

    def hidden(self, keys: Iterable[int]) -> list[str]:
        """The fields whose types these features do not show."""
        shown = self._look_at(list(keys))
        return [name for name in self._marks.by_name if not self._is_shown(name, shown)]

    def _is_shown(self, name: str, shown: Sequence[Shown]) -> bool:
        values = [each[name] for each in shown]
        # A text that is missing in all features is taken for text, which is right.
        return True in values or (name in self._marks.texts and False not in values)

    def richest(self, name: str, hidden: Sequence[str]) -> int | None:
        """The feature that shows a field and most of the others; ``None`` if none shows it."""
        rows, marks = self._every, _marks(self._layer, self._every).by_name
        rank = func.num_nonnulls(*(func.nullif(marks[each], False) for each in hidden))
        asked = (
            select(rows.key)
            .select_from(rows.source)
            .where(*conditions(self._layer, LayerQuery(), rows), marks[name])
            .order_by(rank.desc(), *rows.order)
            .limit(1)
        )
        found = self._connection.scalar(asked)
        return None if found is None else int(found)

    def ordered(self, keys: Sequence[int]) -> tuple[int, ...]:
        """Keys in the layer's order."""
        if not keys:
            return ()
        asked = select(self._rows.key).select_from(self._rows.source)
        asked = asked.where(self._rows.key.in_(keys)).order_by(*self._rows.order)
        return tuple(int(key) for key in self._connection.scalars(asked))

    def _look_at(self, keys: Sequence[int]) -> list[Shown]:
        new = [key for key in keys if key not in self._seen]
        if new:
            marks = (mark.label(name) for name, mark in self._marks.by_name.items())
            asked = select(self._rows.key, *marks).select_from(self._rows.source)
            for row in self._connection.execute(asked.where(self._rows.key.in_(new))):
                self._seen[int(row[0])] = dict(zip(self._marks.by_name, row[1:], strict=True))
        return [self._seen[key] for key in keys]
