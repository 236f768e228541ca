"""What the page of one feature shows: every property, a map, and the claims of an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media
from api.maps import map_of
from db.knowledge import CODED, KNOWN_BY
from db.layers.catalogue import LAYERS
from db.query import LayerQuery, sort_kinds
from db.read import batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from api.links import Base, Link
    from db.knowledge import Knowledge
    from db.layers.layer import Layer
    from db.read import Row

INCIDENT = "incident"
RADIUS = "radius_m"
TITLES = ("title", "incident_title", "name")
CLAIMS = "claims"
CLAIM_FIELDS = (
    "kind",
    "statement",
    "claimant",
    "polarity",
    "qualifier",
    "low",
    "best",
    "high",
    "report_title",
    "source",
    "published",
)
MOST_CLAIMS = 500
"""Most claims on the page of an incident."""


def values(
    connection: Connection,
    base: Base,
    layer: Layer,
    row: Row,
    links: Sequence[Link],
    version: int | None = None,
    knowledge: Knowledge = CODED,
) -> dict[str, Any]:
    """What the page shows.

    Parameters
    ----------
    connection : Connection
        The transaction that the row was read in.
    base : Base
    layer : Layer
    row : tuple
        As :func:`db.query.statement` describes, all fields included.
    links : sequence of Link
    version : int, optional
        State of the data that the row is of; the present where missing.
    knowledge : Knowledge
        As which the row was read; its day holds for the claims, too.
    """
    lead = len(sort_kinds(layer, LayerQuery()))
    properties = dict(zip((field.name for field in layer.fields), row[lead + 2 :], strict=True))
    title = next((properties[name] for name in TITLES if properties.get(name)), row[lead])
    return {
        "layer": layer,
        "title": title,
        "key": row[lead],
        "properties": [(field, properties[field.name]) for field in layer.fields],
        "map": map_of(connection, row[lead + 1], properties.get(RADIUS), version),
        "claims": _claims(connection, base, layer, properties, version, knowledge),
        "history": next((x["href"] for x in links if x["rel"] == "version-history"), None),
        "alternates": [link for link in links if link["rel"] == "alternate"],
    }


def _claims(
    connection: Connection,
    base: Base,
    layer: Layer,
    properties: dict[str, Any],
    version: int | None,
    knowledge: Knowledge,
) -> dict[str, Any] | None:
    """The claims of an incident, in the order of their making; ``None`` for other layers."""
    code = properties.get(INCIDENT)
    claims = LAYERS[CLAIMS]
    if code is None or layer.id == CLAIMS:
        return None
    day = knowledge.known_by
    query = LayerQuery(
        version=version,
        knowledge=CODED if day is None else knowledge,
        equals=((INCIDENT, code),),
        properties=CLAIM_FIELDS,
        limit=MOST_CLAIMS,
    )
    lead = len(sort_kinds(claims, query))
    fields = [field for field in claims.fields if field.name in CLAIM_FIELDS]
    found = [row for rows in batches(connection, claims, query) for row in rows]
    path = f"/collections/{claims.id}/items"
    known = [] if day is None else [(KNOWN_BY, day.isoformat())]
    return {
        "fields": fields,
        "rows": [
            (base.href(f"{path}/{row[lead]}", [*known, (media.PARAMETER, "html")]), row[lead + 2 :])
            for row in sorted(found, key=lambda row: int(row[lead]))
        ],
        "href": base.href(path, [*known, (INCIDENT, code), (media.PARAMETER, "html")]),
    }
