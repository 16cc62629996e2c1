"""Which elements does a document hold, and what are they called, if it can be read without any doubt?

Names are those that feedparser uses: `dc:creator`, whatever prefix a document has for Dublin Core, in lower case; what
belongs to no namespace, or to Atom's, has no prefix.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
BASE = "{http://www.w3.org/XML/1998/namespace}base"
ATOM = "http://www.w3.org/2005/Atom"

# The namespaces that feedparser knows by their addresses, whatever a document's prefix; in lower case.
NAMESPACES = {
    "http://www.w3.org/2005/atom": "",
    "http://webns.net/mvcb/": "admin",
    "http://purl.org/rss/1.0/modules/aggregation/": "ag",
    "http://backend.userland.com/blogchannelmodule": "blogChannel",
    "http://web.resource.org/cc/": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "creativeCommons",
    "http://backend.userland.com/creativecommonsrssmodule": "creativeCommons",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://xmlns.com/foaf/0.1/": "foaf",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.georss.org/georss": "georss",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://search.yahoo.com/mrss": "media",
    "http://search.yahoo.com/mrss/": "media",
    "http://podlove.org/simple-chapters": "psc",
    "http://madskills.com/public/xml/rss/module/pingback/": "pingback",
    "http://prismstandard.org/namespaces/1.2/basic/": "prism",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/rss/1.0/modules/taxonomy/": "taxo",
    "http://purl.org/rss/1.0/modules/threading/": "thr",
    "http://madskills.com/public/xml/rss/module/trackback/": "trackback",
    "http://wellformedweb.org/commentapi/": "wfw",
    "http://www.w3.org/1999/xhtml": "xhtml",
}
# Those of its namespaces that no plain feed of today declares, or that change how others are read.
REFUSED = frozenset(
    {
        "http://backend.userland.com/rss",
        "http://blogs.law.harvard.edu/tech/rss",
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://example.com/newformat#",
        "http://example.com/necho",
        "http://purl.org/echo/",
        "uri/of/echo/namespace#",
        "http://purl.org/pie/",
        "http://purl.org/atom/ns#",
        "http://purl.org/rss/1.0/modules/rss091#",
        "http://purl.org/rss/1.0/modules/annotate/",
        "http://media.tangent.org/rss/1.0/",
        "http://creativecommons.org/ns#license",
        "http://purl.org/rss/1.0/modules/company",
        "http://my.theinfo.org/changed/1.0/rss/",
        "http://purl.org/rss/1.0/modules/email/",
        "http://purl.org/rss/1.0/modules/event/",
        "http://freshmeat.net/rss/fm/",
        "http://www.opengis.net/gml",
        "http://postneo.com/icbm/",
        "http://purl.org/rss/1.0/modules/image/",
        "http://example.com/dtds/podcast-1.0.dtd",
        "http://purl.org/rss/1.0/modules/link/",
        "http://www.w3.org/2000/01/rdf-schema#",
        "http://purl.org/rss/1.0/modules/reference/",
        "http://purl.org/rss/1.0/modules/richequiv/",
        "http://purl.org/rss/1.0/modules/search/",
        "http://schemas.xmlsoap.org/soap/envelope/",
        "http://purl.org/rss/1.0/modules/servicestatus/",
        "http://hacks.benhammersley.com/rss/streaming/",
        "http://purl.org/rss/1.0/modules/subscription/",
        "http://schemas.pocketsoap.com/rss/mydescmodule/",
        "http://purl.org/rss/1.0/modules/textinput/",
        "http://purl.org/rss/1.0/modules/wiki/",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/xml/1998/namespace",
    }
)
# With these an element of a foreign namespace could pass for something else that feedparser tells.
_MISTAKABLE = frozenset({"title", "summary", "xml", "xmlns"})
_FOREIGN_PREFIX = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]{0,30})?")
_FOREIGN = re.compile(r"[!-~]{1,300}")
# Every attribute that feedparser heeds on any element; by their local names, since it forgets foreign namespaces.
_HEEDED = frozenset(
    "about base chapters content domain end filesize height href ispermalink label lang lastmod length medium mode rel "
    "resource scheme src srsdimension srsname start term text title type uri url version width xmlns".split()
)

_DECLARATION = re.compile(rb"<\?xml[^>]*?>")
_ENCODING = re.compile(rb"<\?.*encoding=['\"](.*?)['\"].*\?>")
_LEGACY = frozenset(
    {"us-ascii", "ascii", "latin-1", "latin1", "koi8-r", "euc-kr", "big5"}
    | {f"iso-8859-{part}" for part in (*range(1, 11), 13, 14, 15, 16)}
    | {f"windows-{page}" for page in range(1250, 1259)}
)
_UTF_8 = ("utf-8", "utf8")
_UTF_8_MARK = b"\xef\xbb\xbf"
_MOST_BYTES = 20_000_000
_MOST_TAGS = 500_000
# Controls that feedparser takes for Windows-1252, as they are or as references.
_C1_BYTES = re.compile(rb"\xc2[\x80-\x9f]")
_C1_REFERENCE = re.compile(rb"&#(?:0*1[2-5]\d|[xX]0*[89])")
_C1 = re.compile("[\x80-\x9f]")
_WINDOWS_1252 = {code: told for code in range(0x80, 0xA0) if (told := bytes([code]).decode("windows-1252", "ignore"))}
# UTF-8 that was taken for Latin-1 shows at the first letter that is not ASCII.
_PERHAPS_UTF_8 = re.compile("[\x00-\x7f]*+[\xc2-\xf4][\x80-\xbf]")
_TOO_MANY_SLASHES = ":///"


class UnusualError(Exception):
    """Something in a document is not plain: feedparser is to read it."""


class Document:
    """The tree of a document and how to read it: `name`, `text` and the like raise UnusualError at any doubt."""

    def __init__(self, body: bytes, charset: str | None) -> None:
        source = _source(body, charset)
        self._careful = bool(_C1_BYTES.search(source) or (b"&#" in source and _C1_REFERENCE.search(source)))
        self.root, prefixes = _tree(source)
        self.names = _Names(prefixes)
        self.base = ""

    def text(self, element: Element) -> str:
        """Give the text of an element that holds nothing else, trimmed."""
        if len(element):
            raise UnusualError
        return self.mended((element.text or "").strip())

    def mended(self, text: str) -> str:
        """Undo an encoding too many (UTF-8 that was taken for Latin-1), as feedparser does."""
        if text.isascii():
            return text
        if _PERHAPS_UTF_8.match(text):
            with contextlib.suppress(UnicodeError):
                text = text.encode("latin-1").decode("utf-8")
        elif not self._careful:
            return text
        return text.translate(_WINDOWS_1252) if _C1.search(text) else text

    def enter(self, element: Element) -> None:
        """Heed the xml:base of an element."""
        told = element.attrib.get(BASE)
        if told:
            self.base = _base(self.base, told)

    def leave(self, outer: str) -> None:
        """Go back to the base of the element around it; feedparser does not where that has none."""
        self.base = outer or self.base

    def resolved(self, address: str) -> str:
        """Resolve a link against xml:base; it stays as it is where there is none."""
        if _TOO_MANY_SLASHES in address:
            raise UnusualError
        if not self.base:
            return address
        try:
            return urljoin(self.base, address)
        except ValueError:
            return ""


def attributes(element: Element, allowed: Collection[str] = ()) -> dict[str, str]:
    """Give the attributes of an element; of those that mean something, only the allowed ones may be there."""
    told = element.attrib
    for key in told:
        if key not in allowed and key != LANGUAGE and key.rpartition("}")[2].lower() in _HEEDED:
            raise UnusualError
    return told


def leaf(element: Element) -> None:
    """See that an element that is passed over holds no others, and changes no base for what follows."""
    if len(element) or any(key.rpartition("}")[2].lower() == "base" for key in element.attrib):
        raise UnusualError


def language(element: Element, inherited: str | None) -> str | None:
    """Read xml:lang (XML 1.0 section 2.12): an empty one ends the inheritance."""
    told = element.attrib.get(LANGUAGE)
    return inherited if told is None else told or None


class _Names(dict[str, str]):
    """Tags of the tree -> names: a namespace's usual prefix, a colon and the local name in lower case."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        super().__init__()
        self._prefixes = prefixes

    def __missing__(self, tag: str) -> str:
        namespace, _, local = tag.rpartition("}")
        prefix = self._prefixes[namespace[1:]] if namespace else ""
        name = self[tag] = f"{prefix}:{local}".lower() if prefix else local.lower()
        return name


def _source(body: bytes, charset: str | None) -> bytes:
    """Give a document as UTF-8 with a declaration that says so, decoded as feedparser would."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or len(body) > _MOST_BYTES or body.count(b"<") > _MOST_TAGS:
        raise UnusualError
    marked = body.startswith(_UTF_8_MARK)
    body = body.removeprefix(_UTF_8_MARK)
    told = _ENCODING.match(body)
    declared = told[1].decode("latin-1").lower() if told else ""
    encoding = (charset or declared or "utf-8").lower()
    if declared and not body.isascii() and not _fits(body, encoding):
        encoding = declared
    if encoding not in _UTF_8 and (marked or encoding not in _LEGACY):
        raise UnusualError
    if encoding not in _UTF_8 and not body.isascii():
        if not _fits(body, encoding):
            raise UnusualError
        body = body.decode(encoding).encode()
    declaration = _DECLARATION.match(body)
    return b"<?xml version='1.0' encoding='utf-8'?>" + (body[declaration.end() :] if declaration else b"\n" + body)


def _fits(body: bytes, encoding: str) -> bool:
    if encoding not in _UTF_8 and encoding not in _LEGACY:
        raise UnusualError
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _tree(source: bytes) -> tuple[Element, dict[str, str]]:
    """Parse with expat, which is feedparser's parser, too; give the root, and namespaces with their prefixes.

    A prefix means the same wherever it is declared, and a namespace has one prefix only: else names were ambiguous.
    """
    parser: XMLPullParser[Element] = XMLPullParser(("start", "start-ns"))
    parser.feed(source)
    root: Element | None = None
    prefixes: dict[str, str] = {}
    meanings: dict[str, str] = {}
    try:
        parser.close()
        events: Iterator[tuple[str, Any]] = parser.read_events()  # type: ignore[assignment]
        for event, value in events:
            if event == "start-ns":
                _declare(value[0] or "", value[1], prefixes, meanings)
            elif root is None:
                root = value
    except ParseError:
        raise UnusualError from None
    if root is None:
        raise UnusualError
    _check(prefixes, meanings)
    return root, prefixes


def _declare(prefix: str, namespace: str, prefixes: dict[str, str], meanings: dict[str, str]) -> None:
    folded = namespace.lower()
    if not namespace:
        return
    if prefix and meanings.setdefault(prefix.lower(), namespace) != namespace:
        raise UnusualError
    known = NAMESPACES.get(folded)
    if known is None:
        if folded in REFUSED or "backend.userland.com/rss" in folded or prefix.lower() in _MISTAKABLE:
            raise UnusualError
        if not (_FOREIGN_PREFIX.fullmatch(prefix) and _FOREIGN.fullmatch(namespace)):
            raise UnusualError
        known = prefix
    if prefixes.setdefault(namespace, known.lower()) != known.lower():
        raise UnusualError


def _check(prefixes: dict[str, str], meanings: dict[str, str]) -> None:
    """See that no two namespaces go by one name, and that no prefix is the name of another namespace."""
    names = {name: namespace for namespace, name in prefixes.items() if name}
    if len(names) < sum(bool(name) for name in prefixes.values()):
        raise UnusualError
    if any(names.get(prefix, namespace) != namespace for prefix, namespace in meanings.items()):
        raise UnusualError


def _base(outer: str, told: str) -> str:
    """Give an xml:base that feedparser would use as it is."""
    try:
        base = urljoin(outer, told)
        usable = base.startswith(("http://", "https://")) and urljoin(base, base) == base
    except ValueError:
        usable = False
    if not usable or _TOO_MANY_SLASHES in told or _TOO_MANY_SLASHES in base:
        raise UnusualError
    return base
