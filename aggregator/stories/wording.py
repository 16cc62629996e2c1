"""What do two titles say differently, if it is but the wording?

    replaced     a word stands for another one: no form of it       "steigt", "sinkt"; "fordert", "fördert"
    added        one title says more: no matter, unless it turns    "neue"; but "nicht", "kaum", a name, a number
    at the end   there an added word is the predicate               "Fest am Markt", "Fest am Markt abgesagt"
    reordered    words stand in another order                       "Gotha schlägt Emden", "Emden schlägt Gotha"

So what is opposed needs no list: a word may be added or bent, never replaced. Listed are only small closed classes of
the grammar. All words are folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby, permutations

_COUNTED = frozenset(
    (
        "eins zwei drei vier fuenf sechs sieben acht neun zehn elf zwoelf dreizehn vierzehn fuenfzehn sechzehn siebzehn"
        " achtzehn neunzehn zwanzig dreissig vierzig fuenfzig sechzig siebzig achtzig neunzig hundert tausend"
        " erste ersten erster zweite zweiten zweiter dritte dritten dritter vierte vierten vierter"
    ).split()
)
_TURNING = frozenset(
    (
        "beinahe fast gegen kaum kein keine keinem keinen keiner keinerlei keines nein nicht nichts nie niemals niemand"
        " ohne weder weniger"
    ).split()
)
# Articles, pronouns and auxiliary verbs: which of them stands in a title is a matter of taste. `ein` is not among them,
# since it may be the half of a verb ("stellt ein").
_IDLE = frozenset(
    (
        "das dem den der des die eine einem einen einer eines er es ich man sich sie wir"
        " hat haben ist sind werden wird wurde wurden"
    ).split()
)
# Where something is or goes to. Each holds an article (but `in`), so none can be the half of a verb ("macht auf").
_PLACING = frozenset("am ans aufs beim im in ins zum zur".split())
# What a stem is bent with. Never an umlaut: it may be another word (fordert, fördert) or, cheaper, a duplicate missed.
_ENDINGS = frozenset(("", *"e em en er es et n t te ten ete eten".split()))
_SHORTEST_STEM = 3
_VOWELS = frozenset("aeiouy")
_MOST = 8
"""Words that two titles may have each for itself: more is no matter of wording."""


def difference(one: Sequence[str], other: Sequence[str], capitals: Collection[str]) -> str | None:
    """Say in what two titles differ that tells them apart; None where it is but the wording.

    `capitals` are words that one of them writes with a capital: names and nouns, which must all be the same.
    """
    differing = differing_words(one, other)
    vetoes = {
        "different numbers": [word for word in differing if word in _COUNTED],
        "a negation": [word for word in differing if word in _TURNING or f"un{word}" in differing],
        "different names or things": [word for word in differing if word in capitals],
    }
    found = next(((veto, words) for veto, words in vetoes.items() if words), None)
    found = found or _by_place(*sorted((_telling(one), _telling(other))))
    return f"{found[0]}: {shown(found[1])}" if found else None


def differing_words(one: Iterable[str], other: Iterable[str]) -> list[str]:
    """Give the words that one of two titles has and the other has not."""
    return sorted([*_surplus(one, other), *_surplus(other, one)])


def turns(words: Iterable[str]) -> bool:
    """Whether one of some words turns what the others say into its opposite, or nearly so."""
    return not _TURNING.isdisjoint(words)


def shown(words: Sequence[str]) -> str:
    """Print words, or numbers, as a reason names them."""
    return ", ".join(words[:5]) or "none"


def is_form(one: str, other: str) -> bool:
    """Whether two words are one, bent in two ways, or both say where something is."""
    if one in _PLACING and other in _PLACING:
        return True
    stem = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return stem >= _SHORTEST_STEM and {one[stem:], other[stem:]} <= _ENDINGS


def _by_place(one: list[str], other: list[str]) -> tuple[str, list[str]] | None:
    """Say which word was replaced by another one, or stands elsewhere."""
    mine, yours = _surplus(one, other), _surplus(other, one)
    if len(mine) + len(yours) > _MOST:
        return "other words", sorted(mine + yours)
    bent = _bent(mine, yours)
    _take_parted(mine, yours)
    _take_parted(yours, mine)
    if mine and yours:
        return "other words", sorted(mine + yours)
    if added := {*one[-1:], *other[-1:]}.intersection(mine + yours):
        return "a word added at the end", sorted(added)
    return _reordered(one, [bent.get(word, word) for word in other])


def _telling(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in _IDLE]


def _surplus(one: Iterable[str], other: Iterable[str]) -> list[str]:
    return sorted((Counter(one) - Counter(other)).elements())


def _bent(mine: list[str], yours: list[str]) -> dict[str, str]:
    """Take out the words of one title that are forms of words of the other; give which of which."""
    bent = {}
    for word in mine.copy():
        if form := next((other for other in yours if is_form(word, other)), None):
            bent[form] = word
            mine.remove(word)
            yours.remove(form)
    return bent


def _take_parted(mine: list[str], yours: list[str]) -> None:
    """Take out verbs that one title writes in one and the other in two: `aufgenommen`, `nimmt … auf`."""
    for whole in mine.copy():
        parts = next((parts for parts in permutations(yours, 2) if _is_parted(whole, *parts)), None)
        if parts:
            mine.remove(whole)
            for part in parts:
                yours.remove(part)


def _is_parted(whole: str, particle: str, verb: str) -> bool:
    rest = whole.removeprefix(particle)
    if rest == whole:
        return False
    participle = rest.removeprefix("ge")
    if any(is_form(verb, form) for form in (rest, participle, rest.removeprefix("zu"))):
        return True
    # Strong participles change their vowel.
    is_strong = participle != rest and rest.endswith("en")
    return is_strong and _consonants(participle.removesuffix("en")) in {
        _consonants(verb.removesuffix(ending)) for ending in ("", "t")
    }


def _consonants(word: str) -> str:
    return "".join(letter for letter, _ in groupby(letter for letter in word if letter not in _VOWELS))


def _reordered(one: Sequence[str], other: Sequence[str]) -> tuple[str, list[str]] | None:
    common = {*one} & {*other}
    mine, yours = ([word for word in dict.fromkeys(words) if word in common] for words in (one, other))
    moved = sorted({word for pair in zip(mine, yours, strict=True) if pair[0] != pair[1] for word in pair})
    return ("another order", moved) if moved else None
