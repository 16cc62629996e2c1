"""What does an output show of its stories?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache
from urllib.parse import urljoin
from uuid import NAMESPACE_URL, uuid5

from msgspec import Struct
from msgspec.structs import replace

from aggregator import text
from aggregator.model import (
    Author,
    Channel,
    Config,
    ContentPolicy,
    Copy,
    Entry,
    Output,
    PublishedFeed,
    PublishedSource,
    PublishedStory,
    Site,
    Source,
    StoredEntry,
    Story,
    TopicMatch,
)
from aggregator.publish.wording import wording
from aggregator.secrecy import Veil, veil_of
from aggregator.sources import markup

TEASER = 400
"""About how many characters a teaser holds: as much as German press law lets others quote without asking."""


class Composer(Struct, frozen=True, kw_only=True, dict=True):
    """What all outputs of a site are composed with.

    `sources` holds every source that ever was, by id; None for one that must not be named: then nothing that is
    composed names it, neither as the origin of a story nor as a copy nor as the reason for a topic.
    """

    config: Config
    sources: Mapping[str, PublishedSource | None]

    def feed(self, output: Output, stories: Sequence[PublishedStory], updated: datetime) -> PublishedFeed:
        """Compose an output of stories that were composed with `story`; of their topics it shows its own."""
        return PublishedFeed(
            slug=output.slug,
            id=feed_id(self.config.site, output.slug),
            title=output.title,
            site=self.config.site,
            updated=updated,
            stories=tuple(stories),
            formats=output.formats,
            names_copies=output.copies,
            topics=frozenset(output.topics),
        )

    def story(self, story: Story) -> PublishedStory:
        """Compose a story with all its topics: the shown entry's words, everybody's copies.

        The text is there in full where it may be reprinted (`content: full`) or where there is no other place to read
        it; else a teaser and the link.
        """
        shown = story.shown_entry
        veil = self._veil(shown.source)
        entry = veil.entry(shown.entry)
        full = entry.content or entry.summary
        told = markup.to_text(entry.summary or entry.content or "")
        whole = self._policy(shown.source) is ContentPolicy.FULL or entry.link is None
        return PublishedStory(
            id=story.id,
            title=entry.title or "",
            link=entry.link,
            page=f"story/{story.id}.html",
            order_date=story.order_date,
            updated=story.updated,
            published=story.published,
            precision=story.precision,
            summary=text.teaser(told, TEASER) or None,
            content=full if whole else None,
            authors=_authors(entry, is_named=self.sources[shown.source] is not None),
            categories=entry.categories,
            topics=self._topics(story),
            language=entry.language,
            enclosures=entry.enclosures,
            source=self._source(shown),
            copies=self._copies(story),
            matches=tuple(
                replace(match, words=veil.text(match.words)) if veil else match
                for match in story.matches
                if not self._tells(match, story)
            ),
        )

    def updated(self, changed: Iterable[datetime]) -> datetime:
        """Say when the newest of a feed's stories changed; where it has none, the day that `site.id` was minted."""
        return max(changed, default=_minted(self.config.site.id))

    @cached_property
    def _told(self) -> Mapping[str, Source]:
        return {source.id: source for source in self.config.sources}

    def _policy(self, source: str) -> ContentPolicy:
        told = self._told.get(source)
        return told.content if told else ContentPolicy.TEASER

    def _veil(self, source: str) -> Veil:
        """Give what is drawn over a source's words: what was read before they were secret is stored as it was."""
        told = self._told.get(source)
        return veil_of(told.secrets, told.hidden_address) if told else veil_of(())

    def _topics(self, story: Story) -> tuple[tuple[str, str], ...]:
        members = {match.topic for match in story.matches}
        if not members:
            return ()
        return tuple((topic.id, topic.title) for topic in self.config.topics if topic.id in members)

    def _source(self, stored: StoredEntry) -> PublishedSource | None:
        source = self.sources[stored.source]
        return source and _with_channel(source, stored.channel)

    def _copies(self, story: Story) -> tuple[Copy, ...]:
        # Of those seen at once the first filed comes first, which no order of answers changes.
        copies = ((one, self.sources[one.source]) for one in sorted(story.entries, key=lambda one: one.first_seen))
        return tuple(
            Copy(
                source=stored.source,
                title=source.title,
                link=stored.entry.link,
                first_seen=stored.first_seen,
                reason=stored.reason or "",
            )
            for stored, source in copies
            if source
        )

    def _tells(self, match: TopicMatch, story: Story) -> bool:
        """Say whether a match would tell the name of a source that must not be named."""
        if match.field != "source":
            return False
        sources = [self.sources[stored.source] for stored in story.entries]
        if all(sources):
            return False
        names = [name for source in sources if source for name in (source.title, source.id)]
        return not any(match.words in name for name in names)


@lru_cache(maxsize=64)
def _with_channel(source: PublishedSource, channel: Channel) -> PublishedSource:
    return replace(source, channel=channel)


def _authors(entry: Entry, *, is_named: bool) -> tuple[Author, ...]:
    """Give who is published as the author of an entry: no mail addresses, and no source that must not be named."""
    if entry.authors_inherited and not is_named:
        return ()
    return tuple(author for author in entry.authors if author.name != author.email)


def feed_id(site: Site, slug: str) -> str:
    """Give the id of the feed of a slug: it outlives a change of `site.url`."""
    return f"{site.id}/{slug}"


def frozen(output: Output, stories: Iterable[PublishedStory], document: str) -> tuple[PublishedStory, ...]:
    """Give stories as a closed document holds them: with the output's own topics, and each at its place there."""
    return tuple(
        replace(
            story,
            page=f"{document}.html#{story.id}",
            topics=tuple(topic for topic in story.topics if topic[0] in output.topics),
            matches=tuple(match for match in story.matches if match.topic in output.topics),
        )
        for story in stories
    )


def ending(slug: str, title: str, site: Site, left: datetime) -> PublishedStory:
    """Compose the last entry of an output that left feeds.yaml at a time."""
    words = wording(site.language)
    home = urljoin(site.url, "index.html")
    return PublishedStory(
        id=str(uuid5(NAMESPACE_URL, "\n".join((site.id, "ended", slug, left.isoformat())))),
        title=words["ended_title"].format(title=title),
        link=None,
        page="index.html",
        order_date=left,
        updated=left,
        published=left,
        summary=words["ended_text"].format(url=home),
        source=PublishedSource(id=slug, title=site.title, url=site.url),
    )


def _minted(site_id: str) -> datetime:
    """Read the date of a tag: URI (RFC 4151 section 2.1: YYYY, YYYY-MM or YYYY-MM-DD)."""
    told = site_id.partition(",")[2].partition(":")[0]
    year, month, day = (*told.split("-"), "1", "1")[:3]
    return datetime.combine(date(int(year), int(month), int(day)), time(), UTC)
