"""How fast are stories sorted into topics, and are those the same topics that plain regular expressions find?

    50,000 stories, 20 topics of 10 terms each       seconds on one core
    the first 2,000 of them by `re`                  one alternation a topic, for comparison; the same hits are asserted
    100 topics made ready                            seconds

Stories have a title and a teaser of about 50 words, one in twenty of which is a word of the rules.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

from aggregator.model import Topic
from aggregator.topics import Matcher, Texts
from aggregator.topics.terms import ADJECTIVE_ENDINGS, ENDINGS, spelling

STORIES = 50_000
COMPARED = 2_000

WORDS = (
    "smart city cities region stadt städte digital digitale daten datenplattform zwilling verwaltung leistung "
    "onlinedienst gesetz onlinezugang zugangsgesetz kommune gemeinde landkreis rathaus bürger glasfaser breitband "
    "mobilfunk wlan cyber angriff ransomware sicherheit schutz register identität ausweis brieftasche stack "
    "ministerium cloud open source data offene standards souveränität OZG EfA KI BSI NIS-2 KRITIS eID BMDS 5G MPSC"
).split()

_ALONE = r"(?<![^\W_])(?:{})(?![^\W_])"
_JOINT = r"[\s\-‐‑‒–/]{1,3}"


def reference(term: str) -> str:
    """Write a term of words, `word*` and `*word` as a regular expression over `spelling(text)`, slow but plain."""
    words = [spelling(word) for word in re.split(r"[\s\-/]+", term)]
    return _ALONE.format("|".join(_readings(words)))


def _readings(words: Sequence[str]) -> Iterator[str]:
    joints = [
        (_JOINT,)
        if len(words) > 4 or left.endswith("*") or right.startswith("*") or _numbers(left, right)
        else (_JOINT, "")
        for left, right in pairwise(words)
    ]
    for joint in product(*joints):
        groups = [words[0]]
        for between, word in zip(joint, words[1:], strict=True):
            if between:
                groups.append(word)
            else:
                groups[-1] += "\0" + word
        if not any(group.startswith("*") and group.endswith("*") for group in groups):
            yield _JOINT.join(_word(group.split("\0"), last=n == len(groups)) for n, group in enumerate(groups, 1))


def _numbers(left: str, right: str) -> bool:
    return left[-1:].isdigit() and right[:1].isdigit()


def _word(parts: Sequence[str], *, last: bool) -> str:
    plain = [part.strip("*") for part in parts]
    whole = "".join(plain)
    exact = any(len(part) <= 8 and any(letter.isupper() for letter in part[1:]) for part in plain)
    before = r"[^\W_]*" if parts[0].startswith("*") else ""
    if parts[-1].endswith("*"):
        return f"{before}{_cased(whole, exact=exact)}[^\\W_]*"
    if exact:
        return before + _cased(whole, exact=True)
    if not last and len(whole) > 2 and whole.casefold().endswith("e"):
        return f"{before}{re.escape(whole[:-1])}(?:{'|'.join(ADJECTIVE_ENDINGS)})"
    return f"{before}{re.escape(whole)}(?:{'|'.join(ENDINGS)})"


def _cased(word: str, *, exact: bool) -> str:
    return f"(?-i:{re.escape(word)})" if exact else re.escape(word)


def made_topics(dice: random.Random, count: int) -> list[Topic]:
    """Make topics of ten terms of one to three words, some open at their end."""
    return [
        Topic(
            id=f"thema-{number}",
            title=f"Thema {number}",
            any=tuple(
                " ".join(dice.sample(WORDS, dice.choice((1, 2, 2, 3)))) + dice.choice(("", "", "*")) for _ in range(10)
            ),
        )
        for number in range(count)
    ]


def made_stories(dice: random.Random, count: int) -> list[Texts]:
    """Make stories with a title of eight words and a teaser of 42."""
    syllables = "ab er ung lich keit vor stell ge mein schaft bau rat haus land ver kehr ein druck".split()
    filler = ["".join(dice.choices(syllables, k=dice.randint(2, 4))).capitalize() for _ in range(20_000)]

    def told(length: int) -> str:
        parts = (dice.choice(WORDS if dice.random() < 0.05 else filler) for _ in range(length))
        return "".join(part + dice.choice((" ", " ", " ", "-", ", ", ". ")) for part in parts)

    return [Texts(title=told(8), summary=told(42)) for _ in range(count)]


def found_by_expressions(topics: Sequence[Topic], stories: Sequence[Texts]) -> list[set[str]]:
    """Sort stories with one alternation for each topic."""
    ready = [(topic.id, re.compile("|".join(map(reference, topic.any)), re.IGNORECASE)) for topic in topics]
    return [
        {
            topic
            for topic, expression in ready
            if any(expression.search(spelling(told)) for told in (story.title, story.summary))
        }
        for story in stories
    ]


def measure() -> None:
    """Measure, compare, and print a line for each."""
    dice = random.Random(6)
    topics, stories = made_topics(dice, 20), made_stories(dice, STORIES)
    began = time.process_time()
    matcher = Matcher(topics)
    found = [{match.topic for match in matcher.match(story)} for story in stories]
    took = time.process_time() - began
    print(f"{STORIES} stories, 20 topics of 10 terms: {took:.2f} s, {sum(map(len, found))} hits")
    began = time.process_time()
    compared = found_by_expressions(topics, stories[:COMPARED])
    slow = time.process_time() - began
    print(f"by `re`, {COMPARED} of them: {slow:.2f} s, so {slow * STORIES / COMPARED:.0f} s for all")
    assert compared == found[:COMPARED], "the two do not find the same"
    many = made_topics(dice, 100)
    began = time.process_time()
    Matcher(many)
    print(f"100 topics made ready: {time.process_time() - began:.3f} s")


if __name__ == "__main__":
    measure()
