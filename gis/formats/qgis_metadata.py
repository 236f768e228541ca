"""The colophon as the metadata of a layer that QGIS shows in its properties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

if TYPE_CHECKING:
    from gis.formats.features import Colophon, Features

STANDARD = "http://mrcc.com/qgis.dtd"
"""By which QGIS knows its own kind of metadata."""

_DOCTYPE = f"<!DOCTYPE qgis PUBLIC '{STANDARD}' 'SYSTEM'>\n"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold (section 2.2); it is left out."""


def qgis_metadata(features: Features, colophon: Colophon) -> str:
    """An XML document: title, abstract, keywords, history, rights and licences.

    Parameters
    ----------
    features : Features
        Gone through: their licences and attributions are taken.
    colophon : Colophon
    """
    root = Element("qgis", version="3.0")
    _add(root, "identifier", colophon.layer)
    _add(root, "type", "dataset")
    _add(root, "title", colophon.title)
    _add(root, "abstract", colophon.description)
    keywords = SubElement(root, "keywords", vocabulary="keywords")
    for keyword in colophon.keywords:
        _add(keywords, "keyword", keyword)
    for line in _history(colophon):
        _add(root, "history", line)
    for attribution in features.attributions:
        _add(root, "rights", attribution)
    for licence in features.licences:
        _add(root, "license", licence)
    return _DOCTYPE + tostring(root, encoding="unicode")


def _history(colophon: Colophon) -> tuple[str, str]:
    recorded = colophon.recorded_at
    when = "" if recorded is None else f", recorded at {recorded.isoformat()}"
    return f"Version {colophon.version} of the data{when}.", f"Query: {colophon.query}"


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _ILLEGAL.sub("", text)
