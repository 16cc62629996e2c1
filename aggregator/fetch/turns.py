"""When is it a host's turn?

One request at a time and one a second for each host, so many in all, and none for a host that asked for a pause.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime


class PausedError(Exception):
    """The host answered 429: it is left alone until then."""

    def __init__(self, host: str, until: datetime) -> None:
        super().__init__(f"{host} asked for a pause")
        self.host = host
        self.until = until


class Turns:
    """The turns of all hosts in one run. A host is a name: two ports of it are one publisher's machine."""

    def __init__(self, *, places: int, interval: float, paused: Mapping[str, datetime]) -> None:
        self._places = asyncio.Semaphore(places)
        self._interval = interval
        self._paused = dict(paused)
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a host's turn and a place, and hold both; raises PausedError where it asked for a pause."""
        queue = self._hosts.setdefault(host, _Host())
        loop = asyncio.get_running_loop()
        async with queue.lock:
            self._refuse_paused(host)
            await asyncio.sleep(max(0.0, queue.free_at - loop.time()))
            async with self._places:
                try:
                    yield
                finally:
                    # Counted from the end of a request: however it was delayed, the next one arrives later than that.
                    queue.free_at = loop.time() + self._interval

    def pause(self, host: str, until: datetime) -> None:
        """Leave a host alone, also for those that wait for their turn already."""
        self._paused[host] = until

    def _refuse_paused(self, host: str) -> None:
        if host in self._paused:
            raise PausedError(host, self._paused[host])


class _Host:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.free_at = 0.0
