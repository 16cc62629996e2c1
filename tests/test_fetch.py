"""Is every source fetched with good manners, and survives every server?"""

from __future__ import annotations

import asyncio
import base64
import gzip
import logging
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aggregator import __version__, polling
from aggregator.fetch import Fetcher, Limits
from aggregator.model import (
    Failed,
    Fetched,
    FetchPolicy,
    FetchResult,
    NotModified,
    Postponed,
    Site,
    Source,
    SourceKind,
    SourceState,
)
from tests.servers import Answer, LoopbackServer, Request

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
SITE = Site(
    title="Prüfstand – „Netz“", id="tag:news.example.org,2026:x", url="https://news.example.org/", language="de",
    timezone=ZoneInfo("Europe/Berlin"), contact="redaktion@example.org",
)  # fmt: skip
OPEN = FetchPolicy(allow=("127.0.0.0/8", "feeds.example", "other.example"))
QUICK = Limits(interval=0.0, total=5.0, first_byte=5.0, lookup=5.0)
FEED = b"<rss/>"


def source(url: str, **fields: object) -> Source:
    given: dict[str, object] = {
        "id": "gemeinde", "rank": 0, "kind": SourceKind.FEED, "address": url, "target": url, "local": False,
    } | fields  # fmt: skip
    return Source(**given)  # type: ignore[arg-type]


def lookup(host: str) -> Sequence[str]:
    """Names of tests: they all lead to loopback."""
    if host.endswith(".example"):
        return ["127.0.0.1"]
    raise OSError("unknown")


def fetch(
    *sources: Source,
    state: SourceState | None = None,
    policy: FetchPolicy = OPEN,
    limits: Limits = QUICK,
    lookup: Callable[[str], Sequence[str]] = lookup,
    paused_hosts: dict[str, datetime] | None = None,
) -> list[FetchResult]:
    """Fetch sources at once, as a run does."""

    async def run() -> list[FetchResult]:
        async with Fetcher(
            SITE, policy, now=NOW, limits=limits, lookup=lookup, paused_hosts=paused_hosts or {}
        ) as fetcher:
            return list(
                await asyncio.gather(*(fetcher.fetch(one, state or SourceState(source=one.id)) for one in sources))
            )

    return asyncio.run(run())


def fetch_one(url: str, **fields: object) -> FetchResult:
    return fetch(source(url), **fields)[0]  # type: ignore[arg-type]


def good(result: FetchResult) -> Fetched:
    assert isinstance(result, Fetched), result
    return result


def bad(result: FetchResult) -> Failed:
    assert isinstance(result, Failed), result
    return result


def targets(server: LoopbackServer) -> list[str]:
    return [request.target for request in server.requests]


def redirect(to: str, status: int = 302) -> Answer:
    return Answer(status=status, headers=(("Location", to),))


# ── what is said ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_body_comes_back_as_sent(server: LoopbackServer) -> None:
    """An answer has its body, its headers byte for byte, and the URL that it came from."""
    server.answers["/feed.xml"] = Answer(body=FEED, headers=(("ETag", 'W/"ä"'), ("X-Two", "1"), ("X-Two", "2")))
    result = good(fetch_one(server.url("/feed.xml#teil")))
    assert (result.body, result.status, result.url) == (FEED, 200, server.url("/feed.xml"))
    assert (result.header("etag"), result.header("x-two"), result.header("nichts")) == ('W/"ä"', "1", None)


def test_it_says_who_asks_and_what_it_takes(server: LoopbackServer) -> None:
    """User-Agent names version, site and contact; Accept and Accept-Encoding are honest; nothing else is said."""
    fetch_one(server.url("/feed.xml"))
    (request,) = server.requests
    agent = f"aggregator/{__version__} (+https://news.example.org/; redaktion@example.org)"
    assert request.header("user-agent") == agent
    assert request.header("accept-encoding") == "gzip, deflate, br, zstd"
    assert (request.header("accept") or "").startswith("application/atom+xml")
    assert {name.lower() for name, _ in request.headers} == {
        "host", "user-agent", "accept", "accept-encoding", "connection",
    }  # fmt: skip


def test_the_url_is_asked_as_written(server: LoopbackServer) -> None:
    """Path and query are untouched, and no cache is busted."""
    target = "/a/../%7eb//c;x?q=%C3%BC&&b=[1]|'\"&leer="
    server.answers[target] = Answer(body=FEED)
    assert good(fetch_one(server.url(target + "#weg"))).body == FEED
    assert targets(server) == [target]


def test_validators_go_out_byte_for_byte_and_a_304_comes_back(server: LoopbackServer) -> None:
    """If-None-Match and If-Modified-Since hold the bytes that came; a 304 to them is NotModified."""
    server.answers["/feed.xml"] = Answer(body=FEED, headers=(("ETag", 'W/"\xff,ä'), ("Last-Modified", "gestern")))
    feed = source(server.url("/feed.xml"))
    first = fetch(feed)[0]
    state = polling.next_state(feed, SourceState(source=feed.id), first, None, new_entries=0, now=NOW, jitter=0.0)
    server.answers["/feed.xml"] = Answer(status=304, headers=(("ETag", '"neu"'),))
    result = fetch(feed, state=state)[0]
    assert isinstance(result, NotModified)
    assert result.header("etag") == '"neu"'
    assert server.requests[1].header("if-none-match") == 'W/"\xff,ä'
    assert server.requests[1].header("if-modified-since") == "gestern"


def test_a_304_to_no_condition_is_a_failure(server: LoopbackServer) -> None:
    """Without a validator there is nothing that could be unmodified."""
    server.answers["/feed.xml"] = Answer(status=304)
    assert bad(fetch_one(server.url("/feed.xml"))).reason == "http-304"


def test_validators_go_to_the_url_that_gave_them(server: LoopbackServer) -> None:
    """Behind a redirect, only the final URL is asked conditionally."""
    server.answers |= {"/a": redirect("/b"), "/b": Answer(body=FEED, headers=(("ETag", '"b"'),))}
    feed = source(server.url("/a"))
    state = polling.next_state(
        feed, SourceState(source=feed.id), fetch(feed)[0], None, new_entries=0, now=NOW, jitter=0.0
    )
    server.answers["/b"] = Answer(status=304)
    assert isinstance(fetch(feed, state=state)[0], NotModified)
    assert [request.header("if-none-match") for request in server.requests] == [None, None, None, '"b"']


def test_no_cookie_is_kept(server: LoopbackServer) -> None:
    """What one answer sets, the next request does not carry."""
    cookie = ("Set-Cookie", "spur=1; Path=/")
    server.answers |= {"/a": Answer(status=302, headers=(("Location", "/b"), cookie)), "/b": Answer(body=FEED)}
    good(fetch_one(server.url("/a")))
    assert all(request.header("cookie") is None for request in server.requests)


@pytest.mark.parametrize("status", [200, 203])
def test_bodies_are_decoded(server: LoopbackServer, status: int) -> None:
    """A content coding is undone before anybody sees the body."""
    coded = Answer(status=status, body=gzip.compress(FEED), headers=(("Content-Encoding", "GZip"),))
    server.answers["/feed.xml"] = coded
    result = good(fetch_one(server.url("/feed.xml")))
    assert (result.body, result.received) == (FEED, len(coded.body))


# ── credentials ─────────────────────────────────────────────────────────────────────────────────────────────


def test_credentials_stay_at_home(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    """Basic credentials and own headers go to the configured origin only, and into no log and no result."""
    caplog.set_level(logging.DEBUG)
    with LoopbackServer() as other:
        server.answers |= {"/geheim": redirect("/b"), "/b": redirect(other.url("/c"))}
        feed = source(
            server.url("/geheim"), user="rédaktion", password="ge:heim",
            headers=(("X-Token", "Schlüssel"), ("Accept", "text/xml"), ("Host", "böse")),
        )  # fmt: skip
        result = fetch(feed)[0]
        expected = "Basic " + base64.b64encode("rédaktion:ge:heim".encode()).decode()
        assert [request.header("authorization") for request in server.requests] == [expected] * 2
        assert server.requests[0].header("x-token") == "Schlüssel".encode().decode("latin-1")
        assert server.requests[0].header("accept") == "text/xml"
        assert server.requests[0].header("host") == f"127.0.0.1:{server.port}"
        assert other.requests[0].header("authorization") is None
        assert other.requests[0].header("x-token") is None
    written = repr(result) + "\n".join(record.getMessage() for record in caplog.records)
    assert not any(secret in written for secret in ("heim", "Schl", expected))


def test_a_secret_in_a_name_is_in_no_message(server: LoopbackServer) -> None:
    """A variable may be part of a host's name: no failure tells it."""
    secrets = {"secrets": ("k3yk3yk3y",)}
    for url in ("http://k3yk3yk3y.invalid/", f"http://k3yk3yk3y.example:{server.port}/", "http://k3yk3yk3y.example:1/"):
        result = bad(fetch(source(url, **secrets))[0])
        assert "k3yk3yk3y" not in result.detail
        assert "***" in result.detail


def test_headers_that_cannot_be_sent_cost_their_source_only(server: LoopbackServer) -> None:
    """A line break in a variable is refused without naming it."""
    result = bad(fetch(source(server.url("/"), headers=(("X-Token", "a\r\nHost: b"),)))[0])
    assert (result.reason, server.requests) == ("connect", [])
    assert "Host: b" not in result.detail


# ── redirects ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: LoopbackServer, status: int) -> None:
    """Each kind of redirect is followed now; only 301 and 308 are told as permanent."""
    server.answers |= {"/a": redirect("/b?x=1#y", status), "/b?x=1": Answer(body=FEED)}
    result = good(fetch_one(server.url("/a")))
    assert result.url == server.url("/b?x=1")
    assert result.permanent_url == (server.url("/b?x=1") if status in {301, 308} else None)


def test_permanent_is_what_comes_before_the_first_temporary(server: LoopbackServer) -> None:
    """Of a chain only its permanent beginning can be learned."""
    server.answers |= {
        "/a": redirect("/b", 301), "/b": redirect("/c", 307), "/c": redirect("/d", 308), "/d": Answer(body=FEED),
    }  # fmt: skip
    assert good(fetch_one(server.url("/a"))).permanent_url == server.url("/b")


def test_five_hops_and_no_more(server: LoopbackServer) -> None:
    """Five redirects are followed, a sixth is a failure."""
    server.answers |= {f"/{n}": redirect(f"/{n + 1}") for n in range(6)} | {"/6": Answer(body=FEED)}
    good(fetch_one(server.url("/1")))
    server.requests.clear()
    assert bad(fetch_one(server.url("/0"))).reason == "http-302"
    assert targets(server) == [f"/{n}" for n in range(6)]


def test_a_circle_is_asked_once(server: LoopbackServer) -> None:
    """Nothing is asked twice: a redirect to where we were ends the journey."""
    server.answers |= {"/a": redirect("/b", 301), "/b": redirect("/a", 301)}
    assert bad(fetch_one(server.url("/a"))).reason == "http-301"
    assert targets(server) == ["/a", "/b"]


def test_a_redirect_without_target_is_a_failure(server: LoopbackServer) -> None:
    """A redirect that says no target, or an odd one, ends in a failure."""
    server.answers |= {"/a": Answer(status=302), "/b": redirect("ftp://x/"), "/c": Answer(status=300)}
    reasons = [bad(fetch_one(server.url(target))).reason for target in ("/a", "/b", "/c")]
    assert reasons == ["http-302", "refused-address", "http-300"]


# ── address guard ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "[::ffff:127.0.0.1]", "0"]
)
def test_private_addresses_are_refused(server: LoopbackServer, host: str) -> None:
    """However loopback is spelled, nothing is asked there unless feeds.yaml opens it."""
    from aggregator.fetch.resolver import system_lookup

    result = bad(fetch_one(f"http://{host}:{server.port}/", policy=FetchPolicy(), lookup=system_lookup))
    assert (result.reason, result.answered) == ("refused-address", False)
    assert server.requests == []


def test_an_opening_is_for_those_who_name_it(server: LoopbackServer) -> None:
    """Another source's redirect does not get into what is open to one."""
    with LoopbackServer(addresses=("127.1.0.1",)) as other:
        policy = FetchPolicy(allow=(f"127.0.0.1:{server.port}", "127.1.0.0/16"))
        server.answers["/feed.xml"] = Answer(body=FEED)
        other.answers["/a"] = redirect(server.url("/feed.xml"))
        good(fetch_one(server.url("/feed.xml"), policy=policy))
        assert bad(fetch_one(other.url("/a"), policy=policy)).reason == "refused-address"
        assert len(server.requests) == 1


def test_what_was_checked_is_what_is_connected_to(server: LoopbackServer) -> None:
    """A name that resolves differently the second time gains nothing: it is asked once, and that address is pinned."""
    answers = [["127.0.0.1"], ["8.8.8.8"]]
    server.answers["/feed.xml"] = Answer(body=FEED)
    feed = source(f"http://feeds.example:{server.port}/feed.xml")
    assert all(isinstance(result, Fetched) for result in fetch(feed, feed, lookup=lambda _: answers.pop(0)))
    assert server.requests[0].header("host") == f"feeds.example:{server.port}"


def test_all_addresses_are_tried(server: LoopbackServer) -> None:
    """Addresses that refuse or stay silent cost a source nothing while another one answers."""
    server.answers["/feed.xml"] = Answer(body=FEED)
    many = ["127.9.9.1", "::1", "127.9.9.2", "127.0.0.1"]
    assert good(fetch_one(f"http://feeds.example:{server.port}/feed.xml", lookup=lambda _: many)).body == FEED


# ── manners ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_host_is_asked_once_a_second(server: LoopbackServer) -> None:
    """Requests to one host keep their distance, those of a redirect, too, and that takes nothing off their time."""
    server.answers |= {"/a": redirect("/b"), "/b": Answer(body=FEED)}
    limits = replace(QUICK, interval=0.2, total=0.3)
    fetch(source(server.url("/a")), source(server.url("/b")), limits=limits)
    times = [request.time for request in server.requests]
    assert len(times) == 3
    assert all(later - earlier >= 0.2 for earlier, later in pairwise(times))
    assert Limits().interval == 1.0


def test_hosts_are_asked_side_by_side() -> None:
    """A host that holds its answer back keeps no other one from being asked."""
    hold = threading.Event()
    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2")) as server:
        server.answers["/langsam"] = Answer(body=FEED, hold=hold)

        def answer(_: Request) -> Answer:
            hold.set()
            return Answer(body=FEED)

        server.answers["/feed.xml"] = answer
        slow, fast = source(server.url("/langsam")), source(server.url("/feed.xml", address="127.0.0.2"))
        assert all(isinstance(result, Fetched) for result in fetch(slow, fast))


def test_a_429_pauses_its_host_within_the_run(server: LoopbackServer) -> None:
    """Once a host answers 429, its other sources wait for as long as it says, unasked."""
    server.answers["/a"] = Answer(status=429, headers=(("Retry-After", "7200"),))
    first, second = fetch(source(server.url("/a")), source(server.url("/b")))
    assert (bad(first).reason, bad(first).host) == ("http-429", "127.0.0.1")
    assert second == Postponed(until=NOW + timedelta(hours=2), host="127.0.0.1")
    assert len(server.requests) == 1


def test_a_paused_host_is_not_asked(server: LoopbackServer) -> None:
    """A pause of an earlier run holds, also for a redirect."""
    with LoopbackServer(addresses=("127.0.0.2",)) as other:
        other.answers["/a"] = redirect(server.url("/b"))
        until = NOW + timedelta(hours=1)
        assert fetch_one(other.url("/a"), paused_hosts={"127.0.0.1": until}) == Postponed(until=until, host="127.0.0.1")
    assert server.requests == []


def test_a_dropped_connection_is_asked_once_more(server: LoopbackServer) -> None:
    """A connection that ends without an answer is tried once more, and only once."""
    answers = [Answer(raw=b""), Answer(body=FEED)]
    server.answers |= {"/a": lambda _: answers.pop(0), "/b": Answer(raw=b"")}
    good(fetch_one(server.url("/a")))
    assert bad(fetch_one(server.url("/b"))).reason == "connect"
    assert targets(server) == ["/a", "/a", "/b", "/b"]


def test_a_connection_that_is_reset_is_asked_once_more() -> None:
    """A reset counts as a dropped connection: before an answer it is tried once more, within a body it is truncated."""

    async def run(answer: bytes) -> tuple[FetchResult, int]:
        came = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal came
            came += 1
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            if answer:
                await asyncio.sleep(0.05)
            # Closed without lingering, a socket sends RST.
            told: socket.socket = writer.get_extra_info("socket")
            told.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, Fetcher(SITE, OPEN, now=NOW, limits=QUICK) as fetcher:
            port = server.sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}/"
            return await fetcher.fetch(source(url), SourceState(source="gemeinde")), came

    dropped, came = asyncio.run(run(b""))
    assert (bad(dropped).reason, bad(dropped).answered, came) == ("connect", True, 2)
    cut, came = asyncio.run(run(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"))
    assert (bad(cut).reason, came) == ("truncated", 1)


# ── failures ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [201, 206, 400, 401, 403, 404, 410, 451, 500, 503, 599, 799])
def test_a_status_is_a_reason(server: LoopbackServer, status: int) -> None:
    """Any answer that is no feed's names its status and keeps its headers; nothing is asked twice."""
    server.answers["/"] = Answer(status=status, headers=(("Retry-After", "60"),), body=b"<html>")
    result = bad(fetch_one(server.url("/")))
    assert (result.reason, result.status, result.answered) == (f"http-{status}", status, True)
    assert result.header("retry-after") == "60"
    assert len(server.requests) == 1


def test_no_content_is_empty(server: LoopbackServer) -> None:
    """A 204 is an empty source."""
    server.answers["/"] = Answer(status=204)
    assert bad(fetch_one(server.url("/"))).reason == "empty"


def test_where_nobody_answers_there_is_no_answer() -> None:
    """A dead name and a closed port are not answered; the reasons differ."""
    for url, reason in (("http://tot.invalid/", "dns"), ("http://127.0.0.1:1/", "connect")):
        result = bad(fetch_one(url))
        assert (result.reason, result.answered) == (reason, False)
    assert polling.no_network([bad(fetch_one("http://tot.invalid/"))], [], NOW)


@pytest.mark.parametrize(
    "raw",
    [
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\nETag: "1"\r\n\r\n<rss>',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss>\r\n",
    ],
    ids=["length", "chunked", "damaged chunk"],
)
def test_a_body_that_breaks_off_is_truncated(server: LoopbackServer, raw: bytes) -> None:
    """A body shorter than it was announced is no body, and not asked for again."""
    server.answers["/"] = Answer(raw=raw)
    assert bad(fetch_one(server.url("/"))).reason == "truncated"
    assert len(server.requests) == 1


def test_what_is_not_http_is_no_answer(server: LoopbackServer) -> None:
    """Anything but HTTP is said so, and conflicting lengths are not guessed at."""
    for raw in (
        b"\x15\x03\x01\x00\x02\x02\x16\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        b"<rss/>",
    ):
        server.answers["/"] = Answer(raw=raw)
        server.requests.clear()
        result = bad(fetch_one(server.url("/")))
        assert (result.reason, result.answered) == ("connect", True)
        assert result.detail == "127.0.0.1 does not speak HTTP."
        assert len(server.requests) == 1


def test_a_head_that_breaks_off_is_truncated(server: LoopbackServer) -> None:
    """An answer that ends within its head has begun: it is not asked for again."""
    server.answers["/"] = Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Ty")
    result = bad(fetch_one(server.url("/")))
    assert (result.reason, result.detail) == ("truncated", "127.0.0.1 broke off within the head of its answer.")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Viel: Daten\r\n" * 5_000 + b"\r\n<rss/>",
        b"HTTP/1.1 200 OK\r\n" + b"X-Viel: Daten\r\n" * 100_000,
        b"HTTP/1.1 200 OK\r\nX-Viel: " + b"a" * 400_000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X-Viel: Daten\r\n" * 100_000,
    ],
    ids=["many", "endless", "one", "trailers"],
)
def test_header_bombs_are_too_large(server: LoopbackServer, raw: bytes) -> None:
    """More than 64 KiB of headers, or trailers, are not read."""
    server.answers["/"] = Answer(raw=raw)
    assert bad(fetch_one(server.url("/"))).reason == "too-large"


HINT = b"HTTP/1.1 103 Early Hints\r\nX-Viel: " + b"a" * 20_000 + b"\r\n\r\n"


def test_interim_answers_are_read(server: LoopbackServer) -> None:
    """An answer may be announced by others, as long as all of their headers are within the limit."""
    final = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + FEED
    server.answers["/"] = Answer(raw=HINT * 3 + final)
    assert good(fetch_one(server.url("/"))).body == FEED
    server.answers["/"] = Answer(raw=HINT * 4 + final)
    assert bad(fetch_one(server.url("/"))).reason == "too-large"


@pytest.mark.parametrize("interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 E\r\nLink: <a>\r\n\r\n"])
def test_a_flood_of_interim_answers_ends_at_once(interim: bytes) -> None:
    """A server that only ever announces an answer is given up after 64 KiB, and keeps nobody from being asked."""
    result = with_drips(interim * 10_000, pause=0, limits=QUICK)
    assert isinstance(result, Failed)
    assert (result.reason, result.answered) == ("too-large", True)
    assert result.milliseconds < 2000


def test_bodies_are_bounded(server: LoopbackServer) -> None:
    """A body above the limit is refused: by its length before it comes, while it comes, and when decoded."""
    limits = replace(QUICK, body=1000)
    server.answers |= {
        "/a": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"),
        "/b": Answer(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001),
        "/c": Answer(body=gzip.compress(bytes(1001)), headers=(("Content-Encoding", "gzip"),)),
        "/d": Answer(raw=b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1000),
    }
    for target in ("/a", "/b", "/c"):
        assert bad(fetch_one(server.url(target), limits=limits)).reason == "too-large"
    assert len(good(fetch_one(server.url("/d"), limits=limits)).body) == 1000
    assert (Limits().body, Limits().headers) == (10 * 1024**2, 64 * 1024)


# ── time ────────────────────────────────────────────────────────────────────────────────────────────────────


def with_drips(*drips: bytes, pause: float, limits: Limits) -> Failed | Fetched:
    """Fetch from a server that sends one piece after the other, the last one for ever."""

    async def run() -> FetchResult:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                for drip in drips:
                    writer.write(drip)
                    await asyncio.sleep(pause)
                while drips:
                    writer.write(drips[-1])
                    await writer.drain()
                    await asyncio.sleep(pause)
                await reader.read()
            except ConnectionError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server, Fetcher(SITE, OPEN, now=NOW, limits=limits) as fetcher:
            port = server.sockets[0].getsockname()[1]
            return await fetcher.fetch(source(f"http://127.0.0.1:{port}/"), SourceState(source="gemeinde"))

    result = asyncio.run(run())
    assert isinstance(result, Failed | Fetched)
    return result


@pytest.mark.parametrize(
    "drips",
    [
        (),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    ],
    ids=["silence", "hints", "headers", "body"],
)
def test_a_drip_stretches_nothing(drips: tuple[bytes, ...]) -> None:
    """A server that never answers, or answers byte by byte, is given up after the total time."""
    limits = replace(QUICK, total=0.3, first_byte=0.2)
    result = with_drips(*drips, pause=0.05, limits=limits)
    assert isinstance(result, Failed)
    assert (result.reason, result.answered) == ("timeout", True)
    assert result.milliseconds < 2000
    assert (Limits().total, Limits().first_byte) == (30.0, 10.0)


def test_a_host_that_takes_no_connection_is_given_up() -> None:
    """A connection that is not made within the time for the first byte is a time-out, and no answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as busy, ExitStack() as stack:
        address = busy.getsockname()
        # Who waits to be accepted takes the places of all that come later.
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        result = bad(fetch_one(f"http://127.0.0.1:{address[1]}/", limits=replace(QUICK, first_byte=0.2)))
    assert (result.reason, result.answered) == ("timeout", False)


def test_only_the_first_byte_has_its_own_time() -> None:
    """A pause in the middle of a body is allowed while the total time lasts."""
    answer = (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"a", b"b")
    assert good(with_drips(*answer, pause=0.2, limits=replace(QUICK, first_byte=0.1))).body == b"ab"


def test_waiting_for_a_name_does_not_count(server: LoopbackServer) -> None:
    """A slow resolver takes nothing off the time of a source."""
    server.answers["/"] = Answer(body=FEED)

    def slowly(_: str) -> Sequence[str]:
        threading.Event().wait(0.4)
        return ["127.0.0.1"]

    limits = replace(QUICK, total=0.3)
    assert good(fetch_one(f"http://feeds.example:{server.port}/", lookup=slowly, limits=limits)).body == FEED


# ── TLS and proxy ───────────────────────────────────────────────────────────────────────────────────────────

CERTIFICATE = Path(__file__).parent / "data" / "loopback.pem"


def fetch_with_tls(policy: FetchPolicy, host: str = "127.0.0.1", *, is_silent: bool = False) -> FetchResult:
    """Fetch from a server that speaks TLS with a certificate of its own, or never ends its handshake."""

    async def run() -> FetchResult:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + FEED)
                await writer.drain()
            except (asyncio.IncompleteReadError, ConnectionError):
                pass
            finally:
                writer.close()

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=None if is_silent else context)
        limits = replace(QUICK, total=0.3) if is_silent else QUICK
        async with server, Fetcher(SITE, policy, now=NOW, limits=limits, lookup=lookup) as fetcher:
            port = server.sockets[0].getsockname()[1]
            return await fetcher.fetch(source(f"https://{host}:{port}/"), SourceState(source="gemeinde"))

    return asyncio.run(run())


def test_an_unknown_certificate_is_refused_unless_feeds_yaml_brings_it() -> None:
    """Certificates are checked, also against `ca_bundle`, and for the right name."""
    own = replace(OPEN, ca_bundle=str(CERTIFICATE))
    refused = bad(fetch_with_tls(OPEN))
    assert (refused.reason, refused.answered) == ("tls", True)
    assert good(fetch_with_tls(own)).body == FEED
    other = bad(fetch_with_tls(own, "feeds.example")).detail
    assert "match" in other or "not valid" in other
    assert other.startswith("feeds.example: ")
    assert other.endswith(".")
    assert not other.endswith("..")
    assert bad(fetch_with_tls(replace(OPEN, ca_bundle="/nirgends.pem"))).reason == "tls"


def test_no_tls_at_all() -> None:
    """A server that never ends its handshake, or speaks no TLS, fails in time."""
    assert bad(fetch_with_tls(OPEN, is_silent=True)).reason == "timeout"
    with LoopbackServer() as server:
        assert bad(fetch_one(f"https://127.0.0.1:{server.port}/")).reason == "tls"


@pytest.fixture
def proxied(server: LoopbackServer) -> Iterator[FetchPolicy]:
    with ExitStack() as stack:
        stack.callback(server.requests.clear)
        yield replace(OPEN, proxy=f"http://nutzer:wort@proxy.example:{server.port}")


def test_a_proxy_is_asked_for_what_may_be_asked(server: LoopbackServer, proxied: FetchPolicy) -> None:
    """Requests go through the proxy of feeds.yaml, whose own address is exempt, and targets are still checked."""
    server.answers["http://feeds.example/feed.xml?a=%C3%A4"] = Answer(body=FEED)
    assert good(fetch_one("http://feeds.example/feed.xml?a=ä", policy=proxied)).body == FEED
    assert server.requests[0].header("proxy-authorization") is not None
    refused = bad(fetch_one("http://private.example/", policy=proxied))
    mixed = bad(fetch_one("http://m.example/", policy=proxied, lookup=lambda _: ["8.8.8.8", "127.0.0.1"]))
    assert [refused.reason, mixed.reason] == ["refused-address"] * 2
    assert len(server.requests) == 1


def test_a_proxy_that_refuses_is_a_failure(server: LoopbackServer, proxied: FetchPolicy) -> None:
    """A proxy that opens no tunnel is named, without its password."""
    result = bad(fetch_one("https://feeds.example/", policy=proxied))
    assert (result.reason, "roxy" in result.detail) == ("connect", True)
    assert "wort" not in repr(result)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_dead_proxy_is_named(scheme: str) -> None:
    """Where the proxy cannot be reached, it is what the operator reads of, not the source."""
    with LoopbackServer() as gone:
        policy = replace(OPEN, proxy=f"http://nutzer:wort@127.0.0.1:{gone.port}")
    result = bad(fetch_one(f"{scheme}://feeds.example/", policy=policy))
    assert (result.reason, result.answered) == ("connect", False)
    assert result.detail == f"The proxy 127.0.0.1:{gone.port} cannot be connected to."


def test_a_proxy_that_says_nothing_is_named(server: LoopbackServer, proxied: FetchPolicy) -> None:
    """A proxy that closes the connection is told as such."""
    server.answers["http://feeds.example/"] = Answer(raw=b"")
    result = bad(fetch_one("http://feeds.example/", policy=proxied))
    assert result.detail == f"The proxy proxy.example:{server.port} closed the connection without an answer."


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_local_files_are_read(tmp_path: Path) -> None:
    """A local source is read from its file; a missing one is a failure that says nothing of the network."""
    path = tmp_path / "quelle.txt"
    path.write_bytes(FEED)
    there = source("quelle.txt", local=True, target=str(path))
    gone = source("fehlt.txt", local=True, target=str(tmp_path / "fehlt.txt"))
    found, missing = fetch(there, gone)
    assert good(found).body == FEED
    assert (bad(missing).reason, "fehlt.txt" in bad(missing).detail) == ("file-missing", True)


def test_a_file_that_cannot_be_read_in_time_is_a_failure(tmp_path: Path) -> None:
    """A file on a drive that is slow or hangs is given up."""
    path = tmp_path / "quelle.txt"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    slow = source("quelle.txt", local=True, target=str(path))
    assert bad(fetch(slow, limits=replace(QUICK, total=0.0, body=200_000_000))[0]).reason == "timeout"


def test_a_run_that_is_stopped_leaves_nothing_open(server: LoopbackServer) -> None:
    """A cancelled fetch closes its connection."""
    server.answers["/"] = Answer(body=FEED, hold=threading.Event())

    async def run() -> None:
        async with Fetcher(SITE, OPEN, now=NOW, limits=QUICK) as fetcher:
            fetching = asyncio.create_task(fetcher.fetch(source(server.url("/")), SourceState(source="gemeinde")))
            await asyncio.to_thread(server.wait_for, 1)
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching

    asyncio.run(run())
