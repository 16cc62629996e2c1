"""What does the text of a captured page say: which lines are which part of an article or a teaser?

    Smart CityEine Frage der Technologie          kicker and headline, glued or parted by a colon
    „Smart City“ nennt sich …                     paragraphs; a short line before one is a subhead
    … möglich. (ve)                               author mark
    DStGB: Mehr kommunaler Einfluss               a title is known by the date in the line after it
    [2.6.2025] Der Ausschuss … mehr...            teaser

A document holds one article, teasers, or both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from msgspec import Struct

_LONGEST_TITLE = 300
_LONGEST_SUBHEAD = 100
_LONGEST_GLUED_KICKER = 60
_DATED = re.compile(r"\[(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})\](.*)")
_AUTHOR_MARK = re.compile(r" \(([a-zäöüß]{2,3})\)$")
_QUOTED_OPENING = re.compile(r"[„“”\"»«]([^„“”\"»«]{2,100})[“”\"«»]")
_MORE = (" mehr...", " mehr…", " mehr ...", " mehr …")
_PROSE_ENDS = (".", "…", ".“", "!“", "?“", ":", ")")
_WORD = re.compile(r"[^\W\d_]+")
# A small letter after another letter, and a word with a capital: Regionen|Neue, but not DSt|GB, nor e|Go.
_GLUE = re.compile(r"(?<=[^\W\d_][a-zäöüß])(?=[A-ZÄÖÜ][a-zäöüß])")


class ItemType(StrEnum):
    """What an item of a document is: told in full, or in a few sentences."""

    ARTICLE = "article"
    TEASER = "teaser"


class Section(Struct, frozen=True, kw_only=True):
    """Paragraphs of an article, one a line, under a subhead; the first section has none."""

    subhead: str | None
    text: str


class Item(Struct, frozen=True, kw_only=True):
    """One article or teaser; `order` counts from 1, as do `source_lines`, its first and last line.

    Without a kicker the headline is the whole raw title. `body` and `sections` are an article's (the body
    with the author mark, the sections without), `raw_summary` is a teaser's.
    """

    order: int
    type: ItemType
    raw_title: str
    kicker: str | None
    headline: str
    date: date | None
    author_mark: str | None = None
    body: str | None = None
    sections: tuple[Section, ...] = ()
    summary: str
    raw_summary: str | None = None
    source_lines: tuple[int, int]

    @property
    def title(self) -> str:
        """`Kicker: Headline`, or the headline alone."""
        return f"{self.kicker}: {self.headline}" if self.kicker else self.headline


class Line(Struct, frozen=True, kw_only=True):
    """A line that is not blank, without the blanks around it; `number` counts all lines, from 1."""

    number: int
    text: str


class Document(Struct, frozen=True, kw_only=True):
    """What is understood of a text, in its order, and the lines that are not."""

    items: tuple[Item, ...]
    not_understood: tuple[Line, ...]


def read(text: str) -> Document:
    """Read the text of a captured page; never raises, and takes time in proportion to its length."""
    lines = _lines(text)
    vocabulary = frozenset(word for line in lines if _is_prose(line) for word in _WORD.findall(line.text))
    items: list[Item] = []
    not_understood: list[Line] = []
    has_article = False
    for block in _blocks(lines):
        rest = block
        if _is_dated(block):
            item, rest = _dated_item(block, len(items) + 1, vocabulary)
            items.append(item)
            has_article = has_article or item.type is ItemType.ARTICLE
        if not has_article and _is_article(rest, vocabulary, leading=not items):
            items.append(_article(rest[0], rest[1:], len(items) + 1, vocabulary))
            has_article, rest = True, []
        not_understood += rest
    return Document(items=tuple(items), not_understood=tuple(not_understood))


def _lines(text: str) -> list[Line]:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    numbered = enumerate(plain.split("\n"), start=1)
    return [Line(number=number, text=line.strip()) for number, line in numbered if line.strip()]


def _blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """Part the lines before each title of a dated item, which is the line before its date."""
    start = 0
    for place in range(1, len(lines) - 1):
        if _is_dated(lines[place : place + 2]):
            yield lines[start:place]
            start = place
    if lines:
        yield lines[start:]


def _is_dated(lines: list[Line]) -> bool:
    return len(lines) > 1 and _is_title(lines[0]) and _DATED.match(lines[1].text) is not None


def _is_title(line: Line) -> bool:
    return len(line.text) <= _LONGEST_TITLE and not _DATED.match(line.text) and not _has_more(line)


def _has_more(line: Line) -> bool:
    return f" {line.text}".endswith(_MORE)


def _is_prose(line: Line) -> bool:
    return line.text.endswith(_PROSE_ENDS) or _DATED.match(line.text) is not None


def _is_article(lines: list[Line], vocabulary: frozenset[str], *, leading: bool) -> bool:
    """Is this an undated article? Only an author mark proves one that does not lead the document."""
    if len(lines) < 2 or not _is_title(lines[0]) or not any(map(_is_prose, lines[1:])):
        return False
    if _author_mark(lines[-1].text)[1]:
        return True
    is_long = any(len(line.text) > _LONGEST_SUBHEAD for line in lines[1:])
    return leading and (is_long or _parted(lines[0].text, lines[1].text, vocabulary)[0] is not None)


def _dated_item(block: list[Line], order: int, vocabulary: frozenset[str]) -> tuple[Item, list[Line]]:
    """Read a teaser, or the dated article that leads a document; with the lines that are no part of it."""
    title, dated, *following = block
    end = _teaser_end(block)
    if end is None and order == 1 and any(map(_is_prose, following)):
        day, text = _day_and_text(dated.text)
        paragraphs = [Line(number=dated.number, text=text), *following] if text else following
        return _article(title, paragraphs, order, vocabulary, day=day), []
    raw_summary = " ".join(line.text for line in block[1 : end or 2])
    day, text = _day_and_text(raw_summary)
    more = next((more for more in _MORE if f" {text}".endswith(more)), "")
    summary = f" {text}".removesuffix(more).strip()
    kicker, headline = _parted(title.text, summary, vocabulary)
    teaser = Item(
        order=order,
        type=ItemType.TEASER,
        raw_title=title.text,
        kicker=kicker,
        headline=headline,
        date=day,
        summary=summary,
        raw_summary=raw_summary,
        source_lines=(title.number, block[(end or 2) - 1].number),
    )
    return teaser, block[end or 2 :]


def _teaser_end(block: list[Line]) -> int | None:
    """Find where a teaser ends, wrapped over several lines or not; None where no line ends in `mehr...`."""
    for place, line in enumerate(block[1:], start=1):
        if place > 1 and _DATED.match(line.text):
            return None
        if _has_more(line):
            return place + 1
    return None


def _day_and_text(dated: str) -> tuple[date | None, str]:
    """Take the date off; None where it is no day of the calendar."""
    _, day, month, year, text, _ = _DATED.split(dated, maxsplit=1)
    try:
        return date(int(year), int(month), int(day)), text.strip()
    except ValueError:
        return None, text.strip()


def _article(
    title: Line, paragraphs: list[Line], order: int, vocabulary: frozenset[str], *, day: date | None = None
) -> Item:
    *texts, last = [line.text for line in paragraphs]
    last, mark = _author_mark(last)
    texts += [last] if last or not texts else []
    kicker, headline = _parted(title.text, texts[0], vocabulary)
    return Item(
        order=order,
        type=ItemType.ARTICLE,
        raw_title=title.text,
        kicker=kicker,
        headline=headline,
        date=day,
        author_mark=mark,
        body="\n".join(line.text for line in paragraphs),
        sections=_sections(texts),
        summary=texts[0],
        source_lines=(title.number, paragraphs[-1].number),
    )


def _author_mark(text: str) -> tuple[str, str | None]:
    """Take the author mark off the end of an article's last line."""
    found = _AUTHOR_MARK.search(f" {text}")
    return (found.string[: found.start()].strip(), found[1]) if found else (text, None)


def _sections(texts: list[str]) -> tuple[Section, ...]:
    sections: list[tuple[str | None, list[str]]] = [(None, [texts[0]])]
    for place, text in enumerate(texts[1:], start=1):
        after = texts[place + 1] if place + 1 < len(texts) else ""
        if _is_short(text) and after and not _is_short(after):
            sections.append((text, []))
        else:
            sections[-1][1].append(text)
    return tuple(Section(subhead=subhead, text="\n".join(parts)) for subhead, parts in sections)


def _is_short(text: str) -> bool:
    return len(text) <= _LONGEST_SUBHEAD and not text.endswith(_PROSE_ENDS)


def _parted(title: str, opening: str, vocabulary: frozenset[str]) -> tuple[str | None, str]:
    """Part a title into kicker and headline by the surest sign there is; no kicker where there is none."""
    quoted = _QUOTED_OPENING.match(opening)
    if quoted and title.startswith(quoted[1]):
        rest = title.removeprefix(quoted[1])
        if rest[:1].isupper() or rest[:1].isdigit():
            return quoted[1], rest
    kicker, colon, headline = title.partition(": ")
    if colon and kicker.strip() and headline.strip():
        return kicker.strip(), headline.strip()
    place = _glue(title, vocabulary)
    return (None, title) if place is None else (title[:place], title[place:])


def _glue(title: str, vocabulary: frozenset[str]) -> int | None:
    """Find the one place where two words are glued; None where it is not sure.

    A word that the document's prose writes so is not glued (OpenDesk); where it is, such a word tells the
    right one of several places (OpenDesk|Neue).
    """
    places = [
        (word.start() + glue.start(), word.group()[: glue.start()] in vocabulary)
        for word in _WORD.finditer(title)
        if word.group() not in vocabulary
        for glue in _GLUE.finditer(word.group())
    ]
    likely = [place for place, known in places if known] or [place for place, _ in places]
    if len(likely) != 1 or likely[0] > _LONGEST_GLUED_KICKER or " " not in title[likely[0] :]:
        return None
    return likely[0]
