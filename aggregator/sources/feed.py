"""What does an RSS, RDF or Atom document say?

`fast` reads what is plain and well-formed, feedparser all else (this is its only importer), to the same mappings;
each of its items becomes an entry in `items.py`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import timedelta

from aggregator import links
from aggregator.errors import SourceError
from aggregator.model import Channel, Context, Hints, Reading
from aggregator.secrecy import veil_of
from aggregator.sources import dates, encoding, entries, fast, items, markup, mending, sniffing

_ITEM_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:item|entry)\s{0,20}>", re.IGNORECASE)
_HOUR = re.compile(r"<hour>\s{0,20}(\d{1,2})\s{0,20}</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s{0,20}([a-z]{6,9})\s{0,20}</day>", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s?=\s?[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LONGEST_TTL = timedelta(days=365)


def parse(body: bytes, context: Context) -> Reading:
    """Read a feed of any version of RSS or Atom, or what is whole of one that ends too early.

    At most 5,000 entries are read. Raises `SourceError` (`html`, `not-a-feed`, `truncated`); on some hostile input
    feedparser raises what it likes.
    """
    found = sniffing.feed_markup(body, context.url)
    report = [f"{found.start} characters before the feed were skipped"] if found.start else []
    whole = _whole(found)
    if whole is not None:
        report.append(whole[1])
    parsed = _parsed(*_encoded(found, whole[0] if whole else None, context), fast_first=context.fast)
    told = items.mappings(parsed, "entries")
    if not parsed["version"]:
        raise SourceError("not-a-feed", f"this is XML, but no feed: nothing in its <{found.root}> is one")
    channel = _channel(items.mapping(parsed, "feed"), context)
    reader = items.ItemReader(
        is_atom=str(parsed["version"]).startswith("atom"),
        base=context.url or veil_of(context.secrets, context.address).link(channel.link),
        language=channel.language,
        channel_authors=items.authors(items.mapping(parsed, "feed"), context.url),
        context=context,
    )
    kept, bound = entries.bounded(told, reader.date)
    drafts = [reader.draft(item) for item in kept]
    return Reading(
        entries=entries.complete(drafts, context),
        channel=channel,
        hints=_hints(items.mapping(parsed, "feed"), found.text),
        complete=whole is None,
        unread=len(told) - len(kept),
        report=(f"{parsed['version']}: {len(drafts)} entries", *report, *bound),
    )


def _parsed(body: bytes, charset: str | None, *, fast_first: bool) -> Mapping[str, object]:
    """Give what feedparser says of the mended document; mending changes nothing in what is well-formed."""
    told = fast.parsed(body, charset) if fast_first else None
    if told is not None:
        return told
    mended = mending.mended(body)
    told = fast.parsed(mended, charset) if fast_first and mended != body else None
    return told or _feedparser(mended, charset)


def _feedparser(body: bytes, charset: str | None) -> Mapping[str, object]:
    import feedparser

    parsed: Mapping[str, object] = feedparser.parse(
        # Not the bytes themselves: feedparser opens a local file whose name they are.
        io.BytesIO(body),
        # No content-location: relative links are resolved here, so that ids stay as they are.
        response_headers={"content-type": f"application/xml; charset={charset}" if charset else "application/xml"},
        # nh3 does this, and feedparser's own takes seconds on small hostile input.
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return parsed


def _encoded(found: sniffing.Markup, mended: str | None, context: Context) -> tuple[bytes, str | None]:
    """Give the bytes to parse, and their character set as far as it is known from outside of them."""
    text = mended if mended is not None else found.text[found.start :]
    if found.codec != "latin-1":
        return text.removeprefix("\ufeff").encode("utf-8", "replace"), "utf-8"
    raw = text.encode("latin-1")
    if not raw.isascii() and (told := encoding.utf_8(raw)) is not None:
        # Whatever the server or the document say.
        return told.encode("utf-8"), "utf-8"
    charset = _CHARSET.search(context.content_type or "")
    return raw, charset[1] if charset else None


def _whole(found: sniffing.Markup) -> tuple[str, str] | None:
    """Cut a document that ends too early after its last whole item, and say so; None where it is complete."""
    text = found.text[found.start :]
    opening = text.find(f"<{found.root}")
    if f"</{found.root}".lower() in text.lower() or text[opening : text.find(">", opening)].endswith("/"):
        return None
    ends = [end.end() for end in _ITEM_END.finditer(text)]
    if not ends:
        raise SourceError("truncated", f"the document ends before the first entry does ({len(text)} characters)")
    closing = f"</channel></{found.root}>" if found.kind == "rss" else f"</{found.root}>"
    return text[: ends[-1]] + closing, f"the document ends too early: {len(ends)} whole entries were kept"


def _channel(feed: Mapping[str, object], context: Context) -> Channel:
    updated = dates.parse(items.text(feed, "updated"), zone=context.timezone, now=context.now)
    own = next((items.text(link, "href") for link in items.mappings(feed, "links") if link.get("rel") == "self"), "")
    return Channel(
        id=markup.to_title(items.text(feed, "id")) or None,
        title=markup.to_title(items.text(feed, "title")) or None,
        link=links.clean(items.text(feed, "link"), context.url),
        self_link=links.clean(own, context.url),
        updated=updated.instant if updated else None,
        language=entries.language(feed.get("language")),
    )


def _hints(feed: Mapping[str, object], text: str) -> Hints:
    """Read RSS 2.0 `ttl` (minutes), `skipHours`, `skipDays` and the RSS 1.0 syndication module."""
    minutes = items.number(feed, "ttl")
    period = _PERIODS.get(items.text(feed, "sy_updateperiod").lower())
    frequency = items.number(feed, "sy_updatefrequency") or 1
    ttl = timedelta(minutes=min(minutes, 10**6)) if minutes else period and period / frequency
    hours = (int(hour) for hour in _HOUR.findall(_section(text, "skipHours")))
    days = (day.lower() for day in _DAY.findall(_section(text, "skipDays")))
    return Hints(
        ttl=min(ttl, _LONGEST_TTL) if ttl else None,
        # Some write midnight as 24.
        skip_hours=frozenset(hour % 24 for hour in hours if hour <= 24),
        skip_days=frozenset(_DAYS.index(day) for day in days if day in _DAYS),
    )


def _section(text: str, name: str) -> str:
    """Cut out one element that feedparser does not read."""
    start = text.find(f"<{name}>")
    return text[start : text.find(f"</{name}>", start)] if start >= 0 else ""
