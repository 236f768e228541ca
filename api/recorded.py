"""At which state of the data a request is answered: ``asof``, or the header ``Accept-Datetime``.

By the header, RFC 7089 (Memento): each address is its own TimeGate and answers at once (its pattern
1.1); the memento is the same address with ``asof``, which ``Content-Location`` names. A moment
before the first record has the empty state, and not the first memento: nothing was recorded by
then. One in the future has the present.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from api.page_links import LONGEST_HEADER
from api.params import ASOF, CARRIED, parameters
from api.responses import whole_second
from db import cursor
from db.asof import AsOf, state_as_of, state_of
from db.errors import InvalidQuery
from db.former import is_kept
from db.layers.results import RUN
from db.snapshots.names import is_name
from db.transaction import State, current_state

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from api.links import Base
    from api.service import Service
    from db.layers.layer import Layer

HEADER = "Accept-Datetime"
RULE = "it is a moment in GMT, like Sat, 11 Jan 2020 18:00:00 GMT"


def asked_with(request: Request, allowed: Collection[str]) -> dict[str, str]:
    """The parameters of a request for what is recorded, :data:`~api.params.CARRIED` among them.

    A moment that ``Accept-Datetime`` names stands there as ``asof``, unless that is given, too.

    Raises
    ------
    UnknownParameter, InvalidQuery
        See :func:`api.params.parameters`; the header names no moment.
    """
    given = parameters(request.query_params.multi_items(), (*allowed, *CARRIED))
    header = request.headers.get(HEADER)
    if header is not None and ASOF not in given:
        moment = _moment(header)
        if moment < datetime.now(UTC):
            given[ASOF] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return given


@dataclass(frozen=True, slots=True)
class Recorded:
    """The state of the data that an answer shows.

    Parameters
    ----------
    now : State
        The present, as the transaction sees it.
    asked : AsOf or None
        The state that was asked for; ``None`` for the present.
    is_settled : bool
        Whether what is shown of that state follows from its version and the licences alone.
    withheld : str
        What of it is not shown any more, see :class:`db.former.Withheld`.
    """

    now: State
    asked: AsOf | None
    is_settled: bool
    withheld: str

    @property
    def version(self) -> int | None:
        """The version for a :class:`db.query.LayerQuery`; ``None`` reads the plain tables."""
        if self.asked is None or self.asked.version >= self.now.version:
            return None
        return self.asked.version

    @property
    def number(self) -> int:
        """The version that is shown."""
        return self.now.version if self.version is None else self.version

    @property
    def recorded_at(self) -> datetime | None:
        """When that version was recorded; ``None`` before anything was."""
        if self.asked is None or self.version is None:
            return self.now.recorded_at
        return self.asked.recorded_at

    @property
    def modified(self) -> datetime | None:
        """When the answer last changed; ``None`` where a date does not tell.

        That of a former state is older than a licence that was withdrawn since.
        """
        return self.now.recorded_at if self.version is None else None

    @property
    def identity(self) -> tuple[object, ...]:
        """What a validator must depend on, the request apart."""
        if self.version is not None and self.is_settled:
            return "former", self.version, self.withheld
        return self.now, self.version

    @property
    def is_lasting(self) -> bool:
        """Whether the same request will be answered by the same bytes, unless a licence changes."""
        return self.asked is not None and self.asked.is_final and self.is_settled


def recorded(
    service: Service,
    connection: Connection,
    given: Mapping[str, str],
    layers: Iterable[Layer] = (),
    *,
    walk_version: int | None = None,
) -> Recorded:
    """The state that a request asks for.

    Parameters
    ----------
    service : Service
    connection : Connection
    given : mapping
        As :func:`asked_with` gives them.
    layers : iterable of Layer
        What is shown of it.
    walk_version : int, optional
        Version at which the walk began that is continued: it keeps to that, also where more has
        been recorded by the moment since, as on a day that has not ended.

    Raises
    ------
    InvalidQuery
        ``asof`` names no state, or one that was over when the walk began.
    """
    now = current_state(connection)
    if ASOF not in given:
        return Recorded(now, None, is_settled=False, withheld="")
    asked = state_as_of(connection, given[ASOF])
    if walk_version is not None and walk_version != asked.version:
        if walk_version > asked.version:
            raise InvalidQuery(ASOF, given[ASOF], "the cursor belongs to a later state")
        asked = state_of(connection, walk_version)
    # Runs of strangers expire, whatever the state of the data.
    is_settled = RUN.name not in given and all(map(is_kept, layers))
    withheld = service.withheld.at(connection, now.version, asked.version)
    return Recorded(now, asked, is_settled, withheld)


def signed(
    response: Response,
    request: Request,
    base: Base,
    given: Mapping[str, str],
    state: Recorded,
    lasting_s: int,
) -> Response:
    """An answer that says which state it shows (RFC 7089), and how long caches may keep it.

    One that is asked for by the name of a snapshot says what to cite, too (RFC 8574).

    Parameters
    ----------
    response : Response
    request : Request
    base : Base
    given : mapping
        The parameters of the request.
    state : Recorded
    lasting_s : int
        Seconds for which an answer that lasts may be kept without asking.
    """
    headers, negotiated = response.headers, ASOF not in request.query_params
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")) or "/"
    others = [pair for pair in request.query_params.multi_items() if pair[0] != ASOF]
    links = [f'<{base.plain.href(path, others)}>; rel="original timegate"']
    if negotiated:
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), HEADER)))
    if state.asked is not None:
        moment = _http(whole_second(state.recorded_at or state.asked.moment))
        memento = base.plain.href(path, [*others, (ASOF, given[ASOF])])
        headers["Memento-Datetime"] = moment
        links.append(f'<{memento}>; rel="memento"; datetime="{moment}"')
        if is_name(given[ASOF]):
            links.append(f'<{base.plain.href(f"/snapshots/{given[ASOF]}")}>; rel="cite-as"')
        if negotiated:
            headers["Content-Location"] = memento
        # What an address answers by a header is not what it answers at all times.
        if state.is_lasting and not negotiated:
            headers["Cache-Control"] = f"public, max-age={lasting_s}, immutable"
    told = ", ".join(filter(None, (headers.get("Link"), *links)))
    if len(told) <= LONGEST_HEADER:
        headers["Link"] = told
    return response


def shown_state(
    request: Request, base: Base, given: Mapping[str, str], state: Recorded
) -> dict[str, Any]:
    """What a page for people says of the state that it shows, and its form to ask for another."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", "")) or "/"
    # A cursor belongs to the state that is left.
    left = (ASOF, cursor.PARAMETER)
    others = [pair for pair in request.query_params.multi_items() if pair[0] not in left]
    return {
        "action": base.plain.href(path),
        "others": others,
        "asof": given.get(ASOF, ""),
        "present": base.plain.href(path, others),
        "version": state.number,
        "recorded_at": state.recorded_at,
    }


def _moment(header: str) -> datetime:
    try:
        moment = parsedate_to_datetime(header)
    except (TypeError, ValueError) as fault:
        raise InvalidQuery(HEADER, header, RULE) from fault
    if moment.tzinfo is None:
        raise InvalidQuery(HEADER, header, RULE)
    return moment.astimezone(UTC)


def _http(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)
