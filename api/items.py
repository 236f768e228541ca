"""The features of a layer: query string -> a page, or all that match -> bytes.

The answer depends on the state of the data and on the request alone, so it has no ``timeStamp``:
the same request gives the same bytes until somebody writes.

A page is read whole before it is sent. All features at once are read while they are sent, in one
transaction; the first chunk is made before the answer begins, so what fails at once answers with
its own status.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from api import feed, tables
from api.file_body import file_response
from api.html import page_response
from api.links import Base, Link, base_of
from api.maps import map_of_all
from api.media import MADE, Form, features_form
from api.page_links import download_links, features_link_header, page_links
from api.paging import Page, read_page
from api.params import (
    ASOF,
    CRS,
    carried,
    continued,
    is_whole,
    item_parameters,
    layer_query,
    system_asked,
    walk_of,
)
from api.recorded import Recorded, asked_with, recorded, shown_state, signed
from api.representations import EXTENSIONS, Representation, representation
from api.responses import Chunked, content_crs, is_known, not_modified, tag_of, validators
from api.service import Service, service_of
from api.streamed import Streamed
from db.analyses.runs import check_run
from db.cursor import query_identity
from db.export import export_layer
from db.layers.catalogue import layer_named
from db.query import LayerQuery, sort_kinds
from db.read import batches
from db.snapshots.names import is_name
from db.transaction import reading
from gis.reference_systems import CRS84

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from db.cursor import Cursor
    from db.layers.layer import Layer
    from db.read import Row
    from gis.reference_systems import ReferenceSystem

MOST_TABLE_ROWS = 100
"""Most rows of a table for people."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an items request asks: of which layer, in which form and system, from where on.

    A table shows no coordinates, and is of CRS84 whatever is asked.
    """

    base: Base
    layer: Layer
    given: Mapping[str, str]
    form: Form
    media_type: str
    system: ReferenceSystem
    query: LayerQuery
    walk: Cursor | None
    whole: bool

    def at(self, state: Recorded) -> Asked:
        """The same at a state of the data; a walk keeps to the one in which it began."""
        if self.walk is not None:
            return self
        return replace(self, query=replace(self.query, version=state.version))

    def links(self, limit: int | None, following: str | None = None) -> list[Link]:
        """The links of the answer."""
        return page_links(
            self.base,
            self.layer,
            self.given,
            self.form,
            self.media_type,
            whole=self.whole,
            limit=limit,
            following=following,
        )


def items(request: Request) -> Response:
    """A page of a layer's features, or all of them."""
    service = service_of(request)
    asked = _asked(request, service)
    with ExitStack() as held:
        connection = held.enter_context(reading(service.engine))
        walk = asked.walk
        state = recorded(
            service,
            connection,
            asked.given,
            [asked.layer],
            walk_version=None if walk is None else walk.version,
        )
        response = _answer(request, service, held, connection, asked.at(state), state)
    lasting_s = service.settings.former_max_age_s
    return signed(response, request, asked.base, asked.given, state, lasting_s)


def _answer(
    request: Request,
    service: Service,
    held: ExitStack,
    connection: Connection,
    asked: Asked,
    state: Recorded,
) -> Response:
    check_run(connection, asked.layer, asked.query)
    tag = tag_of(
        service.edition,
        state.identity,
        asked.base.url,
        str(request.url.query),
        asked.given.get(ASOF),
        asked.form,
        asked.media_type,
    )
    headers = validators(tag, state.modified) | content_crs(asked.system)
    if is_known(request, tag, state.modified):
        return not_modified(headers)
    if asked.form is Form.HTML:
        page = shown_state(request, asked.base, asked.given, state)
        return _table(service, connection, asked, state, headers, page)
    if not asked.whole:
        return _page(service, connection, asked, state, headers)
    matched = service.counts.matched(connection, asked.layer, asked.query, state.now.version)
    links = asked.links(None) + _onwards(connection, asked, state.number, headers)
    headers |= _file_headers(asked, state.number, links, matched)
    headers["OGC-NumberReturned"] = str(max(matched - asked.query.offset, 0))
    if asked.form in MADE:
        held.close()  # the file is made in a transaction of its own, at the same version
        return _made(service, request, asked, state.now.version, tag, headers)
    if request.method == "HEAD":
        return Streamed(b"", _nothing(), asked.media_type, headers)
    held.enter_context(service.streams.one(service.settings.pool_size))
    made = _while_held(held.pop_all(), _all(connection, asked, matched, links))
    first = next(made)  # it has begun now, so closing it lets go of what is held
    return Streamed(first, made, asked.media_type, headers)


def _asked(request: Request, service: Service) -> Asked:
    layer = layer_named(request.path_params["collection"])
    given = asked_with(request, item_parameters(layer))
    form, media_type = features_form(given, request.headers.get("accept"))
    system = system_asked(layer, given, CRS)
    if form is Form.HTML:
        system = CRS84
    query = layer_query(layer, given, service.settings)
    whole = is_whole(given, form)
    if whole:
        query = replace(query, limit=None)
    walk = walk_of(layer, query, given)
    if walk is not None:
        query = continued(query, walk)
    base = base_of(request, service.settings, carried(given))
    return Asked(base, layer, given, form, media_type, system, query, walk, whole)


def _page(
    service: Service, connection: Connection, asked: Asked, state: Recorded, headers: dict[str, str]
) -> Response:
    written = _written(asked)
    page = read_page(
        connection,
        service.counts,
        service.exemplars,
        asked.layer,
        written.query,
        asked.walk,
        state.now.version,
        written.part,
        system=asked.system,
        shape=written.shape,
    )
    links = asked.links(asked.query.limit, page.cursor)
    links += _onwards(connection, asked, page.version, headers)
    tail = _members(page.matched, page.returned, links)
    chunks = list(written.body(page.parts, lambda: tail))
    if asked.form in (Form.JSON, Form.JSONFG):
        headers["Link"] = features_link_header(links, in_body=True)
    else:
        headers |= _file_headers(asked, page.version, links, page.matched)
    if asked.form is not Form.JSON:
        headers |= _numbers(page.matched) | {"OGC-NumberReturned": str(page.returned)}
    return Chunked(chunks, asked.media_type, headers)


def _table(
    service: Service,
    connection: Connection,
    asked: Asked,
    state: Recorded,
    headers: dict[str, str],
    shown: dict[str, Any],
) -> Response:
    limit = min(asked.query.limit or MOST_TABLE_ROWS, MOST_TABLE_ROWS)
    query = replace(asked.query, limit=limit)
    page: Page[list[Row]] = read_page(
        connection,
        service.counts,
        service.exemplars,
        asked.layer,
        query,
        asked.walk,
        state.now.version,
        _rows,
    )
    links = asked.links(limit, page.cursor) + _onwards(connection, asked, page.version, headers)
    downloads = download_links(asked.base, asked.layer, asked.given)
    place = len(sort_kinds(asked.layer, query)) + 1
    located = (row[place] for part in page.parts for row in part)
    drawn = map_of_all(connection, located, version=state.version)
    values = tables.items_table(asked.base, asked.layer, query, page, links, downloads, drawn)
    values["state"] = shown
    headers["Link"] = features_link_header(links, in_body=True)
    return page_response(service, asked.base, "items.html", values, headers)


def _onwards(
    connection: Connection, asked: Asked, version: int, headers: dict[str, str]
) -> list[Link]:
    """The link to what is changed later in what is shown; its token goes into a header, too."""
    links, told = feed.onwards(
        connection, asked.base, asked.layer, asked.query, asked.given, version
    )
    headers |= told
    return links


def _rows(rows: Sequence[Row]) -> list[Row]:
    return list(rows)


def _made(
    service: Service,
    request: Request,
    asked: Asked,
    now: int,
    tag: str,
    headers: Mapping[str, str],
) -> Response:
    """A file that is made whole first, or was made for whoever asked for the same before."""
    name = f"{tag[1:-1]}.{EXTENSIONS[asked.form]}"
    file = service.files.opened(name)
    if file is None and request.method == "HEAD":
        return Streamed(b"", _nothing(), asked.media_type, headers)
    if file is None:
        query = asked.query
        pinned = query if query.version is not None else replace(query, version=now)

        def write(path: Path, tell: Callable[[int], None]) -> None:
            export_layer(
                service.engine,
                asked.layer,
                pinned,
                path,
                asked.form.value,
                tell,
                system=asked.system,
            )

        with service.streams.one(service.settings.pool_size):
            file = service.files.make(name, write)
    return file_response(request, file, asked.media_type, headers)


def _written(asked: Asked) -> Representation:
    return representation(asked.form, asked.base, asked.layer, asked.query, asked.system)


def _all(
    connection: Connection, asked: Asked, matched: int, links: Sequence[Link]
) -> Iterator[bytes]:
    """The body of all features that match."""
    written = _written(asked)
    returned = 0

    def parts() -> Iterator[bytes]:
        nonlocal returned
        read: Iterable[Sequence[Row]] = batches(
            connection, asked.layer, written.query, system=asked.system, shape=written.shape
        )
        for rows in read:
            returned += len(rows)
            yield written.part(rows)

    return written.body(parts(), lambda: _members(matched, returned, links))


def _while_held(held: ExitStack, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The same chunks; what is held is let go at their end, whatever that is."""
    with held:
        yield from chunks
        yield b""  # a selection of nothing has a first chunk, too


def _nothing() -> Generator[bytes, None, None]:
    yield from ()


def _members(matched: int, returned: int, links: Sequence[Link]) -> bytes:
    members = {"numberMatched": matched, "numberReturned": returned, "links": links}
    return msgspec.json.encode(members)[1:-1]


def _numbers(matched: int) -> dict[str, str]:
    return {"OGC-NumberMatched": str(matched)}


def _file_headers(asked: Asked, version: int, links: list[Link], matched: int) -> dict[str, str]:
    state = asked.given.get(ASOF, "")
    name = f"{asked.layer.id}-{state if is_name(state) else f'v{version}'}"
    if query_identity(asked.layer, asked.query) != query_identity(asked.layer, LayerQuery()):
        name += "-selection"
    if not asked.whole:
        name += "-page"
    return {
        **_numbers(matched),
        "Link": features_link_header(links, in_body=asked.form in (Form.JSON, Form.JSONFG)),
        "Content-Disposition": f'attachment; filename="{name}.{EXTENSIONS[asked.form]}"',
    }
