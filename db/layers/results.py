"""Layers of what analyses found: their fields are declared, their rows are in one table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Date, DateTime, Double, cast, func, select

from db.layers.layer import Column, Layer, Rows, first_moment, last_moment
from db.layers.recurring import ATTRIBUTION, LICENCE
from db.models.derived import AnalysisRun, Result
from gis.fields import Field, Kind, Role

if TYPE_CHECKING:
    from sqlalchemy import FromClause

RUN = Field(
    "run",
    Kind.INTEGER,
    "Run",
    "Number of the run that found it. Without run=N the published run is shown.",
    nullable=False,
)
METHOD = Field("method", Kind.TEXT, "Method", "Name and version of the method.", nullable=False)

_TYPES = {
    Kind.INTEGER: BigInteger,
    Kind.COUNT: BigInteger,
    Kind.NUMBER: Double,
    Kind.DATE: Date,
    Kind.DATETIME: DateTime,
}


def result_layer(
    *,
    id: str,
    method: str,
    title: str,
    description: str,
    fields: tuple[Field, ...],
    geometry: str | None,
    keywords: tuple[str, ...],
) -> Layer:
    """A layer that shows the results of a method.

    A field with the role of a start or an end is taken from the period of the result, one without
    from its values, by name. The run, its method and its terms stand at the end of every row.

    Parameters
    ----------
    id, title, description, geometry, keywords
        As of every :class:`~db.layers.layer.Layer`; the id is the name under which the method
        gives its rows.
    method : str
        Whose published run the layer shows.
    fields : tuple of Field
        None of them is a list of texts.
    """
    every = (*fields, RUN, METHOD, _licence(), ATTRIBUTION)
    return Layer(
        id=id,
        title=title,
        description=description,
        fields=every,
        geometry=geometry,
        rows=partial(_rows, id, method, fields, geometry is not None),
        keywords=keywords,
    )


def published_run(method: str, version: int | None) -> Column:
    """The run of a method that was published at a version; found once a statement."""
    run = AnalysisRun.__table__.alias("published")
    asked = select(run.c.run_id).where(run.c.method == method, run.c.published_version.is_not(None))
    if version is None:
        asked = asked.where(run.c.replaced_version.is_(None))
    else:
        asked = asked.where(
            run.c.published_version <= version,
            func.coalesce(run.c.replaced_version > version, True),
        )
    return asked.scalar_subquery()


def _rows(
    layer: str, method: str, fields: tuple[Field, ...], located: bool, version: int | None
) -> Rows:
    result, run = Result.__table__.alias("result"), AnalysisRun.__table__.alias("run")
    columns = {field.name: _column(result, field) for field in fields}
    columns |= {
        RUN.name: result.c.run_id,
        METHOD.name: run.c.method + " " + run.c.method_version,
        LICENCE.name: func.coalesce(run.c.licence, ""),
        ATTRIBUTION.name: func.coalesce(run.c.attribution, ""),
    }
    dated = any(field.role in (Role.START, Role.END) for field in fields)
    return Rows(
        # Outer and on a unique key, so that a count does without it.
        source=result.outerjoin(run, run.c.run_id == result.c.run_id),
        key=result.c.result_id,
        columns=columns,
        order=(result.c.result_id,),
        geometry=result.c.geom if located else None,
        period=result.c.period if dated else None,
        where=(result.c.layer == layer,),
        published_run=published_run(method, version),
    )


def _column(result: FromClause, field: Field) -> Column:
    if field.role is Role.START:
        return first_moment(result.c.period)
    if field.role is Role.END:
        return last_moment(result.c.period)
    value = result.c["values"][field.name].astext
    return cast(value, _TYPES[field.kind]) if field.kind in _TYPES else value


def _licence() -> Field:
    meaning = "Licences of the incidents and boundaries that took part."
    return Field(LICENCE.name, Kind.TEXT, LICENCE.title, meaning, nullable=False)
