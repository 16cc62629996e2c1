"""Which feeds does this page advertise?

First what the page declares (`<link rel="alternate">`, WHATWG HTML section 4.6.7.1), and only where it declares none,
the links in its text that look like feeds. No address is asked here: whether one is a feed, its answer shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator import links
from aggregator.text import fold, printable

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})
# Pages give these to feeds, and to much else: WordPress names its programming interface application/json.
_VAGUE_TYPES = frozenset({"application/xml", "text/xml", "application/json"})
_FEED_PATH = re.compile(r"[./](?:rss2?|atom|rdf|feeds?)(?:[./](?:xml|json|rss|atom|rdf))?/?$", re.IGNORECASE)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type)=(?:rss2?|atom|rdf|feed|100)(?:&|$)", re.IGNORECASE)
_FEED_WORDS = frozenset({"rss", "atom", "feed", "newsfeed", "rssfeed", "webfeed"})
_COMMENT_WORDS = frozenset({"comment", "comments", "kommentar", "kommentare", "kommentarfeed"})
_LARGEST = 1024 * 1024
_MOST_LINKS = 5000
_MOST_FEEDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvertisedFeed:
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


def find(body: bytes, url: str) -> tuple[AdvertisedFeed, ...]:
    """Give the feeds that a page at `url` names, in its order, each once; 20 at most, from its first MiB.

    Those in its text only where it declares none.
    """
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(body[:_LARGEST])
    base = _base(page, url)
    for feeds in (_declared(page, base), _linked(page, base)):
        found: dict[str, AdvertisedFeed] = {}
        for feed in feeds:
            found.setdefault(feed.url, feed)
            if len(found) == _MOST_FEEDS:
                break
        if found:
            return tuple(found.values())
    return ()


def _base(page: LexborHTMLParser, url: str) -> str:
    """Give what relative links start from (WHATWG HTML section 2.4.3)."""
    element = page.css_first("base[href]")
    return (links.clean(_told(element, "href"), url) if element else None) or url


def _declared(page: LexborHTMLParser, base: str) -> Iterator[AdvertisedFeed]:
    for element in islice(page.css("link[rel][href]"), _MOST_LINKS):
        relations = _told(element, "rel").lower().split()
        media_type = _told(element, "type").partition(";")[0].strip().lower()
        address = links.clean(_told(element, "href"), base)
        if address is None or "stylesheet" in relations or not {"alternate", "feed"} & set(relations):
            continue
        vague = media_type in _VAGUE_TYPES or ("feed" in relations and not media_type)
        if media_type in _FEED_TYPES or (vague and _looks_like_feed(address)):
            yield AdvertisedFeed(url=address, title=_title(_told(element, "title")), type=media_type or None)


def _linked(page: LexborHTMLParser, base: str) -> Iterator[AdvertisedFeed]:
    for element in islice(page.css("a[href]"), _MOST_LINKS):
        address = links.clean(_told(element, "href"), base)
        if address is None:
            continue
        is_declared = _told(element, "type").strip().lower() in _FEED_TYPES
        if is_declared or _looks_like_feed(address):
            yield AdvertisedFeed(url=address, title=_title(element.text()[:500] or _told(element, "title")))


def _looks_like_feed(address: str) -> bool:
    parts = urlsplit(address)
    return _FEED_PATH.search(parts.path) is not None or _FEED_QUERY.search(parts.query) is not None


def _title(told: str) -> str | None:
    return printable(told) or None


def _told(element: LexborNode, name: str) -> str:
    return element.attributes.get(name) or ""
