"""What tests look for in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx


def links(document: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [link for link in document["links"] if link["rel"] == rel]


def codes(response: httpx.Response) -> set[str]:
    assert response.status_code == 200, response.text
    return {feature["properties"]["incident"] for feature in response.json()["features"]}
