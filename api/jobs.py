"""Jobs as resources: how they stand, what they gave, and an end to them.

A list has the jobs of the client that asks only: whoever knows the identifier of a job may look at
it and dismiss it, and it cannot be guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from starlette.responses import Response

from api import media
from api.errors import JobFailed, JobLost, JobTooDear, ResultNotReady, ResultsGone
from api.html import page_response
from api.links import base_of, link_header
from api.media import HTML, JSON, Form, form_asked
from api.methods import AS_HTML, RELATIONS, RUN, items_link, record
from api.params import LIMIT, parameters
from api.proxies import client_of
from api.responses import json_bytes
from api.service import service_of
from db.analyses.methods import METHODS
from db.analyses.runs import run_of
from db.errors import InvalidQuery, UnknownJob, UnknownRun
from db.jobs import queue
from db.jobs.export_job import EXPORT, file_name
from db.jobs.orders import FaultKind
from db.jobs.queue import writing
from db.layers.catalogue import LAYERS
from db.transaction import reading
from db.vocabulary import JobStatus
from gis.export import FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from api.links import Base, Link
    from api.service import Service
    from db.analyses.runs import Run
    from db.jobs.job import Job

PATH = "/jobs"
STATUS, PROCESS, TYPE, OFFSET = "status", "processID", "type", "offset"
TYPES = ("process",)
DEFAULT_LIMIT, MOST = 100, 10_000
"""Entries of a list where no limit is asked for, and at most."""
PASSING = {"Cache-Control": "no-store", "Vary": "Accept"}
"""A job changes all the time: nothing of it is kept by caches."""


def jobs(request: Request) -> Response:
    """The jobs of the client, the latest first."""
    service = service_of(request)
    base = base_of(request, service.settings)
    allowed = (media.PARAMETER, LIMIT, OFFSET, STATUS, PROCESS, TYPE)
    given = parameters(request.query_params.multi_items(), allowed)
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    limit, offset = limit_of(given), _offset(given)
    _words(given, TYPE, TYPES)
    with reading(service.engine) as connection:
        found = queue.jobs_of(
            connection,
            client_of(request),
            methods=_words(given, PROCESS, (*METHODS, EXPORT)),
            statuses=_words(given, STATUS, tuple(status.value for status in JobStatus)),
            limit=limit + 1,
            offset=offset,
        )
    _mind(service, found)
    links = [
        base.link("self", PATH, JSON, "Jobs", given.items()),
        base.link("alternate", PATH, HTML, "Jobs as a page", AS_HTML),
        base.link(f"{RELATIONS}processes", "/processes", JSON, "Processes"),
    ]
    if len(found) > limit:
        onward = {**given, OFFSET: str(offset + limit), LIMIT: str(limit)}
        links.append(base.link("next", PATH, JSON, "Next page", onward.items()))
    shown = found[:limit]
    if form is Form.HTML:
        values = {"jobs": shown, "methods": METHODS}
        return page_response(service, base, "jobs.html", values, PASSING, links)
    made = {"jobs": [job_document(base, job) for job in shown], "links": links}
    return _answer(made)


def one_job(request: Request) -> Response:
    """How a job stands; or an end to it."""
    service = service_of(request)
    base = base_of(request, service.settings)
    given = parameters(request.query_params.multi_items(), (media.PARAMETER,))
    form = form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
    if request.method == "DELETE":
        job = _dismissed(request, service)
    else:
        with reading(service.engine) as connection:
            job = queue.job_of(connection, job_id(request))
        _mind(service, [job])
    made = job_document(base, job)
    if form is not Form.HTML:
        return _answer(made)
    run = _run(service, job)
    shown = None if run is None else record(base, run)
    file = next((link for link in made["links"] if link["rel"] == "enclosure"), None)
    values = {
        "job": job,
        "file": file,
        "method": METHODS.get(job.method),
        "record": shown,
        "layers": LAYERS,
    }
    return page_response(service, base, "job.html", values, PASSING, made["links"])


def job_results(request: Request) -> Response:
    """What a job gave."""
    service = service_of(request)
    parameters(request.query_params.multi_items(), (media.PARAMETER,))
    with reading(service.engine) as connection:
        job = queue.job_of(connection, job_id(request))
    _mind(service, [job])
    return results(request, job)


def results(request: Request, job: Job) -> Response:
    """What a job gave that has ended, as it was asked for.

    Raises
    ------
    ResultNotReady
        It has not.
    ResultsGone
        It was dismissed, or its run has expired.
    InvalidQuery, JobTooDear, JobLost, JobFailed
        It failed, for that reason.
    """
    service = service_of(request)
    base = base_of(request, service.settings)
    if job.is_unfinished:
        raise ResultNotReady(str(job.job_id), job.status.value)
    if job.status is JobStatus.FAILED:
        raise fault_of(job)
    if job.method == EXPORT and job.status is JobStatus.SUCCESSFUL:
        made = file_link(base, job)
        headers = {**PASSING, "Link": link_header([made])}
        return Response(json_bytes({"file": made}), headers=headers, media_type=JSON)
    run = _run(service, job)
    if run is None:
        raise ResultsGone(str(job.job_id))
    wanted = [name for name in job.asked["outputs"] if name == RUN or name in LAYERS]
    links = [_output_link(base, name, run) for name in wanted]
    about = base.link("monitor", f"{PATH}/{job.job_id}", JSON, "The job")
    headers = {**PASSING, "Link": link_header([*links, about])}
    if job.asked["is_raw"] and wanted != [RUN]:
        return Response(status_code=204, headers=headers)
    made = record(base, run)
    if not job.asked["is_raw"]:
        # A value that is an object is told from a link by standing in one.
        by_name = dict(zip(wanted, links, strict=True))
        made = by_name | ({RUN: {"value": made}} if RUN in wanted else {})
    if form_asked(request.query_params.get(media.PARAMETER), _accept(request)) is Form.HTML:
        values = {"run": run, "record": record(base, run), "layers": LAYERS}
        return page_response(service, base, "run.html", values, headers)
    return Response(json_bytes(made), headers=headers, media_type=JSON)


def job_document(base: Base, job: Job) -> dict[str, Any]:
    """How a job stands, as OGC API - Processes has it (``statusInfo``)."""
    path = f"{PATH}/{job.job_id}"
    links = [
        base.link("self", path, JSON, "The job"),
        base.link("alternate", path, HTML, "The job as a page", AS_HTML),
    ]
    if job.method != EXPORT:
        links.append(base.link("up", f"/processes/{job.method}", JSON, "The process"))
    elif job.status is JobStatus.SUCCESSFUL:
        links.append(file_link(base, job))
    if job.status in (JobStatus.SUCCESSFUL, JobStatus.FAILED):
        links.append(base.link(f"{RELATIONS}results", f"{path}/results", JSON, "Results"))
    moments = {
        "created": job.created_at,
        "started": job.started_at,
        "finished": job.finished_at,
        "updated": job.updated_at,
        "expires": job.expires_at,
    }
    return {
        "jobID": str(job.job_id),
        "processID": job.method,
        "type": TYPES[0],
        "status": job.status.value,
        "message": job.message,
        "progress": job.progress,
        **{name: moment for name, moment in moments.items() if moment is not None},
        "links": links,
    }


def file_link(base: Base, job: Job) -> Link:
    """Where the file is that an export has made."""
    format = FORMATS[job.parameters["f"]]
    return base.link("enclosure", f"/exports/{job.job_id}", format.media_type, format.title)


def limit_of(given: Mapping[str, str]) -> int:
    """How many entries a list may have.

    Raises
    ------
    InvalidQuery
        It is no whole number of at least 1.
    """
    text = given.get(LIMIT, str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit()) or not text.strip("0"):
        raise InvalidQuery(LIMIT, text, "it is a whole number of at least 1")
    return min(int(text), MOST) if len(text) < 10 else MOST


def _dismissed(request: Request, service: Service) -> Job:
    assert service.dispatcher is not None  # without one there is no such resource
    with writing(service.engine) as connection:
        job = queue.dismiss(connection, job_id(request), service.dispatcher.limits)
    service.dispatcher.wake()
    if job.method == EXPORT:
        service.files.drop(file_name(job.job_id, FORMATS[job.parameters["f"]]))
    return job


def _mind(service: Service, found: Sequence[Job]) -> None:
    """Look after the queue where somebody waits: the server that took a job may have gone."""
    if service.dispatcher is not None and any(job.is_unfinished for job in found):
        service.dispatcher.wake()


def _run(service: Service, job: Job) -> Run | None:
    if job.run_id is None:
        return None
    with reading(service.engine) as connection:
        try:
            return run_of(connection, job.run_id)
        except UnknownRun:
            return None


def _output_link(base: Base, name: str, run: Run) -> Link:
    if name == RUN:
        return base.link("item", f"/analyses/runs/{run.run_id}", JSON, "The run")
    return items_link(base, LAYERS[name], run.run_id)


def fault_of(job: Job) -> Exception:
    """Why a job failed, as who asked for it is told."""
    told = job.fault or {}
    kind, rule = told.get("kind"), str(told.get("rule"))
    if kind == FaultKind.INVALID:
        near = told.get("nearest")
        return InvalidQuery(told.get("parameter", "inputs"), told.get("value"), rule, nearest=near)
    if kind == FaultKind.LIMIT:
        return JobTooDear(rule)
    return JobLost(rule) if kind == FaultKind.LOST else JobFailed(rule)


def job_id(request: Request) -> UUID:
    """The job that a path names.

    Raises
    ------
    UnknownJob
        It names none that could be.
    """
    name = request.path_params["job"]
    try:
        job = UUID(name)
    except ValueError as fault:
        raise UnknownJob(name) from fault
    if str(job) != name:
        raise UnknownJob(name)
    return job


def _words(given: Mapping[str, str], name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(word.strip() for word in given[name].split(",")) if name in given else ()
    for word in wanted:
        if word not in known:
            raise InvalidQuery(name, word, f"it is one of {', '.join(known)}")
    return wanted


def _offset(given: Mapping[str, str]) -> int:
    text = given.get(OFFSET, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidQuery(OFFSET, text, "it is a whole number")
    return int(text)


def _accept(request: Request) -> str | None:
    # What is executed is answered as it was asked for in the body.
    return request.headers.get("accept") if request.method != "POST" else None


def _answer(made: Mapping[str, Any]) -> Response:
    headers = {**PASSING, "Link": link_header(made["links"])}
    return Response(json_bytes(made), headers=headers, media_type=JSON)
