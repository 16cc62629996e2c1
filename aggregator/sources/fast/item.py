"""What does an item of RSS 2.0, or an entry of Atom 1.0, say?

`READERS` has a reader for each element that may stand in one; what is in a foreign namespace and holds no elements
is passed over. Repeated elements are kept or dropped as feedparser does: so the order counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from aggregator.sources.fast import categories, inline, parts
from aggregator.sources.fast.document import BASE, Document, UnusualError, attributes, language
from aggregator.sources.fast.parts import NO_TITLE, Item, Reader, Told

_KINDS = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
    "xhtml": "application/xhtml+xml",
    "application/xhtml+xml": "application/xhtml+xml",
}
# With one of these feedparser considers whether a plain text of RSS is HTML.
_PERHAPS_HTML = re.compile(r"</\w|&#?\w")
_BASE = (BASE,)
_TYPE = ("type", BASE)
_SOURCE = ("type", "src", BASE)
_PLACE = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?(?:[ ,]+-?\d{1,3}(?:\.\d{1,20})?){1,3}", re.ASCII)


def read(document: Document, element: Element, inherited: str | None, *, is_atom: bool) -> Told:
    """Give what feedparser would of one item; raises UnusualError where that is in doubt."""
    outer = document.base
    if element.attrib:
        attributes(element, _BASE)
        inherited = language(element, inherited)
        document.enter(element)
    item = Item(document, inherited, is_atom=is_atom)
    names = document.names
    for child in element:
        reader = READERS.get(names[child.tag])
        if reader is None:
            parts.skip(names[child.tag], child)
        else:
            reader(item, child, 1)
    parts.refuse_mixed(item.entry)
    document.leave(outer)
    return item.entry


def passed_over(_item: Item, element: Element, _depth: int) -> None:
    """Pass over an element that says nothing we keep, and holds no others."""
    attributes(element)
    if len(element):
        raise UnusualError


def _title(item: Item, element: Element, depth: int) -> None:
    value = _titled(item, element, depth)
    if value:
        item.title_depth = depth


def media_title(item: Item, element: Element, depth: int) -> None:
    """Read a title of Media RSS: it is the item's as long as that has none."""
    _titled(item, element, depth)


def _titled(item: Item, element: Element, depth: int) -> str:
    if _kind(attributes(element, _TYPE), "text/plain") == "application/xhtml+xml":
        raise UnusualError
    item.document.enter(element)
    value = item.document.text(element)
    if not NO_TITLE < item.title_depth <= depth:
        if not item.title_level or depth <= item.title_level:
            item.entry["title"] = value
            item.title_level = depth
        item.entry["title_detail"] = {"language": _language(item, element), "base": item.document.base}
    item.document.leave(item.outer)
    return value


def _link(item: Item, element: Element, _depth: int) -> None:
    parts.link(item.document, item.entry, element, unescape=True)


def _id(item: Item, element: Element, _depth: int) -> None:
    parts.own_id(item.document, item.entry, element)


def _published(item: Item, element: Element, _depth: int) -> None:
    item.entry["published"] = parts.date(item.document, element)


def _updated(item: Item, element: Element, _depth: int) -> None:
    item.entry["updated"] = parts.date(item.document, element)


def _created(item: Item, element: Element, _depth: int) -> None:
    parts.date(item.document, element)


def _author(item: Item, element: Element, _depth: int) -> None:
    parts.author(item.document, item.entry, element)


def _comments(item: Item, element: Element, _depth: int) -> None:
    if element.attrib:
        raise UnusualError
    item.entry["comments"] = parts.address(item.document, element)


def _contributor(item: Item, element: Element, _depth: int) -> None:
    attributes(element)
    parts.contributor(item.document, element)


def html(item: Item, element: Element, _depth: int) -> None:
    """Read a description, of whatever module."""
    _summary(item, element, "text/html")


def plain(item: Item, element: Element, _depth: int) -> None:
    """Read a summary, of whatever module."""
    _summary(item, element, "text/plain")


def _summary(item: Item, element: Element, default: str) -> None:
    """Read a short text. A second one, where there is no content yet, is the content."""
    if "summary_detail" in item.entry and not item.has_content:
        item.has_content = True
        _add_content(item, _detail(item, element, "text/plain"))
    else:
        item.entry["summary_detail"] = _detail(item, element, default)


def _content(item: Item, element: Element, _depth: int) -> None:
    item.has_content = True
    _add_content(item, _detail(item, element, "text/plain"))


def _encoded(item: Item, element: Element, _depth: int) -> None:
    item.has_content = True
    _add_content(item, _detail(item, element, "text/html"))


def _add_content(item: Item, detail: Told) -> None:
    contents = item.entry.setdefault("content", [])
    if isinstance(contents, list):
        contents.append(detail)


def _detail(item: Item, element: Element, default: str) -> Told:
    document = item.document
    kind = _kind(attributes(element, _SOURCE), default)
    document.enter(element)
    if kind == "application/xhtml+xml":
        if not item.is_atom:
            raise UnusualError
        value = document.mended(inline.markup(element, document.names))
    else:
        value = document.text(element)
        if kind == "text/plain" and not item.is_atom and _PERHAPS_HTML.search(value):
            raise UnusualError
    detail: Told = {"type": kind, "language": _language(item, element), "base": document.base, "value": value}
    document.leave(item.outer)
    return detail


def _kind(told: Mapping[str, str], default: str) -> str:
    kind = told.get("type")
    if kind is None:
        return default
    found = _KINDS.get(kind.lower())
    if found is None:
        raise UnusualError
    return found


def _language(item: Item, element: Element) -> str | None:
    told = language(element, item.language) if element.attrib else item.language
    return told.replace("_", "-") if told else told


def _itunes_image(item: Item, element: Element, _depth: int) -> None:
    told = attributes(element, ("href", "url"))
    address = told.get("href") or told.get("url")
    if len(element):
        raise UnusualError
    if address:
        item.entry["image"] = {"href": address}


def _enclosure(item: Item, element: Element, _depth: int) -> None:
    told = attributes(element, ("url", "href", "uri", "type", "length", "title", "rel"))
    detail: Told = {key: told[key] for key in ("type", "length", "title") if key in told}
    href = told.get("url", told.get("uri", told.get("href")))
    if len(element):
        raise UnusualError
    if isinstance(kind := detail.get("type"), str):
        detail["type"] = kind.lower()
    if href:
        detail["href"] = href
    elif "href" in told:
        raise UnusualError
    links = item.entry.setdefault("links", [])
    if isinstance(links, list):
        links.append({**detail, "rel": "enclosure"})


def _source(item: Item, element: Element, _depth: int) -> None:
    """Read the source of RSS 2.0, which is a name and the address of a feed."""
    told = attributes(element, ("url",))
    title = item.document.text(element)
    source: Told = {}
    if "url" in told:
        source["href"] = told["url"]
    if title:
        source["title"] = title
    item.title_depth = NO_TITLE
    item.entry["source"] = source


def _image(item: Item, element: Element, _depth: int) -> None:
    """Pass over an image of RSS, which belongs into the channel."""
    passed_over(item, element, 1)
    item.title_depth = NO_TITLE


def _place(_item: Item, element: Element, _depth: int) -> None:
    """Pass over a place (GeoRSS)."""
    if element.attrib or len(element) or not _PLACE.fullmatch((element.text or "").strip()):
        raise UnusualError


def _chapters(_item: Item, element: Element, _depth: int) -> None:
    """Pass over the chapters of an episode (Podlove Simple Chapters)."""
    attributes(element, ("version",))
    for child in element:
        attributes(child, ("start", "title", "href"))
        if not child.tag.lower().endswith("}chapter") or len(child) or "start" not in child.attrib:
            raise UnusualError


READERS: dict[str, Reader] = {
    "title": _title,
    "dc:title": _title,
    "link": _link,
    "id": _id,
    "guid": _id,
    "pubdate": _published,
    "published": _published,
    "dcterms:issued": _published,
    "updated": _updated,
    "dc:date": _updated,
    "dcterms:modified": _updated,
    "dcterms:created": _created,
    "author": _author,
    "dc:creator": _author,
    "dc:author": _author,
    "itunes:author": _author,
    "contributor": _contributor,
    "description": html,
    "dc:description": html,
    "summary": plain,
    "itunes:summary": plain,
    "content": _content,
    "content:encoded": _encoded,
    "category": categories.category,
    "dc:subject": categories.category,
    "itunes:category": categories.itunes_category,
    "itunes:keywords": categories.itunes_keywords,
    "itunes:image": _itunes_image,
    "enclosure": _enclosure,
    "source": _source,
    "comments": _comments,
    "image": _image,
    "georss:point": _place,
    "georss:box": _place,
    "psc:chapters": _chapters,
    **dict.fromkeys(parts.UNREAD, passed_over),
}
