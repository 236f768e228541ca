from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import NotAcceptable
from api.media import FEATURES, Form, check_only_form, form_asked, prefers_html
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
        (None, "application/json;q=0, */*", Form.HTML),
        (None, "application/json;q=0.2, */*;q=0.5", Form.HTML),
        (None, "text/html;q=0, */*", Form.JSON),
        (None, "application/*;q=0.1, text/html;q=0.2, */*", Form.HTML),
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


def test_the_most_specific_range_decides() -> None:
    accept = "application/geo+json;q=0, application/*;q=0.4, text/*;q=0.5, text/html;q=0.1, */*"
    assert form_asked(None, accept, FEATURES) is Form.CSV
    with pytest.raises(NotAcceptable):
        form_asked(None, "application/geo+json;q=0, text/*;q=0, application/*;q=0", FEATURES)


def test_a_resource_of_one_form_is_given_in_no_other() -> None:
    only = partial(check_only_form, names=("mvt", "pbf"), types=("application/x-tile", "x/y"))
    for f, accept in [
        (None, None),
        (None, ""),
        (None, "*/*"),
        (None, "image/webp, application/*;q=0.1"),
        (None, "x/y"),
        ("pbf", "image/png"),
    ]:
        only(f, accept)
    for accept in ("image/png", "text/html", "application/x-tile;q=0, */*", "x/*"):
        with pytest.raises(NotAcceptable):
            only(None, accept)
    with pytest.raises(InvalidQuery) as refused:
        only("mvtt", None)
    assert refused.value.nearest == "mvt"
