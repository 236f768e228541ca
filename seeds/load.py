"""The import flow: file -> numbered rows -> records or faults -> one transaction.

A load takes everything or nothing. It reads the file as a stream into temporary tables, decides for
all rows at once what is new and what differs, and commits; killed at any moment before that, it
leaves the database as it was. A file with faults is refused as a whole unless the caller asks to
keep its good rows, and its faults are stored either way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.write import editions, runs
from db.write.actors import need_actors
from db.write.changes import Owner
from db.write.incidents import analyse_tables, count_written, write_incidents
from db.write.sources import need_report, need_source
from seeds.dataset import Context
from seeds.errors import RefusedFile, SeedError
from seeds.reading import StageReader
from seeds.rows import identify
from seeds.runs import Reading, Say, Summary, fault_rows, keep_refusal, run_head, silent
from seeds.staging import actor_row, alias_rows, report_row, source_row

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from seeds.dataset import Dataset
    from seeds.reading import Staged
    from seeds.rows import FileIdentity


_MANY = 1_000
"""New incidents from which on it pays to take statistics at once."""


def load(
    connection: Connection,
    path: Path,
    dataset: Dataset,
    *,
    edition: str | None = None,
    keep_good: bool = False,
    complete: bool = False,
    retract_most: bool = False,
    encoding: str = "utf-8",
    say: Say = silent,
) -> Summary:
    """Load one file of a dataset, in one transaction of its own.

    Parameters
    ----------
    connection : Connection
        With no transaction open: this function begins and commits its own.
    path : Path
        A CSV file.
    dataset : Dataset
        What its rows mean, as ``seeds.formats.ucdp_ged.DATASET``.
    edition : str, optional
        Of the dataset; needed where the name of the file does not say it. A row of an older edition
        than one that is stored never overwrites it.
    keep_good : bool
        Write the rows without fault and store the faults of the others. Otherwise one fault refuses
        the file.
    complete : bool
        The file holds the whole edition: what it lacks is retracted.
    retract_most : bool
        Go on when a complete file retracts more incidents than it leaves.
    encoding : str
        Of the file, where it is not UTF-8.
    say : callable
        Is told of the progress.

    Returns
    -------
    Summary

    Raises
    ------
    RefusedFile
        The file has faults, all of which it carries; nothing was written but a run with the status
        ``refused`` and these faults.
    SeedError
        The file cannot be read, its edition is not known, or it cannot be complete.
    """
    work = _Load(
        connection,
        dataset,
        dataset.edition(path.name, edition),
        complete,
        retract_most,
        encoding,
        identify(path),
        Reading(path.name, say, keep_good),
    )
    work.check_complete()
    try:
        with connection.begin():
            return work.earlier() or work.run(path)
    except RefusedFile as refused:
        work.reading.faults[:] = refused.faults
        with connection.begin():
            keep_refusal(connection, work.head(), work.reading)
        raise


_MOST = 100
"""So few incidents may be retracted without a second thought."""


@dataclass(frozen=True, slots=True)
class _Load:
    """One load, and what it was told."""

    connection: Connection
    dataset: Dataset
    edition: str
    complete: bool
    retract_most: bool
    encoding: str
    identity: FileIdentity
    reading: Reading

    def check_complete(self) -> None:
        if self.complete and self.dataset.covered_until(self.edition) is None:
            raise SeedError(
                f"{self.dataset.name} {self.edition} cannot be complete: it is a release of some"
                " months, and says nothing about others"
            )

    def head(self) -> runs.RunHead:
        options = {
            "complete": self.complete,
            "keep_good": self.reading.keep_good,
            "encoding": self.encoding,
            # In their order, which the raw rows have lost: they are kept as JSON objects.
            "columns": list(self.reading.columns),
        }
        return run_head(
            self.identity,
            self.dataset.name,
            dataset=self.dataset.name,
            edition=self.edition,
            options=options,
        )

    def earlier(self) -> Summary | None:
        """The load that wrote the same bytes before, in this edition."""
        runs.take_turn(self.connection)
        run = runs.loaded_before(
            self.connection, self.dataset.name, self.identity.sha256, complete=self.complete
        )
        if run is not None and run.edition != self.edition:
            raise SeedError(
                f"{self.identity.name} was loaded as edition {run.edition} by run {run.run_id}:"
                f" the same bytes cannot be edition {self.edition} too"
            )
        if run is None or not editions.stands(self.connection, self.dataset.name, run.run_id):
            return None
        return Summary.of_earlier(run)

    def run(self, path: Path) -> Summary:
        report = self.dataset.report(self.edition)
        bounds = runs.country_bounds(self.connection)
        context = Context(path.name, report.code, bounds)
        reader = StageReader(self.connection, self.dataset, context, self.reading)
        staged = reader.read(path, self.encoding, complete=self.complete)
        self.reading.say(f"{self.reading.rows:,} rows read, writing")
        source_id = need_source(self.connection, source_row(self.dataset.source))
        run_id = runs.begin_run(
            self.connection, self.head(), need_report(self.connection, report_row(report))
        )
        self._need_actors(staged)
        return self._write(run_id, Owner(source_id, self.dataset.name))

    def _need_actors(self, staged: Staged) -> None:
        actors = {code: actor for (code, _), actor in staged.actors.items()}
        aliases = (alias for actor in staged.actors.values() for alias in alias_rows(actor))
        need_actors(self.connection, map(actor_row, actors.values()), aliases)

    def _write(self, run_id: int, owner: Owner) -> Summary:
        reading, release = self.reading, editions.Release(run_id, self.dataset.name, self.edition)
        editions.drop_older(self.connection, release.dataset, release.edition)
        write_incidents(self.connection, owner)
        gone = self._judge_absence(release)
        written = count_written(self.connection)
        runs.keep_rows(self.connection, run_id)
        runs.keep_faults(self.connection, run_id, fault_rows(reading.faults, reading.file))
        rejected = len(reading.rejected)
        counts = runs.RunCounts(
            rows=reading.rows,
            inserted=written.inserted,
            updated=written.updated,
            unchanged=reading.rows - rejected - written.inserted - written.updated,
            gone=gone,
            rejected=rejected,
        )
        runs.end_run(self.connection, run_id, reading.status, counts)
        if written.inserted >= _MANY:
            analyse_tables(self.connection)
        absent = editions.count_absent(self.connection, release.dataset)
        return Summary.of_run(run_id, counts, absent)

    def _judge_absence(self, release: editions.Release) -> int:
        """Retract what a complete edition does not hold, and take back where that was wrong.

        Loaded in either order, an edition and the whole of a newer one give the same state.
        """
        whole = editions.complete_release(self.connection, release.dataset)
        newest = whole is None or not release.older_than(whole)
        if newest:
            editions.restore_found(self.connection, release.dataset)
        editions.keep_external_ids(self.connection, release)
        judging = whole if not newest else release if self.complete else None
        until = None if judging is None else self.dataset.covered_until(judging.edition)
        if judging is None or until is None:
            return 0
        retract = editions.retract_missing if newest else editions.retract_outdated
        gone = retract(self.connection, judging, until)
        self._guard(release, gone)
        return gone

    def _guard(self, release: editions.Release, gone: int) -> None:
        """Refuse to retract most of a dataset: a file that was meant to be an extract would."""
        left = editions.count_active(self.connection, release.dataset)
        if gone > max(left, _MOST) and not self.retract_most:
            raise SeedError(
                f"{self.reading.file} would retract {gone:,} incidents of {release.dataset} and"
                f" leave {left:,}: if it is the whole dataset all the same, say --retract-most"
            )
