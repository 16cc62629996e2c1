"""How is a source fetched so that no publisher minds and no server can hurt us?

    fetch ─▶ which addresses, may they be asked ─▶ a page: robots.txt ─▶ whose turn ─▶ request ─▶ redirect? again
          ─▶ body, decoded

The one place that touches the network. Whatever a server does, a `FetchResult` comes back; what to ask, and what
to make of the answer, is decided in polling.
"""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import __version__, polling, text
from aggregator.errors import SourceError
from aggregator.fetch import decoding, files
from aggregator.fetch.address import Resource
from aggregator.fetch.guard import Guard
from aggregator.fetch.journey import DroppedError, Journey, Visit
from aggregator.fetch.resolver import Lookup, Resolver, Threads, system_lookup
from aggregator.fetch.robots import Robots
from aggregator.fetch.turns import PausedError, Turns
from aggregator.model import FetchPolicy, FetchResult, Postponed, Site, Source, SourceKind, SourceState

if TYPE_CHECKING:
    from aggregator.fetch.network import Answer, Network

_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
_OURS = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect"}) | {
    "accept-encoding",
    "if-none-match",
    "if-modified-since",
    "range",
}
"""Headers that feeds.yaml cannot set for a source: what is made of an answer depends on them."""


class Limits(Struct, frozen=True, kw_only=True):
    """What a server can cost us at most, and what we cost it: seconds, bytes, numbers.

    `total` and `first_byte` count from when a host's turn is got; `interval` from the end of a request to the next
    one to the same host; `body` is decoded.
    """

    total: float = 30.0
    first_byte: float = 10.0
    lookup: float = 5.0
    interval: float = 1.0
    places: int = 100
    threads: int = 64
    redirects: int = 5
    body: int = 10 * 1024 * 1024
    headers: int = 64 * 1024


class Fetcher:
    """Fetches the sources of one run; `async with Fetcher(…) as fetcher`.

    `now` is the time of the run, `paused_hosts` what `polling.paused_hosts` gave. `lookup` resolves names.
    """

    def __init__(
        self,
        site: Site,
        policy: FetchPolicy,
        *,
        now: datetime,
        paused_hosts: Mapping[str, datetime] = MappingProxyType({}),
        limits: Limits | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._limits = limits or Limits()
        self._policy = policy
        self._now = now
        about = f"{site.url}; {site.contact}" if site.contact else site.url
        self._agent = text.printable(f"aggregator/{__version__} (+{about})").encode()
        self._guard = Guard(policy.allow)
        self._turns = Turns(places=self._limits.places, interval=self._limits.interval, paused=paused_hosts)
        self._threads = Threads(self._limits.threads)
        self._resolver = Resolver(self._threads, lookup, self._limits.lookup)
        self._robots = Robots(self.fetch)
        self._network: Network | None = None

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.close()
        if self._network is not None:
            await self._network.close()

    async def fetch(self, source: Source, state: SourceState) -> FetchResult:
        """Fetch a source, asking as its state says. Never raises for anything that a server or a file does."""
        journey = Journey(source=source, state=state, left=self._limits.total)
        try:
            if source.local:
                return journey.read(await self._read(source))
            return await self._follow(journey)
        except PausedError as pause:
            return Postponed(until=pause.until, host=pause.host)
        except SourceError as error:
            return journey.failed(error)

    async def _read(self, source: Source) -> bytes:
        try:
            return await self._threads.run(lambda: files.read(source.target, self._limits.body), self._limits.total)
        except TimeoutError as error:
            raise SourceError("timeout", "The file could not be read in time.") from error

    async def _follow(self, journey: Journey) -> FetchResult:
        configured = Resource.parse(journey.source.target)
        resource: Resource | None = Resource.parse(polling.request_url(journey.source, journey.state))
        while resource is not None:
            try:
                visit = await self._visit(journey, resource, configured)
            except DroppedError:
                if journey.retried:
                    raise
                journey.retried = True
                continue
            resource = journey.next_resource(visit, self._limits.redirects)
        return journey.ended(visit)

    async def _visit(self, journey: Journey, resource: Resource, configured: Resource) -> Visit:
        """Ask one resource once. Waiting for a resolver, a turn or a place takes nothing off the time it has."""
        journey.host = resource.host
        network = self._open_network()
        addresses = await self._addresses(network, resource, configured)
        if journey.source.kind is SourceKind.PAGE:
            await self._robots.check(resource, journey)
        conditions = polling.conditional_headers(journey.source, journey.state, resource.url)
        headers = self._headers(journey.source, resource, configured, dict(conditions))
        async with (
            self._turns.turn(resource.host),
            _deadline(journey),
            network.ask(resource, headers, addresses, journey) as answer,
        ):
            if answer.status == 429:
                pause = polling.host_pause(answer.headers, self._now)
                self._turns.pause(resource.host, self._now + pause)
            body = await self._body(answer) if answer.status in {200, 203} else b""
        return Visit(
            resource=resource,
            status=answer.status,
            headers=answer.headers,
            location=answer.location,
            is_conditional=bool(conditions),
            body=decoding.decode(body, answer.header("content-encoding"), self._limits.body),
            received=len(body),
        )

    def _open_network(self) -> Network:
        # httpx brings its command line along, which takes longer to import than all the rest, unless it finds none.
        sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
        from aggregator.fetch.network import Network

        if self._network is None:
            self._network = Network(self._policy, first_byte=self._limits.first_byte, header_limit=self._limits.headers)
        return self._network

    async def _addresses(self, network: Network, resource: Resource, configured: Resource) -> tuple[str, ...]:
        """Give the addresses to connect to, each checked; a proxy's own are exempt, but not what it is asked for."""
        found = await self._resolver.resolve(resource.host)
        checked = self._guard.check(resource, configured, found)
        if network.proxy is None:
            return checked
        if len(checked) < len(found):
            # Which of them a proxy takes is not ours to choose.
            raise SourceError("refused-address", f"{resource.authority} is partly in a private network.")
        return await self._resolver.resolve(network.proxy.host)

    def _headers(
        self, source: Source, resource: Resource, configured: Resource, conditions: Mapping[str, str]
    ) -> list[tuple[str, bytes]]:
        headers = {
            "Host": resource.authority.encode(),
            "User-Agent": self._agent,
            "Accept": _ACCEPT.encode(),
            "Accept-Encoding": decoding.ACCEPTED.encode(),
            "Connection": b"close",
        } | {name: value.encode("latin-1") for name, value in conditions.items()}
        own: dict[str, bytes] = {}
        if resource.may_have_credentials_of(configured):
            if source.user is not None or source.password is not None:
                pair = f"{source.user or ''}:{source.password or ''}"
                own["Authorization"] = b"Basic " + base64.b64encode(pair.encode())
            own |= {name: value.encode() for name, value in source.headers if name.lower() not in _OURS}
        names = {name.lower() for name in own}
        return [(name, value) for name, value in headers.items() if name.lower() not in names] + list(own.items())

    async def _body(self, answer: Answer) -> bytes:
        """Read a body as it is coded: one that is too large so is no smaller when decoded."""
        too_large = SourceError("too-large", f"It is larger than {self._limits.body // (1024 * 1024)} MiB.")
        length = answer.header("content-length")
        if length.isdecimal() and int(length) > self._limits.body:
            raise too_large
        body = bytearray()
        async with aclosing(answer.body) as parts:
            async for part in parts:
                body += part
                if len(body) > self._limits.body:
                    raise too_large
        return bytes(body)


@asynccontextmanager
async def _deadline(journey: Journey) -> AsyncIterator[None]:
    """Hold a journey to what is left of its time, also when it comes in drips."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        async with asyncio.timeout(journey.left):
            yield
    except TimeoutError as error:
        raise SourceError("timeout", f"{journey.host} took too long to answer.") from error
    finally:
        journey.left -= loop.time() - started
