"""What is told of a method of analysis: as OGC API - Processes wants it, and with plain schemas.

The parameters of a method are a pydantic model. Its JSON Schema is published as it is with the
analyses; the description of a process has the dialect of OpenAPI 3.0, as its standard demands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import media
from api.errors import UnknownProcess
from api.media import HTML, JSON, MEDIA_TYPES, TITLES, Form
from api.page_links import download_links
from db.analyses.methods import METHODS
from db.analyses.runs import shows_runs
from db.layers.catalogue import LAYERS
from gis.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.links import Base, Link
    from db.analyses.method import Method
    from db.analyses.runs import Run
    from db.layers.layer import Layer

Node = dict[str, Any]

RUN = "run"
"""Output of every process: the record of the run, by value."""

RELATIONS = "http://www.opengis.net/def/rel/ogc/1.0/"
AS_HTML = ((media.PARAMETER, Form.HTML.value),)

_UNITS = {"m": "m", "km": "km", "days": "d", "s": "s", "deg": "°", "percent": "%"}
"""Last word of a parameter's name -> its unit."""


def method_of(name: str) -> Method:
    """The method of that name.

    Raises
    ------
    UnknownProcess
        There is none; the error names the one most like it.
    """
    if name not in METHODS:
        raise UnknownProcess(name, nearest=nearest(name, METHODS))
    return METHODS[name]


def result_layers(method: Method) -> list[Layer]:
    """The layers that show the results of any run of a method, not of the published one only."""
    return [LAYERS[name] for name in method.layers if shows_runs(LAYERS[name])]


def outputs(method: Method) -> list[str]:
    """Identifiers of what a process gives: its layers, and the record of the run."""
    return [*(layer.id for layer in result_layers(method)), RUN]


def summary(base: Base, method: Method) -> Node:
    """The entry of a process in the list of them."""
    path = f"/processes/{method.name}"
    return {
        "id": method.name,
        "version": method.version,
        "title": method.title,
        "description": method.answers,
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["reference", "value"],
        "links": [
            base.link("self", path, JSON, method.title),
            base.link("alternate", path, HTML, f"{method.title} as a page", AS_HTML),
            base.link(f"{RELATIONS}execute", f"{path}/execution", JSON, "Execute"),
            base.link("about", f"/analyses/{method.name}", JSON, "The analysis, and its runs"),
        ],
    }


def description(base: Base, method: Method) -> Node:
    """The whole description of a process."""
    schema = parameter_schema(method)
    inputs = {
        name: {
            "title": each.get("title", name),
            "description": each.get("description", ""),
            "minOccurs": 0,
            "maxOccurs": 1,
            "schema": _of_openapi(
                {key: value for key, value in each.items() if key not in ("title", "description")}
            ),
        }
        for name, each in schema["properties"].items()
    }
    given = {layer.id: _layer_output(layer) for layer in result_layers(method)}
    record = {
        "title": "The run",
        "description": "All that it takes to repeat it, how many results there are, and its links.",
        "schema": {"type": "object", "contentMediaType": JSON},
    }
    return {**summary(base, method), "inputs": inputs, "outputs": {**given, RUN: record}}


def parameter_schema(method: Method) -> Node:
    """The JSON Schema of the parameters of a method, without references."""
    schema = method.parameters.model_json_schema()
    defined = schema.pop("$defs", {})
    schema = _resolved(schema, defined)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": f"Parameters of {method.name}",
        "description": method.answers,
        "properties": schema.get("properties", {}),
    }


def parameter_rows(method: Method) -> list[Node]:
    """Name, meaning, default and unit of each parameter, for people."""
    rows = []
    for name, field in method.parameters.model_fields.items():
        default = field.get_default()
        rows.append(
            {
                "name": name,
                "meaning": (field.description or "").replace("`", ""),
                "default": ", ".join(map(str, default)) if isinstance(default, tuple) else default,
                "unit": _UNITS.get(name.rpartition("_")[2], ""),
            }
        )
    return rows


def analysis(base: Base, method: Method, published: Run | None) -> Node:
    """What is told of an analysis: what it answers, what can be chosen, what is published."""
    path = f"/analyses/{method.name}"
    return {
        "id": method.name,
        "version": method.version,
        "title": method.title,
        "answers": method.answers,
        "parameters": parameter_schema(method),
        "layers": list(method.layers),
        "published": None if published is None else record(base, published),
        "links": [
            base.link("self", path, JSON, method.title),
            base.link("alternate", path, HTML, f"{method.title} as a page", AS_HTML),
            *(
                base.link("related", f"/collections/{name}", JSON, LAYERS[name].title)
                for name in method.layers
            ),
        ],
    }


def record(base: Base, run: Run) -> Node:
    """A run: what it takes to repeat it, what it found, until when, and where that is."""
    path = f"/analyses/runs/{run.run_id}"
    return {
        "run": run.run_id,
        "method": run.method,
        "version": run.method_version,
        "standing": run.standing,
        "finished": run.finished_at,
        "expires": run.expires_at,
        "data_version": run.data_version,
        "parameters": run.parameters,
        "input_sha256": run.input_sha256,
        "seed": run.seed,
        "editions": run.editions,
        "software": run.software,
        "counts": run.counts,
        "licence": run.licence,
        "attribution": run.attribution,
        "results": _results(base, run),
        "links": [
            base.link("self", path, JSON, f"Run {run.run_id} of {run.method}"),
            base.link("alternate", path, HTML, "The run as a page", AS_HTML),
            base.link("up", f"/analyses/{run.method}", JSON, "The analysis"),
        ],
    }


def items_link(base: Base, layer: Layer, run_id: int) -> Link:
    """Where a layer shows the results of a run, as GeoJSON."""
    path, asked = f"/collections/{layer.id}/items", [(RUN, str(run_id))]
    return base.link("item", path, MEDIA_TYPES[Form.JSON], layer.title, asked)


def _results(base: Base, run: Run) -> dict[str, list[Link]]:
    """By layer, its features in every form; nothing of a method that we have no longer."""
    if run.method not in METHODS:
        return {}
    found = {}
    for layer in result_layers(METHODS[run.method]):
        path, number = f"/collections/{layer.id}/items", str(run.run_id)
        asked = [(RUN, number), *AS_HTML]
        found[layer.id] = [
            items_link(base, layer, run.run_id),
            base.link("alternate", path, HTML, TITLES[Form.HTML], asked),
            *download_links(base, layer, {RUN: number}),
        ]
    return found


def _layer_output(layer: Layer) -> Node:
    return {
        "title": layer.title,
        "description": layer.description,
        "schema": {
            "type": "object",
            "format": "geojson-feature-collection",
            "contentMediaType": MEDIA_TYPES[Form.JSON],
        },
    }


def _resolved(node: Any, defined: Mapping[str, Any]) -> Any:
    """A schema with what it refers to in its place."""
    if isinstance(node, list):
        return [_resolved(each, defined) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        meant = defined[node["$ref"].rpartition("/")[2]]
        node = {**meant, **{key: value for key, value in node.items() if key != "$ref"}}
    return {key: _resolved(value, defined) for key, value in node.items()}


def _of_openapi(node: Any) -> Any:
    """A schema in the dialect of OpenAPI 3.0: no type ``null``, exclusive bounds as flags."""
    if isinstance(node, list):
        return [_of_openapi(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _of_openapi(value) for key, value in node.items() if key != "prefixItems"}
    for bound in ("minimum", "maximum"):
        exclusive = f"exclusive{bound.capitalize()}"
        if exclusive in made:
            made[bound], made[exclusive] = made[exclusive], True
    if "const" in made:
        made["enum"] = [made.pop("const")]
    ways = made.get("anyOf", [])
    if {"type": "null"} in ways:
        left = [way for way in ways if way != {"type": "null"}]
        del made["anyOf"]
        made |= {"nullable": True, **(left[0] if len(left) == 1 else {"anyOf": left})}
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made
