"""The versions of one feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media
from api.differences import (
    MEANINGS,
    fields_members,
    shown_fields,
    survivor_members,
    title_of,
)
from api.errors import NoHistory, UnknownItem
from api.features import item_named
from api.former_items import memento_link, moment_text, path_of
from api.html import page
from api.links import base_of
from api.media import HTML, JSON, Form, form_asked
from api.params import ASOF, parameters
from api.responses import answer, json_bytes
from api.service import service_of
from db.former import is_kept
from db.item_versions import versions_of
from db.layers.catalogue import layer_named
from db.query import LayerQuery, sort_kinds
from db.transaction import current_state, reading
from gis.geojson import MEDIA_TYPE as GEOJSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base, Link
    from db.authors import Author
    from db.item_versions import ItemVersion
    from db.layers.layer import Layer


def item_versions(request: Request) -> Response:
    """Every version of a feature, the first one first."""
    service = service_of(request)
    layer = layer_named(request.path_params["collection"])
    given = parameters(request.query_params.multi_items(), (media.PARAMETER,))
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    name = request.path_params["feature"]
    base = base_of(request, service.settings)
    if not is_kept(layer):
        raise NoHistory(layer.id)
    with reading(service.engine) as connection:
        state = current_state(connection)
        found = versions_of(connection, layer, item_named(name), state.version)
    if found is None:
        raise UnknownItem(layer.id, name)
    key, versions = found
    links = _links(base, layer, key, versions, form)
    if form is Form.HTML:
        text = page(service, base, "versions.html", _table(base, layer, key, versions, links))
        body, media_type = text.encode(), HTML
    else:
        document = {
            "collection": layer.id,
            "id": key,
            "versions": [_members(base, layer, key, each) for each in versions],
            "links": links,
        }
        body, media_type = json_bytes(document), JSON
    return answer(request, body, media_type, links=links, modified=state.recorded_at)


def _members(base: Base, layer: Layer, key: int, version: ItemVersion) -> dict[str, Any]:
    members: dict[str, Any] = {
        "version": version.author.version,
        "change": version.change.value,
        "recorded": [
            version.author.recorded_at,
            None if version.ended is None else version.ended.recorded_at,
        ],
        "by": _author(version.author),
    }
    if version.fields:
        members["fields"] = fields_members(version.fields)
    if version.note is not None:
        members["note"] = version.note
    if version.survivor is not None:
        members["merged_into"] = survivor_members(base.plain, layer, version.survivor)
    if version.row is not None:
        members["links"] = [memento_link(base, layer, key, version, "memento", "This version")]
    return members


def _author(author: Author) -> dict[str, Any]:
    members: dict[str, Any] = {"words": author.words, "role": author.role}
    members["application"] = author.application
    if author.stated is not None:
        members["stated"] = author.stated
    if author.load is not None:
        load = author.load
        members["import_run"] = {
            "run": load.run_id,
            "format": load.format,
            "file": load.file_name,
            "sha256": load.sha256,
            "dataset": load.dataset,
            "edition": load.edition,
        }
    if author.analyses:
        members["analyses"] = list(author.analyses)
    return members


def _links(
    base: Base, layer: Layer, key: int, versions: Sequence[ItemVersion], form: Form
) -> list[Link]:
    path = f"{path_of(layer, key)}/versions"
    own, other, title = (JSON, HTML, "As a page") if form is Form.JSON else (HTML, JSON, "As JSON")
    other_form = Form.HTML if form is Form.JSON else Form.JSON
    mine = [(media.PARAMETER, form.value)] if form is Form.HTML else []
    links = [
        base.link("self", path, own, "Versions", mine),
        base.link("alternate", path, other, title, [(media.PARAMETER, other_form.value)]),
        base.link("collection", f"/collections/{layer.id}", JSON, layer.title),
    ]
    if versions[-1].row is not None:
        links.append(base.link("latest-version", path_of(layer, key), GEOJSON, "As it is now"))
    return links


def _table(
    base: Base, layer: Layer, key: int, versions: Sequence[ItemVersion], links: Sequence[Link]
) -> dict[str, Any]:
    lead = len(sort_kinds(layer, LayerQuery()))
    rows = [
        {
            "change": each.change.value,
            "meaning": MEANINGS[each.change],
            "since": each.author.recorded_at,
            "until": None if each.ended is None else each.ended.recorded_at,
            "by": each.author.words,
            "fields": shown_fields(layer, each.fields),
            "note": each.note,
            "survivor": each.survivor
            and {
                "code": each.survivor.code,
                "href": base.page(path_of(layer, each.survivor.key)),
            },
            "href": each.row
            and base.plain.href(
                path_of(layer, key),
                [(ASOF, moment_text(each.author.recorded_at)), (media.PARAMETER, "html")],
            ),
        }
        for each in versions
    ]
    last = next(each.row for each in reversed(versions) if each.row is not None)
    return {
        "layer": layer,
        "key": key,
        "title": title_of(layer, last[lead + 2 :]) or key,
        "rows": rows,
        "is_there": versions[-1].row is not None,
        "json": next(link["href"] for link in links if link["rel"] == "alternate"),
    }
