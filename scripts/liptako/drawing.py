"""``liptako style``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from db.errors import InvalidQuery
from db.layers.catalogue import layer_named
from db.layers.depictions import styles_of
from db.layers.french import LANGUAGES
from db.layers.sheets import sheet_of
from gis.likeness import nearest
from gis.qgis.sheet import About
from gis.qgis.style import qml
from gis.sld import sld
from scripts.liptako.console import OUT, table

ENDINGS = (".qml", ".sld")


def style(
    layer: Annotated[str, typer.Argument(help="Which layer.")],
    path: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write, ending in .qml or .sld."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--style", help="Which of its styles; the first if not told.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of titles and legends: en or fr.")] = "en",
) -> None:
    """Write how a layer is drawn, for QGIS (.qml) or others (.sld); without a file, list styles."""
    described = layer_named(layer)
    if lang not in LANGUAGES:
        rule = f"it is one of {', '.join(LANGUAGES)}"
        raise InvalidQuery("lang", lang, rule, nearest=nearest(lang, LANGUAGES))
    styles = styles_of(described)
    chosen = name or next(iter(styles))
    if chosen not in styles:
        rule = f"styles of {layer} are {', '.join(styles)}"
        raise InvalidQuery("style", chosen, rule, nearest=nearest(chosen, styles))
    sheet = sheet_of(described, LANGUAGES[lang])
    if path is None:
        rows = [(each.id, sheet.wording.text(each.title)) for each in styles.values()]
        table(f"Styles of {layer}", ("style", "title"), rows)
        return
    if path.suffix.lower() not in ENDINGS:
        raise InvalidQuery("output", path.name, f"it ends in {' or '.join(ENDINGS)}")
    if path.suffix.lower() == ".qml":
        text = qml(sheet, styles[chosen], About())
    elif sheet.geometry is None:
        raise InvalidQuery("output", path.name, f"{layer} has no geometry, so no SLD draws it")
    else:
        text = sld(layer, sheet.geometry, styles[chosen], sheet.wording)
    Path(path).write_text(text, "utf-8")
    OUT.print(f"{path}: {styles[chosen].title}")
