"""What does every format show of a story, and in which form can it be printed?

The formats differ in syntax only: title, text, links, dates and tags are made here, once for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache, lru_cache
from html import escape, unescape
from operator import is_not
from typing import Any, TypeVar, cast
from urllib.parse import quote, unquote, urljoin
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import Copy, Enclosure, Format, Precision, PublishedFeed, PublishedStory, Site
from aggregator.publish.wording import wording
from aggregator.text import teaser, xml_safe

T = TypeVar("T")

GENERATOR = "aggregator"
UNKNOWN_TYPE = "application/octet-stream"
"""What a file is where its media type was not told: JSON Feed and RSS demand one."""


def document_safe(value: T) -> T:
    """Give the same data with all its text fit for XML, JSON and HTML: no controls, no lone surrogates."""
    safe: Any = value
    if type(value) is str:
        # Nearly every text is printable as a whole, which is quickly told.
        safe = safe if safe.isprintable() else _UNPRINTABLE.sub("", xml_safe(safe))
    elif isinstance(safe, tuple):
        parts = [
            part if (kind := type(part)) in _TEXTLESS or (kind is str and part.isprintable()) else document_safe(part)
            for part in safe
        ]
        safe = tuple(parts) if any(map(is_not, parts, safe)) else value
    elif names := _fields(safe.__class__):
        new = {}
        for name in names:
            old = getattr(value, name)
            if not old or (kind := type(old)) in _TEXTLESS or (kind is str and old.isprintable()):
                continue
            if (part := document_safe(old)) is not old:
                new[name] = part
        safe = replace(safe, **new) if new else value
    return cast(T, safe)


def line(text: str) -> str:
    """Give a text in one line, with single blanks."""
    return " ".join(text.split())


def story_title(story: PublishedStory, site: Site) -> str:
    """Give a title that is never empty: the told one, else the first words of the text, else "(untitled)"."""
    told = " ".join(story.title.split())
    if told:
        return told
    text = story.summary or unescape(_TAG.sub(" ", (story.content or "")[:4000]))
    return teaser(text, 80) or wording(site.language)["untitled"]


def story_uri(story: PublishedStory) -> str:
    """Give the story's id as a URI (RFC 9562 section 4)."""
    return f"urn:uuid:{story.id}"


def story_link(story: PublishedStory, site: Site) -> str:
    """Give the absolute address where the story is read: its source's page, else our own."""
    return source_link(story, site) or site.url + story.page


def source_link(story: PublishedStory, site: Site) -> str | None:
    """Give the address of the story at its source; None where it can be read on our page only."""
    link = web_address(story.link)
    return None if link == site.url + story.page else link


def story_file(story: PublishedStory) -> str:
    """Give the name below public/ of the page, or the anchor on one, where we show the story."""
    return story.page


def story_html(story: PublishedStory, site: Site, *, names_copies: bool = True) -> str | None:
    """Give the text as HTML, with a line that names further copies; None where the summary says all."""
    copies = further_copies(story) if names_copies else ()
    if not story.content and not copies:
        return None
    lines = (line.strip() for line in (story.summary or "").splitlines())
    text = story.content or "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line)
    if not copies:
        return text
    names = ", ".join(_copy_html(copy) for copy in copies)
    return f"{text}\n<p>{wording(site.language)['also_at']} {names}</p>"


def further_copies(story: PublishedStory) -> tuple[Copy, ...]:
    """Give the copies besides the entry that is shown, each name and link once."""
    others: dict[tuple[str, str | None], Copy] = {}
    for copy in story.copies:
        if not story.source or copy.source != story.source.id or copy.link not in {None, story.link}:
            others.setdefault((copy.title, copy.link), copy)
    return tuple(others.values())


def tags(story: PublishedStory, topics: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Give the names of topics, then the source's own categories, each once."""
    names = [title for _, title in topics] + [" ".join(name.split()) for name in story.categories]
    return tuple(dict.fromkeys(name for name in names if name))


def language_tag(language: str | None) -> str | None:
    """Give a language tag that RFC 4287 section 2 allows, else None."""
    return language if language and _LANGUAGE.fullmatch(language) else None


def media_type(enclosure: Enclosure) -> str | None:
    """Give the told media type where it is one (RFC 6838 section 4.2), else None."""
    return enclosure.type if enclosure.type and _MEDIA_TYPE.fullmatch(enclosure.type) else None


def enclosures(story: PublishedStory) -> tuple[tuple[str, Enclosure], ...]:
    """Give the files that can be fetched over the web, each with its address, each once."""
    found: dict[str, Enclosure] = {}
    for enclosure in story.enclosures:
        if url := web_address(enclosure.url):
            found.setdefault(url, enclosure)
    return tuple(found.items())


def file_name(url: str, enclosure: Enclosure) -> str:
    """Give what a file at an address is called: its title, else the last part of the address that says anything."""
    name = unquote(re.split("[?#]", url, maxsplit=1)[0].rstrip("/").rpartition("/")[2])
    return enclosure.title or document_safe(name).strip() or url


def is_image(enclosure: Enclosure) -> bool:
    """Say whether a file is told to be an image."""
    return (media_type(enclosure) or "").startswith("image/")


@lru_cache(maxsize=8192)
def web_address(url: str | None) -> str | None:
    """Give an http(s) address with everything quoted that RFC 3986 does not allow; None where it is none."""
    if url and _AS_IT_IS.fullmatch(url):
        return url
    parts = _WEB.fullmatch((url or "").strip())
    if not parts:
        return None
    scheme, user, host, port, path, query, fragment = (part or "" for part in parts.groups())
    address = f"{scheme}://{quote(user, _IN_PATH)}{quote(host, _IN_HOST)}{port}{quote(path, _IN_PATH)}"
    address += quote(query, _IN_QUERY) + fragment[:1] + quote(fragment[1:], _IN_QUERY)
    return _LONE_PERCENT.sub("%25", address)


def feed_address(feed: PublishedFeed, form: Format) -> str:
    """Give the absolute address of one format of a feed."""
    return urljoin(feed.site.url, feed_file(feed, form))


def feed_file(feed: PublishedFeed, form: Format) -> str:
    """Give the name of one format of a feed below public/."""
    return f"{feed.archive or feed.slug}.{form.value}"


def archive_address(feed: PublishedFeed, archive: str, form: Format) -> str:
    """Give the absolute address of one format of a closed document."""
    return urljoin(feed.site.url, f"{archive}.{form.value}")


def current_address(feed: PublishedFeed, form: Format) -> str:
    """Give the absolute address of one format of the document that readers subscribe to."""
    return urljoin(feed.site.url, f"{feed.slug}.{form.value}")


def home_address(feed: PublishedFeed) -> str:
    """Give the absolute address of the page that shows the feed to people."""
    has_page = feed.archive or Format.HTML in feed.formats
    return feed_address(feed, Format.HTML) if has_page else urljoin(feed.site.url, "index.html")


def local(instant: datetime, site: Site) -> datetime:
    """Give an instant in the site's time zone, in whole seconds."""
    return _local(instant, site.timezone)


@lru_cache(maxsize=4096)
def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(microsecond=0)


# C1 controls and non-characters: XML 1.0 may hold them, but HTML calls them errors and no reader shows them.
_UNPRINTABLE = re.compile("[\x7f-\x9f\ufdd0-\ufdef]")
_WEB = re.compile(
    r"(https?)://([^/?#@\s]*@)?(\[[0-9a-f:.]+\]|[^/?#:@\[\]\s]+)(:\d{0,5})?(/[^?#]*)?(\?[^#]*)?(#.*)?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
# All that most addresses are made of, and nothing that must be quoted.
_AS_IT_IS = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~!$'()*+,;=:@/-]*)?(?:\?[A-Za-z0-9._~=&/-]*)?"
)
_IN_HOST = "!$&'()*+,;=~%:[]"
_IN_PATH = "!$&'()*+,;=~%:@/"
_IN_QUERY = "!$&'()*+,;=~%:@/?"
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TAG = re.compile(r"<[^<>]*>")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)


# What holds no text.
_TEXTLESS = frozenset({type(None), bool, int, datetime, Precision})


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return kind.__struct_fields__ if issubclass(kind, Struct) else ()


def _copy_html(copy: Copy) -> str:
    name, link = escape(copy.title, quote=False), web_address(copy.link)
    return f'<a href="{escape(link)}">{name}</a>' if link else name
