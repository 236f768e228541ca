"""Snapshots as resources: each with its manifest, its citations, and the lines that were hashed.

A snapshot is made and signed where the database is (``liptako snapshot create``), never by request.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from api import media
from api.html import page
from api.links import base_of
from api.media import HTML, JSON, MEDIA_TYPES, Form, form_asked
from api.params import ASOF, CARRIED, carried, parameters
from api.responses import answer, is_known, json_bytes, not_modified, tag_of, validators
from api.service import service_of
from api.streamed import Streamed
from db.layers.catalogue import LAYERS, layer_named
from db.snapshots.citation import bibtex, citation_cff, citation_text
from db.snapshots.datacite import datacite
from db.snapshots.kept import public_keys, snapshot_named, snapshots
from db.snapshots.keys import public_pem, web_key
from db.snapshots.prints import lines
from db.snapshots.signed import SignedManifest, layers_of
from db.transaction import current_state, reading
from gis.licence_names import single_names

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base, Link
    from api.service import Service
    from db.snapshots.kept import Snapshot
    from db.snapshots.publication import Publication

PATH = "/snapshots"
KEYS = "/keys"
WEB_KEYS = "application/jwk-set+json"
DATACITE = "application/vnd.datacite.datacite+json"
TEXT = "text/plain; charset=utf-8"

CITATIONS: Mapping[str, tuple[str, str, Callable[[Mapping[str, Any], Publication], str | bytes]]]
CITATIONS = {
    "citation.txt": ("Citation", TEXT, lambda m, p: f"{citation_text(m, p)}\n"),
    "citation.bib": ("BibTeX", "application/x-bibtex", bibtex),
    "CITATION.cff": ("Citation File Format", "application/yaml", citation_cff),
    "datacite.json": ("DataCite metadata", DATACITE, lambda m, p: json_bytes(datacite(m, p))),
}
"""Files of a snapshot: title, media type, and how each is made."""


def snapshot_list(request: Request) -> Response:
    """All snapshots, the latest first."""
    service = service_of(request)
    given = _given(request)
    base = base_of(request, service.settings, carried(given))
    with reading(service.engine) as connection:
        found = snapshots(connection)
    links = [
        base.link("self", PATH, JSON, "Snapshots"),
        base.link("alternate", PATH, HTML, "Snapshots as a page", _AS_HTML),
        base.plain.link("related", KEYS, WEB_KEYS, "Keys that signed them"),
    ]
    if _form(request, given) is Form.HTML:
        text = page(service, base, "snapshots.html", {"snapshots": found})
        return answer(request, text.encode(), HTML, links=links)
    listed = [_summary(base, one) for one in found]
    return answer(request, json_bytes({"links": links, "snapshots": listed}), JSON, links=links)


def one_snapshot(request: Request) -> Response:
    """A snapshot: its manifest with the signature, and links to all that is of it."""
    service = service_of(request)
    given = _given(request)
    base = base_of(request, service.settings, carried(given))
    snapshot = _found(request, service)
    signed = SignedManifest(snapshot.manifest, snapshot.signature).document()
    publication = _publication(service, base)
    links = snapshot_links(base, snapshot)
    cited = citation_text(snapshot.manifest, publication)
    if _form(request, given) is Form.HTML:
        values = {
            "snapshot": snapshot,
            "layers": [
                (LAYERS.get(name), name, layer, single_names(tuple(layer["licences"])))
                for name, layer in layers_of(snapshot.manifest)
            ],
            "signature": signed["signature"],
            "citation": cited,
            "files": {name: title for name, (title, _, _) in CITATIONS.items()},
            "path": f"{PATH}/{snapshot.name}",
            "asof": ((ASOF, snapshot.name),),
        }
        text = page(service, base.plain, "snapshot.html", values)
        return answer(request, text.encode(), HTML, links=links[:_IN_HEADER])
    made = {"links": links, "citation": cited, **signed}
    return answer(request, json_bytes(made), JSON, links=links[:_IN_HEADER])


def citation_file(request: Request) -> Response:
    """A citation of a snapshot, in one of the forms of :data:`CITATIONS`."""
    service = service_of(request)
    parameters(request.query_params.multi_items(), CARRIED)
    name = request.path_params["file"]
    if name not in CITATIONS:
        raise HTTPException(404)
    snapshot = _found(request, service)
    publication = _publication(service, base_of(request, service.settings))
    _, media_type, write = CITATIONS[name]
    made = write(snapshot.manifest, publication)
    return answer(request, made if isinstance(made, bytes) else made.encode(), media_type)


def snapshot_lines(request: Request) -> Response:
    """The canonical lines of a layer at a snapshot: the bytes that its hash is of."""
    service = service_of(request)
    parameters(request.query_params.multi_items(), CARRIED)
    snapshot = _found(request, service)
    layer = layer_named(request.path_params["collection"])
    stated = snapshot.manifest["layers"].get(layer.id)
    if stated is None or any(layer.field(name) is None for name in stated["fields"]):
        raise HTTPException(404)
    with ExitStack() as held:
        connection = held.enter_context(reading(service.engine))
        now = current_state(connection).version
        withheld = service.withheld.at(connection, now, snapshot.version)
        tag = tag_of(service.release, snapshot.version, withheld, stated["sha256"])
        headers = validators(tag)
        headers["Content-Disposition"] = f'attachment; filename="{layer.id}-{snapshot.name}.ndjson"'
        media_type = MEDIA_TYPES[Form.LINES]
        if is_known(request, tag):
            return not_modified(headers)
        if request.method == "HEAD":
            return Streamed(b"", _nothing(), media_type, headers)
        held.enter_context(service.streams.one(service.settings.pool_size))
        read = lines(connection, layer, snapshot.version, now, list(stated["fields"]))
        made = _while_held(held.pop_all(), read)
        return Streamed(next(made), made, media_type, headers)


def keys(request: Request) -> Response:
    """The public keys that signed snapshots, as a JSON Web Key Set (RFC 7517, 5)."""
    service = service_of(request)
    given = parameters(request.query_params.multi_items(), (media.PARAMETER, *CARRIED))
    media.check_only_form(
        given.get(media.PARAMETER), request.headers.get("accept"), ("json",), (WEB_KEYS, JSON)
    )
    with reading(service.engine) as connection:
        found = public_keys(connection)
    told = [{**web_key(public), "pem": public_pem(public)} for public in found]
    return answer(request, json_bytes({"keys": told}), WEB_KEYS)


def snapshot_links(base: Base, snapshot: Snapshot) -> list[Link]:
    """The links of a snapshot: first those of all, then the lines of each layer."""
    path = f"{PATH}/{snapshot.name}"
    plain = base.plain
    lines_type = MEDIA_TYPES[Form.LINES]
    of_layers = (
        plain.link("item", f"{path}/lines/{name}", lines_type, f"{layer['title']}: canonical lines")
        for name, layer in layers_of(snapshot.manifest)
        if name in LAYERS
    )
    return [
        plain.link("self", path, JSON, f"Snapshot {snapshot.name}"),
        plain.link("alternate", path, HTML, f"Snapshot {snapshot.name} as a page", _AS_HTML),
        plain.link("cite-as", path, JSON, "The address to cite"),
        plain.link("data", "/collections", JSON, "Its collections", [(ASOF, snapshot.name)]),
        *(
            plain.link("describedby", f"{path}/{name}", media_type, title)
            for name, (title, media_type, _) in CITATIONS.items()
        ),
        plain.link("related", KEYS, WEB_KEYS, "Keys that signed snapshots"),
        plain.link("collection", PATH, JSON, "All snapshots"),
        *of_layers,
    ]


_AS_HTML = ((media.PARAMETER, Form.HTML.value),)
_IN_HEADER = 10
"""The links before those of layers: a header is no place for dozens."""


def _summary(base: Base, snapshot: Snapshot) -> dict[str, Any]:
    told = ("name", "note", "version", "recorded_at", "created_at", "content")
    path = f"{PATH}/{snapshot.name}"
    return {
        **{name: snapshot.manifest[name] for name in told},
        "signed": snapshot.signature is not None,
        "links": [
            base.plain.link("self", path, JSON, f"Snapshot {snapshot.name}"),
            base.plain.link(
                "data", "/collections", JSON, "Its collections", [(ASOF, snapshot.name)]
            ),
        ],
    }


def _publication(service: Service, base: Base) -> Publication:
    return replace(service.settings.publication, address=base.url)


def _found(request: Request, service: Service) -> Snapshot:
    with reading(service.engine) as connection:
        return snapshot_named(connection, request.path_params["snapshot"])


def _given(request: Request) -> dict[str, str]:
    return parameters(request.query_params.multi_items(), (media.PARAMETER, *CARRIED))


def _form(request: Request, given: Mapping[str, str]) -> Form:
    return form_asked(given.get(media.PARAMETER), request.headers.get("accept"))


def _while_held(held: ExitStack, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The same chunks; what is held is let go at their end, whatever that is."""
    with held:
        yield from chunks
        yield b""  # a layer without features has a first chunk, too


def _nothing() -> Generator[bytes, None, None]:
    yield from ()
