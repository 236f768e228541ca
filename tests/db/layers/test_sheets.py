"""Layers as QGIS is told of them: styles of every layer name its fields, legends speak French."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from db.layers.catalogue import LAYERS
from db.layers.depictions import styles_of
from db.layers.french import FRENCH, LANGUAGES
from db.layers.sheets import TYPED, sheet_of, sheets_of
from gis.fields import Kind, Role
from gis.qgis.sheet import About
from gis.qgis.style import qml
from gis.symbol_classes import symbol_classes
from gis.wording import ENGLISH

EVERY = [(layer, style) for layer in LAYERS for style in styles_of(LAYERS[layer])]


@pytest.mark.parametrize("layer, style", EVERY)
def test_a_style_names_fields_and_words_of_its_layer(layer: str, style: str) -> None:
    described, drawn = LAYERS[layer], styles_of(LAYERS[layer])[style].depiction
    names = {field.name for field in described.fields}
    assert drawn.of_fields(names) == drawn
    for words in (
        drawn.by_word and (drawn.by_word.field, tuple(drawn.by_word.colours)),
        drawn.hollow,
    ):
        if words:
            field = described.field(words[0])
            assert field is not None
            assert not field.words or set(words[1]) <= set(field.words)
    for scale in (drawn.size, drawn.outer):
        if scale is not None:
            field = described.field(scale.field)
            assert field is not None
            assert field.kind in (Kind.COUNT, Kind.INTEGER, Kind.NUMBER)


@pytest.mark.parametrize("layer, style", EVERY)
def test_what_a_legend_says_has_a_french_text(layer: str, style: str) -> None:
    described, drawn = LAYERS[layer], styles_of(LAYERS[layer])[style]
    texts = {described.title, drawn.title}
    assert texts <= set(FRENCH.texts)
    classes = symbol_classes(described.geometry, drawn.depiction) if described.geometry else []
    words = {word for each in classes for label in each.labels for word in label}
    told = {word for word in words if not word[0].isdigit()}
    untold = {word for word in told if not {word, ENGLISH.word(word)} & set(FRENCH.texts)}
    assert not untold


@pytest.mark.parametrize("layer", TYPED)
def test_fields_that_are_typed_are_the_layers(layer: str) -> None:
    assert TYPED[layer] <= {field.name for field in LAYERS[layer].fields}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("layer, style", EVERY)
def test_a_style_says_all_of_its_layer(layer: str, style: str, lang: str) -> None:
    sheet = sheet_of(LAYERS[layer], LANGUAGES[lang])
    root = ElementTree.fromstring(qml(sheet, sheet.styles[style], About()))
    names = [field.name for field in sheet.fields]
    assert [each.get("field") for each in root.findall("aliases/alias")] == names
    in_tabs = {each.get("name") for each in root.iter("attributeEditorField")}
    assert in_tabs == set(names)
    temporal = root.find("temporal")
    assert temporal is not None
    assert (temporal.get("enabled") == "1") is (sheet.role(Role.START) is not None)
    meanings = root.findtext(".//attributeEditorHtmlElement") or ""
    assert all(f"<code>{name}</code>" in meanings for name in names)


def test_a_selection_without_its_fields_keeps_one_style() -> None:
    layer = LAYERS["incidents"]
    fields = tuple(field for field in layer.fields if field.name in ("title", "killed_low"))
    sheet = sheet_of(layer, fields=fields)
    assert list(sheet.styles) == ["type"]
    assert sheet.style.depiction.by_word is None
    assert sheet.style.depiction.size is not None


def test_a_layer_has_a_sheet_in_each_language() -> None:
    assert [sheet.wording.code for sheet in sheets_of(LAYERS["incidents"])] == ["en", "fr"]
