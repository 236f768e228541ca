"""Metadata of a layer as QGIS keeps them, in projects, layer definitions and GeoPackages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gis.qgis.markup import add, document, root
from gis.qgis.systems import WGS84, add_system

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from gis.qgis.sheet import About, Sheet

STANDARD = "http://mrcc.com/qgis.dtd"
"""By which QGIS knows its own kind of metadata."""


def metadata(sheet: Sheet, about: About) -> str:
    """The metadata of a layer as a document of their own."""
    found = root("qgis", version="3.0")
    add_metadata(found, sheet, about)
    return document(found, f"qgis PUBLIC '{STANDARD}' 'SYSTEM'")


def add_metadata(parent: Element, sheet: Sheet, about: About) -> None:
    """Add title, abstract, keywords, contact, links, history, rights, licences, system, extent.

    The rights are the words by which the rows are cited.
    """
    add(parent, "identifier", sheet.id)
    add(parent, "language", sheet.wording.code)
    add(parent, "type", "dataset")
    add(parent, "title", sheet.name)
    add(parent, "abstract", sheet.description)
    keywords = add(parent, "keywords", vocabulary="keywords")
    for keyword in sheet.keywords:
        add(keywords, "keyword", keyword)
    if about.contact is not None:
        name, email = about.contact
        contact = add(parent, "contact")
        add(contact, "name", name)
        add(contact, "organization", name)
        add(contact, "email", email or "")
        add(contact, "role", "pointOfContact")
    links = add(parent, "links")
    for title, media_type, address in about.links:
        add(
            links,
            "link",
            name=title,
            url=address,
            type="WWW:LINK",
            mimeType=media_type,
            format="",
            size="",
            description="",
        )
    for line in about.history:
        add(parent, "history", line)
    for words in about.attributions:
        add(parent, "rights", words)
    for licence in about.licences:
        add(parent, "license", licence)
    if sheet.geometry is not None and about.is_wgs84:
        add_system(add(parent, "crs"), WGS84)
    _add_extent(parent, about)


def _add_extent(parent: Element, about: About) -> None:
    extent = add(parent, "extent")
    if about.bounds is not None and about.is_wgs84:
        west, south, east, north = about.bounds
        add(
            extent,
            "spatial",
            minx=west,
            miny=south,
            maxx=east,
            maxy=north,
            minz=0,
            maxz=0,
            dimensions=2,
            crs=f"EPSG:{WGS84}",
        )
    if about.start is not None or about.end is not None:
        period = add(add(extent, "temporal"), "period")
        add(period, "start", moment(about.start))
        add(period, "end", moment(about.end))


def moment(civil: datetime | None) -> str:
    """A moment of civil time, labelled as QGIS reads it; empty for none."""
    return "" if civil is None else f"{civil.replace(tzinfo=None).isoformat()}Z"
