"""What does a JSON Feed say?

Versions 1.0 and 1.1 (jsonfeed.org/version/1.1). What has the wrong type is passed over; an item without an id, which
the standard says to drop, is kept with a derived one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from aggregator import links
from aggregator.errors import SourceError
from aggregator.model import Author, Channel, Context, Enclosure, Entry, Reading
from aggregator.secrecy import veil_of
from aggregator.sources import dates, entries, markup
from aggregator.sources.items import mappings, text
from aggregator.text import printable

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d)?/?")
# A quote inside of a text has a backslash before it.
_ITEMS = re.compile(r'(?<!\\)"items"\s*:\s*\[')
_ITEM_START = re.compile(r"[\s,]*\{")


def parse(body: bytes, context: Context) -> Reading:
    """Read a JSON Feed, or what is whole of one that ends too early.

    At most 5,000 entries are read. Raises `SourceError` (`not-a-feed`, `truncated`).
    """
    feed, is_whole = _load(body)
    told = mappings(feed, "items")
    report = [f"JSON Feed {text(feed, 'version').rpartition('/')[2]}: {len(told)} entries"]
    if not is_whole:
        report.append(f"the document ends too early: {len(told)} whole entries were kept")
    kept, bound = entries.bounded(told, lambda item: _told_date(item, context))
    link = links.clean(text(feed, "home_page_url"), context.url)
    channel = Channel(
        title=markup.to_title(text(feed, "title")) or None,
        link=link,
        self_link=links.clean(text(feed, "feed_url"), context.url),
        language=entries.language(feed.get("language")),
    )
    base = context.url or veil_of(context.secrets, context.address).link(link)
    drafts = [_draft(item, feed, context, base) for item in kept]
    return Reading(
        entries=entries.complete(drafts, context),
        channel=channel,
        complete=is_whole,
        unread=len(told) - len(kept),
        report=(*report, *bound),
    )


def _load(body: bytes) -> tuple[Mapping[str, object], bool]:
    """Give the feed, and whether it is whole."""
    source = body.decode("utf-8-sig", "replace")
    try:
        return _feed(json.loads(source)), True
    except json.JSONDecodeError as error:
        if error.pos >= len(source.rstrip()) or "Unterminated" in error.msg:
            if mended := _mended(source):
                return _feed(mended), False
            raise SourceError("truncated", f"the JSON ends too early ({len(body)} bytes)") from error
        raise SourceError("not-a-feed", f"this is no JSON: {error.msg} in line {error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise SourceError("not-a-feed", "this JSON is nested too deeply, or holds absurd numbers") from error


def _mended(source: str) -> object:
    """Read a document that ends too early up to its last whole item; None where it has none."""
    items = _ITEMS.search(source)
    ends = list(_item_ends(source, items.end())) if items else []
    try:
        return json.loads(source[: ends[-1]] + "]}") if ends else None
    except (ValueError, RecursionError):
        # The list is not the feed's own, but stands deeper in it.
        return None


def _item_ends(source: str, start: int) -> Iterator[int]:
    decoder = json.JSONDecoder()
    while item := _ITEM_START.match(source, start):
        try:
            _, start = decoder.raw_decode(source, item.end() - 1)
        except (ValueError, RecursionError):
            return
        yield start


def _feed(feed: object) -> Mapping[str, object]:
    version = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or not isinstance(version, str) or not _VERSION.fullmatch(version.strip()):
        told = f"its version is “{printable(str(version), 60)}”" if version else "it names no version"
        raise SourceError("not-a-feed", f"this is JSON, but no JSON Feed: {told}")
    return feed


def _draft(item: Mapping[str, object], feed: Mapping[str, object], context: Context, base: str | None) -> entries.Draft:
    tags = item.get("tags")
    own, inherited = _authors(item, base), _authors(feed, base)
    entry = Entry(
        id=_id(item.get("id")),
        id_derived=False,
        title=markup.to_title(text(item, "title")) or None,
        link=links.clean(text(item, "url"), base) or links.clean(text(item, "external_url"), base),
        summary=markup.escape(text(item, "summary")) or None,
        content=_content(item, base),
        authors=own or inherited,
        authors_inherited=bool(inherited) and not own,
        categories=entries.categories(tag for tag in (tags if isinstance(tags, list) else ()) if isinstance(tag, str)),
        language=entries.language(item.get("language")) or entries.language(feed.get("language")),
        enclosures=entries.each_once(_files(item, base)),
    )
    return entries.Draft(
        entry=entry,
        published=_date(item, "published", context),
        updated=_date(item, "modified", context),
    )


def _told_date(item: Mapping[str, object], context: Context) -> dates.ToldDate | None:
    return _date(item, "published", context) or _date(item, "modified", context)


def _date(item: Mapping[str, object], what: str, context: Context) -> dates.ToldDate | None:
    return dates.parse(text(item, f"date_{what}"), zone=context.timezone, now=context.now)


def _id(told: object) -> str:
    """Take a number as text, as the standard says; nothing else is an id."""
    is_id = isinstance(told, str | int | float) and not isinstance(told, bool)
    return str(told) if is_id else ""


def _content(item: Mapping[str, object], base: str | None) -> str | None:
    told = text(item, "content_html")
    if told:
        return markup.safe_html(markup.unescape(told[: markup.LONGEST]), base) or None
    return markup.escape(text(item, "content_text")[: markup.LONGEST]) or None


def _authors(holder: Mapping[str, object], base: str | None) -> tuple[Author, ...]:
    """Read `authors` (1.1), else `author` (1.0)."""
    single = holder.get("author")
    told = mappings(holder, "authors") or ([single] if isinstance(single, Mapping) else [])
    found = [entries.author(text(one, "name"), url=text(one, "url"), base=base) for one in told]
    return tuple(dict.fromkeys(author for author in found if author))[: entries.MOST_VALUES]


def _files(item: Mapping[str, object], base: str | None) -> Iterator[Enclosure | None]:
    for attachment in mappings(item, "attachments"):
        yield entries.enclosure(
            text(attachment, "url"),
            base,
            media_type=attachment.get("mime_type"),
            length=attachment.get("size_in_bytes"),
            title=text(attachment, "title"),
        )
    for key in ("image", "banner_image"):
        yield entries.image(text(item, key), base)
