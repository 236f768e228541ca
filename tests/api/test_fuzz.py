"""Whatever is asked, the answer is a page or a refusal: never a fault of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.params import RESERVED
from db.layers.catalogue import LAYERS

if TYPE_CHECKING:
    import httpx

VALUES = st.one_of(
    st.text(max_size=20),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.lists(st.floats(-200, 200), min_size=4, max_size=6).map(lambda e: ",".join(map(str, e))),
    st.sampled_from(
        ["attack", "title", "-killed_low,title", "true", "html", "2019/2021", "../..", "%", "'"]
    ),
    st.sampled_from(["killed_low > 1", "S_INTERSECTS(geometry, BBOX(0,14,4,16))", "cql2-json"]),
    st.sampled_from(["[EPSG:32631]", "EPSG:3857", "0,14e5,1e6,18e5", "-3e7,-3e7,3e7,3e7"]),
)
QUIET = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


@st.composite
def requests(draw: st.DrawFn) -> str:
    layer = draw(st.sampled_from(list(LAYERS.values())))
    names = st.sampled_from([*RESERVED, *(field.name for field in layer.fields)])
    pairs = draw(st.dictionaries(names, VALUES, max_size=3))
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in pairs.items())
    return f"/collections/{layer.id}/items?{query}"


def test_any_query_is_answered_or_refused(client: httpx.Client) -> None:
    @QUIET
    @given(requests())
    def check(path: str) -> None:
        response = client.get(path)
        assert response.status_code in (200, 400), (path, response.text)

    check()


def test_any_name_of_an_item_is_found_or_not(client: httpx.Client) -> None:
    @QUIET
    @given(st.sampled_from(list(LAYERS)), st.text(min_size=1, max_size=30))
    def check(layer: str, name: str) -> None:
        path = f"/collections/{layer}/items/{quote(name, safe='')}"
        assert client.get(path).status_code in (200, 404), path

    check()


def test_any_accept_and_forwarded_header_is_answered(client: httpx.Client) -> None:
    plain = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
    names = ("accept", "forwarded", "x-forwarded-host", "x-forwarded-proto", "if-none-match")

    @QUIET
    @given(st.sampled_from(names), plain)
    def check(name: str, value: str) -> None:
        response = client.get("/collections/borders/items", headers={name: value.strip()})
        assert response.status_code in (200, 304, 406), (name, value)

    check()
