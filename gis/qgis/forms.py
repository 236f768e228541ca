"""Fields in QGIS: aliases, widgets, which of them are read-only, and the form in tabs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gis.fields import Kind, Role
from gis.qgis.expressions import column
from gis.qgis.markup import add, add_options

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from gis.fields import Field
    from gis.qgis.markup import Options
    from gis.qgis.sheet import Sheet

WHAT, WHEN, WHERE, HARM, ORIGIN = "What", "When", "Where", "Harm", "Origin"
TABS = (WHAT, WHEN, WHERE, HARM, ORIGIN)
MEANING = "Meaning"

_ORIGIN = ("licence", "attribution", "dataset", "run", "method", "edition", "note", "part_of")
_ORIGIN_STARTS = ("boundary_",)
_WHERE = ("country", "adm1", "adm2", "radius_m", "border", "boundary", "region", "lon", "lat")
_WHERE_STARTS = ("place", "border_", "distance", "low_m", "high_m", "q05", "q50", "q95", "nearest")
_WHEN_STARTS = ("time_", "event_", "valid_", "published", "step_", "days")
_HARM_STARTS = ("killed", "injured", "harm", "person_status")
LONG = ("note", "killed_claims", "harm_claims", "statement", "actors", "reason", "other_names")
"""Texts that need several lines."""
MOMENT = "yyyy-MM-dd HH:mm"


def add_fields(parent: Element, sheet: Sheet) -> None:
    """Add what a style says of the fields of its layer."""
    configured = add(parent, "fieldConfiguration")
    for field in sheet.fields:
        kind, options = _widget(field, sheet)
        widget = add(
            add(configured, "field", name=field.name, configurationFlags="None"),
            "editWidget",
            type=kind,
        )
        add_options(add(widget, "config"), options)
    aliases = add(parent, "aliases")
    for index, field in enumerate(sheet.fields):
        name = sheet.wording.text(field.title)
        add(aliases, "alias", field=field.name, index=index, name=name)
    editable = add(parent, "editable")
    for field in sheet.fields:
        add(editable, "field", name=field.name, editable=field.name in sheet.typed)
    label_on_top = add(parent, "labelOnTop")
    for field in sheet.fields:
        add(label_on_top, "field", name=field.name, labelOnTop=field.name in LONG)
    _add_form(parent, sheet)
    add(parent, "previewExpression", column(sheet.naming.name))
    add(parent, "mapTip", map_tip(sheet))


def tabs(sheet: Sheet) -> dict[str, list[Field]]:
    """The fields of a layer by the tab of the form in which they stand; no tab is empty."""
    found: dict[str, list[Field]] = {tab: [] for tab in TABS}
    for field in sheet.fields:
        found[_tab(field)].append(field)
    return {tab: fields for tab, fields in found.items() if fields}


def map_tip(sheet: Sheet) -> str:
    """What is shown of a feature under the pointer: its name, and what a map knows of it."""
    shown = [sheet.naming.name]
    lines = [f"<b>[% {column(sheet.naming.name)} %]</b>"]
    for name in sheet.style.depiction.properties:
        field = next((each for each in sheet.fields if each.name == name), None)
        if field is not None and name not in shown:
            shown.append(name)
            title = escape(sheet.wording.text(field.title))
            lines.append(f"[% '<br>{title.replace(chr(39), chr(39) * 2)}: ' || {_told(field)} %]")
    if any(field.name == "attribution" for field in sheet.fields):
        lines.append('<br><small>[% "attribution" %]</small>')
    return "".join(lines)


def _told(field: Field) -> str:
    """A value as a text; missing where it is, and then its line is missing, too."""
    name = column(field.name)
    if field.kind is Kind.DATETIME:
        return f"format_date({name}, '{MOMENT}')"
    if field.kind is Kind.NUMBER:
        return f"to_string(round({name}, 2)) || '{' ' + field.unit if field.unit else ''}'"
    if field.kind in (Kind.COUNT, Kind.INTEGER):
        return f"to_string(round({name}))"
    return f"to_string({name})"


def _tab(field: Field) -> str:
    if field.name in _ORIGIN or field.name.startswith(_ORIGIN_STARTS):
        return ORIGIN
    if field.role in (Role.START, Role.END) or field.name.startswith(_WHEN_STARTS):
        return WHAT if field.name in ("event_type",) else WHEN
    if field.name.startswith(_HARM_STARTS):
        return HARM
    if field.name in _WHERE or field.name.startswith(_WHERE_STARTS):
        return WHERE
    return WHAT


def _widget(field: Field, sheet: Sheet) -> tuple[str, Options]:
    if field.words:
        words: list[Options] = [{sheet.wording.word(word): word} for word in field.words]
        return "ValueMap", {"map": words}
    if field.kind in (Kind.DATE, Kind.DATETIME):
        shown = MOMENT if field.kind is Kind.DATETIME else MOMENT[:10]
        return "DateTime", {
            "allow_null": True,
            "calendar_popup": True,
            "display_format": shown,
            "field_format": shown,
            "field_iso_format": False,
        }
    if field.kind is Kind.TEXTS:
        return "", {}  # a list from a server, a text of JSON from a file: QGIS knows which
    return "TextEdit", {"IsMultiline": field.name in LONG, "UseHtml": False}


def _add_form(parent: Element, sheet: Sheet) -> None:
    add(parent, "editorlayout", "tablayout")
    add(parent, "featformsuppress", "0")
    form = add(parent, "attributeEditorForm")
    places = {field.name: index for index, field in enumerate(sheet.fields)}
    for tab, fields in tabs(sheet).items():
        container = _add_tab(form, sheet.wording.text(tab))
        for field in fields:
            add(
                container,
                "attributeEditorField",
                name=field.name,
                index=places[field.name],
                showLabel=1,
            )
    meaning = _add_tab(form, sheet.wording.text(MEANING))
    element = add(
        meaning,
        "attributeEditorHtmlElement",
        meanings(sheet.fields, sheet),
        name=sheet.wording.text(MEANING),
        showLabel=0,
    )
    element.set("showLabel", "0")


def meanings(fields: Iterable[Field], sheet: Sheet) -> str:
    """What every field means, for people, as HTML."""
    lines = [
        f"<dt><b>{escape(sheet.wording.text(field.title))}</b> <code>{field.name}</code>"
        f"{f' [{escape(field.unit)}]' if field.unit else ''}</dt><dd>{escape(field.meaning)}</dd>"
        for field in fields
    ]
    return f"<p>{escape(sheet.description)}</p><dl>{''.join(lines)}</dl>"


def _add_tab(form: Element, title: str) -> Element:
    return add(
        form,
        "attributeEditorContainer",
        name=title,
        columnCount=1,
        groupBox=0,
        showLabel=1,
        visibilityExpression="",
        visibilityExpressionEnabled=0,
    )
