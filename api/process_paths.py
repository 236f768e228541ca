"""What the description of the API says of analyses, processes and jobs."""

from __future__ import annotations

from typing import Any

from api import exports
from api.errors import MEDIA_TYPE as PROBLEM
from api.jobs import DEFAULT_LIMIT, MOST, OFFSET, PROCESS, STATUS, TYPE, TYPES
from api.media import HTML, JSON
from db.analyses.methods import METHODS
from db.jobs.export_job import EXPORT
from db.layers.catalogue import LAYERS
from db.vocabulary import JobStatus
from gis.export import FORMATS

Node = dict[str, Any]

TAG = "analyses"
_PROCESS, _JOB, _RUN, _LIMIT, _OFFSET = "processId", "jobId", "runId", "entries", "entryOffset"
_GET = {
    "200": "Document",
    "400": "InvalidParameter",
    "406": "NotAcceptable",
    "500": "ServerError",
    "503": "NotNow",
}
_CACHED = {**_GET, "304": "NotModified"}
_MISSING = {"404": "NotFound"}


_REFUSED = dict.fromkeys(("400", "413", "415", "429"), "Refused")
_EXPORTED = {**_REFUSED, "201": "Accepted", "500": "ServerError", "503": "NotNow"}
_FILE = {
    **dict.fromkeys(("400", "404", "410", "416", "422"), "Refused"),
    "200": "File",
    "206": "PartOfFile",
    "304": "NotModified",
    "500": "ServerError",
    "503": "NotNow",
}


def paths(*, is_open: bool) -> Node:
    """The paths of analyses and, where strangers may have them computed, of processes and jobs."""
    analysis, run = f"/analyses/{{{_PROCESS}}}", f"/analyses/runs/{{{_RUN}}}"
    found = {
        "/analyses": {"get": _operation("getAnalyses", "Analyses, and what is published", _CACHED)},
        analysis: {
            "get": _operation(
                "getAnalysis", "An analysis, and its runs", _CACHED | _MISSING, (_PROCESS,)
            )
        },
        run: {"get": _operation("getRun", "A run", _CACHED | _MISSING, (_RUN,))},
    }
    return found | (_process_paths() if is_open else {})


def _process_paths() -> Node:
    process, job = f"/processes/{{{_PROCESS}}}", f"/jobs/{{{_JOB}}}"
    executed = {
        **dict.fromkeys(("400", "404", "410", "413", "415", "422", "429"), "Refused"),
        "200": "Results",
        "201": "Accepted",
        "204": "ResultLinks",
        "500": "ServerError",
        "503": "NotNow",
    }
    execute = _operation("execute", "Execute a process", executed, (_PROCESS, "Prefer"), form=False)
    execute["requestBody"] = {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Execute"}}},
    }
    answers = {**_GET, **_MISSING}
    listed = (STATUS, PROCESS, TYPE, _LIMIT, _OFFSET)
    of_results = {**answers, "200": "Results", "204": "ResultLinks"}
    of_results |= {**dict.fromkeys(("410", "422"), "Refused"), "500": "ServerError"}
    begin = _operation("export", "Have a file made", _EXPORTED, form=False)
    begin["requestBody"] = {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Export"}}},
    }
    file = _operation("getExport", "The file that a job made", _FILE, (_JOB,), form=False)
    return {
        exports.PATH: {"post": begin},
        f"{exports.PATH}/{{{_JOB}}}": {"get": file},
        "/processes": {"get": _operation("getProcesses", "Processes", _CACHED, (_LIMIT,))},
        process: {
            "get": _operation(
                "getProcessDescription",
                "A process, with its inputs and outputs",
                _CACHED | _MISSING,
                (_PROCESS,),
            )
        },
        f"{process}/execution": {"post": execute},
        "/jobs": {"get": _operation("getJobs", "Jobs of this client", _GET, listed)},
        job: {
            "get": _operation("getStatus", "How a job stands", answers, (_JOB,)),
            "delete": _operation("dismiss", "Stop a job, or forget it", answers, (_JOB,)),
        },
        f"{job}/results": {
            "get": _operation("getResult", "What a job gave", of_results, (_JOB,)),
        },
    }


def _operation(
    name: str,
    summary: str,
    answers: Node,
    parameters: tuple[str, ...] = (),
    *,
    form: bool = True,
) -> Node:
    named = (*parameters, "f") if form else parameters
    return {
        "operationId": name,
        "tags": [TAG],
        "summary": summary,
        "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in named],
        "responses": {
            status: {"$ref": f"#/components/responses/{each}"}
            for status, each in sorted(answers.items())
        },
    }


def _parameter(name: str, place: str, description: str, schema: Node) -> Node:
    in_query = {"style": "form", "explode": False} if place == "query" else {"style": "simple"}
    return {
        "name": name,
        "in": place,
        "description": description,
        "required": place == "path",
        **in_query,
        "schema": schema,
    }


def _words(*words: str) -> Node:
    return {"type": "array", "items": {"type": "string", "enum": list(words)}, "minItems": 1}


PARAMETERS: Node = {
    _PROCESS: _parameter(
        _PROCESS, "path", "A method of analysis.", {"type": "string", "enum": list(METHODS)}
    ),
    _JOB: _parameter(_JOB, "path", "A job.", {"type": "string", "format": "uuid"}),
    _RUN: _parameter(_RUN, "path", "A run.", {"type": "integer", "minimum": 1, "example": 1}),
    "Prefer": _parameter(
        "Prefer",
        "header",
        "'respond-async' for a job at once instead of its results at its end; with 'wait=10' for "
        "the results if they are there within so many seconds.",
        {"type": "string", "example": "respond-async"},
    ),
    STATUS: _parameter(
        STATUS, "query", "Jobs that stand so.", _words(*(status.value for status in JobStatus))
    ),
    PROCESS: _parameter(PROCESS, "query", "Jobs of these processes.", _words(*METHODS, EXPORT)),
    TYPE: _parameter(TYPE, "query", "Jobs of these kinds; there is one.", _words(*TYPES)),
    _LIMIT: _parameter(
        "limit",
        "query",
        "Most entries; more than the maximum is taken as the maximum.",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
    ),
    _OFFSET: _parameter(
        OFFSET,
        "query",
        "Entries to pass over.",
        {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
    ),
}


def _response(description: str, schema: str, *media_types: str) -> Node:
    content: Node = {
        each: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for each in media_types
    }
    return {"description": description, "content": content}


_PAGE: Node = {HTML: {"schema": {"type": "string"}}}
_RESULTS = _response("What the run gave: a link, or a value, by output", "Document", JSON)
RESPONSES: Node = {
    "Results": {**_RESULTS, "content": {**_RESULTS["content"], **_PAGE}},
    "ResultLinks": {"description": "What the run gave, in the header 'Link'"},
    "Accepted": {
        **_response("The job; 'Location' says where it is", "StatusInfo", JSON),
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
    },
    "Refused": {
        **(_refused := _response("Why not; 'detail' says what to change", "Problem", PROBLEM)),
        "content": {**_refused["content"], **_PAGE},
    },
}

_BYTES: Node = {"schema": {"type": "string", "format": "binary"}}
_FILES: Node = {format.media_type.partition(";")[0]: _BYTES for format in FORMATS.values()}
RESPONSES |= {
    "File": {"description": "The file", "content": _FILES},
    "PartOfFile": {"description": "The bytes that 'Range' asked for", "content": _FILES},
}

_MEMBERS: Node = {"type": "object", "additionalProperties": {"type": "object"}}
_SHORT: Node = {"type": "string", "maxLength": 100}
_NAMED: Node = {"type": "array", "items": {"type": "string"}}
SCHEMAS: Node = {
    "Export": {
        "type": "object",
        "description": "What is wanted, in the words of a layer's items.",
        "additionalProperties": False,
        "required": ["collection", "f"],
        "properties": {
            "collection": {"type": "string", "enum": list(LAYERS)},
            "f": {"type": "string", "enum": list(FORMATS)},
            "bbox": {
                "type": "array",
                "nullable": True,
                "items": {"type": "number"},
                "minItems": 4,
                "maxItems": 6,
                "example": [-1, 12, 5, 17],
            },
            "datetime": {**_SHORT, "nullable": True, "example": "2019-12/2020-01"},
            "asof": {**_SHORT, "nullable": True, "example": "2020-01-31"},
            "filter": {
                "type": "string",
                "nullable": True,
                "maxLength": 4000,
                "example": "licence LIKE 'CC BY%'",
            },
            "properties": {**_NAMED, "nullable": True, "example": ["licence"]},
            "sortby": {**_NAMED, "example": ["licence"]},
        },
    },
    "Execute": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "inputs": {
                "type": "object",
                "description": "By name; the description of the process has their schemas.",
                "example": {},
            },
            "outputs": {**_MEMBERS, "description": "Those wanted; all where missing."},
            "response": {
                "type": "string",
                "enum": ["document", "raw"],
                "default": "document",
                "description": "'raw' has no body but links, unless 'run' alone is wanted.",
            },
        },
    },
    "StatusInfo": {
        "type": "object",
        "required": ["jobID", "type", "status"],
        "properties": {
            **{name: {"type": "string"} for name in ("jobID", "processID", "type", "message")},
            "status": {"type": "string", "enum": [status.value for status in JobStatus]},
            "progress": {"type": "integer", "minimum": 0, "maximum": 100},
            **{
                name: {"type": "string", "format": "date-time"}
                for name in ("created", "started", "finished", "updated", "expires")
            },
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/Link"}},
        },
    },
}
