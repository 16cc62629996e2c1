"""Does polling ask politely, remember rightly, and never ask too soon?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator import polling
from aggregator.errors import SourceError
from aggregator.model import (
    Entry,
    Failed,
    Fetched,
    FetchResult,
    Hints,
    NotModified,
    Postponed,
    Reading,
    Selectors,
    Source,
    SourceKind,
    SourceState,
    Trust,
)

pytestmark = pytest.mark.usefixtures("pure")

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)  # a Monday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
URL = "https://www.gemeinde.example/feed.xml"
NEW_URL = "https://neu.example/feed.xml"


def source(**fields: object) -> Source:
    given_fields: dict[str, object] = {
        "id": "gemeinde", "rank": 0, "kind": SourceKind.FEED, "address": URL, "target": URL, "local": False,
    } | fields  # fmt: skip
    return Source(**given_fields)  # type: ignore[arg-type]


def fetched(*headers: tuple[str, str], url: str = URL, body: bytes = b"<rss/>", moved: str | None = None) -> Fetched:
    return Fetched(url=url, status=200, body=body, headers=headers, permanent_url=moved)


def failed(status: int | None = 500, *headers: tuple[str, str], host: str = "www.gemeinde.example") -> Failed:
    reason = f"http-{status}" if status else "connect"
    return Failed(
        reason=reason, detail="Es ging nicht.", answered=status is not None, host=host, status=status, headers=headers
    )


def reading(*ages: timedelta, hints: Hints | None = None, complete: bool = True) -> Reading:
    entries = [
        Entry(id=str(age), id_derived=False, title="„Rathaus“ – öffnet", published=NOW - age, trust=Trust.DECLARED)
        for age in ages
    ]
    return Reading(entries=tuple(entries), hints=hints or Hints(), complete=complete)


HOURLY = reading(*(HOUR * n for n in range(10)))


def poll(
    state: SourceState,
    result: FetchResult,
    outcome: Reading | SourceError | None = None,
    *,
    of: Source | None = None,
    at: datetime = NOW,
    new: int = 0,
    churned: int = 0,
    jitter: float = 0.0,
) -> SourceState:
    return polling.next_state(
        of or source(), state, result, outcome, new_entries=new, churned_entries=churned, now=at, jitter=jitter
    )


FRESH = SourceState(source="gemeinde")
ETAG = ("etag", '"ä-1"')
OK = poll(FRESH, fetched(ETAG), HOURLY, new=10)


# ── conditional requests ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("etag", ['"1"', 'W/"1"', "unquoted", '"\xfc\xe4"', 'W/"', '"a,b"', "-"])
def test_validators_go_back_byte_for_byte(etag: str) -> None:
    """ETag and Last-Modified are echoed as they came, however odd."""
    state = poll(FRESH, fetched(("etag", etag), ("last-modified", "gestern früh")), HOURLY)
    assert polling.conditional_headers(source(), state, URL) == (
        ("If-None-Match", etag),
        ("If-Modified-Since", "gestern früh"),
    )


def test_validators_are_never_invented() -> None:
    """What was not given, was empty or is too long to be sent back, is not sent."""
    for headers in ((), (("date", "Mon, 02 Mar 2026 10:30:00 GMT"),), (("etag", ""),), (("etag", "x" * 5000),)):
        state = poll(FRESH, fetched(*headers), HOURLY)
        assert polling.conditional_headers(source(), state, URL) == ()
    only_date = poll(FRESH, fetched(("last-modified", "x")), HOURLY)
    assert polling.conditional_headers(source(), only_date, URL) == (("If-Modified-Since", "x"),)


def test_validators_belong_to_the_url_that_gave_them() -> None:
    """After a redirect the final URL gets them back, and the first one gets none."""
    state = poll(FRESH, fetched(ETAG, url=NEW_URL), HOURLY)
    assert polling.conditional_headers(source(), state, URL) == ()
    assert polling.conditional_headers(source(), state, NEW_URL) == (("If-None-Match", ETAG[1]),)


@pytest.mark.parametrize("result", [NotModified(url=URL), failed(429), failed(500), failed(503), failed(None)], ids=str)
def test_validators_are_kept(result: FetchResult) -> None:
    """A 304, a 429, a 5xx and a dead line leave the validators as they were."""
    assert polling.conditional_headers(source(), poll(OK, result), URL) == (("If-None-Match", ETAG[1]),)


def test_a_304_renews_what_it_names() -> None:
    """A validator and a max-age in a 304 replace the old ones, and leave alone what it does not name."""
    before = poll(FRESH, fetched(ETAG, ("last-modified", "m"), ("cache-control", "max-age=7200")), HOURLY)
    silent = poll(before, NotModified(url=URL, headers=(("etag", '"2"'),)))
    assert (silent.etag, silent.last_modified, silent.freshness) == ('"2"', "m", 2 * HOUR)
    told = poll(before, NotModified(url=URL, headers=(("cache-control", "no-cache"),)))
    assert (told.etag, told.freshness) == (ETAG[1], None)


@pytest.mark.parametrize("status", [400, 412])
def test_conditions_that_are_refused_are_dropped(status: int) -> None:
    """Where our conditions may be what a server cannot take, the next request has none."""
    assert polling.conditional_headers(source(), poll(OK, failed(status)), URL) == ()


def test_validators_are_dropped_when_a_200_comes_without() -> None:
    """A new answer without validators leaves none of the old."""
    assert polling.conditional_headers(source(), poll(OK, fetched(), HOURLY), URL) == ()
    assert poll(OK, fetched(("last-modified", "m")), HOURLY).etag is None


@pytest.mark.parametrize(
    "outcome",
    [SourceError("html", "x"), SourceError("empty", "x"), reading(HOUR, complete=False), reading()],
    ids=["html", "empty", "truncated", "no entries"],
)
def test_no_validator_of_what_is_no_whole_feed(outcome: Reading | SourceError) -> None:
    """A body that is not a complete feed with entries gives neither validators nor a digest."""
    state = poll(OK, fetched(("etag", '"bad"')), outcome)
    assert polling.conditional_headers(source(), state, URL) == ()
    assert state.body_digest is None


def test_a_known_body_need_not_be_parsed() -> None:
    """The digest of the last whole feed is kept, and a known body is a success that changes nothing but the times."""
    assert OK.body_digest == polling.body_digest(fetched())
    again = poll(OK, fetched(("etag", '"2"')), at=NOW + DAY)
    assert (again.last_success, again.last_new, again.etag, again.pace) == (NOW + DAY, NOW, '"2"', OK.pace)


def test_a_body_from_elsewhere_is_another_one() -> None:
    """Equal bytes from another address, or said to be in another character set, are read anew."""
    answers = (fetched(), fetched(url=NEW_URL), fetched(("content-type", "text/xml; charset=iso-8859-7")))
    assert len({polling.body_digest(answer) for answer in answers}) == 3


def test_a_secret_address_is_not_stored() -> None:
    """Where a variable is filled into the address, its validators still work and the state holds no secret."""
    secret = source(address="https://x.example/${TOKEN}", target="https://x.example/geheim")
    state = poll(FRESH, fetched(ETAG, url=secret.target, moved="https://y.example/geheim"), HOURLY, of=secret)
    assert polling.conditional_headers(secret, state, secret.target)
    assert "geheim" not in repr(state)


# ── when to ask again ───────────────────────────────────────────────────────────────────────────────────────


def wait_after(*headers: tuple[str, str], of: Source | None = None, outcome: Reading = HOURLY) -> timedelta:
    due = poll(FRESH, fetched(ETAG, *headers), outcome, of=of, new=1).next_due
    assert due is not None
    return due - NOW


def test_a_new_source_is_due_at_once() -> None:
    """A source that was never asked is due."""
    assert polling.is_due(source(), FRESH, NOW)


@pytest.mark.parametrize(
    ("ages", "wait"),
    [
        ([MINUTE * n for n in range(20)], 15 * MINUTE),
        ([HOUR * n for n in range(20)], 30 * MINUTE),
        ([10 * HOUR * n for n in range(20)], 5 * HOUR),
        ([30 * DAY * n for n in range(20)], DAY),
        ([10 * DAY + MINUTE * n for n in range(20)], 12 * HOUR),
        ([], HOUR),
    ],
)
def test_the_interval_follows_the_source(ages: list[timedelta], wait: timedelta) -> None:
    """A source is asked twice as often as it publishes, less while it is quiet, between 15 minutes and a day."""
    assert wait_after(outcome=reading(*ages)) == pytest.approx(wait, abs=MINUTE)


def test_dates_that_are_not_trusted_or_lie_ahead_say_nothing() -> None:
    """The pace comes from trusted dates of the past only."""
    entries = [replace(entry, trust=Trust.NONE) for entry in HOURLY.entries]
    state = poll(FRESH, fetched(ETAG), Reading(entries=tuple(entries)))
    assert (state.pace, state.newest) == (None, None)
    state = poll(FRESH, fetched(ETAG), reading(-DAY, -2 * DAY, HOUR))
    assert (state.pace, state.newest) == (None, NOW - HOUR)


def test_every_overrules_the_pace_but_not_the_publisher() -> None:
    """`every:` counts instead of the pace, not below 15 minutes, and not before max-age; a change counts at once."""
    often = source(every=5 * MINUTE)
    assert wait_after(of=source(every=7 * HOUR)) == 7 * HOUR
    assert wait_after(of=often) == 15 * MINUTE
    assert wait_after(("cache-control", "max-age=3600"), of=often) == HOUR
    assert polling.next_due(source(every=7 * HOUR), OK) == NOW + 7 * HOUR


def test_without_validators_at_most_hourly() -> None:
    """A source that never gave a validator is asked at most hourly, whatever `every:` says."""
    for of in (source(), source(every=15 * MINUTE)):
        assert poll(FRESH, fetched(), HOURLY, of=of).next_due == NOW + HOUR


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ([("cache-control", "max-age=7200")], 2 * HOUR),
        ([("cache-control", 'public, Max-Age="7200"')], 2 * HOUR),
        ([("cache-control", "public"), ("cache-control", "max-age=7200")], 2 * HOUR),
        ([("cache-control", "max-age=" + "9" * 4500)], DAY),
        ([("cache-control", "max-age=-1, max-age=x")], None),
        ([("cache-control", "max-age=0"), ("expires", "Mon, 02 Mar 2026 12:30:00 GMT")], None),
        ([("expires", "Mon, 02 Mar 2026 12:30:00 GMT")], 2 * HOUR),
        ([("expires", "Monday, 02-Mar-26 12:30:00 GMT")], 2 * HOUR),
        ([("expires", "Mon Mar  2 12:30:00 2026")], 2 * HOUR),
        ([("expires", "Mon, 02 Mar 2026 16:30:00 GMT"), ("date", "Mon, 02 Mar 2026 14:30:00 GMT")], 2 * HOUR),
        ([("expires", "Fri, 02 Mar 2126 12:30:00 GMT")], DAY),
        ([("expires", "0")], None),
        ([("expires", "Mon, 99 Mar 2026 12:30:00 +99999999")], None),
        ([("expires", "x" * 60_000)], None),
    ],
    ids=lambda value: repr(value)[:70],
)
def test_never_sooner_than_fresh(headers: list[tuple[str, str]], wait: timedelta | None) -> None:
    """max-age, else Expires less Date, is waited for; garbage is ignored, and a day is the most."""
    assert wait_after(*headers) == (wait or 30 * MINUTE)


def test_never_sooner_than_the_ttl() -> None:
    """RSS ttl and sy:updatePeriod are waited for, a day at most."""
    assert wait_after(outcome=reading(HOUR, hints=Hints(ttl=3 * HOUR))) == 3 * HOUR
    assert wait_after(outcome=reading(HOUR, hints=Hints(ttl=900 * DAY))) == DAY


def test_skip_hours_and_days_are_kept() -> None:
    """No request falls into skipHours or skipDays, but a feed that skips everything is asked once a day."""
    night = Hints(skip_hours=frozenset(range(11, 15)))
    state = poll(FRESH, fetched(ETAG), reading(*(HOUR * n for n in range(10)), hints=night))
    assert state.next_due == NOW + 30 * MINUTE + 4 * HOUR
    assert not polling.is_due(source(), state, datetime(2026, 3, 2, 14, 59, tzinfo=UTC), force=True)
    assert polling.is_due(source(), state, datetime(2026, 3, 2, 15, 0, tzinfo=UTC))
    always = Hints(skip_days=frozenset(range(7)))
    state = poll(FRESH, fetched(ETAG), reading(HOUR, hints=always))
    assert not polling.is_due(source(), state, NOW + DAY - MINUTE)
    assert polling.is_due(source(), state, NOW + DAY)


def test_force_lifts_our_own_waits_only() -> None:
    """`--force` asks before `every:`, the pace and a backoff allow it, and not before max-age or Retry-After do."""
    assert not polling.is_due(source(), OK, NOW + MINUTE)
    assert polling.is_due(source(), OK, NOW + MINUTE, force=True)
    assert polling.is_due(source(), poll(OK, failed()), NOW + MINUTE, force=True)
    for state in (
        poll(FRESH, fetched(("cache-control", "max-age=600")), HOURLY),
        poll(OK, failed(503, ("retry-after", "900"))),
    ):
        assert not polling.is_due(source(), state, NOW + 9 * MINUTE, force=True)
        assert polling.is_due(source(), state, NOW + 16 * MINUTE, force=True)


def test_a_paused_source_is_never_asked() -> None:
    """`paused: true` holds also against `--force`, and for a local file."""
    assert not polling.is_due(source(paused=True), FRESH, NOW, force=True)
    assert not polling.is_due(source(paused=True, local=True), FRESH, NOW)


def test_our_own_waits_end_in_time_for_cron() -> None:
    """A run every 15 minutes asks a source of every 15 minutes each time, though due times count from the answer."""
    often = source(every=15 * MINUTE)
    assert polling.is_due(often, OK, NOW + 15 * MINUTE - timedelta(seconds=30))
    assert not polling.is_due(often, OK, NOW + 15 * MINUTE - timedelta(seconds=31))
    assert not polling.is_due(often, poll(OK, failed()), NOW + HOUR - timedelta(seconds=1))


@pytest.mark.parametrize("told", ["max-age", "ttl", "retry-after"])
def test_what_the_publisher_asks_for_is_kept_to_the_second(told: str) -> None:
    """A wait that a publisher asked for ends not a second early, by force or not."""
    state = {
        "max-age": poll(FRESH, fetched(ETAG, ("cache-control", "max-age=3600")), HOURLY),
        "ttl": poll(FRESH, fetched(ETAG), replace(HOURLY, hints=Hints(ttl=HOUR))),
        "retry-after": poll(OK, failed(503, ("retry-after", "3600"))),
    }[told]
    for force in (False, True):
        assert not polling.is_due(source(), state, NOW + HOUR - timedelta(seconds=1), force=force)
        assert polling.is_due(source(), state, NOW + HOUR, force=force)


def test_a_clock_that_was_wrong_silences_no_source() -> None:
    """What is due in years, since the clock was wrong when that was reckoned, is due now."""
    always = Hints(skip_days=frozenset(range(7)))
    for state in (
        poll(FRESH, fetched(ETAG), HOURLY, at=NOW + 900 * DAY),
        poll(OK, failed(503, ("retry-after", "900")), at=NOW + 900 * DAY),
        poll(FRESH, fetched(ETAG), reading(HOUR, hints=always), at=NOW + 900 * DAY),
    ):
        assert polling.is_due(source(), state, NOW)


def test_a_local_file_is_read_at_every_run() -> None:
    """A local file is always due, after a success and after a failure."""
    local = source(local=True, target="/nirgends/feed.xml", address="feed.xml")
    good = poll(FRESH, Fetched(url="", status=200, body=b"x"), HOURLY, of=local)
    bad = poll(good, Failed(reason="file-missing", detail="x", answered=False), of=local)
    for state in (good, bad):
        assert polling.is_due(local, state, NOW)
        assert polling.next_due(local, state) is None
    assert (good.failures, bad.failures) == (0, 1)


# ── failures ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [None, 500, 404, 403, 401])
def test_failures_back_off_from_an_hour_to_a_day(status: int | None) -> None:
    """The wait doubles from an hour to a day, and a success ends it."""
    state, waits = OK, []
    for _ in range(7):
        state = poll(state, failed(status))
        waits.append(state.interval)
    assert waits == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY, DAY]
    assert (state.failing_since, state.failures, state.failure_detail) == (NOW, 7, "Es ging nicht.")
    healed = poll(state, fetched(ETAG), HOURLY)
    assert (healed.failures, healed.failing_since, healed.failure_reason) == (0, None, None)


@given(failures=st.integers(0, 50), jitter=st.floats(0, 1))
def test_jitter_spreads_and_stays_in_bounds(failures: int, jitter: float) -> None:
    """A backoff is never below an hour nor above a day, and differs by the dice."""
    state = poll(replace(OK, failures=failures), failed(), jitter=jitter)
    assert state.interval is not None
    assert HOUR <= state.interval <= DAY
    assert (jitter < 0.001) or state.interval != poll(replace(OK, failures=failures), failed()).interval


def test_a_failure_that_is_fresh_is_waited_for() -> None:
    """max-age on an error counts where it is longer than the backoff."""
    assert poll(OK, failed(404, ("cache-control", "max-age=36000"))).next_due == NOW + 10 * HOUR


def test_a_body_that_is_no_feed_is_a_failure() -> None:
    """A page instead of the feed backs off like any failure, with the parser's words."""
    state = poll(OK, fetched(), SourceError("html", "Eine Seite."))
    assert (state.failure_reason, state.failure_detail, state.next_due) == ("html", "Eine Seite.", NOW + HOUR)
    assert (state.last_success, state.last_attempt) == (NOW, NOW)


def test_gone_twice_a_day_apart_stops() -> None:
    """A second 410 a day after the first stops a source, `--force` asks it again, and any success starts it."""
    first = poll(OK, failed(410))
    assert not polling.is_due(source(), first, NOW + 23 * HOUR)
    assert polling.is_due(source(), first, NOW + DAY)
    assert not poll(first, failed(410), at=NOW + HOUR).stopped
    stopped = poll(first, failed(410), at=NOW + DAY)
    assert stopped.stopped
    assert not polling.is_due(source(), stopped, NOW + 99 * DAY)
    assert polling.is_due(source(), stopped, NOW + 2 * DAY, force=True)
    assert polling.next_due(source(), stopped) is None
    assert not poll(stopped, fetched(ETAG), HOURLY).stopped
    assert not poll(poll(first, fetched(), HOURLY), failed(410), at=NOW + DAY).stopped


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("7200", 2 * HOUR),
        ("1", 15 * MINUTE),
        ("Mon, 02 Mar 2026 12:30:00 GMT", 2 * HOUR),
        ("99999999999999999999", DAY),
        ("Fri, 02 Mar 2126 12:30:00 GMT", DAY),
        ("0", HOUR),
        ("-5", HOUR),
        ("später", HOUR),
        ("Mon, 02 Mar 2020 12:30:00 GMT", HOUR),
        ("", HOUR),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed(status: int, value: str, wait: timedelta) -> None:
    """Retry-After in seconds or as a date counts on 429 and 503; garbage does not, and a day is the most."""
    state = poll(OK, failed(status, ("retry-after", value)))
    assert state.next_due == NOW + wait
    assert (state.throttled_host is not None) == (status == 429)


def test_retry_after_counts_on_429_and_503_only() -> None:
    """Another status with Retry-After backs off as usual."""
    assert poll(OK, failed(500, ("retry-after", "60000"))).next_due == NOW + HOUR


def test_a_429_pauses_its_host() -> None:
    """The host of a 429 is left alone until then, the longest pause counting, and a success ends it."""
    short = poll(OK, failed(429, ("retry-after", "1800"), host="a.example"))
    long = poll(OK, failed(429, ("retry-after", "3600"), host="a.example"))
    assert polling.paused_hosts([short, long, short, OK], NOW) == {"a.example": NOW + HOUR}
    assert polling.paused_hosts([short], NOW + 30 * MINUTE) == {}
    assert polling.paused_hosts([poll(short, fetched(), HOURLY)], NOW) == {}
    assert polling.host_pause((), NOW) == HOUR


def test_a_postponed_source_has_not_failed() -> None:
    """A source whose host is paused waits for it, and nothing else changes."""
    until = NOW + 2 * HOUR
    state = poll(OK, Postponed(until=until, host="a.example"))
    assert (state.next_due, state.not_before, state.interval_reason) == (until, until, "a.example asked for a pause")
    unchanged = {"next_due": OK.next_due, "not_before": OK.not_before, "interval_reason": OK.interval_reason}
    assert replace(state, **unchanged) == OK
    for often in (source(), source(every=15 * MINUTE)):
        assert polling.next_due(often, state) == until
        assert not polling.is_due(often, state, until - MINUTE, force=True)


def test_no_network() -> None:
    """Where every request failed before any answer, there is no network; what we refused or postponed says nothing."""
    refused = Failed(reason="refused-address", detail="x", answered=False)
    postponed = Postponed(until=NOW, host="a.example")
    assert polling.no_network([failed(None), failed(None), refused, postponed], [], NOW)
    assert not polling.no_network([], [], NOW)
    assert not polling.no_network([refused], [], NOW)
    assert not polling.no_network([failed(None), failed(500)], [], NOW)
    assert not polling.no_network([failed(None), NotModified(url=URL)], [], NOW)


def test_a_dead_name_that_is_due_alone_is_no_proof() -> None:
    """Where most sources were not asked, and one of them succeeded within the hour, a silence is a failure."""
    assert not polling.no_network([failed(None)], [OK, FRESH], NOW + HOUR)
    assert polling.no_network([failed(None)], [OK, FRESH], NOW + 2 * HOUR)
    assert polling.no_network([failed(None)], [FRESH, FRESH], NOW)
    assert polling.no_network([failed(None), failed(None)], [OK, FRESH], NOW)


# ── redirects learned ───────────────────────────────────────────────────────────────────────────────────────


def moved(state: SourceState, day: int, to: str | None = NEW_URL, of: Source | None = None) -> SourceState:
    url = to or polling.request_url(of or source(), state)
    return poll(state, fetched(ETAG, url=url, moved=to), HOURLY, at=NOW + day * DAY, of=of)


def learned() -> SourceState:
    state = OK
    for day in (0, 4, 7):
        state = moved(state, day)
    return state


def test_a_permanent_redirect_is_learned_after_a_week() -> None:
    """The same 301 or 308 for a week and several polls moves a source; sooner or fewer does not."""
    assert polling.request_url(source(), learned()) == NEW_URL
    assert polling.state_word(source(), learned(), NOW) == "moved"
    assert moved(moved(moved(OK, 0), 3), 6).learned_url is None
    assert moved(moved(OK, 0), 8).learned_url is None


def test_another_target_or_none_starts_again() -> None:
    """A redirect that changes or ends in between is not learned, and an answer of the old address forgets it."""
    assert moved(moved(moved(moved(OK, 0), 4), 5, to="https://x.example/"), 8).learned_url is None
    assert moved(moved(moved(moved(OK, 0), 4), 5, to=None), 8).learned_url is None


def test_a_maintenance_page_does_not_move_a_source() -> None:
    """A redirect to what is no feed does not count."""
    state = OK
    for day in (0, 4, 8):
        state = poll(state, fetched(moved=NEW_URL), SourceError("html", "Wartung"), at=NOW + day * DAY)
    assert (state.moved_to, state.learned_url) == (None, None)


def test_the_configured_address_is_asked_when_the_learned_one_fails() -> None:
    """While it fails, both are asked in turn, until one answers; the learned one is kept or forgotten by that."""
    state = moved(learned(), 8, to=None)
    assert state.learned_url == NEW_URL
    failing = poll(state, failed(None))
    assert polling.request_url(source(), failing) == URL
    assert polling.request_url(source(), poll(failing, failed(None))) == NEW_URL
    assert moved(failing, 9).learned_url == NEW_URL
    assert moved(failing, 9, to=None).learned_url is None


def test_what_moves_back_is_forgotten() -> None:
    """A learned address that redirects to the configured one for good is given up."""
    assert moved(learned(), 8, to=URL).learned_url is None


def test_a_source_with_secrets_does_not_move() -> None:
    """Where credentials or a variable belong to an address, no other one is learned."""
    state = FRESH
    for day in (0, 4, 8):
        state = moved(state, day, of=source(user="redaktion"))
    assert state.learned_url is None


def test_a_new_address_starts_afresh() -> None:
    """An address that was changed in feeds.yaml takes over nothing of the old one."""
    assert polling.state_for(source(), None) == SourceState(source="gemeinde", address=URL)
    assert polling.state_for(source(), OK) is OK
    assert polling.state_for(source(address=NEW_URL), learned()) == SourceState(source="gemeinde", address=NEW_URL)


def test_new_selectors_start_afresh() -> None:
    """A page whose selectors were changed is due at once and asked without conditions; the rest is remembered."""
    told = Selectors(item="article", title="h3")
    page = source(kind=SourceKind.PAGE, select=told)
    state = polling.next_state(
        page,
        SourceState(source="gemeinde"),
        fetched(("etag", '"1"')),
        reading(HOUR),
        new_entries=1,
        now=NOW,
        jitter=0.5,
    )
    assert polling.state_for(page, state) is state
    corrected = polling.state_for(source(kind=SourceKind.PAGE, select=Selectors(item="li", title="h3")), state)
    assert polling.conditional_headers(page, state, URL) != ()
    assert polling.conditional_headers(page, corrected, URL) == ()
    assert (corrected.next_due, corrected.body_digest) == (None, None)
    assert corrected.last_new == NOW


# ── what the operator sees ──────────────────────────────────────────────────────────────────────────────────

GONE = poll(poll(OK, failed(410)), failed(410), at=NOW + DAY)


@pytest.mark.parametrize(
    ("state", "word", "advice"),
    [
        (FRESH, "new", None),
        (OK, "ok", None),
        (poll(OK, failed(404)), "failing", "new address"),
        (poll(OK, failed(500)), "failing", "server has a fault"),
        (poll(OK, failed(410)), "failing", "a day of it"),
        (poll(OK, failed(418)), "failing", "in a browser"),
        (poll(OK, Failed(reason="robots", detail="x", answered=True)), "failing", "does not want this page"),
        (poll(OK, Failed(reason="refused-address", detail="x", answered=False)), "failing", "fetch: allow"),
        (poll(OK, failed(429)), "throttled", "nothing is to be done"),
        (GONE, "gone", "--force"),
        (learned(), "moved", "moved --write"),
        (poll(FRESH, fetched(), reading()), "empty", "without entries"),
        (poll(OK, fetched(), reading()), "empty", "suddenly has none"),
        (poll(OK, fetched(), HOURLY, churned=9), "churned", "new ids"),
    ],
)
def test_state_in_a_word_and_what_to_do(state: SourceState, word: str, advice: str | None) -> None:
    """Each state has its word, and advice where there is something to do."""
    assert polling.state_word(source(), state, NOW) == word
    told = polling.advice(source(), state)
    assert advice in told if advice and told else told is advice


def test_changed_ids_are_told_for_a_week() -> None:
    """That ids have changed is told for a week of polls, and anew where they change again."""
    state = poll(OK, fetched(), HOURLY, churned=9)
    assert poll(state, fetched(), HOURLY, at=NOW + 6 * DAY).churned_since == NOW
    assert poll(state, fetched(), HOURLY, at=NOW + 7 * DAY).churned_since is None
    assert poll(state, fetched(), HOURLY, at=NOW + 7 * DAY, churned=3).churned_since == NOW + 7 * DAY


def test_paused_and_unset_come_first() -> None:
    """A pause shows whatever else is wrong, with nothing to do; an unset variable is a failure, and named."""
    paused, unset = source(paused=True), source(unset=("TOKEN",))
    assert (polling.state_word(paused, GONE, NOW), polling.advice(paused, GONE)) == ("paused", None)
    assert polling.state_word(unset, OK, NOW) == "failing"
    assert "TOKEN" in (polling.advice(unset, FRESH) or "")


@pytest.mark.parametrize(
    ("headers", "outcome", "reason"),
    [
        ((("cache-control", "max-age=3600"),), HOURLY, "max-age 1 h"),
        ((), reading(HOUR, hints=Hints(ttl=3 * HOUR)), "ttl 3 h"),
        ((), HOURLY, "publishes about every 1 h"),
        ((), reading(10 * DAY, 11 * DAY), "publishes about every 24 h"),
        ((), reading(10 * DAY, 10 * DAY + MINUTE), "quiet for 10 d"),
        ((), reading(HOUR, hints=Hints(skip_hours=frozenset({11}))), "skipHours or skipDays"),
    ],
)
def test_the_interval_has_a_reason(headers: tuple[tuple[str, str], ...], outcome: Reading, reason: str) -> None:
    """`status` can say why a source is asked as often as it is."""
    assert poll(FRESH, fetched(ETAG, *headers), outcome, new=1).interval_reason == reason


# ── all of it at once ───────────────────────────────────────────────────────────────────────────────────────

header_values = st.sampled_from(["max-age=60", "max-age=99999999", "3600", "0", "x", "Mon, 02 Mar 2026 12:30:00 GMT"])
some_headers = st.lists(
    st.tuples(st.sampled_from(["cache-control", "expires", "retry-after", "etag", "date"]), header_values), max_size=4
).map(tuple)
some_results = st.one_of(
    st.builds(lambda h: (fetched(*h), HOURLY), some_headers),
    st.builds(lambda h: (fetched(*h), SourceError("html", "x")), some_headers),
    st.builds(lambda h: (NotModified(url=URL, headers=h), None), some_headers),
    st.builds(lambda s, h: (failed(s, *h), None), st.sampled_from([None, 401, 404, 429, 500, 503]), some_headers),
)


@given(st.lists(some_results, min_size=1, max_size=8), st.floats(0, 1))
def test_a_source_is_asked_between_a_quarter_of_an_hour_and_a_day(
    answers: list[tuple[FetchResult, Reading | SourceError | None]], jitter: float
) -> None:
    """Whatever was answered, the next request comes no sooner than after 15 minutes and no later than after a day."""
    state, now = FRESH, NOW
    for result, outcome in answers:
        state = poll(state, result, outcome, at=now, jitter=jitter)
        assert state.next_due is not None
        assert now + 15 * MINUTE <= state.next_due <= now + DAY
        assert not polling.is_due(source(), state, state.next_due - MINUTE)
        assert polling.is_due(source(), state, state.next_due)
        now = state.next_due
