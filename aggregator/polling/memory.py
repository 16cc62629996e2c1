"""What is remembered of an answer?"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.model import (
    Failed,
    Fetched,
    FetchResult,
    NotModified,
    Postponed,
    Reading,
    Source,
    SourceState,
)
from aggregator.polling.headers import DAY, freshness, retry_after, validator
from aggregator.polling.timetable import MINIMUM, after_skips, backoff, pace, schedule
from aggregator.secrecy import veil_of

_WEEK = timedelta(weeks=1)
_SEVERAL_POLLS = 3
_LOCAL = "read at every run"
_CONDITION_REFUSED = frozenset({400, 412})
"""Answers that our conditions may be the cause of: the next request has none, so that it can be a success."""


def request_url(source: Source, state: SourceState) -> str:
    """Give the address to ask: the learned one, and while that fails the configured one every other time."""
    return state.learned_url if state.learned_url and state.failures % 2 == 0 else source.target


def body_digest(answer: Fetched) -> str:
    """Give what is kept of a body, so that an equal one need not be parsed again.

    The address that it came from and what it is said to be go in, since links and letters are read by them.
    """
    told = f"{answer.url}\n{answer.header('content-type')}\n\n"
    digest = hashlib.sha256(told.encode("utf-8", "surrogateescape"))
    digest.update(answer.body)
    return digest.hexdigest()


def resource(source: Source, url: str) -> str:
    """Name a resource for comparison, without storing an address that a variable was filled into."""
    return url if source.address == source.target else hashlib.sha256(url.encode()).hexdigest()


def read_anew(source: Source, state: SourceState) -> SourceState:
    """Forget what would keep a page that stays the same from being read by its new selectors."""
    return replace(_without_validators(state), select=source.select, next_due=None)


def next_state(
    source: Source,
    state: SourceState,
    result: FetchResult,
    outcome: Reading | SourceError | None,
    *,
    new_entries: int,
    churned_entries: int = 0,
    now: datetime,
    jitter: float,
) -> SourceState:
    """Give what to remember of an answer.

    `outcome` is what came of parsing its body; None where there was nothing to parse: no answer, a 304, or a
    body whose digest is the known one. `new_entries` is how many of its entries the store did not know,
    `churned_entries` how many it knew by other ids.
    """
    state = replace(state, address=source.address, select=source.select)
    match result:
        case Postponed():
            not_before = max(result.until, state.not_before or result.until)
            due = max(not_before, state.next_due or not_before)
            reason = veil_of(source.secrets).text(f"{result.host} asked for a pause")
            return replace(state, not_before=not_before, next_due=due, interval_reason=reason)
        case Failed():
            failed = _failed(source, state, result, result, now=now, jitter=jitter)
            return failed if source.local else _obey(failed, result, now)
        case Fetched() if isinstance(outcome, SourceError):
            # What came is whole and not what we hold: the old validators are outlived, the new ones worthless.
            return _failed(source, _without_validators(state), result, outcome, now=now, jitter=jitter)
        case Fetched() | NotModified():
            reading = outcome if isinstance(outcome, Reading) else None
            state = _learn_move(source, state, result, now)
            state = _learn_validators(source, state, result, reading, now)
            state = _learn_contents(state, reading, now)
            state = _learn_churn(state, churned_entries, now)
            return _succeeded(source, state, now=now, new_entries=new_entries)


def _learn_move(source: Source, state: SourceState, result: Fetched | NotModified, now: datetime) -> SourceState:
    """Learn a 301 or 308 that was the same for a week and several polls (RFC 9110 sections 15.4.2, 15.4.9)."""
    to = result.permanent_url
    if to is None and state.learned_url == request_url(source, state):
        return state
    if to in {None, source.target} or _holds_secrets(source):
        return replace(state, moved_to=None, moved_since=None, moved_polls=0, learned_url=None)
    if to != state.moved_to or state.moved_since is None:
        return replace(state, moved_to=to, moved_since=now, moved_polls=1)
    polls = state.moved_polls + 1
    learned = polls >= _SEVERAL_POLLS and now - state.moved_since >= _WEEK
    return replace(state, moved_polls=polls, learned_url=to if learned else state.learned_url)


def _holds_secrets(source: Source) -> bool:
    """Whether it carries what must not go to a new address, nor stand in feeds.yaml or the store."""
    return source.address != source.target or bool(source.user or source.password or source.headers)


def _learn_validators(
    source: Source, state: SourceState, result: Fetched | NotModified, reading: Reading | None, now: datetime
) -> SourceState:
    etag, last_modified = validator(result.headers, "etag"), validator(result.headers, "last-modified")
    fresh = freshness(result.headers, now)
    if isinstance(result, NotModified):
        # A 304 renews what it names and leaves the rest as it was (RFC 9111 section 4.3.4).
        told = {name for name, _ in result.headers}
        return replace(
            state,
            etag=etag or state.etag,
            last_modified=last_modified or state.last_modified,
            freshness=fresh if told & {"cache-control", "expires"} else state.freshness,
        )
    gave_one = bool(etag or last_modified)
    state = replace(state, freshness=fresh, ever_validated=state.ever_validated or gave_one)
    if reading is not None and not (reading.complete and reading.entries):
        # A 304 for it would keep from us what was cut off, or what comes back after an empty day.
        return _without_validators(state)
    return replace(
        state,
        etag=etag,
        last_modified=last_modified,
        validators_url=resource(source, result.url) if gave_one else None,
        body_digest=body_digest(result),
    )


def _without_validators(state: SourceState) -> SourceState:
    return replace(state, etag=None, last_modified=None, validators_url=None, body_digest=None)


def _learn_contents(state: SourceState, reading: Reading | None, now: datetime) -> SourceState:
    if reading is None:
        return state
    usual, newest = pace(reading.entries, now)
    return replace(
        state,
        hints=reading.hints,
        pace=usual,
        newest=newest,
        entry_count=len(reading.entries),
        empty_since=None if reading.entries else state.empty_since or now,
        truncated_since=None if reading.complete else state.truncated_since or now,
        unread=reading.unread,
    )


def _learn_churn(state: SourceState, churned_entries: int, now: datetime) -> SourceState:
    """Remember for a week that ids have changed."""
    if churned_entries:
        return replace(state, churned_since=now)
    over = state.churned_since is not None and now - state.churned_since >= _WEEK
    return replace(state, churned_since=None) if over else state


def _succeeded(source: Source, state: SourceState, *, now: datetime, new_entries: int) -> SourceState:
    state = replace(
        state,
        last_attempt=now,
        last_success=now,
        ok_since=state.ok_since or now,
        last_new=now if new_entries else state.last_new,
        failures=0,
        failing_since=None,
        failure_reason=None,
        failure_detail=None,
        throttled_until=None,
        throttled_host=None,
        gone_since=None,
        stopped=False,
    )
    if source.local:
        return replace(state, interval_reason=_LOCAL)
    not_before, due, reason = schedule(source, state, now)
    return replace(state, not_before=not_before, next_due=due, interval=due - now, interval_reason=reason)


def _failed(
    source: Source,
    state: SourceState,
    result: Fetched | Failed,
    problem: Failed | SourceError,
    *,
    now: datetime,
    jitter: float,
) -> SourceState:
    if isinstance(result, Failed) and result.status in _CONDITION_REFUSED:
        state = _without_validators(state)
    state = replace(
        state,
        last_attempt=now,
        failures=state.failures + 1,
        ok_since=None,
        failing_since=state.failing_since or now,
        failure_reason=problem.reason,
        failure_detail=problem.detail,
        throttled_until=None,
        throttled_host=None,
    )
    if source.local:
        return replace(state, interval_reason=_LOCAL)
    asked = freshness(result.headers, now)
    wait = max(backoff(state.failures, jitter), asked or timedelta())
    return _wait(state, now, wait, reason=f"failures in a row: {state.failures}", asked=asked)


def _obey(state: SourceState, failed: Failed, now: datetime) -> SourceState:
    """Stop after a 410 that was seen twice, a day apart; obey 429, and Retry-After of a 429 or 503."""
    if failed.status == 410:
        since = state.gone_since or now
        state = replace(state, gone_since=since, stopped=now - since >= DAY)
        return _wait(state, now, DAY, reason="gone (410)", asked=None)
    asked = retry_after(failed.headers, now) if failed.status in {429, 503} else None
    if asked is not None:
        asked = max(asked, MINIMUM)
        state = _wait(state, now, asked, reason="Retry-After", asked=asked)
    elif failed.status != 429:
        return state
    host = failed.host if failed.status == 429 else None
    return replace(state, throttled_until=state.next_due, throttled_host=host)


def _wait(state: SourceState, now: datetime, wait: timedelta, *, reason: str, asked: timedelta | None) -> SourceState:
    due = after_skips(state.hints, now + wait, now + DAY)
    not_before = now + asked if asked else None
    return replace(state, not_before=not_before, next_due=due, interval=due - now, interval_reason=reason)
