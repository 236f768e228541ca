"""Pairs of incidents that are close in space and time, and the chains that they make."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from db.analyses import killed, together
from db.analyses.days import moment_of
from db.analyses.found import Found, ResultRow
from db.analyses.link_parameters import LinkParameters
from db.analyses.method import Method
from db.analyses.selection import read_incidents, region_edition, terms_of
from db.errors import InvalidQuery
from gis.errors import InvalidSetting
from gis.joining_lines import joining_lines
from gis.links import RANKS, Closeness, Links, Times, chains, links, shortest_tree
from gis.parts.links import links_in_parts
from gis.precision import TimeExtent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.analyses.method import Progress
    from db.analyses.selection import Incidents
    from gis.parts.engine import Engine

MOST_NAMES = 50
"""Of how many incidents a chain tells the names."""

_FIELDS = (*killed.FIELDS, *together.FIELDS, "incident", "title", "time_extent")


def compute(
    connection: Connection,
    chosen: LinkParameters,
    progress: Progress,
    *,
    engine: Engine | None = None,
) -> Found:
    """Find the pairs of a selection that are close, and their chains.

    Incidents without a point, or whose radius is unknown or greater than the distance asked for,
    and those whose time is open or unknown, are counted and left out.

    Raises
    ------
    InvalidQuery
        There is no such region, another value of the selection breaks its rule, or there are more
        pairs than may be.
    """
    progress(0.0, "reading incidents")
    every = read_incidents(connection, chosen, fields=_FIELDS)
    placed = ~np.isnan(every.lon) & (every.radius_m <= chosen.within_km * 1000.0)
    timed = ~np.isnan(every.start) & ~np.isnan(every.end)
    taken = every.of(placed & timed)
    progress(0.2, f"linking {taken.size:,} incidents")
    pairs = _pairs(taken, chosen, engine)
    levels = RANKS[: RANKS.index(chosen.closeness) + 1]
    of_level = {level: _chains(taken, pairs, level, chosen) for level in levels}
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=every.version,
        input_sha256=taken.sha256,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, taken),
        counts={
            "incidents": taken.size,
            **{f"links {level}": int((pairs.rank == RANKS.index(level)).sum()) for level in levels},
            **{f"chains {level}": len(rows) for level, rows in of_level.items()},
            "place too imprecise": int((~placed).sum()),
            "time open or unknown": int((placed & ~timed).sum()),
        },
        results={
            "incident-links": list(_link_rows(taken, pairs, chosen)),
            "incident-chains": [row for rows in of_level.values() for row in rows],
        },
    )


METHOD = Method(
    name="links",
    version="1",
    title="Links and chains",
    answers="Which incidents lie within so many kilometres and days of one another, for certain or "
    "possibly, and what chains do they make?",
    parameters=LinkParameters,
    compute=compute,
    has_parts=True,
    layers=("incident-links", "incident-chains"),
)


def _pairs(taken: Incidents, chosen: LinkParameters, engine: Engine | None) -> Links:
    times = Times(
        taken.start,
        # The end is the first moment after, so a day is [d, d]: its last moment is in it.
        np.maximum(taken.end - 1.0, taken.start),
        taken.fields["time_extent"] == TimeExtent.THROUGHOUT.value,
    )
    find = links if engine is None else partial(links_in_parts, engine)
    try:
        return find(
            taken.lon,
            taken.lat,
            taken.radius_m,
            times,
            within_km=chosen.within_km,
            days=chosen.days,
            closeness=chosen.closeness,
            most=chosen.most_pairs,
        )
    except InvalidSetting as fault:
        found = int(str(fault.value))
        rule = (
            f"there are {found:,} pairs, {found - chosen.most_pairs:,} more than may be: take less "
            "within_km or days, a surer closeness, or fewer incidents by region, datetime or filter"
        )
        raise InvalidQuery("most_pairs", f"{chosen.most_pairs}", rule) from fault


def _link_rows(taken: Incidents, pairs: Links, chosen: LinkParameters) -> Iterator[ResultRow]:
    """The surest and nearest first; of a pair, the one that may have begun earlier."""
    later = taken.start[pairs.first] > taken.start[pairs.second]
    one = np.where(later, pairs.second, pairs.first)
    other = np.where(later, pairs.first, pairs.second)
    lines = joining_lines(taken.lon[one], taken.lat[one], taken.lon[other], taken.lat[other])
    name, title = taken.fields["incident"], taken.fields["title"]
    order = np.lexsort((pairs.second, pairs.first, pairs.metres, pairs.rank))
    for row in order.tolist():
        a, b = int(one[row]), int(other[row])
        yield ResultRow(
            values={
                "first": name[a],
                "first_title": title[a],
                "second": name[b],
                "second_title": title[b],
                "closeness": RANKS[int(pairs.rank[row])],
                "distance_low_m": float(pairs.low_m[row]),
                "distance_m": float(pairs.metres[row]),
                "distance_high_m": float(pairs.high_m[row]),
                "days_low": float(pairs.days_low[row]),
                "days_high": float(pairs.days_high[row]),
                "within_km": chosen.within_km,
                "within_days": chosen.days,
            },
            geom=lines[row],
            start=moment_of(min(taken.start[a], taken.start[b])),
            end=moment_of(max(taken.end[a], taken.end[b])),
        )


def _chains(
    taken: Incidents, pairs: Links, level: Closeness, chosen: LinkParameters
) -> list[ResultRow]:
    """Chains of links that are at least so sure, the longest first."""
    sure = pairs.of(pairs.rank <= RANKS.index(level))
    chain = chains(taken.size, sure)
    tree = sure.of(shortest_tree(taken.size, sure))
    lines = joining_lines(
        taken.lon[tree.first], taken.lat[tree.first], taken.lon[tree.second], taken.lat[tree.second]
    )
    of_tree, of_link = chain[tree.first], chain[sure.first]
    size = np.bincount(chain[chain >= 0])
    longest = np.lexsort((np.arange(size.size), -size))
    return [
        _chain_row(
            taken.of(chain == one),
            {
                "chain": number,
                "closeness": level,
                "links": int((of_link == one).sum()),
                "length_m": float(tree.metres[of_tree == one].sum()),
                "within_km": chosen.within_km,
                "within_days": chosen.days,
            },
            lines[of_tree == one],
        )
        for number, one in enumerate(longest.tolist(), start=1)
    ]


def _chain_row(inside: Incidents, values: dict[str, Any], lines: Any) -> ResultRow:
    figures = killed.killed_in(inside)
    period = together.period_of(inside)
    order = np.lexsort((inside.key, inside.start))
    names = inside.fields["incident"][order[:MOST_NAMES]].tolist()
    more = [f"{inside.size - MOST_NAMES} more"] if inside.size > MOST_NAMES else []
    places = set(zip(inside.lon.tolist(), inside.lat.tolist(), strict=True))
    return ResultRow(
        values={
            **values,
            "incidents": inside.size,
            "places": len(places),
            "days": float(inside.end.max() - inside.start.min()),
            "killed_low": figures.low,
            "killed_high": figures.high,
            "killed_unknown": figures.unknown,
            "actors": together.actors_of(inside),
            "countries": together.countries_of(inside),
            "members": ", ".join([*names, *more]),
        },
        geom=shapely.MultiLineString([part for line in lines for part in line.geoms]),
        start=period.start,
        end=period.end,
        always=period.dated,
    )
