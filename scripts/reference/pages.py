"""All pages that are made from the code, by file name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gis.export import losses_page
from scripts.reference.commands import commands_page
from scripts.reference.errors import errors_page
from scripts.reference.layers import layers_page
from scripts.reference.settings import settings_page
from scripts.reference.words import words_page

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"

PAGES: dict[str, Callable[[], str]] = {
    "layers.md": layers_page,
    "vocabulary.md": words_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
    "errors.md": errors_page,
    "losses.md": losses_page,
}


def write_pages() -> list[str]:
    """Write the pages that have changed, and tell which."""
    changed = []
    for name, make in PAGES.items():
        path, text = DOCS / name, make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(name)
    return changed
