"""How and when is a source asked again?

    request_url, conditional_headers     what to ask
    is_due, next_due                     when
    next_state                           what to remember of an answer
    state_for, relocated                 what to remember where feeds.yaml has another address
    state_word, advice                   what to tell the operator

Pure decisions: the clock (`now`, aware, UTC) and the dice (`jitter`, 0 to 1) are arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from aggregator.model import Failed, FetchResult, Postponed, Source, SourceState
from aggregator.polling.condition import advice, state_word
from aggregator.polling.headers import DAY, Headers, retry_after
from aggregator.polling.memory import body_digest, next_state, read_anew, request_url, resource
from aggregator.polling.timetable import GRACE, HOUR, MINIMUM, is_skipped, schedule

__all__ = [
    "advice",
    "body_digest",
    "conditional_headers",
    "host_pause",
    "is_due",
    "next_due",
    "next_state",
    "no_network",
    "paused_hosts",
    "relocated",
    "request_url",
    "state_for",
    "state_word",
]


def state_for(source: Source, state: SourceState | None) -> SourceState:
    """Give what is remembered, or a fresh start where the address in feeds.yaml has changed.

    Where only the selectors of a page have, it is due at once, and read again though it is the same.
    """
    if state is None or state.address not in {None, source.address}:
        return SourceState(source=source.id, address=source.address, select=source.select)
    return state if state.select == source.select else read_anew(source, state)


def relocated(source: Source, state: SourceState) -> SourceState:
    """Give what is remembered of a source in whose place in feeds.yaml now stands the address that was learned.

    All of it stays, the validators too: they belong to the resource that gave them, and that is the same.
    """
    return replace(state, address=source.address, moved_to=None, moved_since=None, moved_polls=0, learned_url=None)


def conditional_headers(source: Source, state: SourceState, url: str) -> tuple[tuple[str, str], ...]:
    """Give If-None-Match and If-Modified-Since as stored (RFC 9110 section 13.1), to the URL that gave them."""
    if state.validators_url is None or state.validators_url != resource(source, url):
        return ()
    told = (("If-None-Match", state.etag), ("If-Modified-Since", state.last_modified))
    return tuple((name, value) for name, value in told if value is not None)


def is_due(source: Source, state: SourceState, now: datetime, *, force: bool = False) -> bool:
    """Whether to ask a source now.

    Never while it is paused. `force` lifts the operator's and our own waits and asks even one that is gone, but not
    what the publisher told (Retry-After, max-age, ttl, skipHours, skipDays). `every:` and a source's own
    pace may end half a minute early: due times count from the answer, and a run every 15 minutes shall not miss a
    source of every 15 minutes by a second. A local file is read at every run.
    """
    if source.paused:
        return False
    if source.local:
        return True
    if state.stopped:
        return force
    if state.last_attempt and is_skipped(state.hints, now) and timedelta() <= now - state.last_attempt < DAY:
        return False
    if not _has_come(state.not_before, now):
        return False
    early = timedelta() if state.failures else GRACE
    return force or _has_come(next_due(source, state), now + early)


def next_due(source: Source, state: SourceState) -> datetime | None:
    """When a source is due; None for at once, and for one that is gone. A changed `every:` counts at once."""
    if source.local or state.stopped:
        return None
    if source.every is not None and state.last_success is not None and not state.failures:
        due = schedule(source, state, state.last_success)[1]
        return max(due, state.not_before or due)
    return state.next_due


def paused_hosts(states: Iterable[SourceState], now: datetime) -> dict[str, datetime]:
    """Give the hosts that answered 429, and until when no source of theirs is asked (RFC 6585 section 4)."""
    pauses: dict[str, datetime] = {}
    for state in states:
        if state.throttled_host and state.throttled_until and now < state.throttled_until:
            pauses[state.throttled_host] = max(state.throttled_until, pauses.get(state.throttled_host, now))
    return pauses


def host_pause(headers: Headers, now: datetime) -> timedelta:
    """How long a host is left alone after a 429: Retry-After, at least 15 minutes; an hour if not told."""
    return max(retry_after(headers, now) or HOUR, MINIMUM)


def no_network(results: Iterable[FetchResult], others: Collection[SourceState], now: datetime) -> bool:
    """Whether all requests of a run failed before any answer; `results` are those of remote sources.

    Then there is no network: keep the states as they were. An address that we refused was never asked. But a few dead
    names that are due by themselves are no proof while most sources, the `others` that were not asked, are well: where
    one of those succeeded within the hour, there is a network.
    """
    asked = [
        result
        for result in results
        if not isinstance(result, Postponed) and not (isinstance(result, Failed) and result.reason == "refused-address")
    ]
    if not asked or any(not isinstance(result, Failed) or result.answered for result in asked):
        return False
    heard = any(other.last_success and timedelta() <= now - other.last_success <= HOUR for other in others)
    return not (heard and len(others) > len(asked))


def _has_come(moment: datetime | None, now: datetime) -> bool:
    """Whether to wait no longer. No wait is longer than a day: one that is comes of a clock that was wrong."""
    return moment is None or now >= moment or moment - now > 2 * DAY
