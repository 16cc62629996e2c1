"""What do the entries of every feed format have in common: an id each, dates judged together, bounded fields?

Draft         an entry without its id and dates, and the dates that were told
bounded       of more items than are read, those that are
complete      the drafts of one document -> its entries
language, author, categories, enclosure, image     foreign values -> the model's, or None where they are none
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from aggregator import links
from aggregator.model import Author, Context, Enclosure, Entry
from aggregator.sources import dates, markup
from aggregator.text import xml_safe

MOST_ENTRIES = 5_000
LONGEST_ID = 2_000
MOST_VALUES = 100
_LOOKED_AT = 20

_Item = TypeVar("_Item")

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_MAILBOX = re.compile(r"[^\s<>()]*[\w.+-]@\w[^\s<>()]*")
_MEDIA_TYPE = re.compile(r"[a-z]{1,40}/[a-z0-9.+-]{1,80}")
_IMAGE_TYPES = {"png": "png", "gif": "gif", "webp": "webp", "avif": "avif", "svg": "svg+xml"}


class Draft(Struct, frozen=True, kw_only=True):
    """An entry as its document says it. `entry.id` is the source's own id, empty where it gave none."""

    entry: Entry
    published: dates.ToldDate | None = None
    updated: dates.ToldDate | None = None

    @property
    def date(self) -> dates.ToldDate | None:
        """The date of the news: when it was published, else when it was changed."""
        return self.published or self.updated


def bounded(
    told: Sequence[_Item], date: Callable[[_Item], dates.ToldDate | None], noun: str = "entries"
) -> tuple[Sequence[_Item], tuple[str, ...]]:
    """Give the items of a document that are read, 5,000 at most, and what to report of that.

    Those are the first, as most feeds begin with their newest; where a date near the end is newer than one near the
    beginning, the last.
    """
    if len(told) <= MOST_ENTRIES:
        return told, ()
    first, last = _first_dated(told[:_LOOKED_AT], date), _first_dated(told[: -_LOOKED_AT - 1 : -1], date)
    grows_at_end = bool(first and last and first.instant < last.instant)
    kept = told[-MOST_ENTRIES:] if grows_at_end else told[:MOST_ENTRIES]
    return kept, (f"only the {'last' if grows_at_end else 'first'} {len(kept)} of {len(told)} {noun} were read",)


def complete(drafts: Sequence[Draft], context: Context) -> tuple[Entry, ...]:
    """Give the entries of one document, in its order: dates judged together, each with an id of its own."""
    judged = dates.judge([draft.date for draft in drafts], zone=context.timezone, now=context.now)
    updated = dates.judge([draft.updated for draft in drafts], zone=context.timezone, now=context.now)
    entries = [_dated(*one) for one in zip(drafts, judged, updated, strict=True)]
    return _told_apart([_identified(*one) for one in zip(entries, drafts, strict=True)], drafts)


def language(tag: object) -> str | None:
    """Give a language tag (BCP 47), hyphens for underscores; None where it is none."""
    text = tag.strip().replace("_", "-") if isinstance(tag, str) else ""
    return text if _LANGUAGE.fullmatch(text) else None


def author(name: str, *, url: str | None = None, email: str | None = None, base: str | None) -> Author | None:
    """Give an author; `mail@host (Name)`, `Name <mail@host>` and a bare address are taken apart."""
    plain = markup.to_title(name)[:200]
    address = _EMAIL.search(email or plain)
    if found := _EMAIL.search(plain):
        # The whole of it, also where more follows than an address has: half of one is no name.
        plain = _MAILBOX.sub("", plain).strip(" ()<>,;:-") or found[0]
    home = links.clean(url, base) if url else None
    mail = address[0] if address else None
    shown = plain or mail or ""
    return Author(name=shown, url=home, email=mail) if shown else None


def categories(terms: Iterable[str]) -> tuple[str, ...]:
    """Give categories in their order, each once, as plain lines of at most 200 characters."""
    plain = (markup.to_title(term)[:200] for term in terms)
    return tuple(dict.fromkeys(term for term in plain if term))[:MOST_VALUES]


def enclosure(
    url: str, base: str | None, *, media_type: object = None, length: object = None, title: str = ""
) -> Enclosure | None:
    """Give a file that belongs to an entry; None where its address is not of the web. `length` in bytes."""
    address = links.clean(url, base)
    if address is None:
        return None
    kind = media_type.partition(";")[0].strip().lower() if isinstance(media_type, str) else ""
    digits = str(length).strip()
    return Enclosure(
        url=address,
        type=kind if _MEDIA_TYPE.fullmatch(kind) else None,
        length=int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else None,
        title=markup.to_title(title) or None,
    )


def image(url: str, base: str | None, *, media_type: object = None, length: object = None) -> Enclosure | None:
    """Give an image; its type, where none was told, is what the ending of its name says, else JPEG."""
    told = enclosure(url, base, media_type=media_type, length=length)
    if told is None or (told.type or "").startswith("image/"):
        return told
    ending = urlsplit(told.url).path.rpartition(".")[2].lower()
    return replace(told, type=f"image/{_IMAGE_TYPES.get(ending, 'jpeg')}")


def each_once(files: Iterable[Enclosure | None]) -> tuple[Enclosure, ...]:
    """Drop what is none, and every address after its first."""
    by_address: dict[str, Enclosure] = {}
    for file in files:
        if file is not None:
            by_address.setdefault(file.url, file)
    return tuple(by_address.values())[:MOST_VALUES]


def _first_dated(items: Sequence[_Item], date: Callable[[_Item], dates.ToldDate | None]) -> dates.ToldDate | None:
    return next((told for item in items if (told := date(item))), None)


def _dated(draft: Draft, date: dates.ToldDate | None, updated: dates.ToldDate | None) -> Entry:
    if date is None:
        return draft.entry
    return replace(
        draft.entry,
        published=date.instant if draft.published else None,
        updated=updated.instant if updated else None,
        precision=date.precision,
        trust=date.trust,
    )


def _identified(entry: Entry, draft: Draft) -> Entry:
    """Keep the source's id to the byte; else derive one from the link, else from title and day."""
    told = xml_safe(entry.id).strip()
    if len(told) > LONGEST_ID:
        told = _digest(told)
    if told:
        return entry if told == entry.id and not entry.id_derived else replace(entry, id=told, id_derived=False)
    return replace(entry, id=entry.link or _title_and_day(entry, draft), id_derived=True)


def _title_and_day(entry: Entry, draft: Draft) -> str:
    """Digest the day on the source's own calendar: judging the document another way must not change the id."""
    day = draft.date.wall.date().isoformat() if draft.date else ""
    return _digest(entry.title or entry.content or entry.summary or "", day)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _told_apart(entries: Sequence[Entry], drafts: Sequence[Draft]) -> tuple[Entry, ...]:
    """Tell entries that share an id apart by link, then by title and day, then by their order.

    All that share an id get a longer one, not only the later: so no id depends on the order of a document.
    """
    ids = [entry.id for entry in entries]
    if len(set(ids)) == len(ids):
        return tuple(entries)
    ids = _lengthened(ids, [entry.link or "" for entry in entries])
    ids = _lengthened(ids, [_title_and_day(*one) for one in zip(entries, drafts, strict=True)])
    return tuple(replace(entry, id=own) for entry, own in zip(entries, _numbered(ids), strict=True))


def _lengthened(ids: list[str], traits: list[str]) -> list[str]:
    """Append its trait to each id that repeats, where those that share the id differ in it."""
    found: dict[str, set[str]] = {}
    for own, trait in zip(ids, traits, strict=True):
        found.setdefault(own, set()).add(trait)
    return [f"{own} {trait}".strip() if len(found[own]) > 1 else own for own, trait in zip(ids, traits, strict=True)]


def _numbered(ids: list[str]) -> list[str]:
    """Number what still repeats, from 2."""
    taken = set(ids)
    following: dict[str, int] = {}
    result = []
    for own in ids:
        if own not in following:
            following[own] = 2
            result.append(own)
            continue
        while (candidate := f"{own} {following[own]}") in taken:
            following[own] += 1
        taken.add(candidate)
        result.append(candidate)
    return result
