"""What does a term of feeds.yaml mean?

    smart city      each word whole, with the common endings; blank, hyphen and slash are the same; also "SmartCity"
    OZG, EfA        a capital after the first letter, up to eight letters: exactly so, without endings
    digital*        every word that begins so
    *gesetz         every word that ends so, with the common endings
    ~stadt          every word of the same stem (Snowball, German): Stadt, Städte
    /regex/         as it says, in the syntax of RE2, which takes linear time
    title:OZG       in that field only; any term may stand behind a field

Case (but for the second row) and the spelling of umlauts never count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from enum import Enum, auto
from functools import lru_cache
from itertools import pairwise, product
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from aggregator import text

FIELDS = ("title", "summary", "text", "category", "source", "link")
"""What a term may be bound to; without a field it is looked for in the first three."""

ENDINGS: tuple[str, ...] = ("", "e", "en", "er", "es", "em", "n", "s", "ns", "ens", "ern")
"""The endings that a German word takes without changing its stem."""

ADJECTIVE_ENDINGS: tuple[str, ...] = ("e", "en", "er", "es", "em", "ens")
"""What stands for the -e of a word before another: `smarte stadt` takes "smarter Stadt"."""

_READ = frozenset(FIELDS[:3])
_EXACT_UP_TO = 8
_JOINED_UP_TO = 4
_STEMMED_UP_TO = 64
_REGULAR_MEMORY = 1024 * 1024
_FIELD = re.compile(rf"({'|'.join(FIELDS)}):\s*(.*)", re.DOTALL)
_NO_FIELD = re.compile(r"(\w{3,10}):\S.*", re.DOTALL)
_JOINT = re.compile(r"[\s\-‐‑‒–/]{1,3}")
_ANY_JOINT = re.compile(r"[\W_]{1,3}")
_SPELLED_OUT = str.maketrans({"Ä": "AE", "Ö": "OE", "Ü": "UE", "ẞ": "SS", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Shape(Enum):
    """Which words a word of a term stands for."""

    WHOLE = auto()
    BEGINNING = auto()
    ENDING = auto()
    STEM = auto()


class TermWord(Struct, frozen=True, kw_only=True):
    """A word of a term: how it is spelled and folded, and what of a text it takes.

    `stem` is what its forms share: the text that they begin with, or for `Shape.STEM` the stem. `joint` is what may
    stand between the word before and this one.
    """

    spelled: str
    folded: str
    stem: str
    shape: Shape
    exact: bool
    endings: tuple[str, ...]
    joint: re.Pattern[str]

    @property
    def alone(self) -> TermWord:
        """The word without what may stand before it."""
        return replace(self, joint=_JOINT)

    def takes(self, spelled: str, folded: str) -> bool:
        """Say whether this stands for a word of a text; `spelled` and `folded` are that word's."""
        told, own = (spelled, self.spelled) if self.exact else (folded, self.stem)
        match self.shape:
            case Shape.BEGINNING:
                return told.startswith(own)
            case Shape.STEM:
                return stem(folded) == own
            case Shape.ENDING:
                return any(told.endswith(own + ending) for ending in self.endings)
        return told.startswith(own) and told[len(own) :] in self.endings


class Expression(Protocol):
    """A regular expression made ready."""

    def search(self, told: str) -> re.Match[str] | None:
        """Find the first place that it matches."""
        ...


class Term(Struct, frozen=True, kw_only=True):
    """A term made ready: the fields it is looked for in, and its spellings or its regular expression."""

    told: str
    fields: frozenset[str]
    spellings: tuple[tuple[TermWord, ...], ...] = ()
    expression: Expression | None = None


def read_term(told: str) -> Term:
    """Read a term; ValueError with the end of a sentence where it is none."""
    field = _FIELD.fullmatch(told)
    meant = None if field else _field_meant(told)
    if meant:
        raise ValueError(f"names no field with {_shown(told)}: did you mean `{meant}:`?")
    fields = fields_of(told)
    body = field[2] if field else told
    if len(body) > 1 and body.startswith("/") and body.endswith("/"):
        return Term(told=told, fields=fields, expression=_expression(body[1:-1]))
    words = tuple(_words(text.visible(body)))
    if not words:
        raise ValueError(f"needs at least one letter or digit in a term: {_shown(told)} has none")
    return Term(told=told, fields=fields, spellings=tuple(_spellings(words)))


def fields_of(told: str) -> frozenset[str]:
    """Give the fields that a term is looked for in."""
    field = _FIELD.fullmatch(told)
    return frozenset({field[1]}) if field else _READ


def read_phrase(told: str) -> Term:
    """Read a term that is cut out of texts: words only; ValueError where it is a field's or a regular expression."""
    term = read_term(told)
    if term.expression or term.fields != _READ:
        raise ValueError(f"holds words and phrases, which are cut out of every text, not {_shown(told)}")
    return term


def _field_meant(told: str) -> str | None:
    """Name the field that a term almost names (`titel:OZG`), which would silently be a phrase that stands nowhere."""
    name = _NO_FIELD.fullmatch(told)
    return next(iter(get_close_matches(name[1].lower(), FIELDS, n=1, cutoff=0.75)), None) if name else None


def spelling(word: str) -> str:
    """Spell a word so that only its case counts: composed, umlauts spelled out."""
    return word if word.isascii() else unicodedata.normalize("NFKC", word).translate(_SPELLED_OUT)


@lru_cache(maxsize=65_536)
def stem(folded: str) -> str:
    """Give the German stem of a folded word; of one that is too long to be a word, itself."""
    from snowballstemmer.german_stemmer import GermanStemmer

    if len(folded) > _STEMMED_UP_TO:
        return folded
    stemmed: str = GermanStemmer().stemWord(folded)
    return stemmed


def _expression(pattern: str) -> Expression:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _REGULAR_MEMORY
    try:
        expression: Expression = re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args else "unknown"
        raise ValueError(
            f"holds a regular expression that RE2 cannot read, /{text.printable(pattern, 60)}/:"
            f" {text.printable(reason)} (it has no look-around and no back references)"
        ) from error
    if expression.search("") is not None:
        raise ValueError(f"holds a regular expression that takes every text, /{text.printable(pattern, 60)}/")
    return expression


def _words(body: str) -> Iterator[TermWord]:
    """Read the words of a term, with the signs directly before and behind each."""
    found = text.words(body)
    signs = 0
    for place, word in enumerate(found):
        gap = body[found[place - 1].end : word.start] if place else ""
        before, behind = body[word.start - 1 : word.start], body[word.end : word.end + 1]
        begins, ends, stemmed = behind == "*", before == "*" and word.start > 0, before == "~" and word.start > 0
        if begins + ends + stemmed > 1:
            raise ValueError(f"may have one sign at a word, `word*`, `*word` or `~word`, not as in {_shown(body)}")
        signs += begins + ends + stemmed
        yield _word(
            body[word.start : word.end],
            Shape.BEGINNING if begins else Shape.ENDING if ends else Shape.STEM if stemmed else Shape.WHOLE,
            _JOINT if not place or _JOINT.fullmatch(gap.replace("*", "").replace("~", "")) else _ANY_JOINT,
            last=place == len(found) - 1,
        )
    if signs != body.count("*") + body.count("~"):
        raise ValueError(
            f"may have `*` only directly before or behind a word, and `~` before it (`digital*`), not as in"
            f" {_shown(body)}"
        )


def _word(told: str, shape: Shape, joint: re.Pattern[str], *, last: bool) -> TermWord:
    exact = shape is not Shape.STEM and len(told) <= _EXACT_UP_TO and any(letter.isupper() for letter in told[1:])
    return _made(spelling(told), text.fold_word(told), shape, joint, exact=exact, last=last)


def _made(spelled: str, folded: str, shape: Shape, joint: re.Pattern[str], *, exact: bool, last: bool) -> TermWord:
    """Make a word of a term; one in -e that stands before another is read as an adjective."""
    stemmed, endings = folded, ENDINGS
    if shape is Shape.STEM:
        stemmed = stem(folded)
    elif exact:
        endings = ("",)
    elif not last and shape is not Shape.BEGINNING and len(folded) > 2 and folded.endswith("e"):
        stemmed, endings = folded[:-1], ADJECTIVE_ENDINGS
    return TermWord(
        spelled=spelled, folded=folded, stem=stemmed, shape=shape, exact=exact, endings=endings, joint=joint
    )


def _spellings(words: Sequence[TermWord]) -> Iterator[tuple[TermWord, ...]]:
    """Write a phrase with each of its joints open and closed: "Online-Zugangs-Gesetz", "Onlinezugangs-Gesetz", …"""
    if len(words) > _JOINED_UP_TO:
        yield tuple(words)
        return
    joints = [(False, True) if _may_join(*pair) else (False,) for pair in pairwise(words)]
    for closed in product(*joints):
        groups = [[words[0]]]
        for word, joined in zip(words[1:], closed, strict=True):
            if joined:
                groups[-1].append(word)
            else:
                groups.append([word])
        if not any(_is_open_at_both_ends(group) for group in groups):
            yield tuple(_joined(group, last=place == len(groups)) for place, group in enumerate(groups, start=1))


def _is_open_at_both_ends(group: Sequence[TermWord]) -> bool:
    return group[0].shape is Shape.ENDING and group[-1].shape is Shape.BEGINNING


def _may_join(left: TermWord, right: TermWord) -> bool:
    """Two numbers stay apart, and so do words whose inner ends are open."""
    numbers = left.folded[-1:].isdigit() and right.folded[:1].isdigit()
    closed = left.shape in {Shape.WHOLE, Shape.ENDING} and right.shape in {Shape.WHOLE, Shape.BEGINNING}
    return closed and not numbers and right.joint is _JOINT


def _joined(group: Sequence[TermWord], *, last: bool) -> TermWord:
    if len(group) == 1:
        return group[0]
    spelled, folded = "".join(word.spelled for word in group), "".join(word.folded for word in group)
    shape = next((word.shape for word in group if word.shape is not Shape.WHOLE), Shape.WHOLE)
    exact = any(word.exact for word in group)
    return _made(spelled, folded, shape, group[0].joint, exact=exact, last=last)


def _shown(told: str) -> str:
    return f"`{text.printable(told, 60)}`"
