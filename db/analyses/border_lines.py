"""The lines that distances are measured to, and the outlines of countries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely
from sqlalchemy import func, select

from db.errors import InvalidQuery
from db.history import as_of
from db.layers.derived import NEAREST, SHARED
from db.layers.layer import may_leave
from db.models.places import Boundary
from db.models.sources import Source
from db.vocabulary import BoundaryKind
from gis.border_index import BorderIndex, border_index

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from gis.border_edges import EdgeMeaning


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A border line, a tripoint, or the outline of a country, by one source."""

    boundary_id: int
    kind: str
    code: str
    country: str | None
    neighbour: str | None
    source: str
    source_name: str
    edition: str
    redistributable: bool
    shape: shapely.Geometry

    @property
    def pair(self) -> frozenset[str | None]:
        """The two countries that a border is between, whichever is named first."""
        return frozenset((self.country, self.neighbour))


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What is measured to: the lines of one source that compete for the nearest."""

    name: str
    lines: tuple[Line, ...]
    index: BorderIndex

    @property
    def source(self) -> str:
        """Whose lines they are."""
        return self.lines[0].source

    @property
    def editions(self) -> str:
        """The editions of its lines."""
        return ", ".join(sorted({line.edition for line in self.lines}))

    @property
    def redistributable(self) -> bool:
        """Whether what is measured to it may leave."""
        return all(line.redistributable for line in self.lines)

    @property
    def is_border(self) -> bool:
        """Whether it is made of borders, and not a tripoint."""
        return self.lines[0].kind == BoundaryKind.BORDER


def read_lines(connection: Connection, version: int | None, *kinds: BoundaryKind) -> list[Line]:
    """All boundaries of some kinds at a version, in the order of their keys."""
    boundary, source = as_of(Boundary, version), as_of(Source, version)
    asked = (
        select(
            boundary.c.boundary_id,
            boundary.c.kind,
            boundary.c.code,
            boundary.c.country,
            boundary.c.neighbour,
            source.c.code.label("source"),
            source.c.name.label("source_name"),
            boundary.c.edition,
            may_leave(source.c.source_id, version).label("redistributable"),
            func.ST_AsBinary(boundary.c.geom).label("shape"),
        )
        .join_from(boundary, source, source.c.source_id == boundary.c.source_id)
        .where(boundary.c.kind.in_([kind.value for kind in kinds]))
        .order_by(boundary.c.boundary_id)
    )
    return [
        Line(**dict(row) | {"shape": shapely.from_wkb(bytes(row["shape"]))})
        for row in connection.execute(asked).mappings()
    ]


def inner_pairs(lines: Sequence[Line], countries: set[str]) -> tuple[str, ...]:
    """Borders with an installed country on either side."""
    inner = {
        line.code
        for line in lines
        if line.kind == BoundaryKind.BORDER and {line.country, line.neighbour} <= countries
    }
    return tuple(sorted(inner))


def targets(lines: Sequence[Line], pairs: Sequence[str], edges: EdgeMeaning) -> list[Target]:
    """What is measured to, in the order of names and sources.

    Each border asked for, the nearest of them where there are several, the nearest of all borders,
    and the tripoints of the countries of the borders asked for.
    """
    groups: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    named = {code for pair in pairs for code in pair.split("-")}
    complete = _complete_sources(lines)
    for line in lines:
        if line.kind == BoundaryKind.TRIPOINT:
            if set(line.code.split("-")) <= named:
                groups[line.code, line.source].append(line)
            continue
        if line.source in complete:
            groups[NEAREST, line.source].append(line)
        if line.code in pairs:
            groups[line.code, line.source].append(line)
            groups[SHARED, line.source].append(line)
    for name, source in list(groups):
        # The nearest of a few borders is told by a source only that has all of them.
        has = {line.code for line in groups[name, source]}
        if name == SHARED and (len(pairs) < 2 or has != set(pairs)):
            del groups[name, source]
    return [
        Target(name, tuple(group), border_index([line.shape for line in group], edges=edges))
        for (name, _), group in sorted(groups.items(), key=lambda item: item[0])
    ]


def check_names(
    lines: Sequence[Line], pairs: Iterable[str], sources: Iterable[str], known: Sequence[str]
) -> None:
    """Refuse a misspelt border or source: it would quietly leave out what was meant.

    Raises
    ------
    InvalidQuery
        A border is not installed, or a source is neither installed nor among the known ones.
    """
    borders = {line.code for line in lines if line.kind == BoundaryKind.BORDER}
    for pair in pairs:
        if pair not in borders:
            raise InvalidQuery("pair", pair, f"it is one of {', '.join(sorted(borders))}")
    installed = {line.source for line in lines}
    for source in set(sources) - set(known):
        if source not in installed:
            raise InvalidQuery("prefer", source, f"it is one of {', '.join(sorted(installed))}")


def editions_of(lines: Iterable[Line]) -> dict[str, str]:
    """The editions of each source, for the record of a run."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        found[line.source].add(line.edition)
    return {source: ", ".join(sorted(editions)) for source, editions in sorted(found.items())}


def _complete_sources(lines: Sequence[Line]) -> set[str]:
    """Sources among whose lines the nearest border can be sought.

    The nearest of one line is no nearest border: a source takes part if it has every border, known
    from any source, of each country whose outline it follows. Where no source is so complete, those
    with the most borders are.
    """
    pairs: defaultdict[str, set[frozenset[str | None]]] = defaultdict(set)
    countries = {line.country for line in lines if line.kind == BoundaryKind.BORDER}
    for line in lines:
        if line.kind == BoundaryKind.BORDER:
            pairs[line.source].add(line.pair)
    every = set().union(*pairs.values())
    complete = {
        source
        for source, known in pairs.items()
        if all(
            pair in known
            for country in countries
            if any(country in own for own in known)
            for pair in every
            if country in pair
        )
    }
    most = max((len(known) for known in pairs.values()), default=0)
    return complete or {source for source, known in pairs.items() if len(known) == most}
