"""What does a format need to render, and nothing else?"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from aggregator.model.configuration import Format, Site
from aggregator.model.filing import Copy, TopicMatch
from aggregator.model.reading import Author, Channel, Enclosure, Precision


class PublishedSource(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The source that a story is shown from, as readers see it. `feed` is None where it has no address on the web."""

    id: str
    title: str
    url: str | None = None
    feed: str | None = None
    channel: Channel = Channel()


class PublishedStory(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A story as it is published.

    `id` is a UUID without prefix. `link` is the source's page; None where the story is read on our own (`page`, a name
    below public/).
    `order_date` sorts it and is never empty; `published` is only what a source told. `summary` is plain text (the
    teaser); `content` is safe HTML and there only where it may be republished or where there is no link. `source` is
    None where it must not be named.
    """

    id: str
    title: str
    link: str | None
    page: str
    order_date: datetime
    updated: datetime
    published: datetime | None = None
    precision: Precision = Precision.SECOND
    summary: str | None = None
    content: str | None = None
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    topics: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    source: PublishedSource | None = None
    copies: tuple[Copy, ...] = ()
    matches: tuple[TopicMatch, ...] = ()

    def __hash__(self) -> int:
        return hash(self.id)


class PublishedFeed(Struct, frozen=True, kw_only=True):
    """All that a format needs to render one output, newest story first.

    `id` is a URI rooted in `site.id`; `updated` never goes back. `formats` are those that this output is written in.
    `archive` is its name below public/, without suffix, where it is a closed document of the output's past (RFC 5005
    section 4); `older` and `newer` name the closed documents before and after it. `names_copies` says whether a line
    under the text names who else reports. `topics` are those that are named under its stories, None for all of them.
    """

    slug: str
    id: str
    title: str
    site: Site
    updated: datetime
    stories: tuple[PublishedStory, ...] = ()
    formats: tuple[Format, ...] = ()
    archive: str | None = None
    older: str | None = None
    newer: str | None = None
    names_copies: bool = True
    topics: frozenset[str] | None = None

    def topics_of(self, story: PublishedStory) -> tuple[tuple[str, str], ...]:
        """Give the topics of a story that the feed names."""
        topics = self.topics
        return story.topics if topics is None else tuple([one for one in story.topics if one[0] in topics])

    def matches_of(self, story: PublishedStory) -> tuple[TopicMatch, ...]:
        """Give what brought a story into these topics."""
        topics = self.topics
        return story.matches if topics is None else tuple([match for match in story.matches if match.topic in topics])
