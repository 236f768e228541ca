"""What QGIS is told of a layer: its words, its fields, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gis.fields import Kind, Role
from gis.wording import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from gis.depiction import Style
    from gis.fields import Field
    from gis.wording import Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A layer as QGIS is told of it.

    Parameters
    ----------
    id : str
        Of the layer.
    title, description : str
        In English.
    fields : tuple of Field
        In the order of the source.
    geometry : str or None
        GeoJSON type.
    styles : mapping of identifier to Style
        The first is the one that arrives with the layer.
    keywords : tuple of str
    typed : frozenset of str
        Fields that people type; all others are derived, and their forms are read-only.
    wording : Wording
        Language of titles, legends and forms.
    """

    id: str
    title: str
    description: str
    fields: tuple[Field, ...]
    geometry: str | None
    styles: Mapping[str, Style]
    keywords: tuple[str, ...] = ()
    typed: frozenset[str] = frozenset()
    wording: Wording = ENGLISH

    @property
    def style(self) -> Style:
        """The style that arrives with the layer."""
        return next(iter(self.styles.values()))

    @property
    def name(self) -> str:
        """The title in the language of the sheet."""
        return self.wording.text(self.title)

    @property
    def naming(self) -> Field:
        """The field whose value names a feature to people."""
        for name in ("title", "incident_title", "name", "incident"):
            for field in self.fields:
                if field.name == name:
                    return field
        return next((field for field in self.fields if field.kind is Kind.TEXT), self.fields[0])

    def role(self, role: Role) -> Field | None:
        """The field of that role, if there is one."""
        return next((field for field in self.fields if field.role is role), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is true of the rows of a layer in one state of the data.

    Parameters
    ----------
    bounds : (west, south, east, north) or None
        Degrees.
    start, end : datetime or None
        First and last moment, civil time.
    licences, attributions : tuple of str
    history : tuple of str
        Version of the data, and the query.
    links : tuple of (title, media type, address)
    contact : (name, address) or None
    is_wgs84 : bool
        Whether the coordinates are longitude and latitude; of others, no system and no bounds are
        told, as the file tells them itself.
    """

    bounds: tuple[float, float, float, float] | None = None
    start: datetime | None = None
    end: datetime | None = None
    licences: tuple[str, ...] = ()
    attributions: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    links: tuple[tuple[str, str, str], ...] = ()
    contact: tuple[str, str | None] | None = None
    is_wgs84: bool = True
