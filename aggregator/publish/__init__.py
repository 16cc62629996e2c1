"""What does each format make of a feed, and which further files does a site publish?

    feed    ─▶ <slug>.atom|.rss|.json|.html        FORMATS
    archive ─▶ <output>/<n>.atom|.json|.html       a closed document of an output's past (RFC 5005 section 4)
    story   ─▶ story/<uuid>.html                   pages
    site    ─▶ index.html, sources.opml, feeds.opml, static/<name>.<digest>.css

Same input, same bytes: no clock, no hash order, nothing of the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import Format, PublishedFeed
from aggregator.publish import jsonfeed, pages, presentation, syndication
from aggregator.publish.once import forget

__all__ = ["FORMATS", "Renderer", "forget", "render_feed"]


class Renderer(Struct, frozen=True, kw_only=True):
    """How a format is written, and what a server calls it."""

    write: Callable[[PublishedFeed], bytes]
    media_type: str

    def render(self, feed: PublishedFeed) -> bytes:
        """Give the whole document; text that no document can hold (controls, lone surrogates) is left out."""
        return self.write(presentation.document_safe(feed))


FORMATS: Mapping[Format, Renderer] = MappingProxyType(
    {
        Format.ATOM: Renderer(write=syndication.render_atom, media_type="application/atom+xml"),
        Format.RSS: Renderer(write=syndication.render_rss, media_type="application/rss+xml"),
        Format.JSON: Renderer(write=jsonfeed.render_json, media_type="application/feed+json"),
        Format.HTML: Renderer(write=pages.render_feed, media_type="text/html"),
    }
)


def render_feed(feed: PublishedFeed) -> dict[str, bytes]:
    """Give a feed in all its formats, by name below public/; its stories have been made `document_safe`."""
    safe = replace(feed, title=presentation.document_safe(feed.title), site=presentation.document_safe(feed.site))
    return {presentation.feed_file(safe, form): FORMATS[form].write(safe) for form in feed.formats}
