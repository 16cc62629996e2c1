"""What is remembered between two runs, and what may be asked of it?

`Store` is the promise; the embedded default (sqlite.py) keeps it. Its methods are few and coarse, each one transaction:
a kill at any moment leaves a database that opens and that the next run goes on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from aggregator.model import (
    Attempt,
    Channel,
    Format,
    PublishedSource,
    PublishedStory,
    Source,
    SourceState,
    StoredEntry,
    Story,
    TopicMatch,
)
from aggregator.store.ledger import Archive, Ledger, LogRow, Member, OutputState
from aggregator.stories import Candidate, KnownStory, Placement
from aggregator.stories.overrules import Name

if TYPE_CHECKING:
    from aggregator.store.observed import Observed, Unchanged


class Recorded(Struct, frozen=True, kw_only=True):
    """How many entries of one source were new, how many had changed, and how many were there under another id."""

    new: int = 0
    changed: int = 0
    churned: int = 0


class Revision(Struct, frozen=True, kw_only=True):
    """A former text of an entry, and when another took its place."""

    replaced: datetime
    title: str | None
    summary: str | None
    content: str | None


class Placed(Struct, frozen=True, kw_only=True):
    """An entry (by number) that found its place, and what it was compared by."""

    number: int
    candidate: Candidate
    placement: Placement


class FiledEntry(Placed, frozen=True, kw_only=True):
    """An entry that was placed in an earlier filing; `filed` counts all placings from 1."""

    filed: int


class Headline(Struct, frozen=True, kw_only=True):
    """A headline that a placed entry (by number) has got since; `filed` is its place among all placings."""

    filed: int
    number: int
    title: str


class TopicCount(Struct, frozen=True, kw_only=True):
    """How many stories a topic holds, and the order date of its newest."""

    id: str
    stories: int
    newest: datetime | None


class Filing(Protocol):
    """One run's conclusions, written in one transaction."""

    def pending(self, size: int) -> Iterator[list[StoredEntry]]:
        """Give the entries that are new or changed when this is called, in batches of up to `size`.

        A batch is smaller where the stories of its days would be too many to be read at once, unless it is of one day.

        First come those that were filed before; then day by day, undated ones last; on one day in the order of sources
        in feeds.yaml and of entries in their document.
        """

    def known(self, days: Iterable[date], titles: Iterable[str], undated: Iterable[str] = ()) -> list[KnownStory]:
        """Give the stories of these days, those without a day of these titles, and of any day of `undated` titles."""

    def named(self, names: Iterable[Name]) -> list[KnownStory]:
        """Give the stories that an operator's names may mean: by title, link or id of one of their entries."""

    def titled(self, names: Iterable[Name]) -> list[int]:
        """Give the placed entries, by number, that stand under one of these titles now."""

    def borne(self, numbers: Sequence[int]) -> dict[int, list[tuple[str, str | None]]]:
        """Give the title and canonical link by which each of these entries was placed, and its titles since."""

    def merged_ids(self) -> frozenset[str]:
        """Give the ids of the stories that were merged into others."""

    def merged_into(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Give the ids of the stories that were merged into each of these."""

    def revise(self, titles: Sequence[tuple[int, str]]) -> None:
        """Note under which other titles entries (by number) stand from now on."""

    def headlines(self) -> list[Headline]:
        """Give all that `revise` noted, in that order."""

    def place(self, placed: Sequence[Placed], founded: Sequence[Story]) -> None:
        """Put entries into stories, `founded` first; what they were compared by is kept as a fact.

        What is shown of a founded story, and which topics it is in, is written with it (see `settle`).
        """

    def keep(self, numbers: Sequence[int]) -> None:
        """Leave changed entries in the stories where they are."""

    def filed(self, after: int, limit: int) -> list[FiledEntry]:
        """Give the entries that were ever placed, in the order in which they were, those behind `after`."""

    def founders(self) -> dict[int, str]:
        """Give which story each founding entry founded, also where that story was merged into another since."""

    def entries(self, numbers: Sequence[int]) -> list[StoredEntry]:
        """Give entries by their numbers."""

    def titles(self, ids: Sequence[str]) -> dict[str, str]:
        """Give the founding titles of stories."""

    def merge_changes(self, merged: Mapping[str, str | None]) -> dict[str, str | None]:
        """Of what stories are merged into, give what is not so yet."""

    def move(
        self, entries: Mapping[int, Placement], founded: Sequence[Story], merged: Mapping[str, str | None]
    ) -> None:
        """Put entries (by number) into other stories; say of stories which other one they were merged into, or none."""

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries, in the order of `ids`."""

    def settle(self, stories: Sequence[Story]) -> None:
        """Write what is shown of stories, since when, and which topics they are in."""

    def rules(self, kind: str) -> str | None:
        """Give the digest of the rules (`stories` or `topics`) that everything stored was last judged by."""

    def set_rules(self, kind: str, rules: str) -> None:
        """Note the digest of the rules that everything stored is judged by now."""

    def set_applied(self, told: str) -> None:
        """Note what feeds.yaml said that everything stored is concluded by now (see `plan.Said`)."""

    def story_ids(self, after: str, limit: int) -> list[str]:
        """Give ids of all stories, in order, those behind `after`."""


class Store(Protocol):
    """Memory and timetable."""

    @property
    def database(self) -> str:
        """The id of this database, made once."""

    def close(self) -> None:
        """Let go of the file."""

    def begin_run(self, now: datetime) -> int:
        """Note that a run begins; gives its number."""

    def end_run(self, run: int, now: datetime) -> None:
        """Note that a run has ended."""

    def last_run(self) -> tuple[datetime, datetime | None] | None:
        """Give the start and end of the last run, None where there was none."""

    def register(self, sources: Sequence[Source]) -> None:
        """Take over what feeds.yaml names; one whose id changed but not its address is the same source."""

    def states(self) -> dict[str, SourceState]:
        """Give what is remembered of each source in feeds.yaml, by id."""

    def claimed(self) -> frozenset[str]:
        """Give the sources that a run has claimed and not recorded: under the lock, a dead run's."""

    def claim(self, run: int, sources: Sequence[str]) -> None:
        """Stamp sources with a run."""

    def release(self, run: int) -> None:
        """Take the stamp of a run off the sources that it did not record."""

    def record(
        self,
        source: str,
        state_after: Callable[[Recorded], SourceState],
        *,
        run: int,
        entries: Sequence[Observed | Unchanged],
        channel: Channel,
        first_seen: datetime,
        now: datetime,
        attempt: Attempt | None = None,
    ) -> Recorded:
        """Write what is new or changed of a source's entries, marked as pending, and the state that follows from it.

        What the source has given new ids is the same entry; an id that it has used again is a new one (see
        `stories.churn`). What was pruned stays so. The former texts of entries are kept, the latest five of each.
        `attempt` is put into the source's history, with the number of entries that were new.
        """

    def save_states(self, states: Sequence[SourceState], attempts: Sequence[Attempt] = ()) -> None:
        """Write states alone, put `attempts` into the histories of their sources, take the stamps of their runs off."""

    def digests(self, source: str) -> dict[str, bytes]:
        """Give the digests (see `Observed`), by id, of the last entries of a source, a few hundred at most."""

    def attempts(self, source: str, limit: int) -> list[Attempt]:
        """Give the latest fetches of a source, the last one first; 50 are kept, for 30 days."""

    def revisions(self, entry: int) -> list[Revision]:
        """Give the former texts of an entry (by number), the last one first; five are kept."""

    def prune(self, before: datetime, limit: int) -> int:
        """Let go of the texts of old entries; gives of how many.

        They are those of stories ordered before a time, once all entries of the story have left the last documents of
        their sources and no subscription document shows it or is yet to be archived with it. Title, link and identity
        stay, so that an old item that comes again is no news. Each call looks at up to `limit` stories.
        """

    def filing(self) -> AbstractContextManager[Filing]:
        """Open the transaction in which a run files its entries."""

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries and matches, in the order of `ids`."""

    def stories_since(self, since: datetime) -> list[str]:
        """Give the ids of the stories that are ordered from a time on, the newest first."""

    def applied(self) -> str | None:
        """Give what feeds.yaml said when it was last applied (see `Filing.set_applied`), None where none was."""

    def noted(self, key: str) -> str | None:
        """Give what was noted last under a key (see `note`)."""

    def note(self, key: str, value: str) -> None:
        """Note what a later run has to know, under a key."""

    def merged(self) -> dict[str, str]:
        """Give which stories were merged into which other one, in the order of their ids."""

    def find_stories(self, name: Name) -> list[str]:
        """Give the ids of the stories that bear a title, link or id, the newest first; of a merged one, its new one."""

    def stories_about(self, words: Sequence[str], limit: int) -> list[str]:
        """Give ids of stories in whose titles some folded words stand: those with the most of them, then the newest."""

    def known(self, days: Iterable[date], titles: Iterable[str], undated: Iterable[str] = ()) -> list[KnownStory]:
        """Give stories as they are compared (see `Filing.known`)."""

    def published_sources(self) -> dict[str, PublishedSource | None]:
        """Give every source that ever was, as readers see it, by id; None where it must not be named."""

    def ledger(self) -> AbstractContextManager[Ledger]:
        """Open the transaction in which a run brings the logs and documents of all outputs forward."""

    def archive_file(self, archive: Archive, form: Format) -> bytes:
        """Give the bytes of a closed document as it was rendered; Atom and JSON only."""

    def frozen(self, archive: Archive) -> tuple[PublishedStory, ...]:
        """Give the stories of a closed document as they were when it closed, hidden ones too."""

    def announce(self, name: str) -> None:
        """Note that the hub is to be told of a published file."""

    def unannounced(self) -> list[str]:
        """Give the published files of which the hub is to be told."""

    def announced(self, names: Sequence[str]) -> None:
        """Note that the hub was told of published files."""

    def topic_counts(self, topics: Sequence[str]) -> list[TopicCount]:
        """Count the stories of topics."""


__all__ = [
    "Archive",
    "Filing",
    "Headline",
    "Ledger",
    "LogRow",
    "Member",
    "OutputState",
    "Recorded",
    "Revision",
    "Store",
    "TopicCount",
    "TopicMatch",
    "open_store",
]


def open_store(path: Path, *, create: bool) -> Store:
    """Open the database at `path`; StoreError where it is missing (and not to be created), foreign or damaged."""
    from aggregator.store.sqlite import SqliteStore

    return SqliteStore(path, create=create)
