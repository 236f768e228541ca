"""A snapshot as a citation: a sentence, BibTeX, CITATION.cff.

Everything is taken from the manifest and the publication: the same snapshot is cited in the same
words for ever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from db.snapshots.signed import layers_of
from gis.licence_names import LICENCES, single_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.snapshots.publication import Publication

CFF = "1.2.0"
"""Of the Citation File Format: https://github.com/citation-file-format."""

_SPECIAL = re.compile(r"([&%$#_{}~^\\])")


def citation_text(manifest: Mapping[str, Any], publication: Publication) -> str:
    """A sentence to print, after the data citation of DataCite: who, when, what, where, which."""
    creators = "; ".join(publication.creators)
    parts = [
        f"{creators} ({year(manifest)}): {title(manifest, publication)} [Data set].",
        f"{publication.publisher}.",
        f"Data version {manifest['version']}, recorded {manifest['recorded_at']};",
        f"sha256:{manifest['content']}.",
    ]
    url = publication.url(manifest["name"])
    return " ".join([*parts, url] if url else parts)


def bibtex(manifest: Mapping[str, Any], publication: Publication) -> str:
    """An entry of BibTeX (``@dataset`` of biblatex; others take it for ``@misc``)."""
    values = {
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in publication.creators),
        "title": f"{{{_escaped(title(manifest, publication))}}}",
        "year": year(manifest),
        "publisher": f"{{{_escaped(publication.publisher)}}}",
        "version": str(manifest["version"]),
        "note": f"Recorded {manifest['recorded_at']}, sha256:{manifest['content']}",
        "doi": publication.doi,
        "url": publication.url(manifest["name"]),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in values.items() if value is not None]
    key = re.sub(r"[^A-Za-z0-9]+", "-", f"{publication.title} {manifest['name']}").strip("-")
    return f"@dataset{{{key.lower()},\n{''.join(lines)}}}\n"


def citation_cff(manifest: Mapping[str, Any], publication: Publication) -> str:
    """The file ``CITATION.cff``.

    Its ``license`` is stated only where all rows have the same: a list would offer a choice between
    them, and there is none.
    """
    names = licences(manifest)
    found: dict[str, Any] = {
        "cff-version": CFF,
        "message": "If you use these data, please cite them as below.",
        "type": "dataset",
        "title": title(manifest, publication),
        "authors": [{"name": name} for name in publication.creators],
        "version": str(manifest["version"]),
        "date-released": manifest["created_at"][:10],
        "abstract": abstract(manifest, publication),
        "identifiers": [
            {
                "type": "other",
                "value": f"sha256:{manifest['content']}",
                "description": "Hash of the content of all layers",
            }
        ],
    }
    if len(names) == 1 and names[0] in LICENCES:
        found["license"] = LICENCES[names[0]].spdx
    if publication.doi is not None:
        found["doi"] = publication.doi
    url = publication.url(manifest["name"])
    if url is not None:
        found["url"] = url
    text: str = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=100)
    return text


def title(manifest: Mapping[str, Any], publication: Publication) -> str:
    """Title of a snapshot."""
    return f"{publication.title}, snapshot {manifest['name']}"


def year(manifest: Mapping[str, Any]) -> str:
    """The year in which a snapshot was made."""
    return str(manifest["created_at"][:4])


def licences(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the licences of all rows, in order."""
    every = (name for layer in manifest["layers"].values() for name in layer["licences"])
    return single_names(tuple(every))


def abstract(manifest: Mapping[str, Any], publication: Publication) -> str:
    """What it is, how much of it there is, and under which terms."""
    held = ", ".join(
        f"{name} {layer['features']}" for name, layer in layers_of(manifest) if layer["features"]
    )
    names = licences(manifest)
    parts = [
        publication.description,
        _sentence(manifest["note"]),
        f"Features by layer: {held or 'none'}.",
        f"Each row names its own source, licence and attribution; licences: {'; '.join(names)}."
        if names
        else "",
    ]
    return " ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
