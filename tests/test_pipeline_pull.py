"""Promises of pipeline/pull.py: a source costs only itself, and every one is asked when it is due."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aggregator import config, observe
from aggregator.cli import report
from aggregator.fetch import Limits
from aggregator.pipeline.pulled import Report, Wish
from aggregator.store import open_store
from tests.conftest import SiteFolder
from tests.runs import FAST, NOW, Item, document, failures, feed, titles, update
from tests.servers import Answer, LoopbackServer

MakeFolder = Callable[..., SiteFolder]
GOOD = Item(title="OZG-Portal gestartet")
PAGE = "<!DOCTYPE html><html><head><title>Seite nicht gefunden – Stadt</title></head><body><h1>404</h1></body></html>"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    "<rss version='2.0'><channel><title>&b;</title></channel></rss>"
)
HEADERS = (("Content-Type", "application/rss+xml"),)


def closed_port() -> int:
    """Give a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=404, body=PAGE.encode(), headers=(("Content-Type", "text/html"),)), "http-404"),
        (Answer(status=500, body=b"kaputt"), "http-500"),
        (Answer(body=PAGE.encode(), headers=HEADERS), "html"),
        (Answer(body=b"<rss version='2.0'><channel><title>Sta", headers=HEADERS), "truncated"),
        (Answer(body=b"\x00\x01\x02 kein Feed", headers=HEADERS), "not-a-feed"),
        (Answer(body=b"", headers=HEADERS), "empty"),
        (Answer(body=BOMB.encode(), headers=HEADERS), "not-a-feed"),
        (Answer(body=gzip.compress(bytes(11 << 20)), headers=(*HEADERS, ("Content-Encoding", "gzip"))), "too-large"),
        (Answer(headers=(*HEADERS, ("Content-Length", "999")), body=b"<rss>"), "truncated"),
        (Answer(hold=threading.Event()), "timeout"),
        (Answer(raw=b"SSH-2.0-OpenSSH\r\n"), "connect"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_answer_costs_only_its_source(
    server: LoopbackServer, site_folder: MakeFolder, answer: Answer, reason: str
) -> None:
    """The sick source is named with its reason and asked again later; the healthy one is published."""
    folder = site_folder(sources={"krank": server.url("/krank"), "amt": server.url("/amt")})
    server.answers |= {"/krank": answer, "/amt": feed(GOOD)}
    done = update(folder, limits=Limits(interval=0, total=0.5, first_byte=0.5))
    assert failures(done) == {"krank": reason}
    assert titles(folder) == ["OZG-Portal gestartet"]
    (report,) = done.pulled.failed
    assert (report.state.failures, report.state.failing_since) == (1, NOW)
    assert report.next_due is not None
    assert NOW + timedelta(hours=1) <= report.next_due <= NOW + timedelta(hours=2)


def test_an_unreachable_source_counts_where_another_answers(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A port that nobody listens on is that source's failure, since the network is there."""
    folder = site_folder(sources={"fort": f"http://127.0.0.1:{closed_port()}/", "amt": server.url("/amt")})
    server.answers["/amt"] = feed(GOOD)
    done = update(folder)
    assert failures(done) == {"fort": "connect"}
    assert done.pulled.failed[0].state.failures == 1
    assert not done.pulled.no_network


def test_without_a_network_no_failure_counts(site_folder: MakeFolder) -> None:
    """Where no request was answered, the document is published and no source's state changes."""
    folder = site_folder(sources={})
    folder.write(
        sources={
            "fort": f"http://127.0.0.1:{closed_port()}/",
            "weg": f"http://127.0.0.1:{closed_port()}/",
            "seite": document(folder),
        }
    )
    done = update(folder)
    assert done.pulled.no_network
    assert failures(done) == {"fort": "connect", "weg": "connect"}
    assert [report.state.failures for report in done.pulled.failed] == [0, 0]
    assert [report.next_due for report in done.pulled.failed] == [None, None]
    assert len(titles(folder)) == 16
    assert update(folder).pulled.due == 3


def test_the_world_may_lack_a_file_or_a_variable(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A missing document and an unset variable are named, cost only their sources, and are asked again at once."""
    folder = site_folder(
        sources={
            "seite": {"document": "fehlt.txt"},
            "intern": "http://127.0.0.1/?key=${FEED_KEY}",
            "amt": server.url("/amt"),
        }
    )
    server.answers["/amt"] = feed(GOOD)
    done = update(folder, environ={})
    assert failures(done) == {"seite": "file-missing", "intern": "unset"}
    assert "${FEED_KEY}" in str(done.pulled.failed[1].failure)
    assert titles(folder) == ["OZG-Portal gestartet"]
    folder.write(
        sources={
            "seite": document(folder),
            "intern": f"{server.url('/amt')}?key=${{FEED_KEY}}",
        }
    )
    server.answers["/amt?key=geheim"] = feed(Item(title="Aus dem Intranet"))
    again = update(folder, environ={"FEED_KEY": "geheim"})
    assert failures(again) == {}
    assert again.pulled.new == 17


def test_a_document_without_a_capture_day_stands_at_its_newest(site_folder: MakeFolder) -> None:
    """Without `captured` the undated article stands on the newest day in its document, whenever it is read."""
    folder = site_folder(sources={})
    without = {name: value for name, value in document(folder).items() if name != "captured"}
    folder.write(sources={"seite": without})
    update(folder)
    assert titles(folder)[0].endswith("Neue Kooperation stellt sich vor")


def test_sources_are_asked_when_due(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A source waits its interval; `only` keeps to due times too, `force` does not."""
    folder = site_folder(sources={"amt": {"feed": server.url("/amt"), "every": "1h"}, "blatt": server.url("/blatt")})
    server.answers |= {"/amt": feed(GOOD, ETag='"1"'), "/blatt": feed(GOOD, Cache_Control="max-age=36000")}
    update(folder)
    soon = update(folder, NOW + timedelta(minutes=59))
    assert (soon.pulled.due, soon.pulled.not_due) == (0, 2)
    assert soon.pulled.next_due == NOW + timedelta(hours=1)
    later = NOW + timedelta(hours=1)
    assert update(folder, later, wish=Wish(only=frozenset({"blatt"}))).pulled.due == 0
    assert [report.source.id for report in update(folder, later).pulled.reports] == ["amt"]
    forced = update(folder, later, wish=Wish(force=True))
    assert [report.source.id for report in forced.pulled.reports] == ["amt"]
    assert (forced.pulled.not_due, len(server.requests)) == (1, 4)


def test_a_paused_source_is_left_alone(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """`paused: true` is not asked, even by name and force, and is not waited for."""
    folder = site_folder(sources={"amt": {"feed": server.url("/amt"), "paused": True}})
    done = update(folder, wish=Wish(only=frozenset({"amt"}), force=True))
    assert (done.pulled.due, done.pulled.not_due, done.pulled.next_due) == (0, 1, None)
    assert server.requests == []


def test_a_host_that_asked_for_a_pause_is_left_alone(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """After a 429 no other source of that host is asked, in this run or the next, and none of them failed for it."""
    folder = site_folder(sources={"eins": server.url("/1"), "zwei": server.url("/2")})
    server.answers |= {"/1": Answer(status=429, headers=(("Retry-After", "3600"),)), "/2": feed(GOOD)}
    done = update(folder)
    assert failures(done) == {"eins": "http-429"}
    assert len(server.requests) == 1
    assert update(folder, NOW + timedelta(minutes=5), wish=Wish(force=True)).pulled.new == 0
    assert len(server.requests) == 1
    assert update(folder, NOW + timedelta(hours=3)).pulled.due == 2


def test_a_stopped_run_publishes_what_it_has(site_folder: MakeFolder) -> None:
    """A run told to stop lets go of what is in flight, which stays due, and publishes what came before."""
    stopping = asyncio.Event()

    def progress(_report: Report, _due: int) -> None:
        stopping.set()

    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2")) as server:
        folder = site_folder(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt", address="127.0.0.2")})
        server.answers |= {"/amt": feed(GOOD), "/blatt": replace(feed(GOOD), hold=threading.Event())}
        done = update(folder, stopping=stopping, progress=progress)
        assert [report.source.id for report in done.pulled.reports] == ["amt"]
        assert titles(folder) == ["OZG-Portal gestartet"]
        server.answers["/blatt"] = feed(Item(title="Aus dem Blatt"))
        again = update(folder)
        assert [report.source.id for report in again.pulled.reports] == ["blatt"]


def test_what_a_dead_run_claimed_is_taken_over(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A claim that is found under the lock is a dead run's: its source is asked although it is not due."""
    folder = site_folder(sources={"amt": {"feed": server.url("/amt"), "every": "2h"}, "blatt": server.url("/blatt")})
    server.answers |= {"/amt": feed(GOOD), "/blatt": feed(GOOD)}
    update(folder)
    store = open_store(folder.database, create=False)
    store.claim(1, ["amt"])
    store.close()
    done = update(folder, NOW + timedelta(minutes=1))
    assert [report.source.id for report in done.pulled.reports] == ["amt"]
    assert update(folder, NOW + timedelta(minutes=2)).pulled.due == 0


def test_a_cut_document_gives_what_is_whole(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Of a feed that ends too early the whole entries are published, and it is read anew the next time."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    whole = feed(GOOD, Item(title="Zweite Meldung des Tages"))
    server.answers["/amt"] = replace(whole, body=whole.body[: whole.body.rindex(b"<description>")])
    update(folder, limits=FAST)
    assert titles(folder) == ["OZG-Portal gestartet"]
    assert _reason(folder) == "truncated"
    server.answers["/amt"] = whole
    update(folder, NOW + timedelta(hours=7))
    assert len(titles(folder)) == 2
    assert _reason(folder) is None


def test_a_feed_that_grows_beyond_what_is_read_brings_news(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Of more than 5,000 entries the newest are read wherever they stand; the run and `status` tell of the others."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    whole = feed(Item(title="Alte Meldung", day=1), Item(title="Köln öffnet „Bürgerbüro“", day=16))
    middle = b"</item>" + b"<item/>" * 5_000 + b"<item>"
    server.answers["/amt"] = replace(whole, body=whole.body.replace(b"</item><item>", middle))
    updated = update(folder)
    assert titles(folder) == ["Köln öffnet „Bürgerbüro“"]
    *_, line = report.update_lines(updated, config.load(folder.config, {}))
    assert line == "amt: too-many: 5000 of its 5002 entries were read, those that seem the newest"
    assert _reason(folder) == "too-many"
    server.answers["/amt"] = whole
    *_, line = report.update_lines(update(folder, NOW + timedelta(hours=7)), config.load(folder.config, {}))
    assert "too-many" not in line
    assert _reason(folder) is None


def test_an_item_that_says_nothing_is_no_story(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """An item without title, link, text and file is not published, and one that was emptied stays as it was."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = whole = feed(GOOD, Item(title="Zweite Meldung des Tages"))
    update(folder)
    told = titles(folder)
    emptied = b"<item><guid>%s</guid></item><item/></channel>"
    guid = whole.body.split(b"<guid")[1].split(b">")[1].split(b"<")[0]
    server.answers["/amt"] = replace(whole, body=whole.body.split(b"<item>")[0] + emptied % guid + b"</rss>")
    update(folder, NOW + timedelta(days=2))
    assert titles(folder) == told


def _reason(folder: SiteFolder) -> str | None:
    """Give why `status` says that a site's only source is not read, or not whole."""
    store = open_store(folder.database, create=False)
    try:
        (one,) = observe.status(config.load(folder.config, {}), store, NOW).sources
    finally:
        store.close()
    assert (one.reason is None) == (one.advice is None)
    return one.reason
