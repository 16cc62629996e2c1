"""Which categories does an item have?

feedparser builds a category from the attributes of its element, then from its text, so that a text may complete the
category before it.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from aggregator.sources.fast.document import UnusualError, attributes
from aggregator.sources.fast.parts import Item, Told

_CATEGORY = ("term", "scheme", "domain", "label")
_MOST_TAGS = 500


def category(item: Item, element: Element, _depth: int) -> None:
    """Read a category as Atom or as RSS writes it."""
    told = attributes(element, _CATEGORY)
    tag(item, told.get("term"), told.get("scheme", told.get("domain")), told.get("label"), item.document.text(element))


def tag(item: Item, term: str | None, scheme: str | None, label: str | None, text: str) -> None:
    """Add a category with what its attributes say, then what its text says."""
    tags = item.entry.setdefault("tags", [])
    if not isinstance(tags, list) or len(tags) > _MOST_TAGS:
        raise UnusualError
    if term or scheme or label:
        _add_tag(tags, {"term": term, "scheme": scheme, "label": label})
    if not text:
        return
    if tags and not tags[-1]["term"]:
        tags[-1]["term"] = text
    else:
        _add_tag(tags, {"term": text, "scheme": None, "label": None})


def _add_tag(tags: list[Told], told: Told) -> None:
    if told not in tags:
        tags.append(told)


def itunes_category(item: Item, element: Element, _depth: int) -> None:
    """Read a category of a podcast, which is an attribute."""
    told = attributes(element, ("text",))
    tag(item, told.get("text"), "http://www.itunes.com/", None, item.document.text(element))


def itunes_keywords(item: Item, element: Element, _depth: int) -> None:
    """Read the keywords of a podcast."""
    keywords(item, element, "http://www.itunes.com/")


def keywords(item: Item, element: Element, scheme: str | None) -> None:
    """Read a list of words that commas part."""
    if element.attrib:
        raise UnusualError
    for term in item.document.text(element).split(","):
        if term.strip():
            tags = item.entry.setdefault("tags", [])
            if not isinstance(tags, list) or len(tags) > _MOST_TAGS:
                raise UnusualError
            _add_tag(tags, {"term": term.strip(), "scheme": scheme, "label": None})
