"""Analyses as resources: the methods, what can be chosen of them, and their runs.

All of it can be read where strangers may have nothing computed, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api import media
from api.html import page
from api.links import base_of
from api.media import HTML, JSON, Form, form_asked
from api.methods import (
    AS_HTML,
    RELATIONS,
    analysis,
    method_of,
    parameter_rows,
    record,
    result_layers,
)
from api.params import parameters
from api.responses import answer, json_bytes
from api.service import service_of
from db.analyses.methods import METHODS
from db.analyses.runs import LARGEST, published_runs, run_of, runs_of
from db.errors import UnknownRun
from db.layers.catalogue import LAYERS
from db.transaction import current_state, reading

if TYPE_CHECKING:
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base
    from api.service import Service
    from db.analyses.method import Method
    from db.analyses.runs import Run

PATH = "/analyses"
MOST_RUNS = 50
"""Runs that the page of a method lists."""


def analyses(request: Request) -> Response:
    """All methods."""
    service = service_of(request)
    form, base = _form(request), base_of(request, service.settings)
    with reading(service.engine) as connection:
        state, published = current_state(connection), published_runs(connection)
    links = [
        base.link("self", PATH, JSON, "Analyses"),
        base.link("alternate", PATH, HTML, "Analyses as a page", AS_HTML),
    ]
    if service.dispatcher is not None:
        rel = f"{RELATIONS}processes"
        links.append(base.link(rel, "/processes", JSON, "Have one computed"))
    if form is Form.HTML:
        text = methods_page(service, base, published)
        return answer(request, text.encode(), HTML, links=links, modified=state.recorded_at)
    listed = [analysis(base, method, published.get(name)) for name, method in METHODS.items()]
    body = json_bytes({"links": links, "analyses": listed})
    return answer(request, body, JSON, links=links, modified=state.recorded_at)


def one_analysis(request: Request) -> Response:
    """A method."""
    service = service_of(request)
    form, base = _form(request), base_of(request, service.settings)
    method = method_of(request.path_params["analysis"])
    with reading(service.engine) as connection:
        state, runs = current_state(connection), runs_of(connection, method.name, MOST_RUNS)
    if form is Form.HTML:
        text = method_page(service, base, method, runs)
        return answer(request, text.encode(), HTML, modified=state.recorded_at)
    published = next((run for run in runs if run.standing == "published"), None)
    listed = [
        {
            **{name: getattr(run, name) for name in ("standing", "parameters", "counts")},
            "run": run.run_id,
            "finished": run.finished_at,
            "href": base.href(f"{PATH}/runs/{run.run_id}"),
        }
        for run in runs
    ]
    made = {**analysis(base, method, published), "runs": listed}
    return answer(request, json_bytes(made), JSON, links=made["links"], modified=state.recorded_at)


def one_run(request: Request) -> Response:
    """A run."""
    service = service_of(request)
    form, base = _form(request), base_of(request, service.settings)
    name = request.path_params["run"]
    if not (name.isascii() and name.isdigit()) or len(name) > len(str(LARGEST)):
        raise UnknownRun(name)
    with reading(service.engine) as connection:
        run = run_of(connection, int(name))
    made = record(base, run)
    if form is Form.HTML:
        text = page(service, base, "run.html", {"run": run, "record": made, "layers": LAYERS})
        return answer(request, text.encode(), HTML, links=made["links"], modified=run.finished_at)
    return answer(request, json_bytes(made), JSON, links=made["links"], modified=run.finished_at)


def methods_page(service: Service, base: Base, published: dict[str, Run]) -> str:
    """The page of all methods."""
    values: dict[str, Any] = {
        "methods": list(METHODS.values()),
        "published": published,
        "is_open": service.dispatcher is not None,
    }
    return page(service, base, "analyses.html", values)


def method_page(service: Service, base: Base, method: Method, runs: list[Run]) -> str:
    """The page of a method, whether as an analysis or as a process."""
    values: dict[str, Any] = {
        "method": method,
        "parameters": parameter_rows(method),
        "layers": [LAYERS[name] for name in method.layers],
        "results": [layer.id for layer in result_layers(method)],
        "runs": runs,
        "published": next((run for run in runs if run.standing == "published"), None),
        "is_open": service.dispatcher is not None,
        "limits": service.settings.job_limits,
    }
    return page(service, base, "analysis.html", values)


def _form(request: Request) -> Form:
    given = parameters(request.query_params.multi_items(), (media.PARAMETER,))
    return form_asked(given.get(media.PARAMETER), request.headers.get("accept"))
