"""Which topics and outputs choose a story?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aggregator import topics
from aggregator.model import Config, Output, StoredEntry, Take, Topic, TopicMatch
from aggregator.sources import markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Why a story is in its topics, and the slugs of the outputs that choose it by a rule of their own."""

    matches: tuple[TopicMatch, ...]
    outputs: tuple[str, ...]


class Chooser:
    """The rules of topics and outputs, ready to be asked. An output's terms are judged as a topic's are."""

    def __init__(self, config: Config) -> None:
        self._sources = {source.id: source for source in config.sources}
        self._outputs = [output for output in config.outputs if output.by_rule]
        self._topics = topics.Matcher(config.topics)
        self._wanted = topics.Matcher(Topic(id=one.slug, title=one.title, any=one.any) for one in self._outputs)
        self._unwanted = topics.Matcher(Topic(id=one.slug, title=one.title, any=one.none) for one in self._outputs)

    def choose(self, entries: Sequence[StoredEntry], story: str) -> Chosen:
        """Judge a story by its entries; `story` is its UUID."""
        copies = [self._copy(stored) for stored in entries]
        matches = self._topics.matches(copies, story)
        origins = {stored.source for stored in entries}
        return Chosen(matches=matches, outputs=self._choosing(origins, copies, matches) if self._outputs else ())

    def explain(self, entries: Sequence[StoredEntry], story: str) -> tuple[topics.Verdict, ...]:
        """Say of each topic whether a story is in it, why, and why not."""
        return self._topics.judge([self._copy(stored) for stored in entries], story)

    def _copy(self, stored: StoredEntry) -> topics.Copy:
        entry, source = stored.entry, self._sources.get(stored.source)
        texts = topics.Texts(
            title=entry.title or "",
            summary=markup.to_text(entry.summary or ""),
            text=markup.to_text(entry.content or ""),
            category=entry.categories,
            source=tuple(dict.fromkeys((source.name if source else stored.source, stored.source))),
            link=entry.link or "",
            boilerplate=entry.boilerplate,
        )
        if source is None:
            return topics.Copy(texts=texts, id=entry.id)
        return topics.Copy(texts=texts, id=entry.id, topics=source.topics, only=source.only)

    def _choosing(
        self, origins: set[str], copies: Sequence[topics.Copy], matches: Sequence[TopicMatch]
    ) -> tuple[str, ...]:
        plain = [replace(copy, topics=(), only=None) for copy in copies]
        wanted = self._slugs(self._wanted, plain)
        unwanted = self._slugs(self._unwanted, plain)
        found = {match.topic for match in matches}
        return tuple(
            output.slug
            for output in self._outputs
            if output.slug not in unwanted
            and (
                output.slug in wanted
                or not found.isdisjoint(output.topics)
                or not origins.isdisjoint(output.sources)
                or (_takes_all(output) and (found or any(map(self._is_whole, origins))))
            )
        )

    def _slugs(self, matcher: topics.Matcher, copies: Sequence[topics.Copy]) -> set[str]:
        return {verdict.topic for verdict in matcher.judge(copies) if verdict.why_not is None}

    def _is_whole(self, source: str) -> bool:
        """Say whether all stories of a source are among all stories; one that has left feeds.yaml keeps its own."""
        return source not in self._sources or self._sources[source].take is Take.ALL


def _takes_all(output: Output) -> bool:
    return not (output.topics or output.sources or output.any)
