"""How do the sources that are due come into the store?

    claim ─▶ fetch ─▶ parse ─▶ record        many sources at once, one writer

Each source is recorded by itself, with its entries marked as pending: a kill loses what is in flight and nothing else,
and the next run takes over at once what the dead one had claimed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator import polling
from aggregator.errors import SourceError
from aggregator.model import (
    Config,
    Context,
    Entry,
    Failed,
    Fetched,
    FetchResult,
    Reading,
    Source,
    SourceKind,
    SourceState,
)
from aggregator.sources import dates, markup
from aggregator.store import Observed, Recorded

if TYPE_CHECKING:
    from aggregator.fetch import Fetcher
    from aggregator.store import Store
    from aggregator.workers import Parsers

_AT_ONCE = 128
"""Sources in flight: a few more than the fetcher's places, so that none of them waits for a parser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a run: `only` these sources, `force` asks also those that are not due."""

    only: frozenset[str] | None = None
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of one source in a run; `failure` is None where it went well."""

    source: Source
    state: SourceState
    new: int = 0
    changed: int = 0
    failure: Failed | SourceError | None = None
    lines: tuple[str, ...] = ()

    @property
    def next_due(self) -> datetime | None:
        """When the source is asked next; None where it is due at every run, or not until somebody asks."""
        return polling.next_due(self.source, self.state)


@dataclass(slots=True, kw_only=True)
class Pulled:
    """What a run brought in; `no_network` where every request failed before any answer, so that none counts."""

    run: int
    due: int = 0
    not_due: int = 0
    next_due: datetime | None = None
    reports: list[Report] = field(default_factory=list)
    no_network: bool = False

    @property
    def failed(self) -> list[Report]:
        """The sources that failed, in the order of feeds.yaml."""
        return sorted((r for r in self.reports if r.failure), key=lambda report: report.source.rank)

    @property
    def answered_with_news(self) -> int:
        """How many sources brought new or changed entries."""
        return sum(bool(report.new or report.changed) for report in self.reports)

    @property
    def unchanged(self) -> int:
        """How many sources were read and brought nothing."""
        return sum(not (report.failure or report.new or report.changed) for report in self.reports)

    @property
    def new(self) -> int:
        """How many entries were new."""
        return sum(report.new for report in self.reports)

    @property
    def changed(self) -> int:
        """How many entries had changed."""
        return sum(report.changed for report in self.reports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Puller:
    """What a pull works with. `clock` tells the time of an answer, `jitter` is a dice between 0 and 1.

    `progress` is told of each source that is done; `stopping` is set when the run is to drain.
    """

    config: Config
    store: Store
    states: Mapping[str, SourceState]
    fetcher: Fetcher
    parsers: Parsers
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    progress: Callable[[Report, int], None]
    stopping: asyncio.Event


async def pull(puller: Puller, run: int, wish: Wish) -> Pulled:
    """Fetch, read and record every source that is due, or of `wish.only` those that are; `force` lifts the due time."""
    started = puller.clock()
    states = puller.states
    left_over = puller.store.claimed()
    asked = [s for s in puller.config.sources if wish.only is None or s.id in wish.only]
    due = [
        source
        for source in asked
        if polling.is_due(source, states[source.id], started, force=wish.force or source.id in left_over)
    ]
    puller.store.claim(run, [source.id for source in due])
    work = _Work(puller=puller, started=started, states=states, due=len(due), waiting=iter(due))
    try:
        await _drained(puller.stopping, [work.take() for _ in range(min(_AT_ONCE, len(due)))])
    finally:
        work.judge_silence()
        puller.store.release(run)
    pulled = Pulled(run=run, due=len(due), not_due=len(asked) - len(due), no_network=work.no_network)
    pulled.reports = work.reports
    pulled.next_due = _next_due(puller.config.sources, puller.store.states())
    return pulled


@dataclass(slots=True, kw_only=True)
class _Work:
    """The sources that still wait, and what became of the others."""

    puller: Puller
    started: datetime
    states: Mapping[str, SourceState]
    due: int
    waiting: Iterator[Source]
    reports: list[Report] = field(default_factory=list)
    silent: list[tuple[Source, Failed]] = field(default_factory=list)
    results: list[FetchResult] = field(default_factory=list)
    no_network: bool = False

    async def take(self) -> None:
        """Take one waiting source after the other until there is none."""
        for source in self.waiting:
            state = self.states[source.id]
            if source.unset:
                self._report(self._unset(source, state))
                continue
            result = await self.puller.fetcher.fetch(source, state)
            if not source.local:
                self.results.append(replace(result, body=b"") if isinstance(result, Fetched) else result)
            if isinstance(result, Failed) and not result.answered and not source.local:
                self.silent.append((source, result))
                continue
            self._report(await self._judge(source, state, result))

    def judge_silence(self) -> None:
        """Record the sources from which nobody answered; where nobody answered at all, no failure counts."""
        self.no_network = polling.no_network(self.results)
        for source, failed in self.silent:
            state = self.states[source.id]
            if not self.no_network:
                state = self._next(source, state, failed, None, new=0)
                self.puller.store.save_states([state])
            self._report(Report(source=source, state=state, failure=failed))

    async def _judge(self, source: Source, state: SourceState, result: FetchResult) -> Report:
        outcome: Reading | SourceError | None = None
        if isinstance(result, Fetched) and polling.body_digest(result.body) != state.body_digest:
            try:
                outcome = await self.puller.parsers.parse(source.kind, result.body, self._context(source, result))
            except SourceError as error:
                outcome = error
        reading = outcome if isinstance(outcome, Reading) else Reading(entries=())
        after = state

        def state_after(recorded: Recorded) -> SourceState:
            nonlocal after
            after = self._next(source, state, result, outcome, new=recorded.new)
            return after

        recorded = self.puller.store.record(
            source.id,
            state_after,
            entries=[_observed(entry) for entry in reading.entries],
            channel=reading.channel,
            first_seen=self._first_seen(source, reading),
            now=self.started,
        )
        failure = result if isinstance(result, Failed) else outcome if isinstance(outcome, SourceError) else None
        return Report(
            source=source,
            state=after,
            new=recorded.new,
            changed=recorded.changed,
            failure=failure,
            lines=reading.report,
        )

    def _unset(self, source: Source, state: SourceState) -> Report:
        names = ", ".join(f"${{{name}}}" for name in source.unset)
        return Report(source=source, state=state, failure=SourceError("unset", f"{names} not set in the environment"))

    def _next(
        self,
        source: Source,
        state: SourceState,
        result: FetchResult,
        outcome: Reading | SourceError | None,
        *,
        new: int,
    ) -> SourceState:
        return polling.next_state(
            source,
            state,
            result,
            outcome,
            new_entries=new,
            now=self.puller.clock(),
            jitter=self.puller.jitter(),
        )

    def _context(self, source: Source, result: Fetched) -> Context:
        return Context(
            url=source.url if source.local else result.url,
            timezone=self.puller.config.site.timezone,
            now=self.started,
            content_type=result.header("content-type"),
            captured=source.captured,
        )

    def _first_seen(self, source: Source, reading: Reading) -> datetime:
        """Give the capture day of a document, so that what has no date stands there for ever; else the run's start."""
        if source.kind is not SourceKind.DOCUMENT:
            return self.started
        if source.captured:
            return dates.noon(source.captured, self.puller.config.site.timezone)
        return max((entry.published for entry in reading.entries if entry.published), default=self.started)

    def _report(self, report: Report) -> None:
        self.reports.append(report)
        self.puller.progress(report, self.due)


async def _drained(stopping: asyncio.Event, work: Sequence[Coroutine[None, None, None]]) -> None:
    """Do all the work at once; where `stopping` is set, what is in flight is let go and stays due."""
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(task) for task in work]
    stop: asyncio.Task[object] = asyncio.create_task(stopping.wait())
    pending: set[asyncio.Task[object]] = set(tasks)
    try:
        while pending and not stop.done():
            done, _ = await asyncio.wait({*pending, stop}, return_when=asyncio.FIRST_COMPLETED)
            pending -= done
            for task in done - {stop}:
                task.result()
    finally:
        for task in (*tasks, stop):
            task.cancel()
        await asyncio.gather(*tasks, stop, return_exceptions=True)


def _observed(entry: Entry) -> Observed:
    parts = (entry.title or "", markup.to_text(entry.summary or ""), markup.to_text(entry.content or ""))
    visible = "\n".join(" ".join(part.split()) for part in parts)
    return Observed(entry=entry, visible=hashlib.sha256(visible.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def _next_due(sources: Iterable[Source], states: Mapping[str, SourceState]) -> datetime | None:
    told = (polling.next_due(source, states[source.id]) for source in sources if not source.paused)
    return min((due for due in told if due), default=None)
