from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.execution import LONGEST_SHOWN, execution
from api.methods import outputs
from api.processes import preference
from db.analyses.cluster_parameters import ClusterParameters
from db.analyses.methods import METHODS
from db.errors import InvalidQuery

CLUSTERS = METHODS["clusters"]


def asked(document: Any) -> Any:
    return execution(CLUSTERS, msgspec.json.encode(document))


def test_what_is_left_out_is_the_default() -> None:
    found = asked({})
    assert found.chosen == ClusterParameters()
    assert found.outputs == ("clusters", "cluster-members", "cluster-sensitivity", "run")
    assert not found.is_raw


def test_inputs_may_be_qualified() -> None:
    plain = asked({"inputs": {"radius_km": 3, "region": None}})
    assert plain.chosen == asked({"inputs": {"radius_km": {"value": 3}, "region": None}}).chosen
    assert plain.chosen == ClusterParameters(radius_km=3, region=None)


def test_outputs_come_in_their_order() -> None:
    wanted = {"run": {"transmissionMode": "value"}, "clusters": {"transmissionMode": "reference"}}
    assert asked({"outputs": wanted}).outputs == ("clusters", "run")


@pytest.mark.parametrize(
    "document, parameter",
    [
        ([], "body"),
        ("inputs", "body"),
        ({"input": {}}, "body"),
        ({"subscriber": {"successUri": "http://elsewhere.example/"}}, "body"),
        ({"inputs": []}, "inputs"),
        ({"inputs": {"radius": 3}}, "inputs"),
        ({"inputs": {"radius_km": -3}}, "radius_km"),
        ({"inputs": {"radius_km": "wide"}}, "radius_km"),
        ({"inputs": {"radius_km": None}}, "radius_km"),
        ({"inputs": {"min_points": 10**30}}, "inputs.min_points"),
        ({"inputs": {"region": {"href": "http://elsewhere.example/"}}}, "inputs.region"),
        ({"inputs": {"region": {"value": "a\0b"}}}, "inputs.region"),
        ({"inputs": {"filter": "x" * 5000}}, "filter"),
        ({"outputs": None}, "outputs"),
        ({"outputs": {"places": {}}}, "outputs"),
        ({"outputs": {"clusters": None}}, "outputs.clusters"),
        ({"outputs": {"clusters": {"mode": 1}}}, "outputs.clusters"),
        (
            {"outputs": {"clusters": {"transmissionMode": "value"}}},
            "outputs.clusters.transmissionMode",
        ),
        ({"outputs": {"run": {"format": {}}}}, "outputs.run.format"),
        ({"response": "pretty"}, "response"),
        ({"response": []}, "response"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(document: Any, parameter: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        asked(document)
    assert refused.value.parameter == parameter
    assert len(str(refused.value.value)) <= LONGEST_SHOWN + 1


def test_a_misspelt_input_is_told_the_right_one() -> None:
    with pytest.raises(InvalidQuery) as refused:
        asked({"inputs": {"radius": 3}})
    assert refused.value.nearest == "radius_km"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a":NaN}', b'"\\ud800"', b"[" * 60_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidQuery) as refused:
        execution(CLUSTERS, body)
    assert refused.value.parameter == "body"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda each: st.lists(each) | st.dictionaries(st.text(), each),
    max_leaves=10,
)
NAMES = st.sampled_from([*ClusterParameters.model_fields, "value"])


@given(
    st.dictionaries(
        st.sampled_from(["inputs", "outputs", "response"]), JSON | st.dictionaries(NAMES, JSON)
    )
)
def test_any_document_is_understood_or_refused(document: dict[str, Any]) -> None:
    try:
        chosen = asked(document).chosen
    except InvalidQuery:
        chosen = ClusterParameters()
    assert ClusterParameters.model_validate(chosen.model_dump(mode="json")) == chosen


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_runs_without_a_choice_and_gives_its_run(method: Any) -> None:
    found = execution(method, b"{}")
    assert found.chosen == method.parameters()
    assert found.outputs == tuple(outputs(method))
    assert found.outputs[-1] == "run"


@pytest.mark.parametrize(
    "prefer, wanted",
    [
        ("", (False, 0.0)),
        ("return=minimal", (False, 0.0)),
        ("respond-async", (True, 0.0)),
        ("return=minimal, Respond-Async ; x=1", (True, 0.0)),
        ("respond-async, wait=10", (True, 10.0)),
        ('wait="5",respond-async', (True, 5.0)),
        ("respond-async, wait=soon", (True, 0.0)),
        ("respond-asynchronously", (False, 0.0)),
    ],
)
def test_preferences(prefer: str, wanted: tuple[bool, float]) -> None:
    assert preference(prefer) == wanted
