"""Write the archive of the QGIS plugin: ``python -m scripts.plugin [file]``."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.plugin.archive import NAME, write_archive

target = Path(sys.argv[1] if len(sys.argv) > 1 else f"{NAME}-qgis-plugin.zip")
write_archive(target)
print(target)
