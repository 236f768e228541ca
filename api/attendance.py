"""Clients that hang up: what the database does for them is called off.

A handler waits for the database in a thread, and cannot see that its client has gone. So the
connection to the client is watched here, all the while until the answer is out; the same happens
when the server ends and a request outlasts the time of grace.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from db.errands import ERRAND, Errand
from db.errors import CalledOff

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

WATCHED = ("GET", "HEAD")
"""Methods whose requests have no body that matters: we may read on for the end of the client."""


class Attendance:
    """Wraps an application that asks the database."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request, and call its statements off when nobody waits for them."""
        if scope["type"] != "http" or scope["method"] not in WATCHED:
            await self._app(scope, receive, send)
            return
        errand = Errand()
        ERRAND.set(errand)
        watch = _Watch(receive, errand)
        watching = asyncio.create_task(watch.look())

        async def sent(message: Message) -> None:
            # What nobody reads is not sent: so the log tells that the answer never went out.
            if not watch.is_gone:
                await send(message)

        try:
            await self._app(scope, watch.receive, sent)
        except CalledOff:
            if not watch.is_gone:
                raise
        finally:
            watching.cancel()
            if errand.is_running:
                # We were cancelled ourselves, and a thread goes on: its statement must not.
                asyncio.get_running_loop().run_in_executor(None, errand.call_off)


class _Watch:
    """Reads what the client sends, and tells the application of it."""

    def __init__(self, receive: Receive, errand: Errand) -> None:
        self._receive = receive
        self._errand = errand
        self._gone = asyncio.Event()
        self._is_begun = False

    @property
    def is_gone(self) -> bool:
        return self._gone.is_set()

    async def look(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
        if self._errand.is_running:
            await asyncio.get_running_loop().run_in_executor(None, self._errand.call_off)

    async def receive(self) -> Message:
        if not self._is_begun:
            self._is_begun = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}
