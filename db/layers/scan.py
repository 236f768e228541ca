"""Clusters of a scan: circles and stretches of time with more incidents than expected."""

from __future__ import annotations

from db.layers.results import result_layer
from gis.fields import Field, Kind, Role

METHOD_NAME = "scan"


def _number(name: str, title: str, meaning: str, unit: str | None = None) -> Field:
    return Field(name, Kind.NUMBER, title, meaning, unit=unit)


def _count(name: str, title: str, meaning: str) -> Field:
    return Field(name, Kind.INTEGER, title, meaning, nullable=False)


SCAN_CLUSTERS = result_layer(
    id="scan-clusters",
    method=METHOD_NAME,
    title="Clusters of a scan",
    description=(
        "Circles and stretches of time with more incidents than the rest leads to expect "
        "(Kulldorff's space-time permutation scan). The polygon is the convex hull of the discs "
        "within which the incidents at its places lie; centre and radius are those of the circle. "
        "Where reporting changed in one place and not in another, the null hypothesis does not "
        "hold, and a small p speaks of reporters, not of attacks."
    ),
    fields=(
        _count("rank", "Rank", "Number within its run, by the likelihood ratio."),
        Field(
            "event_start",
            Kind.DATETIME,
            "Start",
            "First moment of its stretch of time.",
            role=Role.START,
        ),
        Field(
            "event_end",
            Kind.DATETIME,
            "End",
            "Last moment of its stretch of time.",
            role=Role.END,
        ),
        _count("observed", "Incidents", "Incidents in its circle and stretch of time."),
        _number("expected", "Expected", "Those of its places times those of its days, over all."),
        _number("ratio", "Ratio", "Observed over expected."),
        _number("drawn_ratio_low", "Ratio over draws, 5 %", "Vague dates, too; days are drawn."),
        _number("drawn_ratio_median", "Ratio over draws, median", "Vague dates, too."),
        _number("drawn_ratio_high", "Ratio over draws, 95 %", "Vague dates, too; days are drawn."),
        _number("llr", "Log likelihood ratio", "Score of the cluster."),
        _number("p", "p", "Share of replications whose best cluster anywhere scores as high."),
        _number(
            "recurrence_days",
            "Recurrence interval",
            "Days between scans that find as much by chance; of a prospective scan only.",
            "d",
        ),
        _number("centre_lon", "Longitude of centre", "WGS 84.", "deg"),
        _number("centre_lat", "Latitude of centre", "WGS 84.", "deg"),
        _number("radius_km", "Radius", "From the centre to the furthest of its places.", "km"),
        _count("places", "Places", "Distinct coordinates within the circle."),
        Field(
            "killed_low",
            Kind.COUNT,
            "People killed, lowest",
            "Sum of the lower bounds.",
            unit="person",
        ),
        Field(
            "killed_high",
            Kind.COUNT,
            "People killed, highest",
            "Sum of the upper bounds; missing as soon as one is not known.",
            unit="person",
        ),
        _count("killed_unknown", "Incidents without a figure", "Of killed, in the cluster."),
        Field("countries", Kind.TEXT, "Countries", "ISO codes of the countries of its incidents."),
        Field(
            "prospective",
            Kind.TEXT,
            "Prospective",
            "'yes': only what went on at the last day was looked for.",
            nullable=False,
            words=("yes", "no"),
        ),
        _count("step_days", "Step", "Days of a step of time of the run."),
        _count("replications", "Replications", "Shuffles of the dates."),
        Field("region", Kind.TEXT, "Region", "Region of study of the run; missing: everywhere."),
    ),
    geometry="MultiPolygon",
    keywords=("clusters", "scan statistic", "Kulldorff", "early warning"),
)
