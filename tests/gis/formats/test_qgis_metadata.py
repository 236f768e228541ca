"""The colophon as XML that can always be read."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given

from gis.formats.features import Features
from gis.formats.qgis_metadata import qgis_metadata
from tests.gis.formats.rows import COLOPHON, FIELDS, texts


@given(texts)
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    colophon = replace(COLOPHON, title=text, keywords=(text,), query=text)
    root = ElementTree.fromstring(qgis_metadata(Features([], FIELDS, None), colophon))
    found = root.findtext("title") or ""
    assert set(found) - {"\n"} <= set(text)
    if text.isprintable():
        assert found == text


def test_data_that_was_never_written_has_no_moment() -> None:
    colophon = replace(COLOPHON, version=0, recorded_at=None)
    assert "Version 0 of the data.<" in qgis_metadata(Features([], FIELDS, None), colophon)
