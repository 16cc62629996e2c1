"""What would another feeds.yaml change?

Two conclusions about the same stored stories are compared, by the feeds.yaml that was last applied and by the one at
hand, and what these two say of sources, outputs and settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import asdict

from aggregator.model import Config, Output, Overrule, Selectors, Site, Source, Topic

Plain = None | bool | int | str | Sequence["Plain"] | Mapping[str, "Plain"]
"""A value as JSON knows it."""
Facts = Mapping[str, Plain]
"""What feeds.yaml says of one thing, by key."""

# Named one by one: what is added to a source may be a secret, and this is stored and shown.
_OF_SOURCE = (
    *("kind", "address", "title", "url", "captured", "select", "every", "paused", "content", "public"),
    *("topics", "only", "take"),
)
_NOT_OF_TOPIC = frozenset({"id", "examples"})
_NOT_OF_OUTPUT = frozenset({"slug", "by_rule"})


class Said(Struct, frozen=True, kw_only=True):
    """What a feeds.yaml says, by section, id and key; durations in seconds.

    It holds no user, password or header, and `${NAME}` unfilled. The settings are the other sections by their names.
    """

    sources: Mapping[str, Facts] = {}
    topics: Mapping[str, Facts] = {}
    outputs: Mapping[str, Facts] = {}
    settings: Mapping[str, Facts] = {}

    @classmethod
    def by(cls, config: Config) -> Said:
        """Tell what a feeds.yaml says."""
        return cls(
            sources={source.id: _facts(source, _OF_SOURCE) for source in config.sources},
            topics={topic.id: _facts(topic, _names(Topic, _NOT_OF_TOPIC)) for topic in config.topics},
            outputs={output.slug: _facts(output, _names(Output, _NOT_OF_OUTPUT)) for output in config.outputs},
            settings=_settings(config),
        )

    @classmethod
    def read(cls, told: str) -> Said:
        """Read what `json` wrote; a section that this version does not know is dropped."""
        sections = json.loads(told)
        return cls(**{name: sections[name] for name in cls.__struct_fields__ if name in sections})

    @property
    def json(self) -> str:
        """All of it as JSON; equal sayings give equal texts."""
        sections = asdict(self)
        return json.dumps(sections, ensure_ascii=False, sort_keys=True)


class Judged(Struct, frozen=True, kw_only=True):
    """A stored story, with its topics and the first term that put it there: as stored, and by the rules at hand."""

    title: str
    date: datetime
    link: str | None
    before: Mapping[str, str]
    after: Mapping[str, str]


class Moved(Struct, frozen=True, kw_only=True):
    """A story that a topic gains or loses, and the term by which it is, or was, in it."""

    title: str
    date: datetime
    link: str | None
    term: str


class TopicChange(Struct, frozen=True, kw_only=True):
    """What becomes of a topic that comes, goes, has other rules, or gains or loses a story."""

    id: str
    gained: tuple[Moved, ...] = ()
    lost: tuple[Moved, ...] = ()


class Change(Struct, frozen=True, kw_only=True):
    """The facts of one thing that differ; where it was renamed, its `id` is among them."""

    id: str
    before: Facts
    after: Facts


class Changes(Struct, frozen=True, kw_only=True):
    """What comes, goes and changes, in the order of feeds.yaml."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.added or self.removed or self.changed)


class Plan(Struct, frozen=True, kw_only=True):
    """All that a feeds.yaml would change; it `is_first` where none was applied before, so that all of it is new."""

    is_first: bool
    topics: tuple[TopicChange, ...]
    sources: Changes
    outputs: Changes
    settings: Changes

    def __bool__(self) -> bool:
        """Whether it would change anything."""
        return bool(self.topics or self.sources or self.outputs or self.settings)


def compare(applied: Said | None, config: Config, judged: Iterable[Judged]) -> Plan:
    """Compare what was last applied, None where nothing was, with a feeds.yaml; the newest story comes first."""
    before, after = applied or Said(), Said.by(config)
    former = {slug: output.slug for output in config.outputs for slug in output.formerly}
    return Plan(
        is_first=applied is None,
        topics=_topic_changes(_changes(before.topics, after.topics, {}), config.topics, judged),
        sources=_changes(before.sources, after.sources, renamed_sources(before, config)),
        outputs=_changes(before.outputs, after.outputs, former),
        settings=_changes(before.settings, after.settings, {}),
    )


def renamed_sources(applied: Said, config: Config) -> dict[str, str]:
    """Give the new ids, by their former ones, of sources whose address stayed: they are the same (DESIGN section 9)."""
    known = {source.id for source in config.sources}
    gone = {str(facts["address"]): name for name, facts in applied.sources.items() if name not in known}
    return {
        gone[source.address]: source.id
        for source in config.sources
        if source.address in gone and source.id not in applied.sources
    }


def _settings(config: Config) -> dict[str, Facts]:
    fetch = config.fetch
    settings: dict[str, Facts] = {
        "site": _facts(config.site, _names(Site)),
        "fetch": {
            "allow": list(fetch.allow),
            "proxy": fetch.proxy and _without_credentials(fetch.proxy),
            # As it is written: what is applied in one place may be compared in another.
            "ca_bundle": fetch.ca_bundle and fetch.ca_bundle.removeprefix(f"{config.folder}/"),
        },
        "keep": {"keep": _plain(config.keep)},
    }
    overrules = config.overrules
    for key, named in (("same", overrules.same), ("different", overrules.different), ("hide", overrules.hide)):
        settings[key] = {key: [_named(overrule) for overrule in named]}
    return settings


def _named(overrule: Overrule) -> Plain:
    return list(overrule.names)


def _without_credentials(address: str) -> str:
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _names(kind: type[Site | Topic | Output], left_out: frozenset[str] = frozenset()) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if name not in left_out)


def _facts(told: Site | Source | Topic | Output, names: Sequence[str]) -> Facts:
    return {name.rstrip("_"): _plain(getattr(told, name)) for name in names}


def _plain(value: object) -> Plain:
    match value:
        case None | bool() | int() | str():
            return value
        case tuple():
            return [_plain(one) for one in value]
        case timedelta():
            return int(value.total_seconds())
        case date():
            return value.isoformat()
        case ZoneInfo():
            return value.key
        case Selectors():
            return asdict(value)
    raise TypeError(f"{type(value).__name__} has no plain form here")


def _changes(before: Mapping[str, Facts], after: Mapping[str, Facts], renamed: Mapping[str, str]) -> Changes:
    """Compare two sections; `renamed` gives new ids by former ones, where both name the same thing."""
    moved = {old: new for old, new in renamed.items() if old in before and old not in after and new not in before}
    then = {moved.get(name, name): {"id": name, **told} for name, told in before.items()}
    now = {name: {"id": name, **told} for name, told in after.items()}
    pairs = ((name, _differing(then[name], told)) for name, told in now.items() if name in then)
    return Changes(
        added=tuple(name for name in now if name not in then),
        removed=tuple(name for name in then if name not in now),
        changed=tuple(
            Change(id=name, before={key: then[name][key] for key in keys}, after={key: now[name][key] for key in keys})
            for name, keys in pairs
            if keys
        ),
    )


def _differing(before: Facts, after: Facts) -> list[str]:
    """Name the keys that both know and that differ: a key that another version did not know says nothing."""
    return [key for key in after if key in before and before[key] != after[key]]


def _topic_changes(rules: Changes, topics: Sequence[Topic], judged: Iterable[Judged]) -> tuple[TopicChange, ...]:
    gained: dict[str, list[Moved]] = {}
    lost: dict[str, list[Moved]] = {}
    for story in sorted(judged, key=lambda one: one.date, reverse=True):
        for found, terms, other in ((gained, story.after, story.before), (lost, story.before, story.after)):
            for topic, term in terms.items():
                if topic not in other:
                    moved = Moved(title=story.title, date=story.date, link=story.link, term=term)
                    found.setdefault(topic, []).append(moved)
    touched = {*rules.added, *rules.removed, *(change.id for change in rules.changed), *gained, *lost}
    living = [topic.id for topic in topics]
    order = [*living, *sorted(touched.difference(living))]
    return tuple(
        TopicChange(id=topic, gained=tuple(gained.get(topic, ())), lost=tuple(lost.get(topic, ())))
        for topic in order
        if topic in touched
    )
