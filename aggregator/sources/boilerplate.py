"""What of an entry's text do most items of its document repeat?

    repeated   entries of one document -> those asked about with their `boilerplate`, judged by the whole document
    may_cover  could any of these words belong to it?
    covered    a text and an entry's boilerplate -> the words of the text that belong to it

At least four of five items, of at least five, must have it in common: four words in a row, or a whole line, sentence or
part of a title that is shorter ("| Smart City Magazin").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from msgspec.structs import replace

from aggregator import text
from aggregator.model import Entry
from aggregator.sources import markup

_FEWEST_ITEMS = 5
_IN_A_ROW = 4
_MOST_PASSAGES = 200
# Pieces that are sooner looked for one by one than among all of an item's.
_FEW = 16
# Of what was read last, for those who ask again: which terms stand there.
_KEPT = 500
_LONGEST_KEPT = 5_000
# What parts sentences, lines, and the name of a site from a title; never the colon behind a kicker.
_PART = re.compile(r"[\n|·•»]|[.!?…](?:\s|$)|\s[–—-]\s")

# The same in a text as a whole, where a word begins at once behind the mark or anything may follow it.
_BETWEEN = re.compile(
    # One set of all marks comes first: it is what makes the search fast.
    r"[\n|·•».!?…–—-](?:(?<=[\n|·•»])|(?<=[.!?…])(?=\s|[^\W_])|(?<=\s[–—-])(?=\s))"
)
_WORDS = re.compile(r"[^\W_]+")
_WORDS_WITHOUT_UNDERSCORE = re.compile(r"\w+")

_Piece = tuple[str, ...]
_Parts = list[list[str]]


def repeated(entries: Sequence[Entry], asked: Collection[int] | None = None) -> tuple[Entry, ...]:
    """Give the entries of one document, in its order, each with what it shares with most of the others.

    Where places, from 0, are asked for, the other entries stay as they are.
    """
    places = set(range(len(entries)) if asked is None else asked)
    if len(entries) < _FEWEST_ITEMS or not places:
        return tuple(entries)
    texts = [_texts(entry) for entry in entries]
    common = _common(texts, places)
    if not common:
        return tuple(entries)
    return tuple(
        replace(entry, boilerplate=_passages(own, common)) if place in places else entry
        for place, (entry, own) in enumerate(zip(entries, texts, strict=True))
    )


def covered(boilerplate: Collection[str], told: str) -> set[int]:
    """Give the places, from 0, of the words of a text that belong to an entry's boilerplate."""
    passages = [tuple(passage.split()) for passage in boilerplate]
    wanted = {
        passage[start : start + _IN_A_ROW]
        for passage in passages
        for start in range(max(1, len(passage) - _IN_A_ROW + 1))
    }
    own = parts(told)
    return {place for start, piece in (*_rows(own), *_shorter(own)) if piece in wanted for place in _span(start, piece)}


def may_cover(boilerplate: Collection[str], words: Iterable[str]) -> bool:
    """Say whether any of these folded words stands in an entry's boilerplate: else none is covered."""
    return not {word for passage in boilerplate for word in passage.split()}.isdisjoint(words)


def parts(told: str) -> _Parts:
    """Give the folded words of each part of a text, in order; no part is empty."""
    return _latest_parts(told) if len(told) <= _LONGEST_KEPT else _parts(told)


def _texts(entry: Entry) -> list[str]:
    return [entry.title or "", *(markup.to_text(html) for html in (entry.summary, entry.content) if html)]


def _parts(told: str) -> _Parts:
    folded = text.fold_at_once(told)
    if folded is not None:
        pattern = _WORDS if "_" in folded else _WORDS_WITHOUT_UNDERSCORE
        return [words for part in _BETWEEN.split(folded) if (words := pattern.findall(part))]
    words = text.words(told)
    if not words:
        return []
    parts: _Parts = [[]]
    for word, following in zip(words, [*words[1:], None], strict=True):
        parts[-1].append(word.folded)
        if following and _PART.search(told, word.end, following.start):
            parts.append([])
    return parts


_latest_parts = lru_cache(maxsize=_KEPT)(_parts)


def _common(texts: Sequence[Sequence[str]], places: Collection[int]) -> frozenset[_Piece]:
    """Find the pieces that at least four of five items have, if one of those at these places has them.

    Each is also in one of the shortest fifth and one more: only the pieces of these, or of those asked for where that
    are fewer, need to be looked for in the others, and there only as long as they may still be in enough of them.
    """
    enough = -(-len(texts) * 4 // 5)
    shortest_first = sorted(range(len(texts)), key=lambda place: sum(map(len, texts[place])))
    first = set(shortest_first[: len(texts) - enough + 1])
    first = first if len(first) <= len(places) else set(places)
    others = [texts[place] for place in shortest_first if place not in first]
    counts = Counter(piece for place in first for piece in _distinct(texts[place]))
    for left, own in zip(reversed(range(len(others))), others, strict=True):
        counts.update(_those_in(own, counts))
        counts = Counter({piece: count for piece, count in counts.items() if count + left >= enough})
        if not counts:
            break
    return frozenset(counts)


def _distinct(texts: Iterable[str]) -> set[_Piece]:
    pieces: set[_Piece] = set()
    for told in texts:
        own = parts(told)
        pieces.update(_in_a_row(own))
        pieces.update(tuple(part) for part in own if len(part) < _IN_A_ROW)
    return pieces


def _those_in(texts: Iterable[str], pieces: Collection[_Piece]) -> set[_Piece]:
    """Give those of some pieces that stand in an item's texts."""
    if len(pieces) > _FEW:
        return _distinct(texts).intersection(pieces)
    own = [parts(told) for told in texts]
    rows = [f" {' '.join(chain.from_iterable(one))} " for one in own]
    return {
        piece
        for piece in pieces
        if (
            any(list(piece) in one for one in own)
            if len(piece) < _IN_A_ROW
            else any(f" {' '.join(piece)} " in row for row in rows)
        )
    }


def _in_a_row(parts: _Parts) -> Iterator[_Piece]:
    """Give each four words in a row, whatever parts them."""
    words = parts[0] if len(parts) == 1 else list(chain.from_iterable(parts))
    return zip(words, words[1:], words[2:], words[3:], strict=False)


def _rows(parts: _Parts) -> Iterator[tuple[int, _Piece]]:
    return enumerate(_in_a_row(parts))


def _shorter(parts: _Parts) -> Iterator[tuple[int, _Piece]]:
    """Give each whole part that has fewer words, and the place of its first."""
    start = 0
    for part in parts:
        if len(part) < _IN_A_ROW:
            yield start, tuple(part)
        start += len(part)


def _span(start: int, piece: _Piece) -> range:
    return range(start, start + len(piece))


def _passages(texts: Sequence[str], common: frozenset[_Piece]) -> tuple[str, ...]:
    """Join pieces that overlap or follow each other to passages, as folded words."""
    passages: dict[str, None] = {}
    has_rows = any(len(piece) == _IN_A_ROW for piece in common)
    for own in map(parts, texts):
        starts = [start for start, piece in _rows(own) if piece in common] if has_rows else []
        if starts:
            words = list(chain.from_iterable(own))
            for run in _runs({place for start in starts for place in range(start, start + _IN_A_ROW)}):
                passages[" ".join(words[place] for place in run)] = None
        passages.update((" ".join(piece), None) for _, piece in _shorter(own) if piece in common)
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
