"""Where in a text do which of many terms stand?

Each distinct word of a text is asked once which words of terms it is, and the answer remembered. So the cost grows with
the text and not with the number of terms, and most texts hold no word that begins any term.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from msgspec import Struct

from aggregator import text
from aggregator.topics.terms import ENDINGS, Shape, TermWord, spelling, stem

_MOST_REMEMBERED = 30_000
_LONGEST_REMEMBERED = 64


class Passage(Struct, frozen=True, kw_only=True):
    """One text of an entry, without what nobody sees, and its words as they are spelled."""

    told: str
    words: list[str]

    @classmethod
    def of(cls, told: str) -> Passage:
        """Take a text apart."""
        visible = text.visible(told)
        return cls(told=visible, words=text.spellings(visible))

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

    def add(self, number: int, spellings: Iterable[tuple[TermWord, ...]]) -> None:
        """Take up the spellings of a term."""
        for words in spellings:
            first, *rest = ((self._number(word), word.joint) for word in words)
            self._beginning.setdefault(first[0], []).append(_Pattern(number, tuple(rest)))
        self._known.clear()

    def find(self, passage: Passage) -> Iterator[Hit]:
        """Find every place of every term, in the order of where they begin."""
        told = [self._known[word] for word in passage.words]
        starts = [place for place, word in enumerate(told) if word is not _NOTHING and word.begins]
        if not starts:
            return
        last = max(start + len(rest) for start in starts for _, rest in told[start].begins)
        spans = text.spans(passage.told, last + 1)
        for start in starts:
            for number, rest in told[start].begins:
                stop = start + 1 + len(rest)
                if not rest or (stop <= len(told) and _follow(rest, told, passage.told, spans, start)):
                    yield Hit(number, range(start, stop), passage.told[spans[start][0] : spans[stop - 1][1]])

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
        numbers = {
            self._words[word]
            for key in self._keys(folded)
            for word in self._by_stem.get(key, ())
            if word.takes(spelled, folded)
        }
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


class _Known(dict[str, _Told]):
    """What is known of each word, asked once and then remembered; bounded, since words come from outside."""

    def __init__(self, ask: Callable[[str], _Told]) -> None:
        super().__init__()
        self._ask = ask

    def __missing__(self, word: str) -> _Told:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        told = self._ask(word)
        if len(word) <= _LONGEST_REMEMBERED:
            self[word] = told
        return told


def _follow(
    rest: tuple[tuple[int, re.Pattern[str]], ...],
    told: list[_Told],
    source: str,
    spans: list[tuple[int, int]],
    start: int,
) -> bool:
    """Say whether the words behind a place are those of a term, and nothing stands between that parts them."""
    for place, (number, joint) in enumerate(rest, start + 1):
        if number not in told[place].numbers or not joint.fullmatch(source, spans[place - 1][1], spans[place][0]):
            return False
    return True
