"""How is a captured page, kept as plain text, read into entries?

The grammar of the text is in `grammar.py`; here are the bytes before it, the entries and the report after it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from html import escape

from aggregator.errors import SourceError
from aggregator.model import Author, Context, Entry, Precision, Reading, Trust
from aggregator.sources import encoding
from aggregator.sources.dates import FUTURE, OLDEST, noon
from aggregator.sources.document.grammar import Document, Item, ItemType, Line, Section, read
from aggregator.text import fold, one_line, printable, xml_safe

__all__ = ["Document", "Item", "ItemType", "Line", "Section", "parse", "read"]

_MOST_BYTES = 1 << 20
_MOST_REPORTED = 50
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_XML = re.compile(r"<(?:\?xml|rss|feed|rdf:RDF)\b")


def parse(body: bytes, context: Context) -> Reading:
    """Read a captured page into entries, in its order; the report tells what was understood as what.

    The bytes are UTF-8, else windows-1252. Ids are derived from title and day, so that a later capture of the
    same page gives equal ones. Raises SourceError: `empty`, `html`, `too-large`, or `not-a-feed` where no line
    is understood.
    """
    text = _decoded(body)
    _refuse_markup(text)
    document = read(text)
    if not document.items:
        raise SourceError("not-a-feed", "no article and no dated teaser is found in this document")
    seen: Counter[str] = Counter()
    entries = tuple(_entry(item, context, seen) for item in document.items)
    return Reading(entries=entries, report=tuple(_report(document)))


def _decoded(body: bytes) -> str:
    """Decode, compose (NFC) and drop what XML cannot hold; nothing and too much are a SourceError."""
    if len(body) > _MOST_BYTES:
        raise SourceError("too-large", f"the document is longer than {_MOST_BYTES >> 20} MiB")
    text = (encoding.utf_8(body) or body.decode("windows-1252", "replace")).removeprefix("\ufeff")
    text = xml_safe(unicodedata.normalize("NFC", text))
    if not text.strip():
        raise SourceError("empty", "the document has no text")
    return text


def _refuse_markup(text: str) -> None:
    start = text.lstrip()[:1000]
    if _HTML.search(start):
        raise SourceError("html", "this is an HTML page: save the page's text, without markup")
    if _XML.match(start):
        raise SourceError("not-a-feed", "this is XML: name it with `feed:`, not with `document:`")


def _entry(item: Item, context: Context, seen: Counter[str]) -> Entry:
    title = one_line(item.title)
    told = f"{item.date or ''}\n{fold(title) or title}"
    digest = hashlib.sha256(told.encode()).hexdigest()[:32]
    seen[digest] += 1
    published = noon(item.date, context.timezone) if item.date else None
    sure = published is not None and OLDEST <= published <= context.now + FUTURE
    return Entry(
        id=digest if seen[digest] == 1 else f"{digest}-{seen[digest]}",
        id_derived=True,
        title=title,
        published=published,
        precision=Precision.DAY if published else Precision.SECOND,
        trust=Trust.DECLARED if sure else Trust.NONE,
        summary=_paragraphs(item.summary) or None,
        content=_content(item.sections) or None,
        authors=(Author(name=item.author_mark),) if item.author_mark else (),
    )


def _content(sections: tuple[Section, ...]) -> str:
    return "".join(
        (f"<h2>{escape(section.subhead, quote=False)}</h2>" if section.subhead else "") + _paragraphs(section.text)
        for section in sections
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in text.split("\n") if line)


def _report(document: Document) -> Iterator[str]:
    """Say what was understood as what, in at most a screenful of each kind."""
    kinds = Counter(item.type for item in document.items)
    missed = document.not_understood
    yield (
        f"articles: {kinds[ItemType.ARTICLE]}, teasers: {kinds[ItemType.TEASER]}, lines not understood: {len(missed)}"
    )
    for item in document.items[:_MOST_REPORTED]:
        first, last = item.source_lines
        mark = f", author mark {item.author_mark}" if item.author_mark else ""
        day = item.date or "no date"
        yield f"lines {first}-{last}: {item.type}, {day}{mark}: {printable(item.title)}"
    for line in missed[:_MOST_REPORTED]:
        yield f"line {line.number} is not understood: {printable(line.text, 80)}"
    more = max(0, len(document.items) - _MOST_REPORTED) + max(0, len(missed) - _MOST_REPORTED)
    if more:
        yield f"and {more} more"
