"""How does a story read as an entry of Atom 1.0, and as an item of RSS 2.0?

Each is written once for all documents of a site that show the story; what tells the documents apart, the topics of
a feed and what matched there, is put into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email.utils import format_datetime
from html import escape

from aggregator.model import Enclosure, PublishedSource, PublishedStory, Site, TopicMatch
from aggregator.publish.once import kept, once
from aggregator.publish.pieces import Pieces, element, parent
from aggregator.publish.presentation import (
    UNKNOWN_TYPE,
    enclosures,
    further_copies,
    is_image,
    language_tag,
    line,
    local,
    media_type,
    source_link,
    story_html,
    story_link,
    story_title,
    story_uri,
    web_address,
)

ENTRY, ITEM = 1, 2
"""How deep the entries of Atom and the items of RSS lie."""


@once
def atom_entry(story: PublishedStory, site: Site, names_copies: bool) -> Pieces:
    """Write an entry (RFC 4287 section 4.1.2)."""
    language = language_tag(story.language)
    is_foreign = language and language.lower() != site.language.lower()
    return Pieces.of(
        f'  <entry xml:lang="{language}">' if is_foreign else "  <entry>",
        _atom_texts(story, site, names_copies),
        _atom_rest(story, site),
        "  </entry>",
    )


@once
def rss_item(story: PublishedStory, site: Site, names_copies: bool) -> Pieces:
    """Write an item (RSS Advisory Board, 2.0.11)."""
    return Pieces.of(
        "    <item>",
        _rss_texts(story, site, names_copies),
        _rss_rest(story, site),
        "    </item>",
    )


@kept()
def atom_topic(name: str, title: str, site: Site) -> bytes:
    """Write a topic of a feed as a category of an entry."""
    attributes = {"term": name, "scheme": f"{site.id}/topics", "label": title}
    return element(ENTRY + 1, "category", None, attributes).encode()


@kept()
def rss_topic(title: str, site: Site) -> bytes:
    """Write a topic of a feed as a category of an item."""
    return element(ITEM + 1, "category", title, {"domain": f"{site.id}/topics"}).encode()


@kept()
def match(why: TopicMatch, depth: int) -> bytes:
    """Write what matched in an entry or item that lies so deep."""
    attributes = {"topic": why.topic, "term": why.term, "field": why.field}
    return element(depth + 1, "match:match", why.words, attributes).encode()


def _atom_texts(story: PublishedStory, site: Site, names_copies: bool) -> Iterator[str]:
    deep = ENTRY + 1
    yield element(deep, "id", story_uri(story))
    yield element(deep, "title", story_title(story, site))
    yield element(deep, "updated", local(story.updated, site).isoformat())
    for author in story.authors:
        if name := line(author.name):
            yield parent(deep, "author", _person(name, web_address(author.url)))
    if text := story_html(story, site, names_copies=names_copies):
        yield element(deep, "content", text, {"type": "html"})
    yield element(deep, "link", None, {"href": story_link(story, site), "rel": "alternate"})
    if story.summary:
        yield element(deep, "summary", story.summary, {"type": "text"})


def _atom_rest(story: PublishedStory, site: Site) -> Iterator[str]:
    deep = ENTRY + 1
    for word in _categories(story):
        yield element(deep, "category", None, {"term": word})
    if story.published:
        yield element(deep, "published", local(story.published, site).isoformat())
    if story.source and (via := source_link(story, site)):
        yield element(deep, "link", None, {"href": via, "rel": "via"})
    for copy in further_copies(story):
        if link := web_address(copy.link):
            yield element(deep, "link", None, {"href": link, "rel": "related", "title": copy.title})
    for url, enclosure in enclosures(story):
        yield element(deep, "link", None, {"href": url, "rel": "enclosure", **_enclosure(enclosure)})
    if story.source:
        yield parent(deep, "source", _atom_source(story.source, story, site))


def _atom_source(source: PublishedSource, story: PublishedStory, site: Site) -> Iterator[str]:
    """Give the whole atom:source (RFC 4287 section 4.2.11)."""
    deep, channel = ENTRY + 2, source.channel
    name = line(source.title) or source.id
    yield element(deep, "id", _source_id(source, site))
    yield element(deep, "title", name)
    yield element(deep, "updated", local(channel.updated or story.order_date, site).isoformat())
    if not story.authors:
        yield parent(deep, "author", [element(deep + 1, "name", name)])
    if feed := web_address(source.feed):
        yield element(deep, "link", None, {"href": feed, "rel": "self"})
    if home := web_address(source.url or channel.link):
        yield element(deep, "link", None, {"href": home, "rel": "alternate"})


def _person(name: str, address: str | None) -> Iterator[str]:
    yield element(ENTRY + 2, "name", name)
    if address:
        yield element(ENTRY + 2, "uri", address)


def _rss_texts(story: PublishedStory, site: Site, names_copies: bool) -> Iterator[str]:
    deep = ITEM + 1
    yield element(deep, "title", story_title(story, site))
    yield element(deep, "link", story_link(story, site))
    text = story_html(story, site, names_copies=names_copies)
    # A description is HTML by custom: a plain text must be escaped once more.
    described = escape(story.summary, quote=False) if story.summary else text
    if described:
        yield element(deep, "description", described)
    if story.summary and text:
        yield element(deep, "content:encoded", text)
    yield element(deep, "guid", story_uri(story), {"isPermaLink": "false"})


def _rss_rest(story: PublishedStory, site: Site) -> Iterator[str]:
    deep = ITEM + 1
    for word in _categories(story):
        yield element(deep, "category", word)
    files = enclosures(story)
    if files:
        url, file = next((pair for pair in files if not is_image(pair[1])), files[0])
        told = {"length": "0", "type": UNKNOWN_TYPE} | _enclosure(file)
        yield element(deep, "enclosure", None, {"url": url, "length": told["length"], "type": told["type"]})
    source = story.source
    if source and (address := web_address(source.feed or source.url)):
        yield element(deep, "source", line(source.title) or source.id, {"url": address})
    yield element(deep, "pubDate", format_datetime(local(story.order_date, site)))
    for author in story.authors:
        if name := line(author.name):
            yield element(deep, "dc:creator", name)


def _categories(story: PublishedStory) -> list[str]:
    return [word for word in dict.fromkeys(map(line, story.categories)) if word]


def _enclosure(enclosure: Enclosure) -> dict[str, str]:
    told: Mapping[str, str | None] = {
        "type": media_type(enclosure),
        "length": str(enclosure.length) if enclosure.length is not None and enclosure.length >= 0 else None,
        "title": enclosure.title,
    }
    return {key: value for key, value in told.items() if value}


def _source_id(source: PublishedSource, site: Site) -> str:
    """Give the source's own id, unless it is no URI; ours where it is a document or a page on this machine."""
    feed, told = web_address(source.feed), source.channel.id or ""
    if feed is None:
        return f"{site.id}/sources/{source.id}"
    return web_address(told) or (told if _OTHER_URI.fullmatch(told) else feed)


_OTHER_URI = re.compile(
    r"(?!https?:)[a-z][a-z0-9+.-]*:(?:[\w!$&'()*+,;=:@~/?.-]|%[0-9a-f]{2})+", re.ASCII | re.IGNORECASE
)
