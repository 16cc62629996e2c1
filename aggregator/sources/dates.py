"""Which instant does a told date mean, how exactly was it told, and may it be trusted?

    parse    one date as a feed writes it -> ToldDate: RFC 3339, RFC 822, ISO 8601, asctime, German ways
    judge    all dates of one document -> the same dates: together they show what a single one hides
    noon     a day without a time -> an instant that every European reader sees on that day

No clock is read: `now` is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import Precision, Trust
from aggregator.text import fold_word, one_line

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

LONGEST = 80
FUTURE = timedelta(hours=48)
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)

_MIDNIGHT = time()


def _numbered(names: str, start: int) -> dict[str, int]:
    """Number the groups of a text from `start`: groups are parted by a slash, names by blanks."""
    return {name: number for number, group in enumerate(names.split("/"), start) for name in group.split()}


_MONTHS = _numbered(
    "jan january januar jaenner jaen / feb february februar feber / mar march maerz maer mrz / apr april /"
    "may mai / jun june juni / jul july juli / aug august / sep sept september / oct october okt oktober /"
    "nov november / dec december dez dezember",
    start=1,
)
_WEEKDAYS = _numbered(
    "mon monday mo montag / tue tues tuesday di dienstag / wed wednesday mi mittwoch /"
    "thu thur thurs thursday do donnerstag / fri friday fr freitag / sat saturday sa samstag sonnabend /"
    "sun sunday so sonntag",
    start=0,
)
# Hours east of Greenwich. RFC 822 section 5 names the American ones; feedparser gets the German ones wrong.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2,
    "mesz": 2, "eet": 2, "eest": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7,
}  # fmt: skip

_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?(?:\s?Uhr\b)?"
)
_ZONE = r"(?P<zone>[a-z]{1,5})?(?P<offset>[+-]\d{1,2}(?::?\d{2})?)?"
_CLOCK = rf"(?:(?:[\s,|]|\s[–-]\s|T\b|um\s|at\s|T(?=\d))+{_TIME}\s?{_ZONE})?"
_NAME = r"(?P<name>[a-zäöü]{3,9})"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}}){_CLOCK}",
        rf"(?P<year>\d{{4}})/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}}){_CLOCK}",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        rf"(?:T(?P<hour>\d{{2}})(?P<minute>\d{{2}})(?P<second>\d{{2}})?{_ZONE})?",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]?{_NAME}\.?[\s,-]{{0,2}}{_YEAR}{_CLOCK}",
        rf"{_NAME}\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s{_YEAR}{_CLOCK}",
        rf"{_NAME}\s(?P<day>\d{{1,2}})\s{_TIME}\s?(?P<zone>[a-z]{{1,5}})?(?P<offset>)\s(?P<year>\d{{4}})",
        rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}{_CLOCK}",
        rf"(?P<day>\d{{1,2}})\.?\s?{_NAME}\.?{_CLOCK}",
        rf"{_NAME}\.?\s(?P<day>\d{{1,2}}){_CLOCK}",
        rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.{_CLOCK}",
    )
)
# What nearly every feed writes: RFC 3339 section 5.6, RFC 822 section 5 with four digits for the year.
_USUAL = re.compile(
    r"(?:(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T"
    r"|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?P<day_first>\d\d?) "
    r"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<year_last>\d{4}) )"
    r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d) ?"
    r"(?:Z|GMT|UTC|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))",
    re.ASCII,
)
_NO_SHIFT = timedelta()
_FARTHEST = timedelta(hours=14, minutes=59)
_WEEKDAY = re.compile(r"(?P<weekday>[a-z]{2,10})(?:\.,|[.,]|\s|(?=\d))\s?(?:(?:der|den|dem)\s)?", re.IGNORECASE)
_COMMENT = re.compile(r"\s?\([^()]*\)$")
_RANGE = range(1000, 9999)


class ToldDate(Struct, frozen=True, kw_only=True):
    """A date as a source told it: `instant` in UTC, and `wall`, what its own clock showed (naive)."""

    instant: datetime
    wall: datetime
    precision: Precision
    trust: Trust


def noon(day: date, zone: ZoneInfo) -> datetime:
    """Give 12:00 of a day in a time zone, in UTC: it stands for a day that was told without a time."""
    return datetime.combine(day, time(12), tzinfo=zone).astimezone(UTC)


def parse(text: str, *, zone: ZoneInfo, now: datetime) -> ToldDate | None:
    """Understand one date; None where it is none, or not one day of one year.

    A time without an offset or a known zone name is one of `zone`, and a date without a year is the last
    such day before `now`: both are `Trust.INFERRED`. A date without a time is a day.
    """
    if (found := _USUAL.fullmatch(text)) and (told := _usual(found)):
        return told
    plain = _COMMENT.sub("", one_line(text[: LONGEST * 2]))
    if not plain or len(plain) > LONGEST:
        return None
    weekday, rest = _weekday(plain)
    for shape in _SHAPES:
        if found := shape.fullmatch(rest):
            return _told(found.groupdict(), weekday, zone, now)
    return _last_resort(plain, zone)


def _usual(found: re.Match[str]) -> ToldDate | None:
    """Read a date as RFC 3339 or RFC 822 has it; None where a part of it needs a closer look."""
    year, month, day, day_first, name, year_last, hour, minute, second, sign, hours, minutes = found.groups()
    if year is None:
        year, month, day = year_last, _MONTHS[name.lower()], day_first
    shift = timedelta(hours=int(hours), minutes=int(minutes)) if sign else _NO_SHIFT
    if shift > _FARTHEST or (sign and int(minutes) > 59) or int(year) not in _RANGE:
        return None
    try:
        instant = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
        wall = instant.replace(tzinfo=None)
        if shift:
            instant = instant + shift if sign == "-" else instant - shift
    except (ValueError, OverflowError):
        return None
    return ToldDate(instant=instant, wall=wall, precision=Precision.SECOND, trust=Trust.DECLARED)


def judge(told: Sequence[ToldDate | None], *, zone: ZoneInfo, now: datetime) -> tuple[ToldDate | None, ...]:
    """Judge the dates of one document together, in their order.

    Where all of two or more stand at midnight, they are days. Where all of five or more are the same second,
    they say when the feed was made, not when the news was. A date over 48 hours ahead of `now`, or before
    1990, is no date of news. Those keep what was told, with `Trust.NONE`.
    """
    told = _as_days(told, zone)
    dated = [one for one in told if one is not None]
    stamped = len(dated) >= 5 and len({one.instant for one in dated}) == 1 and dated[0].precision is Precision.SECOND
    return tuple(
        one
        if one is None or not (stamped or one.instant > now + FUTURE or one.instant < OLDEST)
        else replace(one, trust=Trust.NONE)
        for one in told
    )


def _weekday(text: str) -> tuple[int | None, str]:
    """Take a leading weekday off."""
    found = _WEEKDAY.match(text)
    number = _WEEKDAYS.get(fold_word(found["weekday"])) if found else None
    return (None, text) if found is None or number is None else (number, text[found.end() :])


def _told(parts: dict[str, str | None], weekday: int | None, zone: ZoneInfo, now: datetime) -> ToldDate | None:
    """Make an instant of the parts that a shape found; None where the calendar or the clock lacks them."""
    name = parts.get("name")
    month = int(parts.get("month") or 0) if name is None else _MONTHS.get(fold_word(name))
    day = int(parts["day"] or 0)
    year = _year(parts.get("year"), month or 0, day, weekday, now.astimezone(zone).date())
    if not month or year not in _RANGE:
        return None
    try:
        calendar_day = date(year, month, day)
        clock = _clock(parts)
    except ValueError:
        return None
    if clock is None:
        trust = Trust.DECLARED if parts.get("year") else Trust.INFERRED
        return _day(calendar_day, zone, trust)
    moment, next_day = clock
    wall = datetime.combine(calendar_day, moment) + timedelta(days=next_day)
    offset = _offset(parts.get("zone"), parts.get("offset"))
    trust = Trust.DECLARED if offset is not None and parts.get("year") else Trust.INFERRED
    return _instant(wall, offset or zone, trust)


def _day(day: date, zone: ZoneInfo, trust: Trust) -> ToldDate:
    instant = noon(day, zone)
    return ToldDate(instant=instant, wall=datetime.combine(day, _MIDNIGHT), precision=Precision.DAY, trust=trust)


def _instant(wall: datetime, zone: tzinfo, trust: Trust) -> ToldDate:
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    return ToldDate(instant=instant, wall=wall, precision=Precision.SECOND, trust=trust)


def _year(told: str | None, month: int, day: int, weekday: int | None, today: date) -> int:
    """Complete a year: two digits by RFC 5322 section 4.3, none at all from the day (0: no such day)."""
    if told is not None:
        year = int(told)
        return year if len(told) == 4 else year + (2000 if year < 50 else 1900)
    possible = [
        candidate
        for year in range(today.year + 1, today.year - 8, -1)
        if (candidate := _calendar_day(year, month, day)) and candidate <= today + timedelta(days=2)
    ]
    fitting = [candidate for candidate in possible if weekday is None or candidate.weekday() == weekday]
    return (fitting or possible)[0].year if possible else 0


def _calendar_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(parts: dict[str, str | None]) -> tuple[time, int] | None:
    """Give the time of day and the days to add (1 for 24:00, ISO 8601); None where only a day was told."""
    if parts.get("hour") is None:
        return None
    hour, minute, second = (int(parts.get(key) or 0) for key in ("hour", "minute", "second"))
    if half := (parts.get("half") or "").lower():
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if half == "p" else 0)
    if (hour, minute, second) == (24, 0, 0):
        return _MIDNIGHT, 1
    fraction = int((parts.get("fraction") or "0").ljust(6, "0")[:6])
    # A leap second is the last one that Python's clock has.
    return time(hour, minute, 59 if second == 60 else second, fraction), 0


def _offset(name: str | None, offset: str | None) -> tzinfo | None:
    """Read `+0200`, `+02:00`, `+2`, `GMT+2` or a zone's name; None where nothing known was told."""
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        if hours > 14 or minutes > 59:
            return None
        shift = timedelta(hours=hours, minutes=minutes)
        return timezone(-shift if offset[0] == "-" else shift)
    hours_east = _ZONES.get((name or "").lower())
    return None if hours_east is None else timezone(timedelta(hours=hours_east))


def _last_resort(text: str, zone: ZoneInfo) -> ToldDate | None:
    """Ask dateparser (a guess, and slow: about 500 a second); it must find a day, a month and a year."""
    if not re.search(r"\d", text):
        return None
    guess = _dateparser().get_date_data(text)
    moment = guess.date_obj
    if moment is None or moment.year not in _RANGE:
        return None
    wall = moment.replace(tzinfo=None)
    if guess.period != "time":
        return _day(wall.date(), zone, Trust.INFERRED)
    return _instant(wall, moment.tzinfo or zone, Trust.INFERRED)


@lru_cache(maxsize=1)
def _dateparser() -> DateDataParser:
    from dateparser.date import DateDataParser

    return DateDataParser(
        languages=["de", "en"],
        settings={
            "DATE_ORDER": "DMY",
            "REQUIRE_PARTS": ["day", "month", "year"],
            "PARSERS": ["absolute-time"],
            # Without these two it asks the machine for its zone and its clock.
            "TIMEZONE": "UTC",
            "RELATIVE_BASE": datetime(2000, 1, 1),  # noqa: DTZ001
            "RETURN_TIME_AS_PERIOD": True,
        },
    )


def _as_days(told: Sequence[ToldDate | None], zone: ZoneInfo) -> tuple[ToldDate | None, ...]:
    """Where every date stands at midnight (as told, in UTC, or in the site's zone) only days were meant."""
    timed = [one for one in told if one is not None and one.precision is Precision.SECOND]
    if not timed or sum(one is not None for one in told) < 2:
        return tuple(told)
    for clock in (_wall, _utc, lambda one: one.instant.astimezone(zone)):
        if all(clock(one).time() == _MIDNIGHT for one in timed):
            return tuple(
                replace(one, instant=noon(clock(one).date(), zone), precision=Precision.DAY)
                if one is not None and one.precision is Precision.SECOND
                else one
                for one in told
            )
    return tuple(told)


def _wall(told: ToldDate) -> datetime:
    return told.wall


def _utc(told: ToldDate) -> datetime:
    return told.instant
