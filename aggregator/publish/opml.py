"""How do the lists of our sources and of our own feeds read as OPML 2.0?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aggregator.model import Format, PublishedFeed, Site, Source, SourceKind, Topic
from aggregator.publish.presentation import document_safe, feed_address, home_address, web_address
from aggregator.publish.wording import wording

if TYPE_CHECKING:
    from lxml.etree import _Element


def render_sources(site: Site, sources: Iterable[Source], topics: Sequence[Topic] = ()) -> bytes:
    """Give the sources that anyone may subscribe to as an OPML 2.0 subscription list (opml.org/spec2.opml).

    A source that feeds.yaml binds to topics stands in a folder of each. Left out are documents, pages, local files,
    sources with `public: false`, and addresses that hold a secret.
    """
    listed = [(source, address) for source in sources if (address := _public_address(source))]
    root, body = _document(site, wording(site.language)["sources_list"])
    for topic in topics:
        bound = [(source, address) for source, address in listed if topic.id in source.topics]
        if bound:
            title = _line(topic.title)
            folder = _outline(body, text=title, title=title)
            for source, address in bound:
                _add_source(folder, source, address)
    for source, address in listed:
        if not source.topics:
            _add_source(body, source, address)
    return _bytes(root, body, wording(site.language)["no_sources"])


def render_feeds(site: Site, feeds: Iterable[PublishedFeed]) -> bytes:
    """Give our own feeds as an OPML 2.0 subscription list, each in the first format that it is written in."""
    root, body = _document(site, wording(site.language)["feeds_list"])
    for feed in feeds:
        form = next((form for form in (Format.ATOM, Format.RSS, Format.JSON) if form in feed.formats), None)
        if form:
            title, address = _line(feed.title), feed_address(feed, form)
            home = home_address(feed)
            _outline(body, text=title, title=title, type="rss", xmlUrl=address, htmlUrl=home)
    return _bytes(root, body, wording(site.language)["no_feeds"])


def _document(site: Site, title: str) -> tuple[_Element, _Element]:
    from lxml import etree

    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = document_safe(f"{site.title} – {title}")
    etree.SubElement(head, "ownerName").text = document_safe(site.title)
    etree.SubElement(head, "ownerId").text = document_safe(site.url)
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    return root, etree.SubElement(root, "body")


def _add_source(parent: _Element, source: Source, address: str) -> None:
    name = _line(source.name)
    outline = _outline(parent, text=name, title=name, type="rss", xmlUrl=address)
    if home := web_address(document_safe(source.url)):
        outline.set("htmlUrl", home)


def _outline(parent: _Element, **attributes: str) -> _Element:
    outline = parent.makeelement("outline", attributes)
    parent.append(outline)
    return outline


def _bytes(root: _Element, body: _Element, nothing: str) -> bytes:
    from lxml import etree

    if not len(body):
        # The specification wants at least one outline.
        _outline(body, text=nothing, isComment="true")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _line(text: str) -> str:
    return " ".join(document_safe(text).split())


def _public_address(source: Source) -> str | None:
    if source.kind is not SourceKind.FEED or source.local or not source.public or "${" in source.address:
        return None
    address = web_address(document_safe(source.address))
    return address if address and "@" not in urlsplit(address).netloc else None
