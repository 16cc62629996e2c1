"""What was asked of a run, and what did it bring in?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from aggregator import polling
from aggregator.errors import SourceError
from aggregator.model import Failed, Fetched, Postponed, Source, SourceState


class Wish(Struct, frozen=True, kw_only=True):
    """What is asked of a run: `only` these sources, `force` asks also those that are not due.

    `fetched` holds answers that are here already, by source: nothing is asked twice.
    """

    only: frozenset[str] | None = None
    force: bool = False
    fetched: Mapping[str, Fetched] = {}


class Report(Struct, frozen=True, kw_only=True):
    """What became of one source in a run.

    `failure` is None where it went well. `postponed` is there where its host asked for a pause: it was not asked then.
    """

    source: Source
    state: SourceState
    new: int = 0
    changed: int = 0
    failure: Failed | SourceError | None = None
    postponed: Postponed | None = None
    lines: tuple[str, ...] = ()

    @property
    def emptied(self) -> bool:
        """Whether it is a feed that had entries and now comes without any; what was read before is kept."""
        return not (self.failure or self.postponed) and bool(self.state.empty_since and self.state.last_new)

    @property
    def overlong(self) -> bool:
        """Whether it has more entries than are read of one document."""
        return not (self.failure or self.postponed) and self.state.unread > 0

    @property
    def next_due(self) -> datetime | None:
        """When the source is asked next; None where it is due at every run, or not until somebody asks."""
        return polling.next_due(self.source, self.state)


class Pulled(Struct, kw_only=True):
    """What a run brought in; `no_network` where every request failed before any answer, so that none counts.

    A source that was due and then had to wait for its host was not due after all.
    """

    run: int
    due: int = 0
    not_due: int = 0
    next_due: datetime | None = None
    reports: list[Report] = []
    no_network: bool = False

    @property
    def failed(self) -> list[Report]:
        """The sources that failed, in the order of feeds.yaml."""
        return sorted((r for r in self.reports if r.failure), key=lambda report: report.source.rank)

    @property
    def emptied(self) -> list[Report]:
        """The sources that had entries and now have none, in the order of feeds.yaml."""
        return sorted((r for r in self.reports if r.emptied), key=lambda report: report.source.rank)

    @property
    def overlong(self) -> list[Report]:
        """The sources that have more entries than are read, in the order of feeds.yaml."""
        return sorted((r for r in self.reports if r.overlong), key=lambda report: report.source.rank)

    @property
    def answered_with_news(self) -> int:
        """How many sources brought new or changed entries."""
        return sum(bool(report.new or report.changed) for report in self.reports)

    @property
    def unchanged(self) -> int:
        """How many sources were read and brought nothing."""
        return sum(not (r.failure or r.postponed or r.new or r.changed) for r in self.reports)

    @property
    def new(self) -> int:
        """How many entries were new."""
        return sum(report.new for report in self.reports)

    @property
    def changed(self) -> int:
        """How many entries had changed."""
        return sum(report.changed for report in self.reports)
