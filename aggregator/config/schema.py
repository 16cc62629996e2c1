"""Which keys does feeds.yaml know, and what does each of them hold?

The grammar, declared once. A key is added here by one line; values.py and addresses.py say which values are right.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, PlainValidator, Tag

from aggregator.config import addresses, values
from aggregator.model import ContentPolicy, Format
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
Title = Annotated[str, _one(values.title)]
Address = Annotated[str, _one(addresses.web_address)]
Truth = Annotated[bool, _one(values.truth)]
Reference = Annotated[str, _one(str)]


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


class FeedSource(_AnySource):
    """A feed on the web, or in a local file."""

    feed: Annotated[str, _one(addresses.feed_address)] = Field(examples=["https://example.org/feed.xml"])
    user: Annotated[str, _filled(addresses.user_name)] | None = None
    password: Annotated[str, _filled(addresses.credential)] | None = None
    headers: Annotated[
        dict[Annotated[str, _one(addresses.header_name)], Annotated[str, _filled(addresses.header_value)]],
        _mapping("X-Api-Key: ${API_KEY}"),
    ] = {}


class DocumentSource(_AnySource):
    """A captured page in a local file."""

    document: Annotated[str, _one(addresses.file_path)]
    captured: Annotated[date, _one(values.day)] | None = None


def source_kind(value: object) -> Literal["feed", "document"]:
    """Tell by which keys a source is checked; one with neither `feed` nor `document` lacks `feed`."""
    return "document" if isinstance(value, dict) and "document" in value and "feed" not in value else "feed"


def _source(value: object) -> dict[str, object]:
    if isinstance(value, str) and value:
        return {"feed": value}
    return _as_mapping(value, "feed: https://example.org/feed.xml")


AnySource = Annotated[
    Annotated[FeedSource, Tag("feed")] | Annotated[DocumentSource, Tag("document")],
    Discriminator(source_kind),
    BeforeValidator(_source),
]


class TopicSection(Section):
    """A subject and its terms."""

    title: Title | None = None
    any: Annotated[tuple[Annotated[str, _one(values.term)], ...], _several("smart city, OZG")] = Field(
        examples=["[smart city, OZG]"]
    )


class OutputSection(Section):
    """A merged feed, besides those of the topics."""

    title: Title | None = None
    topics: Annotated[tuple[Reference, ...], _several("smart-city")] = Field(examples=["[smart-city, ozg]"])
    limit: Annotated[int, _one(values.limit)] = 100
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


def section_at(path: tuple[str | int, ...], data: object) -> type[Section]:
    """Give the section whose keys stand at a path; `data` is what stands there, and tells the kind of a source."""
    match path:
        case ("site",):
            return SiteSection
        case ("fetch",):
            return FetchSection
        case ("sources", _):
            return FeedSource if source_kind(data) == "feed" else DocumentSource
        case ("topics", _):
            return TopicSection
        case ("outputs", _):
            return OutputSection
    return FeedsFile
