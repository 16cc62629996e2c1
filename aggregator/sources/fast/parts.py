"""How are the elements read that a feed and its items have in common?

Each reader puts what it reads into the mapping of the feed or the item that it is given, as feedparser does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element

from aggregator.sources.fast.document import Document, UnusualError, attributes, leaf

Told = dict[str, object]
NO_TITLE = -1

_HTML_KINDS = ("text/html", "html", "xhtml", "application/xhtml+xml")
_UNHEEDED_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")
# What feedparser's own parsers of dates are known to survive; `dates` tells what it means.
_DATE = re.compile(r"[0-9A-Za-zÄÖÜäöüß ,.:/+|()-]{0,80}")
_LINK = ("href", "rel", "type", "title", "length")
_PERSON = {"name": "name", "uri": "href", "url": "href", "homepage": "href", "email": "email"}
# Namespaces of which some elements mean something to feedparser: they are in READERS, or unusual.
_HANDLED = frozenset(
    {"cc", "creativecommons", "content", "georss", "gml", "itunes", "media", "rdf", "xhtml", "dc", "dcterms", "psc"}
)
# What neither we nor others read: it does not change how the rest is read.
UNREAD = (
    *("rights", "copyright", "dc:rights", "dc:language", "dc:publisher", "dc:identifier", "dc:type", "dc:format"),
    *("dc:contributor", "dc:source", "dc:coverage", "dc:relation", "dcterms:spatial", "site", "post-id"),
    *("georss:featurename", "georss:featuretypetag", "georss:relationshiptag", "georss:elev", "georss:radius"),
    *("itunes:duration", "itunes:episode", "itunes:episodetype", "itunes:season", "itunes:order", "itunes:explicit"),
    *("itunes:block", "itunes:isclosedcaptioned", "itunes:title", "itunes:subtitle", "creativecommons:license"),
)


class Item:
    """The mapping that one item becomes, and what feedparser remembers while it reads one."""

    __slots__ = ("document", "entry", "has_content", "is_atom", "language", "outer", "title_depth", "title_level")

    def __init__(self, document: Document, inherited: str | None, *, is_atom: bool) -> None:
        self.document = document
        self.language = inherited
        self.is_atom = is_atom
        # The base of what stands in it.
        self.outer = document.base
        self.entry: Told = {}
        self.has_content = False
        # How deep the last title stood that counts, and the one that is kept; an item's own is at 1.
        self.title_depth = NO_TITLE
        self.title_level = 0


Reader = Callable[[Item, Element, int], None]


def skip(name: str, element: Element) -> None:
    """Pass over an element of a foreign namespace, which holds no others."""
    leaf(element)
    if name.partition(":")[0] in _HANDLED or ":" not in name:
        raise UnusualError


def link(document: Document, holder: Told, element: Element, *, unescape: bool) -> None:
    """Read a link as Atom or as RSS writes it; the last one to a page is the holder's."""
    told = attributes(element, _LINK)
    detail: dict[str, object] = {key: told[key] for key in ("title", "length") if key in told}
    detail["rel"] = rel = told.get("rel", "alternate").lower()
    default = "application/atom+xml" if rel == "self" else "text/html"
    detail["type"] = kind = told.get("type", default).lower()
    links = holder.setdefault("links", [])
    if not isinstance(links, list):
        raise UnusualError
    links.append(detail)
    href = told.get("href")
    if href is not None:
        detail["href"] = target = document.resolved(href)
        if rel == "alternate" and kind in _HTML_KINDS:
            holder["link"] = target
        return
    target = address(document, element)
    if "&" in target:
        target = _UNHEEDED_REFERENCE.sub(r"&\1", target.replace("&amp;", "&") if unescape else target)
    holder["link"] = target
    if target or not unescape:
        detail["href"] = target


def own_id(document: Document, holder: Told, element: Element) -> None:
    """Read a guid or an Atom id: where it may be a link, it is one as long as there is no other."""
    told = attributes(element, ("isPermaLink",))
    is_link = told.get("isPermaLink", "true") == "true"
    holder["id"] = value = address(document, element) if is_link else document.text(element)
    holder.setdefault("guidislink", is_link and "link" not in holder)
    if is_link:
        holder.setdefault("link", value)


def date(document: Document, element: Element) -> str:
    """Read a date of a common shape."""
    attributes(element)
    text = document.text(element)
    if not _DATE.fullmatch(text):
        raise UnusualError
    return text


def author(document: Document, holder: Told, element: Element) -> None:
    """Read an author, named by a text or by Atom's elements (RFC 4287 section 3.2)."""
    attributes(element)
    authors = holder.setdefault("authors", [])
    if not isinstance(authors, list):
        raise UnusualError
    if len(element):
        authors.append(_person(document, holder, element))
        return
    name = document.text(element)
    holder["author"] = name
    person: Told = {"name": name} if name else {}
    authors.append(person)
    if person:
        # The same mapping, as with feedparser: what Atom's elements say of a later author they say of this one.
        holder.setdefault("author_detail", person)


def refuse_mixed(holder: Told) -> None:
    """Leave it to feedparser to part names from mail addresses where there are several authors."""
    told = holder.get("authors")
    if isinstance(told, list) and len(told) > 1 and any("@" in f"{one.get('name')}{one.get('email')}" for one in told):
        raise UnusualError


def contributor(document: Document, element: Element) -> None:
    """Pass over a contributor and what is said of it."""
    for child in element:
        attributes(child)
        if len(child) or document.names[child.tag] not in _PERSON:
            raise UnusualError


def _person(document: Document, holder: Told, element: Element) -> Told:
    person: dict[str, str] = {}
    before = str(holder.get("author", ""))
    if (element.text or "").strip():
        raise UnusualError
    for child in element:
        if (child.tail or "").strip():
            raise UnusualError
        key = _PERSON.get(document.names[child.tag])
        if key is None:
            skip(document.names[child.tag], child)
            # feedparser takes what syndication says here for the feed's own.
            if (child.attrib and (child.text or "").strip()) or document.names[child.tag].startswith("sy:"):
                raise UnusualError
            continue
        attributes(child)
        if key in person or len(child):
            raise UnusualError
        person[key] = address(document, child) if key == "href" else (child.text or "").strip()
        detail = holder.setdefault("author_detail", {})
        if isinstance(detail, dict):
            detail[key] = person[key]
    name, email = person.get("name"), person.get("email")
    if (before and name is None) or ("@" in before and email is None):
        # feedparser completes it with what it knows of the author before.
        raise UnusualError
    holder["author"] = f"{name} ({email})" if name and email else name or email or ""
    return dict(person)


def address(document: Document, element: Element) -> str:
    """Read a text that is an address, resolved against xml:base unless it is empty."""
    if len(element):
        raise UnusualError
    text = (element.text or "").strip()
    return document.mended(document.resolved(text) if text else text)
