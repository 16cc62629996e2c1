"""Which addresses does a name have?

The system's resolver blocks, and cannot be stopped. It runs in daemon threads of our own, so that dead names make no
good one wait long, and hold up neither the event loop nor the end of the program.
"""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import TypeVar

from aggregator.errors import SourceError

Lookup = Callable[[str], Sequence[str]]
"""Gives the IP addresses of a name, best first; raises OSError where there is none."""

T = TypeVar("T")
_MOST_ADDRESSES = 32


def system_lookup(host: str) -> Sequence[str]:
    """Ask the system (getaddrinfo); it also reads `127.1`, `0x7f000001` and the like as addresses."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Threads:
    """Daemon threads for what blocks, started as they are needed, `count` at most."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._started = 0
        self._waiting: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()

    async def run(self, function: Callable[[], T], timeout: float) -> T:
        """Run a function; TimeoutError once it has run for `timeout` seconds. Waiting for a thread is free."""
        loop = asyncio.get_running_loop()
        begun = loop.create_future()
        ended: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            _tell(loop, begun, None)
            try:
                answer = function()
            except (OSError, ValueError, SourceError) as error:
                _fail(loop, ended, error)
            else:
                _tell(loop, ended, answer)

        self._waiting.put(work)
        if self._started < self._count:
            self._started += 1
            threading.Thread(target=self._work, daemon=True).start()
        await begun
        async with asyncio.timeout(timeout):
            return await ended

    def close(self) -> None:
        """Let the threads end, each when what it does returns."""
        for _ in range(self._started):
            self._waiting.put(None)

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            work()


class Resolver:
    """Answers are shared for as long as the resolver lives: a run."""

    def __init__(self, threads: Threads, lookup: Lookup, timeout: float) -> None:
        self._threads = threads
        self._lookup = lookup
        self._timeout = timeout
        self._asked: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Give the IP addresses of a name or address, best first; raises SourceError (`dns`) where there is none."""
        with suppress(ValueError):
            return (str(ip_address(host)),)
        if host not in self._asked:
            self._asked[host] = asyncio.create_task(self._ask(host))
        # One who stops waiting must not take the answer from the others.
        return await asyncio.shield(self._asked[host])

    async def _ask(self, host: str) -> tuple[str, ...]:
        try:
            found = await self._threads.run(lambda: self._lookup(host), self._timeout)
        except TimeoutError as error:
            raise SourceError("dns", f"The name {host} was not found within {self._timeout:g} s.") from error
        except (OSError, ValueError) as error:
            raise SourceError("dns", f"The name {host} is not known.") from error
        if not found:
            raise SourceError("dns", f"The name {host} has no address.")
        return tuple(dict.fromkeys(found))[:_MOST_ADDRESSES]


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], answer: T) -> None:
    def tell() -> None:
        if not future.done():
            future.set_result(answer)

    # The loop may have ended long before a resolver that nobody waits for any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(tell)


def _fail(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], error: Exception) -> None:
    def fail() -> None:
        if not future.done():
            future.set_exception(error)

    with suppress(RuntimeError):
        loop.call_soon_threadsafe(fail)
