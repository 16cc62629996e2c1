"""May this page be asked, as its host's robots.txt says (RFC 9309)?

Only pages are asked so: a feed is published to be fetched by programs, a page is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.fetch.address import Resource
from aggregator.fetch.journey import Journey
from aggregator.model import Failed, Fetched, FetchResult, Source, SourceKind, SourceState

if TYPE_CHECKING:
    from protego import Protego

PATH = "/robots.txt"

_TOKEN = "aggregator"  # noqa: S105 (the product token of our User-Agent, RFC 9309 section 2.2.1)
_LARGEST = 512 * 1024
"""Bytes that are read of it; RFC 9309 section 2.5 asks for 500 KiB at least."""


class Robots:
    """What the hosts of one run allow; each is asked once, by `fetch`, when the first of its pages is due."""

    def __init__(self, fetch: Callable[[Source, SourceState], Awaitable[FetchResult]]) -> None:
        self._fetch = fetch
        self._locks: dict[str, asyncio.Lock] = {}
        self._answers: dict[str, Protego | Failed] = {}

    async def check(self, resource: Resource, journey: Journey) -> None:
        """Raise SourceError where a page may not be asked: `robots`, or why nobody can tell now."""
        origin = f"{resource.scheme}://{resource.authority}"
        async with self._locks.setdefault(origin, asyncio.Lock()):
            if origin not in self._answers:
                self._answers[origin] = await self._ask(origin)
        answer = self._answers[origin]
        if isinstance(answer, Failed):
            journey.reached = journey.reached or answer.answered
            raise SourceError(answer.reason, answer.detail)
        if not answer.can_fetch(resource.url, _TOKEN):
            journey.reached = True
            raise SourceError("robots", f"{resource.authority}{PATH} does not allow us to read this page.")

    async def _ask(self, origin: str) -> Protego | Failed:
        from protego import Protego

        address = f"{origin}{PATH}"
        source = Source(id=PATH, rank=0, kind=SourceKind.FEED, address=address, target=address, local=False)
        result = await self._fetch(source, SourceState(source=source.id))
        match result:
            case Fetched():
                return Protego.parse(result.body[:_LARGEST].decode("utf-8-sig", "replace"))
            case Failed() if _is_unavailable(result):
                return Protego.parse("")
            case Failed() if result.answered:
                told = f"{address} cannot be read ({result.reason}), so its pages are not asked until it can."
                return replace(result, detail=told)
            case Failed():
                return result
        # The host wants a pause: the page will not get its turn either.
        return Protego.parse("")


def _is_unavailable(failed: Failed) -> bool:
    """Whether there is none, so that all is allowed: 4xx, or too many redirects (RFC 9309 section 2.3.1)."""
    return failed.reason == "empty" or failed.reason.startswith(("http-3", "http-4"))
