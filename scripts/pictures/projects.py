"""Draw the pictures of docs/qgis.md in QGIS: ``python -m scripts.pictures.projects [GeoPackage]``.

Without a GeoPackage of all layers one is exported from the database. The tests compare what QGIS
draws with these pictures: who changes a style makes them anew, and looks at them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from db.bundle import export_all
from db.bundle_project import NAME
from db.cluster.serving import serving_database
from db.engine import create_engine
from db.settings import Settings

PYTHON = "/usr/bin/python3"
"""That of QGIS."""
FOLDER = Path(__file__).parents[2] / "docs" / "pictures"


def draw(package: Path, folder: Path) -> None:
    """Draw the pictures of the project in a GeoPackage."""
    inside = Path(__file__).with_name("inside_qgis.py")
    source = f"geopackage:{package.resolve()}?projectName={NAME}"
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith("PYTHON")},
        "QT_QPA_PLATFORM": "offscreen",
    }
    subprocess.run(
        [PYTHON, str(inside), source, str(folder)], env=environment, check=True, timeout=600
    )


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    if len(sys.argv) > 1:
        draw(Path(sys.argv[1]), FOLDER)
        return
    with tempfile.TemporaryDirectory() as folder, serving_database(Settings(), print) as url:
        package = Path(folder) / "liptako.gpkg"
        export_all(create_engine(url), package)
        draw(package, FOLDER)


if __name__ == "__main__":
    main()
