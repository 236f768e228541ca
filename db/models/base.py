"""The declarative base, the schemas, and the kinds of column that the tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, CheckConstraint, Identity, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

if TYPE_CHECKING:
    from enum import StrEnum

SCHEMA = "liptako"
HISTORY_SCHEMA = "liptako_history"

SRID = 4326
"""WGS 84 longitude and latitude, the only system in which coordinates are stored."""

_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables; they live in the schema ``liptako``."""

    metadata = MetaData(schema=SCHEMA, naming_convention=_CONVENTION)
    type_annotation_map = {str: Text, int: BigInteger}  # noqa: RUF012 - SQLAlchemy's protocol


Key = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
"""A lasting number given by the database."""

SinceVersion = Annotated[int, mapped_column(BigInteger, nullable=False, index=True)]
"""The data version that wrote this row; set by a trigger, whatever a caller puts there."""


def geometry(kind: str) -> Geometry:
    """A WGS 84 geometry column of one type; indexes are declared with their table, by name."""
    return Geometry(kind, srid=SRID, spatial_index=False)


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """The rule that a column holds one word of a closed list."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_a_word")


def ordered(low: str, best: str, high: str) -> str:
    """SQL for ``low <= best <= high``, where whatever is missing breaks nothing."""
    return (
        f"coalesce({low} <= {best}, true) AND coalesce({best} <= {high}, true)"
        f" AND coalesce({low} <= {high}, true)"
    )
