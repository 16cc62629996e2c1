"""What do two titles say differently, if it is but the wording?

    replaced     a word stands for another one: no form of it       "steigt", "sinkt"; "fordert", "fördert"
    added        one title says more                                "beinah", "später", "halbe", "ehemalige"
    reordered    words stand in another order                       "Gotha schlägt Emden", "Emden schlägt Gotha"

So what turns a title needs no list: a word may be bent, never replaced, and only articles and auxiliaries may be added.
Listed are only small closed classes of the grammar. All words are folded.
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
        "beinah beinahe fast gegen kaum kein keine keinem keinen keiner keinerlei keines nein nicht nichts nie niemals"
        " niemand ohne weder weniger"
    ).split()
)
IDLE = frozenset(
    (
        "das dem den der des die ein eine einem einen einer eines es sich hat haben ist sind werden wird wurde wurden"
    ).split()
)
"""Articles, auxiliary verbs and what fills a place: which of them stands in a title is a matter of taste."""

# With these an ending tells another mood ("können", "könnten"): none is a form of another one.
_MODAL = frozenset(
    (
        "darf duerfe duerfen duerfte duerften durfte durften kann koenne koennen koennte koennten konnte konnten mag"
        " moege moegen moechte moechten mochte mochten muss muesse muessen muesste muessten musste mussten soll"
        " solle sollen sollte sollten will wolle wollen wollte wollten"
    ).split()
)
# Where something is or goes to. Each holds an article (but `in`), so none can be the half of a verb ("macht auf").
_PLACING = frozenset("am ans aufs beim im in ins zum zur".split())
# What a stem is bent with. Never an umlaut: it may be another word (fordert, fördert) or, cheaper, a duplicate missed.
_ENDINGS = frozenset(("", *"e em en er es et n t te ten ete eten".split()))
# Beside these `e` tells what somebody is said to do ("komme", "kommt"); no adjective ends so.
_INDICATIVE = frozenset("t et te ten ete eten".split())
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
    found = found or _by_place(*sorted((tuple(one), tuple(other))))
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
    endings = {one[stem:], other[stem:]}
    if stem < _SHORTEST_STEM or not endings <= _ENDINGS:
        return False
    is_other_mood = ("e" in endings and not endings.isdisjoint(_INDICATIVE)) or not _MODAL.isdisjoint((one, other))
    return not is_other_mood


def _by_place(one: Sequence[str], other: Sequence[str]) -> tuple[str, list[str]] | None:
    """Say which word was added, replaced by another one, or stands elsewhere."""
    mine, yours = _surplus(_telling(one), _telling(other)), _surplus(_telling(other), _telling(one))
    if len(mine) + len(yours) > _MOST:
        return "other words", sorted(mine + yours)
    bent = _bent(mine, yours)
    _take_parted(mine, yours)
    _take_parted(yours, mine)
    if mine or yours:
        return "other words", sorted(mine + yours)
    return _reordered(one, [bent.get(word, word) for word in other])


def _telling(words: Sequence[str]) -> list[str]:
    # At the end `ein` is no article but the half of a verb ("stellt … ein").
    return [word for word in words if word not in IDLE] + (["ein"] if words[-1] == "ein" else [])


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
    """Compare the order of the words that stand in both equally often, articles among them: they tell who does what."""
    common = {word for word, _ in Counter(one).items() & Counter(other).items()}
    mine, yours = ([word for word in words if word in common] for words in (one, other))
    moved = sorted({word for pair in zip(mine, yours, strict=True) if pair[0] != pair[1] for word in pair})
    return ("another order", moved) if moved else None
