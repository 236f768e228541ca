"""How many incidents, and people killed, lie within bands of distance from borders.

An incident counts by its probabilities, not by its point: with that of the band for its place, and
with the share of the days on which it may have begun for its time. Shares of the reported points
alone would be too high near a border, where a point may be anywhere in its disc.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from db.analyses.days import day_of, days_of_beginning, moment_of
from db.analyses.found import ResultRow
from db.layers.derived import NEAREST, SHARED
from gis.chance_sum import chance_sum

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from db.analyses.border_places import Places
    from db.analyses.selection import Incidents

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BandInput:
    """A border by a source: ``within`` (sites, limits) are the probabilities of its limits."""

    border: str
    source: str
    editions: str
    rank: int
    within: Floats


@dataclass(frozen=True, slots=True)
class Published:
    """A share of all incidents as somebody published it; ``high`` is missing for "over"."""

    low: float
    high: float | None
    killed: float | None
    said: str


_STATES = "21 states of North and West Africa, ACLED, 1997 to June 2021"
_REPORT = "OECD/SWAC 2022, Borders and Conflicts in North and West Africa, doi 10.1787/6da6d21e-en"

PUBLISHED = {
    (NEAREST, 10.0): Published(0.09, 0.09, 0.11, f"{_REPORT}: {_STATES}"),
    (NEAREST, 20.0): Published(0.15, 0.15, None, f"{_REPORT}: {_STATES}"),
    (NEAREST, 50.0): Published(
        0.25, 0.27, None, f"{_REPORT}: {_STATES}; 25 % in its text, 27 % in its map legend"
    ),
    (NEAREST, 100.0): Published(
        0.40,
        None,
        0.60,
        "OECD/SWAC 2020, The Geography of Conflict in North and West Africa: over 40 %, 2015-2019; "
        f"60 % of victims is of the first half of 2021, {_REPORT}",
    ),
    (SHARED, 50.0): Published(
        0.46, 0.46, None, f"{_REPORT}: Burkina Faso, Mali and Niger, their shared borders"
    ),
}
"""Published shares to stand beside ours: plausible within some points, of other data and times."""


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """Incidents (n,) that may have happened in a year, with what probability."""

    year: int | None
    rows: npt.NDArray[np.int64]
    share: Floats


def band_rows(
    places: Places, borders: Iterable[BandInput], within_km: Sequence[float]
) -> Iterator[ResultRow]:
    """A row for each border and source, each year and all years together, and each band.

    Bands follow one another, each with its upper limit and without its lower one; the first has 0.
    Rows of the part ``within`` run from 0 to each limit, so they overlap. Incidents that are part
    of another, and those that may not leave, take no part.
    """
    incidents = places.incidents
    taking_part = np.flatnonzero(places.public & places.counted)
    terms = list(_terms(incidents, taking_part))
    for one in sorted(borders, key=lambda one: (one.border != NEAREST, one.border, one.rank)):
        for term in terms:
            known = places.site[term.rows] >= 0
            rows, share = term.rows[known], term.share[known]
            figures = _Figures.of(incidents.of(rows))
            within = one.within[places.site[rows]]
            for values, chance in _bands(within, within_km):
                yield ResultRow(
                    values={
                        "border": one.border,
                        "boundary_source": one.source,
                        "boundary_edition": one.editions,
                        "rank": one.rank,
                        "year": term.year,
                        **values,
                        "measured": float(share.sum()),
                        "left_out": float(term.share[~known].sum()),
                        **_incidents(chance * share, float(share.sum())),
                        **figures.killed(chance * share),
                        **_published(one.border, term.year, values),
                    },
                    start=_new_year(term.year),
                    end=_new_year(None if term.year is None else term.year + 1),
                )


def _new_year(year: int | None) -> datetime | None:
    """The first moment of a year, if there is one that can be told."""
    return None if year is None or year > MAXYEAR else datetime(year, 1, 1)


def _terms(incidents: Incidents, rows: npt.NDArray[np.int64]) -> Iterator[_Term]:
    """All incidents together, those without a date included; then year by year."""
    yield _Term(None, rows, np.ones(rows.size))
    days = days_of_beginning(incidents)
    dated = rows[days.known[rows]]
    by_year: dict[int, list[tuple[int, float]]] = {}
    for row, first, last in zip(dated.tolist(), days.first[dated], days.last[dated], strict=True):
        for year, share in _years(float(first), float(last)):
            by_year.setdefault(year, []).append((row, share))
    for year, shares in sorted(by_year.items()):
        own, weights = zip(*shares, strict=True)
        yield _Term(year, np.array(own, dtype=np.int64), np.array(weights))


def _years(first_day: float, last_day: float) -> Iterator[tuple[int, float]]:
    """The years in which the days lie, and the share of the days that each has."""
    first, last = moment_of(first_day), moment_of(last_day)
    assert first is not None
    assert last is not None
    for year in range(first.year, last.year + 1):
        begins = max(first_day, day_of(datetime(year, 1, 1)))
        ends = min(last_day, day_of(datetime(year, 12, 31)))
        yield year, (ends - begins + 1) / (last_day - first_day + 1)


def _bands(within: Floats, within_km: Sequence[float]) -> Iterator[tuple[dict[str, Any], Floats]]:
    """Every band and everything within each limit, with the probability of each place."""
    lower, before = 0.0, np.zeros(within.shape[0])
    for column, limit in enumerate(within_km):
        # Both are shares of the same nodes, so the difference is exact to rounding and never < 0.
        band = np.maximum(within[:, column] - before, 0.0)
        yield {"part": "band", "from_km": lower, "to_km": limit}, band
        lower, before = limit, within[:, column]
    yield {"part": "band", "from_km": lower, "to_km": None}, 1.0 - before
    for column, limit in enumerate(within_km):
        yield {"part": "within", "from_km": 0.0, "to_km": limit}, within[:, column]


def _incidents(chance: Floats, measured: float) -> dict[str, Any]:
    found = chance_sum(np.minimum(chance, 1.0))
    shares = {
        name: min(number / measured, 1.0) if measured > 0 else None
        for name, number in (
            ("share", found.mean),
            ("share_low", found.low),
            ("share_high", found.high),
        )
    }
    return {
        "incidents_expected": found.mean,
        "incidents_low": found.low,
        "incidents_high": found.high,
        **shares,
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    """Bounds and best figures of people killed, (n,); NaN for not known."""

    low: Floats
    best: Floats
    high: Floats

    @classmethod
    def of(cls, incidents: Incidents) -> _Figures:
        """Those of incidents; bounds that an imported row has out of order are turned round."""
        low, best, high = (incidents.fields[f"killed_{name}"] for name in ("low", "best", "high"))
        return cls(np.fmin(low, high) + 0 * low, best, np.fmax(low, high) + 0 * high)

    def killed(self, chance: Floats) -> dict[str, Any]:
        """What is expected of a band, and the interval over both chance and bounds.

        What is known at least is added up for the lower figures; a best or an upper figure is
        missing as soon as it is for one incident that may lie in the band.
        """
        chance = np.minimum(chance, 1.0)
        inside = chance > 0
        known = inside & ~np.isnan(self.low)
        floor = chance_sum(chance[known], self.low[known])
        open_above = bool(np.isnan(self.high[inside]).any())
        ceiling = None if open_above else chance_sum(chance[inside], self.high[inside])
        best = float(chance[inside] @ self.best[inside])
        unknown = inside & np.isnan(self.low) & np.isnan(self.best) & np.isnan(self.high)
        return {
            "killed_low": floor.mean,
            "killed_best": best,
            "killed_high": None if ceiling is None else ceiling.mean,
            "killed_interval_low": floor.low,
            "killed_interval_high": None if ceiling is None else ceiling.high,
            "killed_unknown": int(unknown.sum()),
        }


def _published(border: str, year: int | None, values: dict[str, Any]) -> dict[str, Any]:
    told = PUBLISHED.get((border, values["to_km"]))
    if told is None or year is not None or values["part"] != "within":
        return {}
    return {
        "published_share_low": told.low,
        "published_share_high": told.high,
        "published_killed_share": told.killed,
        "published": told.said,
    }
