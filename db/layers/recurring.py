"""Fields that several layers have, with the same name and meaning in each."""

from __future__ import annotations

from gis.fields import Field, Kind, Role

INCIDENT = Field("incident", Kind.TEXT, "Incident", "Name of the incident.", nullable=False)

INCIDENT_TITLE = Field(
    "incident_title", Kind.TEXT, "Title of incident", "What happened.", nullable=False
)

INCIDENT_START = Field(
    "event_start",
    Kind.DATETIME,
    "Start of incident",
    "Earliest possible moment of the incident, in local civil time.",
    role=Role.START,
)

INCIDENT_END = Field(
    "event_end",
    Kind.DATETIME,
    "End of incident",
    "Latest possible moment of the incident, in local civil time.",
    role=Role.END,
)

LICENCE = Field("licence", Kind.TEXT, "Licence", "Licence of the row.", nullable=False)

ATTRIBUTION = Field(
    "attribution", Kind.TEXT, "Attribution", "Words to print with it.", nullable=False
)
