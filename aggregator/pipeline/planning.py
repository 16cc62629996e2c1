"""What would the feeds.yaml at hand change of what is stored?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.model import Config, Story
from aggregator.pipeline.conclude import Filer
from aggregator.pipeline.workplace import opened
from aggregator.plan import Judged, Plan, Said, compare, renamed_sources
from aggregator.stories.overrules import Name

if TYPE_CHECKING:
    from aggregator.store import Store

WINDOW = timedelta(days=90)
"""How far back stories are judged anew."""
_BATCH = 500


def plan(config: Config, now: datetime) -> Plan:
    """Judge the stories of the last 90 days by the feeds.yaml at hand, and compare it with the one last applied.

    Takes no lock and writes nothing; where there is no database yet all is new. StoreError where it is damaged. What
    `same` and `different` would join or part is not judged: that is what `rematch --dry-run` tells.
    """
    with opened(config) as store:
        told = store.applied() if store else None
        if store is None or told is None:
            return compare(None, config, ())
        applied = Said.read(told)
        return compare(applied, config, _judged(store, config, now, renamed_sources(applied, config)))


def _judged(store: Store, config: Config, now: datetime, renamed: Mapping[str, str]) -> Iterator[Judged]:
    """Give the stories whose topics differ."""
    filer = Filer(config, 0, now)
    withdrawn = {name for overrule in config.overrules.hide for name in overrule.names}
    hidden = {story for name in withdrawn for story in store.find_stories(Name(name))}
    ids = store.stories_since(now - WINDOW)
    for start in range(0, len(ids), _BATCH):
        for story in store.stories(ids[start : start + _BATCH]):
            # A run that goes on meanwhile may have merged it into another.
            if story.entries and story.shown is not None:
                judged = filer.judge(_with_new_ids(story, renamed), is_hidden=story.id in hidden)
                before, after = _terms(story), _terms(judged)
                if before.keys() != after.keys():
                    yield Judged(
                        title=story.shown_entry.entry.title or story.title,
                        date=story.order_date,
                        link=story.shown_entry.entry.link,
                        before=before,
                        after=after,
                    )


def _with_new_ids(story: Story, renamed: Mapping[str, str]) -> Story:
    """Name its sources as feeds.yaml does now."""
    entries = tuple(replace(stored, source=renamed.get(stored.source, stored.source)) for stored in story.entries)
    return replace(story, entries=entries)


def _terms(story: Story) -> dict[str, str]:
    """Give the first term of each topic that a story is in; one that is withdrawn is in none."""
    if story.is_hidden:
        return {}
    return {match.topic: match.term for match in reversed(story.matches)}
