"""Near repeats: pairs of incidents by distance and days, and single tests of interaction."""

from __future__ import annotations

from db.layers.results import result_layer
from gis.fields import Field, Kind
from gis.permutations import Alternative

METHOD_NAME = "knox"

_ALTERNATIVE = Field(
    "alternative",
    Kind.TEXT,
    "Alternative",
    "What speaks against chance: 'greater' (as many or more), 'less', or 'two-sided'.",
    nullable=False,
    words=tuple(word.value for word in Alternative),
)

_REGION = Field("region", Kind.TEXT, "Region", "Region of study of the run; missing: everywhere.")

_PERMUTATIONS = Field(
    "permutations", Kind.INTEGER, "Shuffles", "Shuffles of the dates.", nullable=False
)


def _number(name: str, title: str, meaning: str, unit: str | None = None) -> Field:
    return Field(name, Kind.NUMBER, title, meaning, unit=unit)


def _count(name: str, title: str, meaning: str) -> Field:
    return Field(name, Kind.INTEGER, title, meaning, nullable=False)


KNOX = result_layer(
    id="knox",
    method=METHOD_NAME,
    title="Near repeats",
    description=(
        "Pairs of incidents by band of distance and band of days, against shuffled dates (Knox). "
        "A small p says that reports close in space are close in time: attacks that repeat do "
        "that, and so does reporting, or a war, that moved from one part of the area to another. "
        "Each p is for its cell alone."
    ),
    fields=(
        Field("space_band", Kind.TEXT, "Band of distance", "In km, with its ends.", nullable=False),
        Field("time_band", Kind.TEXT, "Band of days", "In days, with its ends.", nullable=False),
        _number("space_from_km", "Distance from", "Lower edge of the band.", "km"),
        _number("space_to_km", "Distance to", "Upper edge of the band.", "km"),
        _number("time_from_days", "Days from", "Lower edge of the band.", "d"),
        _number("time_to_days", "Days to", "Upper edge of the band.", "d"),
        _count("observed", "Pairs", "Pairs of incidents known to the day, at reported places."),
        _number("expected", "Expected", "Mean number of such pairs over all shuffles of dates."),
        _number("ratio", "Ratio", "Observed over expected; missing where none is expected."),
        _number("median_ratio", "Ratio to the median", "Observed over the median of the shuffles."),
        _number("p", "p", "Share of the shuffles, the observed among them, that go as far."),
        _count("must", "Pairs, at least", "Pairs in the band whatever the true days are."),
        _count("may", "Pairs, at most", "Pairs in the band if the true days put them there."),
        _number("drawn_ratio_low", "Ratio over draws, 5 %", "Places and days are drawn."),
        _number("drawn_ratio_median", "Ratio over draws, median", "Places and days are drawn."),
        _number("drawn_ratio_high", "Ratio over draws, 95 %", "Places and days are drawn."),
        _number("drawn_p_low", "p over draws, 5 %", "Places and days are drawn."),
        _number("drawn_p_median", "p over draws, median", "Places and days are drawn."),
        _number("drawn_p_high", "p over draws, 95 %", "Places and days are drawn."),
        _count("incidents", "Incidents known to the day", "They make observed, ratio and p."),
        _count(
            "dated_incidents", "Dated incidents", "They make the draws, and what must and may be."
        ),
        _PERMUTATIONS,
        _ALTERNATIVE,
        _count("draws", "Draws", "Draws of places in their discs and of days in their dates."),
        _REGION,
    ),
    geometry=None,
    keywords=("near repeats", "Knox", "space-time interaction"),
)

INTERACTION = result_layer(
    id="interaction",
    method=METHOD_NAME,
    title="Space-time interaction",
    description=(
        "Whether incidents close in space are close in time, by one number and shuffled dates: "
        "Mantel without a threshold, Jacquez by nearest neighbours, the modified Knox with each "
        "incident's own expectation. Of incidents known to the day, at reported places."
    ),
    fields=(
        Field(
            "test",
            Kind.TEXT,
            "Test",
            "Which statistic it is.",
            nullable=False,
            words=("mantel", "jacquez", "modified-knox"),
        ),
        _number("statistic", "Statistic", "Of the data; missing where it is not defined."),
        _number("mean", "Mean by chance", "Mean of the statistic over the shuffles."),
        _number("p", "p", "Share of the shuffles, the observed among them, that go as far."),
        _count("incidents", "Incidents", "That took part; for Mantel 400 at most, by the seed."),
        _number("near_km", "Near in space", "For Mantel and the modified Knox.", "km"),
        _number("near_days", "Near in time", "For Mantel and the modified Knox.", "d"),
        Field("neighbours", Kind.COUNT, "Nearest neighbours", "For Jacquez."),
        _PERMUTATIONS,
        _ALTERNATIVE,
        _REGION,
    ),
    geometry=None,
    keywords=("Mantel", "Jacquez", "modified Knox", "space-time interaction"),
)
