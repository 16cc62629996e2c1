"""What does one item of an RSS or Atom feed say, as feedparser hands it over?

feedparser gives dictionaries whose values a feed can choose: an unknown element may stand where text is expected.
So everything is read through `text`, `number`, `mapping` and `mappings`, which answer with nothing where the type
is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from msgspec import Struct

from aggregator import links
from aggregator.model import Author, Channel, Context, Enclosure, Entry
from aggregator.secrecy import veil_of
from aggregator.sources import dates, entries, markup

_HTML_TYPES = ("text/html", "application/xhtml+xml")


class ItemReader(Struct, frozen=True, kw_only=True):
    """Reads the items of one feed. `base` is what its relative links start from, `language` the feed's own."""

    is_atom: bool
    base: str | None
    language: str | None
    channel_authors: tuple[Author, ...]
    context: Context

    def draft(self, item: Mapping[str, object]) -> entries.Draft:
        """Read one item, all but its id where the source gave none."""
        published, updated = self._date(item, "published"), self._date(item, "updated")
        if published is None and not self.is_atom:
            # RSS knows one date; dc:date comes as `updated`.
            published, updated = updated, None
        base = self._base(next(_details(item), {}))
        return entries.Draft(entry=self._entry(item, base), published=published, updated=updated)

    def date(self, item: Mapping[str, object]) -> dates.ToldDate | None:
        """Read when an item was published, else when it was changed."""
        return self._date(item, "published") or self._date(item, "updated")

    def _entry(self, item: Mapping[str, object], base: str | None) -> Entry:
        summary, content = self._texts(item)
        own = authors(item, base)
        # RFC 4287 section 4.2.1: an entry without an author has its feed's; RSS says nothing of the kind.
        inherited = authors(mapping(item, "source"), base) or (self.channel_authors if self.is_atom else ())
        return Entry(
            id=text(item, "id"),
            id_derived=False,
            title=markup.to_title(text(item, "title")) or None,
            link=self._link(item, base),
            summary=summary,
            content=content,
            authors=own or inherited,
            authors_inherited=bool(inherited) and not own,
            categories=entries.categories(text(tag, "label") or text(tag, "term") for tag in mappings(item, "tags")),
            language=_language(item) or self.language,
            enclosures=entries.each_once(_files(item, base)),
            comments=links.clean(text(item, "comments"), base),
            origin=self._origin(mapping(item, "source"), base),
        )

    def _base(self, detail: Mapping[str, object]) -> str | None:
        """Give the base that xml:base says for one element (XML Base, section 4)."""
        told = text(detail, "base")
        veil = veil_of(self.context.secrets, self.context.address)
        return veil.link(links.clean(told, self.base) if told else None) or self.base

    def _date(self, item: Mapping[str, object], key: str) -> dates.ToldDate | None:
        return dates.parse(text(item, key), zone=self.context.timezone, now=self.context.now)

    def _link(self, item: Mapping[str, object], base: str | None) -> str | None:
        link = text(item, "link")
        is_guid = item.get("guidislink") is True and link == text(item, "id")
        if is_guid and (self.is_atom or not link.startswith(("http://", "https://"))):
            # feedparser takes the id for a missing link. A guid may be one (RSS 2.0), but often is only a number; an
            # Atom id never is (RFC 4287 section 4.2.6).
            link = ""
        alternates = (text(other, "href") for other in mappings(item, "links") if other.get("rel") == "alternate")
        return links.clean(link or next(alternates, ""), base)

    def _texts(self, item: Mapping[str, object]) -> tuple[str | None, str | None]:
        """Give summary and content as safe HTML."""
        detail = mapping(item, "summary_detail")
        summary = self._html(detail) if detail else None
        contents = sorted(mappings(item, "content"), key=lambda one: (_is_html(one), len(text(one, "value"))))
        content = self._html(contents[-1]) if contents else None
        return summary, content

    def _html(self, detail: Mapping[str, object]) -> str | None:
        value = text(detail, "value")[: markup.LONGEST]
        kind = text(detail, "type")
        if not _is_html(detail) and kind and not kind.startswith("text/"):
            return None
        if not _is_html(detail) and not markup.looks_like_html(value):
            return markup.escape(value) or None
        return markup.safe_html(markup.unescape(value), self._base(detail)) or None

    def _origin(self, source: Mapping[str, object], base: str | None) -> Channel | None:
        """Read atom:source (RFC 4287 section 4.2.11) or RSS `source`, which names the feed that an item is from."""
        if not source:
            return None
        updated = self._date(source, "updated")
        own = (text(link, "href") for link in mappings(source, "links") if link.get("rel") == "self")
        return Channel(
            id=text(source, "id")[: entries.LONGEST_ID] or None,
            title=markup.to_title(text(source, "title")) or None,
            link=links.clean(text(source, "link"), base),
            self_link=links.clean(text(source, "href") or next(own, ""), base),
            updated=updated.instant if updated else None,
        )


def authors(holder: Mapping[str, object], base: str | None) -> tuple[Author, ...]:
    """Give the authors of an item or a feed, each once."""
    told = mappings(holder, "authors")
    raw = text(holder, "author")
    if len(told) == 1 and "@" in raw:
        # feedparser cuts an address after four letters of its last name.
        told = [{"name": raw, "href": told[0].get("href")}]
    found = [
        entries.author(text(one, "name"), url=text(one, "href"), email=text(one, "email"), base=base) for one in told
    ]
    return tuple(dict.fromkeys(author for author in found if author))[: entries.MOST_VALUES]


def text(holder: Mapping[str, object], key: str) -> str:
    """Give a text, trimmed; empty where there is none."""
    value = holder.get(key) if key in holder else None
    return value.strip() if isinstance(value, str) else ""


def number(holder: Mapping[str, object], key: str) -> int:
    """Give a whole number of at most nine digits; 0 where there is none."""
    digits = text(holder, key)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else 0


def mapping(holder: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Give what an element holds; empty where there is none."""
    value = holder.get(key)
    return value if _is_mapping(value) else {}


def mappings(holder: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """Give what several elements hold, in their order."""
    value = holder.get(key)
    return [one for one in value if _is_mapping(one)] if isinstance(value, list) else []


def _is_mapping(value: object) -> TypeGuard[Mapping[str, object]]:
    # The first is what nearly all are, and quickly told.
    return type(value) is dict or isinstance(value, Mapping)


def _is_html(detail: Mapping[str, object]) -> bool:
    return text(detail, "type") in _HTML_TYPES


def _details(item: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Give what feedparser knows of the title and the texts: language (xml:lang) and base (xml:base)."""
    told = (mapping(item, "title_detail"), mapping(item, "summary_detail"), *mappings(item, "content"))
    return (detail for detail in told if detail)


def _language(item: Mapping[str, object]) -> str | None:
    """Read xml:lang."""
    told = (entries.language(detail.get("language")) for detail in _details(item))
    return next((tag for tag in told if tag), None)


def _files(item: Mapping[str, object], base: str | None) -> Iterator[Enclosure | None]:
    """Give enclosures, then what Media RSS and iTunes add."""
    for link in mappings(item, "links"):
        if link.get("rel") == "enclosure":
            yield entries.enclosure(
                text(link, "href"),
                base,
                media_type=link.get("type"),
                length=link.get("length"),
                title=text(link, "title"),
            )
    for media in mappings(item, "media_content"):
        make = entries.image if text(media, "medium") == "image" else entries.enclosure
        yield make(text(media, "url"), base, media_type=media.get("type"), length=media.get("filesize"))
    for thumbnail in mappings(item, "media_thumbnail"):
        yield entries.image(text(thumbnail, "url"), base)
    yield entries.image(text(mapping(item, "image"), "href"), base)
