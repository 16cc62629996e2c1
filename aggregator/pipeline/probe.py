"""What does a source answer right now, without anything being stored?

probing ─▶ Prober.ask       fetch | parse | what a page advertises
           Prober.seek      the feed that an address leads to, which may be a page that names it
           Prober.ask_all   many sources at once
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator import polling
from aggregator.errors import SourceError
from aggregator.model import Config, Failed, Fetched, Postponed, Reading, Source, SourceState
from aggregator.pipeline.contexts import context, is_open
from aggregator.polling.timetable import pace
from aggregator.secrecy import veil_of
from aggregator.sources import discovery
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.fetch import Fetcher, Limits
    from aggregator.workers import Parsers

_AT_ONCE = 128


class Probe(Struct, frozen=True, kw_only=True):
    """What a source answered: either `failure`, or `postponed` (its host wants a pause), or what a feed holds.

    `named` is the address that was asked where a page named it, None where it was the source's own.
    `title` is one line of foreign text, `newest` the newest trusted date that is not in the future. `moved_to` is
    where permanent redirects lead, None where it is secret. `advertised` are the feeds of a web page that came.
    """

    source: Source
    named: str | None = None
    title: str | None = None
    entries: int = 0
    reading: Reading | None = None
    newest: datetime | None = None
    fetched: Fetched | None = None
    failure: Failed | SourceError | None = None
    postponed: datetime | None = None
    moved_to: str | None = None
    advertised: tuple[discovery.AdvertisedFeed, ...] = ()


@asynccontextmanager
async def probing(
    config: Config, now: datetime, states: Iterable[SourceState] = (), *, limits: Limits | None = None
) -> AsyncIterator[Prober]:
    """Open what probing needs; hosts that asked for a pause, as `states` say, are left alone."""
    from aggregator.fetch import Fetcher
    from aggregator.workers import Parsers, parse

    pauses = polling.paused_hosts(states, now)
    with Parsers(parse=parse) as parsers:
        async with Fetcher(config.site, config.fetch, now=now, paused_hosts=pauses, limits=limits) as fetcher:
            yield Prober(config=config, fetcher=fetcher, parsers=parsers, now=now)


class Prober(Struct, frozen=True, kw_only=True):
    """Asks sources what they hold, without conditions and whether or not they are due."""

    config: Config
    fetcher: Fetcher
    parsers: Parsers[Reading]
    now: datetime

    async def ask(self, source: Source, address: str | None = None) -> Probe:
        """Ask a source at its own address, or at one that a page of its names.

        What `fetch: allow` opens is opened to the source's own address: a page cannot lead into a private network.
        """
        return replace(await self._ask(source, address), named=address)

    async def seek(self, source: Source) -> Sequence[Probe]:
        """Ask an address, and where it is a page that names one feed (besides those of comments), ask that one."""
        page = await self.ask(source)
        feeds = feeds_of(page)
        return [page, await self.ask(source, feeds[0].url)] if len(feeds) == 1 else [page]

    async def ask_all(self, sources: Sequence[Source], progress: Callable[[], None]) -> list[Probe]:
        """Ask many sources at once, and give what they answered in their order, without what they hold."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(source: Source) -> Probe:
            async with places:
                probe = await self.ask(source)
            progress()
            return replace(probe, fetched=None, reading=None)

        return await asyncio.gather(*(one(source) for source in sources))

    async def _ask(self, source: Source, address: str | None) -> Probe:
        if source.unset:
            names = ", ".join(f"${{{name}}}" for name in source.unset)
            return Probe(source=source, failure=SourceError("unset", f"{names} not set in the environment"))
        result = await self.fetcher.fetch(source, SourceState(source=source.id, learned_url=address))
        if isinstance(result, Fetched):
            return await self._read(source, result)
        return Probe(
            source=source,
            failure=result if isinstance(result, Failed) else None,
            postponed=result.until if isinstance(result, Postponed) else None,
        )

    async def _read(self, source: Source, fetched: Fetched) -> Probe:
        told = context(self.config, source, fetched, self.now)
        veil = veil_of(source.secrets)
        try:
            reading = await self.parsers.parse(source.kind, fetched.body, told)
        except SourceError as error:
            is_page = error.reason == "html" and is_open(source)
            advertised = discovery.find(fetched.body, fetched.url) if is_page else ()
            shown = (replace(feed, title=feed.title and veil.text(feed.title)) for feed in advertised)
            shown = (feed for feed in shown if not veil.hides(feed.url))
            return Probe(source=source, fetched=fetched, failure=error, advertised=tuple(shown))
        return Probe(
            source=source,
            title=printable(reading.channel.title or "") or None,
            entries=len(reading.entries),
            reading=reading,
            newest=pace(reading.entries, self.now)[1],
            fetched=fetched,
            moved_to=veil.link(fetched.permanent_url) if is_open(source) else None,
        )


def feeds_of(page: Probe) -> tuple[discovery.AdvertisedFeed, ...]:
    """Give the feeds that a page advertises, without those of comments where there are others."""
    return tuple(feed for feed in page.advertised if not feed.of_comments) or page.advertised
