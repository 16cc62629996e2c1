"""Does nobody who is asked for a week have a reason to complain, and does nobody who comes back stay unread?

Fifty loopback sources with faults of every kind, a run every 15 minutes for eight days of a simulated clock, with a
real store, real parsers and real connections. What each source may be asked is reckoned here from what it answered,
not by the program's own rules.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from aggregator import config, polling
from aggregator.fetch import Fetcher, Limits
from aggregator.model import SourceState
from aggregator.pipeline.choose import rules
from aggregator.pipeline.pull import Puller, pull
from aggregator.pipeline.pulled import Wish
from aggregator.pipeline.reading import Reader
from aggregator.pipeline.workplace import Workplace, workplace
from aggregator.workers import Parsers
from tests.conftest import SiteFolder
from tests.servers import Answer, LoopbackServer, Request

START = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)  # a Monday
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
DAYS = 8
LEAST, GRACE = 15 * MINUTE, 30 * SECOND
PAGE = "<!DOCTYPE html><html><head><title>Wartung</title></head><body>Wir sind bald zurück</body></html>".encode()
LIMITS = Limits(interval=0, total=1.0, first_byte=1.0, lookup=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a source answers, and how long nobody may ask it again: at least `wait`, for ever where it is None."""

    answer: Answer
    wait: timedelta | None = LEAST - GRACE


Behaviour = Callable[[datetime, Request], Told]


@dataclass(slots=True, kw_only=True)
class Host:
    """One source: how it behaves, what feeds.yaml says of it, from when on it is well, and when it was asked."""

    behaviour: Behaviour
    settings: dict[str, object] = field(default_factory=dict)
    well_from: datetime | None = START
    name: str | None = None
    asked: list[tuple[datetime, Request, Told]] = field(default_factory=list)

    def polls(self) -> list[tuple[datetime, timedelta | None]]:
        """When it was asked, and how long it may be left alone; several requests of one run are one poll."""
        polls: list[tuple[datetime, timedelta | None]] = []
        for time, _, told in self.asked:
            if polls and time - polls[-1][0] < MINUTE:
                polls.pop()
            polls.append((time, told.wait))
        return polls


# ── what sources do ─────────────────────────────────────────────────────────────────────────────────────────


def rss(now: datetime, *, gap: timedelta = 12 * HOUR, extra: str = "", count: int = 12) -> bytes:
    """Make a feed whose newest entry is as old as its gap allows."""
    newest = int((now - START) / gap)
    items = "".join(
        f"<item><title>Meldung Nr. {number} – „Rathaus öffnet“</title><guid>tag:{number}</guid>"
        f"<pubDate>{format_datetime(START + number * gap)}</pubDate></item>"
        for number in range(newest, newest - count, -1)
    )
    return (
        '<?xml version="1.0"?><rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        f"<title>Gemeinde</title><link>https://kommune.example/</link><description>–</description>{extra}{items}"
        "</channel></rss>"
    ).encode()


def plain(wait: timedelta = HOUR - GRACE, *, gap: timedelta = 12 * HOUR, extra: str = "", **headers: str) -> Behaviour:
    """Answer 200 each time; without validators nobody may ask more than hourly."""
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return lambda now, _: Told(answer=Answer(body=rss(now, gap=gap, extra=extra), headers=told), wait=wait)


def tagged(
    wait: timedelta = LEAST - GRACE, *, gap: timedelta = 12 * HOUR, name: str = "ETag", **headers: str
) -> Behaviour:
    """Answer 304 to who holds the validator of the newest entry, which must come back as it was sent."""
    condition = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}[name]
    told = tuple((key.replace("_", "-"), value) for key, value in headers.items())

    def behave(now: datetime, request: Request) -> Told:
        validator = f'W/"ä-{int((now - START) / gap)}'
        if request.header(condition) == validator:
            return Told(answer=Answer(status=304, headers=told), wait=wait)
        return Told(answer=Answer(body=rss(now, gap=gap), headers=((name, validator), *told)), wait=wait)

    return behave


def status(code: int, wait: timedelta | None = HOUR, body: bytes = PAGE, **headers: str) -> Behaviour:
    """Answer the same each time."""
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return lambda *_: Told(answer=Answer(status=code, body=body, headers=told), wait=wait)


def raw(answer: bytes) -> Behaviour:
    """Answer these bytes, whatever they are."""
    return lambda *_: Told(answer=Answer(raw=answer), wait=HOUR)


def until(days: float, ill: Behaviour, well: Behaviour | None = None) -> Host:
    """Be ill for some days, then well."""
    recovery, healed = START + days * DAY, well or tagged()
    return Host(
        behaviour=lambda now, request: ill(now, request) if now < recovery else healed(now, request),
        well_from=recovery,
    )


def redirecting(code: int, hops: int = 1, well: Behaviour | None = None) -> Behaviour:
    """Redirect from hop to hop, then be well."""
    last = well or tagged()

    def behave(now: datetime, request: Request) -> Told:
        hop = int(request.target.removeprefix("/").removesuffix(".xml") or 0)
        if hop >= hops:
            return last(now, request)
        return Told(answer=Answer(status=code, headers=(("Location", f"/{hop + 1}.xml"),)))

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Behave otherwise each time that it is asked."""
    asked: Iterator[int] = iter(range(10**6))

    def behave(now: datetime, request: Request) -> Told:
        return behaviours[next(asked) % len(behaviours)](now, request)

    return behave


def date(days: float) -> str:
    return format_datetime(START + days * DAY, usegmt=True)


def hosts(never: threading.Event) -> dict[str, Host]:
    """All fifty."""
    ok = {f"ok-{hours}": Host(behaviour=tagged(gap=hours * HOUR)) for hours in (2, 3, 6, 12, 24, 48, 96, 168)}
    dated = {f"modified-{hours}": Host(behaviour=tagged(gap=hours * HOUR, name="Last-Modified")) for hours in (4, 8)}
    silent: Behaviour = lambda *_: Told(answer=Answer(hold=never), wait=HOUR)  # noqa: E731
    return ok | dated | {
        "no-validator": Host(behaviour=plain(gap=HOUR)),
        "no-validator-slow": Host(behaviour=plain(gap=DAY)),
        "no-validator-15m": Host(behaviour=plain(), settings={"every": "15m"}),
        "every-30m": Host(behaviour=tagged(), settings={"every": "30m"}),
        "every-12h": Host(behaviour=tagged(12 * HOUR - GRACE), settings={"every": "12h"}),
        "every-15m-max-age": Host(behaviour=tagged(HOUR, Cache_Control="max-age=3600"), settings={"every": "15m"}),
        "max-age": Host(behaviour=tagged(2 * HOUR, Cache_Control="public, max-age=7200")),
        "max-age-a-year": Host(behaviour=tagged(DAY, Cache_Control="max-age=31536000")),
        "max-age-garbage": Host(behaviour=tagged(Cache_Control="max-age=bald, max-age=-7")),
        "expires": Host(behaviour=lambda now, _: Told(
            answer=Answer(body=rss(now), headers=(("Expires", format_datetime(now + 3 * HOUR, usegmt=True)),)),
            wait=3 * HOUR - 2 * SECOND,
        )),
        "ttl": Host(behaviour=plain(3 * HOUR, extra="<ttl>180</ttl>", ETag='"x"')),
        "update-period": Host(behaviour=plain(12 * HOUR, extra=(
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        ))),
        "skip-hours": Host(behaviour=plain(extra="".join((
            "<skipHours>", *(f"<hour>{hour}</hour>" for hour in range(6)), "</skipHours>"
        )))),
        "skip-days": Host(behaviour=plain(extra="<skipDays><day>Sunday</day></skipDays>")),
        "404": Host(behaviour=status(404), well_from=None),
        "403": Host(behaviour=status(403), well_from=None),
        "404-a-while": until(2, status(404)),
        "410": Host(behaviour=in_turn(status(410, DAY - GRACE), status(410, None)), well_from=None),
        "410-once": until(0.5, status(410, DAY - GRACE)),
        "429": until(1, status(429, 2 * HOUR, Retry_After="7200")),
        "429-untold": until(1, status(429, HOUR)),
        "429-garbage": until(0.5, status(429, HOUR, Retry_After="sp\xe4ter")),
        "429-for-years": until(0.1, status(429, DAY, Retry_After="99999999999")),
        "503-date": until(0.4, lambda now, _: status(503, START + 0.4 * DAY - now, Retry_After=date(0.4))(now, _)),
        "503": until(1, status(503)),
        "500-in-between": Host(behaviour=in_turn(tagged(), status(500))),
        "502-three-days": until(3, status(502)),
        "dead-name": until(2, status(599)),
        "dead-name-forever": Host(behaviour=status(599), well_from=None, name="tot.example"),
        "no-answer": until(0.3, silent),
        "truncated": until(1, raw(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 9000\r\n\r\n<rss>')),
        "cut-xml": Host(behaviour=lambda now, _: Told(
            answer=Answer(body=rss(now)[:1500], headers=(("ETag", '"halb"'),))
        )),
        "html": until(1, status(200, HOUR, ETag='"wartung"')),
        "nothing": until(1, status(200, HOUR, b"")),
        "no-content": Host(behaviour=status(204, HOUR, b""), well_from=None),
        "no-entries": Host(behaviour=lambda now, _: Told(answer=Answer(body=rss(now, count=0)), wait=HOUR - GRACE)),
        "bomb": Host(behaviour=status(200, HOUR, gzip.compress(bytes(11 << 20)), Content_Encoding="gzip"),
                     well_from=None),
        "not-http": until(1, raw(b"220 mail.example ESMTP\r\n\r\n")),
        "dropped": until(1, raw(b"")),
        "302": Host(behaviour=redirecting(302)),
        "301": Host(behaviour=redirecting(301)),
        "308-chain": Host(behaviour=redirecting(308, 3)),
        "redirect-to-itself": Host(behaviour=lambda *_: Told(
            answer=Answer(status=301, headers=(("Location", "/0.xml"),)), wait=HOUR), well_from=None),
        "301-to-maintenance": until(1.5, redirecting(301, well=status(200, HOUR)), redirecting(302, hops=0)),
    }  # fmt: skip


# ── the week ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True, kw_only=True)
class Week:
    """The simulated clock, which goes on a little whenever somebody looks at it, and what happened until now."""

    now: datetime = START
    hosts: dict[str, Host] = field(default_factory=dict)
    states: dict[str, SourceState] = field(default_factory=dict)

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=20)
        return self.now

    def lookup(self, name: str) -> Sequence[str]:
        host = next(one for one in self.hosts.values() if one.name == name)
        if host.well_from is None or self.now < host.well_from:
            raise OSError("unknown")
        return ["127.0.2.1"]

    def script(self, host: Host) -> Callable[[Request], Answer]:
        def answer(request: Request) -> Answer:
            told = host.behaviour(self.now, request)
            host.asked.append((self.now, request, told))
            return told.answer

        return answer


async def live(place: Workplace, week: Week, *, days: float) -> int:
    """Run every 15 minutes, as cron does: never quite on time. Gives the number of runs."""
    dice = iter(range(10**9))
    with Parsers(parse=Reader(rules(place.config))) as parsers:
        runs = int(days * DAY / LEAST)
        for number in range(runs):
            week.now = max(week.now, START + number * LEAST + number * 7 % 5 * SECOND)
            states = place.store.states()
            paused = polling.paused_hosts(states.values(), week.now)
            async with Fetcher(
                place.config.site, place.config.fetch, now=week.now, paused_hosts=paused, limits=LIMITS,
                lookup=week.lookup,
            ) as fetcher:  # fmt: skip
                puller = Puller(
                    config=place.config, store=place.store, states=states, fetcher=fetcher, parsers=parsers,
                    clock=week.clock, jitter=lambda: next(dice) * 0.37 % 1, progress=lambda *_: None,
                    stopping=asyncio.Event(),
                )  # fmt: skip
                await pull(puller, place.store.begin_run(week.now), Wish())
    week.states = place.store.states()
    return runs


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Week:
    """Live the week once; all tests look at what happened."""
    never = threading.Event()
    week = Week(hosts=hosts(never))
    addresses = tuple(f"127.0.2.{number}" for number in range(1, len(week.hosts) + 1))
    week.hosts["dead-name"].name = "lange-tot.example"
    folder = SiteFolder(path=tmp_path_factory.mktemp("week"))
    with LoopbackServer(addresses=addresses) as server:
        by_address = dict(zip(addresses, week.hosts.values(), strict=True))
        by_name = {f"{host.name}:{server.port}": host for host in week.hosts.values() if host.name}

        def answer(request: Request) -> Answer:
            host = by_name.get(request.header("host") or "") or by_address[request.host]
            return week.script(host)(request)

        server.answers.update({f"/{number}.xml": answer for number in range(6)})
        folder.write(
            sources={
                name: {"feed": f"http://{host.name or address}:{server.port}/0.xml"} | host.settings
                for (name, host), address in zip(week.hosts.items(), addresses, strict=True)
            },
            allow=("127.0.0.0/8", "lange-tot.example", "tot.example"),
        )
        with workplace(config.load(folder.config, os.environ)) as place:
            runs = asyncio.run(live(place, week, days=DAYS))
        never.set()
        total = len(server.requests)
    assert total == sum(len(host.asked) for host in week.hosts.values())
    print(f"\n{len(week.hosts)} sources, {runs} runs in {DAYS} days: {total} requests")
    return week


def test_there_are_fifty_sources(week: Week) -> None:
    """The week is lived with fifty sources, and with few requests: one in two hours and source."""
    assert len(week.hosts) >= 50
    assert sum(len(host.asked) for host in week.hosts.values()) < len(week.hosts) * DAYS * 12


def test_nobody_is_asked_more_often_than_the_rules_allow(week: Week) -> None:
    """Between two polls of a source lies at least what its last answer asked for."""
    for name, host in week.hosts.items():
        for (before, wait), (after, _) in pairwise(host.polls()):
            assert wait is not None, f"{name} was asked at {after}, after it was gone"
            assert after - before >= wait, f"{name} was asked at {before} and {after}"


def test_nobody_is_forgotten(week: Week) -> None:
    """A source is asked once a day at least, unless it is gone or has no address."""
    for name, host in week.hosts.items():
        times = [time for time, _ in host.polls()]
        if name not in {"410", "dead-name", "dead-name-forever"}:
            assert all(after - before <= DAY + HOUR for before, after in pairwise(times)), name
            assert times[-1] >= START + (DAYS - 1) * DAY - HOUR, name


def test_who_recovers_is_read_again(week: Week) -> None:
    """A source that comes back is read within a day and an hour, and is well in the end."""
    for name, host in week.hosts.items():
        state = week.states[name]
        if host.well_from is None:
            assert state.last_success is None, name
            continue
        back = next(time for time, _ in host.polls() if time >= host.well_from)
        assert back - host.well_from <= DAY + HOUR, name
        assert state.last_success is not None, name
        assert state.last_success >= START + (DAYS - 1) * DAY - HOUR, name


def test_one_run_asks_once(week: Week) -> None:
    """Within a run no address is asked twice, but for a connection that was dropped."""
    for name, host in week.hosts.items():
        for (before, first, _), (after, second, told) in pairwise(host.asked):
            if after - before < MINUTE and first.target == second.target:
                assert told.answer.raw == b"", name


def test_conditions_save_bodies(week: Week) -> None:
    """What has not changed is not sent again: a source with validators sends a body only where it has something new."""
    for name, hours in (("ok-3", 3), ("ok-6", 6), ("ok-24", 24), ("modified-8", 8)):
        bodies = [told for _, _, told in week.hosts[name].asked if told.answer.status == 200]
        assert len(bodies) <= DAYS * 24 / hours + 1, name
        assert len(bodies) < len(week.hosts[name].asked), name


def test_validators_never_come_from_what_was_no_feed(week: Week) -> None:
    """A page, a cut document or an empty one gives no validator that would keep its successor from us."""
    for name in ("html", "cut-xml", "truncated"):
        told = {request.header("if-none-match") for _, request, _ in week.hosts[name].asked}
        assert told.isdisjoint({'"wartung"', '"halb"', '"1"'}), name


def test_gone_is_gone(week: Week) -> None:
    """Two 410s, a day apart, end it."""
    first, second = week.hosts["410"].polls()
    assert DAY - GRACE <= second[0] - first[0] <= DAY + HOUR
    assert week.states["410"].stopped


def test_skips_are_kept(week: Week) -> None:
    """After the first answer told them, no request falls into skipHours; skipDays count for a day at most."""
    assert all(time.hour >= 6 for time, _ in week.hosts["skip-hours"].polls()[1:])
    assert sum(time.weekday() == 6 for time, _ in week.hosts["skip-days"].polls()) <= 1


def test_every_means_every(week: Week) -> None:
    """A run every 15 minutes finds a source of `every: 30m` due each second time, and one of 12 h twice a day."""
    assert len(week.hosts["every-30m"].polls()) == DAYS * 24 * 2
    assert len(week.hosts["every-12h"].polls()) == DAYS * 2


def test_failures_are_asked_less_and_less(week: Week) -> None:
    """What fails all week is asked after one, two, four hours …, then once a day."""
    for name in ("404", "403", "redirect-to-itself", "bomb", "no-content"):
        times = [time for time, _ in week.hosts[name].polls()]
        assert len(times) <= 13, name
        assert times[1] - times[0] <= 1.5 * HOUR, name
        assert all(later - earlier >= 20 * HOUR for earlier, later in pairwise(times[6:])), name


def test_moves_are_learned_after_a_week(week: Week) -> None:
    """The old address of a permanent redirect is asked for a week and then no more; of a temporary one always."""
    for name, target in (("301", "/1.xml"), ("308-chain", "/3.xml")):
        old = [time for time, request, _ in week.hosts[name].asked if request.target == "/0.xml"]
        assert START + 7 * DAY <= old[-1] <= START + 7 * DAY + HOUR, name
        assert week.hosts[name].asked[-1][1].target == target
        assert (week.states[name].learned_url or "").endswith(target)
    assert week.states["302"].learned_url is None
    assert week.states["301-to-maintenance"].learned_url is None
