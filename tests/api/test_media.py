from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import NotAcceptable
from api.media import Form, form_asked, prefers_html
from db.errors import InvalidQuery


@pytest.mark.parametrize(
    "f, accept, form",
    [
        (None, None, Form.JSON),
        (None, "  ", Form.JSON),
        (None, "application/*", Form.JSON),
        (None, "text/*", Form.HTML),
        (None, "TEXT/HTML", Form.HTML),
        (None, "application/vnd.oai.openapi+json;version=3.0, application/json", Form.JSON),
        (None, "application/schema+json", Form.JSON),
        (None, "text/html;q=2", Form.HTML),
        ("html", "application/json", Form.HTML),
        ("json", "text/html", Form.JSON),
        ("geojson", None, Form.JSON),
        ("json", "image/png", Form.JSON),
    ],
)
def test_form(f: str | None, accept: str | None, form: Form) -> None:
    assert form_asked(f, accept) is form
    assert prefers_html(f, accept) is (form is Form.HTML)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidQuery, match="json, geojson, html"):
        form_asked("xml", None)
    with pytest.raises(NotAcceptable, match="application/json and text/html"):
        form_asked(None, "image/png")


@given(st.text())
def test_any_header_is_answered_or_not_acceptable(accept: str) -> None:
    assert prefers_html(None, accept) in (True, False)
    try:
        form = form_asked(None, accept)
    except NotAcceptable as fault:
        form, accept = Form.JSON, fault.value
    assert form in Form
    assert prefers_html(None, accept) == (form is Form.HTML)
