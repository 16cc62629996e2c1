"""Is a story in a topic, by what was found in its entries, by their sources, and by what feeds.yaml says of it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from aggregator import links, text
from aggregator.model import Topic, TopicMatch
from aggregator.topics.search import Texts
from aggregator.topics.verdicts import Findings, Verdict, judge_entry, judge_story, nothing_found


class Copy(Struct, frozen=True, kw_only=True):
    """An entry of a story: its texts, its id, and what feeds.yaml says of its source's topics.

    `found` are the terms that are known to stand there, of all its texts: then no more is needed of these than its
    title, link and source.
    """

    texts: Texts
    id: str = ""
    topics: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    found: tuple[TopicMatch, ...] = ()


class Judge:
    """The rules of all topics, ready to be held against what was found."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = tuple(topics)
        self._nothing = tuple(nothing_found(topic) for topic in self._topics)
        self._included = [_references(topic.include) for topic in self._topics]
        self._excluded = [_references(topic.exclude) for topic in self._topics]
        self._names_stories = any(self._included) or any(self._excluded)
        self._places = {topic.id: place for place, topic in enumerate(self._topics)}

    def matches(self, copies: Sequence[Copy], story: str = "") -> tuple[TopicMatch, ...]:
        """Give the matches of all topics that a story is in, by what its copies say was found in them."""
        found = [self._by_place(copy.found) for copy in copies]
        names = self._names(copies, story)
        places = {place for one in found for place in one}
        places.update(self._places[topic] for copy in copies for topic in copy.topics if topic in self._places)
        if names:
            places.update(place for place, included in enumerate(self._included) if names & included.keys())
        return tuple(match for place in sorted(places) for match in self._verdict(place, found, names, copies).matches)

    def entry(self, found: Mapping[int, Findings]) -> tuple[Verdict, ...]:
        """Judge an entry by itself, by each topic, in the order of feeds.yaml."""
        if not found:
            return self._nothing
        return tuple(
            judge_entry(topic, found[place]) if place in found else self._nothing[place]
            for place, topic in enumerate(self._topics)
        )

    def story(
        self, found: Sequence[Mapping[int, Findings]], copies: Sequence[Copy], story: str = ""
    ) -> tuple[Verdict, ...]:
        """Judge a story by each topic, in the order of feeds.yaml, by what was found in each of its copies."""
        names = self._names(copies, story)
        return tuple(self._verdict(place, found, names, copies) for place in range(len(self._topics)))

    def _by_place(self, found: Iterable[TopicMatch]) -> dict[int, Findings]:
        """Sort what was found by the place of the topic; what is none's here is not ours to judge."""
        sorted_out: dict[int, Findings] = {}
        for match in found:
            place = self._places.get(match.topic)
            if place is not None:
                sorted_out.setdefault(place, Findings()).matches[match.term] = match
        return sorted_out

    def _names(self, copies: Sequence[Copy], story: str) -> frozenset[str]:
        """Give the keys by which a story can be named, where any topic names stories."""
        return _names(copies, story) if self._names_stories else frozenset()

    def _verdict(
        self, place: int, found: Sequence[Mapping[int, Findings]], names: frozenset[str], copies: Sequence[Copy]
    ) -> Verdict:
        """Judge a story by the topic at one place, by what was found in each of its entries."""
        topic = self._topics[place]
        own = [
            judge_entry(topic, one[place]) if place in one else self._nothing[place]
            for copy, one in zip(copies, found, strict=True)
            if copy.only is None or topic.id in copy.only
        ]
        verdict = judge_story(own) if own else _bound_elsewhere(copies, topic)
        return self._overruled(verdict, place, names, copies)

    def _overruled(self, verdict: Verdict, place: int, names: frozenset[str], copies: Sequence[Copy]) -> Verdict:
        topic = verdict.topic
        for name in sorted(names & self._excluded[place].keys()):
            return Verdict(topic=topic, why_not=f"`exclude` names it: {self._excluded[place][name]}", kept_out=True)
        for name in sorted(names & self._included[place].keys()):
            told = TopicMatch(topic=topic, term="include", field="story", words=self._included[place][name])
            return Verdict(topic=topic, matches=(told, *verdict.matches))
        for copy in copies:
            if topic in copy.topics:
                told = TopicMatch(topic=topic, term="topics", field="source", words=" ".join(copy.texts.source[:1]))
                return Verdict(topic=topic, matches=(told, *verdict.matches))
        return verdict


def _bound_elsewhere(copies: Sequence[Copy], topic: Topic) -> Verdict:
    listed = ", ".join(dict.fromkeys(name for copy in copies for name in copy.only or ()))
    return Verdict(topic=topic.id, why_not=f"`only` of its source does not name it, but {listed}")


def _references(told: Iterable[str]) -> dict[str, str]:
    """Give what names stories, by the key that is compared."""
    return {_key(reference): reference for reference in told}


def _names(copies: Sequence[Copy], story: str) -> frozenset[str]:
    """Give the keys by which a story can be named: titles and links of its entries, their ids and its own."""
    texts = [copy.texts for copy in copies]
    told = [*(one.title for one in texts), *(one.link for one in texts), *(copy.id for copy in copies), story]
    return frozenset(_key(name) for name in told if name)


def _key(name: str) -> str:
    """Fold a title or id; of a link keep what tells pages apart."""
    if name.startswith(("http://", "https://")):
        return f"link {links.canonical(name)}"
    return f"name {text.fold(name.removeprefix('urn:uuid:'))}"
