"""What do the headers of an answer say about when to ask again?

All are wishes of a stranger: garbage is ignored, and nothing counts for more than a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

Headers = Sequence[tuple[str, str]]
"""Pairs of a lower-case name and a value."""

DAY = timedelta(days=1)
_LONGEST_DATE = 64


def freshness(headers: Headers, now: datetime) -> timedelta | None:
    """How long an answer is fresh: max-age, else Expires less Date (RFC 9111 section 4.2.1), a day at most.

    Age is not taken off: asking a little later than a cache would have to is never impolite. None where
    nothing is told, or nothing that lies ahead.
    """
    for directive in ",".join(_values(headers, "cache-control")).split(","):
        name, _, value = directive.partition("=")
        if name.strip().lower() == "max-age" and (seconds := _seconds(value.strip().strip('"'))) is not None:
            return seconds or None
    expires = _first_date(headers, "expires")
    return _ahead(expires, headers, now) if expires else None


def retry_after(headers: Headers, now: datetime) -> timedelta | None:
    """How long we are asked to stay away (RFC 9110 section 10.2.3), a day at most; None where nothing is told."""
    for value in _values(headers, "retry-after"):
        if (seconds := _seconds(value)) is not None:
            return seconds or None
    date = _first_date(headers, "retry-after")
    return _ahead(date, headers, now) if date else None


def validator(headers: Headers, name: str) -> str | None:
    """The value of ETag or Last-Modified as it came; one too long to be sent back is none at all."""
    value = next(iter(_values(headers, name)), "")
    return value if 0 < len(value) <= 4096 else None


def _values(headers: Headers, name: str) -> list[str]:
    return [value.strip() for key, value in headers if key == name]


def _seconds(value: str) -> timedelta | None:
    """Read delta-seconds (RFC 9111 section 1.2.2), which may be larger than any integer."""
    if not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0") or "0"
    return DAY if len(digits) > 8 else min(timedelta(seconds=int(digits)), DAY)


def _ahead(date: datetime, headers: Headers, now: datetime) -> timedelta | None:
    """How far a date lies ahead by the server's own clock, which need not agree with ours."""
    wait = date - (_first_date(headers, "date") or now)
    return min(wait, DAY) if wait > timedelta() else None


def _first_date(headers: Headers, name: str) -> datetime | None:
    """Read an HTTP-date in any of its three forms (RFC 9110 section 5.6.7)."""
    for value in _values(headers, name):
        if len(value) > _LONGEST_DATE:
            continue
        try:
            date = parsedate_to_datetime(value)
            return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
    return None
