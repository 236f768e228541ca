"""OGC API - Processes: methods as processes, and their execution.

A process is executed as a job in either mode. Without ``Prefer: respond-async`` the answer waits
for its end, and a client that hangs up dismisses it.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from starlette.responses import Response

from api import media
from api.analyses import method_page, methods_page
from api.execution import execution, read_body
from api.jobs import job_document, limit_of, results
from api.links import base_of, link_header
from api.media import HTML, JSON, Form, form_asked
from api.methods import AS_HTML, RELATIONS, description, method_of, summary
from api.params import LIMIT, parameters
from api.proxies import client_of
from api.responses import answer, json_bytes
from api.service import service_of
from db.analyses.methods import METHODS
from db.analyses.runs import published_runs, runs_of
from db.jobs import queue
from db.jobs.job import Ticket
from db.jobs.queue import writing
from db.transaction import reading

if TYPE_CHECKING:
    from uuid import UUID

    from starlette.requests import Request

    from api.execution import Execution
    from api.service import Service
    from db.analyses.method import Method
    from db.jobs.dispatcher import Dispatcher
    from db.jobs.job import Job

PATH = "/processes"
FIRST_LOOK_S, LAST_LOOK_S = 0.05, 0.5
"""Seconds between two looks at a job that a client waits for, at first and at last."""

_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,6})\"?")


def processes(request: Request) -> Response:
    """All processes."""
    service = service_of(request)
    base = base_of(request, service.settings)
    given = parameters(request.query_params.multi_items(), (media.PARAMETER, LIMIT))
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    limit = limit_of(given)
    links = [
        base.link("self", PATH, JSON, "Processes", given.items()),
        base.link("alternate", PATH, HTML, "Processes as a page", AS_HTML),
        base.link(f"{RELATIONS}job-list", "/jobs", JSON, "Jobs"),
    ]
    if form is Form.HTML:
        with reading(service.engine) as connection:
            published = published_runs(connection)
        text = methods_page(service, base, published)
        return answer(request, text.encode(), HTML, links=links)
    listed = [summary(base, method) for method in list(METHODS.values())[:limit]]
    return answer(request, json_bytes({"processes": listed, "links": links}), JSON, links=links)


def one_process(request: Request) -> Response:
    """One process, with its inputs and outputs."""
    service = service_of(request)
    base = base_of(request, service.settings)
    method = method_of(request.path_params["analysis"])
    given = parameters(request.query_params.multi_items(), (media.PARAMETER,))
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    made = description(base, method)
    if form is Form.HTML:
        with reading(service.engine) as connection:
            runs = runs_of(connection, method.name, 1)
        text = method_page(service, base, method, runs)
        return answer(request, text.encode(), HTML, links=made["links"])
    return answer(request, json_bytes(made), JSON, links=made["links"])


async def execute(request: Request) -> Response:
    """Execute a process, and answer with its results or with its job."""
    service = service_of(request)
    dispatcher = service.dispatcher
    assert dispatcher is not None  # without one there is no such resource
    parameters(request.query_params.multi_items(), ())
    method = method_of(request.path_params["analysis"])
    asked = execution(method, await read_body(request))
    is_async, wait_s = preference(request.headers.get("prefer", ""))
    ticket = _ticket(method, asked, client_of(request))
    job = await to_thread.run_sync(_submit, service, dispatcher, ticket)
    ended = None
    if not is_async or wait_s:
        ended = await _end_of(request, service, dispatcher, job, wait_s if is_async else None)
    if ended is not None:
        return await to_thread.run_sync(results, request, ended)
    return await to_thread.run_sync(_accepted, request, service, job)


def preference(prefer: str) -> tuple[bool, float]:
    """Whether a ``Prefer`` (RFC 7240) wants no waiting, and for how many seconds it would wait.

    Examples
    --------
    >>> preference("respond-async"), preference("Respond-Async; x=1, wait=10"), preference("")
    ((True, 0.0), (True, 10.0), (False, 0.0))
    """
    wanted = [part.strip().lower() for part in prefer.split(",")]
    waits = (_WAIT.fullmatch(part) for part in wanted)
    seconds = next((float(found[1]) for found in waits if found), 0.0)
    is_async = any(part.partition(";")[0].strip() == "respond-async" for part in wanted)
    return is_async, seconds


def _ticket(method: Method, asked: Execution, client: str) -> Ticket:
    return Ticket(
        method=method.name,
        parameters=asked.chosen.model_dump(mode="json"),
        asked={"outputs": asked.outputs, "is_raw": asked.is_raw},
        client=client,
    )


def _submit(service: Service, dispatcher: Dispatcher, ticket: Ticket) -> UUID:
    with writing(service.engine) as connection:
        job = queue.submit(connection, ticket, dispatcher.limits)
    dispatcher.wake()
    return job


async def _end_of(
    request: Request, service: Service, dispatcher: Dispatcher, job: UUID, wait_s: float | None
) -> Job | None:
    """The job at its end; nothing if that does not come in time."""
    give_up = None if wait_s is None else time.monotonic() + wait_s
    pause, is_over = FIRST_LOOK_S, False
    try:
        while give_up is None or time.monotonic() < give_up:
            await anyio.sleep(pause)
            pause = min(1.5 * pause, LAST_LOOK_S)
            found = await to_thread.run_sync(_read, service, job)
            if not found.is_unfinished:
                is_over = True
                return found
            dispatcher.wake()
            if give_up is None and await request.is_disconnected():
                return None
        is_over = True  # it goes on, without anybody waiting
        return None
    finally:
        if not is_over:
            # Nobody waits, and nobody knows its name: also where this server ends.
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(_dismiss, service, dispatcher, job)


def _read(service: Service, job: UUID) -> Job:
    with reading(service.engine) as connection:
        return queue.job_of(connection, job)


def _dismiss(service: Service, dispatcher: Dispatcher, job: UUID) -> None:
    with writing(service.engine) as connection:
        queue.dismiss(connection, job, dispatcher.limits)


def _accepted(request: Request, service: Service, job: UUID) -> Response:
    base = base_of(request, service.settings)
    with reading(service.engine) as connection:
        made = job_document(base, queue.job_of(connection, job))
    headers = {
        "Location": base.href(f"/jobs/{job}"),
        "Preference-Applied": "respond-async",
        "Link": link_header(made["links"]),
        "Cache-Control": "no-store",
    }
    return Response(json_bytes(made), 201, headers, JSON)
