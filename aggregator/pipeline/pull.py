"""How do the sources that are due come into the store?

    claim ─▶ fetch ─▶ parse ─▶ record        many sources at once, one writer

Each source is recorded by itself, with its entries marked as pending: a kill loses what is in flight and nothing else,
and the next run takes over at once what the dead one had claimed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator import polling
from aggregator.errors import SourceError
from aggregator.model import (
    Attempt,
    Config,
    Failed,
    Fetched,
    FetchResult,
    NotModified,
    Postponed,
    Reading,
    Source,
    SourceKind,
    SourceState,
)
from aggregator.pipeline.contexts import context
from aggregator.pipeline.pulled import Pulled, Report, Wish
from aggregator.pipeline.reading import Read
from aggregator.store import Recorded

if TYPE_CHECKING:
    from aggregator.fetch import Fetcher
    from aggregator.store import Store
    from aggregator.workers import Parsers

_AT_ONCE = 128
"""Sources in flight: a few more than the fetcher's places, so that none of them waits for a parser."""
_MOST_QUIET = 100
"""Sources without news that wait to be recorded, since a transaction for each costs more than all else of it."""


class Puller(Struct, frozen=True, kw_only=True):
    """What a pull works with. `clock` tells the time of an answer, `jitter` is a dice between 0 and 1.

    `progress` is told of each source that is done; `stopping` is set when the run is to drain.
    """

    config: Config
    store: Store
    states: Mapping[str, SourceState]
    fetcher: Fetcher
    parsers: Parsers[Read]
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    progress: Callable[[Report, int], None]
    stopping: asyncio.Event


async def pull(puller: Puller, run: int, wish: Wish) -> Pulled:
    """Fetch, read and record every source that is due, or of `wish.only` those that are; `force` lifts the due time."""
    started = puller.clock()
    sources = puller.config.sources
    states = {source.id: polling.state_for(source, puller.states.get(source.id)) for source in sources}
    left_over = puller.store.claimed()
    asked = [source for source in sources if wish.only is None or source.id in wish.only]
    due = [
        source
        for source in asked
        if polling.is_due(source, states[source.id], started, force=wish.force or source.id in left_over)
    ]
    # Who is ill comes last: else the 429 that it gets would keep the others of its host unread for ever.
    due.sort(key=lambda source: states[source.id].failures > 0)
    puller.store.claim(run, [source.id for source in due])
    work = _Work(
        puller=puller,
        run=run,
        started=started,
        states=states,
        due=len(due),
        waiting=iter(due),
        fetched=wish.fetched,
    )
    try:
        await _drained(puller.stopping, [work.take() for _ in range(min(_AT_ONCE, len(due)))])
    finally:
        work.record_quiet()
        work.judge_silence()
        puller.store.release(run)
    postponed = sum(bool(report.postponed) for report in work.reports)
    return Pulled(
        run=run,
        due=len(due) - postponed,
        not_due=len(asked) - len(due) + postponed,
        next_due=_next_due(asked, puller.store.states()),
        reports=work.reports,
        no_network=work.no_network,
    )


class _Work(Struct, kw_only=True):
    """The sources that still wait, and what became of the others."""

    puller: Puller
    run: int
    started: datetime
    states: Mapping[str, SourceState]
    due: int
    waiting: Iterator[Source]
    fetched: Mapping[str, Fetched]
    reports: list[Report] = []
    silent: list[tuple[Source, Failed]] = []
    results: dict[str, FetchResult] = {}
    quiet: list[tuple[SourceState, Attempt | None]] = []
    no_network: bool = False

    async def take(self) -> None:
        """Take one waiting source after the other until there is none."""
        for source in self.waiting:
            state = self.states[source.id]
            if source.unset:
                self._report(self._unset(source, state))
                continue
            result = self.fetched.get(source.id) or await self.puller.fetcher.fetch(source, state)
            if not source.local:
                self.results[source.id] = replace(result, body=b"") if isinstance(result, Fetched) else result
            if isinstance(result, Failed) and not result.answered and not source.local:
                self.silent.append((source, result))
                continue
            self._report(await self._judge(source, state, result))

    def record_quiet(self) -> None:
        """Record all at once what had nothing to say; a crash before that only has it asked again."""
        states = [state for state, _ in self.quiet]
        self.puller.store.save_states(states, [attempt for _, attempt in self.quiet if attempt])
        self.quiet.clear()

    def judge_silence(self) -> None:
        """Record the sources from which nobody answered; where nobody answered at all, no failure counts."""
        remote = (source.id for source in self.puller.config.sources if not (source.local or source.paused))
        others = [self.states[source] for source in remote if source not in self.results]
        self.no_network = polling.no_network(self.results.values(), others, self.started)
        for source, failed in self.silent:
            state = self.states[source.id]
            if not self.no_network:
                state = self._next(source, state, failed, None)
                self.puller.store.save_states([state], [self._attempt(source, failed, failed)])
            self._report(Report(source=source, state=state, failure=failed))

    async def _judge(self, source: Source, state: SourceState, result: FetchResult) -> Report:
        if isinstance(result, Postponed):
            after = self._next(source, state, result, None)
            self.puller.store.save_states([after])
            return Report(source=source, state=after, postponed=result)
        outcome: Read | SourceError | None = None
        if isinstance(result, Fetched) and polling.body_digest(result) != state.body_digest:
            is_first = state.last_success is None and source.kind is not SourceKind.DOCUMENT
            known = self.puller.store.digests(source.id)
            told = context(self.puller.config, source, result, self.started, is_first=is_first, known=known)
            try:
                outcome = await self.puller.parsers.parse(source.kind, result.body, told)
            except SourceError as error:
                outcome = error
        # A file that is read at every run would fill the history with what nobody looks at.
        if outcome is None and not isinstance(result, Failed):
            state = self._next(source, state, result, None, Recorded())
            self.quiet.append((state, None if source.local else self._attempt(source, result, None)))
            if len(self.quiet) >= _MOST_QUIET:
                self.record_quiet()
            return Report(source=source, state=state)
        read = outcome if isinstance(outcome, Read) else Read(reading=Reading(entries=()), observed=())
        failure = result if isinstance(result, Failed) else outcome if isinstance(outcome, SourceError) else None
        after = state

        def state_after(recorded: Recorded) -> SourceState:
            nonlocal after
            told = outcome.reading if isinstance(outcome, Read) else outcome
            after = self._next(source, state, result, told, recorded)
            return after

        recorded = self.puller.store.record(
            source.id,
            state_after,
            run=self.run,
            entries=read.observed,
            channel=read.reading.channel,
            first_seen=self._first_seen(source, read.reading),
            now=self.started,
            attempt=None if source.local else self._attempt(source, result, failure),
        )
        return Report(
            source=source,
            state=after,
            new=recorded.new,
            changed=recorded.changed,
            failure=failure,
            lines=read.reading.report,
        )

    def _attempt(
        self, source: Source, result: Fetched | NotModified | Failed, failure: Failed | SourceError | None
    ) -> Attempt:
        return Attempt(
            source=source.id,
            time=self.puller.clock(),
            status=304 if isinstance(result, NotModified) else result.status,
            bytes=result.received if isinstance(result, Fetched) else 0,
            milliseconds=result.milliseconds,
            error=failure.reason if failure else None,
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
        recorded: Recorded | None = None,
    ) -> SourceState:
        return polling.next_state(
            source,
            state,
            result,
            outcome,
            new_entries=recorded.new if recorded else 0,
            churned_entries=recorded.churned if recorded else 0,
            now=self.puller.clock(),
            jitter=self.puller.jitter(),
        )

    def _first_seen(self, source: Source, reading: Reading) -> datetime:
        """Give the capture day of a document, so that what has no date stands there for ever; else the run's start."""
        if source.kind is not SourceKind.DOCUMENT:
            return self.started
        if source.captured:
            from aggregator.sources import dates

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


def _next_due(sources: Iterable[Source], states: Mapping[str, SourceState]) -> datetime | None:
    told = (polling.next_due(source, states[source.id]) for source in sources if not source.paused)
    return min((due for due in told if due), default=None)
