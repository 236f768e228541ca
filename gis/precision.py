"""How well a time or a place is known, in words that are ordered from well to badly.

Foreign integer codes (UCDP ``where_prec`` 4, ACLED ``geo_precision`` 2) are not comparable with
one another; each is mapped to a word of this module where it enters.
"""

from __future__ import annotations

from enum import StrEnum


class TimePrecision(StrEnum):
    """How narrowly the report fixes the time; the interval itself says the rest."""

    TIME = "time"
    """An hour or a part of the day ("about noon", "in the afternoon")."""
    DAY = "day"
    """One calendar day."""
    DAYS = "days"
    """Two to six days."""
    WEEK = "week"
    """Seven days, or "a week or weekend"."""
    PERIOD = "period"
    """A named part of a month or season ("mid-August", "late March")."""
    MONTH = "month"
    """A calendar month, or 8 to 31 days."""
    YEAR = "year"
    """More than a month, up to about a year."""
    LONGER = "longer"
    """More than a year, or with an open end."""
    UNKNOWN = "unknown"
    """No time is stated."""


class TimeExtent(StrEnum):
    """What an interval means: the two are never mixed."""

    WITHIN = "within"
    """It happened once, at an unknown moment within the interval: uncertain."""
    THROUGHOUT = "throughout"
    """It went on from the start to the end of the interval: it lasted."""


class PlacePrecision(StrEnum):
    """How narrowly the report fixes the place."""

    EXACT = "exact"
    """A surveyed or observed point (a building, a crossing)."""
    SETTLEMENT = "settlement"
    """A named place: its centroid stands for it."""
    NEAR = "near"
    """In the neighbourhood of a named place."""
    ADM2 = "adm2"
    """A second-level unit (cercle, province, department); the point is its centroid."""
    ADM1 = "adm1"
    """A first-level unit (region); the point is its centroid."""
    AREA = "area"
    """A line or a fuzzy area (a river, a border, a forest) of unknown outline."""
    COUNTRY = "country"
    """The country alone: there is no point at all."""
    SEA = "sea"
    """At sea or in international airspace: there is no point on land."""
    UNKNOWN = "unknown"
    """No place is stated."""


DEFAULT_RADIUS_M: dict[PlacePrecision, float | None] = {
    PlacePrecision.EXACT: 100.0,
    # Against military records about 80 % of press-located events lie within 50 km, so a centroid
    # of a village is not a point: 5 km is the size of a Sahelian village with its surroundings
    # (Weidmann 2015, Journal of Conflict Resolution 59(6), on the error of "exact" places).
    PlacePrecision.SETTLEMENT: 5_000.0,
    # UCDP GED codebook, where_prec 2: "within about 25 km of a known place".
    PlacePrecision.NEAR: 25_000.0,
    PlacePrecision.ADM2: None,
    PlacePrecision.ADM1: None,
    PlacePrecision.AREA: None,
    PlacePrecision.COUNTRY: None,
    PlacePrecision.SEA: None,
    PlacePrecision.UNKNOWN: None,
}
"""Radius in metres assumed where a source states none; ``None`` where no radius is honest."""

POINTLESS = frozenset({PlacePrecision.COUNTRY, PlacePrecision.SEA, PlacePrecision.UNKNOWN})
"""Precisions with which no point is stored: a centroid of a country is not a place."""
