"""What the view of a layer is: its name, its statement, and what is remarked on its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    Date,
    Double,
    Text,
    cast,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.functions import coalesce
from sqlalchemy.types import UserDefinedType

from db.models.base import SRID
from db.query import LayerQuery, conditions, rows_of
from gis.fields import Kind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.sql.elements import ClauseElement

    from db.layers.layer import Column, Layer, Rows
    from gis.fields import Field

SCHEMA = "layers"
KEY = "id"
GEOMETRY = "geom"

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: Text(),
    Kind.INTEGER: BigInteger(),
    Kind.COUNT: BigInteger(),
    Kind.NUMBER: Double(),
    Kind.DATE: Date(),
    Kind.DATETIME: TIMESTAMP(),
    Kind.TEXTS: ARRAY(Text()),
}
"""None that QGIS leaves out (ranges) or reads as something else (``numeric`` as a real number)."""

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class View:
    """The view of one layer.

    Parameters
    ----------
    name : str
        Within the schema ``layers``.
    select : str
        Its statement, without parameters.
    comment : str
        For whoever looks at the view: QGIS shows it as the abstract.
    comments : dict of column name to text
        In the order of the columns, the key first.
    """

    name: str
    select: str
    comment: str
    comments: dict[str, str]


class _Placed(UserDefinedType[Any]):
    """A geometry of one type, in WGS 84, as a column of a view registers it."""

    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        return f"geometry({self.kind},{SRID})"


def view_name(layer: Layer) -> str:
    """The name of a layer's view: that of the layer, in a form that SQL needs no quotes for.

    Examples
    --------
    >>> from db.layers.catalogue import LAYERS
    >>> view_name(LAYERS["border-distances"])
    'border_distances'
    """
    return layer.id.replace("-", "_")


def view_of(layer: Layer) -> View:
    """The view of a layer: its key, its geometry where it has one, and its fields, in order.

    It has the rows of the layer at present; the licence of each lets it out.
    """
    rows = rows_of(layer, None)
    placed = {GEOMETRY: f"Place, {layer.geometry}, WGS 84."} if layer.geometry is not None else {}
    parts = [_branch(layer, rows, *place) for place in _places(rows)]
    # PostgreSQL 15 takes a union apart although it is behind a barrier; one level down it does not.
    whole = parts[0] if len(parts) == 1 else select(union_all(*parts).subquery("either"))
    return View(
        name=view_name(layer),
        select=sql(whole),
        comment=f"{layer.title}. {layer.description}",
        comments={
            KEY: "Number of the feature within the layer, for good.",
            **placed,
            **{field.name: remark(field) for field in layer.fields},
        },
    )


def remark(field: Field) -> str:
    """What is said of a field: title, meaning, unit, and the words that it may have."""
    unit = f" Unit: {field.unit}." if field.unit else ""
    words = f" One of: {', '.join(field.words)}." if field.words else ""
    return f"{field.title}. {field.meaning}{unit}{words}"


def placed(geometry: Column, kind: str) -> Column:
    """A geometry with its type, so that PostGIS lists the column with type and system."""
    return cast(geometry, _Placed(kind))


def sql(statement: ClauseElement) -> str:
    """The text of a statement with its values in it: what defines things has no parameters."""
    text = str(statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
    return text.replace("%%", "%")


def quoted(words: str) -> str:
    """A text as SQL writes it."""
    return sql(literal(words))


def _places(rows: Rows) -> list[tuple[Column | None, list[ColumnElement[bool]]]]:
    """Where a feature is, and of which rows that is so.

    A place that is the first known of several is asked for one by one: each has its own index,
    which a box that is looked for in ``coalesce(...)`` would find nothing in.
    """
    if not isinstance(rows.geometry, coalesce):
        return [(rows.geometry, [])]
    choices: list[Column] = list(rows.geometry.clauses)
    last = len(choices) - 1
    found: list[tuple[Column | None, list[ColumnElement[bool]]]] = []
    for position, choice in enumerate(choices):
        known = [choice.is_not(None)] if position < last else []
        found.append((choice, [*(earlier.is_(None) for earlier in choices[:position]), *known]))
    return found


def _branch(
    layer: Layer, rows: Rows, geometry: Column | None, of_which: list[ColumnElement[bool]]
) -> Select[Any]:
    shown = [rows.key.label(KEY)]
    if geometry is not None:
        assert layer.geometry is not None
        shown.append(placed(geometry, layer.geometry).label(GEOMETRY))
    fields = (
        cast(rows.columns[field.name], _TYPES[field.kind]).label(field.name)
        for field in layer.fields
    )
    asked = select(*shown, *fields).select_from(rows.source)
    return asked.where(*conditions(layer, LayerQuery(), rows), *of_which)
