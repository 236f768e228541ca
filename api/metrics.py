"""What is counted of requests, in the form that Prometheus reads.

With several workers each counts by itself, in files of a folder; whichever is asked adds them up.
The client library takes that folder from the environment when a process imports it, so whoever
starts the workers (`scripts.liptako.workers`) makes it before.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import event
from starlette.responses import Response

from api.params import parameters
from api.service import service_of
from db.errors import DbError
from db.transaction import current_state, reading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from sqlalchemy import Engine
    from starlette.requests import Request

    from api.journal import Exchange

PATH = "/metrics"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable of the folder in which workers count together; the client library knows it."""

SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
OTHER = "other"


class Metrics:
    """Counts requests; an observer of :class:`api.journal.Journal`.

    Parameters
    ----------
    engine : Engine
        Whose connections in use are counted.
    """

    def __init__(self, engine: Engine) -> None:
        self._registry = registry = CollectorRegistry()
        asked = ("method", "route")
        self._requests = Counter(
            "liptako_requests", "Requests answered.", (*asked, "status"), registry=registry
        )
        self._seconds = Histogram(
            "liptako_request_seconds",
            "From the request to the last byte of its answer.",
            asked,
            buckets=SECONDS,
            registry=registry,
        )
        self._bytes = Counter(
            "liptako_response_bytes", "Bytes of bodies sent.", asked, registry=registry
        )
        self._faults = Counter(
            "liptako_faults",
            "Errors that are not the client's, by class: StatementTimeout, DatabaseBusy ...",
            ("fault",),
            registry=registry,
        )
        self._running = Gauge(
            "liptako_requests_in_flight",
            "Requests being answered.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._connections = Gauge(
            "liptako_pool_connections_in_use",
            "Connections to the database in use.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        event.listen(engine, "checkout", lambda *_: self._connections.inc())
        event.listen(engine, "checkin", lambda *_: self._connections.dec())

    def begun(self, exchange: Exchange) -> None:
        """Count a request as running."""
        self._running.inc()

    def ended(self, exchange: Exchange) -> None:
        """Count a request as answered, under the template of its path: there are few of those."""
        self._running.dec()
        method = exchange.method if exchange.method in METHODS else OTHER
        route = exchange.route or OTHER
        self._requests.labels(method, route, str(exchange.status)).inc()
        self._seconds.labels(method, route).observe(exchange.ended - exchange.began)
        self._bytes.labels(method, route).inc(exchange.size)
        if exchange.fault:
            self._faults.labels(exchange.fault).inc()

    def text(self, version: int | None) -> bytes:
        """All counts of all workers.

        Parameters
        ----------
        version : int, optional
            Of the data; left out where the database does not tell.
        """
        registry = self._registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        written = generate_latest(registry)
        if version is not None:
            data = CollectorRegistry()
            data.register(_Version(version))
            written += generate_latest(data)
        return written


class _Version:
    def __init__(self, version: int) -> None:
        self._version = version

    def collect(self) -> Iterable[Any]:
        told = "Number of the newest state of the data."
        yield GaugeMetricFamily("liptako_data_version", told, self._version)


def metrics(request: Request) -> Response:
    """What was counted so far."""
    parameters(request.query_params.multi_items(), ())
    counted: Metrics = request.app.state.metrics
    try:
        with reading(service_of(request).engine) as connection:
            version = current_state(connection).version
    except DbError:
        version = None
    headers = {"Cache-Control": "no-store"}
    return Response(counted.text(version), headers=headers, media_type=MEDIA_TYPE)
