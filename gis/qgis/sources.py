"""Where QGIS reads a layer from: a server, a file beside the project, a database, tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gis.qgis.sheet import Sheet

SERVICE = "liptako"
"""Name of the service in ``pg_service.conf``."""
DEEPEST = 14
"""Of the tiles."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source of one layer.

    Parameters
    ----------
    provider : str
        Of QGIS.
    uri : str
        In the words of that provider.
    """

    provider: str
    uri: str


def served(address: str, sheet: Sheet, asked: Sequence[tuple[str, str]] = ()) -> Source:
    """A layer of an OGC API - Features server.

    Parameters
    ----------
    address : str
        Of the server, without a last slash.
    sheet : Sheet
    asked : sequence of (name, value)
        Parameters that every resource of the server takes, as ``asof``: QGIS hands on what stands
        behind the address.
    """
    query = f"?{urlencode(list(asked), quote_via=quote, safe=':,/')}" if asked else ""
    parts = (
        "pagingEnabled='true'",
        "restrictToRequestBBOX='1'" if sheet.geometry is not None else "",
        "srsname='EPSG:4326'",
        f"typename='{sheet.id}'",
        f"url='{address}/{query}'",
        "version='OGC_API_FEATURES'",
    )
    return Source("OAPIF", " ".join(part for part in parts if part))


def packed(file: str, sheet: Sheet) -> Source:
    """A table of a GeoPackage that lies beside the project, or holds it."""
    return Source("ogr", f"./{file}|layername={sheet.id}")


def stored(sheet: Sheet, service: str = SERVICE) -> Source:
    """A view of the database, by the service that ``pg_service.conf`` names."""
    view = sheet.id.replace("-", "_")
    parts = [f"service='{service}'", "key='id'", "estimatedmetadata=true"]
    if sheet.geometry is not None:
        parts += ["srid=4326", f"type={sheet.geometry}"]
    parts.append("checkPrimaryKeyUnicity='0'")
    parts.append(f'table="layers"."{view}"' + (" (geom)" if sheet.geometry is not None else ""))
    return Source("postgres", " ".join(parts))


def tiled(address: str, style: str) -> Source:
    """Vector tiles.

    Parameters
    ----------
    address : str
        Template with ``{z}``, ``{y}`` and ``{x}``.
    style : str
        Address of the style that QGIS offers for them.
    """
    quoted = quote(address, safe="")
    return Source(
        "vectortile",
        f"styleUrl={quote(style, safe='')}&type=xyz&url={quoted}&zmin=0&zmax={DEEPEST}",
    )
