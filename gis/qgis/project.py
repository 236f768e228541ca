"""A project: groups, themes, bookmarks, a layout and a range of time around layers.

Nothing of it depends on the clock: the same state of the data makes the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyproj import Transformer

from gis.qgis.layouts import add_layout, identifier
from gis.qgis.map_layers import add_tree_layer
from gis.qgis.markup import QGIS, add, document, root
from gis.qgis.metadata import moment
from gis.qgis.systems import WEB_MERCATOR, WGS84, add_system

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from gis.qgis.map_layers import MapLayer
    from gis.wording import Wording

MEDIA_TYPE = "application/x-qgis-project"
FILE = "liptako.qgs"
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest that an archive can hold: it stands for no moment at all."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A stretch of the earth with a name: west, south, east, north in degrees."""

    name: str
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project.

    Parameters
    ----------
    title, description : str
    groups : mapping of title to layers
        In the order of the tree, the uppermost first.
    themes : mapping of title to (key of a layer -> style)
        The first is shown when the project opens. Layers that are not there are passed over.
    bookmarks : sequence of Bookmark
        The first is what the project opens at.
    start, end : datetime or None
        Of the data.
    source : str
        What the line below a printed map begins with: the version of the data. Whom the layers of
        the map are owed to follows.
    wording : Wording
        Language of what is not a title of something above.
    """

    title: str
    description: str
    groups: Mapping[str, Sequence[MapLayer]]
    themes: Mapping[str, Mapping[str, str]]
    bookmarks: Sequence[Bookmark]
    start: datetime | None
    end: datetime | None
    source: str
    wording: Wording

    @property
    def layers(self) -> list[MapLayer]:
        """All layers, the uppermost first."""
        return [layer for layers in self.groups.values() for layer in layers]


def qgz(project: Project) -> bytes:
    """A project as the archive that QGIS opens."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(FILE, _FIRST_DAY)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, qgs(project))
    return made.getvalue()


def qgs(project: Project) -> str:
    """A project as a document."""
    found = root("qgis", version=QGIS, projectname=project.title)
    add(found, "homePath", path="")
    add(found, "title", project.title)
    add_system(add(found, "projectCrs"), WEB_MERCATOR)
    _add_tree(found, project)
    layers = add(found, "projectlayers")
    for layer in project.layers:
        layer.add(layers)
    order = add(found, "layerorder")
    for layer in project.layers:
        add(order, "layer", id=layer.key)
    _add_properties(found, project)
    _add_themes(found, project)
    metadata = add(found, "projectMetadata")
    add(metadata, "identifier", "liptako")
    add(metadata, "language", project.wording.code)
    add(metadata, "type", "dataset")
    add(metadata, "title", project.title)
    add(metadata, "abstract", f"{project.description}\n{project.source}")
    add(metadata, "author", "Liptako")
    layouts = add(found, "Layouts")
    for theme in project.themes:
        add_layout(
            layouts,
            theme,
            title=f"{theme} – [% @project_title %]",
            source=_source_line(project, project.themes[theme]),
            legend=project.wording.text("Legend"),
            theme=theme,
            bounds=_projected(project.bookmarks[0].bounds),
        )
    _add_bookmarks(found, project)
    _add_time(found, project)
    return document(found, "qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'")


def _source_line(project: Project, shown: Mapping[str, str]) -> str:
    about = [layer.about for layer in project.layers if layer.key in shown]
    licences = dict.fromkeys(name for each in about for name in each.licences)
    words = dict.fromkeys(words for each in about for words in each.attributions)
    return " ".join((project.source, f"{', '.join(licences)}.", " | ".join(words)))


def _shown(project: Project) -> Mapping[str, str]:
    return next(iter(project.themes.values()))


def _add_tree(parent: Element, project: Project) -> None:
    tree, shown = add(parent, "layer-tree-group"), _shown(project)
    for title, layers in project.groups.items():
        some = any(layer.key in shown for layer in layers)
        group = add(tree, "layer-tree-group", name=title, checked="Qt::Checked", expanded=int(some))
        for layer in layers:
            add_tree_layer(group, layer, checked=layer.key in shown)


def _add_properties(parent: Element, project: Project) -> None:
    properties = add(parent, "properties")
    add(add(properties, "Paths"), "Absolute", "false", type="bool")
    # Without this QGIS passes over the system of the project.
    add(add(properties, "SpatialRefSys"), "ProjectionsEnabled", "1", type="int")
    # Distances and areas are measured on the ellipsoid of WGS 84, never on the map.
    add(add(properties, "Measure"), "Ellipsoid", "EPSG:7030", type="QString")
    units = add(properties, "Measurement")
    add(units, "DistanceUnits", "km", type="QString")
    add(units, "AreaUnits", "km2", type="QString")
    gui = add(properties, "Gui")
    for colour in ("Red", "Green", "Blue"):
        add(gui, f"CanvasColor{colour}Part", "255", type="int")
    if project.start is not None and project.end is not None:
        control = add(properties, "TemporalControllerWidget")
        add(control, "StartDateTime", moment(project.start), type="QString")
        add(control, "EndDateTime", moment(project.end), type="QString")
        # Shown when the project opens, and not yet playing: nothing is hidden from who has not
        # touched it. The next click animates.
        add(control, "NavigationMode", "0", type="int")


def _add_themes(parent: Element, project: Project) -> None:
    presets = add(parent, "visibility-presets")
    there = {layer.key for layer in project.layers}
    for title, layers in project.themes.items():
        preset = add(presets, "visibility-preset", name=title)
        for key, style in layers.items():
            if key in there:
                add(preset, "layer", id=key, style=style, visible=1, expanded=1)


def _add_bookmarks(parent: Element, project: Project) -> None:
    bookmarks = add(parent, "Bookmarks")
    for each in project.bookmarks:
        west, south, east, north = each.bounds
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        outline = ", ".join(f"{lon:.7g} {lat:.7g}" for lon, lat in corners)
        mark = identifier(f"bookmark {each.name}")
        polygon = f"POLYGON(({outline}))"
        add_system(
            add(bookmarks, "Bookmark", id=mark, name=each.name, group="", extent=polygon), WGS84
        )
    view = add(parent, "ProjectViewSettings", UseProjectScales=0, rotation=0)
    west, south, east, north = project.bookmarks[0].bounds
    extent = add(view, "DefaultViewExtent", xmin=west, ymin=south, xmax=east, ymax=north)
    add_system(extent, WGS84)
    canvas = add(parent, "mapcanvas", name="theMapCanvas", annotationsVisible=1)
    add(canvas, "units", "meters")
    box = add(canvas, "extent")
    sides = _projected(project.bookmarks[0].bounds)
    for name, side in zip(("xmin", "ymin", "xmax", "ymax"), sides, strict=True):
        add(box, name, f"{side:.3f}")
    add(canvas, "rotation", "0")
    add_system(add(canvas, "destinationsrs"), WEB_MERCATOR)


def _add_time(parent: Element, project: Project) -> None:
    settings = add(
        parent,
        "ProjectTimeSettings",
        timeStep=1,
        timeStepUnit="mon",
        frameRate=2,
        cumulativeTemporalRange=0,
    )
    if project.start is not None and project.end is not None:
        span = add(settings, "TemporalRange")
        add(span, "start", moment(project.start))
        add(span, "end", moment(project.end))


def _projected(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    mercator = Transformer.from_crs(WGS84, WEB_MERCATOR, always_xy=True)
    left, bottom = mercator.transform(west, max(south, -85.0))
    right, top = mercator.transform(east, min(north, 85.0))
    return left, bottom, right, top
