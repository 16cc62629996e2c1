"""What does feeds.yaml say?"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from aggregator.model.discreet import Discreet


class SourceKind(StrEnum):
    """How a source is read."""

    FEED = "feed"
    DOCUMENT = "document"
    PAGE = "page"


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


class Site(Struct, frozen=True, kw_only=True):
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

    def __hash__(self) -> int:
        return hash(self.id)


class FetchPolicy(Discreet, frozen=True, kw_only=True):
    """How the network may be used. `allow` holds hosts, `host:port` and networks opened by the operator.

    `unset` names the variables of `proxy` that the environment lacks: then nothing on the web is asked.
    """

    hidden: ClassVar = frozenset({"proxy"})

    allow: tuple[str, ...] = ()
    proxy: str | None = None
    ca_bundle: str | None = None
    unset: tuple[str, ...] = ()


class Selectors(Struct, frozen=True, kw_only=True):
    """Where on a page its items stand, as CSS selectors; all but `item` are looked for within an item."""

    item: str
    title: str
    link: str | None = None
    date: str | None = None
    summary: str | None = None


class Source(Discreet, frozen=True, kw_only=True):
    """One feed, document or page that is read; `select` is there for a page only.

    `address` is what feeds.yaml says, `${NAME}` unfilled: it is what is stored, shown and compared. `target` is what
    is asked: the address with its variables filled in, or the absolute path of a local file. `unset` names the
    variables that the environment lacks; such a source is not asked. `rank` is its place in feeds.yaml, from 0.
    Whatever comes of it is in `topics`; of the topics that match, only those in `only` count (None: all). `secrets` are
    what nobody may read of it: what was filled in, passwords, the values of headers.
    """

    hidden: ClassVar = frozenset({"target", "user", "password", "headers", "secrets"})

    id: str
    rank: int
    kind: SourceKind
    address: str
    target: str
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
    user: str | None = None
    password: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    place: str = ""

    @property
    def name(self) -> str:
        """What people read: the title, else the id."""
        return self.title or self.id

    @property
    def hidden_address(self) -> str | None:
        """What is asked, where nobody may learn it."""
        return None if self.public or self.local else self.target


class Example(Struct, frozen=True, kw_only=True):
    """A text that should be in a topic (`member`) or stay out of it, and where feeds.yaml says so."""

    text: str
    member: bool
    place: str


class Topic(Struct, frozen=True, kw_only=True):
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


class Output(Struct, frozen=True, kw_only=True):
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


class Overrule(Struct, frozen=True, kw_only=True):
    """Titles, links or ids of entries that feeds.yaml names together, and where it does."""

    names: tuple[str, ...]
    place: str


class Overrules(Struct, frozen=True, kw_only=True):
    """What feeds.yaml decides about single stories: which are the same, which are not, which are withdrawn.

    `include` and `exclude` are those that its topics name, all together: see `Topic`.
    """

    same: tuple[Overrule, ...] = ()
    different: tuple[Overrule, ...] = ()
    hide: tuple[Overrule, ...] = ()
    include: tuple[Overrule, ...] = ()
    exclude: tuple[Overrule, ...] = ()


class Config(Struct, frozen=True, kw_only=True):
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
