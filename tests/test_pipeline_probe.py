"""What does a source answer right now, and is nothing stored, leaked or asked in vain?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec.structs import replace

from aggregator import config
from aggregator.errors import SourceError
from aggregator.fetch import Limits
from aggregator.model import Failed, Source, SourceState
from aggregator.pipeline.probe import Probe, Prober, feeds_of, probing
from tests.conftest import SiteFolder
from tests.servers import Answer, LoopbackServer

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = Limits(interval=0.0, total=5.0, first_byte=5.0)
MakeFolder = Callable[..., SiteFolder]
_Asked = TypeVar("_Asked")


def rss(*days: int, title: str = "Gemeinde – „Höfe“") -> Answer:
    """A feed with an item of each of these days of November 2026."""
    items = "".join(
        f"<item><title>Haushalt beschlossen, Teil {day}</title><guid>{day}</guid>"
        f"<pubDate>{day:02} Nov 2026 09:00:00 +0000</pubDate></item>"
        for day in days
    )
    body = f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'
    return Answer(body=body.encode(), headers=(("Content-Type", "application/rss+xml"),))


def page(*paths: str) -> Answer:
    """A page that advertises feeds at these addresses."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{path}">' for path in paths)
    return Answer(body=f"<!doctype html><html><head><title>Rathaus</title>{links}</head></html>".encode())


def _ask(
    folder: SiteFolder,
    question: Callable[[Prober, Sequence[Source]], Awaitable[_Asked]],
    *,
    states: Iterable[SourceState] = (),
    environ: Mapping[str, str] | None = None,
) -> _Asked:
    loaded = config.load(folder.config, environ or {})

    async def ask() -> _Asked:
        async with probing(loaded, NOW, states, limits=LIMITS) as prober:
            return await question(prober, loaded.sources)

    return asyncio.run(ask())


def _all(folder: SiteFolder, **given: object) -> list[Probe]:
    done: list[None] = []
    probes = _ask(folder, lambda prober, sources: prober.ask_all(sources, lambda: done.append(None)), **given)  # type: ignore[arg-type]
    assert len(done) == len(probes)
    return probes


def _one(folder: SiteFolder, **given: object) -> Probe:
    return _ask(folder, lambda prober, sources: prober.ask(sources[0]), **given)  # type: ignore[arg-type]


def test_a_feed_tells_title_entries_and_newest(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A feed's title, number of entries and newest date are told; what lies in the future is not the newest."""
    server.answers["/feed.xml"] = rss(2, 20, 28)
    folder = site_folder(sources={"a": server.url("/feed.xml")})
    probe = _one(folder)
    assert (probe.title, probe.entries, probe.failure) == ("Gemeinde – „Höfe“", 3, None)
    assert probe.newest == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert probe.fetched is not None
    assert not folder.data.exists()


def test_many_are_asked_at_once_in_their_order(site_folder: MakeFolder) -> None:
    """Sources are asked side by side and told in the order of feeds.yaml, without keeping their bodies."""
    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2", "127.0.0.3")) as server:
        server.answers["/a.xml"] = rss(1)
        server.answers["/b.xml"] = Answer(status=404)
        server.answers["/c.xml"] = page("/x.xml", "/y.xml")
        urls = {name: server.url(f"/{name}.xml", address=f"127.0.0.{n}") for n, name in enumerate("abc", 1)}
        a, b, c = _all(site_folder(sources=urls))
    assert (a.source.id, a.entries, a.fetched) == ("a", 1, None)
    assert isinstance(b.failure, Failed)
    assert b.failure.reason == "http-404"
    assert isinstance(c.failure, SourceError)
    assert c.failure.reason == "html"
    assert [feed.url for feed in c.advertised] == [
        f"http://127.0.0.3:{server.port}/x.xml",
        f"http://127.0.0.3:{server.port}/y.xml",
    ]


def test_questions_have_no_conditions(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A probe asks unconditionally, so that there is something to count."""
    server.answers["/feed.xml"] = replace(rss(1), headers=(("ETag", '"1"'),))
    folder = site_folder(sources={"a": server.url("/feed.xml")})
    assert [_one(folder).entries, _one(folder).entries] == [1, 1]
    assert all(request.header("if-none-match") is None for request in server.requests)


def test_a_host_that_wants_a_pause_is_left_alone(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A host that answered 429 is not asked, and its sources are not called dead."""
    folder = site_folder(sources={"a": server.url("/feed.xml")})
    until = NOW + timedelta(hours=1)
    probe = _one(folder, states=[SourceState(source="a", throttled_host="127.0.0.1", throttled_until=until)])
    assert (probe.postponed, probe.failure, server.requests) == (until, None, [])


def test_an_unset_variable_is_said_and_nothing_asked(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A source whose variable is unset is not asked."""
    probe = _one(site_folder(sources={"a": server.url("/${GEHEIM}.xml")}))
    assert isinstance(probe.failure, SourceError)
    assert (probe.failure.reason, probe.failure.detail) == ("unset", "${GEHEIM} not set in the environment")
    assert server.requests == []


def test_a_secret_address_is_told_to_nobody(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What is derived from an address with a variable in it is not shown: no redirect, no advertised feed."""
    server.answers["/wort.xml"] = Answer(status=301, headers=(("Location", "/wort/neu.xml"),))
    server.answers["/wort/neu.xml"] = rss(1)
    folder = site_folder(sources={"a": server.url("/${GEHEIM}.xml")})
    assert (moved := _one(folder, environ={"GEHEIM": "wort"})).entries == 1
    server.answers["/wort/neu.xml"] = page("feed.xml")
    named = _one(folder, environ={"GEHEIM": "wort"})
    assert (moved.moved_to, named.advertised) == (None, ())
    assert named.failure is not None
    assert "wort" not in named.failure.detail


def test_what_a_server_repeats_of_a_secret_is_not_shown(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where the address is open but a header is not, what a redirect or a page repeats of that stays untold."""
    folder = site_folder(sources={"a": {"feed": server.url("/alt"), "headers": {"X-Key": "${GEHEIM}"}}})
    server.answers["/alt"] = Answer(status=301, headers=(("Location", "/f?key=wort-wort"),))
    server.answers["/f?key=wort-wort"] = rss(1)
    assert (moved := _one(folder, environ={"GEHEIM": "wort-wort"})).entries == 1
    server.answers["/alt"] = page("/x?feed=rss&key=wort-wort", "/offen.xml")
    named = _one(folder, environ={"GEHEIM": "wort-wort"})
    assert (moved.moved_to, [feed.url for feed in named.advertised]) == (None, [server.url("/offen.xml")])
    assert named.failure is not None
    assert "wort-wort" not in named.failure.detail


def test_only_permanent_redirects_move(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where a permanent redirect leads is told, where a temporary one leads is not."""
    server.answers["/feed.xml"] = rss(1)
    folder = site_folder(sources={"a": server.url("/alt.xml")})
    moves = []
    for status in (301, 302, 307, 308):
        server.answers["/alt.xml"] = Answer(status=status, headers=(("Location", "/feed.xml"),))
        moves.append(_one(folder).moved_to)
    assert moves == [server.url("/feed.xml"), None, None, server.url("/feed.xml")]


def test_a_local_file_is_read(site_folder: MakeFolder) -> None:
    """A local file is read like a feed on the web; a web page in a file names nothing that could be asked."""
    folder = site_folder(sources={"a": "feed.xml", "b": "seite.html", "c": "fehlt.xml"})
    (folder.path / "feed.xml").write_bytes(rss(3).body)
    (folder.path / "seite.html").write_bytes(page("/feed.xml").body)
    a, b, c = _all(folder)
    assert (a.entries, a.moved_to) == (1, None)
    assert [probe.failure and probe.failure.reason for probe in (b, c)] == ["html", "file-missing"]
    assert b.advertised == ()


def test_a_page_leads_to_its_one_feed(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Of a page that names one feed, and one of comments, the feed is asked as well."""
    server.answers["/"] = page("/feed.xml", "/comments/feed/")
    server.answers["/feed.xml"] = rss(4)
    probes = _ask(site_folder(sources={"a": server.url("/")}), lambda prober, sources: prober.seek(sources[0]))
    assert [probe.named for probe in probes] == [None, server.url("/feed.xml")]
    assert probes[-1].entries == 1
    assert [request.target for request in server.requests] == ["/", "/feed.xml"]


@pytest.mark.parametrize(("paths", "count"), [((), 0), (("/a.xml", "/b.xml"), 2), (("/comments/feed/",), 1)])
def test_a_page_with_none_or_several_leads_nowhere(
    server: LoopbackServer, site_folder: MakeFolder, paths: tuple[str, ...], count: int
) -> None:
    """A page that names none or several is asked alone; feeds of comments are taken where there are no others."""
    server.answers["/"] = page(*paths)
    server.answers["/comments/feed/"] = rss(1)
    probes = _ask(site_folder(sources={"a": server.url("/")}), lambda prober, sources: prober.seek(sources[0]))
    assert len(feeds_of(probes[0])) == count
    assert len(probes) == (2 if count == 1 else 1)


def test_a_page_leads_into_no_private_network(site_folder: MakeFolder) -> None:
    """A feed on an address that feeds.yaml opens is refused where another host's page names it."""
    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2")) as server:
        intern = server.url("/intern.xml", address="127.0.0.2")
        server.answers["/"] = page(intern)
        server.answers["/intern.xml"] = rss(1)
        folder = site_folder(sources={"a": server.url("/")}, allow=("127.0.0.1", "127.0.0.2"))
        probes = _ask(folder, lambda prober, sources: prober.seek(sources[0]))
        assert [request.target for request in server.requests] == ["/"]
    assert probes[-1].failure is not None
    assert probes[-1].failure.reason == "refused-address"


def test_nothing_is_written(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Beside feeds.yaml nothing appears."""
    server.answers["/feed.xml"] = rss(1)
    folder = site_folder(sources={"a": server.url("/feed.xml")})
    _all(folder)
    assert [path.name for path in Path(folder.path).iterdir()] == ["feeds.yaml"]
