"""All that is shipped, in the order in which one part needs the other."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from db.engine import connect
from db.statistics import refresh_statistics
from db.vocabulary import RunStatus
from db.write import runs
from db.write.sources import write_sources
from seeds.curated import load_curated
from seeds.formats import ucdp_ged
from seeds.gazetteer import load_gazetteer
from seeds.load import load
from seeds.reference import read_catalogue
from seeds.regions import load_regions
from seeds.rows import FileIdentity
from seeds.runs import run_head
from seeds.shipped import load_shipped_boundaries
from seeds.staging import source_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from db.write.upsert import Written
    from seeds.runs import Say, Summary

_HERE = Path(__file__).parent
CATALOGUE = _HERE / "catalogue"
INCIDENTS = _HERE / "incidents"
_UCDP = _HERE / "data" / "ucdp"
UCDP: tuple[tuple[Path, str | None], ...] = (
    (_UCDP / "ucdp-ged-23.1-sample-liptako.csv", None),
    (_UCDP / "ucdp-ged-23.1-sample1000-global.csv", None),
    (_UCDP / "ucdp-ged-19.1-sample-bgd-mmr.csv", None),
    (_UCDP / "hdx-ucdp-bgd-hxl-tagged.csv", "19.1"),
)
"""The samples, each with its edition where its name does not say it."""

FORMAT = "shipped"
"""Format of the import run that stands for all shipped files together."""

APPLICATION = "liptako load"
"""Name under which sessions that load are known to the database."""


def is_everything_loaded(url: str) -> bool:
    """Whether the files that are shipped with this program were loaded, just as they are."""
    with connect(url, application=APPLICATION) as connection:
        return _is_loaded(connection, _shipped())


def load_everything(url: str, say: Say) -> Iterator[str]:
    """Load the catalogue, boundaries, gazetteer, curated incidents and UCDP samples.

    Everything is compared with what is stored, and only what differs is written. Each part is a
    transaction of its own, so one that is interrupted is taken up again by the next call.

    Parameters
    ----------
    url : str
        A migrated database.
    say : callable
        Is told of the progress within a part.

    Yields
    ------
    str
        A sentence for each part that is done.

    Raises
    ------
    RefusedFile
        A shipped file was altered and has faults now.
    """
    with connect(url, application=APPLICATION) as connection:
        catalogue = read_catalogue(CATALOGUE)
        with connection.begin():
            write_sources(connection, [source_row(source) for source in catalogue.sources])
            boundaries = load_shipped_boundaries(connection)
            regions = load_regions(connection)
        yield _told("Boundaries", boundaries)
        yield _told("Regions", regions)
        with connection.begin():
            gazetteer = load_gazetteer(connection)
        yield _told("Places", gazetteer.places)
        yield _told("Other names of places", gazetteer.names)
        curated = load_curated(connection, INCIDENTS, catalogue, say=say)
        yield _summed("Curated incidents", curated)
        for path, edition in UCDP:
            summary = load(connection, path, ucdp_ged.DATASET, edition=edition, say=say)
            yield _summed(path.name, summary)
        if boundaries.inserted or gazetteer.places.inserted or curated.inserted:
            with connection.begin():
                refresh_statistics(connection)
        _note(connection)


def _shipped() -> FileIdentity:
    """All shipped files as one: any change to any of them, or to their names, shows."""
    files = sorted(
        path
        for folder in (CATALOGUE, INCIDENTS, _HERE / "data")
        for path in folder.rglob("*")
        if path.is_file()
    )
    whole, size = hashlib.sha256(), 0
    for path in files:
        content = path.read_bytes()
        whole.update(path.relative_to(_HERE).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(content).digest())
        size += len(content)
    return FileIdentity("shipped files", whole.hexdigest(), size)


def _is_loaded(connection: Connection, shipped: FileIdentity) -> bool:
    earlier = runs.loaded_before(connection, FORMAT, shipped.sha256, complete=False)
    return earlier is not None


def _note(connection: Connection) -> None:
    shipped = _shipped()
    with connection.begin():
        runs.take_turn(connection)
        if not _is_loaded(connection, shipped):
            head = run_head(shipped, FORMAT, dataset=None, edition=None, options={})
            run_id = runs.begin_run(connection, head, None)
            runs.end_run(connection, run_id, RunStatus.WRITTEN, runs.RunCounts(rows=0))


def _told(what: str, written: Written) -> str:
    new, changed, same = written.inserted, written.updated, written.unchanged
    return f"{what}: {new:,} new, {changed:,} changed, {same:,} same"


def _summed(what: str, summary: Summary) -> str:
    return (
        f"{what}: {summary.rows:,} rows, {summary.inserted:,} new, {summary.updated:,} changed,"
        f" {summary.unchanged:,} same, {summary.rejected:,} rejected"
    )
