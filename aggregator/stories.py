"""When are two entries the same story?

    1  the same source and the same entry id: the same entry, seen again (the store's key)
    2  the same day and the same folded title
    5  a bare title ("Newsletter") says nothing: only the same source and the same link
    6  undated entries compare with undated ones by title, with dated ones only where the link agrees too

An entry is placed against the stories that are known already; what is decided comes with its reason. Days are days of
the site's time zone. The numbers are those of the design's list of rules.
"""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from aggregator import links, text
from aggregator.model import Precision, StoredEntry, Trust

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

_PREFIX = re.compile(
    r"^\s*(?:\[(?:gelöscht|geloescht|\d*\.?\s*update|korrektur|aktualisiert|eilmeldung)\]"
    r"|(?:\d+\.\s*)?(?:update|korrektur|aktualisiert|eilmeldung|eil|breaking)\s*:|\+{2,3}(?=[^+]))\s*",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"\s*(?:\[(?:\d*\.?\s*update|korrektur|aktualisiert)\]|\+{2,3})\s*$", re.IGNORECASE)
_OUTLET = re.compile(r"^(?P<title>.+?)\s+[-–—|]\s+(?P<outlet>[^|–—]{2,40})$")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_NUMBER = re.compile(r"\d+")
_MONTHS = (
    "januar februar maerz april mai juni juli august september oktober november dezember "
    "jan feb mrz apr jun jul aug sep sept okt nov dez"
)
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS.split())})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleKey:
    """What a title is compared by: letters and digits only (`key`), and whether it says nothing by itself (`bare`)."""

    key: str
    bare: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entry that is to be placed; `link` is canonical (links.canonical), `day` None where no date can be trusted."""

    source: str
    entry: str
    title: TitleKey
    day: date | None
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStory:
    """A story as far as comparison needs it; `links` are pairs of source and canonical link of its entries."""

    id: str
    day: date | None
    title: TitleKey
    links: frozenset[tuple[str, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where an entry belongs, and why; `founded` where it is the first of its story."""

    story: str
    founded: bool
    reason: str


def title_key(title: str | None, outlets: frozenset[str] = frozenset()) -> TitleKey:
    """Fold a title for comparison.

    Editorial marks (`Update:`, `+++ … +++`, `[GELÖSCHT]`) and the name of an outlet behind a dash or bar are taken off;
    `outlets` holds folded names of sources. Blanks and punctuation do not count, numbers stay apart from each other.
    """
    plain = _unmarked(_plain(title or ""), outlets)
    folded = text.fold(plain)
    numbers = ".".join(_NUMBER.findall(folded))
    key = folded.replace(" ", "") + (f"#{numbers}" if numbers else "")
    return TitleKey(key=key, bare=_is_bare(plain))


def candidate(stored: StoredEntry, zone: ZoneInfo, outlets: frozenset[str]) -> Candidate:
    """Say what an entry is compared by; its day is the site's, and only where its date can be trusted."""
    entry = stored.entry
    trusted = entry.published if entry.trust is not Trust.NONE else None
    return Candidate(
        source=stored.source,
        entry=entry.id,
        title=title_key(entry.title, outlets),
        day=trusted.astimezone(zone).date() if trusted else None,
        link=entry.link and links.canonical(entry.link),
    )


def order_date(stored: StoredEntry, *, document: bool) -> tuple[datetime, Precision]:
    """Say when a story that this entry founds stands in order: the told date where it is trusted, else first seen.

    A document's first-seen is its capture day, so it is a day and not a second.
    """
    entry = stored.entry
    if entry.published is not None and entry.trust is not Trust.NONE:
        return entry.published, entry.precision
    return stored.first_seen, Precision.DAY if document else Precision.SECOND


def shown(entries: Iterable[StoredEntry]) -> StoredEntry:
    """Choose the entry that readers see: the source first in feeds.yaml, then the longer text, then the first filed."""

    def preference(stored: StoredEntry) -> tuple[bool, int, int, int]:
        length = len(stored.entry.summary or "") + len(stored.entry.content or "")
        return stored.rank is None, stored.rank or 0, -length, stored.number

    return min(entries, key=preference)


class Shelf:
    """The stories of one run, known and new, in which each entry finds its place.

    Entries must come in the fixed order of the run (sources as in feeds.yaml, then place in the document), so that the
    same entries always give the same stories.
    """

    def __init__(self, site: str, known: Iterable[KnownStory]) -> None:
        self._site = site
        self._stories: dict[str, KnownStory] = {}
        self._by_title: dict[str, list[str]] = {}
        for story in known:
            self._add(story)

    def place(self, candidate: Candidate, order_day: date) -> Placement:
        """Find the story of an entry, or found one whose id is rooted in the site, its order day and its title."""
        for story_id in self._by_title.get(candidate.title.key, ()):
            story = self._stories[story_id]
            reason = same_story(candidate, story)
            if reason:
                links = story.links | {(candidate.source, candidate.link)}
                self._stories[story_id] = KnownStory(id=story_id, day=story.day, title=story.title, links=links)
                return Placement(story=story_id, founded=False, reason=reason)
        story_id = self._new_id(candidate, order_day)
        links = frozenset({(candidate.source, candidate.link)})
        self._add(KnownStory(id=story_id, day=candidate.day, title=candidate.title, links=links))
        return Placement(story=story_id, founded=True, reason="first of its story")

    def _add(self, story: KnownStory) -> None:
        self._stories[story.id] = story
        self._by_title.setdefault(story.title.key, []).append(story.id)

    def _new_id(self, candidate: Candidate, order_day: date) -> str:
        parts = [self._site, order_day.isoformat(), candidate.title.key]
        if candidate.day is not None and not candidate.title.bare:
            story_id = story_uuid(*parts)
            if story_id not in self._stories:
                return story_id
        story_id = story_uuid(*parts, candidate.source, candidate.entry)
        count = 1
        while story_id in self._stories:
            count += 1
            story_id = story_uuid(*parts, candidate.source, candidate.entry, str(count))
        return story_id


def same_story(candidate: Candidate, story: KnownStory) -> str | None:
    """Say why an entry is the same story as one that is known, or None where it is not."""
    if candidate.title.key != story.title.key:
        return None
    link_agrees = candidate.link is not None and any(link == candidate.link for _, link in story.links)
    if candidate.title.bare or story.title.bare:
        same_place = candidate.link is not None and (candidate.source, candidate.link) in story.links
        return "same source, link and bare title" if same_place and candidate.day == story.day else None
    if candidate.day == story.day:
        return "same date and title" if candidate.day else "same title, both without a date"
    if candidate.day is None or story.day is None:
        return "same title and link, one without a date" if link_agrees else None
    return None


def story_uuid(*parts: str) -> str:
    """Compute the id of a story: a UUID of version 5 (RFC 9562 section 5.5) over its parts, without `urn:uuid:`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(parts)))


def _plain(title: str) -> str:
    for _ in range(2):
        title = html.unescape(title)
    return text.one_line(_TAG.sub("", title))


def _unmarked(title: str, outlets: frozenset[str]) -> str:
    while (shorter := _SUFFIX.sub("", _PREFIX.sub("", title))) not in (title, ""):
        title = shorter
    match = _OUTLET.match(title)
    if match and text.fold(match["outlet"]) in outlets:
        return match["title"]
    return title


def _is_bare(title: str) -> bool:
    headline = title.rsplit(": ", 1)[-1]
    folded = text.fold(headline)
    if " " not in folded or folded in BARE_TITLES:
        return True
    unnumbered = " ".join(_MONTH.sub(" ", _NUMBER.sub(" ", folded)).split())
    return unnumbered in BARE_TITLES or not unnumbered
