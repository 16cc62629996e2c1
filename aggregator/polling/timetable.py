"""How long until a source is asked again?

    Retry-After, 410 ▷ max-age, Expires, ttl, skipHours, skipDays ▷ `every:` ▷ how often it really publishes

What stands further left wins. The first two are the publisher's: `--force` does not lift them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from aggregator.model import Entry, Hints, Source, SourceState, Trust
from aggregator.polling.headers import DAY

MINIMUM = timedelta(minutes=15)
HOUR = timedelta(hours=1)
GRACE = timedelta(seconds=30)
"""How much sooner `every:` and the pace may let us ask than was reckoned; never what the publisher told."""
_LATEST = 20
"""Entries that the pace is taken from."""


def schedule(source: Source, state: SourceState, now: datetime) -> tuple[datetime | None, datetime, str]:
    """After a success at `now`: before when even force may not ask, when it is due, and why."""
    wait, reason = _usual_wait(source, state, now)
    asked, asked_reason = _asked_wait(state)
    if asked > wait:
        wait, reason = asked, asked_reason
    due = after_skips(state.hints, now + wait, now + DAY)
    if due > now + wait:
        reason = "skipHours or skipDays"
    return (now + asked if asked else None), due, reason


def is_skipped(hints: Hints, moment: datetime) -> bool:
    """Whether a feed asks not to be read at this hour or on this day of UTC (RSS 2.0)."""
    return moment.hour in hints.skip_hours or moment.weekday() in hints.skip_days


def after_skips(hints: Hints, moment: datetime, limit: datetime) -> datetime:
    """Give the first moment that is not skipped, but none after `limit`: a feed may skip all its days."""
    while moment < limit and is_skipped(hints, moment):
        moment = moment.replace(minute=0, second=0, microsecond=0) + HOUR
    return min(moment, limit)


def backoff(failures: int, jitter: float) -> timedelta:
    """Give the wait after this many failures in a row: an hour, doubled up to a day.

    `jitter` (0 to 1) adds up to a tenth, or takes it off the whole day: what failed together shall not come
    back together.
    """
    doubled = HOUR * (1 << min(failures - 1, 5))
    return min(doubled * (1 + jitter / 10), DAY * (1 - jitter / 10))


def pace(entries: Iterable[Entry], now: datetime) -> tuple[timedelta | None, datetime | None]:
    """How often a source really publishes: the mean gap of its latest trusted dates, and the newest."""
    told = {entry.published for entry in entries if entry.published and entry.trust is not Trust.NONE}
    dates = sorted(date for date in told if date <= now)[-_LATEST:]
    if len(dates) < 2:
        return None, (dates[0] if dates else None)
    return (dates[-1] - dates[0]) / (len(dates) - 1), dates[-1]


def in_words(wait: timedelta) -> str:
    """`15 min`, `1 h`, `12 d`: rounded, for people."""
    minutes = round(wait.total_seconds() / 60)
    if minutes < 90 and minutes != 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} d"


def _usual_wait(source: Source, state: SourceState, now: datetime) -> tuple[timedelta, str]:
    if source.every is not None:
        wait, reason = max(source.every, MINIMUM), f"every {in_words(source.every)}"
    else:
        wait, reason = _adaptive_wait(state, now)
    if not state.ever_validated and wait < HOUR:
        return HOUR, "it gives no ETag or Last-Modified"
    return wait, reason


def _adaptive_wait(state: SourceState, now: datetime) -> tuple[timedelta, str]:
    """Twice as often as it publishes, and less and less often while it stays quiet."""
    usual, reason = HOUR, "it tells no dates"
    if state.pace is not None:
        usual, reason = state.pace / 2, f"publishes about every {in_words(state.pace)}"
    quiet = now - (state.newest or state.last_new or now)
    if quiet / 20 > usual:
        usual, reason = quiet / 20, f"quiet for {in_words(quiet)}"
    return min(max(usual, MINIMUM), DAY), reason


def _asked_wait(state: SourceState) -> tuple[timedelta, str]:
    fresh, ttl = state.freshness or timedelta(), min(state.hints.ttl or timedelta(), DAY)
    if ttl > fresh:
        return ttl, f"ttl {in_words(ttl)}"
    return fresh, f"max-age {in_words(fresh)}"
