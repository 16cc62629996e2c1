"""Does the hub learn what changed, without ever costing a publish anything?"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs

import pytest

from aggregator import cli, config, hub
from aggregator.model import FetchPolicy
from aggregator.pipeline.workplace import workplace
from tests.conftest import SiteFolder
from tests.runs import NOW, TOPICS, Item, feed, update
from tests.servers import Answer, LoopbackServer, Request

MakeFolder = Callable[..., SiteFolder]
SITE = "https://news.example.org/"


def _unannounced(folder: SiteFolder) -> list[str]:
    with workplace(config.load(folder.config, os.environ)) as place:
        return place.store.unannounced()


def test_the_hub_is_told_of_each_feed_that_changed(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """After the files are in place the hub is told once of each; where nothing changed, of nothing."""
    server.answers["/hub"] = Answer(status=204)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))
    site = {"hub": server.url("/hub")}
    folder = site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS, site=site)
    update(folder)
    told = [request for request in server.requests if request.target == "/hub"]
    assert len(told) == 3 * 4
    assert {request.method for request in told} == {"POST"}
    assert all(request.header("content-type") == "application/x-www-form-urlencoded" for request in told)
    update(folder)
    assert len([request for request in server.requests if request.target == "/hub"]) == len(told)
    assert _unannounced(folder) == []
    for form in ("atom", "rss", "json", "html"):
        assert server.url("/hub").encode() in folder.published()[f"ozg.{form}"]


def test_a_dead_hub_costs_nothing_and_is_told_later(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What the hub does not take stays in the outbox for the next run; without a hub the outbox is emptied."""
    server.answers["/hub"] = Answer(status=503)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))
    folder = site_folder(sources={"amt": server.url("/amt")}, site={"hub": server.url("/hub")})
    written = update(folder).written
    assert "all.atom" in written.written
    assert _unannounced(folder) == ["all.atom", "all.html", "all.json", "all.rss"]
    server.answers["/hub"] = Answer(status=202)
    update(folder)
    assert _unannounced(folder) == []
    server.answers["/hub"] = Answer(status=503)
    folder.write(sources={"amt": server.url("/amt")}, site={"hub": server.url("/hub"), "title": "Neu"})
    update(folder)
    folder.write(sources={"amt": server.url("/amt")})
    update(folder)
    assert _unannounced(folder) == []


def test_a_hub_that_cannot_be_reached_raises_nothing() -> None:
    """Neither a closed port nor a broken certificate store is an error of the publish."""
    gone = asyncio.run(hub.tell("http://127.0.0.1:9/", [f"{SITE}all.atom"], FetchPolicy(), NOW))
    broken = asyncio.run(
        hub.tell("https://127.0.0.1:9/", [f"{SITE}all.atom"], FetchPolicy(ca_bundle="/fehlt.pem"), NOW)
    )
    assert (gone.settled, broken.settled) == ([], [])


def test_without_the_proxy_that_is_meant_nobody_is_told(server: LoopbackServer) -> None:
    """While a variable of the proxy is unset, the hub is not asked without it."""
    policy = FetchPolicy(proxy="http://amt:${WORT}@proxy.example:3128", unset=("WORT",))
    assert asyncio.run(hub.tell(server.url("/hub"), [f"{SITE}all.atom"], policy, NOW)).settled == []
    assert server.requests == []


def test_the_form_is_what_hubs_take(server: LoopbackServer) -> None:
    """A POST of hub.mode and hub.url, quoted."""
    server.answers["/hub"] = Answer(status=204)
    told = asyncio.run(hub.tell(server.url("/hub"), [f"{SITE}all.atom"], FetchPolicy(), NOW))
    assert (told.settled, told.problems) == ([f"{SITE}all.atom"], {})
    assert parse_qs(server.requests[-1].body.decode()) == {"hub.mode": ["publish"], "hub.url": [f"{SITE}all.atom"]}


def test_one_address_that_is_refused_keeps_no_other_waiting(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What the hub refuses for good is told once; what it cannot take now is told by the next run, alone."""

    def answer(request: Request) -> Answer:
        told = parse_qs(request.body.decode())["hub.url"][0]
        return Answer(status={"all.atom": 400, "all.json": 503}.get(told.removeprefix(SITE), 204))

    server.answers["/hub"] = answer
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))
    folder = site_folder(sources={"amt": server.url("/amt")}, site={"hub": server.url("/hub")})
    update(folder)
    assert _unannounced(folder) == ["all.json"]


THREE = [f"{SITE}all.{form}" for form in ("atom", "json", "rss")]


@pytest.mark.parametrize(
    ("answer", "asked", "said"),
    [
        (
            Answer(status=301, headers=(("Location", "/neu"),)),
            1,
            "answers 301: it has moved to http://127.0.0.1:PORT/neu; ",
        ),
        (
            Answer(status=307, headers=(("Location", "http://h.example/"),)),
            1,
            "if that lasts, it has moved to http://h.ex",
        ),
        (Answer(status=308, headers=(("Location", "javascript:x"),)), 1, "redirects to what is no address"),
        (Answer(status=302), 1, "answers 302: it sends us elsewhere"),
        (Answer(status=429), 1, "answers 429 and is told nothing more in this run"),
        (Answer(status=503, headers=(("Retry-After", "90"),)), 1, "answers 503 and is told nothing more for 90 s"),
        (Answer(status=503), 3, f"answers 503, the next run tells it again: {SITE}all.atom and 2 more"),
        (Answer(status=404), 3, f"answers 404, not told again until that changes again: {SITE}all.atom and 2 more"),
        (Answer(raw=b""), 1, "cannot be told (Server disconnected without sending a response.)"),
    ],
)
def test_what_goes_wrong_is_one_warning(
    server: LoopbackServer, caplog: pytest.LogCaptureFixture, answer: Answer, asked: int, said: str
) -> None:
    """However many files changed, one line says what is wrong with the hub; where all would fail alike one is asked."""
    server.answers["/hub"] = answer
    asyncio.run(hub.tell(server.url("/hub"), THREE, FetchPolicy(), NOW))
    (line,) = caplog.messages
    assert said.replace("PORT", str(server.port)) in line
    assert len(server.requests) == asked


def test_a_hub_that_says_nothing_is_told_in_words(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    """Where the hub is too slow, for one file or for all of them, the warning says so."""
    server.answers["/hub"] = Answer(hold=threading.Event())
    for limits in (hub.Limits(one=0.05), hub.Limits(total=0.01)):
        asyncio.run(hub.tell(server.url("/hub"), THREE, FetchPolicy(), NOW, limits=limits))
    one, all_of_it = (line.partition(": ")[2] for line in caplog.messages)
    assert one == f"did not answer in time, the next run tells it again: {SITE}all.atom and 2 more"
    assert all_of_it == "did not answer in time; the next run tries again"


def test_a_hub_is_left_alone_as_long_as_it_asks(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Runs before the end of Retry-After tell it nothing; another hub of feeds.yaml is told at once."""
    server.answers |= {"/hub": Answer(status=503, headers=(("Retry-After", "3600"),)), "/neu": Answer(status=202)}
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))

    def told(hub_path: str, now: datetime) -> int:
        folder.write(sources={"amt": server.url("/amt")}, site={"hub": server.url(hub_path)})
        server.requests.clear()
        update(folder, now)
        return sum(request.method == "POST" for request in server.requests)

    folder = site_folder(sources={})
    assert told("/hub", NOW) == 1
    assert told("/hub", NOW + timedelta(minutes=59)) == 0
    assert told("/hub", NOW + timedelta(minutes=61)) == 1
    assert told("/hub", NOW - timedelta(days=2)) == 1
    assert told("/hub", NOW - timedelta(days=2)) == 0
    assert told("/neu", NOW) == 4
    assert _unannounced(folder) == []


@pytest.mark.parametrize("command", ["publish", "rematch"])
def test_every_command_that_publishes_tells_the_hub(
    server: LoopbackServer, site_folder: MakeFolder, command: str
) -> None:
    """What `publish` or `rematch` changes, such as a story that is hidden, reaches subscribers at once."""
    server.answers["/hub"] = Answer(status=204)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))
    folder = site_folder(sources={"amt": server.url("/amt")}, site={"hub": server.url("/hub")})
    update(folder)
    server.requests.clear()
    folder.write(sources={"amt": server.url("/amt")}, site={"hub": server.url("/hub"), "title": "Neuer Name"})
    assert cli.run(["-q", "--config", str(folder.config), command]) == 0
    assert len(server.requests) == 4
    assert _unannounced(folder) == []
