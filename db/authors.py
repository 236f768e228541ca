"""Who wrote a version of the data: a load, an analysis, or a person's session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from db.models.derived import AnalysisRun
from db.models.imports import ImportRun
from db.models.state import DataVersion

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Load:
    """The import run that wrote a version."""

    run_id: int
    format: str
    file_name: str
    sha256: str
    dataset: str | None
    edition: str | None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a version, as far as the database knows.

    Parameters
    ----------
    version : int
    recorded_at : datetime
        When it was recorded.
    stated : str or None
        A name that the session stated.
    role : str
        The role under which the session was known to the database.
    application : str
        What the session called itself.
    load : Load or None
    analyses : tuple of str
        Methods, with their versions, whose results were published.
    """

    version: int
    recorded_at: datetime
    stated: str | None
    role: str
    application: str
    load: Load | None
    analyses: tuple[str, ...]

    @property
    def words(self) -> str:
        """The same for people, in one line."""
        if self.load is not None:
            edition = " ".join(filter(None, (self.load.dataset, self.load.edition)))
            told = f"import run {self.load.run_id}, {self.load.file_name}"
            return told + (f" ({edition})" if edition else "")
        if self.analyses:
            return f"analysis {', '.join(self.analyses)}"
        if self.stated is not None:
            return self.stated
        return f"{self.role}, by {self.application}" if self.application else self.role


def authors_of(connection: Connection, versions: Collection[int]) -> dict[int, Author]:
    """Who wrote each of some versions; one that there is not is left out."""
    load = ImportRun.__table__
    columns = ("run_id", "format", "file_name", "sha256", "dataset", "edition")
    written = DataVersion.__table__.outerjoin(
        load, load.c.run_id == DataVersion.__table__.c.import_run
    )
    asked = (
        select(
            DataVersion.version,
            DataVersion.recorded_at,
            DataVersion.author,
            DataVersion.recorded_by,
            DataVersion.application,
            *(load.c[name] for name in columns),
        )
        .select_from(written)
        .where(DataVersion.version.in_(versions))
    )
    analyses = _analyses(connection, versions)
    return {
        row[0]: Author(
            row[0],
            row[1],
            row[2],
            row[3],
            row[4],
            None if row[5] is None else Load(*row[5:]),
            analyses.get(row[0], ()),
        )
        for row in connection.execute(asked)
    }


def _analyses(connection: Connection, versions: Collection[int]) -> dict[int, tuple[str, ...]]:
    asked = (
        select(AnalysisRun.published_version, AnalysisRun.method, AnalysisRun.method_version)
        .where(AnalysisRun.published_version.in_(versions))
        .order_by(AnalysisRun.run_id)
    )
    found: dict[int, tuple[str, ...]] = {}
    for version, method, edition in connection.execute(asked):
        assert version is not None
        found[version] = (*found.get(version, ()), f"{method} {edition}")
    return found
