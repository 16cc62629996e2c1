"""Is this one value what its key needs?

Each function takes the text that stands in feeds.yaml, gives the value, and raises ValueError with the end of a
sentence that begins with the key: "must be a whole number from 1 to 1000, not `viele`".
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from aggregator.text import one_line, printable, slug
from aggregator.topics.terms import read_phrase, read_term

RESERVED = frozenset({"index", "sources", "feeds", "story", "archive", "static", "all"})

_Choice = TypeVar("_Choice", bound=StrEnum)

_LONGEST_TITLE = 200
_LONGEST_PASSAGE = 2000
_LARGEST_LIMIT = 1000
_LARGEST_DAYS = 3650
_SHORTEST_INTERVAL = timedelta(minutes=15)
_LONGEST_INTERVAL = timedelta(days=730)
_SHORTEST_KEEPING = timedelta(weeks=1)
_LONGEST_KEEPING = timedelta(days=36500)
_IDENTIFIER = re.compile(r"[a-z0-9-]{1,64}")
_DURATION = re.compile(r"([0-9]{1,4})([mhdwy])")
_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,5}")
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_TAG = re.compile(
    r"tag:(?:[A-Za-z0-9._-]+@)?[a-z0-9-]+(?:\.[a-z0-9-]+)*"
    r",[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?"
    r":(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
)

_RESERVED = f"reserved for what the program publishes itself ({' '.join(sorted(RESERVED))})"


def identifier(value: str) -> str:
    """Check an id or a slug, `[a-z0-9-]{1,64}`: it becomes a file name, so that nothing can leave public/."""
    if value in RESERVED:
        raise ValueError(f"is {_RESERVED}: choose another")
    return _formed_identifier(value)


def former_identifier(value: str) -> str:
    """Check a slug that something had before."""
    if value in RESERVED:
        raise ValueError(f"names `{value}`, which is {_RESERVED}: take it out")
    return _formed_identifier(value)


def _formed_identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError(f"must be an id of up to 64 of the characters a-z 0-9 -, such as `{slug(value)}`")
    return value


def title(value: str) -> str:
    """Make a title or another text that people read: one line, not empty, up to 200 characters."""
    return _line(value, _LONGEST_TITLE)


def passage(value: str) -> str:
    """Make a text of somebody else's, such as an example: one line, not empty, up to 2000 characters."""
    return _line(value, _LONGEST_PASSAGE)


def term(value: str) -> str:
    """Check a term of a topic (see `topics.terms`)."""
    text = title(value)
    read_term(text)
    return text


def phrase(value: str) -> str:
    """Check a term of words alone (see `topics.terms`)."""
    text = title(value)
    read_phrase(text)
    return text


def tag_uri(value: str) -> str:
    """Check the root of all ids, a tag: URI (RFC 4151 section 2.1) without a fragment."""
    if len(value) > _LONGEST_TITLE or not _TAG.fullmatch(value):
        raise ValueError(
            "must be a tag: URI of your domain, a day it was yours, and a name,"
            f" such as `tag:news.example.org,2026:news`, not `{printable(value, 60)}`"
        )
    return value


def language(value: str) -> str:
    """Check a language tag (RFC 5646 section 2.1, loosely)."""
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"must be a language tag such as de or de-AT, not `{printable(value, 60)}`")
    return value


def timezone(value: str) -> ZoneInfo:
    """Find a time zone by its IANA name."""
    if _TIMEZONE.fullmatch(value):
        try:
            return ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            # OSError: `Europe` is a folder of zones, and reading a folder fails.
            near = get_close_matches(value, available_timezones(), n=1, cutoff=0.8)
            example = near[0] if near else "Europe/Berlin"
    else:
        example = "Europe/Berlin"
    raise ValueError(f"must be a time zone such as {example}, not `{printable(value, 60)}`")


def interval(value: str) -> timedelta:
    """Read how often a source is asked: `15m 2h 1d 2w 1y`, from 15 minutes to two years."""
    length = _duration(value, "30m, 2h, 1d or 2w")
    if not _SHORTEST_INTERVAL <= length <= _LONGEST_INTERVAL:
        raise ValueError(f"must be from 15m (to spare the publishers' servers) to 2y, not `{value}`")
    return length


def keeping(value: str) -> timedelta:
    """Read how long the texts of stories are kept: `90d 26w 2y`, from a week to a hundred years."""
    length = _duration(value, "90d, 26w or 2y")
    if not _SHORTEST_KEEPING <= length <= _LONGEST_KEEPING:
        raise ValueError(f"must be from 1w to 100y, not `{value}`; without `keep` all is kept for ever")
    return length


def day(value: str) -> date:
    """Read a day, YYYY-MM-DD."""
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"must be a day that exists, not `{value}`") from error
    raise ValueError(f"must be a day such as 2025-07-17, not `{printable(value, 60)}`")


def truth(value: str) -> bool:
    """Read true or false; YAML 1.2 knows no yes and no."""
    if value not in {"true", "false"}:
        raise ValueError(f"must be true or false, not `{printable(value, 60)}`")
    return value == "true"


def selector(value: str) -> str:
    """Check a CSS selector, as the parser of pages understands it."""
    from aggregator.sources import page

    if len(value) > _LONGEST_TITLE or not value.isprintable() or not page.is_selector(value):
        raise ValueError(f"must be a CSS selector such as `h3 a` or `.news > li`, not `{printable(value, 60)}`")
    return value


def limit(value: str) -> int:
    """Read how many stories an output holds, 1 to 1000."""
    return _count(value, _LARGEST_LIMIT)


def days(value: str) -> int:
    """Read how many days an output goes back, 1 to 3650."""
    return _count(value, _LARGEST_DAYS)


def choice(value: str, choices: type[_Choice]) -> _Choice:
    """Read one of the words of an enumeration."""
    if value not in [member.value for member in choices]:
        *most, last = [member.value for member in choices]
        raise ValueError(f"must be {', '.join(most)} or {last}, not `{printable(value, 60)}`")
    return choices(value)


def _duration(value: str, examples: str) -> timedelta:
    match = _DURATION.fullmatch(value)
    if match is None:
        raise ValueError(f"must be a duration such as {examples}, not `{printable(value, 60)}`")
    return int(match.group(1)) * _UNITS[match.group(2)]


def _count(value: str, largest: int) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= largest:
        raise ValueError(f"must be a whole number from 1 to {largest}, not `{printable(value, 60)}`")
    return int(value)


def _line(value: str, longest: int) -> str:
    text = one_line(value)
    if not text:
        raise ValueError("is empty: write a text, or take it out")
    if len(text) > longest:
        raise ValueError(f"is {len(text)} characters long: shorten it to {longest}")
    return text
