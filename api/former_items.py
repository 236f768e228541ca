"""Links to what a feature was, and the answer for one that is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.differences import survivor_members
from api.errors import ItemGone, UnknownItem
from api.media import JSON
from api.params import ASOF
from db.former import is_kept
from db.item_versions import versions_of
from gis.geojson import MEDIA_TYPE as GEOJSON

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from api.links import Base, Link
    from db.item_versions import ItemVersion
    from db.layers.layer import Layer


def gone(
    connection: Connection, base: Base, layer: Layer, name: str, item: int | str, now: int
) -> ItemGone | UnknownItem:
    """What to answer for a feature that the layer does not show: that it was there, or never."""
    found = versions_of(connection, layer, item, now) if is_kept(layer) else None
    # What is there and not shown is hidden by what was asked besides.
    if found is None or found[1][-1].row is not None:
        return UnknownItem(layer.id, name)
    key, versions = found
    last = versions[-1]
    shown = [each for each in versions if each.row is not None]
    plain, path = base.plain, path_of(layer, key)
    links = [
        plain.link("version-history", f"{path}/versions", JSON, "All versions"),
        memento_link(base, layer, key, shown[-1], "predecessor-version", "The last version"),
    ]
    survivor = None
    if last.survivor is not None:
        survivor = survivor_members(plain, layer, last.survivor)
        title = "The incident that it was merged into"
        links.append(
            plain.link("successor-version", path_of(layer, last.survivor.key), GEOJSON, title)
        )
    return ItemGone(layer.id, name, last.change.value, last.note, survivor, links)


def history_link(base: Base, layer: Layer, key: int) -> list[Link]:
    """The link from a feature to its versions; none of a layer that keeps none."""
    if not is_kept(layer):
        return []
    return [base.plain.link("version-history", f"{path_of(layer, key)}/versions", JSON, "Versions")]


def memento_link(
    base: Base, layer: Layer, key: int, version: ItemVersion, relation: str, title: str
) -> Link:
    """The link to a feature as one of its versions shows it."""
    moment = moment_text(version.author.recorded_at)
    return base.plain.link(relation, path_of(layer, key), GEOJSON, title, [(ASOF, moment)])


def path_of(layer: Layer, key: int) -> str:
    """The path of a feature."""
    return f"/collections/{layer.id}/items/{key}"


def moment_text(moment: datetime) -> str:
    """A moment as ``asof`` takes it, to the microsecond."""
    return moment.isoformat().replace("+00:00", "Z")
