"""Which files make up public/, and in which formats?

    feeds ─▶ <slug>.atom|.rss|.json|.html     FORMATS
          ─▶ story/<uuid>.html                one page for each story that a feed shows
          ─▶ index.html, sources.opml, static/<name>.<digest>.css

Same input, same bytes: no clock, no hash order, nothing of the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aggregator.model import Format, PublishedFeed, Site, Source
from aggregator.publish import jsonfeed, opml, pages, presentation, syndication


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
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


def render_all(feeds: Sequence[PublishedFeed], site: Site, sources: Sequence[Source]) -> dict[str, bytes]:
    """Give everything that public/ holds: names relative to it, with their bytes, in order of name."""
    site = presentation.document_safe(site)
    feeds = [presentation.document_safe(feed) for feed in feeds]
    files = {presentation.feed_file(feed, form): FORMATS[form].write(feed) for feed in feeds for form in feed.formats}
    for story in presentation.merged(story for feed in feeds for story in feed.stories):
        files[presentation.story_file(story)] = pages.render_story(story, site, feeds)
    files["index.html"] = pages.render_index(site, feeds)
    files["sources.opml"] = opml.render_sources(site, sources)
    stylesheet = pages.stylesheet()
    files[stylesheet.name] = stylesheet.content
    return dict(sorted(files.items()))
