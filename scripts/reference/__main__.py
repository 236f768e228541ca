"""Write the pages that are made from the code: ``.venv/bin/python -m scripts.reference``."""

from __future__ import annotations

from scripts.reference.pages import write_pages

if __name__ == "__main__":
    print("\n".join(f"docs/{name}" for name in write_pages()) or "nothing to do")
