"""QGIS opens a layer's tiles with the style that comes with them, and draws both."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pyqgis.session import Qgis

SAHEL = (-50_000.0, 1_500_000.0, 450_000.0, 1_800_000.0)
PACIFIC = (-15_000_000.0, -5_000_000.0, -14_000_000.0, -4_000_000.0)


def tiles_uri(address: str, style: str, **parameters: str) -> str:
    asked = "".join(f"&{name}={quote(text)}" for name, text in parameters.items())
    template = f"{address}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?collections=incidents{asked}"
    style_address = f"{address}/style?collections=incidents&f={style}"
    return (
        f"styleUrl={quote(style_address, safe='')}&type=xyz&url={quote(template, safe='')}"
        "&zmin=0&zmax=14"
    )


@pytest.mark.parametrize("style", ["qgis", "maplibre"])
def test_qgis_draws_tiles_by_the_style_that_comes_with_them(
    qgis: Qgis, address: str, tmp_path: Path, style: str
) -> None:
    layer = qgis.open(tiles_uri(address, style), "", kind="vectortile")
    assert layer.described["valid"]
    drawn = layer.default_style()
    assert set(drawn) == {"incidents", "incidents-cells"}
    # Attacks and protests, known and not known figures: more than one colour, in classes alone.
    seen = qgis.render([layer], SAHEL, tmp_path / "map.png")
    assert seen["faults"] == []
    assert seen["colours"] > (10 if style == "qgis" else 1)
    nothing = qgis.render([layer], PACIFIC, tmp_path / "sea.png")
    assert (nothing["colours"], nothing["faults"]) == (1, [])


def test_qgis_draws_what_the_template_asks_for(qgis: Qgis, address: str, tmp_path: Path) -> None:
    layer = qgis.open(tiles_uri(address, "qgis", datetime="1990"), "", kind="vectortile")
    layer.default_style()
    # What has no time is always shown: it stands at Inates.
    assert qgis.render([layer], SAHEL, tmp_path / "map.png")["colours"] > 1
    west = (-50_000.0, 1_500_000.0, 100_000.0, 1_700_000.0)
    assert qgis.render([layer], west, tmp_path / "west.png")["colours"] == 1
