"""Which feeds does this page advertise?

First what the page declares (`<link rel="alternate">`, WHATWG HTML section 4.6.7.1), and only where it declares none,
the links in its text that look like feeds. No address is asked here: whether one is a feed, its answer shows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from msgspec import Struct

from aggregator import links
from aggregator.text import fold, printable

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})
# Pages give these to feeds, and to much else: WordPress names its programming interface application/json.
_VAGUE_TYPES = frozenset({"application/xml", "text/xml", "application/json"})
_FEED_PATH = re.compile(r"[./](?:rss2?|atom|rdf|feeds?)(?:[./](?:xml|json|rss|atom|rdf|rss2))?/?$", re.IGNORECASE)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type)=(?:rss2?|atom|rdf|feed)(?:&|$)", re.IGNORECASE)
_COMMENT_WORDS = frozenset({"comment", "comments", "kommentar", "kommentare"})

# Tags are picked out of the text, not out of a tree: a megabyte of nested `<div>` takes an HTML parser minutes.
_TAG = re.compile(r"""<(base|link|a)\s((?:[^"'<>]++|"[^"]{0,4096}"|'[^']{0,4096}')*+)>?""", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)"?|'([^']*)'?|([^\s"'>]+))""")
_INNER_TAG = re.compile(r"<[^<>]*>?")
_LARGEST = 1024 * 1024
_LONGEST_TEXT = 500
_MOST_TAGS = 10_000
_MOST_FEEDS = 20


class AdvertisedFeed(Struct, frozen=True, kw_only=True):
    """A feed that a page names.

    `url` is absolute, http or https; `type` the media type that the page gives it, None where it is only a link that
    looks like a feed.
    """

    url: str
    title: str | None = None
    type: str | None = None

    @property
    def of_comments(self) -> bool:
        """Whether it carries what readers write below the articles."""
        told = f"{urlsplit(self.url).path} {self.title or ''}"
        return not _COMMENT_WORDS.isdisjoint(fold(told).split())


class _Tag(Struct, frozen=True, kw_only=True):
    name: str
    attributes: dict[str, str]
    text: str

    def told(self, attribute: str) -> str:
        return self.attributes.get(attribute, "")

    @property
    def media_type(self) -> str:
        return self.told("type").partition(";")[0].strip().lower()


def find(body: bytes, url: str | None) -> tuple[AdvertisedFeed, ...]:
    """Give the feeds that a page at `url` names, in its order, each once; 20 at most, from its first MiB.

    Those that are only linked in its text where it declares none. Without a `url` relative links lead nowhere.
    """
    tags = list(islice(_tags(_without_comments(body[:_LARGEST].decode("utf-8", "replace"))), _MOST_TAGS))
    told = next((tag.told("href") for tag in tags if tag.name == "base" and tag.told("href")), "")
    base = links.clean(told, url) or url
    for look in (_declared, _linked):
        found: dict[str, AdvertisedFeed] = {}
        for feed in (feed for tag in tags if (feed := look(tag, base))):
            found.setdefault(feed.url, feed)
        if found:
            return tuple(found.values())[:_MOST_FEEDS]
    return ()


def _without_comments(text: str) -> str:
    """Take out what a page keeps from its readers; a comment that is not closed ends the page."""
    first, *others = text.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in others)


def _tags(text: str) -> Iterator[_Tag]:
    for match in _TAG.finditer(text):
        name = match[1].lower()
        attributes: dict[str, str] = {}
        for attribute, double, single, bare in _ATTRIBUTE.findall(match[2]):
            attributes.setdefault(attribute.lower(), html.unescape(double or single or bare))
        inner = text[match.end() : match.end() + _LONGEST_TEXT].partition("</a")[0] if name == "a" else ""
        yield _Tag(name=name, attributes=attributes, text=html.unescape(_INNER_TAG.sub(" ", inner)))


def _declared(tag: _Tag, base: str | None) -> AdvertisedFeed | None:
    relations = set(tag.told("rel").lower().split())
    address = links.clean(tag.told("href"), base) if tag.name == "link" and relations & {"alternate", "feed"} else None
    if address is None or "stylesheet" in relations:
        return None
    vague = tag.media_type in _VAGUE_TYPES or ("feed" in relations and not tag.media_type)
    if not (tag.media_type in _FEED_TYPES or (vague and _looks_like_feed(address))):
        return None
    return AdvertisedFeed(url=address, title=printable(tag.told("title")) or None, type=tag.media_type or None)


def _linked(tag: _Tag, base: str | None) -> AdvertisedFeed | None:
    address = links.clean(tag.told("href"), base) if tag.name == "a" else None
    if address is None or not (tag.media_type in _FEED_TYPES or _looks_like_feed(address)):
        return None
    return AdvertisedFeed(url=address, title=printable(tag.text) or printable(tag.told("title")) or None)


def _looks_like_feed(address: str) -> bool:
    parts = urlsplit(address)
    return _FEED_PATH.search(parts.path) is not None or _FEED_QUERY.search(parts.query) is not None
