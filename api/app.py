"""The application: settings and a database in, HTTP out. Nothing happens at import.

FastAPI carries the routes; its serialiser, validation and API description are not used anywhere:
bytes are made in `gis.geojson`, parameters are read in `api.params`, and the description is
`api.openapi`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib import metadata
from typing import TYPE_CHECKING, TypeAlias

from anyio import to_thread
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from api import (
    analyses,
    collection_routes,
    comparison,
    exports,
    features,
    feed,
    function_pages,
    item_versions,
    items,
    jobs,
    layer_styles,
    metrics,
    processes,
    qgis,
    service_pages,
    snapshots,
    styles,
    tiles,
    totals,
)
from api.attendance import Attendance
from api.compression import Compression
from api.error_answers import Faults, answer_error
from api.errors import STATUS
from api.headers import Conduct
from api.health import health, live
from api.journal import AccessLog, Journal, Resource
from api.proxies import Proxies, trusted
from api.service import Service
from api.settings import Settings
from api.stylesheet import stylesheet
from db.engine import create_engine
from db.jobs.dispatcher import Dispatcher
from db.tiles.kept import KeptTiles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from sqlalchemy import Engine
    from starlette.requests import Request
    from starlette.responses import Response

    from api.journal import Observer

Endpoint: TypeAlias = "Callable[[Request], Response | Awaitable[Response]]"

PATHS: tuple[tuple[str, Endpoint], ...] = (
    ("/", service_pages.landing),
    ("/conformance", service_pages.conformance),
    ("/api", service_pages.api),
    ("/api.html", service_pages.api_page),
    (function_pages.PATH, function_pages.functions),
    ("/collections", collection_routes.collections),
    ("/collections/{collection}", collection_routes.one_collection),
    ("/collections/{collection}/queryables", collection_routes.queryables),
    ("/collections/{collection}/sortables", collection_routes.sortables),
    ("/collections/{collection}/schema", collection_routes.schema),
    ("/collections/{collection}/feature-schema", collection_routes.feature_schema),
    ("/collections/{collection}/items", items.items),
    ("/collections/{collection}/items/{feature}", features.feature),
    ("/collections/{collection}/items/{feature}/versions", item_versions.item_versions),
    ("/collections/{collection}/changes", feed.changes),
    ("/collections/{collection}/diff", comparison.comparison),
    ("/collections/{collection}/styles", layer_styles.layer_styles),
    ("/collections/{collection}/styles/{style}", layer_styles.layer_style),
    ("/collections/{collection}/layer.qlr", qgis.definition),
    (qgis.PATH, qgis.project),
    *((f"/collections/{layer.id}/totals", totals.totals_of(layer.id)) for layer in totals.SUMMED),
    (analyses.PATH, analyses.analyses),
    (f"{analyses.PATH}/{{analysis}}", analyses.one_analysis),
    (f"{analyses.PATH}/runs/{{run}}", analyses.one_run),
    (snapshots.PATH, snapshots.snapshot_list),
    (f"{snapshots.PATH}/{{snapshot}}", snapshots.one_snapshot),
    (f"{snapshots.PATH}/{{snapshot}}/{{file}}", snapshots.citation_file),
    (f"{snapshots.PATH}/{{snapshot}}/lines/{{collection}}", snapshots.snapshot_lines),
    (snapshots.KEYS, snapshots.keys),
    ("/tileMatrixSets", tiles.tile_matrix_sets),
    ("/tileMatrixSets/{set}", tiles.tile_matrix_set),
    *(
        (f"{owner}{path}", endpoint)
        for owner in ("", "/collections/{collection}")
        for path, endpoint in (
            ("/tiles", tiles.tileset_list),
            ("/tiles/{set}", tiles.tileset),
            ("/tiles/{set}/tilejson.json", tiles.tilejson_document),
            ("/tiles/{set}/{matrix}/{row}/{column}", tiles.tile),
            ("/style", styles.style),
        )
    ),
    ("/health", health),
    ("/health/live", live),
    ("/static/liptako.css", stylesheet),
)

_GET, _POST, _DELETE = "GET", "POST", "DELETE"
PROCESS_PATHS: tuple[tuple[str, Endpoint, tuple[str, ...]], ...] = (
    (processes.PATH, processes.processes, (_GET,)),
    (f"{processes.PATH}/{{analysis}}", processes.one_process, (_GET,)),
    (f"{processes.PATH}/{{analysis}}/execution", processes.execute, (_POST,)),
    (exports.PATH, exports.begin, (_POST,)),
    (f"{exports.PATH}/{{job}}", exports.export_file, (_GET,)),
    (jobs.PATH, jobs.jobs, (_GET,)),
    (f"{jobs.PATH}/{{job}}", jobs.one_job, (_GET, _DELETE)),
    (f"{jobs.PATH}/{{job}}/results", jobs.job_results, (_GET,)),
)
"""What there is besides where strangers may have analyses computed and files made."""


def nothing_pending() -> Sequence[str]:
    """A start without steps."""
    return ()


def create_app(
    settings: Settings | None = None,
    database: Engine | str = "",
    *,
    pending: Callable[[], Sequence[str]] = nothing_pending,
) -> FastAPI:
    """The application.

    Parameters
    ----------
    settings : Settings, optional
        From the environment where missing.
    database : Engine or str
        An engine, which stays the caller's, or the URL of a database; the engine made for a URL
        is disposed of when the application stops.
    pending : callable
        Names of the steps of the start that are not done yet; until there are none, ``/health``
        answers 503 with them.
    """
    settings = settings or Settings()
    engine = _engine(database, settings) if isinstance(database, str) else database
    observers: list[Observer] = [AccessLog()]
    paths = PATHS
    dispatcher = Dispatcher(engine, settings.job_limits) if settings.processes_enabled else None
    if settings.metrics:
        counted = metrics.Metrics(engine)
        observers.append(counted)
        paths = (*PATHS, (metrics.PATH, metrics.metrics))
    app = FastAPI(
        title=settings.title,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        middleware=[
            Middleware(
                Proxies,
                proxies=trusted(settings.trusted_proxies),
                make_links=settings.public_url is None,
            ),
            Middleware(Journal, observers=observers),
            Middleware(Conduct, allow_origin=settings.allow_origin, root_path=settings.root_path),
            Middleware(Compression),
            Middleware(Attendance),
            Middleware(Faults),
        ],
        exception_handlers=dict.fromkeys((*STATUS, HTTPException, Exception), answer_error),
    )
    app.state.service = Service(
        settings,
        engine,
        metadata.version("liptako"),
        pending,
        dispatcher,
        tiles=KeptTiles(settings.tile_cache_mb << 20),
        files=settings.made_files,
    )
    if settings.metrics:
        app.state.metrics = counted
    app.state.owns_engine = isinstance(database, str)
    app.router.routes.extend(Resource(path, endpoint) for path, endpoint in paths)
    if dispatcher is not None:
        app.router.routes.extend(
            Resource(path, endpoint, methods=list(methods))
            for path, endpoint, methods in PROCESS_PATHS
        )
    return app


def _engine(url: str, settings: Settings) -> Engine:
    return create_engine(
        url,
        pool_size=settings.pool_size,
        pool_wait_s=settings.pool_wait_s,
        statement_timeout_s=settings.statement_timeout_s,
        application="liptako serve",
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    dispatcher = app.state.service.dispatcher
    if dispatcher is not None:
        await to_thread.run_sync(dispatcher.close)
    if app.state.owns_engine:
        app.state.service.engine.dispose()
