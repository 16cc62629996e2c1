"""What are these bytes: a feed, JSON, a web page, or nothing that can be read?

The answer comes from the bytes alone. Servers send feeds as `text/html`, and error pages with status 200 as feeds.
"""

from __future__ import annotations

import html
import re

from msgspec import Struct

from aggregator.errors import SourceError
from aggregator.sources import discovery
from aggregator.text import one_line, printable

# An Atom entry may stand alone (RFC 4287 section 2).
FEED_ROOTS = frozenset({"rss", "feed", "rdf", "entry"})

_PAGE_ROOTS = frozenset(
    {"html", "head", "body", "script", "style", "meta", "title", "div", "p", "h1", "h2", "br", "center", "b"}
    | {"table", "link", "span", "main", "section", "header", "form", "iframe", "noscript"}
)
_NAME = re.compile(r"<((?:[\w.-]{1,40}:)?([\w.-]{1,40}))")
_OPENING = re.compile(r"<(?:!--|[!?]|(?=[\w.-]))")
_CLOSINGS = {"<!--": "-->", "<?": "?>", "<!": ">"}
_MOST_BEFORE = 10_000
_DOCTYPE_HTML = re.compile(r"<!doctype\s+html\b", re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
_FEED_START = re.compile(r"(?:<\?xml\s[^<>]{0,200}\?>\s{0,20})?<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
# A feed within a page: no page has such an element otherwise, so it was pasted, or laid around it by a template.
_PASTED = re.compile(r"""<(?:[\w.-]{1,40}:)?feed\s[^<>]{0,500}["']http://www\.w3\.org/2005/Atom["']""")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<>]{0,500})", re.IGNORECASE)
_PAGE_HEAD = 300_000
_MOST_NAMED = 5


class Markup(Struct, frozen=True, kw_only=True):
    """A document of tags as text that can be searched: `text.encode(codec)` gives the bytes again.

    `start` is where the feed begins, after what a broken server put before it; `root` is the qualified name of its
    first element.
    """

    text: str
    codec: str
    root: str
    start: int

    @property
    def kind(self) -> str:
        """The root's name without its prefix, in lower case."""
        return self.root.rpartition(":")[2].lower()


def is_empty(body: bytes) -> bool:
    """Say whether there is nothing but blanks and a byte order mark."""
    return not body.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x0b\x0c")


def is_json(body: bytes) -> bool:
    """Say whether the first thing that is no blank opens an object or an array."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def is_text(body: bytes) -> bool:
    """Say whether these bytes are neither JSON nor a document of tags."""
    return not is_json(body) and _first_element(_view(body)[0]) is None


def feed_markup(body: bytes, url: str | None) -> Markup:
    """Find the feed in a document of tags.

    Raises `SourceError`: `html` for a web page, with its title and the feeds that it names; `not-a-feed` for all
    else, and for a document that declares entities of its own (expanding them has no bound).
    """
    text, codec = _view(body)
    first = _first_element(text)
    kind = first[2].lower() if first else ""
    is_page = bool(_DOCTYPE_HTML.search(text, 0, first.start() if first else 0)) or kind in ("html", "head")
    if first and kind in FEED_ROOTS:
        # Some servers put the doctype of their pages before everything.
        start = 0
    elif kind in _PAGE_ROOTS and (buried := (_PASTED if is_page else _FEED_START).search(text)):
        start = buried.start()
        first = _NAME.search(text, text.rindex("<", 0, buried.end()))
    elif is_page or kind in _PAGE_ROOTS:
        raise SourceError("html", _page(body, url))
    else:
        raise SourceError("not-a-feed", _other(text, first))
    if "<!DOCTYPE" in text[: first.start() if first else 0].upper() and _ENTITY.search(text):
        raise SourceError("not-a-feed", "the document declares entities of its own (<!ENTITY), which is not read")
    return Markup(text=text, codec=codec, root=first[1] if first else "", start=start)


def _view(body: bytes) -> tuple[str, str]:
    """Decode so that tags can be found and the bytes made again; Latin-1 fits every superset of ASCII."""
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if body.startswith(mark) or body[:2] == "<".encode(codec):
            return body.decode(codec, "replace"), codec
    return body.decode("latin-1"), "latin-1"


def _first_element(text: str) -> re.Match[str] | None:
    """Find the first element, past comments, instructions and declarations; None where there is none."""
    end = 0
    for _ in range(_MOST_BEFORE):
        opening = _OPENING.search(text, end)
        if opening is None:
            return None
        if opening[0] == "<":
            return _NAME.match(text, opening.start())
        start, closing = opening.start(), _CLOSINGS[opening[0]]
        end = text.find(closing, opening.end())
        if opening[0] == "<!" and "[" in text[start:end]:
            end = text.find("]", start)
        if end < 0:
            return None
    return None


_LOGIN = re.compile(r"""<input\b[^<>]{0,300}\btype\s{0,5}=\s{0,5}["']?password\b""", re.IGNORECASE)
_CONSENT = re.compile(
    r"""<(?:form|iframe|div|body|main)\b[^<>]{0,300}\b(?:id|class|action|src)\s{0,5}=\s{0,5}["'][^"'<>]{0,200}consent""",
    re.IGNORECASE,
)


def _page(body: bytes, url: str | None) -> str:
    """Describe a web page for the operator, with the feeds that it names."""
    head = body[:_PAGE_HEAD].decode("utf-8", "replace")
    title = _TITLE.search(head)
    named = f"“{printable(html.unescape(title[1]), 120)}”" if title and one_line(title[1]) else "without a title"
    feeds = [feed.url for feed in discovery.find(body, url)][:_MOST_NAMED]
    if feeds:
        return f"this is a web page {named}, not a feed; it names these feeds: {', '.join(feeds)}"
    if _LOGIN.search(head):
        return f"this is a login page {named}, not a feed: it asks for a password"
    if _CONSENT.search(head):
        return f"this is a consent page {named}, not a feed: it asks for agreement first"
    return f"this is a web page {named}, not a feed, and it names none (an error page?)"


def _other(text: str, first: re.Match[str] | None) -> str:
    if first:
        return f"this is XML, but no feed: its first element is <{printable(first[1], 60)}>"
    return f"this is neither XML nor JSON; it begins with “{printable(text[:200], 60)}”"
