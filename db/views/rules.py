"""The rules of the tables in plain words: what is said to whoever breaks one.

They stand in the database as remarks on the constraints, so that psql and pgAdmin show them, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint

from db.models.claims import COLUMNS_OF_KIND, Claim
from db.models.every import METADATA
from db.models.incidents import Estimate, Incident

if TYPE_CHECKING:
    from sqlalchemy import Constraint

EDITED = (Incident, Estimate, Claim)

_WORDS = {
    "code_fits_a_url": "a name has small letters, digits, '.', '_' and '-', and begins with a "
    "letter or digit",
    "merged_names_its_survivor": "status is 'merged' of what names in merged_into the incident "
    "that it is the same as, and of nothing else",
    "merged_into_another": "nothing is merged into itself",
    "part_of_another": "nothing is part of itself",
    "occurred_is_known": "an incident has an interval of time, or time_precision 'unknown'",
    "occurred_is_not_empty": "an interval ends after it starts",
    "a_known_place_has_a_geometry": "a place that is known better than to a country or an area "
    "has a point; without one, place_precision is country, sea, area or unknown",
    "geom_is_not_empty": "a point has coordinates; where there is none, there is no geometry",
    "geom_is_on_earth": "longitude lies between -180 and 180, latitude between -90 and 90",
    "radius_is_positive": "a radius is a number of metres above 0; missing where none is honest",
    "no_point_for_a_country": "a place known to a country, a sea or not at all has no point",
    "nobody_is_less_than_nobody": "a number of people is 0 or more; not known is no number",
    "something_is_estimated": "an estimate has a low, a best or a high; without any there is none",
    "low_best_high_in_order": "low is no more than best, and best no more than high; what is not "
    "known is left out",
    "casualties_say_of_whom": "a claim of casualties says what was done (harm) and to whom "
    "(person_status)",
    "a_time_is_an_interval": "a claim of time has claimed_from or claimed_until, time_precision "
    "and time_extent",
    "a_place_has_a_name_and_a_precision": "a claim of place has place_name and place_precision",
    "a_distance_has_a_unit_and_a_target": "a claim of distance has distance, distance_unit and "
    "either target_border or target_place",
    "distance_is_not_negative": "a distance is 0 or more",
    "a_part_has_an_actor": "a claim of attribution or participation has actor and role",
}

_OF_INCIDENT = "an incident has one estimate to each harm and person_status: change that one"


def rules() -> dict[tuple[str, str], str]:
    """The rule in words, by the table and the name of its constraint; primary keys apart."""
    return {
        (table.name, str(constraint.name)): words
        for table in (METADATA.tables[f"liptako.{model.__tablename__}"] for model in EDITED)
        for constraint in table.constraints
        if (words := _words(table.name, constraint)) is not None
    }


def _words(table: str, constraint: Constraint) -> str | None:
    if isinstance(constraint, ForeignKeyConstraint):
        return "what it refers to is there, and nothing that others refer to is taken away"
    if isinstance(constraint, UniqueConstraint):
        return _OF_INCIDENT if table == "estimate" else "this name is taken: names are given once"
    if not isinstance(constraint, CheckConstraint):
        return None
    name = str(constraint.name).removeprefix(f"ck_{table}_")
    if name == "columns_fit_kind":
        kinds = (f"{kind}: {_fields(names)}" for kind, names in COLUMNS_OF_KIND.items() if names)
        return "a claim fills the fields of its kind and leaves the others empty; " + "; ".join(
            kinds
        )
    if name in _WORDS:
        return _WORDS[name]
    # What is left is a closed list: column IN ('one', 'another').
    return f"it is one of {str(constraint.sqltext).partition('(')[2].rstrip(')')}".replace("'", "")


def _fields(columns: tuple[str, ...]) -> str:
    """Columns by the names that editors know them by; what is computed is not theirs to fill."""
    named = {
        "occurred": "claimed_from, claimed_until",
        "place_id": "place",
        "target_place_id": "target_place",
        "actor_id": "actor",
    }
    return ", ".join(named.get(name, name) for name in columns if name != "distance_m")
