"""Our own format: one incident, one YAML file, written and reviewed by people.

The published JSON Schema (:func:`json_schema`, ``docs/incident.schema.json``) says what a file
may hold; :mod:`seeds.consistency` says what must agree in it.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import TypeAdapter

from gis.interval import TICK, Interval
from seeds.consistency import broken_chains, broken_rules
from seeds.documents import Document, parse_document, read_document, validated
from seeds.errors import RefusedFile, RowFault, SeedError
from seeds.records import IncidentRecord

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from seeds.reference import Catalogue

_SUFFIXES = (".yaml", ".yml")
_BREAKS = frozenset("\x85\u2028\u2029")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def read_incidents(path: Path, catalogue: Catalogue) -> tuple[list[IncidentRecord], list[RowFault]]:
    """Read one file, or every ``.yaml`` and ``.yml`` file of a folder in the order of names.

    A file with a fault gives no record; the others are read all the same. In a folder, ``part_of``
    of an incident must name another one of the folder; in a single file it may name one that is
    stored already.

    Parameters
    ----------
    path : Path
        File or folder. The name of a file is the code of its incident.
    catalogue : Catalogue
        The sources, reports and actors that incidents may name.

    Returns
    -------
    tuple
        The incidents without fault, and the faults of all others. An empty folder gives neither.

    Raises
    ------
    SeedError
        For a path that is not there or can't be opened.
    """
    documents, faults = _documents(path)
    read: dict[str, tuple[Document, IncidentRecord]] = {}
    for document in documents:
        try:
            incident = _incident(document, catalogue)
        except RefusedFile as refused:
            faults.extend(refused.faults)
            continue
        if incident.code in read:
            faults.append(document.fault(("code",), "a code is given once"))
        else:
            read[incident.code] = document, incident
    if path.is_dir():
        faults.extend(_strays(read, {document.file for document in documents}))
    return [incident for _, incident in read.values()], faults


def parse_incident(text: str, file: str, catalogue: Catalogue) -> IncidentRecord:
    """Read one incident from YAML text; ``file`` is the name that its code must equal.

    Raises
    ------
    RefusedFile
        With all that is wrong with it.
    """
    return _incident(parse_document(text, file), catalogue)


def to_yaml(incident: IncidentRecord) -> str:
    """Write an incident as a file that :func:`read_incidents` reads as the same record.

    What equals its default is left out.
    """
    return yaml.dump(
        _plain(incident), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the file of one incident, for editors and for other programs."""
    schema = _adapter().json_schema()
    return {"$schema": _DIALECT, **schema, "title": "Liptako incident"}


class _Dumper(yaml.SafeDumper):
    """Escapes the line breaks of Unicode, which PyYAML writes in a form that it reads otherwise."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        style = '"' if _BREAKS.intersection(data) else None
        return self.represent_scalar("tag:yaml.org,2002:str", data, style)


_Dumper.add_representer(str, _Dumper.represent_str)


@cache
def _adapter() -> TypeAdapter[IncidentRecord]:
    """The checks of a record, built once: that costs more than reading a file."""
    return TypeAdapter(IncidentRecord)


def _documents(path: Path) -> tuple[list[Document], list[RowFault]]:
    if not path.exists():
        raise SeedError(f"{path} is not there")
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    documents: list[Document] = []
    faults: list[RowFault] = []
    for file in files:
        if path.is_dir() and file.suffix not in _SUFFIXES:
            continue
        try:
            documents.append(read_document(file))
        except RefusedFile as refused:
            faults.extend(refused.faults)
    return documents, faults


def _incident(document: Document, catalogue: Catalogue) -> IncidentRecord:
    incident = validated(document, _adapter())
    faults = [document.fault(path, rule) for path, rule in broken_rules(incident, catalogue)]
    if document.file not in {incident.code + suffix for suffix in _SUFFIXES}:
        faults.append(document.fault(("code",), "it is the name of the file without its ending"))
    if faults:
        raise RefusedFile(document.file, tuple(faults))
    return incident


def _strays(read: Mapping[str, tuple[Document, IncidentRecord]], files: set[str]) -> list[RowFault]:
    """Faults of ``part_of``; a whole that was refused itself is one fault, not one per part."""
    parents = {code: incident.part_of for code, (_, incident) in read.items()}
    present = {file.rsplit(".", 1)[0] for file in files}
    chains = {**dict.fromkeys(present), **parents}
    return [read[code][0].fault(("part_of",), rule) for code, rule in broken_chains(chains)]


def _plain(value: object) -> object:
    """A record as mappings, lists, texts and numbers, without what is at its default."""
    if isinstance(value, Interval):
        return _closed(value)
    if is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.name == "kind" or getattr(value, field.name) != field.default
        }
    if isinstance(value, Enum):
        return value.value
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _closed(interval: Interval) -> str:
    """The text of an interval in which, as in the files, both ends belong to it."""
    start = ".." if interval.start is None else _edge(interval.start, interval.start)
    end = ".."
    if interval.end is not None:
        midnight = interval.end.time() == time.min
        end = _edge(interval.end, interval.end - (timedelta(days=1) if midnight else TICK))
    return start if start == end != ".." else f"{start}/{end}"


def _edge(bound: datetime, shown: datetime) -> str:
    """A bound at midnight as its day, another one as the moment."""
    return shown.date().isoformat() if bound.time() == time.min else shown.isoformat()
