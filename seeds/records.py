"""What any file is turned into before it reaches the database.

Records are plain frozen dataclasses. A reader of a dataset makes them itself from checked cells; a
curated YAML file is validated against the same types (:mod:`seeds.formats.native`), and the JSON
Schema that is published for coders is generated from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from db.vocabulary import (
    ActorKind,
    ActorRoleName,
    ClaimantKind,
    EstimateRule,
    EventType,
    Harm,
    IncidentKind,
    PersonStatus,
    PlacePrecision,
    Polarity,
    Qualifier,
    SourceGrade,
    SourceKind,
    TimeExtent,
    TimePrecision,
)
from gis.errors import InvalidInterval
from gis.interval import Interval, parse_interval


def _interval(value: object) -> object:
    if isinstance(value, Interval):
        return value
    if not isinstance(value, str):
        raise ValueError("a date or interval is a text")
    try:
        return parse_interval(value)
    except InvalidInterval as fault:
        # Pydantic collects a ValueError with the place where it happened.
        raise ValueError(str(fault)) from fault


Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
"""A lasting name that fits a URL."""

Stretch = Annotated[
    Interval,
    BeforeValidator(_interval),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A date, month, year or moment in local civil time, or two with a "
            "slash between; both ends belong to it; '..' is an open end.",
            "examples": ["2019-12-10", "2019-06-08/2019-06-18", "2019-12-10T12:00/.."],
        }
    ),
]
People = Annotated[int, Field(ge=0)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Metres = Annotated[float, Field(gt=0)]
CompassPoint = Literal["N", "NE", "E", "SE", "S", "SW", "W", "NW"]
DistanceUnit = Literal["m", "km", "mi"]


class _Record:
    """What all records share: a misspelt key is an error, not a silent loss."""

    __slots__ = ()
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord(_Record):
    """Who publishes; see :class:`db.models.sources.Source`."""

    code: Code
    name: str
    kind: SourceKind
    licence: str
    attribution: str
    redistributable: bool
    url: str | None = None
    grade: SourceGrade | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecord(_Record):
    """One account; ``published`` is missing where nothing at all is known of its day."""

    code: Code
    source: Code
    title: str
    published: Stretch | None = None
    published_precision: TimePrecision = TimePrecision.UNKNOWN
    url: str | None = None
    language: str | None = None
    edition: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRecord(_Record):
    """Another name of an actor, in one dataset or in general, for a time or always."""

    name: str
    dataset: str | None = None
    external_id: str | None = None
    valid: Stretch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRecord(_Record):
    """A named party; see :class:`db.models.actors.Actor`."""

    code: Code
    name: str
    kind: ActorKind
    country: str | None = None
    valid: Stretch | None = None
    parent: Code | None = None
    successor: Code | None = None
    aliases: tuple[AliasRecord, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRecord(_Record):
    """When, how well it is known, and whether the interval lasted or is uncertain."""

    occurred: Stretch | None
    precision: TimePrecision
    extent: TimeExtent = TimeExtent.WITHIN
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRecord(_Record):
    """Where, as told, and how well it is known.

    Either ``gazetteer`` names a place of the gazetteer (``geonames:2443230``), whose point is
    taken, or ``lon`` and ``lat`` state a point, or there is none. ``radius_m`` is taken from the
    precision where it is not stated.
    """

    name: str | None
    precision: PlacePrecision
    gazetteer: str | None = None
    lon: Longitude | None = None
    lat: Latitude | None = None
    radius_m: Metres | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    adm1: str | None = None
    adm2: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRecord(_Record):
    """A party and what it was in the incident."""

    actor: Code
    role: ActorRoleName
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClaimHead(_Record):
    """What every claim states, whatever it is about.

    ``id`` is unique within its incident and lasts; ``statement`` says the claim in our own words;
    ``claimant`` is who is said to have said so, and missing where the report speaks for itself.
    ``superseded_by`` is the id of the claim that takes the place of this one, where the words of
    a report say so ("a first count, revised since").
    """

    id: Code
    report: Code
    statement: str
    claimant: str | None = None
    claimant_kind: ClaimantKind | None = None
    polarity: Polarity = Polarity.ASSERTS
    qualifier: Qualifier | None = None
    part_of: Code | None = None
    superseded_by: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasualtiesClaim(_ClaimHead):
    """People harmed.

    "At least 25" is ``low: 25``; "around a hundred" is ``best: 100``; "no casualties" is ``low: 0,
    best: 0, high: 0``; "injured, number not given" has no figure.
    """

    kind: Literal["casualties"] = "casualties"
    harm: Harm
    person_status: PersonStatus
    low: People | None = None
    best: People | None = None
    high: People | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeClaim(_ClaimHead):
    """When it happened, as the report states it, resolved against the report's own date."""

    kind: Literal["time"] = "time"
    occurred: Stretch
    precision: TimePrecision
    extent: TimeExtent = TimeExtent.WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceClaim(_ClaimHead):
    """Where it happened, as the report states it."""

    kind: Literal["place"] = "place"
    place: PlaceRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceClaim(_ClaimHead):
    """How far from a border or another place, as stated.

    Exactly one of ``border`` (``MLI-NER``) and ``gazetteer`` names what the distance is told from;
    ``bearing`` is the direction from there to the incident.
    """

    kind: Literal["distance"] = "distance"
    distance: Annotated[float, Field(ge=0)]
    unit: DistanceUnit
    border: Annotated[str, Field(pattern="^[A-Z]{3}-[A-Z]{3}$")] | None = None
    gazetteer: str | None = None
    bearing: CompassPoint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorClaim(_ClaimHead):
    """Who did it (attribution), or who took part (participation); both can be denied."""

    kind: Literal["attribution", "participation"]
    actor: Code
    role: ActorRoleName


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialClaim(_ClaimHead):
    """What was destroyed, damaged or taken."""

    kind: Literal["material"] = "material"


ClaimRecord: TypeAlias = Annotated[
    CasualtiesClaim | TimeClaim | PlaceClaim | DistanceClaim | ActorClaim | MaterialClaim,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateRecord(_Record):
    """The coder's conclusion about one harm to one kind of people, with the reason."""

    harm: Harm
    person_status: PersonStatus
    low: People | None = None
    best: People | None = None
    high: People | None = None
    rule: EstimateRule = EstimateRule.CODER
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRecord(_Record):
    """What happened, as concluded, with all that was claimed about it."""

    code: Code
    title: str
    event_type: EventType
    time: TimeRecord
    place: PlaceRecord
    kind: IncidentKind = IncidentKind.INCIDENT
    sub_type: str | None = None
    part_of: Code | None = None
    note: str | None = None
    actors: tuple[RoleRecord, ...] = ()
    claims: tuple[ClaimRecord, ...] = ()
    estimates: tuple[EstimateRecord, ...] = ()
