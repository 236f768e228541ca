"""Citations of a snapshot, checked by the schemas that others publish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from datacite import schema45
from jsonschema import Draft7Validator, FormatChecker

from db.snapshots.citation import bibtex, citation_cff, citation_text, licences
from db.snapshots.creation import create_snapshot
from db.snapshots.datacite import datacite
from db.snapshots.publication import Publication

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg
    from sqlalchemy import Engine

CFF = json.loads(Path(__file__).with_name("cff-1.2.0.schema.json").read_text("utf-8"))
PUBLIC = Publication(
    title="Liptako",
    description="Incidents & what is known of them.",
    creators=("A. Maïga", "The coders"),
    publisher="An institute",
    address="https://example.org/liptako",
)
BARE = Publication(title="Liptako", description="", creators=("Somebody",), publisher="Somebody")
REGISTERED = Publication(
    title="Liptako", description="", creators=("Somebody",), publisher="X", doi="10.5072/liptako.1"
)
EVERY = [PUBLIC, BARE, REGISTERED]


@pytest.fixture
def manifest(engine: Engine, filled: psycopg.Connection[Any]) -> Mapping[str, Any]:
    return create_snapshot(engine, "v1.0", note="For the review").manifest


@pytest.mark.parametrize("publication", EVERY)
def test_datacite_keeps_to_its_schema(
    manifest: Mapping[str, Any], publication: Publication
) -> None:
    told = json.loads(json.dumps(datacite(manifest, publication)))
    schema45.validator.validate(told)
    assert told["version"] == str(manifest["version"])
    assert told["alternateIdentifiers"][0]["alternateIdentifier"] == manifest["content"]
    assert told["geoLocations"][0]["geoLocationBox"]["southBoundLatitude"] == 15.2275
    assert told["rightsList"] == [
        {
            "rights": "CC BY 4.0",
            "rightsUri": "https://creativecommons.org/licenses/by/4.0/",
            "rightsIdentifier": "CC-BY-4.0",
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": "https://spdx.org/licenses/",
        }
    ]
    assert {"date": "2019-12-10/2019-12-10", "dateType": "Other"}.items() <= told["dates"][
        2
    ].items()
    assert told.get("doi") == publication.doi


@pytest.mark.parametrize("publication", EVERY)
def test_citation_cff_keeps_to_its_schema(
    manifest: Mapping[str, Any], publication: Publication
) -> None:
    found = yaml.load(citation_cff(manifest, publication), yaml.BaseLoader)
    Draft7Validator(CFF, format_checker=FormatChecker()).validate(found)
    assert found["license"] == "CC-BY-4.0"
    assert found["identifiers"][0]["value"] == f"sha256:{manifest['content']}"
    assert [author["name"] for author in found["authors"]] == list(publication.creators)


def test_several_licences_are_no_choice_between_them(
    engine: Engine, filled: psycopg.Connection[Any]
) -> None:
    filled.execute("UPDATE liptako.source SET licence = 'ODbL 1.0', redistributable = true"
                   " WHERE code = 'secret'")  # fmt: skip
    manifest = create_snapshot(engine, "v1").manifest
    assert licences(manifest) == ("CC BY 4.0", "ODbL 1.0")
    found = yaml.safe_load(citation_cff(manifest, PUBLIC))
    assert "license" not in found
    assert "CC BY 4.0; ODbL 1.0" in found["abstract"]
    assert len(datacite(manifest, PUBLIC)["rightsList"]) == 2


def test_a_sentence_says_who_what_where_and_which(manifest: Mapping[str, Any]) -> None:
    year, recorded = manifest["created_at"][:4], manifest["recorded_at"]
    rest = f"Data version {manifest['version']}, recorded {recorded}; sha256:{manifest['content']}."
    assert citation_text(manifest, PUBLIC) == (
        f"A. Maïga; The coders ({year}): Liptako, snapshot v1.0 [Data set]. An institute. {rest}"
        " https://example.org/liptako/snapshots/v1.0"
    )
    assert citation_text(manifest, BARE).endswith(rest)
    assert citation_text(manifest, REGISTERED).endswith(" https://doi.org/10.5072/liptako.1")


def test_bibtex_escapes_what_tex_would_take_for_its_own(manifest: Mapping[str, Any]) -> None:
    special = Publication(title="Rock & 100%_x", description="", creators=("A_b",), publisher="#1")
    entry = bibtex(manifest, special)
    assert entry.startswith("@dataset{rock-100-x-v1-0,\n")
    assert r"{{Rock \& 100\%\_x, snapshot v1.0}}" in entry
    assert r"{{A\_b}}" in entry
    assert r"{{\#1}}" in entry
    assert entry.count("{") == entry.count("}")
    assert "doi = {10.5072/liptako.1}" in bibtex(manifest, REGISTERED)
