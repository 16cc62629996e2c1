"""How do the stored stories become files?

log       which stories joined each output, and which rows of its log close into an archive   one transaction
parts     which files are made of what, and may they lie in the folder                        the same transaction
write     what differs is replaced, what left is removed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import Config

if TYPE_CHECKING:
    from aggregator.output import PublicFolder, Written
    from aggregator.pipeline.publish.shelf import Shelf
    from aggregator.store import Store

__all__ = ["publish"]


def publish(store: Store, config: Config, folder: PublicFolder, shelf: Shelf | None = None) -> Written:
    """Render what changed of every output of feeds.yaml, and write what differs; what the hub is to be told is noted.

    Raises OutputError where the folder cannot be written.
    """
    from aggregator.pipeline.publish.log import bring_forward
    from aggregator.pipeline.publish.parts import Site
    from aggregator.pipeline.publish.shelf import Shelf
    from aggregator.publish import forget

    shelf = shelf or Shelf(store, config)
    site = Site(store=store, config=config, shelf=shelf)
    try:
        with store.ledger() as ledger:
            bring_forward(ledger, config.outputs, shelf)
            site.look(ledger)
            # Where a name is refused, all of this is undone: what nobody could read was not published.
            writing = folder.prepare(site.parts())
        feeds = site.feed_names() if config.site.hub else frozenset()

        def announce(name: str) -> None:
            if name in feeds:
                store.announce(name)

        return writing.write(announce)
    finally:
        forget()
