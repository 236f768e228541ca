"""Runs inside QGIS, started by :mod:`scripts.pictures.projects`: draws the maps of a project.

Nothing of ours is imported here: the Python of QGIS is another than ours.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from qgis.core import (  # type: ignore[import-not-found]
    QgsApplication,
    QgsLayoutExporter,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
)
from qgis.PyQt.QtCore import QSize  # type: ignore[import-not-found]
from qgis.PyQt.QtGui import QColor, QImage  # type: ignore[import-not-found]

WIDTH, HEIGHT = 640, 440
BOOKMARK = "Tri-border"
PAGE = "Casualties"
PAGE_DPI = 75


def draw_map(project: Any, theme: str, bookmark: str, size: tuple[int, int]) -> Any:
    """A theme of the open project, around a bookmark."""
    themes = project.mapThemeCollection()
    settings = QgsMapSettings()
    settings.setLayers(themes.mapThemeVisibleLayers(theme))
    settings.setLayerStyleOverrides(themes.mapThemeStyleOverrides(theme))
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    (place,) = (each for each in project.bookmarkManager().bookmarks() if each.name() == bookmark)
    settings.setExtent(_projected(project, place.extent()))
    settings.setOutputSize(QSize(*size))
    settings.setBackgroundColor(QColor(255, 255, 255))
    settings.setFlag(QgsMapSettings.Antialiasing, True)
    settings.setFlag(QgsMapSettings.DrawLabeling, True)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def _projected(project: Any, extent: Any) -> Any:
    from qgis.core import QgsCoordinateTransform

    transform = QgsCoordinateTransform(extent.crs(), project.crs(), project)
    return transform.transformBoundingBox(extent)


def save(image: Any, path: Path) -> None:
    """Write a picture without transparency, as small as it gets."""
    image.convertToFormat(QImage.Format_RGB888).save(str(path), "PNG", 0)


def main(source: str, folder: Path) -> None:
    """Draw every theme of a project, and one printed page."""
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    if not project.read(source):
        sys.exit(f"QGIS cannot read {source}: {project.error()}")
    for theme in project.mapThemeCollection().mapThemes():
        image = draw_map(project, theme, BOOKMARK, (WIDTH, HEIGHT))
        save(image, folder / f"qgis-{theme.lower()}.png")
    page = QgsLayoutExporter(project.layoutManager().layoutByName(PAGE))
    save(page.renderPageToImage(0, dpi=PAGE_DPI), folder / "qgis-page.png")
    project.clear()
    application.exitQgis()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
