"""The closed word lists of the database, each word with its meaning where that is not plain.

A list is one :class:`~enum.StrEnum`; the tables check their columns against it, the API publishes
it as ``enum``, and the documentation prints it. A new word needs a migration.
"""

from __future__ import annotations

from enum import StrEnum

from gis.precision import PlacePrecision, TimeExtent, TimePrecision

__all__ = [
    "ActorKind",
    "ActorRoleName",
    "BoundaryKind",
    "ClaimKind",
    "ClaimantKind",
    "EstimateRule",
    "EventType",
    "Harm",
    "IncidentKind",
    "IncidentStatus",
    "JobStatus",
    "PersonStatus",
    "PlacePrecision",
    "Polarity",
    "Qualifier",
    "RunStatus",
    "SourceGrade",
    "SourceKind",
    "TimeExtent",
    "TimePrecision",
]


class EventType(StrEnum):
    """What happened."""

    ATTACK = "attack"
    """An armed attack on a place, a base, a convoy or people able to defend themselves."""
    BATTLE = "battle"
    """Armed force between organised parties, neither side singled out as attacker."""
    OPERATION = "operation"
    """A planned military action over days: a sweep, a campaign."""
    AIR_STRIKE = "air_strike"
    """Force from the air, by aircraft, helicopter or drone."""
    EXPLOSIVE = "explosive"
    """A mine, an improvised explosive device, a shell."""
    VIOLENCE_AGAINST_CIVILIANS = "violence_against_civilians"
    """Force against people who take no part in fighting (UCDP: one-sided violence)."""
    ABDUCTION = "abduction"
    DISPLACEMENT = "displacement"
    SEIZURE = "seizure"
    """Taking or holding a place, with or without a fight."""
    PROTEST = "protest"
    COUP = "coup"
    ACCIDENT = "accident"
    """Harm that nobody meant: a crash, a collision."""
    OTHER = "other"


class IncidentKind(StrEnum):
    """Whether a row is one incident or a figure over many."""

    INCIDENT = "incident"
    AGGREGATE = "aggregate"
    """A total over months or places ("nearly 100 since September"): never added to incidents."""


class IncidentStatus(StrEnum):
    """Where a row stands. A retracted or merged incident keeps its identifier for good."""

    ACTIVE = "active"
    RETRACTED = "retracted"
    """Withdrawn: it did not happen, or its source dropped it."""
    MERGED = "merged"
    """The same as another incident, named by ``merged_into``."""


class SourceKind(StrEnum):
    """Who publishes."""

    NEWS = "news"
    GOVERNMENT = "government"
    NGO = "ngo"
    DATASET = "dataset"
    GAZETTEER = "gazetteer"
    BOUNDARIES = "boundaries"


class SourceGrade(StrEnum):
    """How far a source is to be relied on, as those who keep the catalogue judge it.

    The letters are those of the Admiralty scale; its F, "cannot be judged", is no grade here.
    """

    A = "A"
    """Completely reliable: no doubt of what it publishes is known."""
    B = "B"
    """Usually reliable: known to check what it publishes, and to correct it."""
    C = "C"
    """Fairly reliable: no slip is known here, and no rules of its work either."""
    D = "D"
    """Not usually reliable: slips are known."""
    E = "E"
    """Unreliable."""


class ClaimKind(StrEnum):
    """What a claim is about; each kind fills its own columns and no others."""

    CASUALTIES = "casualties"
    TIME = "time"
    PLACE = "place"
    DISTANCE = "distance"
    ATTRIBUTION = "attribution"
    """Who did it."""
    PARTICIPATION = "participation"
    """Who took part."""
    MATERIAL = "material"
    """What was destroyed, damaged or taken."""


class Polarity(StrEnum):
    """Whether the claimant asserts the claim or denies it."""

    ASSERTS = "asserts"
    DENIES = "denies"


class ClaimantKind(StrEnum):
    """What the one is who is said to have said so."""

    OFFICIAL = "official"
    """A government, its ministries and forces, or who speaks for them."""
    ARMED_GROUP = "armed_group"
    """An armed group, of itself or of others."""
    UNNAMED = "unnamed"
    """Sources whose names the report keeps back."""
    OTHER = "other"
    """Another outlet, an analyst, a witness."""


class Qualifier(StrEnum):
    """The wording around a figure, kept because it is part of what was said."""

    EXACT = "exact"
    ABOUT = "about"
    ALMOST = "almost"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    SOME = "some"
    """A word instead of a number: "several", "dozens", "a large number"."""


class Harm(StrEnum):
    """What was done to people."""

    KILLED = "killed"
    INJURED = "injured"
    MISSING = "missing"
    CAPTURED = "captured"
    DISPLACED = "displaced"
    HARMED = "harmed"
    """Killed, injured or captured: the source does not say which ("neutralised")."""


class PersonStatus(StrEnum):
    """Who the people were."""

    ALL = "all"
    """Everybody, of whatever status: the total that the source states."""
    CIVILIAN = "civilian"
    STATE_FORCES = "state_forces"
    FOREIGN_FORCES = "foreign_forces"
    PEACEKEEPER = "peacekeeper"
    MILITANT = "militant"
    SIDE_A = "side_a"
    """First party of a dataset row that does not say who its dead were."""
    SIDE_B = "side_b"
    UNKNOWN = "unknown"


class EstimateRule(StrEnum):
    """How an estimate came to be."""

    CODER = "coder"
    """A person weighed the claims and gave reasons."""
    ENVELOPE = "envelope"
    """From the least to the greatest of the claims in force."""
    AS_PUBLISHED = "as_published"
    """A dataset's own figure, taken over unchanged, out of order or not."""


class ActorKind(StrEnum):
    """What a party is."""

    STATE_FORCES = "state_forces"
    FOREIGN_FORCES = "foreign_forces"
    PEACEKEEPERS = "peacekeepers"
    ARMED_GROUP = "armed_group"
    MILITIA = "militia"
    CIVILIANS = "civilians"
    PROTESTERS = "protesters"
    GOVERNMENT = "government"
    UNIDENTIFIED = "unidentified"
    OTHER = "other"


class ActorRoleName(StrEnum):
    """What a party was in one incident."""

    PARTY = "party"
    """It took part; the source gives no direction."""
    ALLEGED_PERPETRATOR = "alleged_perpetrator"
    TARGET = "target"
    SUPPORTING = "supporting"


class BoundaryKind(StrEnum):
    """Form and level of a boundary."""

    BORDER = "border"
    """The line between two countries."""
    TRIPOINT = "tripoint"
    """The point where three countries meet."""
    ADM0 = "adm0"
    ADM1 = "adm1"
    ADM2 = "adm2"
    ROAD = "road"
    """A road or track: bounds nothing, and is loaded and kept as border lines are."""


class RunStatus(StrEnum):
    """How an import ended."""

    WRITTEN = "written"
    PARTIAL = "partial"
    """The good rows were written, the faulty ones kept as faults."""
    REFUSED = "refused"
    """Nothing was written because of faults; the faults are kept."""


class JobStatus(StrEnum):
    """Where a job stands that somebody asked for over HTTP; the words of OGC API - Processes."""

    ACCEPTED = "accepted"
    """It waits for its turn."""
    RUNNING = "running"
    SUCCESSFUL = "successful"
    FAILED = "failed"
    DISMISSED = "dismissed"
    """Somebody told it to stop, or to go with its results."""
