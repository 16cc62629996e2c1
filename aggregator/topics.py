"""Which topics does a story belong to, and because of which words?

A term is plain words, read as a German reader expects:

    smart city      each word whole, with the common endings; blank, hyphen and slash are the same; also "SmartCity"
    ransomware*     every word that begins so

Case and the spelling of umlauts never count, and nothing matches inside another word. All terms of all topics are
looked up word by word, so the cost grows with the text and not with the number of terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aggregator import text
from aggregator.model import Topic, TopicMatch

ENDINGS = ("", "e", "en", "er", "es", "em", "n", "s", "ns", "ens", "ern")
"""The endings that a German word takes without changing its stem."""

_JOINT = re.compile(r"[\s\-‐‑‒–/]{1,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What is searched of an entry, as plain text."""

    title: str = ""
    summary: str = ""
    text: str = ""

    def fields(self) -> tuple[tuple[str, str], ...]:
        """Give the names and texts in the order in which a match is looked for."""
        return (("title", self.title), ("summary", self.summary), ("text", self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pattern:
    """A term made ready: its folded words, of which the last may be the beginning of a word."""

    topic: str
    term: str
    words: tuple[str, ...]
    prefix: bool

    def end(self, found: Sequence[text.Word], start: int, source: str) -> int | None:
        """Give the place behind the last word where the term stands at `start`, else None."""
        stop = start + len(self.words)
        if stop > len(found):
            return None
        for offset, word in enumerate(self.words):
            here = found[start + offset]
            if offset and not _JOINT.fullmatch(source, found[start + offset - 1].end, here.start):
                return None
            is_prefix = self.prefix and offset == len(self.words) - 1
            if not (here.folded.startswith(word) and (is_prefix or here.folded[len(word) :] in ENDINGS)):
                return None
        return stop


class Matcher:
    """All terms of all topics, ready to be looked up."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._whole: dict[str, list[_Pattern]] = {}
        self._prefixes: dict[str, list[_Pattern]] = {}
        self._order: dict[str, int] = {}
        for topic in topics:
            self._order[topic.id] = len(self._order)
            for term in topic.any:
                self._add(topic.id, term)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})

    def match(self, texts: Texts) -> tuple[TopicMatch, ...]:
        """Find every term that matches, each once, at its first place; ordered by topic, then by place."""
        found: dict[tuple[str, str], TopicMatch] = {}
        for field, source in texts.fields():
            for pattern, words in self._occurrences(source):
                key = (pattern.topic, pattern.term)
                if key not in found:
                    found[key] = TopicMatch(topic=pattern.topic, term=pattern.term, field=field, words=words)
        return tuple(sorted(found.values(), key=lambda match: self._order[match.topic]))

    def _add(self, topic: str, term: str) -> None:
        prefix = term.endswith("*")
        words = tuple(word.folded for word in text.words(text.visible(term.rstrip("*"))))
        spellings = {words, ("".join(words),)}
        for spelling in sorted(spellings):
            pattern = _Pattern(topic=topic, term=term, words=spelling, prefix=prefix)
            index = self._prefixes if prefix and len(spelling) == 1 else self._whole
            index.setdefault(spelling[0], []).append(pattern)

    def _occurrences(self, source: str) -> Iterator[tuple[_Pattern, str]]:
        source = text.visible(source)
        found = text.words(source)
        for start, word in enumerate(found):
            for pattern in self._beginning_with(word.folded):
                stop = pattern.end(found, start, source)
                if stop is not None:
                    yield pattern, source[word.start : found[stop - 1].end]

    def _beginning_with(self, word: str) -> Iterator[_Pattern]:
        for ending in ENDINGS:
            if word.endswith(ending):
                yield from self._whole.get(word[: len(word) - len(ending)], ())
        for length in self._lengths:
            if length > len(word):
                return
            yield from self._prefixes.get(word[:length], ())
