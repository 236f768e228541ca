"""XML as QGIS writes it: elements, maps of options, properties that follow an expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias
from xml.etree.ElementTree import Element, SubElement, indent, tostring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Value: TypeAlias = "str | int | float | bool | None"
Options: TypeAlias = "Mapping[str, Value | Options | Sequence[Options] | list[str]]"

QGIS = "3.22.16-Białowieża"
"""The version by whose manner everything is written: newer ones read what older ones wrote, and
say so of what was written by a newer one than themselves."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold (section 2.2); it is left out."""


def legal(text: str) -> str:
    """A text without what XML cannot hold."""
    return _ILLEGAL.sub("", text)


def add(parent: Element, tag: str, text: str | None = None, /, **attributes: Value) -> Element:
    """Add an element; attributes that are ``None`` are left out.

    A trailing underscore of an attribute's name is dropped, and other underscores stay.
    """
    found = SubElement(parent, tag, spelt(attributes))
    if text is not None:
        found.text = legal(text)
    return found


def root(tag: str, /, **attributes: Value) -> Element:
    """An element without a parent."""
    return Element(tag, spelt(attributes))


def spelt(attributes: Mapping[str, Value]) -> dict[str, str]:
    """Attributes as texts."""
    return {
        name.removesuffix("_"): legal(plain(value))
        for name, value in attributes.items()
        if value is not None
    }


def plain(value: Value) -> str:
    """A value as QGIS writes it: 0 and 1 for no and yes, numbers without a last zero.

    Examples
    --------
    >>> plain(True), plain(2.50), plain("x")
    ('1', '2.5', 'x')
    """
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


_TYPES = {bool: "bool", int: "int", float: "double", str: "QString"}


def add_options(parent: Element, options: Options) -> Element:
    """Add a map of options: each has a type, and may be a map or a list itself."""
    found = SubElement(parent, "Option", type="Map")
    for name, value in options.items():
        _add_option(found, value, name)
    return found


def _add_option(parent: Element, value: object, name: str | None = None) -> None:
    named = {} if name is None else {"name": legal(name)}
    if value is None:
        SubElement(parent, "Option", named | {"type": "invalid"})
    elif isinstance(value, list):
        texts = bool(value) and all(isinstance(each, str) for each in value)
        kind = "StringList" if texts else "List"
        found = SubElement(parent, "Option", named | {"type": kind})
        for each in value:
            _add_option(found, each)
    elif isinstance(value, dict):
        found = SubElement(parent, "Option", named | {"type": "Map"})
        for key, each in value.items():
            _add_option(found, each, key)
    else:
        text = str(value).lower() if isinstance(value, bool) else plain(value)  # type: ignore[arg-type]
        SubElement(parent, "Option", named | {"type": _TYPES[type(value)], "value": legal(text)})


def add_texts(parent: Element, options: Mapping[str, Value]) -> Element:
    """Add a map of options that QGIS keeps as texts, as those of symbols are."""
    return add_options(parent, {name: plain(value) for name, value in options.items()})


def add_following(parent: Element, tag: str, expressions: Mapping[str, str]) -> Element:
    """Add the properties of something that follow expressions."""
    found = SubElement(parent, tag)
    followed: Options = {
        name: {"active": True, "expression": expression, "type": 3}
        for name, expression in expressions.items()
    }
    add_options(found, {"name": "", "properties": followed, "type": "collection"})
    return found


def document(element: Element, doctype: str) -> str:
    """An element as a whole document, indented for people."""
    indent(element, space=" ")
    return f"<!DOCTYPE {doctype}>\n{tostring(element, encoding='unicode')}\n"
