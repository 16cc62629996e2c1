"""When is the hub told of what was published?

After the files are in place, from an outbox that a publish fills before it replaces a file: a kill in between tells
the hub of a file once too often, never too seldom. What a hub does not take is told to it by the next run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from aggregator import hub
from aggregator.model import Config

if TYPE_CHECKING:
    from aggregator.store import Store


async def tell_hub(store: Store, config: Config) -> None:
    """Tell the hub of feeds.yaml what is in the outbox; without a hub the outbox is emptied."""
    names = {urljoin(config.site.url, name): name for name in store.unannounced()}
    told = list(names)
    if names and config.site.hub:
        told = await hub.tell(config.site.hub, told, config.fetch)
    if told:
        store.announced([names[address] for address in told])
