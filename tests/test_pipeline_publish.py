"""Promises of pipeline/publish.py: what changed is written, and nothing else is touched."""

from __future__ import annotations

import os
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aggregator import config
from aggregator.errors import OutputError
from aggregator.pipeline.publish import publish as publish_from
from aggregator.pipeline.publish.shelf import Shelf
from aggregator.pipeline.pulled import Wish
from aggregator.pipeline.workplace import workplace
from tests.conftest import SiteFolder
from tests.runs import NOW, TOPICS, Item, changed, document, feed, items, publish, rss, titles, touched, update
from tests.servers import Answer, LoopbackServer

MakeFolder = Callable[..., SiteFolder]
LATER = NOW + timedelta(hours=2)
AGAIN = Wish(force=True)
SUFFIXES = ("atom", "rss", "json", "html")
ATOM = "{http://www.w3.org/2005/Atom}"


def _updated(folder: SiteFolder, slug: str) -> str | None:
    return ET.parse(folder.public / f"{slug}.atom").getroot().findtext(f"{ATOM}updated")


@pytest.mark.parametrize("headers", [{}, {"ETag": '"eins"', "Last_Modified": "Tue, 15 Jul 2025 08:00:00 GMT"}])
def test_a_second_run_touches_nothing(server: LoopbackServer, site_folder: MakeFolder, headers: dict[str, str]) -> None:
    """Two hours later, with validators or without, equal feeds bring 0 new and leave every file as it was."""
    folder = site_folder(sources={})
    folder.write(
        sources={"seite": document(folder), "amt": server.url("/amt"), "blatt": {"feed": server.url("/blatt")}},
        topics=TOPICS,
    )
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), Item(title="Ohne Datum", day=0), **headers)
    server.answers["/blatt"] = feed(Item(title="Smart City Köln wächst"), **headers)
    update(folder)
    before = touched(folder)
    done = update(folder, LATER, wish=AGAIN)
    assert (done.pulled.due, done.pulled.new, done.pulled.changed, done.pulled.unchanged) == (3, 0, 0, 3)
    assert (done.written.written, done.written.removed) == ((), ())
    assert touched(folder) == before
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("revised", "index"),
    [
        (Item(title="OZG-Portal doch verschoben", guid="1"), {"index.html"}),
        (Item(title="OZG-Portal gestartet", guid="1", text="Nun doch erst im August."), set()),
    ],
    ids=["headline", "text"],
)
def test_one_changed_story_touches_what_shows_it(
    server: LoopbackServer, site_folder: MakeFolder, revised: Item, index: set[str]
) -> None:
    """One story changed at its source: its feeds, that of all, its page and the index that shows its headline."""
    folder = site_folder(sources={})
    folder.write(sources={"seite": document(folder), "amt": server.url("/amt")}, topics=TOPICS)
    city = Item(title="Smart City Köln wächst")
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet", guid="1"), city)
    update(folder)
    before = touched(folder)
    server.answers["/amt"] = feed(revised, city)
    done = update(folder, LATER, wish=AGAIN)
    story = next(item["id"] for item in items(folder) if item["title"] == revised.title)
    expected = {f"{slug}.{suffix}" for slug in ("all", "ozg") for suffix in SUFFIXES}
    expected |= {f"story/{story.removeprefix('urn:uuid:')}.html", *index}
    assert changed(before, touched(folder)) == expected == set(done.written.written)
    assert (done.concluded.new, done.concluded.changed) == (0, 1)
    assert _updated(folder, "ozg") == "2025-07-20T12:30:00+02:00"


def test_the_same_database_gives_the_same_bytes(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """`rm -r public` and a publish at any later time bring the same bytes back."""
    folder = site_folder(sources={})
    folder.write(sources={"seite": document(folder), "amt": server.url("/amt")}, topics=TOPICS)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), Item(title="Ohne Datum", day=0))
    update(folder)
    before = touched(folder)
    shutil.rmtree(folder.public)
    publish(folder, NOW + timedelta(days=400))
    assert {name: content for name, (content, _) in touched(folder).items()} == {
        name: content for name, (content, _) in before.items()
    }


def test_a_format_that_left_is_removed(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Files of a format that feeds.yaml no longer names are removed; what others laid there stays."""
    sources = {"amt": server.url("/amt")}
    outputs = {"blick": {"title": "Blick – „kurz“", "topics": ["ozg", "smart-city"], "formats": ["atom", "html"]}}
    folder = site_folder(sources=sources, topics=TOPICS, outputs=outputs)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), Item(title="Smart City Köln wächst", day=16))
    update(folder)
    foreign = folder.public / "robots.txt"
    foreign.write_text("User-agent: *", encoding="utf-8")
    before = touched(folder)
    assert {"blick.atom", "blick.html"} <= before.keys()
    assert {"blick.rss", "blick.json"}.isdisjoint(before.keys())
    outputs["blick"]["formats"] = ["atom"]
    folder.write(sources=sources, topics=TOPICS, outputs=outputs)
    written = publish(folder)
    assert written.removed == ("blick.html",)
    assert foreign.is_file()


@pytest.mark.parametrize("formerly", [{}, {"formerly": ["blick"]}], ids=["new", "renamed"])
def test_a_refused_output_leaves_no_trace(
    server: LoopbackServer, site_folder: MakeFolder, formerly: dict[str, object]
) -> None:
    """Where a name is taken nothing was published: taken out again, the output has no farewell and blocks nothing."""
    sources = {"amt": server.url("/amt")}
    outputs = {"blick": {"topics": ["ozg"]}}
    folder = site_folder(sources=sources, topics=TOPICS, outputs=outputs)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))
    update(folder)
    (folder.public / "neu.atom").write_text("Meins", encoding="utf-8")
    before = touched(folder)
    new = {"neu": {"topics": ["ozg"], **formerly}}
    folder.write(sources=sources, topics=TOPICS, outputs=new if formerly else {**outputs, **new})
    with pytest.raises(OutputError, match=r"neu\.atom: is not ours"):
        publish(folder)
    folder.write(sources=sources, topics=TOPICS, outputs=outputs)
    assert publish(folder, LATER).written == ()
    assert touched(folder) == before


def test_updated_never_goes_back(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A feed whose newest story leaves it keeps its `updated`, so that no reader thinks it has seen the future."""
    folder = site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet", day=18), Item(title="Das OZG im Amt", day=1))
    update(folder)
    assert _updated(folder, "ozg") == "2025-07-18T10:00:00+02:00"
    narrow = {**TOPICS, "ozg": {"title": "OZG", "any": ["OZG im Amt"]}}
    folder.write(sources={"amt": server.url("/amt")}, topics=narrow)
    publish(folder)
    assert titles(folder, "ozg") == ["Das OZG im Amt"]
    assert _updated(folder, "ozg") == "2025-07-18T10:00:00+02:00"


def test_an_empty_feed_is_as_old_as_the_site(site_folder: MakeFolder) -> None:
    """A topic without stories is published all the same, dated to the day that `site.id` was minted."""
    folder = site_folder(sources={"fort": "http://127.0.0.1:9/"}, topics=TOPICS)
    publish(folder)
    assert (titles(folder, "ozg"), _updated(folder, "ozg")) == ([], "2026-01-01T01:00:00+01:00")


def test_a_teaser_is_all_that_is_reprinted(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Without `content: full` a story has a teaser and the link; with it, the text."""
    text = " ".join(f"Dies ist der Satz Nummer {number} im langen Text." for number in range(40))
    sources = {"amt": {"feed": server.url("/amt"), "content": "full"}, "blatt": server.url("/blatt")}
    folder = site_folder(sources=sources)
    server.answers["/amt"] = feed(Item(title="Langer Text vom Amt", text=text))
    server.answers["/blatt"] = feed(Item(title="Langer Text vom Blatt", text=text))
    update(folder)
    story = {item["title"]: item for item in items(folder)}
    assert "Nummer 39" in story["Langer Text vom Amt"]["content_html"]
    assert "Nummer 39" not in str(story["Langer Text vom Blatt"])
    assert "Nummer 39" not in (folder.public / "all.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "secret",
    [
        {"public": False},
        {"user": "redaktion", "password": "${GEHEIM}"},
        {"headers": {"X-Key": "${GEHEIM}"}},
        {"feed": "?key=${GEHEIM}"},
    ],
    ids=["public", "credentials", "headers", "address"],
)
@pytest.mark.parametrize("rank", [0, 1], ids=["shown", "copied"])
def test_a_private_source_is_named_nowhere(
    server: LoopbackServer, site_folder: MakeFolder, secret: dict[str, object], rank: int
) -> None:
    """Its stories are published, but neither its id, title, address, channel nor secret is, whatever it comes to."""
    intranet = {"feed": server.url("/verborgen"), "title": "Flurfunk Süd", "topics": ["ozg"], "content": "full"}
    if "feed" in secret:
        secret = {"feed": f"{intranet['feed']}?key=${{GEHEIM}}"}
    sources = [("hausnetz", intranet | secret), ("amt", {"feed": server.url("/amt"), "title": "Amtsblatt"})]
    topics = {**TOPICS, "flur": {"title": "Vom Gang", "any": ["source:flurfunk", "OZG"]}}
    folder = site_folder(sources=dict(reversed(sources) if rank else sources), topics=topics)
    alone, shared = Item(title="Neue Kaffeemaschine"), Item(title="OZG-Portal für alle gestartet")
    server.answers["/amt"] = feed(replace(shared, guid="amt-1"))
    server.answers["/verborgen"] = Answer(body=rss(alone, shared, title="Kanal Hinterzimmer"))
    server.answers["/verborgen?key=sehr-geheim"] = server.answers["/verborgen"]
    update(folder, environ={"GEHEIM": "sehr-geheim"})
    origins = {item["title"]: item["_aggregator"].get("source", {}).get("id") for item in items(folder, "ozg")}
    assert origins == {alone.title: None, shared.title: "amt" if rank else None}
    published = folder.published()
    assert {name for name in published if name.startswith("story/")}
    for word in ("hausnetz", "flurfunk", "hinterzimmer", "verborgen", "geheim"):
        assert [name for name, content in published.items() if word in content.decode().lower()] == []


def test_a_publish_holds_no_more_stories_than_it_needs(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where there are more stories than memory should hold, they are read again and the same bytes come out."""
    folder = site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS)
    server.answers["/amt"] = feed(*(Item(title=f"OZG-Leistung {number} gestartet") for number in range(8)))
    update(folder)
    before = folder.published()
    shutil.rmtree(folder.public)
    with workplace(config.load(folder.config, os.environ)) as place:
        publish_from(place.store, place.config, place.public, Shelf(place.store, place.config, held=0))
    assert folder.published() == before
