"""Sources, reports and actors that incidents name: ``catalogue/*.yaml``.

Three files, each a list: ``sources.yaml``, ``reports.yaml`` and ``actors.yaml``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from pydantic import TypeAdapter

from db.vocabulary import TimePrecision
from seeds.documents import Document, KeyPath, read_document, validated
from seeds.errors import RefusedFile
from seeds.records import ActorRecord, ReportRecord, SourceRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

T = TypeVar("T")
Coded = TypeVar("Coded", SourceRecord, ReportRecord, ActorRecord)


@dataclass(frozen=True)
class Catalogue:
    """What incidents may name, in the order of the files.

    Parameters
    ----------
    sources : tuple of SourceRecord
    reports : tuple of ReportRecord
    actors : tuple of ActorRecord
    """

    sources: tuple[SourceRecord, ...]
    reports: tuple[ReportRecord, ...]
    actors: tuple[ActorRecord, ...]

    @cached_property
    def source_codes(self) -> frozenset[str]:
        """Codes of the sources."""
        return frozenset(source.code for source in self.sources)

    @cached_property
    def report_codes(self) -> frozenset[str]:
        """Codes of the reports."""
        return frozenset(report.code for report in self.reports)

    @cached_property
    def actor_codes(self) -> frozenset[str]:
        """Codes of the actors."""
        return frozenset(actor.code for actor in self.actors)


def read_catalogue(folder: Path) -> Catalogue:
    """Read the three lists of a folder and check what they name of one another.

    Raises
    ------
    RefusedFile
        For the first list that has faults, with all of its faults: an empty list among them.
    SeedError
        For a list that is missing.
    """
    sources, sources_file = _records(folder / "sources.yaml", TypeAdapter(list[SourceRecord]))
    reports, reports_file = _records(folder / "reports.yaml", TypeAdapter(list[ReportRecord]))
    actors, actors_file = _records(folder / "actors.yaml", TypeAdapter(list[ActorRecord]))
    catalogue = Catalogue(tuple(sources), tuple(reports), tuple(actors))
    _refuse(sources_file, _twice(sources))
    _refuse(reports_file, [*_twice(reports), *_reports(catalogue)])
    _refuse(actors_file, [*_twice(actors), *_actors(catalogue)])
    return catalogue


def _records(path: Path, adapter: TypeAdapter[list[T]]) -> tuple[list[T], Document]:
    document = read_document(path)
    return validated(document, adapter), document


def _refuse(document: Document, broken: Sequence[tuple[KeyPath, str]]) -> None:
    if broken:
        faults = tuple(document.fault(path, rule) for path, rule in broken)
        raise RefusedFile(document.file, faults)


def _twice(records: Sequence[Coded]) -> list[tuple[KeyPath, str]]:
    seen: Counter[str] = Counter()
    broken: list[tuple[KeyPath, str]] = []
    for number, record in enumerate(records):
        seen[record.code] += 1
        if seen[record.code] > 1:
            broken.append(((number, "code"), "a code is given once"))
    return broken


def _reports(catalogue: Catalogue) -> Iterator[tuple[KeyPath, str]]:
    for number, report in enumerate(catalogue.reports):
        if report.source not in catalogue.source_codes:
            yield (number, "source"), "it is the code of a source"
        unknown = report.published_precision is TimePrecision.UNKNOWN
        if (report.published is None) is not unknown:
            yield (number, "published_precision"), "it is unknown if and only if no day is stated"


def _actors(catalogue: Catalogue) -> Iterator[tuple[KeyPath, str]]:
    for number, actor in enumerate(catalogue.actors):
        for key, named in (("parent", actor.parent), ("successor", actor.successor)):
            if named is not None and named not in catalogue.actor_codes - {actor.code}:
                yield (number, key), "it is the code of another actor"
        names = [(alias.name, alias.dataset) for alias in actor.aliases]
        if len(set(names)) < len(names):
            yield (number, "aliases"), "a name stands once for each dataset"
