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

from aggregator.text import fold, one_line, printable, slug

RESERVED = frozenset({"index", "sources", "feeds", "story", "archive", "static", "all"})

_Choice = TypeVar("_Choice", bound=StrEnum)

_LONGEST_TITLE = 200
_LARGEST_LIMIT = 1000
_SHORTEST_INTERVAL = timedelta(minutes=15)
_LONGEST_INTERVAL = timedelta(days=730)
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
_FIELD = re.compile(r"(?:title|summary|text|category|source|link):")


def identifier(value: str) -> str:
    """Check an id or a slug, `[a-z0-9-]{1,64}`: it becomes a file name, so that nothing can leave public/."""
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError(f"must be an id of up to 64 of the characters a-z 0-9 -, such as `{slug(value)}`")
    if value in RESERVED:
        raise ValueError(
            f"is reserved for what the program publishes itself ({' '.join(sorted(RESERVED))}): choose another"
        )
    return value


def title(value: str) -> str:
    """Make a title or another text that people read: one line, not empty, up to 200 characters."""
    text = one_line(value)
    if not text:
        raise ValueError("is empty: write a text, or take it out")
    if len(text) > _LONGEST_TITLE:
        raise ValueError(f"is {len(text)} characters long: shorten it to {_LONGEST_TITLE}")
    return text


def term(value: str) -> str:
    """Check a term of a topic: a word, a phrase, or the beginning of a word with `*` behind it."""
    text = title(value)
    beginning = text.removesuffix("*")
    regular = len(text) > 1 and text.startswith("/") and text.endswith("/")
    if text.startswith("~") or regular or _FIELD.match(text):
        raise ValueError(f"holds words, phrases, and beginnings of words (`digital*`), not `{printable(text, 60)}`")
    if "*" in beginning or (text != beginning and not beginning[-1:].isalnum()):
        raise ValueError(
            f"may have `*` only behind the beginning of a word (`digital*`), not as in `{printable(text, 60)}`"
        )
    if not fold(text):
        raise ValueError(f"needs at least one letter or digit in a term: `{printable(text, 60)}` has none")
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
    match = _DURATION.fullmatch(value)
    if match is None:
        raise ValueError(f"must be a duration such as 30m, 2h, 1d or 2w, not `{printable(value, 60)}`")
    length = int(match.group(1)) * _UNITS[match.group(2)]
    if not _SHORTEST_INTERVAL <= length <= _LONGEST_INTERVAL:
        raise ValueError(f"must be from 15m (to spare the publishers' servers) to 2y, not `{value}`")
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


def limit(value: str) -> int:
    """Read how many stories an output holds, 1 to 1000."""
    if not re.fullmatch(r"[0-9]{1,4}", value) or not 1 <= int(value) <= _LARGEST_LIMIT:
        raise ValueError(f"must be a whole number from 1 to {_LARGEST_LIMIT}, not `{printable(value, 60)}`")
    return int(value)


def choice(value: str, choices: type[_Choice]) -> _Choice:
    """Read one of the words of an enumeration."""
    if value not in [member.value for member in choices]:
        *most, last = [member.value for member in choices]
        raise ValueError(f"must be {', '.join(most)} or {last}, not `{printable(value, 60)}`")
    return choices(value)
