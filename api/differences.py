"""Differences between two states of a layer, as JSON and as rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from db.difference import CHANGE, CHANGED_FIELDS, GEOMETRY, Change, Difference
from db.query import LayerQuery, sort_kinds
from gis.geojson import FeatureEncoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api.links import Base, Link
    from db.asof import AsOf
    from db.difference import FieldChange, Survivor
    from db.layers.layer import Layer

MOST_SHOWN = 90
"""Letters of a geometry that a table shows."""

MOST_ROWS = 100
"""Most rows of a table for people."""

MEANINGS = {
    Change.CREATED: "new: it is there now and was not before",
    Change.CHANGED: "changed: it was there before, and differs",
    Change.RETRACTED: "gone: withdrawn, deleted, or replaced by the results of a later run",
    Change.MERGED: "merged: found to be the same as another incident",
    Change.REMOVED: "out of the selection: still there, but it does not match any more",
}
"""The kinds of change for people, in the order in which they are listed."""


class DifferenceEncoder:
    """Turns differences of a layer into JSON.

    Parameters
    ----------
    base : Base
    layer : Layer
    """

    def __init__(self, base: Base, layer: Layer) -> None:
        self._base = base
        self._layer = layer
        self._lead = len(sort_kinds(layer, LayerQuery()))
        self._plain = FeatureEncoder(layer.fields, self._lead)
        self._marked = FeatureEncoder((CHANGE, CHANGED_FIELDS, *layer.fields), self._lead)

    def entry(self, difference: Difference) -> msgspec.Raw:
        """An entry of the feed: what became of a feature, and the feature as it is now.

        The feature has the very bytes that it has among the items, its links apart.
        """
        members: dict[str, Any] = {"change": difference.change.value, "id": difference.key}
        members |= self._reasons(difference)
        if difference.fields:
            members["fields"] = fields_members(difference.fields)
        if difference.after is not None:
            members["feature"] = msgspec.Raw(self._plain.feature(difference.after))
        return msgspec.Raw(msgspec.json.encode(members))

    def feature(self, difference: Difference) -> bytes:
        """A GeoJSON feature: as it is now, or as it was last, with what became of it."""
        row = difference.after or difference.before
        assert row is not None
        names = ", ".join(each.name for each in difference.fields) or None
        place = self._lead + 2
        marked = (*row[:place], difference.change.value, names, *row[place:])
        members = self._reasons(difference)
        if difference.fields:
            members["fields"] = fields_members(difference.fields)
        return self._marked.feature(marked, **members)

    def _reasons(self, difference: Difference) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if difference.survivor is not None:
            members["merged_into"] = survivor_members(self._base, self._layer, difference.survivor)
        if difference.note is not None:
            members["note"] = difference.note
        return members


def fields_members(fields: Iterable[FieldChange]) -> dict[str, Any]:
    """Fields with their values before and after, as JSON has them."""
    return {
        each.name: {"old": _value(each.name, each.old), "new": _value(each.name, each.new)}
        for each in fields
    }


def survivor_members(base: Base, layer: Layer, survivor: Survivor) -> dict[str, Any]:
    """The incident that another was merged into; it may be shown in the layer of aggregates."""
    href = base.href(f"/collections/{layer.id}/items/{survivor.key}")
    return {"id": survivor.key, "incident": survivor.code, "href": href}


def state_members(state: AsOf) -> dict[str, Any]:
    """A state of the data: its number, and when it was recorded."""
    return {"version": state.version, "recorded": state.recorded_at}


def differences_table(
    base: Base,
    layer: Layer,
    differences: Sequence[Difference],
    since: AsOf,
    until: AsOf,
    links: Sequence[Link],
) -> dict[str, Any]:
    """Differences between two states as a table: of each, what became of it and its fields."""
    lead = len(sort_kinds(layer, LayerQuery()))
    path = f"/collections/{layer.id}/items"
    rows = []
    for each in differences:
        row = each.after or each.before
        rows.append(
            {
                "href": base.page(f"{path}/{each.key}/versions"),
                "key": each.key,
                "change": each.change.value,
                "title": None if row is None else title_of(layer, row[lead + 2 :]),
                "fields": shown_fields(layer, each.fields),
                "survivor": each.survivor,
                "note": each.note,
            }
        )
    found = {each.change for each in differences}
    return {
        "layer": layer,
        "rows": rows,
        "meanings": [(each.value, text) for each, text in MEANINGS.items() if each in found],
        "since": since,
        "until": until,
        "links": {link["rel"]: link["href"] for link in links},
    }


def title_of(layer: Layer, values: Iterable[Any]) -> str | None:
    """What people call a feature, by its values in the order of the fields."""
    named = dict(zip((field.name for field in layer.fields), values, strict=True))
    found = (named.get(name) for name in ("title", "incident_title", "name"))
    return next((str(value) for value in found if value is not None), None)


def shown_fields(layer: Layer, fields: Iterable[FieldChange]) -> list[tuple[str, Any, Any]]:
    """Changed fields by their titles; of a geometry, whether there is one is enough."""
    titles = {field.name: field.title for field in layer.fields}
    return [
        ("Place", _drawn(each.old), _drawn(each.new))
        if each.name == GEOMETRY
        else (titles[each.name], each.old, each.new)
        for each in fields
    ]


def _drawn(geometry: str | None) -> str | None:
    if geometry is None or len(geometry) <= MOST_SHOWN:
        return geometry
    return f"{geometry[:MOST_SHOWN]}…"


def _value(name: str, value: Any) -> Any:
    return msgspec.Raw(value.encode()) if name == GEOMETRY and value is not None else value
