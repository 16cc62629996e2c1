"""Which topics does a story belong to, because of which words, and why not to the others?

    terms.py       what a term means
    lookup.py      where terms stand in a text, all of them at once
    search.py      which terms of which topics stand in an entry
    verdicts.py    what follows from that, by `any all with none`, for an entry and for a story
    judge.py       what sources and `include exclude` make of that
    examples.py    which examples of feeds.yaml fail

docs/topics.md is the language's reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aggregator.model import Topic, TopicMatch
from aggregator.topics.judge import Copy, Judge
from aggregator.topics.search import Searcher, Texts, digest, reads_sources
from aggregator.topics.verdicts import Verdict, judge_entry, judge_story

__all__ = [
    "Copy",
    "Judge",
    "Matcher",
    "Searcher",
    "Texts",
    "Verdict",
    "digest",
    "judge_entry",
    "judge_story",
    "reads_sources",
]


class Matcher:
    """All rules of all topics, ready to be asked. ValueError where a term is none (see terms.py)."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = tuple(topics)
        self._searcher = Searcher(self._topics)
        self._judge = Judge(self._topics)

    def match(self, texts: Texts) -> tuple[TopicMatch, ...]:
        """Find every term that counts, each once, at its first place; ordered by topic, then by place."""
        found = self._searcher.search(texts)
        return tuple(
            match for place in sorted(found) for match in judge_entry(self._topics[place], found[place]).matches
        )

    def explain(self, texts: Texts) -> tuple[Verdict, ...]:
        """Judge an entry by each topic's rules, in the order of feeds.yaml."""
        return self._judge.entry(self._searcher.search(texts))

    def judge(self, copies: Sequence[Copy], story: str = "") -> tuple[Verdict, ...]:
        """Judge a story (its UUID and at least one entry) by each topic, in the order of feeds.yaml.

        The last word have, in this order: `exclude`, `include`, and a source that is bound to the topic.
        """
        return self._judge.story([self._searcher.search(copy.texts) for copy in copies], copies, story)
