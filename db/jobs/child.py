"""The process that computes one job: bounded by the system, and said to be done by the database.

The results and the end of the job are written by one transaction: a job that was dismissed
meanwhile leaves nothing.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import time
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import text

from db.analyses.methods import method_named
from db.analyses.run import run_method
from db.engine import connect
from db.errors import FileTooLarge, InvalidQuery, StatementTimeout
from db.jobs.export_job import EXPORT, make_export
from db.jobs.orders import Fault, FaultKind, Word, line_of, shortened
from db.jobs.queue import session_of, succeed
from db.transaction import translated
from gis.errors import GisError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from db.jobs.orders import Order

LOG = logging.getLogger("liptako.jobs")

TELL_EVERY_S = 0.5
"""Seconds between two words about how far a job is."""

NICENESS = 10
"""A computation gives way to whoever waits for an answer."""

MEMORY_RULE = "it needs more memory than is granted: ask for less"
TIME_RULE = "it takes longer than is granted: ask for less"
_MARGIN_S = 5


def bound(order: Order) -> None:
    """Have the system hold this process to its limits, for good."""
    os.nice(NICENESS)
    memory = order.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    # The nursery ends it in time; should that be gone, the system does.
    signal.alarm(int(order.seconds) + _MARGIN_S)


def compute(database: str, order: Order, write: int) -> int:
    """Compute a job and store what is found; gives the status with which to exit.

    Parameters
    ----------
    database : str
        URL.
    order : Order
    write : int
        Descriptor to which words about it are written.
    """
    fault = _fault(lambda: _compute(database, order, write))
    if fault is None:
        return 0
    os.write(write, line_of(Word(job=order.job, fault=fault)))
    return 1


def _compute(database: str, order: Order, write: int) -> None:
    told_at = 0.0

    def tell(share: float, doing: str) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= TELL_EVERY_S:
            told_at = time.monotonic()
            word = Word(job=order.job, share=share, doing=shortened(doing))
            os.write(write, line_of(word))

    if order.method == EXPORT:
        make_export(database, order, tell)
        return
    method = method_named(order.method)
    chosen = method.parameters.model_validate(order.parameters)
    with connect(database, application=session_of(order.job)) as connection:
        try:
            _set_timeout(connection, order.seconds)
            run = run_method(connection, method, chosen, tell, keep_s=order.kept_s)
            if succeed(connection, UUID(order.job), run.run_id):
                connection.commit()
        except Exception as fault:
            raise _plain(connection, fault) from fault


def _plain(connection: Connection, fault: Exception) -> Exception:
    """What a fault of the database means; another fault as it is."""
    cause = getattr(fault, "orig", None) or fault
    return translated(connection.engine, cause)


def _fault(compute: Callable[[], None]) -> Fault | None:
    try:
        compute()
    except InvalidQuery as fault:
        return Fault(
            kind=FaultKind.INVALID,
            parameter=fault.parameter,
            value=shortened(str(fault.value)),
            rule=shortened(fault.rule),
            nearest=fault.nearest,
        )
    except (GisError, ValidationError) as fault:
        return Fault(kind=FaultKind.INVALID, rule=shortened(str(fault)))
    except MemoryError:
        return Fault(kind=FaultKind.LIMIT, rule=MEMORY_RULE)
    except FileTooLarge as fault:
        return Fault(kind=FaultKind.LIMIT, rule=fault.rule)
    except StatementTimeout:
        return Fault(kind=FaultKind.LIMIT, rule=TIME_RULE)
    except Exception:
        LOG.exception("a job failed")
        return Fault(kind=FaultKind.FAULT, rule="a fault of this server; it is in its log")
    return None


def _set_timeout(connection: Connection, seconds: float) -> None:
    milliseconds = str(int(seconds * 1000))
    connection.execute(
        text("SELECT set_config('statement_timeout', :limit, false)"), {"limit": milliseconds}
    )
