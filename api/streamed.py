"""Bodies that are made while they are sent, and how many of them at a time.

A body like this holds a connection to the database until its end, so whatever ends it early must
let go: a client that hangs up, one that takes nothing any more, a server that stops.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread
from starlette.responses import Response

from db.transaction import DatabaseBusy

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from starlette.types import Receive, Scope, Send

STALLED_S = 120.0
"""A client that takes nothing for so long is taken for gone."""

SLOWEST_B_S = 10_000.0
"""Bytes a second that a client must take on average, once it has been waited for as long as that:
one that takes a little now and then would hold its connection for ever."""


class Streamed(Response):
    """A body whose chunks are made one by one, in a thread, each when the one before was taken.

    If making one fails, the connection is cut: the body must not look whole.

    Parameters
    ----------
    first : bytes
        The chunk that is there already.
    rest : generator of bytes
        Closed at the end, whatever the end is.
    media_type : str
    headers : mapping
    """

    def __init__(
        self,
        first: bytes,
        rest: Generator[bytes, None, None],
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        self._first = first
        self._rest = rest
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the body."""
        faults: list[Exception] = []
        gone = anyio.Event()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._listen, receive, gone, tasks.cancel_scope)
                try:
                    await self._send(send)
                except Exception as fault:  # let out below, as itself and not in a group
                    faults.append(fault)
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(self._rest.close)
        # What is called off for a client that has gone is no fault.
        if faults and not gone.is_set():
            raise faults[0]

    async def _listen(
        self, receive: Receive, gone: anyio.Event, sending: anyio.CancelScope
    ) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()
        sending.cancel()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        chunk: bytes | None = self._first
        credit = STALLED_S  # seconds that it may still be waited for
        while chunk is not None:
            begun = anyio.current_time()
            with anyio.fail_after(max(min(STALLED_S, credit), 0.0)):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            credit += len(chunk) / SLOWEST_B_S - (anyio.current_time() - begun)
            chunk = await to_thread.run_sync(next, self._rest, None)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Streams:
    """The bodies that are being made, each of which holds a connection.

    The pool of connections has as many again for pages, so that downloads never use it up.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._open = 0

    @contextmanager
    def one(self, most: int) -> Iterator[None]:
        """A place for one more.

        Raises
        ------
        DatabaseBusy
            There are already ``most``.
        """
        with self._lock:
            if self._open >= most:
                raise DatabaseBusy(f"{most} downloads are running")
            self._open += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1
