"""Areas that hold half of the incidents, four fifths, nearly all."""

from __future__ import annotations

from db.layers.results import result_layer
from gis.fields import Field, Kind

_FIELDS = (
    Field(
        "share",
        Kind.NUMBER,
        "Share",
        "Part of the whole surface that the area holds, in its densest places.",
        nullable=False,
    ),
    Field(
        "least_per_1000_km2",
        Kind.NUMBER,
        "Least density",
        "Density on the outline: within it, it is nowhere less.",
        unit="per 1000 km2",
        nullable=False,
    ),
    Field(
        "expected",
        Kind.NUMBER,
        "Expected in the area",
        "How many of what is weighed, incidents or people killed at least, the area holds.",
        nullable=False,
    ),
    Field(
        "incidents",
        Kind.INTEGER,
        "Incidents in it",
        "Incidents whose point lies in the area, whatever their radius.",
        nullable=False,
    ),
    Field("area_km2", Kind.NUMBER, "Area", "On the ellipsoid.", unit="km2", nullable=False),
    Field(
        "weighed",
        Kind.TEXT,
        "What is weighed",
        "'incidents', or 'killed': people killed, by the lower bound.",
        nullable=False,
        words=("incidents", "killed"),
    ),
    Field("bandwidth_km", Kind.NUMBER, "Bandwidth", "Of the run.", unit="km", nullable=False),
    Field(
        "bandwidth_least_km",
        Kind.NUMBER,
        "Least bandwidth",
        "Of any incident, widened by its radius.",
        unit="km",
        nullable=False,
    ),
    Field(
        "bandwidth_greatest_km",
        Kind.NUMBER,
        "Greatest bandwidth",
        "Of any incident, widened by its radius.",
        unit="km",
        nullable=False,
    ),
    Field("cell_km", Kind.NUMBER, "Cell", "Edge of the cells of the run.", unit="km"),
    Field("region", Kind.TEXT, "Region", "Region of study of the run."),
)

DENSITY = result_layer(
    id="density",
    method="density",
    title="Density",
    description=(
        "Areas of the highest density of reported incidents that hold given shares of all of them, "
        "of the latest run: adaptive kernels on geodesic distance, widened by the radius of each "
        "place. The surface itself is a raster: liptako analyse density --raster FILE. Incidents "
        "are coded to towns, so a peak is a town that is reported from."
    ),
    fields=_FIELDS,
    geometry="MultiPolygon",
    keywords=("density", "heatmap", "kernel", "hot spots"),
)
