"""When are two entries the same story?

    overrules   what feeds.yaml decides about single stories        the last word
    titles      what a title says, and what it is compared by
    likeness    do two titles of one day stand over the same story?
    wording     what do two titles say differently, if it is but the wording?
    known       what is known of entries and stories when an entry finds its place?
    shelf       in which story does an entry find its place?
    churn       which entries are old ones under new ids, which ids have been used again?

Each decision comes with its reason, which is kept and shown. Days are days of the site's time zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from aggregator import links
from aggregator.model import Entry, Precision, StoredEntry, Trust
from aggregator.stories.known import Candidate, KnownStory, Member, Placement
from aggregator.stories.overrules import Group, Identity, Rulings
from aggregator.stories.shelf import Shelf, new_id, story_uuid
from aggregator.stories.titles import BARE_TITLES, Title, read_title, title_key

RULES = 4
"""Counts the versions of the rules: one that compares in another way places all stored entries anew."""

__all__ = [
    "BARE_TITLES",
    "RULES",
    "Candidate",
    "Group",
    "Identity",
    "KnownStory",
    "Member",
    "Placement",
    "Rulings",
    "Shelf",
    "Title",
    "candidate",
    "new_id",
    "order_date",
    "read_title",
    "shown",
    "story_uuid",
    "title_key",
    "told_date",
]


def told_date(entry: Entry) -> datetime | None:
    """Give the date that an entry is ordered and compared by: published, else updated; None where it is not trusted."""
    return None if entry.trust is Trust.NONE else entry.published or entry.updated


def candidate(stored: StoredEntry, zone: ZoneInfo, outlets: frozenset[str]) -> Candidate:
    """Say what an entry is compared by; its day is the site's, and only where its date can be trusted."""
    date = told_date(stored.entry)
    return Candidate(
        source=stored.source,
        entry=stored.entry.id,
        title=read_title(stored.entry.title, outlets),
        day=date.astimezone(zone).date() if date else None,
        link=stored.entry.link and links.canonical(stored.entry.link),
        run=stored.run,
    )


def order_date(stored: StoredEntry, *, document: bool) -> tuple[datetime, Precision]:
    """Say when a story that this entry founds stands in order: the told date where it is trusted, else first seen.

    A document's first-seen is its capture day, so it is a day and not a second.
    """
    if date := told_date(stored.entry):
        return date, stored.entry.precision
    return stored.first_seen, Precision.DAY if document else Precision.SECOND


def shown(entries: Iterable[StoredEntry]) -> StoredEntry:
    """Choose the entry that readers see: the source first in feeds.yaml, then the longer text, then the first filed.

    One whose text is gone comes last.
    """

    def preference(stored: StoredEntry) -> tuple[bool, bool, int, int, int]:
        length = len(stored.entry.summary or "") + len(stored.entry.content or "")
        return stored.is_pruned, stored.rank is None, stored.rank or 0, -length, stored.number

    return min(entries, key=preference)
