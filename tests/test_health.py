"""Does the operator learn which sources are ill, and nobody else?"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import timedelta

import feedparser
import httpx
import pytest
from msgspec.structs import replace

from aggregator import config
from aggregator.health import write_health
from aggregator.pipeline.workplace import workplace
from aggregator.web import create_app
from tests.conftest import SiteFolder
from tests.runs import NOW, Item, feed, update
from tests.servers import Answer, LoopbackServer

MakeFolder = Callable[..., SiteFolder]


def _told(folder: SiteFolder, now: object = NOW) -> list[tuple[str, str]]:
    with workplace(config.load(folder.config, os.environ)) as place:
        write_health(place, now)  # type: ignore[arg-type]
    parsed = feedparser.parse((folder.data / "health.atom").read_bytes().decode())
    return [(entry["title"], entry["summary"]) for entry in parsed.entries]


def test_the_feed_tells_who_is_ill_and_what_to_do(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A failing source and one that fell silent are entries; the bytes stay while nothing changes."""
    folder = site_folder(sources={"amt": server.url("/amt"), "fort": server.url("/fort")})
    server.answers["/amt"] = feed(*(Item(title=f"Rat tagt zum {day}. Mal", day=day) for day in range(1, 20)))
    update(folder)
    ((title, advice),) = _told(folder)
    assert title == "fort (fort) is failing: http-404: 127.0.0.1 answered 404 Not Found."
    assert advice.startswith("Nothing is there any more")
    before = (folder.data / "health.atom").read_bytes()
    assert len(_told(folder, NOW + timedelta(days=2))) == 1
    assert (folder.data / "health.atom").read_bytes() == before
    silent = dict(_told(folder, NOW + timedelta(days=60)))
    assert silent["amt (amt) is silent"].startswith("Nothing new for unusually long")
    assert "health.atom" not in folder.published()


def test_a_source_that_is_not_read_in_full_is_told(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A source that is well, but has more entries than are read, is an entry too."""
    answer = feed(Item(title="Köln öffnet „Bürgerbüro“"))
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = replace(answer, body=answer.body.replace(b"</item>", b"</item>" + b"<item/>" * 5_000))
    update(folder)
    ((title, advice),) = _told(folder)
    assert title == "amt (amt) is not read in full: too-many"
    assert advice.startswith("Too many entries, 1 of them not read")


def test_every_failure_says_what_to_do(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Each source that fails has advice, whatever the reason, and none is only sent elsewhere for it."""
    statuses = (204, 304, 400, 401, 403, 404, 410, 418, 451, 500, 503)
    server.answers |= {f"/{status}": Answer(status=status) for status in statuses}
    server.answers |= {"/cut": Answer(body=b"<rss><channel><title>Sta"), "/raw": Answer(raw=b"SSH-2.0"), "/": Answer()}
    # The last, since its host is left alone after it.
    server.answers["/429"] = Answer(status=429)
    folder = site_folder(sources={f"q{number}": server.url(path) for number, path in enumerate(server.answers)})
    update(folder)
    told = _told(folder, NOW + timedelta(days=2))
    assert len(told) == len(server.answers)
    assert all(len(advice) > 40 and "aggregator status" not in advice for _, advice in told)


@pytest.mark.parametrize(
    ("client", "host", "headers", "status"),
    [
        ("127.0.0.1", "localhost:8000", {}, 200),
        ("::1", "[::1]:8000", {}, 200),
        ("192.0.2.7", "localhost", {}, 404),
        ("127.0.0.1", "news.example.org", {}, 404),
        ("127.0.0.1", "localhost", {"X-Forwarded-For": "192.0.2.7"}, 404),
    ],
)
def test_only_this_machine_may_read_it(
    site_folder: MakeFolder, client: str, host: str, headers: dict[str, str], status: int
) -> None:
    """Who asks from elsewhere, by another name or through a proxy finds nothing."""
    folder = site_folder(sources={})
    _told(folder)

    async def ask() -> int:
        app = create_app(folder.public, folder.data / "health.atom")
        transport = httpx.ASGITransport(app=app, client=(client, 1))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as asking:
            return (await asking.get("/health.atom", headers=headers)).status_code

    assert asyncio.run(ask()) == status
