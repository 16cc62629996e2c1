"""What does `status` say of sources in every state, after real runs on a real server?"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregator import config, observe
from aggregator.cli import report
from aggregator.store import open_store
from tests.conftest import CommandLine, SiteFolder
from tests.runs import NOW, Item, document, feed, rss, update
from tests.servers import Answer, LoopbackServer

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
GOOD = Item(title="Rathaus öffnet „Bürgerbüro“ – OZG")
LATER = NOW + 8 * DAY + HOUR


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SiteFolder:
    """Sources in every state, polled for eight days."""
    folder = SiteFolder(path=tmp_path_factory.mktemp("status"))
    names = ("gut", "fehlt", "voll", "fort", "leer", "umgezogen", "pausiert", "geheim")
    addresses = {name: f"127.0.4.{number}" for number, name in enumerate(names, 1)}
    with LoopbackServer(addresses=tuple(addresses.values())) as server:
        server.answers |= {
            "/gut": feed(GOOD, ETag='"1"', Cache_Control="max-age=3600"),
            "/fehlt": Answer(status=404, body=b"weg"),
            "/voll": Answer(status=429, headers=(("Retry-After", "86400"),)),
            "/fort": Answer(status=410),
            "/leer": Answer(body=rss()),
            "/umgezogen": Answer(status=301, headers=(("Location", "/neu"),)),
            "/neu": feed(GOOD, ETag='"2"'),
        }
        sources: dict[str, object] = {
            name: {"feed": server.url(f"/{name}", address=address)} for name, address in addresses.items()
        }
        sources["pausiert"] = {"feed": server.url("/pausiert"), "paused": True}
        sources["geheim"] = {"feed": "http://127.0.0.1/?key=${STATUS_KEY}"}
        folder.write(sources=sources | {"seite": document(folder)})
        for number in range(9):
            update(folder, NOW + number * (DAY + timedelta(minutes=2)), environ={})
    return folder


def look(folder: SiteFolder, now: datetime = LATER, *only: str) -> tuple[list[str], dict[str, Any]]:
    """Give the lines and the JSON of `status`."""
    loaded = config.load(folder.config, {})
    store = open_store(folder.database, create=False)
    try:
        found = observe.status(loaded, store, now, only)
    finally:
        store.close()
    lines = list(report.status_lines(found, loaded, detailed=bool(only)))
    return lines, json.loads(report.status_json(found, detailed=bool(only)))


@pytest.mark.parametrize(
    ("name", "state", "reason", "every", "advised"),
    [
        ("gut", "ok", None, "(quiet for 13 d)", ""),
        ("fehlt", "failing", "http-404", "failures in a row: 9", "new address"),
        ("voll", "throttled", "http-429", "24 h (Retry-After)", "asked us to wait"),
        ("fort", "gone", "http-410", "24 h (gone (410))", "--force"),
        ("leer", "empty", "empty", "1 h", "without entries"),
        ("umgezogen", "moved", None, "", "moved --write"),
        ("pausiert", "paused", None, "–", ""),
        ("geheim", "failing", "unset", "–", "STATUS_KEY"),
        ("seite", "ok", None, "read at every run", ""),
    ],
)
def test_each_state_is_told(
    folder: SiteFolder, name: str, state: str, reason: str | None, every: str, advised: str
) -> None:
    """Each source has its state in a word and why, its interval and why, and what to do, in the table and as JSON."""
    lines, told = look(folder)
    (one,) = (source for source in told["sources"] if source["id"] == name)
    assert (one["state"], one["reason"]) == (state, reason)
    row = next(line for line in lines if line.startswith(f"{name} "))
    assert row.split()[1] == state
    assert every in row
    advice = [line for line in lines if line.startswith(f"{name}: ")]
    assert advised in (advice[0] if advice else "")
    assert bool(advice) == bool(advised) == bool(one["advice"])


def test_when_a_source_is_asked_next_is_told(folder: SiteFolder) -> None:
    """What is paused or gone is never next, a document at the next run, and any other at its time."""
    _, told = look(folder)
    following = {one["id"]: one["next"] for one in told["sources"]}
    assert [name for name, when in following.items() if when is None] == ["fort", "pausiert", "geheim", "seite"]
    lines, _ = look(folder, LATER, "seite")
    assert any(line.split() == ["next:", "at", "the", "next", "run"] for line in lines)


def test_the_latest_fetches_of_one_source_are_told(folder: SiteFolder) -> None:
    """`status ID` shows the last fetches: when, status, bytes, milliseconds, new entries, and what went wrong."""
    lines, told = look(folder, LATER, "fehlt")
    (one,) = told["sources"]
    assert len(one["fetches"]) == 9
    assert set(one["fetches"][0]) == {"time", "status", "bytes", "milliseconds", "new", "error"}
    assert [fetch["status"] for fetch in one["fetches"]] == [404] * 9
    head = next(number for number, line in enumerate(lines) if line.startswith("FETCHED"))
    assert all("http-404" in line for line in lines[head + 1 :])
    _, told = look(folder, LATER, "gut")
    first = told["sources"][0]["fetches"][-1]
    assert (first["status"], first["new"], first["error"]) == (200, 1, None)
    assert first["bytes"] == len(rss(GOOD))
    lines, told = look(folder, LATER, "pausiert")
    assert told["sources"][0]["fetches"] == []
    assert not any(line.startswith("FETCHED") for line in lines)


def test_the_command_shows_it(folder: SiteFolder, run_cli: CommandLine) -> None:
    """`status` and `status ID` print the same by the real command."""
    run_cli.config = folder.config
    assert "fehlt" in run_cli("status").stdout
    assert "FETCHED" in run_cli("status", "fehlt").stdout
    assert "fetches" not in json.loads(run_cli("status", "--json").stdout)["sources"][0]
    assert os.environ.get("STATUS_KEY") is None
