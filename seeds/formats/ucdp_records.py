"""Typed cells of a UCDP GED row -> incident, roles, claims and estimate.

What is claimed and what is not:

- The total (``low``, ``best``, ``high``) is a claim and, taken over as published, the estimate.
  UCDP states bounds of the total only; its parts are single figures.
- The bounds are kept as they stand, also in the one row of a hundred where they are out of order;
  the database flags those rows.
- ``where_prec`` 6 and 7 have coordinates in the file and no point here: the centre of a country is
  not where it happened.
- ``number_of_sources``, headlines and the like stay in the raw row.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from db.vocabulary import (
    ActorKind,
    ActorRoleName,
    EstimateRule,
    EventType,
    Harm,
    PersonStatus,
    PlacePrecision,
    TimeExtent,
    TimePrecision,
)
from gis.interval import Interval
from gis.precision import POINTLESS
from seeds.records import (
    ActorRecord,
    AliasRecord,
    CasualtiesClaim,
    EstimateRecord,
    IncidentRecord,
    PlaceRecord,
    RoleRecord,
    TimeRecord,
)

if TYPE_CHECKING:
    from seeds.formats.ucdp_cells import Cells

NAME = "ucdp-ged"
"""The dataset, as it is named in external identifiers, aliases and codes."""

CIVILIANS = 1
"""Actor number of civilians, the second side of one-sided violence."""

TYPES = {
    1: (EventType.BATTLE, "state-based"),
    2: (EventType.BATTLE, "non-state"),
    3: (EventType.VIOLENCE_AGAINST_CIVILIANS, "one-sided"),
}
PLACES = {
    1: PlacePrecision.SETTLEMENT,
    2: PlacePrecision.NEAR,
    3: PlacePrecision.ADM2,
    4: PlacePrecision.ADM1,
    5: PlacePrecision.AREA,
    6: PlacePrecision.COUNTRY,
    7: PlacePrecision.SEA,
}
TIMES = {
    1: TimePrecision.DAY,
    2: TimePrecision.DAYS,
    3: TimePrecision.WEEK,
    4: TimePrecision.MONTH,
    5: TimePrecision.YEAR,
}


_YEAR = timedelta(days=366)


def incident(cells: Cells, report: str) -> IncidentRecord:
    """The incident of a row with all that the row claims about it.

    Parameters
    ----------
    cells : Cells
    report : str
        Code of the report that stands for the edition of the dataset.
    """
    event_type, sub_type = TYPES[cells.type_of_violence]
    place = _place(cells)
    return IncidentRecord(
        code=f"{NAME}-{cells.id}",
        title=_title(cells),
        event_type=event_type,
        sub_type=sub_type,
        time=_time(cells),
        place=place,
        note=_note(cells, place),
        actors=_roles(cells),
        claims=_claims(cells, report),
        estimates=(_estimate(cells), _civilians(cells)),
    )


def _title(cells: Cells) -> str:
    place = cells.where_coordinates or cells.country
    days = str(cells.date_start)
    if cells.date_end != cells.date_start:
        days += f" to {cells.date_end}"
    return f"{cells.dyad_name}, {place}, {days}"


def _note(cells: Cells, place: PlaceRecord) -> str | None:
    notes = []
    if cells.event_clarity == 2:
        notes.append("Summary event: several incidents that the dataset does not separate.")
    if place.country is None:
        notes.append(f"The country {cells.country} ({cells.country_id}) has no ISO 3166 code.")
    return " ".join(notes) or None


def _time(cells: Cells) -> TimeRecord:
    start = datetime.combine(cells.date_start, datetime.min.time())
    end = datetime.combine(cells.date_end, datetime.min.time()) + timedelta(days=1)
    several = cells.date_end != cells.date_start
    # Two dates mean either that nobody knows on which of the days it was (date_prec 2 to 5), or
    # that it went on for all of them. The second is certain where the dates themselves are known
    # to the day (date_prec 1), and where the row sums up several incidents (event_clarity 2).
    lasted = several and (cells.date_prec == 1 or cells.event_clarity == 2)
    longer = end - start > _YEAR
    return TimeRecord(
        occurred=Interval(start, end),
        precision=TimePrecision.LONGER if longer else TIMES[cells.date_prec],
        extent=TimeExtent.THROUGHOUT if lasted else TimeExtent.WITHIN,
    )


def _place(cells: Cells) -> PlaceRecord:
    precision = PLACES[cells.where_prec]
    pointless = precision in POINTLESS
    return PlaceRecord(
        name=cells.where_coordinates,
        precision=precision,
        lon=None if pointless else cells.longitude,
        lat=None if pointless else cells.latitude,
        country=country_of(cells),
        adm1=cells.adm_1,
        adm2=cells.adm_2,
    )


def actors(cells: Cells) -> tuple[ActorRecord, ActorRecord]:
    """Both sides of a row, under the numbers that UCDP gives them."""
    return (
        _actor(cells.side_a_new_id, cells.side_a, cells.gwnoa),
        _actor(cells.side_b_new_id, cells.side_b, cells.gwnob),
    )


def _actor(number: int, name: str, gwno: str | None) -> ActorRecord:
    # A side with a state number is a government; every other is an organised armed actor, since
    # nothing else is an actor in this dataset.
    kind = ActorKind.ARMED_GROUP if gwno is None else ActorKind.GOVERNMENT
    return ActorRecord(
        code=_actor_code(number),
        name=name,
        kind=ActorKind.CIVILIANS if number == CIVILIANS else kind,
        country=_countries().get(gwno or ""),
        aliases=(AliasRecord(name=name, dataset=NAME, external_id=str(number)),),
    )


def _actor_code(number: int) -> str:
    return f"ucdp-{number}"


def _roles(cells: Cells) -> tuple[RoleRecord, ...]:
    side_a, side_b = _actor_code(cells.side_a_new_id), _actor_code(cells.side_b_new_id)
    if cells.type_of_violence == 3:
        return (
            RoleRecord(actor=side_a, role=ActorRoleName.ALLEGED_PERPETRATOR),
            RoleRecord(actor=side_b, role=ActorRoleName.TARGET),
        )
    return tuple(
        RoleRecord(actor=side, role=ActorRoleName.PARTY) for side in dict.fromkeys((side_a, side_b))
    )


def _claims(cells: Cells, report: str) -> tuple[CasualtiesClaim, ...]:
    low, best, high = cells.low, cells.best, cells.high
    total = CasualtiesClaim(
        id="total",
        report=report,
        statement=f"Killed in all: {best} (low {low}, high {high})",
        claimant=cells.source_original,
        harm=Harm.KILLED,
        person_status=PersonStatus.ALL,
        low=low,
        best=best,
        high=high,
    )
    parts = (
        ("side-a", PersonStatus.SIDE_A, f"Killed of {cells.side_a}", cells.deaths_a),
        ("side-b", PersonStatus.SIDE_B, f"Killed of {cells.side_b}", cells.deaths_b),
        ("civilians", PersonStatus.CIVILIAN, "Killed civilians", cells.deaths_civilians),
        ("unknown", PersonStatus.UNKNOWN, "Killed of unknown status", cells.deaths_unknown),
    )
    return (total, *(_part(total, *part) for part in parts))


def _part(
    total: CasualtiesClaim, code: str, status: PersonStatus, words: str, best: int
) -> CasualtiesClaim:
    return CasualtiesClaim(
        id=code,
        report=total.report,
        statement=f"{words}: {best}",
        claimant=total.claimant,
        part_of=total.id,
        harm=total.harm,
        person_status=status,
        best=best,
    )


def _estimate(cells: Cells) -> EstimateRecord:
    return EstimateRecord(
        harm=Harm.KILLED,
        person_status=PersonStatus.ALL,
        low=cells.low,
        best=cells.best,
        high=cells.high,
        rule=EstimateRule.AS_PUBLISHED,
    )


def _civilians(cells: Cells) -> EstimateRecord:
    """The dataset's one figure of civilians killed; it gives bounds for the total only."""
    return EstimateRecord(
        harm=Harm.KILLED,
        person_status=PersonStatus.CIVILIAN,
        best=cells.deaths_civilians,
        rule=EstimateRule.AS_PUBLISHED,
    )


def country_of(cells: Cells) -> str | None:
    """ISO 3166-1 alpha-3 of the country that the row names; none for one that has no code."""
    return _countries().get(str(cells.country_id))


@cache
def _countries() -> dict[str, str]:
    """ISO 3166-1 alpha-3 by Gleditsch and Ward number."""
    path = Path(__file__).parents[1] / "data" / "gw_countries.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["gw_number"]: row["iso3"] for row in csv.DictReader(file)}
