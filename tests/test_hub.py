"""Does the hub learn what changed, without ever costing a publish anything?"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest

from aggregator import cli, config, hub
from aggregator.model import FetchPolicy
from aggregator.pipeline.workplace import workplace
from tests.conftest import SiteFolder
from tests.runs import TOPICS, Item, feed, update
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
    gone = asyncio.run(hub.tell("http://127.0.0.1:9/", [f"{SITE}all.atom"], FetchPolicy()))
    broken = asyncio.run(hub.tell("https://127.0.0.1:9/", [f"{SITE}all.atom"], FetchPolicy(ca_bundle="/fehlt.pem")))
    assert (gone, broken) == ([], [])


def test_without_the_proxy_that_is_meant_nobody_is_told(server: LoopbackServer) -> None:
    """While a variable of the proxy is unset, the hub is not asked without it."""
    policy = FetchPolicy(proxy="http://amt:${WORT}@proxy.example:3128", unset=("WORT",))
    assert asyncio.run(hub.tell(server.url("/hub"), [f"{SITE}all.atom"], policy)) == []
    assert server.requests == []


def test_the_form_is_what_hubs_take(server: LoopbackServer) -> None:
    """A POST of hub.mode and hub.url, quoted."""
    server.answers["/hub"] = Answer(status=204)
    assert asyncio.run(hub.tell(server.url("/hub"), [f"{SITE}all.atom"], FetchPolicy())) == [f"{SITE}all.atom"]
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
