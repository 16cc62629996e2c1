"""What does Media RSS 1.5 add to an item?"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from aggregator.sources.fast import categories, item
from aggregator.sources.fast.document import UnusualError, attributes, leaf
from aggregator.sources.fast.parts import Item, Reader, Told

_FILE = ("url", "type", "medium", "fileSize", "length", "height", "width", "lang", "duration", "href")


def _group(entry: Item, element: Element, depth: int) -> None:
    """Read what is grouped as if it were not."""
    if depth != 1:
        raise UnusualError
    attributes(element)
    _children(entry, element, depth + 1)


def _content(entry: Item, element: Element, depth: int) -> None:
    told = attributes(element, _FILE)
    if "lang" in told and len(element):
        raise UnusualError
    detail: Told = {key.lower(): value for key, value in told.items()}
    if isinstance(kind := detail.get("type"), str):
        detail["type"] = kind.lower()
    _add(entry, "media_content", detail)
    _children(entry, element, depth + 1)


def _thumbnail(entry: Item, element: Element, _depth: int) -> None:
    told = attributes(element, ("url", "height", "width", "type", "href"))
    if len(element) or (element.text or "").strip():
        raise UnusualError
    _add(entry, "media_thumbnail", dict(told))


def _category(entry: Item, element: Element, _depth: int) -> None:
    told = attributes(element, ("term", "scheme", "domain", "label"))
    scheme = told.get("scheme", "http://search.yahoo.com/mrss/category_schema")
    categories.tag(entry, told.get("term"), scheme, told.get("label"), entry.document.text(element))


def _keywords(entry: Item, element: Element, _depth: int) -> None:
    categories.keywords(entry, element, None)


def _community(entry: Item, element: Element, _depth: int) -> None:
    """Pass over what readers think of it."""
    attributes(element)
    for child in element:
        leaf(child)
        if entry.document.names[child.tag] not in _OF_COMMUNITY:
            raise UnusualError


def _passed_over(_entry: Item, element: Element, _depth: int) -> None:
    leaf(element)


def _children(entry: Item, element: Element, depth: int) -> None:
    for child in element:
        reader = _READERS.get(entry.document.names[child.tag])
        if reader is None or depth > 3:
            raise UnusualError
        reader(entry, child, depth)


def _add(entry: Item, key: str, detail: Told) -> None:
    found = entry.entry.setdefault(key, [])
    if isinstance(found, list):
        found.append(detail)


_OF_COMMUNITY = frozenset({"media:starrating", "media:statistics", "media:tags"})
_READERS: dict[str, Reader] = {
    "media:group": _group,
    "media:content": _content,
    "media:thumbnail": _thumbnail,
    "media:title": item.media_title,
    "media:description": item.html,
    "media:category": _category,
    "media:keywords": _keywords,
    "media:community": _community,
    **dict.fromkeys(["media:credit", "media:copyright", "media:rating", "media:text", "media:hash"], _passed_over),
}
item.READERS.update(_READERS)
