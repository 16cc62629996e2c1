"""What does a page without a feed say, where CSS selectors tell its items apart?

selectolax (lexbor) reads the page as browsers do; what it cannot see is what scripts put there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import links
from aggregator.errors import SourceError
from aggregator.model import Channel, Context, Entry, Reading, Selectors
from aggregator.secrecy import veil_of
from aggregator.sources import dates, encoding, entries, markup
from aggregator.text import printable

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?((?:iso-8859|windows)-\d{1,4})\b", re.IGNORECASE)
_DECLARATION = 2_000
_MOST_REPORTED = 20
_MARKUP = re.compile(r"<[a-z!]", re.IGNORECASE)


def parse(body: bytes, context: Context) -> Reading:
    """Read a page by the selectors of its source, in the page's order; at most 5,000 items are read.

    An item without a title is left out and reported. Raises SourceError: `not-a-feed` where no item is found, or
    none of them has a title.
    """
    from selectolax.lexbor import LexborHTMLParser

    select = context.select
    text = _decoded(body, context.content_type)
    if select is None or not _MARKUP.search(text):
        raise SourceError("not-a-feed", "this is no HTML page, or nothing tells what on it is an item")
    tree = LexborHTMLParser(text)
    language = _language(tree)
    reader = _ItemReader(select=select, base=_base(tree, context), language=language, context=context)
    items = tree.css(select.item)
    if not items:
        raise SourceError("not-a-feed", _nothing_found(tree, "item", select.item))
    kept, bound = entries.bounded(items, reader.date, "items")
    told = [reader.draft(item) for item in kept]
    drafts = [draft for draft in told if draft]
    if not drafts:
        raise SourceError("not-a-feed", _nothing_found(tree, "title", select.title))
    # Not its address: that may hold a secret of feeds.yaml.
    channel = Channel(title=_title(tree) or None, language=language)
    return Reading(
        entries=entries.complete(drafts, context),
        channel=channel,
        unread=len(items) - len(kept),
        report=tuple(_report(select, told, bound)),
    )


def is_selector(text: str) -> bool:
    """Say whether a text is a CSS selector that pages can be read by."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError

    try:
        LexborHTMLParser("").css(text)
    except SelectolaxError:
        return False
    return True


class _ItemReader(Struct, frozen=True, kw_only=True):
    """Reads the items of one page; `base` is what its links start from, `language` the page's own."""

    select: Selectors
    base: str | None
    language: str | None
    context: Context

    def draft(self, item: LexborNode) -> entries.Draft | None:
        """Read one item, all but its id; None where it has no title."""
        title = item.css_first(self.select.title)
        text = _line(title) if title else ""
        if title is None or not text:
            return None
        summary = item.css_first(self.select.summary) if self.select.summary else None
        entry = Entry(
            id="",
            id_derived=True,
            title=text,
            link=self._link(item, title),
            summary=markup.safe_html(summary.html or "", self.base) or None if summary else None,
            language=self.language,
        )
        return entries.Draft(entry=entry, published=self.date(item))

    def _link(self, item: LexborNode, title: LexborNode) -> str | None:
        """Give the link that is told, else that of the title, else the first of the item."""
        places = [item.css_first(self.select.link)] if self.select.link else [title, item]
        anchors = (place.css_first("a[href]") for place in places if place)
        told = (anchor.attributes["href"] for anchor in anchors if anchor)
        return links.clean(next(told, None) or "", self.base)

    def date(self, item: LexborNode) -> dates.ToldDate | None:
        """Read what is meant for machines (`<time datetime>`, WHATWG HTML section 4.5.14), else what people read."""
        place = item.css_first(self.select.date) if self.select.date else None
        if place is None:
            return None
        stamped = place.css_first("[datetime]")
        told = [stamped.attributes["datetime"] or ""] if stamped else []
        read = (dates.parse(text, zone=self.context.timezone, now=self.context.now) for text in [*told, _line(place)])
        return next((date for date in read if date), None)


def _line(node: LexborNode) -> str:
    return markup.to_title(markup.to_text(node.html or ""))


def _decoded(body: bytes, content_type: str | None) -> str:
    """Decode as UTF-8 where it is meant (no other text is by chance), else as told, else as windows-1252."""
    if (meant := encoding.utf_8(body)) is not None:
        return meant.removeprefix("\ufeff")
    codecs = ["utf-16"] if body.startswith((b"\xff\xfe", b"\xfe\xff")) else []
    told = _CHARSET.search((content_type or "").encode()) or _CHARSET.search(body[:_DECLARATION])
    if told and told[1].lower() != b"iso-8859-1":
        codecs.append(told[1].decode())
    for codec in codecs:
        try:
            return body.decode(codec)
        except (UnicodeDecodeError, LookupError):
            continue
    # What browsers read for ISO 8859-1, too (WHATWG Encoding section 4.2).
    return body.decode("windows-1252", "replace")


def _base(tree: LexborHTMLParser, context: Context) -> str | None:
    told = tree.css_first("base[href]")
    base = links.clean(told.attributes["href"] or "", context.url) if told else None
    return veil_of(context.secrets, context.address).link(base) or context.url


def _title(tree: LexborHTMLParser) -> str:
    title = tree.css_first("title")
    return markup.to_title(title.text()) if title else ""


def _language(tree: LexborHTMLParser) -> str | None:
    root = tree.css_first("html[lang]")
    return entries.language(root.attributes["lang"]) if root else None


def _nothing_found(tree: LexborHTMLParser, key: str, selector: str) -> str:
    return (
        f"on the page “{printable(_title(tree), 120)}” nothing matches `select: {key}`, which is"
        f" `{printable(selector, 120)}`: open the page and correct the selector (what scripts put there, or a consent"
        " page hides, cannot be read)"
    )


def _report(select: Selectors, told: Sequence[entries.Draft | None], bound: tuple[str, ...]) -> Iterator[str]:
    """Say what was understood as what, and what was not, in at most a screenful."""
    drafts = [draft for draft in told if draft]
    linked, dated = sum(bool(draft.entry.link) for draft in drafts), sum(bool(draft.published) for draft in drafts)
    yield f"page: {len(drafts)} entries, {linked} with a link, {dated} with a date"
    yield from bound
    missed = [
        f"item {number} is left out: it has no title (`{select.title}`)"
        if draft is None
        else f"item {number} has no date that is understood (`{select.date}`)"
        for number, draft in enumerate(told, 1)
        if draft is None or (select.date and not draft.published)
    ]
    yield from missed[:_MOST_REPORTED]
    if len(missed) > _MOST_REPORTED:
        yield f"and {len(missed) - _MOST_REPORTED} more"
