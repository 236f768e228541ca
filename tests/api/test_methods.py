from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator
from pydantic import Field

from api.links import Base
from api.methods import description, method_of, parameter_rows, parameter_schema
from db.analyses.method import Method
from db.analyses.methods import METHODS
from db.analyses.parameters import Parameters
from db.layers.catalogue import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = Base("https://data.example")


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class OddParameters(Parameters):
    colour: Colour | None = None
    """Which colour."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Which share."""
    names: tuple[str, ...] = ("a", "b")
    """Which names."""
    within_km: tuple[float, ...] = (1.0, 2.5)
    """Which limits."""


ODD = Method("odd", "1", "Odd", "Whether?", OddParameters, compute=lambda *_: None, layers=())  # type: ignore[arg-type]  # not called
EVERY = [*METHODS.values(), ODD]


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from walk(each)


@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
def test_the_schema_of_parameters_takes_their_defaults(method: Method) -> None:
    schema = parameter_schema(method)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(method.parameters().model_dump(mode="json"))
    assert "$ref" not in str(schema)
    assert all(each["description"] for each in schema["properties"].values())


@pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)
def test_a_process_describes_inputs_in_the_dialect_of_openapi(method: Method) -> None:
    found = description(BASE, method)
    defaults = method.parameters().model_dump(mode="json")
    assert set(found["inputs"]) == set(defaults)
    for name, each in found["inputs"].items():
        assert (each["minOccurs"], each["maxOccurs"]) == (0, 1)
        assert each["title"]
        OAS30Validator.check_schema(each["schema"])
        OAS30Validator(each["schema"]).validate(defaults[name])
        for node in walk(each["schema"]):
            assert node.get("type") != "null"
            assert isinstance(node.get("exclusiveMinimum", True), bool)
    assert found["outputs"]["run"]["schema"]["type"] == "object"
    assert set(found["outputs"]) - {"run"} <= set(LAYERS)


def test_a_choice_of_words_is_spelt_out() -> None:
    schema = description(BASE, ODD)["inputs"]["colour"]["schema"]
    assert (schema["enum"], schema["nullable"]) == (["red", "blue", None], True)


def test_people_see_defaults_and_units() -> None:
    rows = {row["name"]: row for row in parameter_rows(METHODS["clusters"])}
    assert (rows["radius_km"]["default"], rows["radius_km"]["unit"]) == (50.0, "km")
    assert rows["days"]["unit"] == "d"
    assert [row["default"] for row in parameter_rows(ODD)] == [None, 0.5, "a, b", "1.0, 2.5"]


def test_a_misspelt_method_is_told_the_right_one() -> None:
    from api.errors import UnknownProcess

    with pytest.raises(UnknownProcess) as refused:
        method_of("cluster")
    assert refused.value.nearest == "clusters"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_what_strangers_may_choose_has_bounds(method: Method) -> None:
    for name, each in description(BASE, method)["inputs"].items():
        for node in walk(each["schema"]):
            kind = node.get("type")
            if kind in ("integer", "number"):
                assert "maximum" in node, f"{method.name}: {name} has no upper bound"
            if kind == "array":
                assert "maxItems" in node, f"{method.name}: {name} may be of any length"
            if kind == "string" and "enum" not in node:
                assert "maxLength" in node, f"{method.name}: {name} may be of any length"
