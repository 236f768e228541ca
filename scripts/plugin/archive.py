"""The plugin in ``qgis-plugin/`` as a ZIP archive."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

ROOT = Path(__file__).parents[2]
NAME = "liptako"
FOLDER = ROOT / "qgis-plugin" / NAME
KINDS = (".py", ".txt", ".svg")


def contents() -> dict[str, Path]:
    """What is in the archive, by its name there, sorted; the licence of the program among it."""
    files = {path.name: path for path in FOLDER.iterdir() if path.suffix in KINDS}
    named = {**files, "LICENSE": ROOT / "LICENSE"}
    return {f"{NAME}/{name}": named[name] for name in sorted(named)}


def write_archive(path: Path) -> None:
    """Write the archive; the same bytes for the same contents.

    Times and rights are those of nobody's machine, and nothing is compressed, since compressors
    differ.
    """
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for name, source in contents().items():
            entry = ZipInfo(name)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, source.read_bytes())
