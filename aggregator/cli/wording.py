"""How are numbers, times and JSON written for those who read what a command prints?"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from aggregator.model import Config


def count(number: int, one: str, several: str | None = None) -> str:
    """`1 entry`, `2 entries`; the plural has an s where no other is named."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def moment(instant: datetime | None, zone: ZoneInfo) -> str:
    """`2026-11-23 09:05` in the site's time zone, a dash where there is none."""
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M") if instant else "–"


def duration(length: timedelta | None) -> str:
    """`1 h 30 min`, a dash where there is none or it is under half a minute."""
    if length is None:
        return "–"
    hours, minutes = divmod(round(length.total_seconds() / 60), 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")
    return " ".join(part for part in parts if part) or "–"


def dump(value: object) -> str:
    """JSON as the commands print it: times in RFC 3339 UTC, durations in seconds."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def no_network_line(config: Config) -> str:
    """Say that nobody answered; behind a proxy that may be its fault alone."""
    if config.fetch.proxy is None:
        return "There is no network: no request was answered"
    return "No request was answered: there is no network, or the proxy of feeds.yaml is down"
