"""How fast are sources fetched, and in how much memory?

    1,000 sources on 1,000 loopback hosts, about 40 KB each      requests/s on one core
    the same again with validators                               304s/s on one core
    10,000 sources of which 500 never answer                     seconds, peak memory

Fetching alone, by the fetcher of a real run with its real limits; nothing is parsed or stored. The server is a process
of its own. Requests/s "on one core" are those of a second of this process's CPU time: on a machine that has a core for
the server as well, that is what the clock on the wall shows.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import resource
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from zoneinfo import ZoneInfo

from aggregator.fetch import Fetcher, event_loop
from aggregator.model import (
    Fetched,
    FetchPolicy,
    FetchResult,
    NotModified,
    Site,
    Source,
    SourceKind,
    SourceState,
)

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
SITE = Site(
    title="Prüfstand", id="tag:news.example.org,2026:bench", url="https://news.example.org/", language="de",
    timezone=ZoneInfo("Europe/Berlin"),
)  # fmt: skip
POLICY = FetchPolicy(allow=("127.0.0.0/8",))
BODY = b"<rss>" + random.Random(1).randbytes(20_000).hex().encode() + b"</rss>"
_HEAD = b'HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: "1"\r\nContent-Length: %d\r\n\r\n' % len(BODY)
_NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'
_IN_FLIGHT = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table: seconds of the wall, CPU seconds of both sides, peak memory in MB."""

    what: str
    requests: int
    wall: float
    cpu: float
    server_cpu: float
    memory: float
    outcome: str

    def __str__(self) -> str:
        """One line of the table."""
        return (
            f"{self.what:<38} {self.requests / self.wall:>9.0f} {self.requests / self.cpu:>9.0f} {self.wall:>7.1f}"
            f" {self.cpu:>7.1f} {self.server_cpu:>8.1f} {self.memory:>7.0f}   {self.outcome}"
        )


class Server:
    """The other side, in a process of its own: one port on every loopback address; a context manager."""

    def __enter__(self) -> Server:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        self.port: int = self._line.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def cpu(self) -> float:
        """Give the CPU seconds that the server has taken so far."""
        self._line.send(None)
        told: float = self._line.recv()
        return told


def main() -> None:
    """Run all three measurements and print the table."""
    few = 1_000
    with Server() as server:
        fresh = [_source(number, server.port, "/feed.xml") for number in range(few)]
        states = {one.id: SourceState(source=one.id) for one in fresh}
        print(f"{'':<38} {'per s':>9} {'per core':>9} {'wall':>7} {'CPU':>7} {'server':>8} {'MB':>7}")
        print(_measure("1,000 sources of 40 KB", server, fresh, states), flush=True)
        known = {
            one.id: SourceState(source=one.id, address=one.address, etag='"1"', validators_url=one.target)
            for one in fresh
        }
        print(_measure("1,000 sources, not modified", server, fresh, known), flush=True)
        many = [_source(n, server.port, "/silence" if n % 20 == 0 else "/feed.xml") for n in range(10 * few)]
        states = {one.id: SourceState(source=one.id) for one in many}
        print(_measure("10,000 sources, 500 never answer", server, many, states), flush=True)


def _source(number: int, port: int, target: str) -> Source:
    url = f"http://127.{1 + number // 250 // 250}.{number // 250 % 250}.{1 + number % 250}:{port}{target}"
    return Source(id=f"s{number}", rank=number, kind=SourceKind.FEED, address=url, target=url, local=False)


def _measure(what: str, server: Server, sources: Sequence[Source], states: dict[str, SourceState]) -> Measured:
    server_cpu, cpu, wall = server.cpu(), time.process_time(), time.perf_counter()
    outcomes = event_loop.run(_fetch(sources, states))
    return Measured(
        what=what,
        requests=len(sources),
        wall=time.perf_counter() - wall,
        cpu=time.process_time() - cpu,
        server_cpu=server.cpu() - server_cpu,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        outcome=", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.most_common()),
    )


async def _fetch(sources: Sequence[Source], states: dict[str, SourceState]) -> Counter[str]:
    """Fetch as a run does: so many in flight, each answer judged by the digest of its body and let go."""
    outcomes: Counter[str] = Counter()
    waiting = iter(sources)
    async with Fetcher(SITE, POLICY, now=NOW) as fetcher:

        async def take() -> None:
            for source in waiting:
                outcomes[_outcome(await fetcher.fetch(source, states[source.id]))] += 1

        await asyncio.gather(*(take() for _ in range(_IN_FLIGHT)))
    return outcomes


def _outcome(result: FetchResult) -> str:
    match result:
        case Fetched():
            return "whole" if result.body == BODY else "damaged"
        case NotModified():
            return "not modified"
        case _:
            return getattr(result, "reason", "postponed")


class _Answering(asyncio.Protocol):
    """Answers by what stands in the request line; says nothing at all to `/silence`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        if data.startswith(b"GET /silence") or not isinstance(transport, asyncio.WriteTransport):
            return
        transport.write(_NOT_MODIFIED if b"If-None-Match" in data else _HEAD + BODY)
        transport.close()


def _serve(line: Connection) -> None:
    asyncio.run(_serve_until_killed(line))


async def _serve_until_killed(line: Connection) -> None:
    loop = asyncio.get_running_loop()
    listening = socket.create_server(("0.0.0.0", 0), backlog=4096)
    server = await loop.create_server(_Answering, sock=listening)
    line.send(listening.getsockname()[1])
    loop.add_reader(line.fileno(), lambda: line.send(time.process_time()) if line.recv() is None else None)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    main()
