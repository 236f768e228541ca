"""A snapshot as the metadata of a DOI: DataCite 4.5, in its JSON.

References
----------
https://datacite-metadata-schema.readthedocs.io/en/4.5/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from db.snapshots.citation import abstract, licences, title, year
from db.snapshots.signed import layers_of
from gis.licence_names import LICENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.snapshots.publication import Publication

SCHEMA = "http://datacite.org/schema/kernel-4"
_SPDX = {"rightsIdentifierScheme": "SPDX", "schemeUri": "https://spdx.org/licenses/"}


def datacite(manifest: Mapping[str, Any], publication: Publication) -> dict[str, Any]:
    """What DataCite is told when a DOI is registered; ``doi`` is missing until there is one."""
    found: dict[str, Any] = {
        "creators": [{"name": name, "nameType": "Organizational"} for name in publication.creators],
        "titles": [{"title": title(manifest, publication)}],
        "publisher": {"name": publication.publisher},
        "publicationYear": year(manifest),
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Snapshot of a database"},
        "subjects": [
            {"subject": layer["title"]} for _, layer in layers_of(manifest) if layer["features"]
        ],
        "dates": _dates(manifest),
        "language": "en",
        "alternateIdentifiers": [
            {"alternateIdentifier": manifest["content"], "alternateIdentifierType": "SHA-256"}
        ],
        "sizes": [f"{size(manifest)} bytes"],
        "version": str(manifest["version"]),
        "rightsList": [_rights(name) for name in licences(manifest)],
        "descriptions": [
            {"description": abstract(manifest, publication), "descriptionType": "Abstract"},
            {"description": _made_with(manifest), "descriptionType": "TechnicalInfo"},
        ],
        "geoLocations": _places(manifest),
        "schemaVersion": SCHEMA,
    }
    url = publication.url(manifest["name"])
    if url is not None:
        found["url"] = url
    if publication.doi is not None:
        found["doi"] = publication.doi
        found["prefix"], _, found["suffix"] = publication.doi.partition("/")
    return found


def size(manifest: Mapping[str, Any]) -> int:
    """Bytes of the canonical lines of all layers."""
    return sum(layer["bytes"] for layer in manifest["layers"].values())


def _dates(manifest: Mapping[str, Any]) -> list[dict[str, str]]:
    dates = [
        {"date": manifest["created_at"][:10], "dateType": "Issued"},
        {
            "date": manifest["recorded_at"],
            "dateType": "Valid",
            "dateInformation": "When this state of the data was recorded",
        },
    ]
    incidents = manifest["layers"].get("incidents", {})
    start, end = (incidents.get(edge) for edge in ("start", "end"))
    if start and end:
        happened = f"{start[:10]}/{end[:10]}"
        told = "When the incidents happened"
        dates.append({"date": happened, "dateType": "Other", "dateInformation": told})
    return dates


def _places(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    bounds = manifest["layers"].get("incidents", {}).get("bounds")
    if bounds is None:
        return []
    west, south, east, north = map(float, bounds)
    box = {
        "westBoundLongitude": west,
        "eastBoundLongitude": east,
        "southBoundLatitude": south,
        "northBoundLatitude": north,
    }
    return [{"geoLocationBox": box}]


def _rights(name: str) -> dict[str, str]:
    known = LICENCES.get(name)
    if known is None:
        return {"rights": name}
    return {"rights": name, "rightsUri": known.deed, "rightsIdentifier": known.spdx, **_SPDX}


def _made_with(manifest: Mapping[str, Any]) -> str:
    software = ", ".join(f"{name} {number}" for name, number in manifest["software"].items())
    editions = "; ".join(f"{one['source']} {one['edition']}" for one in manifest["editions"])
    parts = [f"Made with {software}.", f"Boundaries: {editions}." if editions else ""]
    return " ".join(part for part in parts if part)
