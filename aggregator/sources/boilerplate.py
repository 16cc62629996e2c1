"""What of an entry's text do most items of its document repeat?

    repeated   entries of one document -> each with its `boilerplate`, judged while the whole document is at hand
    may_cover  could any of these words belong to it?
    covered    a text and an entry's boilerplate -> the words of the text that belong to it

At least four of five items, of at least five, must have it in common: four words in a row, or a whole line, sentence or
part of a title that is shorter ("| Smart City Magazin").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from aggregator import text
from aggregator.model import Entry
from aggregator.sources import markup

_FEWEST_ITEMS = 5
_IN_A_ROW = 4
_MOST_PASSAGES = 200
# What parts sentences, lines, and the name of a site from a title; never the colon behind a kicker.
_PART = re.compile(r"[\n|·•»]|[.!?…](?:\s|$)|\s[–—-]\s")

_Piece = tuple[tuple[str, ...], range]


def repeated(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Give the entries of one document, in its order, each with what it shares with most of the others."""
    if len(entries) < _FEWEST_ITEMS:
        return tuple(entries)
    texts = [_texts(entry) for entry in entries]
    common = _common(texts)
    if not common:
        return tuple(entries)
    return tuple(replace(entry, boilerplate=_passages(own, common)) for entry, own in zip(entries, texts, strict=True))


def covered(boilerplate: Collection[str], told: str) -> set[int]:
    """Give the places, from 0, of the words of a text that belong to an entry's boilerplate."""
    passages = [tuple(passage.split()) for passage in boilerplate]
    wanted = {
        passage[start : start + _IN_A_ROW]
        for passage in passages
        for start in range(max(1, len(passage) - _IN_A_ROW + 1))
    }
    return {place for piece, places in _pieces(told, text.words(told)) if piece in wanted for place in places}


def may_cover(boilerplate: Collection[str], words: Iterable[str]) -> bool:
    """Say whether any of these words, as they are spelled, stands in an entry's boilerplate: else none is covered."""
    if not boilerplate:
        return False
    told = {word for passage in boilerplate for word in passage.split()}
    return any(text.fold_word(word) in told for word in words)


def _texts(entry: Entry) -> list[str]:
    return [entry.title or "", *(markup.to_text(told) for told in (entry.summary, entry.content) if told)]


def _common(texts: Sequence[Sequence[str]]) -> frozenset[tuple[str, ...]]:
    """Find the pieces that at least four of five items have.

    Each of them is in one of the shortest fifth and one more: only their pieces need to be remembered.
    """
    enough = -(-len(texts) * 4 // 5)
    shortest_first = sorted(texts, key=lambda own: sum(map(len, own)))
    seeds, others = shortest_first[: len(texts) - enough + 1], shortest_first[len(texts) - enough + 1 :]
    counts = Counter(piece for own in seeds for piece in _distinct(own))
    for own in others:
        counts.update(piece for piece in _distinct(own) if piece in counts)
    return frozenset(piece for piece, count in counts.items() if count >= enough)


def _distinct(texts: Sequence[str]) -> set[tuple[str, ...]]:
    return {piece for told in texts for piece, _ in _pieces(told, text.words(told))}


def _pieces(told: str, words: Sequence[text.Word]) -> Iterator[_Piece]:
    """Give each four words in a row, and each whole part of a text that has fewer."""
    for start in range(len(words) - _IN_A_ROW + 1):
        places = range(start, start + _IN_A_ROW)
        yield tuple(words[place].folded for place in places), places
    begin = 0
    for place, word in enumerate(words):
        following = words[place + 1].start if place + 1 < len(words) else len(told)
        if place + 1 == len(words) or _PART.search(told, word.end, following):
            if place + 1 - begin < _IN_A_ROW:
                yield tuple(one.folded for one in words[begin : place + 1]), range(begin, place + 1)
            begin = place + 1


def _passages(texts: Sequence[str], common: frozenset[tuple[str, ...]]) -> tuple[str, ...]:
    """Join pieces that overlap or follow each other to passages, as folded words."""
    passages: dict[str, None] = {}
    for told in texts:
        words = text.words(told)
        found = [(piece, places) for piece, places in _pieces(told, words) if piece in common]
        for run in _runs({place for _, places in found if len(places) == _IN_A_ROW for place in places}):
            passages[" ".join(words[place].folded for place in run)] = None
        passages.update((" ".join(piece), None) for piece, _ in found if len(piece) < _IN_A_ROW)
    return tuple(passages)[:_MOST_PASSAGES]


def _runs(places: Collection[int]) -> Iterator[list[int]]:
    """Part places where one is left out between two."""
    run: list[int] = []
    for place in sorted(places):
        if run and place > run[-1] + 1:
            yield run
            run = []
        run.append(place)
    if run:
        yield run
