"""Which examples of feeds.yaml does a topic's rule not keep?"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.model import Example, Topic
from aggregator.text import printable
from aggregator.topics import Matcher, Texts, Verdict


def failing_examples(topics: Sequence[Topic]) -> tuple[str, ...]:
    """Say of each example that fails what did match, or why nothing did; each line begins with its place.

    An example is read as a title. `include`, `exclude` and sources play no part.
    """
    matcher = Matcher(topics)
    return tuple(
        _failure(topic, example, verdict)
        for place, topic in enumerate(topics)
        for example in topic.examples
        if (verdict := matcher.explain(Texts(title=example.text))[place])
        if (verdict.why_not is None) is not example.member
    )


def _failure(topic: Topic, example: Example, verdict: Verdict) -> str:
    head = f"{example.place}: topic {topic.id}: the example „{printable(example.text, 80)}“"
    if verdict.why_not is not None:
        return f"{head} should be in, but {verdict.why_not}"
    found = ", ".join(f"`{match.term}` („{printable(match.words, 60)}“)" for match in verdict.matches)
    return f"{head} should stay out, but takes {found}"
