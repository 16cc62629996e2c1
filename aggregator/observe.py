"""What does an operator see of the sources, the topics and the runs?"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import polling
from aggregator.model import Attempt, Config, Source, SourceState
from aggregator.store import TopicCount

if TYPE_CHECKING:
    from aggregator.store import Store

_ATTEMPTS = 10
_SILENT = "Nothing new for unusually long: look whether the publisher has another feed by now."


class SourceStatus(Struct, frozen=True, kw_only=True):
    """How a source is, in a word, since when, why, and what the operator should do if anything.

    `attempts` are its latest fetches, the last one first, where only one source was asked about.
    """

    source: Source
    state: SourceState
    word: str
    since: datetime | None
    next_due: datetime | None
    advice: str | None
    attempts: tuple[Attempt, ...] = ()

    @property
    def reason(self) -> str | None:
        """Why nothing, or not all, is read of it, in a word of the contract; None where all is well."""
        if self.source.unset:
            return "unset"
        if self.word == "empty":
            return "empty"
        partly = "truncated" if self.state.truncated_since else "too-many" if self.state.unread else None
        return self.state.failure_reason or partly


class Status(Struct, frozen=True, kw_only=True):
    """How everything is; `started` and `finished` are of the last run."""

    sources: tuple[SourceStatus, ...]
    topics: tuple[TopicCount, ...]
    started: datetime | None
    finished: datetime | None


def status(config: Config, store: Store | None, now: datetime, only: Sequence[str] = ()) -> Status:
    """Tell how sources and topics are; without a database every source is new."""
    states = store.states() if store else {}
    run = store.last_run() if store else None
    counts = (
        store.topic_counts([topic.id for topic in config.topics])
        if store
        else [TopicCount(id=topic.id, stories=0, newest=None) for topic in config.topics]
    )
    return Status(
        sources=tuple(
            _source_status(
                source,
                polling.state_for(source, states.get(source.id)),
                now,
                attempts=store.attempts(source.id, _ATTEMPTS) if store and only else (),
            )
            for source in config.sources
            if not only or source.id in only
        ),
        topics=tuple(counts),
        started=run[0] if run else None,
        finished=run[1] if run else None,
    )


def set_up_logging(verbosity: int) -> None:
    """Send the program's log to standard error: warnings, with `-v` also what it does, with `-q` only errors."""
    level = {-1: logging.ERROR, 0: logging.WARNING}.get(verbosity, logging.INFO)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("aggregator")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


def _source_status(source: Source, state: SourceState, now: datetime, *, attempts: Sequence[Attempt]) -> SourceStatus:
    word = polling.state_word(source, state, now)
    return SourceStatus(
        source=source,
        state=state,
        word=word,
        since=_since(word, state),
        next_due=None if source.paused else polling.next_due(source, state),
        advice=polling.advice(source, state) or (_SILENT if word == "silent" else None),
        attempts=tuple(attempts),
    )


def _since(word: str, state: SourceState) -> datetime | None:
    """Say when a source came into its state, where that is known."""
    return {
        "failing": state.failing_since,
        "throttled": state.last_attempt,
        "gone": state.gone_since,
        "moved": state.moved_since,
        "empty": state.empty_since,
        "churned": state.churned_since,
        "silent": state.last_new,
        "ok": state.ok_since,
    }.get(word)
