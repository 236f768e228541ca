"""The body of a request to execute a process -> what is to be computed, and what is wanted of it.

What is not understood is refused. An input is a plain value, or ``{"value": ...}``; nothing is
fetched from elsewhere, and nobody is called back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from pydantic import ValidationError

from api.errors import BodyTooLarge, NotJson
from api.media import JSON
from api.methods import RUN, outputs
from db.errors import InvalidQuery
from gis.likeness import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from starlette.requests import Request

    from db.analyses.method import Method
    from db.analyses.parameters import Parameters

P = TypeVar("P", bound="Parameters")

MOST_BYTES = 65_536
"""Of a body; the longest filter is a tenth of it."""

LONGEST_SHOWN = 200
_MEMBERS = ("inputs", "outputs", "response")
_MODES = {RUN: "value"}
"""How an output comes; all others by reference."""


@dataclass(frozen=True, slots=True)
class Execution:
    """What is asked for.

    Parameters
    ----------
    chosen : Parameters
        Of the method.
    outputs : tuple of str
        Those wanted.
    is_raw : bool
        Whether they are wanted without a document around them.
    """

    chosen: Parameters
    outputs: tuple[str, ...]
    is_raw: bool


async def read_body(request: Request) -> bytes:
    """The body of a request, if it is JSON and of a sensible length.

    Raises
    ------
    NotJson
        A page of somebody else can have a browser send any other type to us unasked.
    BodyTooLarge
    """
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() != JSON:
        raise NotJson(given)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise BodyTooLarge(MOST_BYTES)
    return bytes(body)


def execution(method: Method, body: bytes) -> Execution:
    """What a body asks of a method.

    Raises
    ------
    InvalidQuery
        Something in it is not understood; the error names what.
    """
    members = json_object("body", body)
    _known("body", members, _MEMBERS)
    given = _object("inputs", members.get("inputs", {}))
    _known("inputs", given, method.parameters.model_fields)
    response = members.get("response", "document")
    if response not in ("document", "raw"):
        raise InvalidQuery("response", _shown(response), "it is 'document' or 'raw'")
    inputs = {name: _input(name, value) for name, value in given.items()}
    return Execution(
        chosen=validated(method.parameters, inputs),
        outputs=_outputs(method, members),
        is_raw=response == "raw",
    )


def json_object(name: str, body: bytes) -> dict[str, Any]:
    """The members of a body.

    Raises
    ------
    InvalidQuery
        It is no JSON object.
    """
    try:
        asked = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidQuery(name, _shown(body), f"it is JSON: {fault}") from fault
    return _object(name, asked)


def validated(model: type[P], inputs: Mapping[str, Any]) -> P:
    """Members as the parameters that they are.

    Raises
    ------
    InvalidQuery
        One of them is unknown, missing, or breaks its rule; and no text holds a NUL character.
    """
    for name, value in inputs.items():
        _sound(name, value)
    try:
        return model.model_validate(inputs)
    except ValidationError as fault:
        wrong = fault.errors()[0]
        name = ".".join(map(str, wrong["loc"])) or "inputs"
        raise InvalidQuery(name, _shown(wrong["input"]), wrong["msg"]) from fault


def _outputs(method: Method, asked: Mapping[str, Any]) -> tuple[str, ...]:
    there = outputs(method)
    members = _object("outputs", asked.get("outputs", {}))
    _known("outputs", members, there)
    for name, how in members.items():
        wanted = _object(f"outputs.{name}", how)
        _known(f"outputs.{name}", wanted, ("transmissionMode", "format"))
        mode, offered = wanted.get("transmissionMode"), _MODES.get(name, "reference")
        if mode not in (None, offered):
            rule = f"this output comes by {offered}"
            raise InvalidQuery(f"outputs.{name}.transmissionMode", _shown(mode), rule)
        if "format" in wanted:
            rule = "the links of the run lead to every format"
            raise InvalidQuery(f"outputs.{name}.format", _shown(wanted["format"]), rule)
    return tuple(name for name in there if name in members) or tuple(there)


def _sound(name: str, value: Any) -> Any:
    for plain in _plain(value):
        if isinstance(plain, str) and "\0" in plain:
            raise InvalidQuery(name, _shown(plain), "it holds no NUL character")
        if isinstance(plain, int) and abs(plain) >= 2**63:
            raise InvalidQuery(name, _shown(plain), "it is less than 2 to the 63rd")
    return value


def _input(name: str, value: Any) -> Any:
    """The value of an input, qualified or not."""
    if isinstance(value, dict):
        if set(value) != {"value"}:
            rule = "it is a value, or an object with the member 'value': nothing is fetched"
            raise InvalidQuery(f"inputs.{name}", _shown(value), rule)
        value = value["value"]
    return _sound(f"inputs.{name}", value)


def _plain(value: Any) -> list[Any]:
    """All that a value is made of."""
    if isinstance(value, dict):
        return [each for pair in value.items() for part in pair for each in _plain(part)]
    return [each for part in value for each in _plain(part)] if isinstance(value, list) else [value]


def _object(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidQuery(name, _shown(value), "it is an object")
    return value


def _known(parameter: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            rule = f"its members are of {', '.join(known)}" if known else "it has no members"
            raise InvalidQuery(parameter, _shown(name), rule, nearest=nearest(name, known))


def _shown(value: object) -> str:
    """A value as an error tells it."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
