"""Dates: what feeds write, what it means, and what may be believed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Precision, Trust
from aggregator.sources.dates import ToldDate, judge, noon, parse

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 7, 3, 9, tzinfo=UTC)


def told(text: str) -> ToldDate:
    found = parse(text, zone=BERLIN, now=NOW)
    assert found is not None, text
    return found


def judged(*texts: str | None) -> tuple[ToldDate | None, ...]:
    return judge([parse(text, zone=BERLIN, now=NOW) if text else None for text in texts], zone=BERLIN, now=NOW)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2006-01-17T12:35:9+01:00", "2006-01-17T11:35:09"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00"),
        ("2026-07-01t12:00:00.25z", "2026-07-01T12:00:00.250000"),
        ("2013-09-13T23:45:36.972031-05:00", "2013-09-14T04:45:36.972031"),
        ("20260701T120000Z", "2026-07-01T12:00:00"),
        ("2026/07/01 12:00 UTC", "2026-07-01T12:00:00"),
        ("2026-07-01T24:00:00Z", "2026-07-02T00:00:00"),
        ("2026-06-30T23:59:60Z", "2026-06-30T23:59:59"),
        ("Thu, 04 Dec 2008 17:17:49 +0000", "2008-12-04T17:17:49"),
        ("Thu, 07 Dec 17 10:00:29 -0800", "2017-12-07T18:00:29"),
        ("Thu, 07 Dec 95 10:00:29 GMT", "1995-12-07T10:00:29"),
        ("Tue 11 Jan 2011 01:30:00 GMT", "2011-01-11T01:30:00"),
        ("Thu, 14 May 2020 10:00:18 Z", "2020-05-14T10:00:18"),
        ("Fri, 23 December 2011 10:00:00 EST", "2011-12-23T15:00:00"),
        ("Wed, 01 Jul 2026 12:00:00 CEST", "2026-07-01T10:00:00"),
        ("Thu, 01 Jan 2026 12:00:00 CET", "2026-01-01T11:00:00"),
        ("Mi, 01 Jul 2026 12:00:00 MESZ", "2026-07-01T10:00:00"),
        ("Do, 01 Jan 2026 12:00:00 MEZ", "2026-01-01T11:00:00"),
        ("Tue, 01 Jul 2025 20:00:00 GMT+0200 (CEST)", "2025-07-01T18:00:00"),
        ("Tue, 01 Jul 2025 20:00:00 GMT+2", "2025-07-01T18:00:00"),
        ("Wed Jul  1 10:00:00 CEST 2026", "2026-07-01T08:00:00"),
        ("Mittwoch, den 9. März 2023 um 14.30 Uhr MEZ", "2023-03-09T13:30:00"),
        ("Jul 1, 2026 12:30 AM GMT", "2026-07-01T00:30:00"),
        ("Jul 1, 2026 12:30 p.m. GMT", "2026-07-01T12:30:00"),
    ],
)
def test_declared(text: str, instant: str) -> None:
    """A time with an offset or a known zone is the instant that it says, German zone names included."""
    found = told(text)
    assert found.instant == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert (found.precision, found.trust) == (Precision.SECOND, Trust.DECLARED)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-07-01 12:00:00", "2026-07-01T10:00:00"),
        ("09.03.23, 14:30 Uhr", "2023-03-09T13:30:00"),
        ("Fr 03.07.2026 - 08:15 Uhr", "2026-07-03T06:15:00"),
        ("1 Jul 2026 12:00:00 XYZ", "2026-07-01T10:00:00"),
        ("2026-07-01T12:00:00+99:99", "2026-07-01T10:00:00"),
        ("March 9th, 2026 5pm", "2026-03-09T16:00:00"),
        ("5pm EST 3 march 2024", "2024-03-03T22:00:00"),
    ],
)
def test_inferred(text: str, instant: str) -> None:
    """A time without a zone that we know is one of the site's zone, and marked as a guess."""
    found = told(text)
    assert found.instant == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert (found.precision, found.trust) == (Precision.SECOND, Trust.INFERRED)


@pytest.mark.parametrize(
    ("text", "day", "trust"),
    [
        ("9.3.2023", date(2023, 3, 9), Trust.DECLARED),
        ("09.03.2023", date(2023, 3, 9), Trust.DECLARED),
        ("2026-07-01", date(2026, 7, 1), Trust.DECLARED),
        ("20260701", date(2026, 7, 1), Trust.DECLARED),
        ("3. März 2026", date(2026, 3, 3), Trust.DECLARED),
        ("3 Maerz 2026", date(2026, 3, 3), Trust.DECLARED),
        ("Sonnabend, 4. Jänner 2025", date(2025, 1, 4), Trust.DECLARED),
        ("Sunday, July 5, 2026", date(2026, 7, 5), Trust.DECLARED),
        ("03/09/2023", date(2023, 9, 3), Trust.INFERRED),
        ("Wed, 1 Jul", date(2026, 7, 1), Trust.INFERRED),
        ("July 4", date(2026, 7, 4), Trust.INFERRED),
        ("24.12.", date(2025, 12, 24), Trust.INFERRED),
        ("24. Dezember", date(2025, 12, 24), Trust.INFERRED),
        ("Mon, 1 Jul", date(2024, 7, 1), Trust.INFERRED),
        ("29 Feb", date(2024, 2, 29), Trust.INFERRED),
        ("Mon, 29 Feb", date(2024, 2, 29), Trust.INFERRED),
    ],
)
def test_days(text: str, day: date, trust: Trust) -> None:
    """A date without a time is a day at noon; a missing year is the last that fits the weekday."""
    found = told(text)
    assert (found.instant, found.precision, found.trust) == (noon(day, BERLIN), Precision.DAY, trust)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "gestern",
        "vor 3 Stunden",
        "31.2.2023",
        "31.2.",
        "30 Foo 2023",
        "2026-07",
        "2026",
        "12",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-07-01T25:00:00Z",
        "Jul 1, 2026 13:30 PM",
        "1. Juli 2026" + " " * 60 + "x" * 60,
        "9" * 10_000,
    ],
)
def test_no_date(text: str) -> None:
    """What names no day of a year that we can know is no date."""
    assert parse(text, zone=BERLIN, now=NOW) is None


def test_noon() -> None:
    """A day stands at noon of its zone, in summer and in winter."""
    assert noon(date(2026, 7, 1), BERLIN) == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert noon(date(2026, 1, 1), BERLIN) == datetime(2026, 1, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    "texts",
    [
        ("Wed, 01 Jul 2026 00:00:00 +0000", "Thu, 01 Jan 2026 00:00:00 +0000"),
        ("Wed, 01 Jul 2026 00:00:00 +0200", "Thu, 01 Jan 2026 00:00:00 +0100"),
        ("2026-06-30T22:00:00Z", "2025-12-31T23:00:00Z"),
        ("Tue, 30 Jun 2026 20:00:00 -0400", "Wed, 31 Dec 2025 19:00:00 -0500"),
        ("1.7.2026", "Thu, 01 Jan 2026 00:00:00 +0000"),
    ],
)
def test_midnights_are_days(texts: tuple[str, str]) -> None:
    """Where all dates of a document are midnight, as told, in UTC or on site, they are the days that they name."""
    summer, winter = judged(*texts)
    assert summer is not None
    assert winter is not None
    assert (summer.instant, summer.precision) == (noon(date(2026, 7, 1), BERLIN), Precision.DAY)
    assert (winter.instant, winter.precision) == (noon(date(2026, 1, 1), BERLIN), Precision.DAY)


def test_single_midnight() -> None:
    """One midnight alone, or one among other times, stays an instant."""
    alone = judged("2026-07-01T00:00:00Z", None)
    assert alone[0] == told("2026-07-01T00:00:00Z")
    assert alone[1] is None
    mixed = judged("2026-07-01T00:00:00Z", "2026-07-01T13:00:01Z")
    assert [one.precision for one in mixed if one] == [Precision.SECOND, Precision.SECOND]


def test_same_second() -> None:
    """Five items of the same second are not believed; four are, and five of the same midnight are one day."""
    stamped = judged(*["2026-07-01T13:00:01Z"] * 5)
    assert {one.trust for one in stamped if one} == {Trust.NONE}
    assert {one.instant for one in stamped if one} == {datetime(2026, 7, 1, 13, 0, 1, tzinfo=UTC)}
    assert {one.trust for one in judged(*["2026-07-01T13:00:01Z"] * 4) if one} == {Trust.DECLARED}
    assert {one.trust for one in judged(*["2026-07-01T00:00:00Z"] * 5) if one} == {Trust.DECLARED}


def test_far_dates() -> None:
    """More than 48 hours ahead, or before 1990, is kept as told and not believed."""
    future, soon, old, new = judged(
        "2026-07-05T09:00:01Z", "2026-07-05T09:00:00Z", "1989-12-31T23:59:59Z", "1990-01-01T00:00:00Z"
    )
    assert [one.trust for one in (future, soon, old, new) if one] == [
        Trust.NONE,
        Trust.DECLARED,
        Trust.NONE,
        Trust.DECLARED,
    ]
    assert future is not None
    assert future.instant == NOW + timedelta(hours=48, seconds=1)


def test_judge_nothing() -> None:
    """A document without dates has nothing to judge."""
    assert judged() == ()
    assert judged(None, None) == (None, None)


@settings(deadline=None)
@given(st.integers(631_152_000, 1_782_000_000), st.integers(-14 * 60, 14 * 60))
def test_rfc_3339_and_822(seconds: int, minutes: int) -> None:
    """The two standard spellings of any instant are read exactly."""
    sign, offset = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    instant = datetime.fromtimestamp(seconds, UTC)
    wall = (instant + timedelta(minutes=minutes)).replace(tzinfo=None)
    assert told(f"{wall.isoformat()}{sign}{offset[0]:02}:{offset[1]:02}").instant == instant
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    spelled = f"{wall.day} {months[wall.month - 1]} {wall.year} {wall:%H:%M:%S} {sign}{offset[0]:02}{offset[1]:02}"
    assert told(spelled).instant == instant


@settings(deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("0123456789.:-/+, TZJuliMärzMEZAMPM", max_size=30)))
def test_any_text(text: str) -> None:
    """Any text gives a date or None."""
    found = parse(text, zone=BERLIN, now=NOW)
    assert found is None or found.instant.tzinfo is UTC


@given(
    st.datetimes(min_value=datetime(999, 1, 1), max_value=datetime(9999, 12, 31)),  # noqa: DTZ001
    st.sampled_from(
        ["%Y-%m-%dT%H:%M:%S", "%a, %d %b %Y %H:%M:%S ", "%d %b %Y %H:%M:%S ", "%Y-%m-%dT24:00:00", "%Y-%m-31T%H:%M:60"]
    ),
    st.sampled_from(["Z", "GMT", "UTC", "+02:00", "-0530", "+1459", "+15:00", "+0260"]),
)
def test_usual_dates_are_read_as_all_others(moment: datetime, shape: str, zone: str) -> None:
    """The short way for the usual shapes ends where the long way does: a comment behind a date bars the short one."""
    text = moment.strftime(shape) + zone
    assert parse(text, zone=BERLIN, now=NOW) == parse(f"{text} (Ortszeit)", zone=BERLIN, now=NOW)
