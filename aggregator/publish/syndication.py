"""How does a feed read as Atom 1.0 and as RSS 2.0?

feedgen builds both documents; what it cannot say, our extension writes into its tree: whole `atom:source`s,
languages, `dc:creator`, dates without a switch of the process's locale, and why a story is in its topics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Any

from aggregator.model import Enclosure, Format, PublishedFeed, PublishedSource, PublishedStory, Site, TopicMatch
from aggregator.publish.once import kept, once
from aggregator.publish.pieces import Pieces, filled, written
from aggregator.publish.presentation import (
    GENERATOR,
    UNKNOWN_TYPE,
    archive_address,
    current_address,
    enclosures,
    feed_address,
    further_copies,
    home_address,
    is_image,
    language_tag,
    local,
    media_type,
    source_link,
    story_html,
    story_link,
    story_title,
    story_uri,
    web_address,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

MATCH_NAMESPACE = "urn:uuid:6f1d1c5e-3a0b-4a53-9a0e-9b0f5a2c7d41"
"""The namespace of our `match` elements; docs/publishing.md describes them."""


def render_atom(feed: PublishedFeed) -> bytes:
    """Give the feed as an Atom 1.0 document (RFC 4287)."""
    generator = _generator(feed, Format.ATOM, "application/atom+xml")
    generator.link(href=home_address(feed), rel="alternate", type="text/html")
    generator.author(name=_line(feed.site.title), uri=feed.site.url)
    site, names_copies = feed.site, feed.names_copies
    entries = [
        _atom_entry(story, site, names_copies).joined(
            [_atom_topic(name, title, site) for name, title in feed.topics_of(story)],
            [_match(match, _ENTRY) for match in feed.matches_of(story)],
        )
        for story in feed.stories
    ]
    return filled(generator.atom_str(pretty=True), b"</feed>", entries)


def render_rss(feed: PublishedFeed) -> bytes:
    """Give the feed as an RSS 2.0 document (RSS Advisory Board, 2.0.11) with content, dc and atom modules."""
    generator = _generator(feed, Format.RSS, "application/rss+xml")
    # feedgen takes whichever link came last for the channel's own.
    generator.link(href=home_address(feed), rel="alternate")
    generator.description(_line(f"{feed.title} – {feed.site.title}"))
    site, names_copies = feed.site, feed.names_copies
    items = [
        _rss_item(story, site, names_copies).joined(
            [_rss_topic(title, site) for _, title in feed.topics_of(story)],
            [_match(match, _ITEM) for match in feed.matches_of(story)],
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


@once
def _atom_entry(story: PublishedStory, site: Site, names_copies: bool) -> Pieces:
    entry = _entry(story, site, names_copies=names_copies, kind="html")
    entry.updated(local(story.updated, site))
    if story.published:
        entry.published(local(story.published, site))
    if story.summary:
        entry.summary(story.summary, type="text")
    entry.author([_person(author.name, author.url) for author in story.authors])
    element: _Element = entry.atom_entry()
    language = language_tag(story.language)
    if language and language.lower() != site.language.lower():
        element.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    _add_links(element, story, site)
    _add_source(element, story, site)
    return Pieces.of(written(element, _ENTRY, _NAMESPACES), _atom_place())


def _add_links(entry: _Element, story: PublishedStory, site: Site) -> None:
    """Add the links (RFC 4287 section 4.2.7) of which feedgen would lose relation, type and length."""
    for alternate in entry.iterchildren("link"):
        alternate.set("rel", "alternate")
    if story.source and (via := source_link(story, site)):
        _add(entry, "link", href=via, rel="via")
    for copy in further_copies(story):
        if link := web_address(copy.link):
            _add(entry, "link", href=link, rel="related", title=copy.title)
    for url, enclosure in enclosures(story):
        _add(entry, "link", **_enclosure(url, enclosure))


def _add_source(entry: _Element, story: PublishedStory, site: Site) -> None:
    """Add the whole atom:source (RFC 4287 section 4.2.11)."""
    source = story.source
    if source is None:
        return
    channel = source.channel
    told = _add(entry, "source")
    _add(told, "id", _source_id(source, site))
    _add(told, "title", _line(source.title) or source.id)
    _add(told, "updated", local(channel.updated or story.order_date, site).isoformat())
    if not story.authors:
        _add(_add(told, "author"), "name", _line(source.title) or source.id)
    if feed := web_address(source.feed):
        _add(told, "link", href=feed, rel="self")
    if home := web_address(source.url or channel.link):
        _add(told, "link", href=home, rel="alternate")


@once
def _rss_item(story: PublishedStory, site: Site, names_copies: bool) -> Pieces:
    entry = _entry(story, site, names_copies=names_copies)
    if story.summary:
        # A description is HTML by custom: a plain text must be escaped once more.
        entry.description(escape(story.summary, quote=False), isSummary=True)
    files = enclosures(story)
    if files:
        first = next((pair for pair in files if not is_image(pair[1])), files[0])
        entry.link(**{"type": UNKNOWN_TYPE, **_enclosure(*first)})
    source = story.source
    if source and (address := web_address(source.feed or source.url)):
        entry.source(url=address, title=_line(source.title) or source.id)
    item: _Element = entry.rss_entry()
    # RFC 822; feedgen would switch the locale of the process for each of them.
    _add(item, "pubDate", format_datetime(local(story.order_date, site)))
    for author in story.authors:
        if name := _line(author.name):
            _add(item, f"{{{_DC}}}creator", name)
    return Pieces.of(written(item, _ITEM, _NAMESPACES), _rss_place())


_OTHER_URI = re.compile(
    r"(?!https?:)[a-z][a-z0-9+.-]*:(?:[\w!$&'()*+,;=:@~/?.-]|%[0-9a-f]{2})+", re.ASCII | re.IGNORECASE
)
# Where the categories of a feed's own topics go in an entry.
_PLACE = "place"
# How deep the entries of Atom and the items of RSS lie.
_ENTRY, _ITEM = 1, 2
_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
# What feedgen and our extension declare at the root of a document.
_NAMESPACES = {"atom": _ATOM, "content": _CONTENT, "dc": _DC, "fh": _HISTORY, "match": MATCH_NAMESPACE}


def _generator(feed: PublishedFeed, form: Format, kind: str) -> Any:
    from feedgen.feed import FeedGenerator

    generator = FeedGenerator()
    generator.register_extension("aggregator", _FeedExtension)
    generator.aggregator.feed = feed
    generator.id(feed.id)
    generator.title(_line(feed.title) or feed.slug)
    # For RSS feedgen prints this one date under a switched locale: only one thread may publish at a time.
    generator.updated(local(feed.updated, feed.site))
    generator.language(feed.site.language)
    generator.generator(GENERATOR)
    generator.link(href=feed_address(feed, form), rel="self", type=kind)
    return generator


def _entry(story: PublishedStory, site: Site, *, names_copies: bool, kind: str | None = None) -> Any:
    from feedgen.entry import FeedEntry

    entry = FeedEntry()
    entry.id(story_uri(story))
    entry.title(story_title(story, site))
    entry.link(href=story_link(story, site), rel="alternate")
    words = dict.fromkeys(" ".join(category.split()) for category in story.categories)
    entry.category([{"term": _PLACE}, *({"term": word} for word in words if word)])
    if text := story_html(story, site, names_copies=names_copies):
        entry.content(text, type=kind)
    return entry


@kept()
def _atom_topic(name: str, title: str, site: Site) -> bytes:
    attributes = {"term": name, "scheme": f"{site.id}/topics", "label": title}
    return written(_element("category", None, **attributes), _ENTRY + 1, _NAMESPACES)


@kept()
def _rss_topic(title: str, site: Site) -> bytes:
    return written(_element("category", title, domain=f"{site.id}/topics"), _ITEM + 1, _NAMESPACES)


@kept()
def _match(match: TopicMatch, depth: int) -> bytes:
    why = {"topic": match.topic, "term": match.term, "field": match.field}
    return written(_element(f"{{{MATCH_NAMESPACE}}}match", match.words, **why), depth + 1, _NAMESPACES)


@kept()
def _atom_place() -> bytes:
    return written(_element("category", None, term=_PLACE), _ENTRY + 1, _NAMESPACES)


@kept()
def _rss_place() -> bytes:
    return written(_element("category", _PLACE), _ITEM + 1, _NAMESPACES)


def _person(name: str, url: str | None) -> dict[str, str]:
    address = web_address(url)
    return {"name": _line(name)} | ({"uri": address} if address else {})


def _enclosure(url: str, enclosure: Enclosure) -> dict[str, str]:
    told: Mapping[str, str | None] = {
        "type": media_type(enclosure),
        "length": str(enclosure.length) if enclosure.length is not None and enclosure.length >= 0 else None,
        "title": enclosure.title,
    }
    return {"href": url, "rel": "enclosure"} | {key: value for key, value in told.items() if value}


def _source_id(source: PublishedSource, site: Site) -> str:
    """Give the source's own id, unless it is no URI; ours where it is a document or a page on this machine."""
    feed, told = web_address(source.feed), source.channel.id or ""
    if feed is None:
        return f"{site.id}/sources/{source.id}"
    return web_address(told) or (told if _OTHER_URI.fullmatch(told) else feed)


def _line(text: str) -> str:
    return " ".join(text.split())


def _element(tag: str, text: str | None, **attributes: str) -> _Element:
    from lxml import etree

    element = etree.Element(tag, attributes)
    element.text = text
    return element


def _add(parent: _Element, tag: str, text: str | None = None, **attributes: str) -> _Element:
    element = parent.makeelement(tag, attributes)
    element.text = text
    parent.append(element)
    return element
