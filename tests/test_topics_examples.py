"""Promises of aggregator/topics/examples.py."""

from __future__ import annotations

import pytest

from aggregator.model import Example, Topic
from aggregator.topics.examples import failing_examples

pytestmark = pytest.mark.usefixtures("pure")


def test_a_failing_example_says_what_did_or_did_not_match() -> None:
    """Each example that fails is told at its place, with the term that matched or why none did."""
    examples = (
        Example(text="OZG-Leistungen für Kommunen", member=True, place="feeds.yaml:9:13"),
        Example(text="Das Onlinezugangsgesetz „wirkt“", member=True, place="feeds.yaml:9:40"),
        Example(text="OZG gewinnt den Pokal", member=False, place="feeds.yaml:10:12"),
        Example(text="Gefahr am Deich", member=False, place="feeds.yaml:10:40"),
    )
    topic = Topic(id="ozg", title="OZG", any=("OZG",), examples=examples)
    other = Topic(id="ki", title="KI", any=("KI",))
    assert failing_examples((other, topic)) == (
        "feeds.yaml:9:40: topic ozg: the example „Das Onlinezugangsgesetz „wirkt““ should be in, but none of its terms"
        " stands there",
        "feeds.yaml:10:12: topic ozg: the example „OZG gewinnt den Pokal“ should stay out, but takes `OZG` („OZG“)",
    )
