"""How each layer with a geometry is drawn; one of which nothing is said here, in plain grey.

A layer has one style or several; the first is the one that arrives with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from db.layers.claims import CLAIMS
from db.layers.clusters import CLUSTER_MEMBERS, CLUSTERS
from db.layers.density import DENSITY
from db.layers.derived import BORDER_DISTANCES
from db.layers.hotspots import EMERGING_HOTSPOTS, HOTSPOTS, SPACE_TIME_CUBE
from db.layers.incidents import AGGREGATES, INCIDENTS
from db.layers.links import INCIDENT_CHAINS, INCIDENT_LINKS
from db.layers.places import ADMIN_UNITS, BORDERS, PLACES, REGIONS
from db.layers.scan import SCAN_CLUSTERS
from db.layers.scdi import SCDI, SCDI_EQUAL_AREA
from db.vocabulary import BoundaryKind, ClaimKind, EventType, PlacePrecision
from gis.depiction import Depiction, Label, Scale, Step, Steps, Style, Words
from gis.emerging import Pattern
from gis.fields import Kind
from gis.hotspots import Spot
from gis.links import Closeness
from gis.scdi import ScdiClass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.layers.layer import Layer

_VIOLENT, _BLAST, _AGAINST_PEOPLE = "#b2182b", "#e08214", "#762a83"
_UNREST, _MISHAP, _OTHER = "#2166ac", "#5f6b6d", "#8c6d31"

_EVENT_COLOURS: Mapping[str, str] = {
    EventType.ATTACK.value: _VIOLENT,
    EventType.BATTLE.value: _VIOLENT,
    EventType.OPERATION.value: _VIOLENT,
    EventType.AIR_STRIKE.value: _BLAST,
    EventType.EXPLOSIVE.value: _BLAST,
    EventType.VIOLENCE_AGAINST_CIVILIANS.value: _AGAINST_PEOPLE,
    EventType.ABDUCTION.value: _AGAINST_PEOPLE,
    EventType.DISPLACEMENT.value: _AGAINST_PEOPLE,
    EventType.PROTEST.value: _UNREST,
    EventType.COUP.value: _UNREST,
    EventType.SEIZURE.value: _OTHER,
    EventType.ACCIDENT.value: _MISHAP,
}

_IMPRECISE = tuple(
    word.value
    for word in PlacePrecision
    if word not in (PlacePrecision.EXACT, PlacePrecision.SETTLEMENT)
)
"""Precisions of a place that a dot would overstate."""

_SIZES = ((0, 6), (1, 7), (10, 12), (50, 20), (200, 32))
_BY_KILLED = Scale("killed_low", _SIZES, unknown=6)

_WHERE_MANY_WERE_KILLED = (
    Label("place_name", 6_000_000, least=("killed_low", 100), figure="killed_low", size=9),
    Label("place_name", 4_000_000, least=("killed_low", 25), figure="killed_low"),
    Label("place_name", 400_000, figure="killed_low", size=7.5),
)

_INCIDENT = Depiction(
    properties=(
        "event_type",
        "event_start",
        "event_end",
        "place_precision",
        "radius_m",
        "killed_low",
        "killed_best",
        "killed_high",
        "part_of",
    ),
    colour=_OTHER,
    by_word=Words("event_type", _EVENT_COLOURS),
    size=_BY_KILLED,
    hollow=("place_precision", _IMPRECISE),
    figures="killed",
    labels=_WHERE_MANY_WERE_KILLED,
)

_PRECISION_COLOURS: Mapping[str, str] = {
    PlacePrecision.EXACT.value: "#00441b",
    PlacePrecision.SETTLEMENT.value: "#1b7837",
    PlacePrecision.NEAR.value: _BLAST,
    PlacePrecision.AREA.value: _AGAINST_PEOPLE,
    PlacePrecision.ADM2.value: _AGAINST_PEOPLE,
    PlacePrecision.ADM1.value: _AGAINST_PEOPLE,
    PlacePrecision.COUNTRY.value: _MISHAP,
    PlacePrecision.SEA.value: _MISHAP,
}

_BY_KILLED_ALONE = replace(_INCIDENT, by_word=None, colour=_VIOLENT, by_size=True)

_INCIDENT_STYLES = (
    Style("type", "By type of event", _INCIDENT),
    Style("killed-low", "Killed, lower bound", _BY_KILLED_ALONE),
    Style(
        "killed-best",
        "Killed, best figure",
        replace(_BY_KILLED_ALONE, size=replace(_BY_KILLED, field="killed_best")),
    ),
    Style(
        "casualties",
        "Casualties as a range",
        replace(_BY_KILLED_ALONE, hollow=None, outer=Scale("killed_high", _SIZES, unknown=0)),
    ),
    Style(
        "uncertainty",
        "Uncertainty of place",
        replace(
            _INCIDENT,
            by_word=Words("place_precision", _PRECISION_COLOURS),
            size=None,
            disc="radius_m",
            labels=_WHERE_MANY_WERE_KILLED[2:],
        ),
    ),
)

_DISTANCE_STEPS = Steps(
    "distance_m",
    (
        Step(10_000, "#3f007d", 2.0),
        Step(20_000, "#54278f", 1.6),
        Step(50_000, "#756bb1", 1.2),
        Step(100_000, "#9e9ac8", 0.9),
        Step(None, "#cbc9e2", 0.7),
    ),
    divisor=1_000,
    unit="km",
)

_CLAIM_COLOURS: Mapping[str, str] = {
    ClaimKind.CASUALTIES.value: _VIOLENT,
    ClaimKind.PLACE.value: "#1b7837",
    ClaimKind.DISTANCE.value: "#1b7837",
    ClaimKind.TIME.value: _UNREST,
    ClaimKind.ATTRIBUTION.value: _AGAINST_PEOPLE,
    ClaimKind.PARTICIPATION.value: _AGAINST_PEOPLE,
}

_CLOSENESS_COLOURS: Mapping[str, str] = {
    Closeness.CERTAIN.value: _VIOLENT,
    Closeness.REPORTED.value: _BLAST,
    Closeness.POSSIBLE.value: _MISHAP,
}

_LEVEL_COLOURS: Mapping[str, str] = {
    BoundaryKind.ADM0.value: "#333333",
    BoundaryKind.ADM1.value: "#777777",
    BoundaryKind.ADM2.value: "#aaaaaa",
}

_PALE = "#d9d9d9"

_SPOT_COLOURS: Mapping[str, str] = {Spot.HOT.value: _VIOLENT, Spot.COLD.value: _UNREST}

_PATTERN_COLOURS: Mapping[str, str] = {
    Pattern.NEW_HOT.value: "#fdae61",
    Pattern.CONSECUTIVE_HOT.value: "#f46d43",
    Pattern.INTENSIFYING_HOT.value: "#67001f",
    Pattern.PERSISTENT_HOT.value: _VIOLENT,
    Pattern.DIMINISHING_HOT.value: "#d6604d",
    Pattern.SPORADIC_HOT.value: "#fddbc7",
    Pattern.OSCILLATING_HOT.value: _AGAINST_PEOPLE,
    Pattern.HISTORICAL_HOT.value: _OTHER,
    Pattern.NEW_COLD.value: "#abd9e9",
    Pattern.CONSECUTIVE_COLD.value: "#74add1",
    Pattern.INTENSIFYING_COLD.value: "#053061",
    Pattern.PERSISTENT_COLD.value: _UNREST,
    Pattern.DIMINISHING_COLD.value: "#4393c3",
    Pattern.SPORADIC_COLD.value: "#d1e5f0",
    Pattern.OSCILLATING_COLD.value: "#8073ac",
    Pattern.HISTORICAL_COLD.value: _MISHAP,
}

_SCDI = Depiction(
    properties=("scdi", "year", "incidents", "places", "nni", "clustered_in_towns"),
    colour=_PALE,
    by_word=Words(
        "scdi",
        {
            ScdiClass.CH.value: "#b2182b",
            ScdiClass.CL.value: "#f4a582",
            ScdiClass.DH.value: "#2166ac",
            ScdiClass.DL.value: "#92c5de",
        },
    ),
    width=0.5,
    opacity=0.6,
)

_DEPICTIONS: Mapping[str, Depiction] = {
    INCIDENTS.id: _INCIDENT,
    # Aggregates overlap one another: nothing about them may be summed.
    AGGREGATES.id: Depiction(
        properties=_INCIDENT.properties,
        colour=_MISHAP,
        size=_BY_KILLED,
        hollow=("place_precision", _IMPRECISE),
    ),
    # Nor about claims, which contradict one another.
    CLAIMS.id: Depiction(
        properties=("kind", "polarity", "harm", "low", "high", "event_start", "event_end"),
        colour=_OTHER,
        by_word=Words("kind", _CLAIM_COLOURS),
    ),
    BORDER_DISTANCES.id: Depiction(
        properties=("border", "distance_m", "low_m", "high_m"),
        colour="#969696",
        width=0.8,
        by_step=_DISTANCE_STEPS,
    ),
    CLUSTERS.id: Depiction(
        properties=("cluster", "incidents", "killed_low", "killed_high", "killed_unknown", "gap"),
        colour=_VIOLENT,
        width=1.2,
        opacity=0.15,
        labels=(Label("incidents", 10_000_000),),
    ),
    # Areas lie upon one another, so their fills add up towards the densest.
    DENSITY.id: Depiction(
        properties=("share", "incidents", "expected", "area_km2", "bandwidth_km"),
        colour=_AGAINST_PEOPLE,
        width=0.8,
        opacity=0.18,
    ),
    CLUSTER_MEMBERS.id: Depiction(
        properties=("cluster", "part", "p_together", "event_start", "event_end"),
        colour=_OTHER,
        by_word=Words(
            "part", {"core": _VIOLENT, "border": _BLAST, "member": _VIOLENT, "alone": _MISHAP}
        ),
    ),
    HOTSPOTS.id: Depiction(
        properties=("spot", "value", "incidents", "z", "p_fdr", "p_hot", "p_cold"),
        colour=_PALE,
        by_word=Words("spot", _SPOT_COLOURS),
        width=0.5,
        opacity=0.5,
    ),
    EMERGING_HOTSPOTS.id: Depiction(
        properties=("pattern", "incidents", "hot_steps", "cold_steps", "steps", "trend_p"),
        colour=_PALE,
        by_word=Words("pattern", _PATTERN_COLOURS),
        width=0.5,
        opacity=0.6,
    ),
    SPACE_TIME_CUBE.id: Depiction(
        properties=("spot", "value", "z", "p_fdr", "step_start", "step_end"),
        colour=_PALE,
        by_word=Words("spot", _SPOT_COLOURS),
        width=0.5,
        opacity=0.5,
    ),
    SCAN_CLUSTERS.id: Depiction(
        properties=("rank", "observed", "expected", "ratio", "p", "event_start", "event_end"),
        colour=_AGAINST_PEOPLE,
        width=1.2,
        opacity=0.15,
        labels=(Label("rank", 10_000_000),),
    ),
    SCDI.id: _SCDI,
    SCDI_EQUAL_AREA.id: _SCDI,
    INCIDENT_LINKS.id: Depiction(
        properties=("closeness", "distance_m", "days_low", "days_high"),
        colour=_OTHER,
        by_word=Words("closeness", _CLOSENESS_COLOURS),
        width=1.2,
    ),
    INCIDENT_CHAINS.id: Depiction(
        properties=("chain", "closeness", "incidents", "killed_low", "killed_high"),
        colour=_OTHER,
        by_word=Words("closeness", _CLOSENESS_COLOURS),
        width=1.6,
    ),
    BORDERS.id: Depiction(
        properties=("border", "boundary_source", "edition"), colour="#555555", width=1.1
    ),
    ADMIN_UNITS.id: Depiction(
        properties=("name", "level", "country", "boundary_source"),
        colour="#777777",
        by_word=Words("level", _LEVEL_COLOURS),
        width=0.6,
        opacity=0.03,
        labels=(
            Label("name", 12_000_000, words=("level", (BoundaryKind.ADM1.value,)), size=8),
            Label("name", 1_500_000, words=("level", (BoundaryKind.ADM2.value,)), size=7),
        ),
    ),
    REGIONS.id: Depiction(
        properties=("region", "variant", "title"),
        colour="#1b7837",
        width=1.4,
        opacity=0.06,
        labels=(Label("title", 8_000_000, size=9),),
    ),
    PLACES.id: Depiction(
        properties=("name", "feature_class", "feature_code"),
        colour="#555555",
        labels=(Label("name", 250_000, size=7),),
        widest=1_500_000,
    ),
}
"""By identifier of the layer."""

_STYLES: Mapping[str, tuple[Style, ...]] = {INCIDENTS.id: _INCIDENT_STYLES}
"""Of layers that have more than one."""

_MOST_PROPERTIES = 6


def styles_of(layer: Layer) -> dict[str, Style]:
    """The styles of a layer by identifier, the one that arrives with it first.

    A layer without geometry has one, too: its forms and the titles of its fields.
    """
    if layer.id in _STYLES:
        return {style.id: style for style in _STYLES[layer.id]}
    return {"plain": Style("plain", "Plain", depiction_of(layer))}


def depiction_of(layer: Layer) -> Depiction:
    """How a layer is drawn where nobody chose a style.

    Where nothing is said of it, its first fields that are no free text travel with its features.
    """
    if layer.id in _DEPICTIONS:
        return _DEPICTIONS[layer.id]
    short = [each.name for each in layer.fields if each.kind is not Kind.TEXT or each.words]
    return Depiction(properties=tuple(short[:_MOST_PROPERTIES]), colour=_MISHAP)
