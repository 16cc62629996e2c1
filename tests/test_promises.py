"""Is it done? What a new user would try on the whole program, through the real commands."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import threading
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from msgspec.structs import replace
from ruamel.yaml import YAML

from aggregator.store import open_store
from tests.conftest import REPOSITORY, CommandLine, SiteFolder
from tests.runs import NOW, SEED, Item, feed, items, shared, titles, touched, update
from tests.servers import Answer, LoopbackServer

MakeFolder = Callable[..., SiteFolder]
ATOM = "{http://www.w3.org/2005/Atom}"
ARTICLE = "Digitale Städte und Regionen: Neue Kooperation stellt sich vor"
NEGZ = "NEGZ: Smart City und E-Government zusammen denken"
RHINE = "Rheinland-Pfalz: Ausweitung der EfA-Fertigungsstrecke"
COAST = "Mecklenburg-Vorpommern: Verwaltungsvereinbarung mit eGo-MV"
BAVARIA = "Verwaltungsdigitalisierung: Bayerns Kommunen an der Spitze"


@pytest.fixture
def shipped(tmp_path: Path) -> SiteFolder:
    """The repository's own feeds.yaml with its document, and no other source."""
    told = YAML(typ="safe", pure=True).load(REPOSITORY.joinpath("feeds.yaml").read_text(encoding="utf-8"))
    folder = SiteFolder(path=tmp_path)
    folder.data.mkdir()
    shutil.copy(SEED, folder.data)
    captured = told["sources"]["kommune21-2025"]
    captured["captured"] = str(captured["captured"])
    outputs = {name: output for name, output in told["outputs"].items() if "sources" not in output}
    folder.write(sources={"kommune21-2025": captured}, topics=told["topics"], outputs=outputs, site=told["site"])
    return folder


def test_the_document_makes_sixteen_stories(shipped: SiteFolder, run_cli: CommandLine) -> None:
    """The seed is published whole and in order, each topic holds what belongs to it, and a second run adds nothing."""
    told = json.loads(run_cli("update", "--json").stdout)
    assert told["stories"] == {"new": 16, "joined": 0, "changed": 0}
    expected = [item["title"] for item in _expected_items()]
    assert titles(shipped) == expected
    assert titles(shipped, "smart-city") == [ARTICLE, NEGZ]
    assert [title for title in titles(shipped, "ozg") if title != BAVARIA] == [RHINE, COAST]
    before = touched(shipped)
    again = run_cli("update")
    assert "0 new and 0 changed entries" in again.stdout
    assert touched(shipped) == before


def test_a_day_is_that_day_all_over_europe(shipped: SiteFolder) -> None:
    """Every story stands on the day its document told, and the undated article on the day it was captured."""
    update(shipped)
    by_title = {item["title"]: item for item in items(shipped)}
    for item in _expected_items():
        published = by_title[item["title"]].get("date_published")
        assert (published and published[:10]) == item["date"]
    assert by_title[ARTICLE]["date_modified"][:10] == "2025-07-17"
    entries = ET.parse(shipped.public / "smart-city.atom").getroot().findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in entries] == [ARTICLE, NEGZ]
    assert entries[0].find(f"{ATOM}published") is None
    assert entries[0].findtext(f"{ATOM}updated") == "2025-07-17T12:00:00+02:00"
    rows = {row.findtext("title"): row.findtext("pubDate") for row in ET.parse(shipped.public / "all.rss").iter("item")}
    assert rows[ARTICLE] == "Thu, 17 Jul 2025 12:00:00 +0200"
    assert rows[COAST] == "Mon, 30 Jun 2025 12:00:00 +0200"


@pytest.mark.parametrize(
    ("moment", "environ"),
    [
        ("2025-08-01T12:00:00Z", {}),
        ("2031-01-01T00:30:00Z", {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"}),
        ("2031-01-01T00:30:00Z", {"TZ": "America/Anchorage", "PYTHONHASHSEED": "2"}),
    ],
)
def test_the_document_gives_the_same_bytes_everywhere(
    shipped: SiteFolder, run_cli: CommandLine, moment: str, environ: dict[str, str]
) -> None:
    """A fresh database gives the same bytes on any date, in any time zone, with any hash seed."""
    with time_machine.travel(NOW):
        update(shipped)
    before = shipped.published()
    shutil.rmtree(shipped.public)
    for file in shipped.data.glob("aggregator.*"):
        file.unlink()
    if environ:
        assert run_cli("update", timeout=60, **environ).code == 0
    else:
        with time_machine.travel(moment):
            update(shipped, NOW.fromisoformat(moment))
    assert shipped.published() == before


def test_two_runs_at_once(server: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """While one run works another says so and exits 4, silently with -q, or waits; nothing is lost or doubled."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    go = threading.Event()
    server.answers["/amt"] = replace(feed(Item(title="OZG-Portal gestartet")), hold=go)
    first = run_cli.start("update")
    server.wait_for(1)
    refused, silent = run_cli("update"), run_cli("-q", "update")
    assert (refused.code, silent.code) == (4, 4)
    assert "another run is at work" in refused.stderr
    assert (silent.stdout, silent.stderr) == ("", "")
    waiting = run_cli.start("update", "--wait", "20s", "--json")
    go.set()
    first.communicate(timeout=20)
    stdout, _ = waiting.communicate(timeout=20)
    assert (first.returncode, waiting.returncode) == (0, 0)
    assert json.loads(stdout)["stories"]["new"] == 0
    assert titles(folder) == ["OZG-Portal gestartet"]
    assert len(server.requests) == 1


def test_a_killed_run_is_taken_over(server: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """After kill -9 the next run takes up at once what the dead one had claimed, and loses nothing it recorded."""
    with LoopbackServer(addresses=("127.0.0.2",)) as other:
        folder = site_folder(sources={"amt": server.url("/amt"), "blatt": other.url("/blatt")})
        server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))
        other.answers["/blatt"] = replace(feed(Item(title="Smart City Köln wächst")), hold=threading.Event())
        first = run_cli.start("update")
        other.wait_for(1)
        assert first.stderr is not None
        assert first.stderr.readline() == "amt: 1 new, 0 changed\n"
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        other.answers["/blatt"] = feed(Item(title="Smart City Köln wächst"))
        told = json.loads(run_cli("update", "--json").stdout)
        assert (told["sources"]["due"], told["entries"]["new"], told["stories"]["new"]) == (1, 1, 2)
        assert sorted(titles(folder)) == ["OZG-Portal gestartet", "Smart City Köln wächst"]


def test_all_kept_feeds_at_once(site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """194 real feeds on 194 hosts: one run takes them all, none stops another, and `status` tells of each."""
    if not shared("feeds", "MANIFEST.tsv").is_file():
        pytest.skip("shared/feeds does not lie beside the checkout")
    with shared("feeds", "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    addresses = tuple(f"127.0.0.{number}" for number in range(1, len(rows) + 1))
    with LoopbackServer(addresses=addresses) as server:
        for row in rows:
            server.answers[f"/{row['file']}"] = Answer(body=shared("feeds", row["file"]).read_bytes())
        sources = {
            f"f{number}": server.url(f"/{row['file']}", address=address)
            for number, (row, address) in enumerate(zip(rows, addresses, strict=True))
        }
        folder = site_folder(sources=sources)
        told = json.loads(run_cli("update", "--json").stdout)
    assert told["sources"]["due"] == len(rows) == 194
    failed = {failure["source"]: failure["reason"] for failure in told["failures"]}
    status = {one["id"]: one for one in json.loads(run_cli("status", "--json").stdout)["sources"]}
    store = open_store(folder.database, create=False)
    states = store.states()
    store.close()
    for number, row in enumerate(rows):
        name, count = f"f{number}", int(row["entries"])
        reason = _NO_FEEDS.get(row["file"])
        word = "failing" if reason else "ok" if count else "empty"
        why = "empty" if word == "empty" else reason
        assert (status[name]["state"], status[name]["reason"], failed.get(name)) == (word, why, reason), row
        assert states[name].entry_count == (None if reason else count), row


_NO_FEEDS = {
    "feed-rs__feed-rs__atom_content_src.serde.json": "not-a-feed",
    "feed-rs__feed-rs__atom_entry_1.serde.json": "not-a-feed",
    "feed-rs__feed-rs__atom_example_1.serde.json": "not-a-feed",
    "feed-rs__feed-rs__atom_example_2.serde.json": "not-a-feed",
    "feed-rs__feed-rs__atom_example_3.serde.json": "not-a-feed",
    "feed-rs__feed-rs__atom_example_5.serde.json": "not-a-feed",
    "macieklamberski__feedsmith__package.json": "not-a-feed",
}
"""What lies among the kept feeds and is none: a feed inside a web page, and JSON that names no version."""


def _expected_items() -> list[dict[str, str | None]]:
    if not shared("seed", "expected.json").is_file():
        pytest.skip("shared/seed does not lie beside the checkout")
    found: list[dict[str, str | None]] = json.loads(shared("seed", "expected.json").read_bytes())["items"]
    return found
