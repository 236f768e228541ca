"""What a layer is: a named published view, with its fields and its SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    ColumnElement,
    any_,
    case,
    func,
    select,
    text,
)

from db.history import as_of
from db.models.sources import Source
from gis.reference_systems import REGION_EPSG, offered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import StrEnum

    from sqlalchemy import FromClause

    from db.knowledge import Knowledge
    from db.vocabulary import Harm, PersonStatus
    from gis.fields import Field
    from gis.reference_systems import ReferenceSystem

Column = ColumnElement[Any]


class Figures(NamedTuple):
    """How many people: lower bound, best figure, upper bound. Missing is not known."""

    low: Column
    best: Column
    high: Column


@dataclass(frozen=True, slots=True)
class Rows:
    """The SQL of a layer at one state of the data.

    Parameters
    ----------
    source : FromClause
        The tables, joined. Joins other than to the first table are outer and on unique keys, so
        that PostgreSQL drops those a statement does not need: a count touches one table.
    key : column
        Integer that identifies a feature within the layer, for good.
    columns : mapping of field name to column
        In the order of the layer's fields.
    order : tuple of columns
        The layer's own order, completest rows first; ends with the key, so it is unique.
    geometry : column, optional
        WGS 84.
    period : column, optional
        Range of civil time in which the feature happened or was in force.
    code : column, optional
        A text that identifies a feature too, and lasts across databases.
    where : tuple of conditions
        What belongs to the layer.
    published_run : column, optional
        Of a layer of results: the run whose rows are shown where no other ``run`` is asked for.
    figures : callable, optional
        Harm and status of people -> :class:`Figures` of a row, where rows have such.
    is_part : condition, optional
        True of rows whose figures another row of the layer includes: a sum leaves them out.
    gathered : tuple of columns
        Of the tables whose rows a feature, or a filter, sums up without a join: the column there
        that holds the key of the feature.
    """

    source: FromClause
    key: Column
    columns: Mapping[str, Column]
    order: tuple[Column, ...]
    geometry: Column | None = None
    period: Column | None = None
    code: Column | None = None
    where: tuple[ColumnElement[bool], ...] = ()
    published_run: Column | None = None
    figures: Callable[[Harm, PersonStatus], Figures] | None = None
    is_part: ColumnElement[bool] | None = None
    gathered: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """A named published view: what it holds, in words and fields, and where its rows are.

    Parameters
    ----------
    id : str
        Its name in URLs and files.
    title, description : str
        For people; the description says what the layer does not show, too.
    fields : tuple of Field
        The properties of its features, in order; none is called ``id`` or ``geometry``.
    geometry : str or None
        GeoJSON type of every geometry of the layer; ``None`` for a layer without.
    rows : callable
        Version of the data (``None`` for the present) -> :class:`Rows`.
    keywords : tuple of str
    epsg : tuple of int
        Codes of the coordinate reference systems in which it is offered, besides CRS84.
    told : callable, optional
        Version, :class:`~db.knowledge.Knowledge`, and whether only a few rows will be read ->
        :class:`Rows`, of a layer that rests on what reports claim. The two ways to the same rows
        differ in cost: one reads the claims of all incidents once, the other those of each row.
    knowledge : tuple of str
        The parameters of knowledge that it takes: ``rule``, ``known_by``.
    summed : tuple of str
        Names of the figures of people that may be added up over its features.
    """

    id: str
    title: str
    description: str
    fields: tuple[Field, ...]
    geometry: str | None
    rows: Callable[[int | None], Rows]
    keywords: tuple[str, ...] = field(default=())
    epsg: tuple[int, ...] = REGION_EPSG
    told: Callable[[int | None, Knowledge, bool], Rows] | None = None
    knowledge: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()

    @property
    def systems(self) -> tuple[ReferenceSystem, ...]:
        """The coordinate reference systems in which it is offered, CRS84 first.

        A layer without geometry lists none, so it is offered in no other.
        """
        return offered(self.epsg if self.geometry is not None else ())

    def field(self, name: str) -> Field | None:
        """The field of that name, if there is one."""
        return next((field for field in self.fields if field.name == name), None)


def words_of(words: type[StrEnum]) -> tuple[str, ...]:
    """The values of a closed list, for a field."""
    return tuple(word.value for word in words)


def first_moment(period: Column) -> Column:
    """Start of a range; missing where it is open or the range is."""
    return func.lower(period)


def last_moment(period: Column) -> Column:
    """Last second that belongs to a range; missing where it is open.

    A day ends at 23:59:59 of that day, so that a client which takes both ends as belonging to the
    interval, as OGC API - Features does, never shows it on the next. "Until 18:00" ends at 18:00.
    """
    end = func.upper(period)
    last = case((func.upper_inc(period), end), else_=end - text("interval '1 microsecond'"))
    shown = func.greatest(func.date_trunc("second", last), func.lower(period))
    # "greatest" passes over what is missing, so an open end must not reach it.
    return case((end.is_(None), None), else_=shown).cast(TIMESTAMP)


def may_leave(source_id: Column, version: int | None) -> ColumnElement[bool]:
    """Whether the licence of a row's source lets it out; the list is made once a statement.

    What was withdrawn since is not shown at a former version either.
    """
    source = as_of(Source, version)
    allowed = select(source.c.source_id).where(source.c.redistributable)
    if version is None:
        return source_id.in_(allowed)
    allowed = allowed.where(func.liptako.may_leave(source.c.source_id))
    # As an array: joined to what PostgreSQL thinks is two rows out of nowhere, a page would be
    # planned for a hundredth of the rows that there are.
    listed = func.array(allowed.scalar_subquery(), type_=ARRAY(BigInteger))
    return source_id == any_(listed)
