"""What is remembered between two runs, and what may be asked of it?

`Store` is the promise; the embedded default (sqlite.py) keeps it. Its methods are few and coarse, each one transaction:
a kill at any moment leaves a database that opens and that the next run goes on with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from aggregator.model import (
    Channel,
    Entry,
    PublishedSource,
    Source,
    SourceState,
    StoredEntry,
    Story,
    TopicMatch,
)
from aggregator.stories import KnownStory, Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """An entry as it came, with the digest of its visible text."""

    entry: Entry
    visible: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """How many entries of one source were new, and how many had changed."""

    new: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicCount:
    """How many stories a topic holds, and the order date of its newest."""

    id: str
    stories: int
    newest: datetime | None


class Filing(Protocol):
    """One run's conclusions, written in one transaction."""

    def pending(self, limit: int) -> list[StoredEntry]:
        """Give the next entries that are new or changed, in the order of sources and of entries in their document."""

    def known(self, days: Iterable[date], titles: Iterable[str]) -> list[KnownStory]:
        """Give the stories of these days, and those without a day or of any day that bear one of these titles."""

    def place(self, placements: Mapping[int, Placement | None], founded: Sequence[Story]) -> None:
        """Put entries (by number) into stories; None leaves one where it is. `founded` are the new stories."""

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries, in the order of `ids`."""

    def settle(self, stories: Sequence[Story]) -> None:
        """Write what is shown of stories, since when, and which topics they are in."""

    def rules(self) -> str | None:
        """Give the digest of the rules that all stories were last matched by."""

    def set_rules(self, rules: str) -> None:
        """Note the digest of the rules that all stories are matched by now."""

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
        entries: Sequence[Observed],
        channel: Channel,
        first_seen: datetime,
        now: datetime,
    ) -> Recorded:
        """Write what is new or changed of a source's entries, marked as pending, and the state that follows from it."""

    def save_states(self, states: Sequence[SourceState]) -> None:
        """Write states alone, and take the stamps of their runs off."""

    def filing(self) -> AbstractContextManager[Filing]:
        """Open the transaction in which a run files its entries."""

    def window(self, topics: Sequence[str] | None, limit: int) -> list[str]:
        """Give the ids of the newest stories of any of these topics (None: of all), in published order."""

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries and matches, in the order of `ids`."""

    def published_sources(self) -> dict[str, PublishedSource]:
        """Give every source that ever was, as readers see it, by id."""

    def output_updated(self, updated: Mapping[str, datetime]) -> dict[str, datetime]:
        """Move outputs' `updated` forward, never back; gives what holds now."""

    def topic_counts(self, topics: Sequence[str]) -> list[TopicCount]:
        """Count the stories of topics."""


__all__ = [
    "Filing",
    "Observed",
    "Recorded",
    "Store",
    "TopicCount",
    "TopicMatch",
    "open_store",
]


def open_store(path: Path, *, create: bool) -> Store:
    """Open the database at `path`; StoreError where it is missing (and not to be created), foreign or damaged."""
    from aggregator.store.sqlite import SqliteStore

    return SqliteStore(path, create=create)
