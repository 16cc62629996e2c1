"""What does a source say?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from aggregator.model.configuration import Selectors
from aggregator.model.discreet import Discreet
from aggregator.model.polling import Hints


class Precision(StrEnum):
    """How exactly a source told a date."""

    SECOND = "second"
    DAY = "day"


class Trust(StrEnum):
    """May a date order and tell apart stories? `NONE` is kept as told, but not used."""

    DECLARED = "declared"
    INFERRED = "inferred"
    NONE = "none"


class Context(Discreet, frozen=True, kw_only=True):
    """What a parser is told besides the bytes: pure data, so that it can cross to a worker process.

    `url` is where the bytes came from, the base of relative links; None for a document, and where nobody may learn it.
    `timezone` is the site's. `captured` is told of a document, `select` of a page. Nothing that is read holds one of
    the `secrets`, nor `address` where the source must not be named. `is_first` where nothing was read of it before;
    `known` are the digests of what is stored of it, by id. Without `fast` all feeds are read by feedparser.
    """

    hidden: ClassVar = frozenset({"secrets", "address"})

    url: str | None
    timezone: ZoneInfo
    now: datetime
    content_type: str | None = None
    captured: date | None = None
    select: Selectors | None = None
    secrets: tuple[str, ...] = ()
    address: str | None = None
    is_first: bool = False
    known: Mapping[str, bytes] = {}
    fast: bool = True


class Author(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person or body that wrote an entry."""

    name: str
    url: str | None = None
    email: str | None = None


class Enclosure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that belongs to an entry; `length` in bytes. Images have a type of `image/…`."""

    url: str
    type: str | None = None
    length: int | None = None
    title: str | None = None


class Channel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a feed says about itself, or an entry about the feed it was taken from (RFC 4287 section 4.2.11)."""

    id: str | None = None
    title: str | None = None
    link: str | None = None
    self_link: str | None = None
    updated: datetime | None = None
    language: str | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """What one source says about one item.

    `id` is the source's own, or derived (`id_derived`) from the link, else from title and date. `title` is plain
    text. `published` and `updated` are instants; a day without a time stands at 12:00 of the site's zone with
    `precision` day. `summary` and `content` are safe HTML. `authors_inherited` says that the authors are those of its
    feed, not its own. `boilerplate` holds what most items of its document repeat, as folded words.
    """

    id: str
    id_derived: bool
    title: str | None = None
    link: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    precision: Precision = Precision.SECOND
    trust: Trust = Trust.NONE
    summary: str | None = None
    content: str | None = None
    authors: tuple[Author, ...] = ()
    authors_inherited: bool = False
    categories: tuple[str, ...] = ()
    language: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    comments: str | None = None
    origin: Channel | None = None
    boilerplate: tuple[str, ...] = ()


class Reading(Struct, frozen=True, kw_only=True):
    """What came out of the bytes of one source. `complete` is False where the document ended too early.

    `report` says in lines for the operator what was understood as what, and what was not understood; `unread` is how
    many entries the document has beyond those that are read.
    """

    entries: tuple[Entry, ...]
    channel: Channel = Channel()
    hints: Hints = Hints()
    complete: bool = True
    unread: int = 0
    report: tuple[str, ...] = ()
