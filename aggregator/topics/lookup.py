"""Where in a text do which of many terms stand?

Each distinct word of a text is asked once which words of terms it is, and the answer remembered. So the cost grows with
the text and not with the number of terms, and most texts hold no word that begins any term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

from msgspec import Struct

from aggregator import text
from aggregator.sources import boilerplate
from aggregator.topics.terms import ENDINGS, Shape, TermWord, spelling, stem

_Answer = TypeVar("_Answer")

_MOST_REMEMBERED = 30_000
_LONGEST_REMEMBERED = 64


class Passage(Struct, frozen=True, kw_only=True):
    """One text of an entry, without what nobody sees, and its words as they are folded."""

    told: str
    folded: list[str]

    @classmethod
    def of(cls, told: str) -> Passage:
        """Take a text apart."""
        visible = text.visible(told)
        return cls(told=visible, folded=list(chain.from_iterable(boilerplate.parts(visible))))

    def without(self, places: Collection[int]) -> str:
        """Give the text with words cut out; each leaves a line break."""
        if not places:
            return self.told
        parts, end = [], 0
        for place, span in enumerate(text.spans(self.told)):
            if place in places:
                parts.append(self.told[end : span[0]])
                end = span[1]
        return "\n".join([*parts, self.told[end:]])


class Hit(NamedTuple):
    """A term's number, the places of the words where it stands, and these words as they stand there."""

    number: int
    places: range
    words: str


class Lookup:
    """The spellings of many terms, each with a number of the caller's."""

    def __init__(self) -> None:
        self._words: dict[TermWord, int] = {}
        self._by_stem: dict[tuple[Shape, str], list[TermWord]] = {}
        self._lengths: dict[Shape, set[int]] = {}
        self._beginning: dict[int, list[_Pattern]] = {}
        self._known = _Known(self._ask)
        self._like = _Known(self._ask_folded)

    def add(self, number: int, spellings: Iterable[tuple[TermWord, ...]]) -> None:
        """Take up the spellings of a term."""
        for words in spellings:
            first, *rest = ((self._number(word), word.joint) for word in words)
            self._beginning.setdefault(first[0], []).append(_Pattern(number, tuple(rest)))
        self._known.clear()
        self._like.clear()

    def find(self, passage: Passage) -> Iterator[Hit]:
        """Find every place of every term, in the order of where they begin."""
        likely = list(self._likely(passage.folded))
        if not likely:
            return
        told, spans = passage.told, text.spans(passage.told, max(map(sum, likely)))
        for start, length in likely:
            for number, rest in self._known[told[slice(*spans[start])]].begins:
                if len(rest) < length and self._follow(rest, told, spans, start):
                    stop = start + 1 + len(rest)
                    yield Hit(number, range(start, stop), told[spans[start][0] : spans[stop - 1][1]])

    def _likely(self, folded: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Give places where terms may begin, and how many words the longest has; the spelling tells whether they do."""
        for start, like in enumerate(map(self._like.__getitem__, folded)):
            if like is not _NOTHING and like.begins:
                lengths = [
                    len(rest) + 1
                    for _, rest in like.begins
                    if not rest or self._may_follow(rest, folded[start + 1 : start + 1 + len(rest)])
                ]
                if lengths:
                    yield start, max(lengths)

    def _may_follow(self, rest: Sequence[tuple[int, re.Pattern[str]]], folded: Sequence[str]) -> bool:
        if len(folded) < len(rest):
            return False
        return all(number in self._like[word].numbers for (number, _), word in zip(rest, folded, strict=True))

    def _follow(
        self, rest: Sequence[tuple[int, re.Pattern[str]]], told: str, spans: Sequence[tuple[int, int]], start: int
    ) -> bool:
        """Say whether the words behind a place are those of a term, and nothing stands between that parts them."""
        for place, (number, joint) in enumerate(rest, start + 1):
            own = spans[place]
            if number not in self._known[told[slice(*own)]].numbers:
                return False
            if not joint.fullmatch(told, spans[place - 1][1], own[0]):
                return False
        return True

    def _number(self, word: TermWord) -> int:
        """Number words of terms, equal ones alike: the joint before a word is no part of it."""
        word = word.alone
        if word not in self._words:
            self._words[word] = len(self._words)
            self._by_stem.setdefault((word.shape, word.stem), []).append(word)
            self._lengths.setdefault(word.shape, set()).add(len(word.stem))
        return self._words[word]

    def _ask(self, told: str) -> _Told:
        """Find out which words of terms a word of a text is, and what it begins."""
        spelled, folded = spelling(told), text.fold_word(told)
        return self._told(word for word in self._alike(folded) if word.takes(spelled, folded))

    def _ask_folded(self, folded: str) -> _Told:
        """Find out which words of terms a word may be that is folded so, whatever its spelling."""
        return self._told(self._alike(folded))

    def _alike(self, folded: str) -> Iterator[TermWord]:
        return (word for key in self._keys(folded) for word in self._by_stem.get(key, ()))

    def _told(self, words: Iterable[TermWord]) -> _Told:
        numbers = {self._words[word] for word in words}
        if not numbers:
            return _NOTHING
        return _Told(
            tuple(pattern for number in sorted(numbers) for pattern in self._beginning.get(number, ())),
            frozenset(numbers),
        )

    def _keys(self, folded: str) -> Iterator[tuple[Shape, str]]:
        stems = [folded[: len(folded) - len(ending)] for ending in ENDINGS if folded.endswith(ending)]
        yield from ((Shape.WHOLE, one) for one in stems)
        yield from (
            (Shape.ENDING, one[-length:])
            for one in stems
            for length in self._lengths.get(Shape.ENDING, ())
            if length <= len(one)
        )
        yield from (
            (Shape.BEGINNING, folded[:length])
            for length in self._lengths.get(Shape.BEGINNING, ())
            if length <= len(folded)
        )
        if Shape.STEM in self._lengths:
            yield Shape.STEM, stem(folded)


class _Pattern(NamedTuple):
    """A spelling of a term, by its first word: the term's number, and what must follow, with what may stand between."""

    number: int
    rest: tuple[tuple[int, re.Pattern[str]], ...]


class _Told(NamedTuple):
    """What is known of a word of a text: what it begins, and the numbers of the words of terms that it is."""

    begins: tuple[_Pattern, ...]
    numbers: frozenset[int]


_NOTHING = _Told((), frozenset())


class _Known(dict[str, _Answer]):
    """What is known of each word, asked once and then remembered; bounded, since words come from outside."""

    def __init__(self, ask: Callable[[str], _Answer]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, word: str) -> _Answer:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        told = self._ask(word)
        if len(word) <= _LONGEST_REMEMBERED:
            self[word] = told
        return told
