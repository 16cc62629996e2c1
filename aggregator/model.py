"""What flows through the program, and what is each thing called?

    feeds.yaml   Config: Site, FetchPolicy, Source, Topic, Output
    polling      SourceState: what is remembered about a source between two fetches
    fetching     FetchResult = Fetched | NotModified | Failed | Postponed
    reading      Context -> Reading: Channel, Hints, Entry …
    filing       Story: one or more entries that are the same news; TopicMatch
    publishing   PublishedFeed: all that a format needs to render, and nothing else

Every datetime is aware and in UTC. `None` means "not told", never "empty".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    DOCUMENT = "document"
    PAGE = "page"


class Precision(StrEnum):
    """How exactly a source told a date."""

    SECOND = "second"
    DAY = "day"


class Trust(StrEnum):
    """May a date order and tell apart stories? `NONE` is kept as told, but not used."""

    DECLARED = "declared"
    INFERRED = "inferred"
    NONE = "none"


class ContentPolicy(StrEnum):
    """What is republished of a source: a teaser and the link, or the full text."""

    TEASER = "teaser"
    FULL = "full"


class Take(StrEnum):
    """Which stories of a source are among all stories: every one, or those that a topic takes."""

    ALL = "all"
    MATCHED = "matched"


class Format(StrEnum):
    """The formats of an output; the value is also the file name's suffix."""

    ATOM = "atom"
    RSS = "rss"
    JSON = "json"
    HTML = "html"


# ── what feeds.yaml says ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who publishes. `id` is a tag: URI (RFC 4151), the root of all ids; `url` ends with a slash.

    `hub` is the WebSub hub that is told of changes; every page links to `imprint` and `privacy`.
    """

    title: str
    id: str
    url: str
    language: str
    timezone: ZoneInfo
    contact: str | None = None
    hub: str | None = None
    imprint: str | None = None
    privacy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """How the network may be used. `allow` holds hosts, `host:port` and networks opened by the operator."""

    allow: tuple[str, ...] = ()
    proxy: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Where on a page its items stand, as CSS selectors; all but `item` are looked for within an item."""

    item: str
    title: str
    link: str | None = None
    date: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed, document or page that is read; `select` is there for a page only.

    `address` is what feeds.yaml says, `${NAME}` unfilled: it is what is stored, shown and compared. `target` is what
    is asked: the address with its variables filled in, or the absolute path of a local file. `unset` names the
    variables that the environment lacks; such a source is not asked. `rank` is its place in feeds.yaml, from 0.
    Whatever comes of it is in `topics`; of the topics that match, only those in `only` count (None: all).
    """

    id: str
    rank: int
    kind: SourceKind
    address: str
    target: str = field(repr=False)
    local: bool
    title: str | None = None
    url: str | None = None
    captured: date | None = None
    select: Selectors | None = None
    every: timedelta | None = None
    paused: bool = False
    content: ContentPolicy = ContentPolicy.TEASER
    public: bool = True
    topics: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    take: Take = Take.ALL
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    unset: tuple[str, ...] = ()
    place: str = ""

    @property
    def name(self) -> str:
        """What people read: the title, else the id."""
        return self.title or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that should be in a topic (`member`) or stay out of it, and where feeds.yaml says so."""

    text: str
    member: bool
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A subject, and the terms that put a story into it (see topics/ for the language).

    All of `all` must stand there, and one of `any` or of `with_`, whose terms count only beside one of their own.
    `none` keeps a story out, `ignore` is not read. `include` and `exclude` name stories by title, link or id.
    """

    id: str
    title: str
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    with_: tuple[tuple[str, tuple[str, ...]], ...] = ()
    none: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One merged feed: the stories of any of its `topics` or `sources`, or in which one of the terms `any` stands.

    Where all three are empty it holds all stories. Stories in which one of the terms `none` stands are left out.
    `by_rule` says that stories are judged one by one when they are filed, since their topics do not tell enough.

    Its window are the newest `limit` stories, none more than `days` days older than the newest, and at most
    `per_source` shown from one source. `formerly` are slugs under which it goes on being published; `copies` says
    whether a line under the text names who else reports.
    """

    slug: str
    title: str
    topics: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    any: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    by_rule: bool = False
    limit: int = 100
    days: int | None = None
    per_source: int | None = None
    formerly: tuple[str, ...] = ()
    copies: bool = True
    formats: tuple[Format, ...] = (Format.ATOM, Format.RSS, Format.JSON, Format.HTML)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrule:
    """Titles, links or ids of entries that feeds.yaml names together, and where it does."""

    names: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrules:
    """What feeds.yaml decides about single stories: which are the same, which are not, which are withdrawn.

    `include` and `exclude` are those that its topics name, all together: see `Topic`.
    """

    same: tuple[Overrule, ...] = ()
    different: tuple[Overrule, ...] = ()
    hide: tuple[Overrule, ...] = ()
    include: tuple[Overrule, ...] = ()
    exclude: tuple[Overrule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All that feeds.yaml says; `folder` is the absolute path that relative paths start from.

    Texts of stories older than `keep` are let go when nothing shows them any more (None: never).
    """

    folder: str
    site: Site
    fetch: FetchPolicy
    sources: tuple[Source, ...]
    topics: tuple[Topic, ...]
    outputs: tuple[Output, ...]
    overrules: Overrules = Overrules()
    keep: timedelta | None = None
    warnings: tuple[str, ...] = ()


# ── polling and fetching ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a feed itself says about when to ask again (RSS ttl, sy:updatePeriod, skipHours, skipDays).

    `skip_hours` are hours of UTC (0-23), `skip_days` weekdays (Monday is 0).
    """

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is remembered about a source between two fetches; written only by polling.py.

    All of it is about one `address` (as feeds.yaml says it), read by one `select`: see `polling.state_for`. `etag`
    and `last_modified` are the header bytes decoded as latin-1, so that they go back byte for byte; `validators_url`
    is the resource that gave them. `next_due` is None where the source is due at once; before `not_before`, which the
    publisher set, it is not asked even by force. `freshness` is what Cache-Control or Expires last said.
    `throttled_host` is the host that answered 429. `churned_since` is when most ids of its entries last changed.
    `newest` is the newest trusted date of an entry, `pace` the usual time between two.
    """

    source: str
    address: str | None = None
    select: Selectors | None = None
    next_due: datetime | None = None
    not_before: datetime | None = None
    interval: timedelta | None = None
    interval_reason: str | None = None
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    ok_since: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    ever_validated: bool = False
    body_digest: str | None = None
    hints: Hints = Hints()
    freshness: timedelta | None = None
    pace: timedelta | None = None
    newest: datetime | None = None
    entry_count: int | None = None
    failures: int = 0
    failing_since: datetime | None = None
    failure_reason: str | None = None
    failure_detail: str | None = None
    empty_since: datetime | None = None
    throttled_until: datetime | None = None
    throttled_host: str | None = None
    gone_since: datetime | None = None
    churned_since: datetime | None = None
    stopped: bool = False
    moved_to: str | None = None
    moved_since: datetime | None = None
    moved_polls: int = 0
    learned_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A complete answer with a body, decoded from its content coding. `headers` are lower-case names, latin-1.

    `received` is how many bytes the body had on the wire.
    """

    url: str
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    permanent_url: str | None = None
    received: int = 0
    milliseconds: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304: what we hold is still true (RFC 9110 section 15.4.5)."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    permanent_url: str | None = None
    milliseconds: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No usable answer.

    `answered` is False where no machine could be reached at all (name, connection): see `polling.no_network`. `host`
    is the one that failed, where it is known.
    """

    reason: str
    detail: str
    answered: bool
    host: str | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    milliseconds: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """Not asked: the host told us, for another source, to stay away until then (429, RFC 6585 section 4)."""

    until: datetime
    host: str


FetchResult = Fetched | NotModified | Failed | Postponed


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One fetch, as a source's history keeps it.

    `status` is that of the last answer, None where there was none; `bytes` is what its body had on the wire; `new`
    counts its new entries; `error` is the reason why it failed, None where it did not.
    """

    source: str
    time: datetime
    status: int | None = None
    bytes: int = 0
    milliseconds: int = 0
    new: int = 0
    error: str | None = None


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a parser is told besides the bytes: pure data, so that it can cross to a worker process.

    `url` is where the bytes came from, the base of relative links; None for a document. `timezone` is the site's.
    `captured` is told of a document, `select` of a page.
    """

    url: str | None
    timezone: ZoneInfo
    now: datetime
    content_type: str | None = None
    captured: date | None = None
    select: Selectors | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person or body that wrote an entry."""

    name: str
    url: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that belongs to an entry; `length` in bytes. Images have a type of `image/…`."""

    url: str
    type: str | None = None
    length: int | None = None
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says about itself, or an entry about the feed it was taken from (RFC 4287 section 4.2.11)."""

    id: str | None = None
    title: str | None = None
    link: str | None = None
    self_link: str | None = None
    updated: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one source says about one item.

    `id` is the source's own, or derived (`id_derived`) from the link, else from title and date. `title` is plain
    text. `published` and `updated` are instants; a day without a time stands at 12:00 of the site's zone with
    `precision` day. `summary` and `content` are safe HTML. `boilerplate` holds what most items of its document repeat,
    as folded words.
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
    categories: tuple[str, ...] = ()
    language: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    comments: str | None = None
    origin: Channel | None = None
    boilerplate: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came out of the bytes of one source. `complete` is False where the document ended too early.

    `report` says in lines for the operator what was understood as what, and what was not understood.
    """

    entries: tuple[Entry, ...]
    channel: Channel = Channel()
    hints: Hints = Hints()
    complete: bool = True
    report: tuple[str, ...] = ()


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicMatch:
    """Why a story is in a topic: the term that matched, the field it matched in, and the words found."""

    topic: str
    term: str
    field: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as the store holds it.

    `channel` is what its feed said of itself when the entry came; `place` counts from 0 in its document; `revised` is
    when its visible text last changed; `visible` is the digest of that text. `run` is the one that recorded it; `story`
    and `reason` are None until filed. It `is_backlog` where it was undated and there when its source was first read. Of
    what `is_pruned` the text is gone.
    """

    number: int
    source: str
    rank: int | None
    entry: Entry
    channel: Channel
    place: int
    first_seen: datetime
    revised: datetime
    visible: str
    run: int
    story: str | None = None
    reason: str | None = None
    is_backlog: bool = False
    is_pruned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One or more entries that are the same news.

    `id` is a UUID and never moves, nor does `order_date`. `day`, the told day, and `title` (`title_key` is its key) are
    what the story is compared by; the day is None where no date can be trusted. `founder` is the entry that founded it;
    `run` and `place` say when and where in its document that was filed, `published` what it told. A story `is_hidden`
    where feeds.yaml withdraws it, `is_backlog` where it was old when its source was first read; one that turned out to
    be the same as another was `merged_into` it.
    `visible` is the digest of the text that is shown; `updated` is when that last changed. `outputs` are those that
    choose it by a rule of their own, and not by its topics.
    """

    id: str
    day: date | None
    title: str
    title_key: str
    order_date: datetime
    precision: Precision
    run: int
    place: int
    founder: int
    updated: datetime
    published: datetime | None = None
    is_hidden: bool = False
    is_backlog: bool = False
    merged_into: str | None = None
    visible: str | None = None
    shown: int | None = None
    entries: tuple[StoredEntry, ...] = ()
    matches: tuple[TopicMatch, ...] = ()
    outputs: tuple[str, ...] = ()

    @property
    def shown_entry(self) -> StoredEntry:
        """The entry that readers see."""
        return next(stored for stored in self.entries if stored.number == self.shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One source's entry of a story, as readers see it: who carried it, where, and since when we know it."""

    source: str
    title: str
    link: str | None
    first_seen: datetime
    reason: str


# ── publishing ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSource:
    """The source that a story is shown from, as readers see it. `feed` is None where it must not be published."""

    id: str
    title: str
    url: str | None = None
    feed: str | None = None
    channel: Channel = Channel()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedStory:
    """A story as it is published.

    `id` is a UUID without prefix. `link` is the source's page; None where the story is read on our own (`page`, a name
    below public/).
    `order_date` sorts it and is never empty; `published` is only what a source told. `summary` is plain text (the
    teaser); `content` is safe HTML and there only where it may be republished or where there is no link.
    """

    id: str
    title: str
    link: str | None
    page: str
    order_date: datetime
    updated: datetime
    published: datetime | None = None
    precision: Precision = Precision.SECOND
    summary: str | None = None
    content: str | None = None
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    topics: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    source: PublishedSource
    copies: tuple[Copy, ...] = ()
    matches: tuple[TopicMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFeed:
    """All that a format needs to render one output, newest story first.

    `id` is a URI rooted in `site.id`; `updated` never goes back. `formats` are those that this output is written in.
    `archive` is its name below public/, without suffix, where it is a closed document of the output's past (RFC 5005
    section 4); `older` and `newer` name the closed documents before and after it. `names_copies` says whether a line
    under the text names who else reports.
    """

    slug: str
    id: str
    title: str
    site: Site
    updated: datetime
    stories: tuple[PublishedStory, ...] = ()
    formats: tuple[Format, ...] = ()
    archive: str | None = None
    older: str | None = None
    newer: str | None = None
    names_copies: bool = True
