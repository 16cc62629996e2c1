"""What do a thousand German sources say?

RSS and Atom of 20 to 50 entries and about 45 KB. A third of the stories are carried by several sources, each with small
differences of its own: a kicker, a dash, capitals. Seven of a hundred documents are odd, each in another way (see
`ODDITIES`). The same seed gives the same bytes; `now` is the only other thing that a document depends on.

A source changes by versions: each one brings two new entries on top, and the two oldest leave.

No document says how often it may be asked (ttl, sy:updatePeriod): that is obeyed even by `update --force`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from random import Random

from bench import words

NEWS = 2
"""New entries of a version."""

ODDITIES = (
    "control characters",
    "undeclared HTML entities",
    "another encoding than declared",
    "a declared encoding that is not",
    "bare ampersands",
    "blanks before the XML declaration",
    "HTML that is not escaped",
)
"""What is odd about the sources whose number ends so, counted modulo 100: one each."""

_RECENT = timedelta(days=26)
_SHARED_BY = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a server answers: the bytes, what they are said to be, and how many entries they hold."""

    body: bytes
    media_type: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    title: str
    kicker: str
    place: str
    sentences: tuple[str, ...]
    age: float
    """0 for now, 1 for the oldest that still stands in a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    key: str
    title: str
    sentences: tuple[str, ...]
    date: datetime
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """So many sources of about `size` entries, seeded; the newest are a little older than `now` (aware, UTC)."""

    sources: int
    now: datetime
    seed: int = 8
    size: int = 35

    def document(self, source: int, version: int = 0) -> Document:
        """Give what a source (from 0) says in a version."""
        dice = Random(f"{self.seed}:{source}")
        size = round(min(self.size * 1.43, max(self.size * 0.57, dice.gauss(self.size, self.size / 5))))
        is_atom, is_full = dice.random() < 0.3, dice.random() < 0.5
        news = [self._item(source, -number) for number in range(1, NEWS * version + 1)]
        first = sorted((self._item(source, number) for number in range(size)), key=lambda item: item.date, reverse=True)
        items = sorted([*news, *first[: size - len(news)]], key=lambda item: item.date, reverse=True)
        odd = self.oddity(source)
        if odd == "HTML that is not escaped":
            is_atom = False
        body = (_atom if is_atom else _rss)(source, items, is_full=is_full, odd=odd)
        return Document(
            body=body,
            media_type="application/atom+xml" if is_atom else "application/rss+xml",
            entries=len(items),
        )

    def oddity(self, source: int) -> str | None:
        """Say what is odd about a source, None for most."""
        nth = source % 100 - 13
        return ODDITIES[nth // 11] if nth % 11 == 0 and 0 <= nth // 11 < len(ODDITIES) else None

    def _item(self, source: int, number: int) -> _Item:
        """Give an entry of a source, by the number that it bears for good; those below 0 are news."""
        dice = Random(f"{self.seed}:{source}:{number}")
        is_shared = dice.random() < 1 / 3
        pool = max(1, self.sources * self.size // 3 // _SHARED_BY)
        # News are shared with other news: each pool of its own.
        told = dice.randrange(pool if number >= 0 else max(1, pool // 20))
        story = _story(f"{self.seed}:{number < 0}:{told}" if is_shared else f"{self.seed}:{source}:{number}:own")
        age = story.age * _RECENT if number >= 0 else story.age * timedelta(hours=3)
        date = self.now - timedelta(minutes=5) - age - timedelta(minutes=dice.randrange(90) if number >= 0 else 0)
        return _Item(
            key=f"{source}-{number + 1000}",
            title=_worded(story, dice) if is_shared else _own_title(story, dice),
            sentences=story.sentences if not is_shared else _shuffled(story.sentences, dice),
            date=date.replace(microsecond=0),
            categories=tuple(dice.sample(words.KICKERS, dice.randrange(1, 4))),
        )


@lru_cache(maxsize=50_000)
def _story(key: str) -> _Story:
    dice = Random(key)
    subject = dice.choice(words.WANTED if dice.random() < 0.12 else words.OBJECTS)
    place = dice.choice(words.PLACES)
    actor = dice.choice(words.ACTORS)
    title = f"{actor} {place} {dice.choice(words.VERBS)} {subject} {dice.choice(words.REASONS)}"
    sentences = tuple(
        f"{beginning} – {dice.choice(words.ENDS)}.".format(
            actor=dice.choice(words.ACTORS),
            place=dice.choice(words.PLACES),
            thing=dice.choice(words.OBJECTS),
            number=dice.randrange(2, 31),
        )
        for beginning in dice.sample(words.BEGINNINGS, 3)
    )
    return _Story(
        title=title,
        kicker=dice.choice([*words.KICKERS, place]),
        place=place,
        sentences=(f"{actor} in {place}: {subject} – {dice.choice(words.REASONS)}.", *sentences),
        age=dice.random(),
    )


def _worded(story: _Story, dice: Random) -> str:
    """Word a shared story as one of its sources does."""
    title = story.title
    match dice.randrange(6):
        case 0:
            return f"{story.kicker}: {title}"
        case 1:
            return f"{title}."
        case 2:
            return f"+++ {title} +++"
        case 3:
            return title.replace(" ", "  ", 1)
        case 4:
            return f"{story.kicker.upper()}: {title}" if dice.random() < 0.5 else title.replace("-", "\u2013")
        case _:
            return title


def _own_title(story: _Story, dice: Random) -> str:
    return f"{story.kicker}: {story.title}" if dice.random() < 0.3 else story.title


def _shuffled(sentences: tuple[str, ...], dice: Random) -> tuple[str, ...]:
    first, *rest = sentences
    return (first, *dice.sample(rest, len(rest)))


def _html(item: _Item, sentences: Sequence[str]) -> str:
    """Write sentences as a page does: paragraphs, emphasis, a link, a list, a picture."""
    first, *rest = sentences
    paragraphs = [f"<p><strong>{escape(first, quote=False)}</strong></p>"]
    for number, sentence in enumerate(rest):
        told = escape(sentence, quote=False)
        if number == 1:
            told = f'{told} <a href="/artikel/{item.key}?utm_source=rss&amp;utm_medium=feed">mehr&nbsp;lesen</a>'
        paragraphs.append(f"<p>{told}</p>")
    picture = f'<img src="/bilder/{item.key}.jpg" alt="{escape(item.title)}" width="640" height="360" loading="lazy">'
    return f'<figure class="teaser">{picture}</figure>' + "".join(paragraphs)


def _texts(item: _Item, *, is_full: bool) -> tuple[str, str | None]:
    """Give summary and content as HTML; who gives no full text gives a longer summary."""
    if not is_full:
        return _html(item, item.sentences), None
    return f"<p>{escape(' '.join(item.sentences[:1]), quote=False)}</p>", _html(item, item.sentences)


def _text(told: str, odd: str | None) -> str:
    """Write text into XML, in the way that the document is odd."""
    if odd == "bare ampersands":
        return escape(told, quote=False).replace("&amp;", "&") + " & mehr"
    if odd == "undeclared HTML entities":
        written = escape(told, quote=False).replace("ä", "&auml;").replace("ö", "&ouml;").replace("ü", "&uuml;")
        return written.replace("–", "&ndash;") + "&nbsp;"
    if odd == "control characters":
        return escape(told, quote=False) + "\x0b"
    return escape(told, quote=False)


def _encoded(text: str, odd: str | None) -> bytes:
    if odd == "another encoding than declared":
        return text.encode("cp1252", "xmlcharrefreplace")
    if odd == "a declared encoding that is not":
        return text.replace('encoding="UTF-8"', 'encoding="us-ascii"').encode()
    return (b"\r\n  " if odd == "blanks before the XML declaration" else b"") + text.encode()


def _rss(source: int, items: Sequence[_Item], *, is_full: bool, odd: str | None) -> bytes:
    site = f"https://www.blatt-{source}.example"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>{_text(f'Täglicher Anzeiger {source}', odd)}</title>\n<link>{site}/</link>\n"
        f'<atom:link href="{site}/feed.xml" rel="self" type="application/rss+xml"/>\n'
        "<description>Nachrichten aus der Region für die Region</description>\n<language>de-DE</language>\n"
        f"<lastBuildDate>{format_datetime(items[0].date)}</lastBuildDate>\n"
    ]
    for item in items:
        summary, content = _texts(item, is_full=is_full)
        told = summary if odd == "HTML that is not escaped" else f"<![CDATA[{summary}]]>"
        if odd == "HTML that is not escaped":
            told = told.replace("<p>", "<br>").replace("</p>", "").replace(' loading="lazy"', "")
        parts.append(
            f"<item>\n<title>{_text(item.title, odd)}</title>\n<link>{site}/artikel/{item.key}</link>\n"
            f'<guid isPermaLink="false">{site}/?p={item.key}</guid>\n<pubDate>{format_datetime(item.date)}</pubDate>\n'
            f"<dc:creator>{_text('Redaktion Süd', odd)}</dc:creator>\n"
            + "".join(f"<category>{name}</category>\n" for name in item.categories)
            + f"<description>{told}</description>\n"
            + (f"<content:encoded><![CDATA[{content}]]></content:encoded>\n" if content else "")
            + "</item>\n"
        )
    return _encoded("".join((*parts, "</channel>\n</rss>\n")), odd)


def _atom(source: int, items: Sequence[_Item], *, is_full: bool, odd: str | None) -> bytes:
    site = f"https://www.blatt-{source}.example"
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">\n'
        f"<id>{site}/</id>\n<title>{_text(f'Täglicher Anzeiger {source}', odd)}</title>\n"
        f'<link rel="alternate" type="text/html" href="{site}/"/>\n<link rel="self" href="{site}/feed.xml"/>\n'
        f"<updated>{items[0].date.isoformat()}</updated>\n"
    ]
    for item in items:
        summary, content = _texts(item, is_full=is_full)
        parts.append(
            f"<entry>\n<id>tag:blatt-{source}.example,2026:{item.key}</id>\n<title>{_text(item.title, odd)}</title>\n"
            f'<link rel="alternate" type="text/html" href="{site}/artikel/{item.key}"/>\n'
            f"<published>{item.date.isoformat()}</published>\n<updated>{item.date.isoformat()}</updated>\n"
            f"<author><name>{_text('Redaktion Süd', odd)}</name></author>\n"
            + "".join(f'<category term="{name}"/>\n' for name in item.categories)
            + f'<summary type="html">{escape(summary, quote=False)}</summary>\n'
            + (f'<content type="html">{escape(content, quote=False)}</content>\n' if content else "")
            + "</entry>\n"
        )
    return _encoded("".join((*parts, "</feed>\n")), odd)
