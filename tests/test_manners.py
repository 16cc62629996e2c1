"""What does a judge with a bad temper see, who answers what he likes and writes down every request over four polls?"""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from aggregator.fetch import Limits
from aggregator.pipeline.pulled import Wish
from aggregator.pipeline.update import Updated
from tests.conftest import SiteFolder
from tests.runs import FAST, NOW, Item, failures, feed, rss, titles, update
from tests.servers import Answer, LoopbackServer, Request, Script

MakeFolder = Callable[..., SiteFolder]
DAY, HOUR, MINUTE, SECOND = (timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds"))
GOOD = Item(title="Rathaus öffnet „Bürgerbüro“ – OZG")
MORE = Item(title="Straßenbahn fährt wieder")
PAGE = b"<!DOCTYPE html><html><head><title>Wartung</title></head><body><h1>Gleich wieder da</h1></body></html>"
NOTHING = rss()


def fed(etag: str | None = None, modified: str | None = None, *items: Item, **headers: str) -> Answer:
    told = {"ETag": etag, "Last-Modified": modified} | headers
    return feed(*(items or (GOOD,)), **{name.replace("-", "_"): value for name, value in told.items() if value})


def answered(status: int, body: bytes = b"", **headers: str) -> Answer:
    return Answer(
        status=status, body=body, headers=tuple((name.replace("_", "-"), value) for name, value in headers.items())
    )


def in_turn(*answers: Answer) -> Callable[[Request], Answer]:
    """Answer one after the other, the last one for ever."""
    left = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda _: next(left)


def poll(
    folder: Path,
    answers: Sequence[Sequence[Answer]],
    moments: Sequence[datetime],
    *,
    limits: Limits = FAST,
    wish: Wish | None = None,
) -> tuple[list[Updated], list[list[tuple[datetime, Request]]]]:
    """Poll many sources, each on an address of its own, which gives its answers in turn, the last one for ever.

    Gives what the runs did, and for each source the requests that came.
    """
    addresses = tuple(f"127.0.3.{number}" for number in range(1, len(answers) + 1))
    asked: dict[str, list[tuple[datetime, Request]]] = {address: [] for address in addresses}
    now = NOW
    with LoopbackServer(addresses=addresses) as server:
        left = {
            address: itertools.chain(some, itertools.repeat(some[-1]))
            for address, some in zip(addresses, answers, strict=True)
        }

        def answer(request: Request) -> Answer:
            asked[request.host].append((now, request))
            told = next(left[request.host])
            port = str(server.port)
            return replace(told, headers=tuple((name, value.replace("{port}", port)) for name, value in told.headers))

        server.answers = _Everything(answer)
        site = SiteFolder(path=folder)
        site.write(sources={f"s{n}": server.url("/a", address=address) for n, address in enumerate(addresses)})
        runs = []
        for moment in moments:
            now = moment
            runs.append(update(site, moment, limits=limits, wish=wish))
    return runs, list(asked.values())


class _Everything(dict[str, Script]):
    """The same script for every target."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    def get(self, key: str, default: object = None) -> Script:
        return self._script


def conditions(asked: list[tuple[datetime, Request]]) -> list[tuple[str | None, str | None]]:
    return [(request.header("if-none-match"), request.header("if-modified-since")) for _, request in asked]


DAILY = [NOW + number * 25 * HOUR for number in range(4)]


# ── validators, through the store and back ──────────────────────────────────────────────────────────────────

UNCHANGED = answered(304)
A = ('"a"', None)
NONE = (None, None)


ETAGS = ['"a"', 'W/"a"', "w/a", "ohne", '""', '"', '"a" ; x', '"\xe4\xff\x80"', '"a,b", "c"', "*", "\\", '"a\tb"']


def test_a_validator_survives_the_store_byte_for_byte(tmp_path: Path) -> None:
    """What came as ETag or Last-Modified goes back with each later request exactly as it was."""
    modified = "\xfcbermorgen, 99 Foo"
    _, asked = poll(tmp_path, [(fed(etag, modified), UNCHANGED) for etag in ETAGS], DAILY)
    for etag, requests in zip(ETAGS, asked, strict=True):
        assert conditions(requests) == [NONE] + [(etag, modified)] * 3


SECOND_ANSWERS: list[tuple[Answer, tuple[str | None, str | None]]] = [
    (UNCHANGED, A),
    (answered(304, ETag='"b"'), ('"b"', None)),
    (answered(304, Last_Modified="m"), ('"a"', "m")),
    (fed('"b"'), ('"b"', None)),
    (fed(None, "m"), (None, "m")),
    (fed(), NONE),
    (answered(429, ETag='"b"'), A),
    (answered(500, PAGE, ETag='"b"'), A),
    (answered(503, PAGE, ETag='"b"'), A),
    (answered(404, PAGE, ETag='"b"'), A),
    (answered(400, PAGE), NONE),
    (answered(412, PAGE), NONE),
    (answered(206, rss(GOOD), ETag='"b"'), A),
    (answered(200, PAGE, ETag='"b"'), NONE),
    (answered(200, b"", ETag='"b"'), NONE),
    (answered(200, NOTHING, ETag='"b"'), NONE),
    (answered(200, b"kein Feed", ETag='"b"'), NONE),
    (answered(200, b"<rss><chan", ETag='"b"'), NONE),
    (answered(200, rss(GOOD, MORE)[:-60], ETag='"b"'), NONE),
    (answered(200, b"<rss>", ETag='"b"', Content_Length="99"), A),
    (answered(200, gzip.compress(rss(GOOD))[:-9], ETag='"b"', Content_Encoding="gzip"), A),
    (answered(200, b"no gzip", ETag='"b"', Content_Encoding="gzip"), A),
    (answered(200, rss(GOOD), ETag='"b"', Content_Encoding="compress"), A),
    (answered(204, ETag='"b"'), A),
]


def test_validators_are_those_of_the_last_whole_feed(tmp_path: Path) -> None:
    """After whatever comes second, the third request has the validators of the feed that we hold, or none at all."""
    _, asked = poll(tmp_path, [(fed('"a"'), second, fed('"c"')) for second, _ in SECOND_ANSWERS], DAILY)
    for (second, third), requests in zip(SECOND_ANSWERS, asked, strict=True):
        assert conditions(requests) == [NONE, A, third, ('"c"', None)], second


def test_validators_stay_with_their_resource(tmp_path: Path) -> None:
    """What redirects gives no validators, and what one target gave goes to no other target."""
    to_b, to_c = (answered(302, Location=target, ETag='"r"') for target in ("/b", "/c"))
    _, (asked,) = poll(tmp_path, [(to_b, fed('"b"'), to_c, fed('"c"'), to_c, UNCHANGED, to_c, UNCHANGED)], DAILY)
    assert [(request.target, request.header("if-none-match")) for _, request in asked] == [
        ("/a", None), ("/b", None), ("/a", None), ("/c", None),
        ("/a", None), ("/c", '"c"'), ("/a", None), ("/c", '"c"'),
    ]  # fmt: skip


def test_a_body_that_is_known_is_not_read_again(tmp_path: Path) -> None:
    """A server that gives the same feed a new ETag each time gets the new one back, and nothing counts as changed."""
    runs, (asked,) = poll(tmp_path, [(fed('"1"'), fed('"2"'), fed('"3"'))], DAILY)
    assert conditions(asked) == [NONE, ('"1"', None), ('"2"', None), ('"3"', None)]
    assert [run.pulled.unchanged for run in runs] == [0, 1, 1, 1]


# ── when, with force and without ────────────────────────────────────────────────────────────────────────────


FORCED: list[tuple[Answer, timedelta]] = [
    (fed('"a"', Cache_Control="max-age=3600"), HOUR),
    (fed('"a"', Cache_Control='max-age="3600", private'), HOUR),
    (fed('"a"', Cache_Control="max-age=99999999999999999999999"), DAY),
    (answered(429, Retry_After="3600"), HOUR),
    (answered(503, Retry_After="3600"), HOUR),
    (answered(503, Retry_After="  3600 "), HOUR),
    (answered(503, Retry_After="1e9"), timedelta()),
    (answered(503, Retry_After="-1"), timedelta()),
    (answered(503, Retry_After="3600.5"), timedelta()),
    (answered(503, Retry_After="9" * 5000), DAY),
    (answered(503, Retry_After="Fri, 31 Dec 9999 23:59:59 GMT"), DAY),
    (answered(503, Retry_After="Mon, 01 Jan 0001 00:00:00 -2359"), timedelta()),
    (answered(429, Retry_After="Wed, 31 Feb 2025 00:00:00 GMT"), 1.05 * HOUR),
    (answered(404, Cache_Control="max-age=7200"), 2 * HOUR),
    (answered(500), timedelta()),
    (fed('"a"'), timedelta()),
]


def test_force_waits_for_the_publisher(tmp_path: Path) -> None:
    """Whoever says `--force` all the time asks no sooner than the publisher said, and then at once."""
    waits = sorted({wait for _, wait in FORCED})
    moments = [NOW, *(NOW + wait + second for wait in waits for second in (-SECOND, SECOND) if wait + second > SECOND)]
    moments.insert(1, NOW + SECOND)
    _, asked = poll(tmp_path, [[answer] for answer, _ in FORCED], moments, wish=Wish(force=True))
    for (answer, wait), requests in zip(FORCED, asked, strict=True):
        assert [moment for moment, _ in requests[:2]] == [NOW, NOW + wait + SECOND], answer


def test_gone_is_asked_no_more(tmp_path: Path) -> None:
    """After its second 410 a source is not asked by itself."""
    runs, (asked,) = poll(tmp_path, [[answered(410)]], DAILY)
    assert (len(asked), [run.pulled.due for run in runs]) == (2, [1, 1, 0, 0])


def test_gone_waits_for_nothing(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Of a source that is gone no next time is told, least of all that of another one."""
    server.answers |= {"/a": answered(410), "/b": fed('"1"')}
    folder = site_folder(sources={"a": server.url("/a"), "b": server.url("/b")})
    for time in (NOW, NOW + DAY):
        update(folder, time)
    run = update(folder, NOW + DAY, wish=Wish(only=frozenset(["a"])))
    assert (run.pulled.not_due, run.pulled.next_due) == (1, None)


def test_gone_comes_back_by_force(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """`update ID --force` asks a source that is gone, and a feed starts it again."""
    folder = site_folder(sources={"amt": server.url("/a")})
    server.answers["/a"] = in_turn(answered(410), answered(410), fed('"a"'))
    update(folder)
    update(folder, NOW + DAY + MINUTE)
    assert update(folder, NOW + 9 * DAY).pulled.due == 0
    forced = update(folder, NOW + 9 * DAY, wish=Wish(only=frozenset({"amt"}), force=True))
    assert (len(server.requests), failures(forced), forced.pulled.new) == (3, {}, 1)
    assert update(folder, NOW + 11 * DAY).pulled.due == 1


def test_a_postponed_source_was_not_due(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A source that had to wait for its host is neither due, unchanged nor failed; then it comes before who is ill."""
    folder = site_folder(sources={"eins": server.url("/1"), "zwei": {"feed": server.url("/2"), "every": "15m"}})
    server.answers |= {"/1": answered(429, Retry_After="7200"), "/2": fed('"a"')}
    pulled = update(folder).pulled
    assert (pulled.due, pulled.not_due, pulled.unchanged, len(pulled.failed)) == (1, 1, 0, 1)
    assert pulled.next_due == NOW + 2 * HOUR
    assert update(folder, NOW + HOUR, wish=Wish(force=True)).pulled.due == 0
    assert update(folder, NOW + 2 * HOUR).pulled.due == 2
    assert [request.target for request in server.requests] == ["/1", "/2", "/1"]


def test_a_429_behind_a_redirect_pauses_who_said_it(site_folder: MakeFolder) -> None:
    """The host that answers 429 is left alone, not the one that redirected there."""
    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2")) as server:
        there = "127.0.0.2"
        folder = site_folder(
            sources={
                "umweg": server.url("/a"),
                "hier": server.url("/b"),
                "dort": server.url("/b", address=there),
            }
        )
        server.answers |= {
            "/a": answered(302, Location=server.url("/voll", address=there)),
            "/voll": answered(429, Retry_After="3600"),
            "/b": fed('"b"'),
        }
        update(folder, wish=Wish(only=frozenset({"umweg"})))
        update(folder, NOW + MINUTE, wish=Wish(only=frozenset({"hier", "dort"})))
        assert [(request.host, request.target) for request in server.requests] == [
            ("127.0.0.1", "/a"), (there, "/voll"), ("127.0.0.1", "/b"),
        ]  # fmt: skip


# ── redirects and bytes that hurt ───────────────────────────────────────────────────────────────────────────


FOLLOWED = [
    ("/b", "/b"),
    ("b?x=1&&y#z", "/b?x=1&&y"),
    ("?q", "/a?q"),
    ("//127.0.3.4:{port}/b", "/b"),
    ("HTTP://127.0.3.5:{port}/B", "/B"),
    ("http://wer:was@127.0.3.6:{port}/b", "/b"),
    ("/\xfcber uns", "/%FCber%20uns"),
    ("/%2e%2e/%zz", "/%2e%2e/%zz"),
]


def test_a_redirect_is_followed_as_it_is_written(tmp_path: Path) -> None:
    """Relative, odd and badly coded targets are asked as they were told, without the credentials that they hold."""
    (run,), asked = poll(tmp_path, [(answered(302, Location=location), fed()) for location, _ in FOLLOWED], [NOW])
    assert failures(run) == {}
    for (_, target), requests in zip(FOLLOWED, asked, strict=True):
        assert [request.target for _, request in requests] == ["/a", target]
        assert requests[1][1].header("authorization") is None


CLOSED = [
        "file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)", "data:,x", "gopher://127.0.0.1/",
        "http://[::1", "http://127.0.0.1:99999/", "http://127.0.0.1:0/", "http://10.0.0.1/", "http://169.254.169.254/",
        "http://[::ffff:10.0.0.1]/", "http://0x0a000001/", "http://[fe80::1%25eth0]/", "https://", "", "#",
    ]  # fmt: skip


def test_a_redirect_leads_nowhere_that_is_closed(tmp_path: Path) -> None:
    """Other schemes, private networks and no addresses at all cost one request and are a failure of this source."""
    (run,), asked = poll(tmp_path, [[answered(302, Location=location)] for location in CLOSED], [NOW])
    assert set(failures(run).values()) == {"refused-address", "http-302"}
    assert len(failures(run)) == len(CLOSED)
    assert all(len(requests) == 1 for requests in asked)


def test_a_redirect_that_downgrades_keeps_what_is_secret(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Credentials go to no other port of the same host."""
    with LoopbackServer() as other:
        folder = site_folder(
            sources={"amt": {"feed": server.url("/a"), "user": "ich", "password": "${WORT}", "headers": {"X-Key": "k"}}}
        )
        server.answers["/a"] = answered(301, Location=other.url("/b"))
        other.answers["/b"] = fed()
        update(folder, environ={"WORT": "geheim"})
        assert server.requests[0].header("authorization")
        assert other.requests[0].header("authorization") is None
        assert other.requests[0].header("x-key") is None


FLOODS = [
    b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 20_000,
    b"HTTP/1.1 200 OK\r\n" + b"A" * 70_000 + b": x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n<rss>",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 4000 + b"\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 200 " + b"x" * 200_000 + b"\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    b"HTTP/1.1 OK\r\n\r\n",
    b"HTTP/1.1 99999 Viel\r\n\r\n",
    b"ICY 200 OK\r\n\r\n",
    b"\x00" * 100_000,
    b"\r\n" * 50_000,
]


def test_no_bytes_harm_a_run(tmp_path: Path) -> None:
    """Whatever a server sends, its source fails alone, is asked once more at most, and its neighbour is published."""
    limits = Limits(interval=0, total=2.0, first_byte=2.0)
    (run,), asked = poll(tmp_path, [[Answer(raw=raw)] for raw in FLOODS] + [[fed()]], [NOW], limits=limits)
    assert len(failures(run)) == len(FLOODS)
    assert titles(SiteFolder(path=tmp_path)) == [GOOD.title]
    assert all(len(requests) <= 2 for requests in asked)


def test_what_a_server_says_forges_no_line(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Control characters of an answer reach neither the history nor what is told of a failure."""
    folder = site_folder(sources={"amt": server.url("/a")})
    server.answers["/a"] = answered(200, b"x", Content_Encoding="\x1b[31mrot\x9b")
    detail = str(update(folder).pulled.failed[0].failure)
    assert detail.isprintable()


# ── the network itself ──────────────────────────────────────────────────────────────────────────────────────


def test_one_dead_host_among_many_counts(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A source whose host is dead backs off, though it is the only one that is due in its run."""
    often = {name: {"feed": server.url(f"/{name}"), "every": "30m"} for name in ("amt", "blatt")}
    folder = site_folder(sources={"tot": "http://127.0.0.1:1/"} | often)
    server.answers |= {"/amt": fed('"a"'), "/blatt": fed('"b"')}
    update(folder)
    update(folder, NOW + 50 * MINUTE)
    alone = update(folder, NOW + 66 * MINUTE).pulled
    assert (alone.due, alone.no_network) == (1, False)
    assert [report.state.failures for report in alone.reports] == [2]


def moments(start: datetime, step: timedelta, count: int) -> Iterator[datetime]:
    return (start + number * step for number in range(count))


def test_cron_every_quarter_of_an_hour_misses_none(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """`every: 15m` under a cron line of every 15 minutes, which is never quite on time, is asked by each run."""
    folder = site_folder(sources={"amt": {"feed": server.url("/a"), "every": "15m"}})
    server.answers["/a"] = fed('"a"')
    late = itertools.cycle([0, 3, 1, 9, 2])
    for moment in moments(NOW, 15 * MINUTE, 8):
        update(folder, moment + timedelta(seconds=next(late)), limits=FAST)
    assert len(server.requests) == 8


def test_a_run_every_minute_hurries_nobody(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A run every minute asks a source of `every: 15m` four times an hour, and one without validators once."""
    folder = site_folder(
        sources={"amt": {"feed": server.url("/a"), "every": "15m"}, "blatt": {"feed": server.url("/b"), "every": "15m"}}
    )
    server.answers |= {"/a": fed('"a"'), "/b": fed()}
    for moment in moments(NOW, MINUTE, 60):
        update(folder, moment)
    asked = [request.target for request in server.requests]
    assert (asked.count("/a"), asked.count("/b")) == (4, 1)
