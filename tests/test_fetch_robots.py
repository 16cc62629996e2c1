"""robots.txt: which pages are asked, and which are left alone."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.fetch import Fetcher, Limits
from aggregator.model import Failed, Fetched, FetchPolicy, FetchResult, Source, SourceKind, SourceState
from tests.published import SITE
from tests.runs import NOW
from tests.servers import Answer, LoopbackServer, Request

HTML = Answer(body=b"<article><h3>K&ouml;ln</h3></article>", headers=(("Content-Type", "text/html"),))


def answer(body: str, status: int = 200) -> Answer:
    return Answer(status=status, body=body.encode(), headers=(("Content-Type", "text/plain"),))


def ask(*addresses: str, kind: SourceKind = SourceKind.PAGE, password: str | None = None) -> list[FetchResult]:
    """Fetch addresses in one run, one after the other."""

    async def run() -> list[FetchResult]:
        policy = FetchPolicy(allow=("127.0.0.0/8",))
        async with Fetcher(SITE, policy, now=NOW, limits=Limits(interval=0, total=5, first_byte=5)) as fetcher:
            return [await fetcher.fetch(source(address), SourceState(source="a")) for address in addresses]

    def source(address: str) -> Source:
        return Source(
            id="a", rank=0, kind=kind, address=address, target=address, local=False, user="amt", password=password
        )

    return asyncio.run(run())


def outcomes(*addresses: str) -> list[str]:
    return [result.reason if isinstance(result, Failed) else type(result).__name__ for result in ask(*addresses)]


@pytest.fixture
def pages(server: LoopbackServer) -> LoopbackServer:
    """A server with three pages."""
    server.answers |= {"/presse": HTML, "/intern/presse": HTML, "/suche?q=1": HTML}
    return server


def targets(server: LoopbackServer) -> list[str]:
    return [request.target for request in server.requests]


def test_rules_are_obeyed(pages: LoopbackServer) -> None:
    """What is disallowed to us, or to all where we are not named, is not asked; the rules are asked once a run."""
    pages.answers["/robots.txt"] = answer("User-agent: *\nDisallow: /intern/\nDisallow: /*?q=\nAllow: /\n")
    told = outcomes(pages.url("/presse"), pages.url("/intern/presse"), pages.url("/suche?q=1"))
    assert told == ["Fetched", "robots", "robots"]
    assert targets(pages) == ["/robots.txt", "/presse"]


def test_our_own_group_counts(pages: LoopbackServer) -> None:
    """Where a group names us, only that one counts, in any case (RFC 9309 section 2.2.1)."""
    pages.answers["/robots.txt"] = answer("User-agent: *\nDisallow: /\n\nUser-Agent: Aggregator\nDisallow: /intern\n")
    assert outcomes(pages.url("/presse"), pages.url("/intern/presse")) == ["Fetched", "robots"]


@pytest.mark.parametrize("status", [204, 401, 403, 404, 410])
def test_without_rules_all_is_allowed(pages: LoopbackServer, status: int) -> None:
    """A host that has no robots.txt, or shows it to nobody, allows everything (RFC 9309 section 2.3.1.3)."""
    pages.answers["/robots.txt"] = Answer(status=status)
    assert outcomes(pages.url("/presse")) == ["Fetched"]


@pytest.mark.parametrize("status", [500, 503])
def test_unreadable_rules_forbid(pages: LoopbackServer, status: int) -> None:
    """While a host cannot say what it allows, its pages are left alone (RFC 9309 section 2.3.1.4)."""
    pages.answers["/robots.txt"] = Answer(status=status)
    (result,) = ask(pages.url("/presse"))
    assert isinstance(result, Failed)
    assert (result.reason, result.answered) == (f"http-{status}", True)
    assert f"/robots.txt cannot be read (http-{status}), so its pages are not asked until it can." in result.detail
    assert targets(pages) == ["/robots.txt"]


def test_an_unreachable_host_is_told_as_such() -> None:
    """Where nobody answers it is the host that fails, and not its robots.txt."""
    with LoopbackServer() as gone:
        address = gone.url("/presse")
    assert outcomes(address) == ["connect"]


def test_the_refusal_is_clear(pages: LoopbackServer) -> None:
    """The operator reads who forbids it."""
    pages.answers["/robots.txt"] = answer("User-agent: *\nDisallow: /")
    (result,) = ask(pages.url("/presse"))
    assert isinstance(result, Failed)
    assert result.answered
    assert result.detail == f"127.0.0.1:{pages.port}/robots.txt does not allow us to read this page."


def test_redirects_are_checked(pages: LoopbackServer) -> None:
    """A page that redirects to one that may not be read is not read there."""
    pages.answers["/robots.txt"] = answer("User-agent: *\nDisallow: /intern")
    pages.answers["/alt"] = Answer(status=301, headers=(("Location", "/intern/presse"),))
    assert outcomes(pages.url("/alt")) == ["robots"]
    assert targets(pages) == ["/robots.txt", "/alt"]


def test_rules_may_be_elsewhere(pages: LoopbackServer) -> None:
    """A robots.txt that redirects is followed, and one that runs in a circle is none."""
    pages.answers["/robots.txt"] = Answer(status=301, headers=(("Location", "/regeln"),))
    pages.answers["/regeln"] = answer("User-agent: *\nDisallow: /intern")
    assert outcomes(pages.url("/intern/presse")) == ["robots"]
    pages.answers["/regeln"] = Answer(status=302, headers=(("Location", "/robots.txt"),))
    assert outcomes(pages.url("/intern/presse")) == ["Fetched"]


def test_a_host_that_wants_a_pause_gets_it(pages: LoopbackServer) -> None:
    """After a 429 to the question for its rules a host is not asked for the page either."""
    pages.answers["/robots.txt"] = Answer(status=429, headers=(("Retry-After", "3600"),))
    assert outcomes(pages.url("/presse"), pages.url("/intern/presse")) == ["Postponed", "Postponed"]
    assert targets(pages) == ["/robots.txt"]


def test_feeds_need_no_leave(pages: LoopbackServer) -> None:
    """A feed is there for programs: robots.txt is not asked about it."""
    (result,) = ask(pages.url("/presse"), kind=SourceKind.FEED)
    assert isinstance(result, Fetched)
    assert targets(pages) == ["/presse"]


def test_rules_are_asked_without_credentials(pages: LoopbackServer) -> None:
    """The password of a page is not sent to its robots.txt."""
    pages.answers["/robots.txt"] = answer("")
    ask(pages.url("/presse"), password="geheim")
    rules, page = pages.requests
    assert rules.header("authorization") is None
    assert page.header("authorization") is not None
    assert str(rules.header("user-agent")).startswith("aggregator/")


@pytest.mark.parametrize(
    "body",
    [
        "User-agent: *\nDisallow: /" + "*a" * 200_000,
        "Disallow",
        "\x00" * 1000,
        "<html>Fehler",
        "User-agent: *\n" * 40_000,
    ],
    ids=["wildcards", "cut", "binary", "page", "groups"],
)
def test_nonsense_forbids_nothing(pages: LoopbackServer, body: str) -> None:
    """What is no rule is passed over, in no time."""
    pages.answers["/robots.txt"] = answer(body)
    assert outcomes(pages.url("/presse")) == ["Fetched"]


def test_a_private_network_stays_closed() -> None:
    """robots.txt opens no address that the page itself may not be asked at: nothing is sent there."""

    def elsewhere(request: Request) -> Answer:
        return Answer(status=301, headers=(("Location", other.url("/presse")),))

    with LoopbackServer() as server, LoopbackServer(addresses=("127.0.0.9",)) as other:
        server.answers["/presse"] = elsewhere

        async def run() -> FetchResult:
            policy = FetchPolicy(allow=("127.0.0.1",))
            address = server.url("/presse")
            source = Source(id="a", rank=0, kind=SourceKind.PAGE, address=address, target=address, local=False)
            async with Fetcher(SITE, policy, now=NOW, limits=Limits(interval=0)) as fetcher:
                return await fetcher.fetch(source, SourceState(source="a"))

        result = asyncio.run(run())
        assert isinstance(result, Failed)
        assert result.reason == "refused-address"
        assert other.requests == []
