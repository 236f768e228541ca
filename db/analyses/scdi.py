"""The Spatial Conflict Dynamics indicator of OECD/SWAC, as published and on equal-area cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from db.analyses.cell_parameters import ScdiParameters
from db.analyses.days import days_of_beginning, moment_of
from db.analyses.found import Found, ResultRow
from db.analyses.method import Method
from db.analyses.selection import read_incidents, region_edition, terms_of
from db.errors import InvalidQuery
from db.vocabulary import EventType
from gis.scdi import Frame, ScdiClass, cell_years, class_shares
from gis.scdi_null import null_rates

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from sqlalchemy import Connection

    from db.analyses.method import Progress
    from db.analyses.selection import Incidents

    Years = npt.NDArray[np.int64]


def compute(connection: Connection, chosen: ScdiParameters, progress: Progress) -> Found:
    """Classify the cells and years of a selection, in both frames.

    Incidents of other types than those chosen, without a point, or of which the year is not known
    are counted and left out.

    Raises
    ------
    InvalidQuery
        There is no such region or type of event, or another value breaks its rule.
    """
    progress(0.0, "reading incidents")
    _check_events(chosen)
    every = read_incidents(connection, chosen, fields=("event_type", "time_extent"))
    violent = np.isin(every.fields["event_type"].astype(str), chosen.events)
    located = violent & ~np.isnan(every.lon)
    first, last = _years(every)
    certain = located & (first == last)
    taken, year = every.of(certain), first[certain].astype(np.int64)
    results, counts = {}, {"incidents": taken.size}
    for number, frame in enumerate(Frame):
        progress(0.1 + 0.45 * number, f"classifying cells of {frame.value}")
        results[frame.value] = list(_rows(frame, taken, year, chosen))
        words = [row.values["scdi"] for row in results[frame.value]]
        for word in ScdiClass:
            counts[f"{frame.value}: {word.value}"] = words.count(word.value)
        counts[f"{frame.value}: single incidents"] = words.count(None)
        inside = sum(row.values["incidents"] for row in results[frame.value])
        counts[f"{frame.value}: outside the grid"] = taken.size - inside
    counts |= {
        "not violent": int((~violent).sum()),
        "without a point": int((violent & ~located).sum()),
        "year not known": int((located & ~certain).sum()),
    }
    return Found(
        chosen=chosen.model_dump(mode="json"),
        data_version=every.version,
        input_sha256=taken.sha256,
        seed=chosen.seed,
        editions=region_edition(connection, chosen),
        terms=terms_of(connection, taken),
        counts=counts,
        results=results,
    )


METHOD = Method(
    name="scdi",
    version="1",
    title="Spatial Conflict Dynamics indicator",
    answers="How intense and how concentrated is violence in each cell and year (OECD/SWAC)?",
    parameters=ScdiParameters,
    compute=compute,
    layers=tuple(frame.value for frame in Frame),
)


def _check_events(chosen: ScdiParameters) -> None:
    known = [word.value for word in EventType]
    for word in chosen.events:
        if word not in known:
            raise InvalidQuery("events", word, f"it is one of {', '.join(known)}")


def _years(every: Incidents) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """First and last year in which each incident may have begun; NaN where not known."""
    days = days_of_beginning(every)
    found = []
    for end in (days.first, days.last):
        whole = np.where(days.known, end, 0.0).astype(np.int64).astype("datetime64[D]")
        year = whole.astype("datetime64[Y]").astype(np.int64) + 1970
        found.append(np.where(days.known, year, np.nan))
    return found[0], found[1]


def _rows(
    frame: Frame, taken: Incidents, year: Years, chosen: ScdiParameters
) -> Iterator[ResultRow]:
    """Cells and years, those with all fields first, then the latest and the fullest."""
    base = cell_years(frame, taken.lon, taken.lat, year, cutoff=chosen.cutoff)
    shares = class_shares(
        frame,
        taken.lon,
        taken.lat,
        taken.radius_m,
        year,
        cutoff=chosen.cutoff,
        draws=chosen.draws,
        seed=chosen.seed,
    )
    imprecise = _tally(base.row[np.isnan(taken.radius_m)], base.key.size)
    places = _places(taken, base.row, base.key.size)
    polygons, names = frame.grid.polygons(base.key), frame.grid.names(base.key)
    whole = ~np.isnan(shares[ScdiClass.CH]) & (base.incidents > 1)
    for at in np.lexsort((base.key, -base.incidents, -base.year, ~whole)).tolist():
        word, number = base.word[at], int(base.incidents[at])
        random, coded = null_rates(number) if number > 1 else (None, None)
        chances = {f"p_{one.value.lower()}": float(shares[one][at]) for one in ScdiClass}
        values: dict[str, Any] = {
            "cell": names[at],
            "year": int(base.year[at]),
            "incidents": number,
            "places": int(places[at]),
            "imprecise": int(imprecise[at]),
            "area_km2": float(base.area_km2[at]),
            "density": float(base.density[at]),
            "nni": float(base.nni[at]),
            "scdi": word,
            **chances,
            "p_single": round(1.0 - sum(chances.values()), 9),
            "clustered_at_random": random,
            "clustered_in_towns": coded,
            "region": chosen.region,
            "cutoff": chosen.cutoff,
        }
        yield ResultRow(
            values=values,
            geom=polygons[at],
            start=_new_year(int(base.year[at])),
            end=_new_year(int(base.year[at]) + 1),
        )


def _places(taken: Incidents, row: Years, size: int) -> Years:
    """Distinct coordinates in each cell and year."""
    spots = np.unique(np.column_stack((row, taken.lon, taken.lat)), axis=0)
    return _tally(spots[:, 0].astype(np.int64), size)


def _tally(rows: Years, size: int) -> Years:
    return np.bincount(rows[rows >= 0], minlength=size)


def _new_year(year: int) -> Any:
    return moment_of(float((np.datetime64(f"{year:04}-01-01") - np.datetime64(0, "D")).astype(int)))
