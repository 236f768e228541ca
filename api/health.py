"""Whether the service is ready: the database answers, at our revision, and the start is done.

And whether it lives: a process that cannot reach its database is not mended by killing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from api.errors import headers_of, problem
from api.media import JSON
from api.params import parameters
from api.responses import json_bytes
from api.service import service_of
from db import migrate
from db.errors import DbError, NotMigrated
from db.transaction import current_state, reading

if TYPE_CHECKING:
    from starlette.requests import Request

    from api.service import Service


def health(request: Request) -> Response:
    """200 when everything is done that a request relies on; else 503 with what is missing."""
    parameters(request.query_params.multi_items(), ())
    service = service_of(request)
    body: dict[str, Any] = {"release": service.release}
    headers = {"Cache-Control": "no-store"}
    try:
        body["version"] = _version(service)
        missing = list(service.pending())
    except DbError as fault:
        missing = [problem(fault)["detail"]]
        headers |= headers_of(fault)
    if missing:
        body = {"status": "unavailable", "missing": missing, **body}
        return Response(json_bytes(body), 503, {"Retry-After": "5", **headers}, JSON)
    return Response(json_bytes({"status": "ok", **body}), 200, headers, JSON)


async def live(request: Request) -> Response:
    """200 as long as the process answers at all; asks no database, and waits for no thread."""
    parameters(request.query_params.multi_items(), ())
    return Response(json_bytes({"status": "ok"}), 200, {"Cache-Control": "no-store"}, JSON)


def _version(service: Service) -> int:
    url = service.engine.url.render_as_string(hide_password=False)
    found, needed = migrate.current(url), migrate.newest()
    if found != needed:
        raise NotMigrated(found, needed)
    with reading(service.engine) as connection:
        return current_state(connection).version
