"""The thread of a server that hands jobs to its nursery, and writes down how far they are.

It starts with the first job that this server hears of, and looks at the queue as long as any job of
any server is unfinished: a server that dies leaves its jobs to the others.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from db.jobs.export_job import EXPORT
from db.jobs.orders import Command, Fault, FaultKind, Lines, Order, Word, line_of
from db.jobs.queue import LOST, claim, end_session, fail, still_running, tidy, writing
from db.made_files import MadeFiles

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from db.jobs.job import Job, Limits

LOG = logging.getLogger("liptako.jobs")

LOOK_EVERY_S = 0.2
"""Seconds between two looks at the queue while a job is unfinished."""
TELL_EVERY_S = 0.5
"""Seconds between two notes of how far the jobs are."""
TIDY_EVERY_S = 30.0
"""Seconds between two looks while there is nothing to do; what has expired goes then."""
LEAVE_AFTER_S = 300.0
"""Seconds without a job after which the nursery, which takes memory, is let go."""
END_WITHIN_S = 5.0

ENDED = Fault(kind=FaultKind.LOST, rule="the server that computed it was told to end")

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Dispatcher:
    """Runs the jobs of a queue, as many as its limits grant.

    Parameters
    ----------
    engine : Engine
        Its URL goes to the nursery.
    limits : Limits
    """

    def __init__(self, engine: Engine, limits: Limits) -> None:
        self._engine = engine
        self.limits = limits
        self._files = MadeFiles(Path(limits.folder), limits.files_mb << 20, limits.kept_s)
        self._lock = Lock()
        self._thread: Thread | None = None
        self._wake = Event()
        self._is_ending = False
        self._nursery: _Nursery | None = None
        self._running: dict[UUID, tuple[int, str]] = {}
        self._told_at = self._tidied_at = 0.0
        self._busy_at = 0.0

    def wake(self) -> None:
        """Have it look at the queue now."""
        with self._lock:
            if self._is_ending:
                return
            if self._thread is None:
                self._thread = Thread(target=self._run, name="jobs", daemon=True)
                self._thread.start()
        self._wake.set()

    def close(self) -> None:
        """End, with the jobs that run here; they are marked as failed."""
        with self._lock:
            self._is_ending = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            if self._is_ending:
                break
            try:
                pause = LOOK_EVERY_S if self._look() else TIDY_EVERY_S
            except Exception:
                # The database is away, perhaps: the jobs are lost if it stays away.
                LOG.exception("the queue of jobs cannot be read")
                pause = TELL_EVERY_S if self._running else TIDY_EVERY_S
        try:
            self._end()
        except Exception:
            LOG.exception("jobs that ran here cannot be marked as failed")

    def _look(self) -> bool:
        """Listen, tell and claim once; whether there is more to do soon."""
        now = time.monotonic()
        self._listen()
        if self._running and now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._tell()
        is_busy = True
        if not self._running or now - self._tidied_at >= TELL_EVERY_S:
            self._tidied_at = now
            with writing(self._engine) as connection:
                is_busy = tidy(connection, self.limits)
            self._files.tidy()
        if is_busy:
            self._busy_at = now
            self._claim()
        elif self._nursery is not None and now - self._busy_at > LEAVE_AFTER_S:
            self._nursery.close()
            self._nursery = None
        # A job that was dismissed is unfinished no longer, and runs until it is stopped.
        return is_busy or bool(self._running)

    def _listen(self) -> None:
        if self._nursery is None:
            return
        for word in self._nursery.words():
            job = UUID(word.job)
            if word.has_ended:
                self._files.abandon(word.job)
            if job not in self._running:
                continue
            if word.share is not None:
                share = min(max(word.share, 0.0), 1.0)
                self._running[job] = (int(share * 99), word.doing)
            if word.fault is not None or word.has_ended:
                self._settle(job, word.fault or LOST)
        if self._nursery.is_gone:
            for job in list(self._running):
                self._settle(job, LOST)
                self._files.abandon(str(job))
            self._nursery.close()
            self._nursery = None

    def _settle(self, job: UUID, fault: Fault) -> None:
        """A child is gone: unless it has ended its job itself, that has failed."""
        del self._running[job]
        with writing(self._engine) as connection:
            fail(connection, job, fault, self.limits)
            end_session(connection, job)

    def _tell(self) -> None:
        with writing(self._engine) as connection:
            wanted = still_running(connection, self._running)
        for job in [job for job in self._running if job not in wanted]:
            # It was dismissed, or has ended just now; then its child is as good as gone.
            if self._nursery is not None:
                self._nursery.say(Command(stop=str(job)))
            del self._running[job]
            with writing(self._engine) as connection:
                end_session(connection, job)

    def _claim(self) -> None:
        while len(self._running) < self.limits.running:
            with writing(self._engine) as connection:
                job = claim(connection, self.limits)
            if job is None:
                return
            self._running[job.job_id] = (0, "starting")
            if self._nursery is None:
                self._nursery = _Nursery(self._engine.url.render_as_string(hide_password=False))
            self._nursery.say(Command(begin=self._order(job)))

    def _order(self, job: Job) -> Order:
        return Order(
            job=str(job.job_id),
            method=job.method,
            parameters=dict(job.parameters),
            seconds=self.limits.export_seconds if job.method == EXPORT else self.limits.seconds,
            memory_mb=self.limits.memory_mb,
            kept_s=self.limits.kept_s,
            folder=self.limits.folder,
            files_mb=self.limits.files_mb,
        )

    def _end(self) -> None:
        if self._nursery is not None:
            self._nursery.close()
        for job in list(self._running):
            self._settle(job, ENDED)


class _Nursery:
    """The other process, as the server knows it."""

    def __init__(self, database: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "db.jobs.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(_ONE_THREAD, "1")},
            # Ctrl-C is for the server, which ends it in order.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = self._process.stdin
        self._output = self._process.stdout
        self._lines = Lines(self._output.fileno())
        self.say(Command(database=database))

    @property
    def is_gone(self) -> bool:
        """Whether it has died."""
        return self._lines.is_closed or self._process.poll() is not None

    def say(self, command: Command) -> None:
        """Tell it something; one that is gone hears nothing, and is found to be gone later."""
        try:
            self._input.write(line_of(command))
            self._input.flush()
        except BrokenPipeError:
            LOG.warning("the process that computes jobs has gone")

    def words(self) -> list[Word]:
        """What it said since."""
        return [msgspec.json.decode(line, type=Word) for line in self._lines.read()]

    def close(self) -> None:
        """End it, and its children with it."""
        try:
            self._input.close()
        except BrokenPipeError:
            pass  # it has gone already
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()
