"""XML that can always be read, and options of the types that QGIS wants."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given

from gis.qgis.markup import add, add_options, document, root
from tests.gis.formats.rows import texts


@given(texts)
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    made = root("qgis", name=text)
    add(made, "title", text)
    add_options(made, {text: text, "list": [text]})
    found = ElementTree.fromstring(document(made, "qgis"))
    title = found.findtext("title") or ""
    assert set(title) - set("\n ") <= set(text)
    if text.isprintable():
        assert (title, found.get("name")) == (text, text)


def test_options_have_types() -> None:
    made = root("config")
    add_options(
        made, {"a": True, "b": 1, "c": 0.5, "d": "x", "e": None, "f": [{"g": "h"}], "i": {}}
    )
    (options,) = made
    found = [(each.get("name"), each.get("type"), each.get("value")) for each in options]
    assert found == [
        ("a", "bool", "true"),
        ("b", "int", "1"),
        ("c", "double", "0.5"),
        ("d", "QString", "x"),
        ("e", "invalid", None),
        ("f", "List", None),
        ("i", "Map", None),
    ]
