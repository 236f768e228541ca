"""``liptako known`` and ``liptako totals``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from db.appearances import (
    RULES,
    appearances,
    coded_figure,
    incident_key,
    people_claimed,
)
from db.asof import version_as_of
from db.cluster.serving import serving_database
from db.engine import create_engine
from db.knowledge import parse_knowledge
from db.layers.incidents import INCIDENTS
from db.query import LayerQuery
from db.read import at_version
from db.settings import Settings
from db.totals import totals as added_up
from db.transaction import reading
from db.vocabulary import Harm
from gis.bbox import parse_bbox
from gis.interval import parse_interval
from scripts.liptako.console import say, table
from scripts.liptako.exporting import equal

if TYPE_CHECKING:
    from db.appearances import Appearance

Asof = Annotated[
    str | None,
    typer.Option(
        help="The data as recorded by then: a date (its end, UTC), a moment or a snapshot."
    ),
]


def known(
    incident: Annotated[str, typer.Argument(help="Name of an incident.")],
    harm: Annotated[Harm, typer.Option(help="Which harm.")] = Harm.KILLED,
    asof: Asof = None,
) -> None:
    """What was known of an incident, and when: claim by claim, by every rule, and in the record."""
    with serving_database(Settings(), say) as url, reading(create_engine(url)) as connection:
        version = None if asof is None else version_as_of(connection, asof)
        key = incident_key(connection, incident, version)
        for status in people_claimed(connection, key, harm, version):
            days = appearances(connection, key, harm, status, version)
            people = f"{incident}: {harm.value}, {status.value}"
            table(
                f"{people}: what reports say",
                ("published by", "recorded here", "claim"),
                [
                    (_day(each), f"{claim.recorded_at:%Y-%m-%d}", claim.words)
                    for each in days
                    for claim in each.claims
                ],
            )
            rows = [_figures(each) for each in days if each.day is not None]
            coded = coded_figure(connection, key, harm, status, version)
            last = ("as coded", None if coded is None else str(coded), *[None] * len(RULES))
            columns = ("known by", *(rule.value.replace("_", " ") for rule in RULES), "disputed")
            table(f"{people}: what was known", columns, [*rows, last])


def totals(
    bbox: Annotated[str | None, typer.Option(help="west,south,east,north in degrees.")] = None,
    datetime: Annotated[str | None, typer.Option(help="Date, month or interval: a/b.")] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="field=value; may be given more than once.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help="By which rule figures are made; default: coded.")
    ] = None,
    known_by: Annotated[
        str | None, typer.Option(help="Only what reports say that were published by this day.")
    ] = None,
    asof: Asof = None,
) -> None:
    """Add up people harmed over incidents: no fewer and no more, and of how many nothing is known.

    Incidents whose figures another one includes are left out.
    """
    with serving_database(Settings(), say) as url, reading(create_engine(url)) as connection:
        query = LayerQuery(
            bbox=parse_bbox(bbox) if bbox else None,
            interval=parse_interval(datetime) if datetime else None,
            version=None if asof is None else version_as_of(connection, asof),
            knowledge=parse_knowledge(rule, known_by),
            equals=tuple(equal(INCIDENTS, text) for text in where or ()),
        )
        version, asked = at_version(connection, query)
        found = added_up(connection, INCIDENTS, asked)
    columns = ("low", "best", "high", "known", "open", "unknown", "disputed")
    table(
        f"{found.matched:,} incidents at data version {version}, {found.parts:,} of them parts of "
        f"others; figures: {str(query.knowledge) or 'rule=coded'}",
        ("", *columns),
        [
            (name, *(getattr(total, column) for column in columns))
            for name, total in found.figures.items()
        ],
    )


def _day(each: Appearance) -> str | None:
    return None if each.day is None else each.day.isoformat()


def _figures(each: Appearance) -> tuple[str | None, ...]:
    found = [each.figures[rule] for rule in RULES]
    disputed = any(figure is not None and figure.disputed for figure in found)
    told = (None if figure is None else str(figure) for figure in found)
    return (_day(each), *told, "yes" if disputed else "no")
