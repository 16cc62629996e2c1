"""Which topics and outputs choose a story?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from aggregator import topics
from aggregator.model import Config, Entry, Output, StoredEntry, Take, Topic, TopicMatch
from aggregator.sources import markup
from aggregator.topics.terms import FIELDS


class Chosen(Struct, frozen=True, kw_only=True):
    """Why a story is in its topics, and the slugs of the outputs that choose it by a rule of their own."""

    matches: tuple[TopicMatch, ...]
    outputs: tuple[str, ...]


def rules(config: Config) -> tuple[Topic, ...]:
    """Give all whose terms are looked for in an entry: topics, and as if they were topics what outputs want and not."""
    wanted = (Topic(id=_wanted(one), title=one.title, any=one.any) for one in config.outputs if one.by_rule)
    unwanted = (Topic(id=_unwanted(one), title=one.title, any=one.none) for one in config.outputs if one.by_rule)
    return (*config.topics, *wanted, *unwanted)


def texts(entry: Entry) -> topics.Texts:
    """Give what an entry itself says, to be searched."""
    return topics.Texts(
        title=entry.title or "",
        summary=markup.to_text(entry.summary or ""),
        text=markup.to_text(entry.content or ""),
        category=entry.categories,
        link=entry.link or "",
        boilerplate=entry.boilerplate,
    )


class Chooser:
    """The rules of topics and outputs, ready to be asked. An output's terms are judged as a topic's are."""

    def __init__(self, config: Config) -> None:
        self._sources = {source.id: source for source in config.sources}
        self._outputs = [output for output in config.outputs if output.by_rule]
        self._topics = config.topics
        self._judge = topics.Judge(config.topics)
        self._rules = rules(config)
        self._digest = topics.digest(self._rules)
        self._reads_sources = topics.reads_sources(self._rules)

    def choose(self, entries: Sequence[StoredEntry], story: str) -> Chosen:
        """Judge a story by its entries; `story` is its UUID."""
        copies = [self._copy(stored, self._found(stored)) for stored in entries]
        matches = self._judge.matches(copies, story)
        origins = {stored.source for stored in entries}
        return Chosen(matches=matches, outputs=self._choosing(origins, copies, matches) if self._outputs else ())

    def explain(self, entries: Sequence[StoredEntry], story: str) -> tuple[topics.Verdict, ...]:
        """Say of each topic whether a story is in it, why, and why not: for that all is looked for again."""
        copies = [self._copy(stored) for stored in entries]
        whole = [
            replace(copy, texts=replace(texts(stored.entry), source=copy.texts.source))
            for stored, copy in zip(entries, copies, strict=True)
        ]
        return topics.Matcher(self._topics).judge(whole, story)

    @cached_property
    def _searcher(self) -> topics.Searcher:
        """What is needed only for entries that were not searched for these terms when they came."""
        return topics.Searcher(self._rules)

    def _copy(self, stored: StoredEntry, found: tuple[TopicMatch, ...] = ()) -> topics.Copy:
        entry, source = stored.entry, self._sources.get(stored.source)
        return topics.Copy(
            texts=topics.Texts(title=entry.title or "", source=self._names(stored.source), link=entry.link or ""),
            id=entry.id,
            topics=source.topics if source else (),
            only=source.only if source else None,
            found=found,
        )

    def _names(self, source: str) -> tuple[str, ...]:
        """Give what feeds.yaml calls a source; one that has left it bears its id."""
        known = self._sources.get(source)
        return tuple(dict.fromkeys((known.name if known else source, source)))

    def _found(self, stored: StoredEntry) -> tuple[TopicMatch, ...]:
        """Give the terms that stand in an entry, by field: as found when it came, if those were the same terms."""
        known = stored.found
        found = known if known and known.rules == self._digest else self._searcher.find(texts(stored.entry))
        if not self._reads_sources:
            return found.matches
        told = topics.Texts(source=self._names(stored.source), boilerplate=stored.entry.boilerplate)
        return tuple(sorted((*found.matches, *self._searcher.find(told).matches), key=_field))

    def _choosing(
        self, origins: set[str], copies: Sequence[topics.Copy], matches: Sequence[TopicMatch]
    ) -> tuple[str, ...]:
        stands = {match.topic for copy in copies for match in copy.found}
        found = {match.topic for match in matches}
        return tuple(
            output.slug
            for output in self._outputs
            if _unwanted(output) not in stands
            and (
                _wanted(output) in stands
                or not found.isdisjoint(output.topics)
                or not origins.isdisjoint(output.sources)
                or (_takes_all(output) and (found or any(map(self._is_whole, origins))))
            )
        )

    def _is_whole(self, source: str) -> bool:
        """Say whether all stories of a source are among all stories; one that has left feeds.yaml keeps its own."""
        return source not in self._sources or self._sources[source].take is Take.ALL


def _takes_all(output: Output) -> bool:
    return not (output.topics or output.sources or output.any)


def _wanted(output: Output) -> str:
    """Name what an output's `any` is looked for as, unlike any topic."""
    return f":{output.slug}"


def _unwanted(output: Output) -> str:
    return f":{output.slug}:none"


def _field(match: TopicMatch) -> int:
    return FIELDS.index(match.field)
