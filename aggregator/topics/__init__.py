"""Which topics does a story belong to, because of which words, and why not to the others?

    terms.py       what a term means
    lookup.py      where terms stand in a text, all of them at once
    verdicts.py    what follows from that, by `any all with none`, for an entry and for a story
    examples.py    which examples of feeds.yaml fail

docs/topics.md is the language's reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aggregator import links, text
from aggregator.model import Topic, TopicMatch
from aggregator.sources import boilerplate
from aggregator.topics.lookup import Lookup, Passage
from aggregator.topics.terms import Expression, Term, read_phrase, read_term
from aggregator.topics.verdicts import Findings, Verdict, judge_entry, judge_story, nothing_found

__all__ = ["Copy", "Matcher", "Texts", "Verdict", "judge_entry", "judge_story"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What is searched of an entry, as plain text. `boilerplate` is what does not count of it (see Entry)."""

    title: str = ""
    summary: str = ""
    text: str = ""
    category: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    link: str = ""
    boilerplate: tuple[str, ...] = ()

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Give the names and texts in the order in which a match is looked for."""
        return (
            ("title", self.title),
            ("summary", self.summary),
            ("text", self.text),
            *(("category", one) for one in self.category),
            *(("source", one) for one in self.source),
            ("link", self.link),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An entry of a story: its texts, its id, and what feeds.yaml says of its source's topics."""

    texts: Texts
    id: str = ""
    topics: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """What a term is for: the place of its topic, or that it is cut out of that topic's texts."""

    topic: int
    term: Term
    ignored: bool = False


class Matcher:
    """All rules of all topics, ready to be asked. ValueError where a term is none (see terms.py)."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = tuple(topics)
        self._nothing = tuple(nothing_found(topic) for topic in self._topics)
        self._uses: list[_Use] = []
        self._expressions: list[tuple[_Use, Expression]] = []
        self._lookup = Lookup()
        for place, topic in enumerate(self._topics):
            for told in dict.fromkeys(_terms(topic)):
                self._add(_Use(topic=place, term=read_term(told)))
            for told in topic.ignore:
                self._add(_Use(topic=place, term=read_phrase(told), ignored=True))
        self._included = [_references(topic.include) for topic in self._topics]
        self._excluded = [_references(topic.exclude) for topic in self._topics]
        self._names_stories = any(self._included) or any(self._excluded)
        used = (use.term.fields for use in (*self._uses, *(use for use, _ in self._expressions)))
        self._fields: frozenset[str] = frozenset().union(*used)
        self._places = {topic.id: place for place, topic in enumerate(self._topics)}

    def match(self, texts: Texts) -> tuple[TopicMatch, ...]:
        """Find every term that counts, each once, at its first place; ordered by topic, then by place."""
        found = self._findings(texts)
        return tuple(
            match for place in sorted(found) for match in judge_entry(self._topics[place], found[place]).matches
        )

    def explain(self, texts: Texts) -> tuple[Verdict, ...]:
        """Judge an entry by each topic's rules, in the order of feeds.yaml."""
        found = self._findings(texts)
        if not found:
            return self._nothing
        return tuple(
            judge_entry(topic, found[place]) if place in found else self._nothing[place]
            for place, topic in enumerate(self._topics)
        )

    def judge(self, copies: Sequence[Copy], story: str = "") -> tuple[Verdict, ...]:
        """Judge a story (its UUID and at least one entry) by each topic, in the order of feeds.yaml.

        The last word have, in this order: `exclude`, `include`, and a source that is bound to the topic.
        """
        found = [self._findings(copy.texts) for copy in copies]
        names = _names(copies, story) if self._names_stories else frozenset()
        return tuple(self._verdict(place, found, names, copies) for place in range(len(self._topics)))

    def matches(self, copies: Sequence[Copy], story: str = "") -> tuple[TopicMatch, ...]:
        """Give the matches of all topics that a story is in, as `judge` does, and ask only those that could be."""
        found = [self._findings(copy.texts) for copy in copies]
        names = _names(copies, story) if self._names_stories else frozenset()
        places = {place for one in found for place in one}
        places.update(self._places[topic] for copy in copies for topic in copy.topics if topic in self._places)
        if names:
            places.update(place for place, included in enumerate(self._included) if names & included.keys())
        return tuple(match for place in sorted(places) for match in self._verdict(place, found, names, copies).matches)

    def _verdict(
        self, place: int, found: Sequence[dict[int, Findings]], names: frozenset[str], copies: Sequence[Copy]
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

    def _add(self, use: _Use) -> None:
        if use.term.expression:
            self._expressions.append((use, use.term.expression))
        else:
            self._lookup.add(len(self._uses), use.term.spellings)
            self._uses.append(use)

    def _findings(self, texts: Texts) -> dict[int, Findings]:
        """Search an entry's texts; gives what was found by the place of the topic."""
        found: dict[int, Findings] = {}
        for field, told in texts.fields():
            if told and field in self._fields:
                self._search(field, Passage.of(told), texts.boilerplate, found)
        return found

    def _search(self, field: str, passage: Passage, repeated: tuple[str, ...], found: dict[int, Findings]) -> None:
        hits = [(self._uses[number], places, words) for number, places, words in self._lookup.find(passage)]
        if not (hits or self._expressions):
            return
        is_asked = self._expressions or boilerplate.may_cover(
            repeated, (passage.words[n] for hit in hits for n in hit[1])
        )
        stale = boilerplate.covered(repeated, passage.told) if repeated and is_asked else set()
        cut: dict[int, set[int]] = {}
        for use, places, _ in hits:
            if use.ignored:
                cut.setdefault(use.topic, set()).update(places)
        for use, places, words in hits:
            if use.ignored or field not in use.term.fields:
                continue
            findings = found.setdefault(use.topic, Findings())
            if not stale.isdisjoint(places):
                _discount(findings, use, f"in what most items of its source repeat („{words}“)")
            elif not cut.get(use.topic, stale).isdisjoint(places):
                _discount(findings, use, f"in what `ignore` cuts out („{words}“)")
            else:
                _count(findings, self._topics[use.topic], use, field, words)
        for use, expression in self._expressions:
            if field in use.term.fields:
                left = passage.without(stale | cut.get(use.topic, set()))
                if match := expression.search(text.xml_safe(left)):
                    findings = found.setdefault(use.topic, Findings())
                    _count(findings, self._topics[use.topic], use, field, text.printable(match[0]))

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


def _terms(topic: Topic) -> Iterator[str]:
    yield from (*topic.any, *topic.all, *topic.none)
    for term, context in topic.with_:
        yield from (term, *context)


def _count(findings: Findings, topic: Topic, use: _Use, field: str, words: str) -> None:
    told = use.term.told
    if told not in findings.matches:
        findings.matches[told] = TopicMatch(topic=topic.id, term=told, field=field, words=words)


def _discount(findings: Findings, use: _Use, where: str) -> None:
    findings.discounted.setdefault(use.term.told, f"`{use.term.told}` stands only {where}")


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
