"""What does a title say, and what is it compared by?"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from aggregator import text
from aggregator.stories import wording

_BARE = """
Aktuelles|Amtliche Bekanntmachung|Amtliche Bekanntmachungen|Amtsblatt|Amtsblatt Nr|Amtsblatt vom|Ausgabe|Bekanntmachung
Bekanntmachungen|Editorial|Hinweis|Impressum|In eigener Sache|Info|Interview|Kein Titel|Kommentar|Kurz notiert
Kurzmeldungen|Meldung|Meldungen|Nachrichten|Neue Folge|News|Newsletter|Newsletter Ausgabe|Newsletter Nr|Newsletter vom
No title|Öffentliche Bekanntmachung|Öffentliche Bekanntmachungen|Öffentliche Zustellung|Ohne Titel|Podcast
Presseinformation|Pressemeldung|Pressemitteilung|Pressemitteilung Nr|Pressemitteilung vom|Pressemitteilungen
Pressetermin|Pressetermine|Startseite|Stellenangebote|Stellenanzeigen|Stellenausschreibung|Termin|Termine|Unbenannt
Untitled|Update|Veranstaltungen|Veranstaltungshinweis|Video
"""
BARE_TITLES = frozenset(text.fold(title) for line in _BARE.split("\n") for title in line.split("|"))
"""Folded titles that stand over something else every time."""

_ADVERTISING = frozenset({"anzeige", "advertorial", "werbung", "sponsored", "sponsored post"})
_UNIMPORTANT = frozenset(
    (
        "aber als am an auch auf aus bei bis da das dass dem den der des die durch ein eine einem einen einer eines er"
        " es fuer hat haben ich im in ins ist man mehr mit nach noch nun nur ob oder sich sie sind so ueber um und"
        " unter vom von vor was wegen wie wir wird werden zu zum zur the a an of and to in for"
    ).split()
)
_PREFIX = re.compile(
    r"^\s*(?:\[(?:gelöscht|geloescht|\d*\.?\s*update|korrektur|aktualisiert|eilmeldung)\]"
    r"|(?:\d+\.\s*)?(?:update|korrektur|aktualisiert|eilmeldung|eil|breaking)\s*:|\+{2,3}(?=[^+]))\s*",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\s*(?:\[(?:\d*\.?\s*update|korrektur|aktualisiert)\]|\+{2,3})\s*$", re.IGNORECASE)
_OUTLET = re.compile(r"^(?P<title>.+?)\s+[-–—|]\s+(?P<outlet>[^|–—]{2,40})$")
_KICKER = re.compile(r"^(?P<kicker>[^:]{1,80}): (?P<headline>.+)$")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_NUMBER = re.compile(r"\d+")
# A hyphen within "2024-12" or "E-5", and the +++ of an editorial mark, are no signs of a number.
# The mark comes first: it is what makes the search fast.
_SIGN = re.compile(r"[+−–-](?<![^\s(\[{][+−–-])(?=\d)")
_SIGNS = {"+": "plus"}
# Without any of these a title has neither.
_SPOKEN = re.compile(r"[\d%‰€$£]")
_UNIT = re.compile(r"[%‰€$£](?<![^\W\d_][%‰€$£])(?![^\W\d_])")
_UNITS = {"%": "Prozent", "‰": "Promille", "€": "Euro", "$": "Dollar", "£": "Pfund"}
_MONTHS = frozenset(
    (
        "januar februar maerz april mai juni juli august september oktober november dezember "
        "jan feb mrz apr jun jul aug sep sept okt nov dez"
    ).split()
)
# "1.000", but neither "v1.000" nor "1.000,50" nor "1.000.5": the points between its groups of three digits.
_GROUPED = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\w]|[.,]\d)")


class Title(Struct, frozen=True, kw_only=True):
    """A title made ready for comparison.

    `plain` is what is read, without markup, editorial marks and the name of an outlet. `key` holds its letters and
    digits only, signs and units written out; `kicker` and `headline` are keys of its two parts, the kicker None where
    there is none. `bare` says nothing by itself; `marked` is advertising. `words` are folded, in order; `capitals`
    those written with a capital, but articles and the like.
    """

    plain: str
    key: str
    bare: bool
    marked: bool
    kicker: str | None
    headline: str
    kicker_words: tuple[str, ...]
    words: tuple[str, ...]
    word_set: frozenset[str]
    capitals: frozenset[str]
    numbers: tuple[str, ...]


def read_title(title: str | None, outlets: frozenset[str] = frozenset(), bare: frozenset[str] = BARE_TITLES) -> Title:
    """Make a title ready for comparison; `outlets` holds folded names of sources, `bare` folded bare titles.

    Editorial marks (`Update:`, `+++ … +++`, `[GELÖSCHT]`) and the name of an outlet behind a dash or bar are taken off.
    """
    return _read(_unmarked(_plain(title or ""), outlets), bare)


def title_key(title: str | None) -> str:
    """Give the `key` of a title that no name of an outlet is taken off."""
    return _key(*_folded(_spoken(_unmarked(_plain(title or ""), frozenset()))))


def significant(words: tuple[str, ...]) -> int:
    """Count the words that say something: neither articles nor prepositions nor the like."""
    return sum(word not in _UNIMPORTANT for word in words)


def telling(words: tuple[str, ...]) -> frozenset[str]:
    """Give the words that `significant` counts."""
    return frozenset(words) - _UNIMPORTANT


@lru_cache(maxsize=4096)
def _read(plain: str, bare: frozenset[str]) -> Title:
    spoken = _spoken(plain)
    words, numbers = _folded(spoken)
    # Keys keep the points: the ids of stories follow from them.
    joined = _GROUPED.sub(lambda number: number[0].replace(".", ""), spoken) if "." in spoken else spoken
    read, read_numbers = (words, numbers) if joined == spoken else _folded(joined)
    matched = _KICKER.match(spoken)
    kicker = tuple(text.fold(matched["kicker"]).split()) if matched else ()
    key = _key(words, numbers)
    return Title(
        plain=plain,
        key=key,
        bare=_is_bare(spoken, words, numbers, bare),
        marked=bool(matched) and " ".join(kicker) in _ADVERTISING,
        kicker=_key(kicker, numbers) if matched else None,
        headline=_key(words[len(kicker) :], numbers) if matched else key,
        kicker_words=kicker,
        words=read,
        word_set=frozenset(read),
        capitals=_capitals(joined, read) - wording.IDLE,
        numbers=read_numbers,
    )


def _spoken(plain: str) -> str:
    """Write out the signs before numbers, and those for per cent and currencies, which folding would drop."""
    if not _SPOKEN.search(plain):
        return plain
    plain = _SIGN.sub(lambda sign: f"{_SIGNS.get(sign[0], 'minus')} ", plain)
    return _UNIT.sub(lambda unit: f" {_UNITS[unit[0]]} ", plain)


def _folded(spoken: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the folded words of a title, and the numbers among them."""
    folded = text.fold(spoken)
    return tuple(folded.split()), tuple(_NUMBER.findall(folded))


def _key(words: Sequence[str], numbers: tuple[str, ...]) -> str:
    """Join the words of a title or a part of it; `numbers` are those of the whole title."""
    own = ".".join(_NUMBER.findall(" ".join(words))) if numbers else ""
    return "".join(words) + (f"#{own}" if own else "")


def _capitals(plain: str, words: Sequence[str]) -> frozenset[str]:
    spelled = text.spellings(text.without_apostrophes(text.visible(plain)))
    if len(spelled) == len(words):
        return frozenset([word for word, told in zip(words, spelled, strict=True) if not told.islower()])
    # Folding parts some words: ¾ becomes two.
    return frozenset(word for told in spelled if not told.islower() for word in text.fold(told).split())


def _plain(title: str) -> str:
    if "&" in title:
        title = html.unescape(html.unescape(title))
    return text.one_line(_TAG.sub("", title) if "<" in title else title)


def _unmarked(title: str, outlets: frozenset[str]) -> str:
    while (shorter := _shorter(title)) not in (title, ""):
        title = shorter
    match = _OUTLET.match(title) if outlets else None
    if match and text.fold(match["outlet"]) in outlets:
        # Before an outlet may stand a mark as well; and what was taken off once stays as it is when it is read again.
        return _unmarked(match["title"], frozenset())
    return title


def _shorter(title: str) -> str:
    prefix = _PREFIX.match(title)
    title = title[prefix.end() :] if prefix else title
    return _SUFFIX.sub("", title) if title.endswith(("]", "+")) else title


def _is_bare(plain: str, words: Sequence[str], numbers: tuple[str, ...], bare: frozenset[str]) -> bool:
    before, part, _ = plain.rpartition(": ")
    if part:
        words = words[len(text.fold(before).split()) :]
    if len(words) <= 1 or " ".join(words) in bare:
        return True
    told = _NUMBER.sub(" ", " ".join(words)).split() if numbers else words
    unnumbered = [word for word in told if word not in _MONTHS]
    return not unnumbered or " ".join(unnumbered) in bare
