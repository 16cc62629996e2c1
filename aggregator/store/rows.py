"""How does our data look as columns?"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

import msgspec
from msgspec import Struct

from aggregator.model import (
    Author,
    Channel,
    Enclosure,
    Entry,
    Found,
    Precision,
    PublishedStory,
    SourceState,
    StoredEntry,
    Story,
    TopicMatch,
    Trust,
)
from aggregator.store import FiledEntry
from aggregator.stories import Candidate, Placement, read_title

QUICKLY = 3
"""How hard documents are compressed: at 6 it takes more than twice as long, for a sixth less."""

_PRECISIONS = {one.value: one for one in Precision}
_TRUSTS = {one.value: one for one in Trust}

ENTRY_COLUMNS = (
    "e.number, s.id AS source, s.rank, e.id, e.title, e.link, e.published, e.updated, e.precision, e.trust,"
    " e.summary, e.content, e.details, c.told, e.visible, e.digest, e.place, e.first_seen, e.revised, e.run,"
    " e.story, e.reason, e.is_backlog, e.is_pruned, e.rules, e.found"
    " FROM entries e JOIN sources s ON s.number = e.source JOIN channels c ON c.number = e.channel"
)
"""What `stored_entry` needs, as the middle of a SELECT."""


class _Details(Struct, frozen=True, kw_only=True):
    """What is kept of an entry in one column, since nothing asks for it alone."""

    id_derived: bool = False
    authors: tuple[Author, ...] = ()
    authors_inherited: bool = False
    categories: tuple[str, ...] = ()
    language: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    comments: str | None = None
    origin: Channel | None = None
    boilerplate: tuple[str, ...] = ()


_CHANNEL = msgspec.json.Decoder(Channel)
_DETAILS = msgspec.json.Decoder(_Details)
_MATCHES = msgspec.json.Decoder(tuple[TopicMatch, ...])
_STORIES = msgspec.json.Decoder(tuple[PublishedStory, ...])


def instant(value: datetime) -> str:
    """Write an aware datetime as RFC 3339 in UTC with whole seconds: text order is time order."""
    return value.astimezone(UTC).isoformat()[:19] + "Z"


def parse_instant(value: str) -> datetime:
    """Read what `instant` wrote."""
    return datetime.fromisoformat(value)


def state_json(state: SourceState) -> str:
    """Write all fields of a state as JSON."""
    return msgspec.json.encode(state).decode()


def state_from(source: str, told: str) -> SourceState:
    """Read a state; a field that this version does not know is dropped, one that is missing takes its default."""
    return msgspec.convert(msgspec.json.decode(told) | {"source": source}, SourceState)


def entry_values(entry: Entry) -> dict[str, object]:
    """Give an entry's columns, by name."""
    return {
        "id": entry.id,
        "title": entry.title,
        "link": entry.link,
        "published": entry.published and instant(entry.published),
        "updated": entry.updated and instant(entry.updated),
        "precision": entry.precision.value,
        "trust": entry.trust.value,
        "summary": entry.summary,
        "content": entry.content,
        "details": _json(_details(entry), order="deterministic"),
    }


def entry_digest(entry: Entry, values: dict[str, object]) -> bytes:
    """Compute what tells an entry from a changed one: a digest of its columns, which are `values`.

    What other items of its document say, and so its boilerplate, does not change it.
    """
    own = values | {"details": _json({**_details(entry), "boilerplate": ()}, order="sorted")}
    return hashlib.sha256(msgspec.json.encode(own, order="deterministic")).digest()


def _details(entry: Entry) -> dict[str, object]:
    """Give what of an entry has no column of its own."""
    return {
        "id_derived": entry.id_derived,
        "authors": entry.authors,
        "authors_inherited": entry.authors_inherited,
        "categories": entry.categories,
        "language": entry.language,
        "enclosures": entry.enclosures,
        "comments": entry.comments,
        "origin": entry.origin,
        "boilerplate": entry.boilerplate,
    }


def _json(details: dict[str, object], *, order: Literal["deterministic", "sorted"]) -> str:
    """Write what is told of some details."""
    return msgspec.json.encode({name: told for name, told in details.items() if told}, order=order).decode()


def channel_json(channel: Channel) -> str:
    """Write a channel as JSON."""
    return msgspec.json.encode(channel).decode()


def matches_json(matches: tuple[TopicMatch, ...]) -> str:
    """Write why a story is in a topic as JSON."""
    return msgspec.json.encode(matches).decode()


def matches_from(told: str) -> tuple[TopicMatch, ...]:
    """Read what `matches_json` wrote."""
    return _MATCHES.decode(told)


def found_values(found: Found | None) -> dict[str, object]:
    """Give the columns of what was found in an entry, by name; in most nothing was."""
    if found is None:
        return {"rules": None, "found": None}
    return {"rules": found.rules, "found": matches_json(found.matches) if found.matches else None}


def stored_entry(row: sqlite3.Row) -> StoredEntry:
    """Read an entry from a row of `ENTRY_COLUMNS`."""
    number, source, rank, name, title, link, published, updated, precision, trust, *others = row
    summary, content, told, channel, visible, digest, place, first_seen, revised, run, story, *others = others
    reason, is_backlog, is_pruned, rules, found = others
    details = _DETAILS.decode(told)
    entry = Entry(
        id=name,
        id_derived=details.id_derived,
        title=title,
        link=link,
        published=_optional_instant(published),
        updated=_optional_instant(updated),
        precision=_PRECISIONS[precision],
        trust=_TRUSTS[trust],
        summary=summary,
        content=content,
        authors=details.authors,
        authors_inherited=details.authors_inherited,
        categories=details.categories,
        language=details.language,
        enclosures=details.enclosures,
        comments=details.comments,
        origin=details.origin,
        boilerplate=details.boilerplate,
    )
    return StoredEntry(
        number=number,
        source=source,
        rank=rank,
        entry=entry,
        channel=_channel(channel),
        place=place,
        first_seen=parse_instant(first_seen),
        revised=parse_instant(revised),
        visible=visible,
        run=run,
        digest=digest,
        story=story,
        reason=reason,
        is_backlog=bool(is_backlog),
        is_pruned=bool(is_pruned),
        found=_found(rules, found),
    )


def story_values(story: Story) -> dict[str, object]:
    """Give a story's columns, by name."""
    return {
        "id": story.id,
        "day": story.day and story.day.isoformat(),
        "title": story.title,
        "title_key": story.title_key,
        "order_date": instant(story.order_date),
        "precision": story.precision.value,
        "run": story.run,
        "place": story.place,
        "founder": story.founder,
        "published": story.published and instant(story.published),
        "is_hidden": int(story.is_hidden),
        "is_backlog": int(story.is_backlog),
        "merged_into": story.merged_into,
        "updated": instant(story.updated),
        "visible": story.visible,
        "shown": story.shown,
    }


def story_version(story: Story, values: dict[str, object]) -> str:
    """Compute what tells a story (`values` are its columns) from a changed one: all that may be published of it."""
    copies = [(stored.number, stored.source, stored.entry.link, stored.first_seen) for stored in story.entries]
    shown = next((stored for stored in story.entries if stored.number == story.shown), None)
    told = (values, story.matches, story.outputs, copies, shown and (shown.digest.hex(), shown.channel))
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:32]


def stories_blob(stories: tuple[PublishedStory, ...]) -> bytes:
    """Write published stories as compressed JSON."""
    return zlib.compress(msgspec.json.encode(stories), QUICKLY)


def stories_from(told: bytes) -> tuple[PublishedStory, ...]:
    """Read what `stories_blob` wrote."""
    return _STORIES.decode(zlib.decompress(told))


def stored_story(row: sqlite3.Row, entries: tuple[StoredEntry, ...], matches: tuple[TopicMatch, ...]) -> Story:
    """Read a story from its row, its entries and its matches."""
    return Story(
        id=row["id"],
        day=date.fromisoformat(row["day"]) if row["day"] else None,
        title=row["title"],
        title_key=row["title_key"],
        order_date=parse_instant(row["order_date"]),
        precision=Precision(row["precision"]),
        run=row["run"],
        place=row["place"],
        founder=row["founder"],
        published=_optional_instant(row["published"]),
        is_hidden=bool(row["is_hidden"]),
        is_backlog=bool(row["is_backlog"]),
        merged_into=row["merged_into"],
        updated=parse_instant(row["updated"]),
        visible=row["visible"],
        shown=row["shown"],
        entries=entries,
        matches=matches,
    )


def filed_entry(row: sqlite3.Row) -> FiledEntry:
    """Read an entry that was placed, with what it was compared by."""
    return FiledEntry(
        number=row["number"],
        filed=row["filed"],
        candidate=Candidate(
            source=row["source"],
            entry=row["id"],
            title=read_title(row["filed_title"]),
            day=date.fromisoformat(row["filed_day"]) if row["filed_day"] else None,
            link=row["filed_link"],
            run=row["run"],
        ),
        placement=Placement(story=row["story"], founded=False, reason=row["reason"]),
    )


def _found(rules: bytes | None, found: str | None) -> Found | None:
    if rules is None:
        return None
    return Found(rules=rules, matches=matches_from(found) if found else ())


def _optional_instant(value: str | None) -> datetime | None:
    return parse_instant(value) if value else None


@lru_cache(maxsize=1024)
def _channel(told: str) -> Channel:
    return _CHANNEL.decode(told)
