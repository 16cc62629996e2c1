"""What are stories, and what are they made of?"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from aggregator.model.reading import Channel, Entry, Precision


class TopicMatch(Struct, frozen=True, kw_only=True):
    """Why a story is in a topic: the term that matched, the field it matched in, and the words found."""

    topic: str
    term: str
    field: str
    words: str


class Found(Struct, frozen=True, kw_only=True):
    """Which terms of topics stand in an entry, each at its first place; `rules` is the digest of all these terms.

    Terms that are looked for in what feeds.yaml says of its source are not among them.
    """

    rules: bytes
    matches: tuple[TopicMatch, ...] = ()


class StoredEntry(Struct, frozen=True, kw_only=True):
    """An entry as the store holds it.

    `channel` is what its feed said of itself when the entry came; `place` counts from 0 in its document; `revised` is
    when its visible text last changed; `visible` is the digest of that text, `digest` that of all that it says. `run`
    is the one that recorded it; `story` and `reason` are None until filed. It `is_backlog` where it was undated and
    there when its source was first read. Of what `is_pruned` the text is gone. `found` is what was found when it came,
    None where nobody looked.
    """

    number: int
    source: str
    rank: int | None
    entry: Entry
    channel: Channel
    place: int
    first_seen: datetime
    revised: datetime
    visible: str
    run: int
    digest: bytes = b""
    story: str | None = None
    reason: str | None = None
    is_backlog: bool = False
    is_pruned: bool = False
    found: Found | None = None


class Story(Struct, frozen=True, kw_only=True):
    """One or more entries that are the same news.

    `id` is a UUID and never moves, nor does `order_date`. `day`, the told day, and `title` (`title_key` is its key) are
    what the story is compared by; the day is None where no date can be trusted. `founder` is the entry that founded it;
    `run` and `place` say when and where in its document that was filed, `published` what it told. A story `is_hidden`
    where feeds.yaml withdraws it, `is_backlog` where it was old when its source was first read; one that turned out to
    be the same as another was `merged_into` it.
    `visible` is the digest of the text that is shown; `updated` is when that last changed. `outputs` are those that
    choose it by a rule of their own, and not by its topics.
    """

    id: str
    day: date | None
    title: str
    title_key: str
    order_date: datetime
    precision: Precision
    run: int
    place: int
    founder: int
    updated: datetime
    published: datetime | None = None
    is_hidden: bool = False
    is_backlog: bool = False
    merged_into: str | None = None
    visible: str | None = None
    shown: int | None = None
    entries: tuple[StoredEntry, ...] = ()
    matches: tuple[TopicMatch, ...] = ()
    outputs: tuple[str, ...] = ()

    @property
    def shown_entry(self) -> StoredEntry:
        """The entry that readers see."""
        return next(stored for stored in self.entries if stored.number == self.shown)


class Copy(Struct, frozen=True, kw_only=True):
    """One source's entry of a story, as readers see it: who carried it, where, and since when we know it."""

    source: str
    title: str
    link: str | None
    first_seen: datetime
    reason: str
