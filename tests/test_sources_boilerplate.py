"""Promises of aggregator/sources/boilerplate.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import text
from aggregator.model import Entry
from aggregator.sources import boilerplate

pytestmark = pytest.mark.usefixtures("pure")

FOOTER = "<p>Der Beitrag {} erschien zuerst auf Smart City Blog.</p>"
NAMES = ("Köln", "Gotha", "Jena", "Fürth", "Ulm", "Trier", "Bonn", "Suhl", "Hof", "Kiel")


def entries(*summaries: str, titles: tuple[str, ...] = NAMES) -> list[Entry]:
    """Make entries with these summaries."""
    return [
        Entry(id=str(number), id_derived=False, title=title, summary=summary)
        for number, (summary, title) in enumerate(zip(summaries, titles, strict=False))
    ]


def test_what_most_items_repeat_is_found() -> None:
    """Words in a row that four of five items have are told of each item that has them, folded."""
    told = entries(*(f"<p>Neues von {name}.</p>{FOOTER.format(name)}" for name in NAMES[:4]), "<p>Ohne Fuß</p>")
    found = boilerplate.repeated(told)
    assert [one.boilerplate for one in found] == [("erschien zuerst auf smart city blog",)] * 4 + [()]
    assert [one.id for one in found] == [one.id for one in told]


def test_passages_are_told_apart() -> None:
    """What stands before and behind an item's own words are two passages."""
    told = entries(*(f"<p>Das Neueste aus deutschen Städten: {name} baut.</p>{FOOTER.format(name)}" for name in NAMES))
    passages = ("das neueste aus deutschen staedten", "erschien zuerst auf smart city blog")
    assert {one.boilerplate for one in boilerplate.repeated(told)} == {passages}


def test_few_items_or_few_copies_are_no_pattern() -> None:
    """Of four items nothing is judged, nor what three of five have in common."""
    four = entries(*(FOOTER.format(name) for name in NAMES[:4]))
    assert boilerplate.repeated(four) == tuple(four)
    assert all(not one.boilerplate for one in boilerplate.repeated(entries(*[FOOTER.format("x")] * 3, "a", "b")))


def test_a_short_line_counts_as_a_whole_only() -> None:
    """A line of its own or the site's name behind a title is boilerplate; the same words in a sentence are not."""
    titles = tuple(f"{name} | Smart City Magazin" for name in NAMES)
    found = boilerplate.repeated(entries(*(f"<p>{name} plant.</p><p>Smart City</p>" for name in NAMES), titles=titles))
    assert set(found[0].boilerplate) == {"smart city magazin", "smart city"}
    told = "Köln | Smart City Magazin"
    covered = boilerplate.covered(found[0].boilerplate, told)
    assert [word.folded for place, word in enumerate(text.words(told)) if place in covered] == [
        "smart",
        "city",
        "magazin",
    ]
    assert boilerplate.covered(found[0].boilerplate, "Köln wird eine Smart City und baut") == set()


def test_a_kicker_is_no_boilerplate() -> None:
    """What stands before a colon says what an item is about, however many items say so."""
    titles = tuple(f"Smart City: {name} baut" for name in NAMES)
    assert all(not one.boilerplate for one in boilerplate.repeated(entries(*NAMES, titles=titles)))


def test_long_documents_are_judged_in_a_moment() -> None:
    """Passages that differ everywhere are not all kept in memory."""
    told = [" ".join(f"w{number}x{place}" for place in range(3_000)) for number in range(30)]
    found = boilerplate.repeated(entries(*told, titles=tuple(str(number) for number in range(30))))
    assert not any(one.boilerplate for one in found)


@given(st.lists(st.text(alphabet="ab .|\n", max_size=30), max_size=8))
def test_what_is_told_can_be_found_again(summaries: list[str]) -> None:
    """Every passage that is told of an entry covers words of its text, and judging never fails."""
    told = entries(*summaries, titles=("",) * 8)
    for one in boilerplate.repeated(told):
        covered = boilerplate.covered(one.boilerplate, one.summary or "")
        assert bool(one.boilerplate) <= bool(covered or len(told) < 5 or not (one.summary or "").strip(" .|\n"))


MARKS = (
    "Köln",
    "Straße",
    "É",
    "GmbH",
    " ",
    "\n",
    ".",
    "…",
    "!",
    " – ",
    " - ",
    "|",
    "·",
    "•",
    "»",
    "_",
    "\xa0",
    "½",
    "1",
    "’",
)


@given(st.lists(st.sampled_from(MARKS), max_size=12).map("".join))
def test_folded_at_once_or_word_by_word(told: str) -> None:
    """A text has the same parts and words whether it is folded as a whole or, beside another script, word by word."""
    beside = boilerplate._parts(f"{told}\nж")
    assert beside.pop() == ["ж"]
    assert boilerplate._parts(told) == beside
    assert [word for part in beside for word in part] == [word.folded for word in text.words(told)]


@pytest.mark.parametrize("told", ["", "\x80", "…", "☀"])
def test_no_words(told: str) -> None:
    """A text without a word has no parts, and nothing of it belongs to boilerplate."""
    assert boilerplate._parts(told) == []
    assert boilerplate.covered(("köln",), told) == set()


WORDS = st.sampled_from(["Rat", "tagt", "in", "Köln", "mehr", "lesen", "|", ".", "–", "\n"])


@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=5, max_size=12), st.sets(st.integers(0, 11)))
def test_who_is_asked_about_is_told_the_same(titles: list[str], asked: set[int]) -> None:
    """Of the entries at some places all is told as if all were asked about, and nothing of the others."""
    told = [Entry(id=str(number), id_derived=False, title=title) for number, title in enumerate(titles)]
    whole = boilerplate.repeated(told)
    expected = [whole[place] if place in asked else entry for place, entry in enumerate(told)]
    assert list(boilerplate.repeated(told, [place for place in asked if place < len(told)])) == expected


@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=5, max_size=9))
def test_nothing_common_is_missed(titles: list[str]) -> None:
    """However it is looked for: what four of five items have is told of each that has it, and nothing else is."""
    told = [Entry(id=str(number), id_derived=False, title=title) for number, title in enumerate(titles)]
    held = []
    for title in titles:
        parts = boilerplate.parts(title)
        words = [word for part in parts for word in part]
        rows = {tuple(words[start : start + 4]) for start in range(len(words) - 3)}
        held.append(rows | {tuple(part) for part in parts if len(part) < 4})
    common = {piece for own in held for piece in own if sum(piece in other for other in held) * 5 >= len(held) * 4}
    for entry, own in zip(boilerplate.repeated(told), held, strict=True):
        passages = [f" {passage} " for passage in entry.boilerplate]
        assert all(any(f" {' '.join(piece)} " in passage for passage in passages) for piece in common & own)
        assert bool(entry.boilerplate) == bool(common & own)
