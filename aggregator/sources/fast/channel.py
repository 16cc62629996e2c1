"""What do the feed itself and its items say, in RSS 2.0 or Atom 1.0?"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from aggregator.sources.fast import item, media, parts
from aggregator.sources.fast.document import ATOM, BASE, Document, UnusualError, attributes, language
from aggregator.sources.fast.parts import Told

__all__ = ["media", "read"]

_ITEMS = ("item", "entry")
_TEXT = frozenset({"ttl", "sy:updateperiod", "sy:updatefrequency"})
_UPDATED = frozenset({"updated", "lastbuilddate", "dc:date", "dcterms:modified"})
_DATED = frozenset({"pubdate", "published", "dcterms:issued", "dcterms:created"})
_SUMMARIES = frozenset({"summary", "itunes:summary", "description", "dc:description"})
_PASSED_OVER = frozenset(
    {
        *("generator", "subtitle", "webmaster", "managingeditor", "docs", "rating", "cloud", "category", "dc:subject"),
        *("icon", "logo", "itunes:image", "itunes:type", "itunes:complete", "itunes:keywords", "itunes:new-feed-url"),
        *(
            "media:copyright",
            "media:rating",
            "media:credit",
            "media:thumbnail",
            "media:keywords",
            "media:category",
            "itunes:link",
            *parts.UNREAD,
        ),
    }
)
_OF_IMAGE = frozenset({"title", "link", "url", "width", "height", "description"})
_OF_INPUT = frozenset({"title", "link", "description", "name"})
_OF_OWNER = frozenset({"itunes:name", "itunes:email"})
_OF_SCHEDULE = frozenset({"hour", "hours", "day", "days"})


def read(document: Document) -> Mapping[str, object]:
    """Give `version`, `feed` and `entries` as feedparser does; raises UnusualError where that is in doubt."""
    root = document.root
    spoken = language(root, None)
    document.enter(root)
    feed: Told = {"language": spoken.replace("_", "-")} if spoken else {}
    entries: list[Told] = []
    if root.tag == "rss" and root.attrib.get("version", "").startswith("2."):
        attributes(root, ("version", BASE))
        holder = _only_channel(root)
        attributes(holder)
        spoken = language(holder, spoken)
    elif root.tag == f"{{{ATOM}}}feed":
        attributes(root, (BASE,))
        holder = root
    else:
        raise UnusualError
    is_atom = holder is root
    _Channel(document, feed, entries, spoken, is_atom=is_atom).read(holder)
    return {"version": "atom10" if is_atom else "rss20", "feed": feed, "entries": entries}


def _only_channel(root: Element) -> Element:
    if len(root) != 1 or root[0].tag != "channel":
        raise UnusualError
    return root[0]


class _Channel:
    def __init__(
        self, document: Document, feed: Told, entries: list[Told], spoken: str | None, *, is_atom: bool
    ) -> None:
        self._document = document
        self._feed = feed
        self._entries = entries
        self._language = spoken
        self._is_atom = is_atom
        self._summed_up = False

    def read(self, holder: Element) -> None:
        names = self._document.names
        own = _ITEMS[self._is_atom]
        for child in holder:
            name = names[child.tag]
            if name == own:
                self._entries.append(item.read(self._document, child, self._language, is_atom=self._is_atom))
            elif name in _ITEMS:
                raise UnusualError
            else:
                self._element(name, child)

    def _element(self, name: str, element: Element) -> None:  # noqa: C901, PLR0912 (one line for each kind of element)
        document, feed = self._document, self._feed
        if name in ("title", "dc:title"):
            if "title" in feed:
                raise UnusualError
            self._plain(element)
            feed["title"] = document.text(element)
        elif name == "link":
            parts.link(document, feed, element, unescape=False)
        elif name == "id":
            parts.own_id(document, feed, element)
        elif name in _UPDATED:
            feed["updated"] = parts.date(document, element)
        elif name in _DATED:
            parts.date(document, element)
        elif name in ("language", "dc:language"):
            attributes(element)
            feed["language"] = document.text(element)
        elif name in _TEXT:
            if element.attrib:
                raise UnusualError
            feed[name.replace(":", "_")] = document.text(element)
        elif name in ("author", "dc:creator", "itunes:author"):
            parts.author(document, feed, element)
            parts.refuse_mixed(feed)
        elif name in _SUMMARIES:
            self._summary(name, element)
        elif name in ("skiphours", "skipdays"):
            self._leaves(element, _OF_SCHEDULE)
        elif name == "image" and not self._is_atom:
            self._image(element)
        elif name == "textinput":
            self._leaves(element, _OF_INPUT)
        elif name == "contributor":
            attributes(element)
            parts.contributor(document, element)
        elif name == "itunes:owner" and not self._is_atom:
            self._leaves(element, _OF_OWNER)
        elif name == "itunes:category":
            self._nested(element, 0)
        elif name in _PASSED_OVER:
            if len(element):
                raise UnusualError
            self._plain(element, *_UNREAD)
        else:
            parts.skip(name, element)

    def _summary(self, name: str, element: Element) -> None:
        """Pass over a description; once there is a summary, feedparser takes the next one for content."""
        if self._summed_up or len(element):
            raise UnusualError
        self._plain(element)
        self._summed_up = name in ("summary", "itunes:summary")

    def _plain(self, element: Element, *allowed: str) -> None:
        told = attributes(element, ("type", *allowed))
        if "type" in told and told["type"].lower() not in ("text", "html", "text/html", "text/plain"):
            raise UnusualError

    def _leaves(self, element: Element, names: frozenset[str]) -> None:
        """Pass over an element that holds only certain others, and those nothing but text."""
        if element.attrib:
            raise UnusualError
        for child in element:
            if self._document.names[child.tag] not in names or len(child) or child.attrib:
                raise UnusualError

    def _image(self, element: Element) -> None:
        self._leaves(element, _OF_IMAGE)
        for child in element:
            if child.tag in ("width", "height") and not (child.text or "").strip().isdecimal():
                raise UnusualError

    def _nested(self, element: Element, depth: int) -> None:
        attributes(element, ("text",))
        for child in element:
            if self._document.names[child.tag] != "itunes:category" or depth > 2:
                raise UnusualError
            self._nested(child, depth + 1)


_UNREAD = ("url", "uri", "href", "version", "domain", "term", "scheme", "label", "text", "port", "path", "rel")
