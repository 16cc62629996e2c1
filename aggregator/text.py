"""When do two pieces of text read the same, and how is text made fit to print?

Pure string work without any business logic: folding for comparison, one-line titles, text that XML can hold, teasers,
slugs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

_INVISIBLE = dict.fromkeys(
    ord(c)
    for c in "\u00ad\u034f\u061c\u180e\ufeff\u200b\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069"
)
# The only one of them that Python calls printable.
_JOINER = "\u034f"
_UNSEEN = re.compile(f"[{''.join(map(chr, _INVISIBLE))}]")
# Joiners shape emoji and some scripts, so readers see what they do; for comparison they are nothing.
_UNCOMPARED = _INVISIBLE | dict.fromkeys(map(ord, "\u200c\u200d"))
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
# All that nearly every German title is written with: of these NFKC leaves each as it is.
_COMMON = re.compile("[\x00-\x7f\xa7\xab\xbb\xc0-\xff\u2013\u2014\u2018-\u201e\u2039\u203a\u20ac]*")
# The same and more: no letter or digit but those above, and marks that only part words.
_PLAIN = re.compile(
    "[\x00-\x7f\xa0-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb\xbf-\xff\u2000-\u200b\u200e-\u2027\u202f-\u205e\u20ac\u2122\u2190-\u21ff]*"
)
_APOSTROPHE = re.compile("['’‘ʼ`´]")
# Letters and digits of any script, with the combining marks that belong to them (Python's \w leaves marks out).
_WORD = re.compile(
    "(?:[^\\W_]+|[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06dc\u0900-\u0963"
    "\u0966-\u0dff\u0e31-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff])+"
)
# The same where all is `_COMMON`, which has no such marks.
_COMMON_WORD = re.compile(r"[^\W_]+")
# Said the other way round, by what XML may hold, it takes ten times as long to compile.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BLANKS = re.compile(r"\s+")
_SENTENCE_END = re.compile(r"[.!?…:][“”\"'»)\]]*(?=\s)")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_ABBREVIATION = re.compile(r"(?:\b\w|\b(?:bzw|ca|Dr|etc|evtl|ggf|Mio|Mrd|Nr|Prof|sog|St|usw|vgl|zzgl)|\b\d{1,2})\.$")


class Word(NamedTuple):
    """A word of a text: its folded form, and where it stands in the text that was given."""

    folded: str
    start: int
    end: int


def visible(text: str) -> str:
    """Drop soft hyphens, zero-width and direction marks: what nobody sees must not tell two texts apart."""
    if text.isascii() or (text.replace("\n", "").isprintable() and _JOINER not in text):
        return text
    return _UNSEEN.sub("", text)


def fold_word(word: str) -> str:
    """Fold one word for comparison: NFKC, no case, umlauts spelled out (ä = ae, ß = ss; never dropped)."""
    if word.isascii():
        return word.lower()
    if _COMMON.fullmatch(word):
        return word.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    folded = unicodedata.normalize("NFKC", word).translate(_UNCOMPARED).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_UMLAUTS)


def fold_at_once(text: str) -> str | None:
    """Fold a text as a whole, where its words are then those of `words`, and its marks stand where they stood.

    None where words are to be folded one by one: for most scripts but the Latin one of western Europe.
    """
    if text.isascii():
        return text.lower()
    if _PLAIN.fullmatch(text):
        return text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    return None


def fold(text: str) -> str:
    """Fold a text for comparison: folded words (see `fold_word`), one blank between them, no punctuation.

    Apostrophes vanish, so that Deutschland’s and Deutschlands stay one word each. Folding twice changes nothing.
    """
    return " ".join(spellings(without_apostrophes(fold_word(text))))


def without_apostrophes(text: str) -> str:
    """Drop what stands inside of a word without parting it."""
    return _APOSTROPHE.sub("", text)


def words(text: str) -> list[Word]:
    """Give the words of a text with their places, in order; blanks, hyphens and all punctuation only part them."""
    return [Word(fold_word(m.group()), m.start(), m.end()) for m in _WORD.finditer(text)]


def spellings(text: str) -> list[str]:
    """Give the words of a text as they are spelled, in the order of `words`, without their places."""
    return _words(text).findall(text)


def spans(text: str, most: int | None = None) -> list[tuple[int, int]]:
    """Give where each word of a text, or of its first `most`, begins and ends, in the order of `words`."""
    return [m.span() for m in islice(_words(text).finditer(text), most)]


def _words(text: str) -> re.Pattern[str]:
    return _COMMON_WORD if _COMMON.fullmatch(text) else _WORD


def one_line(text: str) -> str:
    """Make a text fit for a title: no invisible characters, no controls, runs of blanks become one blank."""
    if text.isprintable():
        # Nearly every title: no control, nothing invisible, no blank but the common one.
        return " ".join(text.split())
    return _BLANKS.sub(" ", _CONTROLS.sub(" ", xml_safe(visible(text)))).strip()


def xml_safe(text: str) -> str:
    """Drop what XML 1.0 cannot hold (section 2.2): most controls, lone surrogates, U+FFFE and U+FFFF."""
    return text if text.isprintable() else _NOT_XML.sub("", text)


def from_utf_16(codes: Iterable[int]) -> str:
    """Give the characters of these code points, halves of UTF-16 joined; a half without its other one goes."""
    return "".join(map(chr, codes)).encode("utf-16-be", "surrogatepass").decode("utf-16-be", "ignore")


def printable(text: str, limit: int = 200) -> str:
    """Make foreign text safe for a log line or a terminal: one line, no controls or escapes, at most `limit` long."""
    line = one_line(text)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def teaser(text: str, limit: int = 400) -> str:
    """Shorten a plain text to about `limit` characters, at the end of a sentence where one is near, else of a word."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    ends = reversed(list(_SENTENCE_END.finditer(head)))
    last = next((m.end() for m in ends if not _ABBREVIATION.search(head[: m.start() + 1])), 0)
    if last and last >= limit // 3:
        return head[:last]
    cut = head.rfind(" ", limit // 2)
    return head[: cut if cut > 0 else limit].rstrip(" ,;:–-") + " …"


def slug(text: str) -> str:
    """Make an id of `[a-z0-9-]{1,64}` from a text; `source` where nothing is left."""
    return _NOT_SLUG.sub("-", fold_word(text)).strip("-")[:64].strip("-") or "source"
