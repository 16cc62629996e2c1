"""What is remembered of each output, so that its subscribers lose no story and see none jump about?

Each output has a log: its stories in the order in which they joined it. Documents close over rows of the log and are
frozen; a row is open until then (see `publish.archives`). `Ledger` is the open transaction of a publish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypedDict

from msgspec import Struct

from aggregator.model import Format, Output, PublishedStory


class OutputState(Struct, frozen=True, kw_only=True):
    """What is remembered of an output.

    `rule` is a digest of what chooses its stories, empty where its log went to another output. Up to story revision
    `revision` and run `run` it was logged; `shown` are the stories in its subscription document, in their order: id,
    version, and whether a row of the log is open for it. `formerly` are the further names that it is written under.
    `ended` is the time of the run in which it was first missing in feeds.yaml.
    """

    slug: str
    title: str
    formats: tuple[Format, ...]
    names_copies: bool
    rule: str
    revision: int
    run: int
    updated: datetime
    shown: tuple[tuple[str, str, bool], ...]
    formerly: tuple[str, ...] = ()
    ended: datetime | None = None


class Member(Struct, frozen=True, kw_only=True):
    """A story as an output shows it."""

    story: str
    order_date: datetime
    updated: datetime
    version: str


class Joining(Struct, frozen=True, kw_only=True):
    """A story that an output chooses and has not logged: `run` is that of its founding.

    `is_backlog` where it is as old as its source, for all that can be told; `is_first` where it came when its source
    was first read.
    """

    story: str
    order_date: datetime
    run: int
    is_backlog: bool
    is_first: bool


class LogRow(Struct, frozen=True, kw_only=True):
    """An open row of the log; `is_member` says whether the output still chooses its story and may show it."""

    number: int
    story: str
    is_late: bool
    is_member: bool
    is_hidden: bool


class Frame(TypedDict, total=False):
    """What a closed document says besides its stories: of the site, and whether it names their copies."""

    title: str
    language: str
    timezone: str
    hub: str | None
    copies: bool


class Archive(Struct, frozen=True, kw_only=True):
    """A closed document of an output: it lies at `<slug>/<number>`, also where the output has another slug by now.

    `made_of` is a digest of what else its bytes were made of; `hidden` are its stories that feeds.yaml withdraws. It
    says of the site what stands in `frame`, whatever feeds.yaml says by now; empty where it closed before that.
    """

    output: str
    number: int
    slug: str
    title: str
    made_of: str
    hidden: tuple[str, ...]
    frame: Frame

    @property
    def name(self) -> str:
        """Its name below public/, without suffix."""
        return f"{self.slug}/{self.number}"


class Ledger(Protocol):
    """The log and the documents of all outputs, in one transaction."""

    def run(self) -> tuple[int, datetime]:
        """Give the number of the run that publishes, and when it began."""

    def revision(self) -> int:
        """Give the last revision of any story: where it is the same, nothing of any story has changed."""

    def states(self) -> dict[str, OutputState]:
        """Give what is remembered of every output that ever was, by slug."""

    def save(self, state: OutputState) -> None:
        """Remember an output; its `updated` never goes back."""

    def rename(self, former: str, slug: str) -> None:
        """Let an output have the log and the documents of its former slug; it has none of its own."""

    def window(self, output: Output, limit: int) -> list[Member]:
        """Give the newest stories of an output in published order, those left out that came late."""

    def unlogged(self, output: Output, since: int) -> list[Joining]:
        """Give the stories of an output behind a revision that are not in its log, in published order."""

    def revised(self, output: Output, since: int) -> list[tuple[str, bool]]:
        """Give those that changed their shown text behind a revision since they were archived, and which came late."""

    def append(self, slug: str, stories: Sequence[str], *, is_late: bool) -> None:
        """Add stories to the log of an output, as they are shown now."""

    def open_rows(self, output: Output) -> list[LogRow]:
        """Give the open rows of an output in their order; those of a story that merged into another are dropped."""

    def members(self, stories: Sequence[str]) -> list[Member]:
        """Give stories that may be shown, in published order."""

    def crowded(self, output: Output) -> set[str]:
        """Name the stories with open rows that `per_source` keeps out of an output."""

    def close(
        self, slug: str, title: str, rows: Sequence[int], stories: tuple[PublishedStory, ...], frame: Frame
    ) -> None:
        """Close a document over rows of the log and freeze the stories as they were composed for it."""

    def next_number(self, slug: str) -> int:
        """Give the number of the document that closes next."""

    def archives(self) -> dict[str, list[Archive]]:
        """Give all closed documents by output, the oldest first."""

    def frozen(self, archive: Archive) -> tuple[PublishedStory, ...]:
        """Give the stories of a closed document, hidden ones too."""

    def save_archive(self, archive: Archive, files: Mapping[Format, bytes]) -> None:
        """Store how a closed document was rendered as Atom and JSON, and what it was made of."""

    def archive_file(self, archive: Archive, form: Format) -> bytes:
        """Give the bytes of a closed document."""
