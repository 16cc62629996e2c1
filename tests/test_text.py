"""Promises of aggregator/text.py."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import text

pytestmark = pytest.mark.usefixtures("pure")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Städte", "STAEDTE"),
        ("MASSNAHMEN", "Maßnahmen"),
        ("Mu\u0308nster", "Münster"),
        ("Smart\u2011City", "smart city"),
        ("Verwaltungs\u00addigitalisierung", "Verwaltungsdigitalisierung"),
        ("„Digital“ – jetzt", "»digital« - jetzt!"),
        ("Deutschland’s Stack", "Deutschland's Stack"),
    ],
)
def test_what_reads_the_same_folds_the_same(one: str, other: str) -> None:
    """Case, dashes, quotes, invisible characters and the spelling of umlauts do not tell texts apart."""
    assert text.fold(one) == text.fold(other)


@pytest.mark.parametrize(("one", "other"), [("fordert", "fördert"), ("Bauer", "Bäuer"), ("OZG 1.0", "OZG 2.0")])
def test_what_reads_differently_folds_differently(one: str, other: str) -> None:
    """Umlauts are spelled out, never dropped, and numbers count."""
    assert text.fold(one) != text.fold(other)


@given(st.text())
def test_folding_is_idempotent(some: str) -> None:
    """Folding what was folded changes nothing."""
    assert text.fold(text.fold(some)) == text.fold(some)


@given(st.text("Aaäöüßéÿ’´½…–\u0301\u200d 1٣"))
def test_common_texts_fold_as_all_do(some: str) -> None:
    """The short way for common characters gives what the long one gives, however they are mixed."""
    long = some + " \N{OGHAM LETTER BEITH}"
    assert f"{text.fold(some)} \N{OGHAM LETTER BEITH}".strip() == text.fold(long)
    assert [*text.spellings(some), long[-1]] == text.spellings(long)
    assert [*text.spans(some), (len(long) - 1, len(long))] == text.spans(long)
    assert text.spans(some, 2) == text.spans(some)[:2]


@given(st.text())
def test_words_stand_where_they_say(some: str) -> None:
    """Each word's place holds the word, in order and without overlap."""
    found = text.words(some)
    assert [text.fold_word(some[word.start : word.end]) for word in found] == [word.folded for word in found]
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(st.text(alphabet=st.characters(codec=None)))
def test_titles_and_log_lines_hold_nothing_unprintable(some: str) -> None:
    """A title or a log line has no control, no line end, no direction mark, and is short where asked."""
    for line in (text.one_line(some), text.printable(some, 20)):
        assert all(ord(char) >= 32 and not 0x7F <= ord(char) < 0xA0 for char in line)
        assert not set("\u202e\u200b\u00ad\ufeff") & set(line)
    assert len(text.printable(some, 20)) <= 20


@given(st.text(alphabet=st.characters(codec=None)))
def test_xml_safe_text_can_be_written(some: str) -> None:
    """What XML cannot hold is gone, the rest is as it was."""
    safe = text.xml_safe(some)
    safe.encode()
    assert "\x00" not in safe
    assert text.xml_safe(safe) == safe


def test_joiners_stay_in_titles_and_do_not_count() -> None:
    """An emoji of several parts stays whole in a title; for comparison its joiner is nothing."""
    assert text.one_line("👩\u200d💻 digital") == "👩\u200d💻 digital"
    assert text.fold("di\u200dgital") == text.fold("digital")


def test_a_short_text_is_its_own_teaser() -> None:
    """A text below the limit stays whole, its blanks made single."""
    assert text.teaser("Kurz\n und gut. ") == "Kurz und gut."


def test_a_teaser_ends_with_a_sentence() -> None:
    """A long text ends behind a sentence, not behind an abbreviation or a date."""
    told = "Am 3. März tagt z. B. der Rat der Stadt Köln. " + "Danach folgt ein langer zweiter Satz ohne Ende " * 5
    assert text.teaser(told, 80) == "Am 3. März tagt z. B. der Rat der Stadt Köln."


def test_a_teaser_without_sentences_ends_with_a_word() -> None:
    """Where no sentence ends, a whole word does, marked with an ellipsis."""
    assert text.teaser("Verwaltung " * 20, 50) == "Verwaltung Verwaltung Verwaltung Verwaltung …"
    assert text.teaser("x" * 100, 50) == "x" * 50 + " …"


@given(st.text(), st.integers(min_value=20, max_value=400))
def test_a_teaser_is_never_long(some: str, limit: int) -> None:
    """A teaser is at most the limit and its ellipsis."""
    assert len(text.teaser(some, limit)) <= limit + 2


@pytest.mark.parametrize(
    ("told", "expected"), [("Behörden Spiegel", "behoerden-spiegel"), ("!!!", "source"), ("x" * 99, "x" * 64)]
)
def test_slugs(told: str, expected: str) -> None:
    """A slug is of a-z, 0-9 and hyphens, at most 64 long, never empty."""
    assert text.slug(told) == expected
