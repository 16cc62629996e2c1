"""Which terms of which topics stand in an entry, and where first?

That depends on nothing but the entry's own texts and the terms: `digest` tells by which terms it was found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from aggregator import text
from aggregator.model import Found, Topic, TopicMatch
from aggregator.sources import boilerplate
from aggregator.topics.lookup import Lookup, Passage
from aggregator.topics.terms import Expression, Term, fields_of, read_phrase, read_term
from aggregator.topics.verdicts import Findings

_RULES = 1
"""Counts the versions of what terms mean: another one finds in all stored entries anew."""
_DIGEST_SIZE = 8


class Texts(Struct, frozen=True, kw_only=True):
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


def digest(topics: Iterable[Topic]) -> bytes:
    """Compute what tells the terms of topics from other ones."""
    told = [(one.id, one.any, one.all, one.with_, one.none, one.ignore) for one in topics]
    return hashlib.sha256(repr((_RULES, told)).encode()).digest()[:_DIGEST_SIZE]


def reads_sources(topics: Iterable[Topic]) -> bool:
    """Say whether any term is looked for in what feeds.yaml says of a source."""
    return any("source" in fields_of(told) for topic in topics for told in _terms(topic))


class _Use(Struct, frozen=True, kw_only=True):
    """What a term is for: the place of its topic, or that it is cut out of that topic's texts."""

    topic: int
    term: Term
    ignored: bool = False


class Searcher:
    """The terms of all topics, ready to be looked for. ValueError where a term is none (see terms.py)."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = topics
        self._digest = digest(topics)
        self._uses: list[_Use] = []
        self._expressions: list[tuple[_Use, Expression]] = []
        self._lookup = Lookup()
        for place, topic in enumerate(topics):
            for told in dict.fromkeys(_terms(topic)):
                self._add(_Use(topic=place, term=read_term(told)))
            for told in topic.ignore:
                self._add(_Use(topic=place, term=read_phrase(told), ignored=True))
        used = (use.term.fields for use in (*self._uses, *(use for use, _ in self._expressions)))
        self._fields: frozenset[str] = frozenset().union(*used)

    def find(self, texts: Texts) -> Found:
        """Give each term that counts, once, at its first place; ordered by topic, then by place."""
        found = self.search(texts)
        matches = tuple(match for place in sorted(found) for match in found[place].matches.values())
        return Found(rules=self._digest, matches=matches)

    def search(self, texts: Texts) -> dict[int, Findings]:
        """Search an entry's texts; gives what was found by the place of the topic."""
        found: dict[int, Findings] = {}
        for field, told in texts.fields():
            if told and field in self._fields:
                self._search(field, Passage.of(told), texts.boilerplate, found)
        return found

    def _add(self, use: _Use) -> None:
        if use.term.expression:
            self._expressions.append((use, use.term.expression))
        else:
            self._lookup.add(len(self._uses), use.term.spellings)
            self._uses.append(use)

    def _search(self, field: str, passage: Passage, repeated: tuple[str, ...], found: dict[int, Findings]) -> None:
        hits = [(self._uses[number], places, words) for number, places, words in self._lookup.find(passage)]
        if not (hits or self._expressions):
            return
        is_asked = self._expressions or boilerplate.may_cover(
            repeated, (passage.folded[n] for hit in hits for n in hit[1])
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
