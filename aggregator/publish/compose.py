"""What does an output show of its stories?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from aggregator import text
from aggregator.model import (
    Config,
    ContentPolicy,
    Copy,
    Output,
    PublishedFeed,
    PublishedSource,
    PublishedStory,
    StoredEntry,
    Story,
)
from aggregator.sources import markup

TEASER = 400
"""About how many characters a teaser holds: as much as German press law lets others quote without asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """What all outputs of a site are composed with; `sources` holds every source that ever was, by id."""

    config: Config
    sources: Mapping[str, PublishedSource]

    def feed(self, output: Output, stories: Sequence[PublishedStory], updated: datetime) -> PublishedFeed:
        """Compose an output of stories that were composed with `story`; of their topics it shows its own."""
        own = frozenset(output.topics)
        return PublishedFeed(
            slug=output.slug,
            id=f"{self.config.site.id}/{output.slug}",
            title=output.title,
            site=self.config.site,
            updated=updated,
            stories=tuple(_of_topics(story, own.__contains__) for story in stories),
            formats=output.formats,
        )

    def story(self, story: Story) -> PublishedStory:
        """Compose a story with all its topics: the shown entry's words, everybody's copies.

        The text is there in full where it may be reprinted (`content: full`) or where there is no other place to read
        it; else a teaser and the link.
        """
        shown = story.shown_entry
        entry = shown.entry
        page = f"story/{story.id}.html"
        full = entry.content or entry.summary
        told = markup.to_text(entry.summary or entry.content or "")
        whole = self._policy(shown.source) is ContentPolicy.FULL or entry.link is None
        return PublishedStory(
            id=story.id,
            title=entry.title or "",
            link=entry.link or self.config.site.url + page,
            page=page,
            order_date=story.order_date,
            updated=story.updated,
            published=story.order_date if story.day else None,
            precision=story.precision,
            summary=text.teaser(told, TEASER) or None,
            content=full if whole else None,
            authors=entry.authors,
            categories=entry.categories,
            topics=self._topics(story),
            language=entry.language,
            enclosures=entry.enclosures,
            source=self._source(shown),
            copies=self._copies(story),
            matches=story.matches,
        )

    def updated(self, stories: Sequence[PublishedStory]) -> datetime:
        """Say when the newest of these stories changed; where there is none, the day that `site.id` was minted."""
        return max((story.updated for story in stories), default=_minted(self.config.site.id))

    def _policy(self, source: str) -> ContentPolicy:
        return next((s.content for s in self.config.sources if s.id == source), ContentPolicy.TEASER)

    def _topics(self, story: Story) -> tuple[tuple[str, str], ...]:
        members = {match.topic for match in story.matches}
        return tuple((topic.id, topic.title) for topic in self.config.topics if topic.id in members)

    def _source(self, stored: StoredEntry) -> PublishedSource:
        return replace(self.sources[stored.source], channel=stored.channel)

    def _copies(self, story: Story) -> tuple[Copy, ...]:
        return tuple(
            Copy(
                source=stored.source,
                title=self.sources[stored.source].title,
                link=stored.entry.link,
                first_seen=stored.first_seen,
                reason=stored.reason or "",
            )
            for stored in sorted(story.entries, key=lambda stored: (stored.first_seen, stored.number))
        )


def _of_topics(story: PublishedStory, own: Callable[[str], bool]) -> PublishedStory:
    return replace(
        story,
        topics=tuple(topic for topic in story.topics if own(topic[0])),
        matches=tuple(match for match in story.matches if own(match.topic)),
    )


def _minted(site_id: str) -> datetime:
    """Read the date of a tag: URI (RFC 4151 section 2.1: YYYY, YYYY-MM or YYYY-MM-DD)."""
    told = site_id.partition(",")[2].partition(":")[0]
    year, month, day = (*told.split("-"), "1", "1")[:3]
    return datetime.combine(date(int(year), int(month), int(day)), time(), UTC)
