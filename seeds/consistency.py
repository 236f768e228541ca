"""What must agree within an incident, and between it and what it names.

The types of :mod:`seeds.records` say what one value may be; the rules here say what several must be
together. The database holds most of them too, but it can't name the line of a file.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, TypeAlias

from db.vocabulary import PlacePrecision, TimePrecision
from gis.precision import POINTLESS
from seeds.records import ActorClaim, CasualtiesClaim, DistanceClaim, PlaceClaim

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from seeds.documents import KeyPath
    from seeds.records import ClaimRecord, IncidentRecord, PlaceRecord
    from seeds.reference import Catalogue

Broken: TypeAlias = "Iterator[tuple[KeyPath, str]]"
"""Where a rule is broken, and the rule."""

GAZETTEER = re.compile(r"[a-z]+:[A-Za-z0-9]+")
"""A place of a gazetteer: ``geonames:2443230``."""

_POINTED = {PlacePrecision.EXACT, PlacePrecision.SETTLEMENT, PlacePrecision.NEAR}


class _Figures(Protocol):
    """What has three figures: a claim of casualties, and an estimate."""

    @property
    def low(self) -> int | None: ...
    @property
    def best(self) -> int | None: ...
    @property
    def high(self) -> int | None: ...


def broken_rules(incident: IncidentRecord, catalogue: Catalogue) -> Broken:
    """All rules that an incident breaks, each with the place in the file."""
    yield from _time(incident)
    yield from _place(incident.place, ("place",))
    yield from _located(incident.place)
    yield from _actors(incident, catalogue)
    yield from _estimates(incident)
    yield from _twice([claim.id for claim in incident.claims], "claims", "an id is given once")
    parents = {claim.id: claim.part_of for claim in incident.claims}
    newer = {claim.id: claim.superseded_by for claim in incident.claims}
    for number, claim in enumerate(incident.claims):
        for path, rule in (*_claim(claim, catalogue, parents), *_superseded(claim, newer)):
            yield ("claims", number, *path), rule


def broken_chains(parents: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Codes whose ``part_of`` names nothing that is there, or leads back to themselves."""
    for code, whole in parents.items():
        if whole is not None and whole not in parents:
            yield code, "part_of names one that is here"
        elif _returns(code, parents):
            yield code, "part_of does not lead back to itself"


def _time(incident: IncidentRecord) -> Broken:
    unknown = incident.time.precision is TimePrecision.UNKNOWN
    if (incident.time.occurred is None) is not unknown:
        yield ("time", "precision"), "it is unknown if and only if no time is stated"


def _place(place: PlaceRecord, path: KeyPath) -> Broken:
    if (place.lon is None) is not (place.lat is None):
        yield path, "lon and lat are both stated, or neither"
    if place.gazetteer is not None and (place.lon, place.lat) != (None, None):
        yield (*path, "gazetteer"), "a place has a gazetteer entry or a lon and lat, not both"
    if place.gazetteer is not None and not GAZETTEER.fullmatch(place.gazetteer):
        yield (*path, "gazetteer"), "it is written like geonames:2443230"
    if place.precision in POINTLESS and (place.gazetteer, place.lon) != (None, None):
        yield (*path, "precision"), f"{place.precision} has no point: a centroid is not a place"


def _located(place: PlaceRecord) -> Broken:
    if place.precision in _POINTED and (place.gazetteer, place.lon) == (None, None):
        yield ("place", "precision"), f"{place.precision} has a gazetteer entry or a lon and lat"
    if place.precision is PlacePrecision.ADM1 and place.adm1 is None:
        yield ("place", "precision"), "adm1 names its unit"
    if place.precision is PlacePrecision.ADM2 and place.adm2 is None:
        yield ("place", "precision"), "adm2 names its unit"


def _actors(incident: IncidentRecord, catalogue: Catalogue) -> Broken:
    roles = [(role.actor, role.role) for role in incident.actors]
    yield from _twice(roles, "actors", "an actor has a role once")
    for number, role in enumerate(incident.actors):
        if role.actor not in catalogue.actor_codes:
            yield ("actors", number, "actor"), "it is the code of an actor"


def _estimates(incident: IncidentRecord) -> Broken:
    pairs = [(estimate.harm, estimate.person_status) for estimate in incident.estimates]
    yield from _twice(pairs, "estimates", "a harm to one kind of people is estimated once")
    for number, estimate in enumerate(incident.estimates):
        if not _stated(estimate):
            yield ("estimates", number), "it states a figure"
        for rule in _disorder(estimate):
            yield ("estimates", number), rule


def _claim(claim: ClaimRecord, catalogue: Catalogue, parents: Mapping[str, str | None]) -> Broken:
    if claim.report not in catalogue.report_codes:
        yield ("report",), "it is the code of a report"
    if claim.part_of is not None and claim.part_of not in parents:
        yield ("part_of",), "it is the id of a claim of this incident"
    elif _returns(claim.id, parents):
        yield ("part_of",), "it does not lead back to itself"
    match claim:
        case CasualtiesClaim():
            yield from (((), rule) for rule in _disorder(claim))
        case ActorClaim() if claim.actor not in catalogue.actor_codes:
            yield ("actor",), "it is the code of an actor"
        case DistanceClaim():
            yield from _distance(claim)
        case PlaceClaim():
            yield from _place(claim.place, ("place",))
            if claim.place.name is None:
                yield ("place", "name"), "a claim of a place names it"


def _superseded(claim: ClaimRecord, newer: Mapping[str, str | None]) -> Broken:
    if claim.superseded_by is not None and claim.superseded_by not in newer:
        yield ("superseded_by",), "it is the id of a claim of this incident"
    elif _returns(claim.id, newer):
        yield ("superseded_by",), "it does not lead back to itself"
    if claim.claimant is None and claim.claimant_kind is not None:
        yield ("claimant_kind",), "it is said of a claimant"


def _distance(claim: DistanceClaim) -> Broken:
    if (claim.border is None) is (claim.gazetteer is None):
        yield (), "a distance is told from a border or from a place of the gazetteer, one of them"
    if claim.gazetteer is not None and not GAZETTEER.fullmatch(claim.gazetteer):
        yield ("gazetteer",), "it is written like geonames:2443230"


def _stated(figures: _Figures) -> list[int]:
    return [figure for figure in (figures.low, figures.best, figures.high) if figure is not None]


def _disorder(figures: _Figures) -> Iterator[str]:
    if any(first > second for first, second in pairwise(_stated(figures))):
        yield "low <= best <= high"


def _twice(values: Iterable[Hashable], key: str, rule: str) -> Broken:
    seen: Counter[Hashable] = Counter()
    for number, value in enumerate(values):
        seen[value] += 1
        if seen[value] > 1:
            yield (key, number), rule


def _returns(code: str, parents: Mapping[str, str | None]) -> bool:
    """Whether the wholes of ``code`` lead back to it; each step is taken at most once."""
    whole = parents.get(code)
    for _ in parents:
        if whole is None or whole == code:
            break
        whole = parents.get(whole)
    return whole == code
