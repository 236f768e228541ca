"""``liptako analyse``: a command for each method, made from what can be chosen of it."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import typer
from pydantic import ValidationError
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from db.analyses.methods import METHODS
from db.cluster.serving import serving_database
from db.engine import connect, create_engine
from db.errors import InvalidQuery
from db.layers.catalogue import layer_named
from db.query import LayerQuery
from db.settings import Settings
from scripts.liptako.console import ERR, OUT, say, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from db.analyses.method import Method
    from db.analyses.parameters import Parameters
    from db.analyses.run import Outcome
    from gis.parts.engine import Engine

analyse = typer.Typer(
    no_args_is_help=True,
    help="Compute measures, clusters and tables; a run takes the place of the method's run before.",
)

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write the result's layer to this file, too."),
]


class EngineKind(StrEnum):
    """Who computes."""

    LOCAL = "local"
    """This process."""
    DASK = "dask"
    """Processes of Dask, here or on other machines; the results are the same."""


EngineName = Annotated[
    EngineKind,
    typer.Option(help="Who computes: this process, or those of Dask. The results are the same."),
]

Scheduler = Annotated[
    str | None,
    typer.Option(help="Address of a Dask scheduler; processes are started here without one."),
]

Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1024,
        help="Processes of Dask to start here.",
        show_default="as many as processors",
    ),
]

Scratch = Annotated[
    Path | None,
    typer.Option(help="Folder that all workers see, for parts of the incidents (GeoParquet)."),
]

RasterOutput = Annotated[
    Path | None,
    typer.Option("--raster", help="Write the surface to this file, a Cloud Optimized GeoTIFF."),
]


@analyse.command("all")
def analyse_all() -> None:
    """Run all methods as they are set by default."""
    with serving_database(Settings(), say) as url:
        for method in METHODS.values():
            _tell(_run(url, method, method.parameters()))


def _command(method: Method) -> Callable[..., None]:
    """A command whose options are the parameters of a method."""

    def command(
        output: Output = None,
        raster: RasterOutput = None,
        engine: EngineName = EngineKind.LOCAL,
        scheduler: Scheduler = None,
        workers: Workers = None,
        scratch: Scratch = None,
        **given: Any,
    ) -> None:
        drawings = {
            name: path
            for name in method.pictures
            if (path := given.pop(_argument(name), None)) is not None
        }
        try:
            chosen = method.parameters(**{k: v for k, v in given.items() if v is not None})
        except ValidationError as fault:
            wrong = fault.errors()[0]
            name = ".".join(map(str, wrong["loc"]))
            raise InvalidQuery(name, str(wrong["input"]), wrong["msg"]) from fault
        with (
            serving_database(Settings(), say) as url,
            _engine(engine, scheduler, workers, scratch) as elsewhere,
        ):
            outcome = _run(url, method, chosen, elsewhere)
            _tell(outcome)
            for name, path in drawings.items():
                path.write_text(outcome.pictures[name](), "utf-8")
                OUT.print(f"{path}: {method.pictures[name]}")
            if output is not None:
                _write(url, outcome, output)
            if raster is not None:
                _write_raster(url, outcome, raster)

    parameters = [_option(name, field) for name, field in method.parameters.model_fields.items()]
    own = inspect.signature(command, eval_str=True).parameters
    files = ("output", "raster") if method.has_raster else ("output",)
    parts = ("engine", "scheduler", "workers", "scratch") if method.has_parts else ()
    written = [own[name].replace(kind=inspect.Parameter.KEYWORD_ONLY) for name in (*files, *parts)]
    drawn = [_drawing(name, shows) for name, shows in method.pictures.items()]
    every = [*parameters, *drawn, *written]
    command.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]  # read by typer
    command.__annotations__ = {one.name: one.annotation for one in every}
    command.__doc__ = method.answers
    return command


def _argument(picture: str) -> str:
    return picture.replace("-", "_")


def _drawing(name: str, shows: str) -> inspect.Parameter:
    """The option that writes a picture of a method."""
    option = typer.Option(help=f"Write a picture (SVG) to this file: {shows}.")
    annotation = Annotated[Path | None, option]
    return inspect.Parameter(
        _argument(name), inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _option(name: str, field: Any) -> inspect.Parameter:
    """The option of a parameter; one that is not given is left to the method's default."""
    kind: Any = field.annotation
    if get_origin(kind) is tuple:
        one = get_args(kind)[0]
        kind = list[get_args(one)[0] if get_origin(one) is Annotated else one]  # type: ignore[misc]  # a type made at runtime
    default = field.get_default()
    shown = ", ".join(map(_shown, default)) if isinstance(default, tuple) else default
    option = typer.Option(
        help=field.description.replace("`", ""),
        show_default="any" if shown in (None, "") else str(shown),
    )
    kind = kind if type(None) in get_args(kind) else kind | None
    annotation = Annotated[kind, option]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


@contextmanager
def _engine(
    kind: EngineKind, scheduler: str | None, workers: int | None, scratch: Path | None
) -> Iterator[Engine | None]:
    """Who computes parts; nobody for ``local``."""
    if kind is EngineKind.LOCAL:
        for name, value in (("scheduler", scheduler), ("workers", workers), ("scratch", scratch)):
            if value is not None:
                raise InvalidQuery(name, str(value), "it is for the engine dask")
        yield None
        return
    from gis.parts.dask_engine import dask_engine

    with dask_engine(scheduler, workers=workers, scratch=scratch) as engine:
        yield engine


def _run(url: str, method: Method, chosen: Parameters, engine: Engine | None = None) -> Outcome:
    from db.analyses.run import APPLICATION, run_method

    with connect(url, application=APPLICATION) as connection, _progress() as progress:
        task = progress.add_task(method.title, total=1.0)
        outcome = run_method(
            connection,
            method,
            chosen,
            lambda share, doing: progress.update(task, completed=share, description=doing),
            engine=engine,
        )
        connection.commit()
    return outcome


def _tell(outcome: Outcome) -> None:
    title = f"{outcome.method.name} {outcome.method.version}, run {outcome.run_id}"
    table(title, ("", "number"), outcome.counts.items())
    say(f"shown by {', '.join(outcome.method.layers)}")


def _write(url: str, outcome: Outcome, path: Path) -> None:
    from db.export import export_layer
    from gis.export import format_of_file

    layer = layer_named(outcome.method.layers[0])
    done = export_layer(create_engine(url), layer, LayerQuery(), path, format_of_file(path))
    OUT.print(f"{done.path}: {done.features:,} features of {layer.id}")


def _write_raster(url: str, outcome: Outcome, path: Path) -> None:
    from db.analyses.run import raster_of
    from gis.whole_file import whole_file

    with connect(url) as connection:
        content = raster_of(connection, outcome.run_id)
    if content is None:
        say("there is no raster: no incident takes part")
        return
    with whole_file(path) as partial:
        partial.write_bytes(content)
    OUT.print(f"{path}: {len(content):,} bytes")


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=ERR,
        transient=True,
    )


for _method in METHODS.values():
    analyse.command(_method.name)(_command(_method))
