"""What every request shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from api.maps import LayerMaps
from api.streamed import Streams
from db.exemplars import Exemplars
from db.former import Withheld
from db.made_files import MadeFiles, default_folder
from db.read import Counts
from db.summaries import Extents, LayerTerms
from db.tiles.kept import KeptTiles
from db.tiles.overview import Overviews

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine
    from starlette.requests import Request

    from api.settings import Settings
    from db.jobs.dispatcher import Dispatcher


@dataclass(frozen=True, slots=True)
class Service:
    """Settings, database and what is remembered of a state of the data.

    Parameters
    ----------
    settings : Settings
    engine : Engine
    release : str
        Version of this program; another may write other bytes.
    pending : callable
        Names of the steps of the start that are not done yet; none when all are.
    dispatcher : Dispatcher, optional
        Of jobs; missing where strangers may have nothing computed.
    """

    settings: Settings
    engine: Engine
    release: str
    pending: Callable[[], Sequence[str]]
    dispatcher: Dispatcher | None = None
    counts: Counts = field(default_factory=Counts)
    exemplars: Exemplars = field(default_factory=Exemplars)
    extents: Extents = field(default_factory=Extents)
    terms: LayerTerms = field(default_factory=LayerTerms)
    withheld: Withheld = field(default_factory=Withheld)
    maps: LayerMaps = field(default_factory=LayerMaps)
    streams: Streams = field(default_factory=Streams)
    overviews: Overviews = field(default_factory=Overviews)
    tiles: KeptTiles = field(default_factory=lambda: KeptTiles(64 << 20))
    files: MadeFiles = field(default_factory=lambda: MadeFiles(default_folder(), 64 << 20, 3600.0))

    @property
    def edition(self) -> tuple[str, Settings]:
        """What every answer depends on besides the data: part of every validator."""
        return self.release, self.settings


def service_of(request: Request) -> Service:
    """The service that a request came to."""
    return cast("Service", request.app.state.service)
