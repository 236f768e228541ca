"""What can be wrong with a request, and the status of every error: there is no other place for it.

Errors of the packages below arrive as they are; :data:`STATUS` gives the status of each class, the
nearest base class deciding. The body is a problem document (RFC 9457) which also has the members
``code`` and ``description`` of OGC API. A browser gets the same as a page.

Faults of ours and of the database are told to the log in full, to the client in one fixed sentence:
what a driver says may hold addresses and statements.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from api.links import link_header
from db.errors import (
    CalledOff,
    DatabaseUnreachable,
    DbError,
    FileTooLarge,
    InvalidQuery,
    NotMigrated,
    OutdatedToken,
    QueueFull,
    StatementTimeout,
    TooManyJobs,
    UnknownJob,
    UnknownLayer,
    UnknownRun,
    UnknownSnapshot,
)
from db.transaction import DatabaseBusy
from gis.errors import GisError, TooMuchForFormat, UnknownTile
from gis.whole_file import UnwritableFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.links import Link

MEDIA_TYPE = "application/problem+json"


class ApiError(Exception):
    """Base of what this package raises on purpose."""


class UnknownItem(ApiError):
    """A feature that the layer does not have, or no longer shows."""

    def __init__(self, layer: str, name: str) -> None:
        self.value = name
        self.layer = layer
        super().__init__(f"the collection {layer!r} has no item {name!r}")


class ItemGone(ApiError):
    """A feature that the layer had, and does not have any more.

    Parameters
    ----------
    layer, name : str
    change : str
        What became of it.
    note : str or None
        The reason that was stated.
    merged_into : mapping or None
        The incident that it was merged into.
    links : sequence of Link
        To its versions, the last of them, and its survivor.
    """

    def __init__(
        self,
        layer: str,
        name: str,
        change: str,
        note: str | None,
        merged_into: Mapping[str, Any] | None,
        links: Sequence[Link],
    ) -> None:
        self.value = name
        self.members = {"change": change, "note": note, "merged_into": merged_into}
        self.links = links
        into = "" if merged_into is None else f" into {merged_into['incident']!r}"
        super().__init__(
            f"the collection {layer!r} has no item {name!r} any more: it was {change}{into}; "
            "the links lead to what it was"
        )


class NoHistory(ApiError):
    """Changes of a layer whose former states are not kept."""

    def __init__(self, layer: str) -> None:
        self.value = layer
        self.rule = "former states of it are not kept, so its changes cannot be told"
        super().__init__(f"the collection {layer!r} has no history: {self.rule}")


class NotDrawn(ApiError):
    """Tiles or a style of a layer that has no geometry."""

    def __init__(self, layer: str) -> None:
        self.value = layer
        self.rule = "it has no geometry, so there are no tiles and no style of it"
        super().__init__(f"the collection {layer!r} cannot be drawn: {self.rule}")


class UnknownStyle(ApiError):
    """A style that a layer does not have."""

    def __init__(self, layer: str, name: str, known: Sequence[str], *, nearest: str | None) -> None:
        self.value = name
        self.nearest = nearest
        self.rule = f"its styles are {', '.join(known)}"
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"the collection {layer!r} has no style {name!r}: {self.rule}{hint}")


class UnknownParameter(ApiError):
    """A query parameter that the resource does not have."""

    def __init__(self, name: str, value: str, *, nearest: str | None) -> None:
        self.parameter = name
        self.value = value
        self.nearest = nearest
        self.rule = "this resource has no such parameter"
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"parameter {name!r} is refused: {self.rule}{hint}")


class NotAcceptable(ApiError):
    """No representation of the resource is one that the client accepts."""

    def __init__(self, accept: str, offered: Sequence[str]) -> None:
        self.parameter = "Accept"
        self.value = accept
        self.rule = f"this resource is offered as {' and '.join(offered)}"
        super().__init__(f"Accept {accept!r} is refused: {self.rule}")


class UnknownProcess(ApiError):
    """A process, which is a method of analysis, that there is not."""

    def __init__(self, name: str, *, nearest: str | None) -> None:
        self.value = name
        self.nearest = nearest
        hint = f" (did you mean {nearest!r}?)" if nearest else ""
        super().__init__(f"there is no process {name!r}{hint}")


class NotJson(ApiError):
    """A body of another media type than JSON."""

    def __init__(self, media_type: str) -> None:
        self.parameter = "Content-Type"
        self.value = media_type
        self.rule = "the body is application/json"
        super().__init__(f"Content-Type {media_type!r} is refused: {self.rule}")


class BodyTooLarge(ApiError):
    """A body longer than any that makes sense."""

    def __init__(self, limit: int) -> None:
        self.rule = f"it has at most {limit} bytes"
        super().__init__(f"the body is refused: {self.rule}")


class ResultNotReady(ApiError):
    """Results of a job that has not ended."""

    def __init__(self, job: str, status: str) -> None:
        self.value = job
        self.rule = f"it is {status}"
        super().__init__(f"there are no results of job {job!r} yet: {self.rule}")


class ResultsGone(ApiError):
    """Results of a job that was dismissed, or whose time is over."""

    def __init__(self, job: str) -> None:
        self.value = job
        self.rule = "it was dismissed, or its results have expired"
        super().__init__(f"there are no results of job {job!r} any more: {self.rule}")


class RangeNotSatisfiable(ApiError):
    """A range of bytes that begins behind the end of the file."""

    def __init__(self, value: str, size: int) -> None:
        self.parameter = "Range"
        self.value = value
        self.size = size
        self.rule = f"the file has {size} bytes"
        super().__init__(f"Range {value!r} is refused: {self.rule}")


class JobTooDear(ApiError):
    """A job that took more time or memory than is granted."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        super().__init__(f"the job was ended: {rule}")


class JobLost(ApiError):
    """A job whose process ended before it did."""


class JobFailed(ApiError):
    """A job that failed by a fault of ours."""


STATUS: Mapping[type[Exception], HTTPStatus] = {
    InvalidQuery: HTTPStatus.BAD_REQUEST,
    GisError: HTTPStatus.BAD_REQUEST,
    # The one fault of gis that no request can be to blame for.
    UnwritableFile: HTTPStatus.INTERNAL_SERVER_ERROR,
    UnknownParameter: HTTPStatus.BAD_REQUEST,
    UnknownLayer: HTTPStatus.NOT_FOUND,
    UnknownItem: HTTPStatus.NOT_FOUND,
    ItemGone: HTTPStatus.GONE,
    NoHistory: HTTPStatus.NOT_FOUND,
    OutdatedToken: HTTPStatus.GONE,
    UnknownTile: HTTPStatus.NOT_FOUND,
    NotDrawn: HTTPStatus.NOT_FOUND,
    UnknownStyle: HTTPStatus.NOT_FOUND,
    UnknownProcess: HTTPStatus.NOT_FOUND,
    UnknownJob: HTTPStatus.NOT_FOUND,
    UnknownRun: HTTPStatus.NOT_FOUND,
    UnknownSnapshot: HTTPStatus.NOT_FOUND,
    ResultNotReady: HTTPStatus.NOT_FOUND,
    ResultsGone: HTTPStatus.GONE,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    NotJson: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RangeNotSatisfiable: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    JobTooDear: HTTPStatus.UNPROCESSABLE_ENTITY,
    FileTooLarge: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooMuchForFormat: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyJobs: HTTPStatus.TOO_MANY_REQUESTS,
    QueueFull: HTTPStatus.SERVICE_UNAVAILABLE,
    JobLost: HTTPStatus.SERVICE_UNAVAILABLE,
    StatementTimeout: HTTPStatus.SERVICE_UNAVAILABLE,
    DatabaseBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    CalledOff: HTTPStatus.SERVICE_UNAVAILABLE,
    DatabaseUnreachable: HTTPStatus.SERVICE_UNAVAILABLE,
    NotMigrated: HTTPStatus.SERVICE_UNAVAILABLE,
    DbError: HTTPStatus.INTERNAL_SERVER_ERROR,
    ApiError: HTTPStatus.INTERNAL_SERVER_ERROR,
}

PUBLIC_DETAIL: Mapping[type[Exception], str] = {
    StatementTimeout: "The database gave up after its time limit: ask for less, or again later.",
    DatabaseBusy: "All connections to the database are in use: ask again in a moment.",
    CalledOff: "This server ends, or nobody waits for the answer any more.",
    DatabaseUnreachable: "The database does not answer.",
    NotMigrated: "The database is not at the revision that this program needs.",
    QueueFull: "As many jobs wait as this server takes: ask again in a while.",
    JobLost: "The job was lost with the process that computed it: ask for it again.",
}
"""What is told of a fault that is not the client's."""

RETRY_AFTER_S = {
    StatementTimeout: 30,
    DatabaseBusy: 2,
    CalledOff: 2,
    DatabaseUnreachable: 10,
    NotMigrated: 60,
    QueueFull: 15,
    TooManyJobs: 15,
    JobLost: 2,
}

_EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
TYPES: Mapping[type[Exception], str] = {
    UnknownProcess: f"{_EXCEPTIONS}no-such-process",
    UnknownJob: f"{_EXCEPTIONS}no-such-job",
    ResultNotReady: f"{_EXCEPTIONS}result-not-ready",
}
"""What OGC API - Processes calls an error; it has no name for any other."""


def status_of(fault: Exception) -> HTTPStatus:
    """The status of an error: of its own class, or of the nearest base that has one."""
    if isinstance(fault, HTTPException):
        return HTTPStatus(fault.status_code)
    known = (STATUS[base] for base in type(fault).__mro__ if base in STATUS)
    return next(known, HTTPStatus.INTERNAL_SERVER_ERROR)


def problem(fault: Exception) -> dict[str, Any]:
    """The members of the problem document of an error."""
    status = status_of(fault)
    detail = _detail(fault, status)
    code = type(fault).__name__ if status is not HTTPStatus.INTERNAL_SERVER_ERROR else "Fault"
    if isinstance(fault, HTTPException):
        code = status.phrase.replace(" ", "")
    members = {
        "type": TYPES.get(type(fault), "about:blank"),
        "title": status.phrase,
        "status": int(status),
        "detail": detail,
        "code": code,
        "description": detail,
    }
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        members |= _particulars(fault)
    return members


def headers_of(fault: Exception) -> dict[str, str]:
    """Headers that belong to an error."""
    if isinstance(fault, HTTPException):
        return dict(fault.headers or {})
    if isinstance(fault, ItemGone):
        return {"Link": link_header(fault.links)}
    if isinstance(fault, RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{fault.size}"}
    wait = next((RETRY_AFTER_S[base] for base in RETRY_AFTER_S if isinstance(fault, base)), None)
    return {} if wait is None else {"Retry-After": str(wait)}


def _detail(fault: Exception, status: HTTPStatus) -> str:
    if isinstance(fault, HTTPException):
        return f"{status.phrase}: {status.description or fault.detail}"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        told = (text for base, text in PUBLIC_DETAIL.items() if isinstance(fault, base))
        return next(told, "A fault of this server; it is in its log.")
    return str(fault)


def _particulars(fault: Exception) -> dict[str, Any]:
    names = ("parameter", "value", "rule", "nearest")
    found = ((name, getattr(fault, name, None)) for name in names)
    members: dict[str, Any] = {name: str(value) for name, value in found if value is not None}
    if isinstance(fault, ItemGone):
        members |= {name: value for name, value in fault.members.items() if value is not None}
        members["links"] = fault.links
    return members
