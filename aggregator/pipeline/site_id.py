"""Is `site.id` another one than was last applied, and what does that do?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import Config
from aggregator.plan import Said
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.store import Store


def replaced_site_id(store: Store, config: Config) -> str | None:
    """Give the `site.id` that was last applied, where feeds.yaml has another by now."""
    told = store.applied()
    former = Said.read(told).settings.get("site", {}).get("id") if told else None
    return former if isinstance(former, str) and former != config.site.id else None


def in_words(former: str) -> str:
    """Say what another `site.id` does, and how to undo it."""
    return (
        "site.id is the root of all ids: with another one all feeds get new ids, and readers may show all anew;"
        f" what is archived keeps its former ids. Unless you mean that, put back `id: {printable(former, 500)}`"
    )
