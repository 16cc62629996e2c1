"""Which sources need the operator's attention, as a feed to subscribe to?

Written at each update beside the database, outside of public/: `serve` gives it to this machine only. An entry says
which source is ill, since when, and what to do; its id changes only where its state does, so that a reader shows each
trouble once.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from aggregator import observe
from aggregator.model import Config, Format, PublishedFeed, PublishedSource, PublishedStory, Site
from aggregator.pipeline.workplace import Places

if TYPE_CHECKING:
    from aggregator.pipeline.workplace import Workplace
    from aggregator.store import Store

_MADE_OF = "health"

ILL = frozenset({"failing", "gone", "moved", "empty", "churned", "silent"})
"""The states of a source that the feed tells of; besides, one that has more entries than are read."""


def write_health(place: Workplace, now: datetime) -> None:
    """Write the operator's feed of a site where it differs; OutputError where it cannot be written."""
    from aggregator.output.disk import replace_file, told
    from aggregator.pipeline.publish.shelf import digest, edition

    path = Places.of(Path(place.config.folder)).health
    feed = health(place.config, place.store, now)
    made_of = digest(edition(), feed)
    if place.store.noted(_MADE_OF) == made_of and path.is_file():
        return
    from aggregator.publish import FORMATS

    with told(path):
        replace_file(path, FORMATS[Format.ATOM].render(feed))
    place.store.note(_MADE_OF, made_of)


def health(config: Config, store: Store, now: datetime) -> PublishedFeed:
    """Compose the operator's feed: an entry for each source that is ill, the latest first."""
    from aggregator.publish.compose import Composer, feed_id

    # The feed is not published: its addresses are those of `serve` as it starts by default.
    site = replace(config.site, url="http://localhost:8000/", language="en", hub=None)
    composer = Composer(config=config, sources={})
    found = observe.status(config, store, now).sources
    ill = [_entry(status, site, composer.updated(())) for status in found if _is_ill(status)]
    ill.sort(key=lambda entry: entry.order_date, reverse=True)
    updated = composer.updated(entry.updated for entry in ill)
    return PublishedFeed(
        slug="health",
        id=feed_id(site, "health"),
        title=f"{site.title}: health",
        site=site,
        updated=updated,
        stories=tuple(ill),
        formats=(Format.ATOM,),
    )


def _is_ill(status: observe.SourceStatus) -> bool:
    return status.word in ILL or (status.word == "ok" and status.reason == "too-many")


def _entry(status: observe.SourceStatus, site: Site, minted: datetime) -> PublishedStory:
    state, source = status.state, status.source
    since = status.since or minted
    detail = ": ".join(filter(None, (status.reason, state.failure_detail if status.word == "failing" else None)))
    parts = (site.id, "health", source.id, status.word, status.reason or "", since.isoformat())
    return PublishedStory(
        id=str(uuid5(NAMESPACE_URL, "\n".join(parts))),
        title=f"{source.name} ({source.id}) is {'not read in full' if status.word == 'ok' else status.word}"
        + (f": {detail}" if detail else ""),
        link=source.url,
        page="index.html",
        order_date=since,
        updated=since,
        published=since,
        summary=status.advice,
        source=PublishedSource(id=source.id, title=source.name, url=source.url),
    )
