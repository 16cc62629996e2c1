"""How and when is a source asked again?

    request_url, conditional_headers     what to ask
    is_due, next_due                     when
    next_state                           what to remember of an answer
    state_word, advice                   what to tell the operator

Pure decisions: the clock (`now`, aware, UTC) and the dice (`jitter`, 0 to 1) are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from aggregator.model import Failed, FetchResult, Postponed, Source, SourceState
from aggregator.polling.condition import advice, state_word
from aggregator.polling.headers import DAY, Headers, retry_after
from aggregator.polling.memory import body_digest, next_state, request_url, resource
from aggregator.polling.timetable import HOUR, MINIMUM, is_skipped, schedule

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
    "request_url",
    "state_for",
    "state_word",
]


def state_for(source: Source, state: SourceState | None) -> SourceState:
    """Give what is remembered, or a fresh start where the address in feeds.yaml has changed."""
    if state is None or state.address not in {None, source.address}:
        return SourceState(source=source.id, address=source.address)
    return state


def conditional_headers(source: Source, state: SourceState, url: str) -> tuple[tuple[str, str], ...]:
    """Give If-None-Match and If-Modified-Since as stored (RFC 9110 section 13.1), to the URL that gave them."""
    if state.validators_url is None or state.validators_url != resource(source, url):
        return ()
    told = (("If-None-Match", state.etag), ("If-Modified-Since", state.last_modified))
    return tuple((name, value) for name, value in told if value is not None)


def is_due(source: Source, state: SourceState, now: datetime, *, force: bool = False) -> bool:
    """Whether to ask a source now.

    Never while it is paused. `force` lifts the operator's and our own waits and asks even one that is gone, but not
    what the publisher told (Retry-After, max-age, ttl, skipHours, skipDays). A local file is read at every run.
    """
    if source.paused:
        return False
    if source.local:
        return True
    if state.stopped:
        return force
    if state.last_attempt and is_skipped(state.hints, now) and now - state.last_attempt < DAY:
        return False
    due = state.not_before if force else next_due(source, state)
    return due is None or now >= due


def next_due(source: Source, state: SourceState) -> datetime | None:
    """When a source is due; None for at once, and for one that is gone. A changed `every:` counts at once."""
    if source.local or state.stopped:
        return None
    if source.every is not None and state.last_success is not None and not state.failures:
        return schedule(source, state, state.last_success)[1]
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


def no_network(results: Iterable[FetchResult]) -> bool:
    """Whether all requests of a run failed before any answer; `results` are those of remote sources.

    Then there is no network: keep the states as they were. An address that we refused was never asked.
    """
    asked = [
        result
        for result in results
        if not isinstance(result, Postponed) and not (isinstance(result, Failed) and result.reason == "refused-address")
    ]
    return bool(asked) and all(isinstance(result, Failed) and not result.answered for result in asked)
