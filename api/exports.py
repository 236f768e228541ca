"""Exports as jobs: for files that take longer than a client, or a proxy, would wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.responses import Response

from api import jobs
from api.errors import ResultNotReady, ResultsGone
from api.execution import json_object, read_body, validated
from api.file_body import file_response
from api.links import base_of, link_header
from api.media import JSON
from api.params import parameters
from api.proxies import client_of
from api.responses import is_known, json_bytes, not_modified, tag_of, validators
from api.service import service_of
from db.asof import version_as_of
from db.errors import UnknownJob
from db.jobs import queue
from db.jobs.export_job import EXPORT, ExportParameters, asked_export, file_name
from db.jobs.job import Ticket
from db.jobs.queue import writing
from db.transaction import reading
from db.vocabulary import JobStatus
from gis.export import FORMATS

if TYPE_CHECKING:
    from starlette.requests import Request

PATH = "/exports"


async def begin(request: Request) -> Response:
    """A job that makes a file."""
    body = await read_body(request)
    return await to_thread.run_sync(_begun, request, body)


def export_file(request: Request) -> Response:
    """The file that a job has made.

    Raises
    ------
    ResultNotReady
        It is not made yet.
    ResultsGone
        It was dismissed, has expired, or had to make room.
    """
    service = service_of(request)
    parameters(request.query_params.multi_items(), ())
    with reading(service.engine) as connection:
        job = queue.job_of(connection, jobs.job_id(request))
    if job.method != EXPORT:
        raise UnknownJob(str(job.job_id))
    if job.is_unfinished:
        raise ResultNotReady(str(job.job_id), job.status.value)
    if job.status is JobStatus.FAILED:
        raise jobs.fault_of(job)
    format = FORMATS[job.parameters["f"]]
    file = service.files.opened(file_name(job.job_id, format))
    if file is None or job.status is JobStatus.DISMISSED:
        raise ResultsGone(str(job.job_id))
    headers = validators(tag_of(EXPORT, job.job_id), job.finished_at)
    if is_known(request, headers["ETag"], job.finished_at):
        file.close()
        return not_modified(headers)
    name = f"{job.parameters['collection']}-{str(job.job_id)[:8]}.{format.extension}"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return file_response(request, file, format.media_type, headers)


def _begun(request: Request, body: bytes) -> Response:
    service = service_of(request)
    assert service.dispatcher is not None  # without one there is no such resource
    base = base_of(request, service.settings)
    parameters(request.query_params.multi_items(), ())
    asked = validated(ExportParameters, json_object("body", body))
    asked_export(asked)  # what cannot be answered is refused now, not by the job
    if asked.asof is not None:
        with reading(service.engine) as connection:
            version_as_of(connection, asked.asof)
    ticket = Ticket(
        method=EXPORT,
        parameters=asked.model_dump(mode="json"),
        asked={},
        client=client_of(request),
    )
    with writing(service.engine) as connection:
        job = queue.submit(connection, ticket, service.dispatcher.limits)
    service.dispatcher.wake()
    with reading(service.engine) as connection:
        made = jobs.job_document(base, queue.job_of(connection, job))
    headers = {
        "Location": base.href(f"{jobs.PATH}/{job}"),
        "Link": link_header(made["links"]),
        "Cache-Control": "no-store",
    }
    return Response(json_bytes(made), 201, headers, JSON)
