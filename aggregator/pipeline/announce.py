"""When is the hub told of what was published?

After the files are in place, from an outbox that a publish fills before it replaces a file: a kill in between tells
the hub of a file once too often, never too seldom. What a hub does not take is told to it by the next run, or by the
first one after the time that it asked us to wait.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from aggregator import hub
from aggregator.model import Config
from aggregator.polling.headers import DAY

if TYPE_CHECKING:
    from aggregator.store import Store

_WAIT = "hub"


async def tell_hub(store: Store, config: Config, now: datetime) -> None:
    """Tell the hub of feeds.yaml what is in the outbox; without a hub the outbox is emptied."""
    names = {urljoin(config.site.url, name): name for name in store.unannounced()}
    settled = list(names)
    if names and config.site.hub:
        if _wants_to_wait(store, config.site.hub, now):
            return
        told = await hub.tell(config.site.hub, settled, config.fetch, now)
        settled = told.settled
        if told.wait:
            store.note(_WAIT, f"{(now + told.wait).isoformat()} {config.site.hub}")
    if settled:
        store.announced([names[address] for address in settled])


def _wants_to_wait(store: Store, address: str, now: datetime) -> bool:
    """Whether the hub asked to be told nothing yet; never for more than a day, in case a clock was wrong."""
    until, _, of = (store.noted(_WAIT) or "").partition(" ")
    return of == address and now < datetime.fromisoformat(until) <= now + DAY
