"""Which keys does feeds.yaml know, and what does each of them hold?

The grammar, declared once. A key is added here by one line; values.py and addresses.py say which values are right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, PlainValidator, Tag

from aggregator.config import addresses, values
from aggregator.model import ContentPolicy, Format, Take
from aggregator.text import printable


def _one(read: Callable[[str], object]) -> PlainValidator:
    """Read one text by a function of values.py."""

    def validate(value: object) -> object:
        if not isinstance(value, str):
            raise ValueError(f"must be one value, not {_kind(value)}")
        return read(value)

    return PlainValidator(validate)


def _filled(read: Callable[[str], str]) -> PlainValidator:
    """Read one text in which `${NAME}` may stand."""
    return _one(lambda value: addresses.with_variables(read(value)))


def _several(example: str) -> BeforeValidator:
    def validate(value: object) -> object:
        if isinstance(value, list):
            if not value:
                raise ValueError(f"needs at least one entry, such as [{example}]")
            return value
        written = value if isinstance(value, str) and value else example
        raise ValueError(f"must be a list, such as [{printable(written, 60)}]")

    return BeforeValidator(validate)


def _mapping(example: str) -> BeforeValidator:
    return BeforeValidator(partial(_as_mapping, example=example))


def _as_list(value: object) -> list[object]:
    # An overrule's list is there while there is nothing to overrule; `hide:` alone holds the empty text.
    if value == "":
        return []
    if not isinstance(value, list):
        raise ValueError('must be a list, with a line `- "…"` for each entry')
    return value


def _group(value: object) -> object:
    if not isinstance(value, list) or len(value) < 2:
        raise ValueError(
            'needs groups of at least two titles, links or ids, such as `- ["Neue App", "Köln: Neue App"]`'
        )
    if all(isinstance(one, str) for one in value) and len(set(value)) < len(value):
        raise ValueError("names the same title, link or id twice in one group: take one of the two out")
    return value


def _as_mapping(value: object, example: str) -> dict[str, object]:
    # A key whose entries are all commented out holds the empty text.
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"must hold `key: value` lines, such as `{example}`, not {_kind(value)}")
    return value


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "text"


Identifier = Annotated[str, _one(values.identifier)]
FormerIdentifier = Annotated[str, _one(values.former_identifier)]
Title = Annotated[str, _one(values.title)]
Address = Annotated[str, _one(addresses.web_address)]
Truth = Annotated[bool, _one(values.truth)]
Reference = Annotated[str, _one(str)]
Selector = Annotated[str, _one(values.selector)]
References = Annotated[tuple[Reference, ...], _several("smart-city")]
Terms = Annotated[tuple[Annotated[str, _one(values.term)], ...], _several("smart city, OZG")]
Phrases = Annotated[tuple[Annotated[str, _one(values.phrase)], ...], _several("Digitale Stadt Düsseldorf")]
Passages = Annotated[tuple[Annotated[str, _one(values.passage)], ...], _several("Smart-City-Charta beschlossen")]

Overruled = Annotated[tuple[Annotated[str, _one(values.passage)], ...], BeforeValidator(_as_list)]
Group = Annotated[tuple[Annotated[str, _one(values.passage)], ...], BeforeValidator(_group)]
Groups = Annotated[tuple[Group, ...], BeforeValidator(_as_list)]


class Section(BaseModel):
    """A mapping of feeds.yaml: no other keys than these."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SiteSection(Section):
    """Who publishes."""

    title: Title = Field(examples=["Digitale Kommune"])
    id: Annotated[str, _one(values.tag_uri)] = Field(examples=["tag:news.example.org,2026:news"])
    url: Annotated[str, _one(addresses.home_address)] = Field(examples=["https://news.example.org/"])
    language: Annotated[str, _one(values.language)] = "de"
    timezone: Annotated[ZoneInfo, _one(values.timezone)] = ZoneInfo("Europe/Berlin")
    contact: Annotated[str, _one(addresses.contact)] | None = None
    hub: Address | None = None
    imprint: Address | None = None
    privacy: Address | None = None


class FetchSection(Section):
    """How the network may be used."""

    allow: Annotated[tuple[Annotated[str, _one(addresses.allowed)], ...], _several("intranet.example")] = ()
    proxy: Annotated[str, _one(addresses.proxy_address)] | None = None
    ca_bundle: Annotated[str, _one(addresses.file_path)] | None = None


class _AnySource(Section):
    title: Title | None = None
    url: Address | None = None
    every: Annotated[timedelta, _one(values.interval)] | None = None
    paused: Truth = False
    content: Annotated[ContentPolicy, _one(partial(values.choice, choices=ContentPolicy))] = ContentPolicy.TEASER
    public: Truth = True
    topics: References = ()
    only: References | None = None
    take: Annotated[Take, _one(partial(values.choice, choices=Take))] = Take.ALL


class _WebSource(_AnySource):
    user: Annotated[str, _filled(addresses.user_name)] | None = None
    password: Annotated[str, _filled(addresses.credential)] | None = None
    headers: Annotated[
        dict[Annotated[str, _one(addresses.header_name)], Annotated[str, _filled(addresses.header_value)]],
        _mapping("X-Api-Key: ${API_KEY}"),
    ] = {}


class FeedSource(_WebSource):
    """A feed on the web, or in a local file."""

    feed: Annotated[str, _one(addresses.feed_address)] = Field(examples=["https://example.org/feed.xml"])


class SelectSection(Section):
    """Where on a page its items stand."""

    item: Selector = Field(examples=["article"])
    title: Selector = Field(examples=["h3"])
    link: Selector | None = None
    date: Selector | None = None
    summary: Selector | None = None


class PageSource(_WebSource):
    """A page on the web that has no feed."""

    page: Annotated[str, _one(addresses.page_address)]
    select: Annotated[SelectSection, _mapping("item: article")] = Field(examples=["{item: article, title: h3}"])


class DocumentSource(_AnySource):
    """A captured page in a local file."""

    document: Annotated[str, _one(addresses.file_path)]
    captured: Annotated[date, _one(values.day)] | None = None


SOURCE_SECTIONS: Mapping[str, type[_AnySource]] = {"feed": FeedSource, "document": DocumentSource, "page": PageSource}
"""What a source is read from, named by the key that holds its address."""


def source_kind(value: object) -> str:
    """Tell by which keys a source is checked: the first of `feed document page` that it has, else `feed`."""
    return next((kind for kind in SOURCE_SECTIONS if isinstance(value, dict) and kind in value), "feed")


def _source(value: object) -> dict[str, object]:
    if isinstance(value, str) and value:
        return {"feed": value}
    return _as_mapping(value, "feed: https://example.org/feed.xml")


AnySource = Annotated[
    Annotated[FeedSource, Tag("feed")]
    | Annotated[DocumentSource, Tag("document")]
    | Annotated[PageSource, Tag("page")],
    Discriminator(source_kind),
    BeforeValidator(_source),
]


class ExamplesSection(Section):
    """Texts that a topic should take, and others that it should not."""

    yes: Passages = ()
    no: Passages = ()


class TopicSection(Section):
    """A subject and its terms."""

    title: Title | None = None
    any: Terms = Field(default=(), examples=["[smart city, OZG]"])
    all: Terms = ()
    with_: Annotated[dict[Annotated[str, _one(values.term)], Terms], _mapping("OZG: [Leistung, digital*]")] = Field(
        default={}, alias="with"
    )
    none: Terms = ()
    ignore: Phrases = ()
    include: Passages = ()
    exclude: Passages = ()
    examples: Annotated[ExamplesSection, _mapping("yes: [Smart-City-Charta beschlossen]")] = ExamplesSection()


class OutputSection(Section):
    """A merged feed, besides those of the topics."""

    title: Title | None = None
    topics: References = Field(default=(), examples=["[smart-city, ozg]"])
    sources: Annotated[tuple[Reference, ...], _several("negz")] = ()
    any: Terms = ()
    none: Terms = ()
    limit: Annotated[int, _one(values.limit)] = 100
    days: Annotated[int, _one(values.days)] | None = None
    per_source: Annotated[int, _one(values.limit)] | None = None
    formerly: Annotated[tuple[FormerIdentifier, ...], _several("newsletter")] = ()
    copies: Truth = True
    formats: Annotated[
        tuple[Annotated[Format, _one(partial(values.choice, choices=Format))], ...], _several("atom, rss")
    ] = tuple(Format)


class FeedsFile(Section):
    """All of feeds.yaml."""

    site: Annotated[SiteSection, _mapping("title: Digitale Kommune")] = Field(examples=["{title: …, id: …, url: …}"])
    fetch: Annotated[FetchSection, _mapping("allow: [intranet.example]")] = FetchSection()
    sources: Annotated[dict[Identifier, AnySource], _mapping("negz: https://negz.org/feed/")] = {}
    topics: Annotated[
        dict[Identifier, Annotated[TopicSection, _mapping("any: [smart city]")]], _mapping("ozg: {any: [OZG]}")
    ] = {}
    outputs: Annotated[
        dict[Identifier, Annotated[OutputSection, _mapping("topics: [ozg]")]], _mapping("week: {topics: [ozg]}")
    ] = {}
    keep: Annotated[timedelta, _one(values.keeping)] | None = None
    same: Groups = ()
    different: Groups = ()
    hide: Overruled = ()


def keys_of(section: type[Section]) -> list[str]:
    """Name the keys of a section as they stand in feeds.yaml."""
    return [field.alias or name for name, field in section.model_fields.items()]


def section_at(path: tuple[str | int, ...], data: object) -> type[Section]:
    """Give the section whose keys stand at a path; `data` is what stands there, and tells the kind of a source."""
    if path[:1] == ("sources",) and len(path) == 2:
        return SOURCE_SECTIONS[source_kind(data)]
    return _SECTIONS.get(tuple("*" if place == 1 else step for place, step in enumerate(path)), FeedsFile)


_SECTIONS: Mapping[tuple[str | int, ...], type[Section]] = {
    ("site",): SiteSection,
    ("fetch",): FetchSection,
    ("sources", "*", "select"): SelectSection,
    ("topics", "*"): TopicSection,
    ("topics", "*", "examples"): ExamplesSection,
    ("outputs", "*"): OutputSection,
}
