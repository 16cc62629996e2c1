"""What is one run from end to end?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import polling
from aggregator.pipeline.announce import tell_hub
from aggregator.pipeline.choose import rules
from aggregator.pipeline.conclude import Concluded, conclude
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pull import Puller, pull
from aggregator.pipeline.pulled import Pulled, Report, Wish
from aggregator.pipeline.reading import Reader

if TYPE_CHECKING:
    from aggregator.fetch import Limits
    from aggregator.output import Written
    from aggregator.pipeline.workplace import Workplace


_PRUNED_AT_ONCE = 500
"""Old stories that a run looks at: enough for years of news within a day of runs, and a few milliseconds of each."""


class Outside(Struct, frozen=True, kw_only=True):
    """What a run takes from outside: the clock, a dice between 0 and 1, and the word to stop.

    `progress` is told of each source that is done, and how many are due; `limits` are the fetcher's own where None.
    """

    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    progress: Callable[[Report, int], None]
    stopping: asyncio.Event
    limits: Limits | None = None


class Updated(Struct, frozen=True, kw_only=True):
    """What a run did."""

    pulled: Pulled
    concluded: Concluded
    written: Written


async def update_site(place: Workplace, wish: Wish, outside: Outside) -> Updated:
    """Pull what is due, file what came, publish what changed, let old texts go.

    A run that is told to stop pulls no more and does all the rest.
    """
    from aggregator.fetch import Fetcher
    from aggregator.workers import Parsers

    config, store = place.config, place.store
    started = outside.clock()
    states = store.states()
    run = store.begin_run(started)
    with Parsers(parse=Reader(rules(config))) as parsers:
        fetcher = Fetcher(
            config.site,
            config.fetch,
            now=started,
            paused_hosts=polling.paused_hosts(states.values(), started),
            limits=outside.limits,
        )
        async with fetcher:
            puller = Puller(
                config=config,
                states=states,
                store=store,
                fetcher=fetcher,
                parsers=parsers,
                clock=outside.clock,
                jitter=outside.jitter,
                progress=outside.progress,
                stopping=outside.stopping,
            )
            pulled = await pull(puller, run, wish)
    concluded = conclude(store, config, run, started)
    written = publish(store, config, place.public)
    await tell_hub(store, config, outside.clock())
    if config.keep is not None:
        store.prune(started - config.keep, _PRUNED_AT_ONCE)
    store.end_run(run, outside.clock())
    return Updated(pulled=pulled, concluded=concluded, written=written)


def republish(place: Workplace, now: datetime) -> Written:
    """File what a dead run left, apply changed rules to what is stored, and write what differs; asks no source."""
    run = place.store.begin_run(now)
    conclude(place.store, place.config, run, now)
    written = publish(place.store, place.config, place.public)
    asyncio.run(tell_hub(place.store, place.config, now))
    place.store.end_run(run, now)
    return written
