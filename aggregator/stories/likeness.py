"""Do two titles of one day stand over the same story?

    equal        the same letters and digits
    kicker       "Köln: Neue App" and "Neue App"; "Bundesliga: …" and "Fußball-Bundesliga: …"
    subtitle     "Der Rat beschließt die neue Strategie: Was nun kommt" and the first part alone
    cut short    a long title, and its beginning
    near         the wording alone differs: words are bent, articles and auxiliaries added (see `wording`)

Each answer comes with its reason, also where it is no. All but the first are not transitive: see `shelf`.
"""

from __future__ import annotations

import re

from msgspec import Struct

from aggregator.stories import wording
from aggregator.stories.titles import Title, significant

NEAR = 82.0
"""The least `token_sort_ratio` (0 to 100) of near titles, measured on pairs that editors labelled."""

_QUESTION = re.compile(r"\?\W*$")
_FEWEST_WORDS = 3
_FEWEST_WORDS_CUT = 6


class Likeness(Struct, frozen=True):
    """Whether two titles stand over the same story, and why or why not."""

    same: bool
    reason: str


def compare(one: Title, other: Title) -> Likeness:
    """Compare two titles of one day; the order does not matter."""
    if one.marked != other.marked:
        return Likeness(False, "one is marked as advertising")
    if one.key == other.key:
        return Likeness(True, "same date and title")
    if one.bare or other.bare:
        return Likeness(False, "a bare title says nothing")
    return _by_kicker(one, other) or _by_beginning(one, other) or _by_words(one, other)


def may_be_near(one: Title, other: Title) -> bool:
    """Say at little cost whether `compare` could find two titles near: else numbers or capitals differ."""
    return one.numbers == other.numbers and one.capitals <= other.word_set and other.capitals <= one.word_set


def may_be_shortened(one: Title, other: Title) -> bool:
    """Say whether one of two kickers over one headline is but a part of the other."""
    return _contained(one.kicker_words, other.kicker_words)


def may_be_cut(one: Title, other: Title) -> bool:
    """Say whether one of two titles is the beginning of the other."""
    few = min(len(one.words), len(other.words))
    return one.words[:few] == other.words[:few]


def by_two_kickers(one: Title, other: Title) -> bool:
    """Whether two titles are one headline under two kickers, neither of which contains the other's words."""
    return (
        one.headline == other.headline
        and one.kicker is not None
        and other.kicker is not None
        and not _contained(one.kicker_words, other.kicker_words)
    )


def _by_kicker(one: Title, other: Title) -> Likeness | None:
    if one.kicker is None and other.kicker is None:
        return None
    if one.kicker is None or other.kicker is None:
        bare, full = (one, other) if one.kicker is None else (other, one)
        if bare.key == full.headline:
            return Likeness(True, "kicker left out")
        if bare.key == full.kicker and significant(full.kicker_words) >= _FEWEST_WORDS:
            return Likeness(True, "subtitle left out")
        return None
    if not _contained(one.kicker_words, other.kicker_words):
        shared = "over one headline" if one.headline == other.headline else "over two headlines"
        return Likeness(False, f"two kickers {shared}")
    same = one.headline == other.headline and one.numbers == other.numbers
    return Likeness(True, "kicker shortened") if same else None


def _contained(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return set(one) <= set(other) or set(other) <= set(one)


def _by_beginning(one: Title, other: Title) -> Likeness | None:
    short, long = sorted((one.words, other.words), key=len)
    if short == long or short != long[: len(short)] or significant(short) < _FEWEST_WORDS_CUT:
        return None
    if not wording.turns(long[len(short) :]):
        return Likeness(True, "title cut short")
    return None


def _by_words(one: Title, other: Title) -> Likeness:
    from rapidfuzz import fuzz

    if one.numbers != other.numbers:
        return Likeness(False, f"different numbers: {wording.shown(one.numbers)} and {wording.shown(other.numbers)}")
    if min(significant(one.words), significant(other.words)) < _FEWEST_WORDS:
        return Likeness(False, "too short to be compared word by word")
    ratio = fuzz.ratio(" ".join(sorted(one.words)), " ".join(sorted(other.words)), score_cutoff=NEAR)
    if ratio < NEAR:
        return Likeness(False, "different words")
    if difference := wording.difference(one.words, other.words, one.capitals | other.capitals):
        return Likeness(False, difference)
    if _is_question(one) != _is_question(other):
        return Likeness(False, "one is a question")
    differing = wording.differing_words(one.words, other.words)
    return Likeness(True, f"nearly the same title: {wording.shown(differing)}" if differing else "the same words")


def _is_question(title: Title) -> bool:
    return _QUESTION.search(title.plain) is not None
