"""How does a feed read as Atom 1.0 and as RSS 2.0?

feedgen builds the frame of both documents; what it cannot say there, our extension writes into its tree: the hub and
the way to the archives. The entries are written by `publish.entries`, so that each is written once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aggregator.model import Format, PublishedFeed
from aggregator.publish.entries import ENTRY, ITEM, atom_entry, atom_topic, match, rss_item, rss_topic
from aggregator.publish.pieces import filled
from aggregator.publish.presentation import (
    GENERATOR,
    archive_address,
    current_address,
    feed_address,
    home_address,
    line,
    local,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

MATCH_NAMESPACE = "urn:uuid:6f1d1c5e-3a0b-4a53-9a0e-9b0f5a2c7d41"
"""The namespace of our `match` elements; docs/publishing.md describes them."""


def render_atom(feed: PublishedFeed) -> bytes:
    """Give the feed as an Atom 1.0 document (RFC 4287)."""
    generator = _generator(feed, Format.ATOM, "application/atom+xml")
    generator.link(href=home_address(feed), rel="alternate", type="text/html")
    generator.author(name=line(feed.site.title), uri=feed.site.url)
    site, names_copies = feed.site, feed.names_copies
    entries = [
        atom_entry(story, site, names_copies).joined(
            [atom_topic(name, title, site) for name, title in feed.topics_of(story)],
            [match(why, ENTRY) for why in feed.matches_of(story)],
        )
        for story in feed.stories
    ]
    return filled(generator.atom_str(pretty=True), b"</feed>", entries)


def render_rss(feed: PublishedFeed) -> bytes:
    """Give the feed as an RSS 2.0 document (RSS Advisory Board, 2.0.11) with content, dc and atom modules."""
    generator = _generator(feed, Format.RSS, "application/rss+xml")
    # feedgen takes whichever link came last for the channel's own.
    generator.link(href=home_address(feed), rel="alternate")
    generator.description(line(f"{feed.title} – {feed.site.title}"))
    site, names_copies = feed.site, feed.names_copies
    items = [
        rss_item(story, site, names_copies).joined(
            [rss_topic(title, site) for _, title in feed.topics_of(story)],
            [match(why, ITEM) for why in feed.matches_of(story)],
        )
        for story in feed.stories
    ]
    return filled(generator.rss_str(pretty=True), b"  </channel>", items)


class _FeedExtension:
    """Declares our namespaces once, at the root; feedgen asks any object with these three methods."""

    feed: PublishedFeed

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC, "fh": _HISTORY, "match": MATCH_NAMESPACE}

    def extend_atom(self, root: _Element) -> _Element:
        """Add the hub (WebSub section 4) and the way to the archives (RFC 5005 section 4)."""
        feed = self.feed
        if feed.site.hub:
            _add(root, "link", href=feed.site.hub, rel="hub")
        if feed.archive:
            _add(root, f"{{{_HISTORY}}}archive")
            _add(root, "link", href=current_address(feed, Format.ATOM), rel="current")
        for relation, archive in (("prev-archive", feed.older), ("next-archive", feed.newer)):
            if archive:
                _add(root, "link", href=archive_address(feed, archive, Format.ATOM), rel=relation)
        return root

    def extend_rss(self, root: _Element) -> _Element:
        """Add the hub, which feedgen would leave out."""
        if self.feed.site.hub:
            _add(root[0], f"{{{_ATOM}}}link", href=self.feed.site.hub, rel="hub")
        return root


_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_HISTORY = "http://purl.org/syndication/history/1.0"


def _generator(feed: PublishedFeed, form: Format, kind: str) -> Any:
    from feedgen.feed import FeedGenerator

    generator = FeedGenerator()
    generator.register_extension("aggregator", _FeedExtension)
    generator.aggregator.feed = feed
    generator.id(feed.id)
    generator.title(line(feed.title) or feed.slug)
    # For RSS feedgen prints this one date under a switched locale: only one thread may publish at a time.
    generator.updated(local(feed.updated, feed.site))
    generator.language(feed.site.language)
    generator.generator(GENERATOR)
    generator.link(href=feed_address(feed, form), rel="self", type=kind)
    return generator


def _add(parent: _Element, tag: str, text: str | None = None, **attributes: str) -> _Element:
    element = parent.makeelement(tag, attributes)
    element.text = text
    parent.append(element)
    return element
