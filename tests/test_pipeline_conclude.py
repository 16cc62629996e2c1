"""Promises of pipeline/conclude.py: which stories a reader sees, and that they never move."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from aggregator import config
from aggregator.pipeline.pulled import Report, Wish
from aggregator.pipeline.workplace import workplace
from tests.conftest import SiteFolder
from tests.runs import NOW, TOPICS, Item, changed, feed, items, publish, titles, touched, update
from tests.servers import Answer, LoopbackServer

MakeFolder = Callable[..., SiteFolder]
LATER = NOW + timedelta(hours=2)
AGAIN = Wish(force=True)


def _two(server: LoopbackServer, site_folder: MakeFolder, **more: object) -> SiteFolder:
    return site_folder(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=TOPICS, **more)


def test_a_changed_headline_is_no_second_story(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """An entry whose headline and text change stays the story it was: same id, same date, later `updated`."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = feed(Item(title="Köln: Rat tagt öffentlich", guid="1"))
    update(folder)
    (before,) = items(folder)
    server.answers["/amt"] = feed(Item(title="Köln: Rat tagt nun doch nicht", guid="1", text="Abgesagt.", day=16))
    done = update(folder, LATER, wish=AGAIN)
    (after,) = items(folder)
    assert (done.concluded.new, done.concluded.joined, done.concluded.changed) == (0, 0, 1)
    assert after["title"] == "Köln: Rat tagt nun doch nicht"
    assert after["id"] == before["id"]
    assert after["date_published"] == before["date_published"]
    assert before["date_modified"] < after["date_modified"] == "2025-07-20T12:30:00+02:00"


def test_a_revised_headline_is_known_to_others(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Who carries a story under the headline that it has got since carries the same story, in the same run, too.

    On another day, or under a bare title, it does not; the story keeps its id, and its first headline still counts.
    """
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="Rat tagt heute öffentlich", guid="1"), Item(title="Haushalt 1", guid="2"))
    server.answers["/blatt"] = feed(Item(title="Ganz etwas anderes heute"))
    update(folder)
    before = {item["title"]: item["id"] for item in items(folder)}
    revised = Item(title="Sitzung zum Haushalt ist abgesagt", guid="1")
    server.answers["/amt"] = feed(revised, Item(title="Newsletter", guid="2"))
    server.answers["/blatt"] = feed(
        Item(title="Sitzung zum Haushalt ist abgesagt"),
        Item(title="Rat tagt heute öffentlich"),
        Item(title="Sitzung zum Haushalt ist abgesagt", day=16, guid="16"),
        Item(title="Newsletter"),
    )
    done = update(folder, LATER, wish=AGAIN)
    assert (done.concluded.new, done.concluded.joined) == (2, 2)
    after = {item["title"]: item["id"] for item in items(folder) if item["date_published"].startswith("2025-07-15")}
    assert after[revised.title] == before["Rat tagt heute öffentlich"]
    with workplace(config.load(folder.config, os.environ)) as place:
        (story,) = place.store.stories([after[revised.title].removeprefix("urn:uuid:")])
    assert [stored.reason for stored in story.entries] == [
        "first of its story",
        'same date and revised title: "Rat tagt heute öffentlich"',
        'same date and title: "Rat tagt heute öffentlich"',
    ]


def test_a_source_that_shows_both_headlines_means_two_stories(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Who carries the former headline and the new one side by side has two articles."""
    folder = _two(server, site_folder)
    first, second = "Polizei nimmt Verdächtigen nach Brand fest", "Haftbefehl: Richter lässt Mann wieder laufen"
    server.answers["/amt"] = feed(Item(title=first, guid="1"))
    server.answers["/blatt"] = feed(Item(title="Ganz etwas anderes heute"))
    update(folder)
    server.answers["/amt"] = feed(Item(title=second, guid="1"))
    update(folder, LATER, wish=AGAIN)
    server.answers["/blatt"] = feed(Item(title=first), Item(title=second))
    done = update(folder, LATER + timedelta(hours=2), wish=AGAIN)
    assert (done.concluded.joined, done.concluded.new) == (1, 1)


def test_ids_that_are_places_lose_no_story(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where ids are but places in the document, all items of one day, what is new is new and nothing is twice."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    words = "Schwimmbad Museum Bürgermeisterin Buslinie Feuerwehr Bibliothek".split()
    told = [Item(title=f"{word} der Stadt öffnet wieder", link=f"https://stadt.example/{word}") for word in words]

    def shown(items: list[Item]) -> Answer:
        return feed(*(replace(item, guid=f"item-{place}") for place, item in enumerate(items)))

    server.answers["/amt"] = shown(told[1:])
    update(folder)
    before = {item["title"]: item["id"] for item in items(folder)}
    server.answers["/amt"] = shown(told[:-1])
    done = update(folder, LATER, wish=AGAIN)
    after = {item["title"]: item["id"] for item in items(folder)}
    assert done.concluded.new == 1
    assert set(after) == {item.title for item in told}
    assert {title: after[title] for title in before} == before


def test_a_headline_that_changes_all_the_time(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Of a ticker the first ten further headlines are known by; what comes later founds a story."""
    folder = _two(server, site_folder)
    for minute in range(13):
        server.answers["/amt"] = feed(Item(title=f"Ticker zur Wahl: Stand um {minute} Uhr", guid="1"))
        update(folder, NOW + timedelta(hours=minute), wish=AGAIN)
    server.answers["/blatt"] = feed(*(Item(title=f"Ticker zur Wahl: Stand um {minute} Uhr") for minute in (10, 11)))
    done = update(folder, NOW + timedelta(hours=20), wish=AGAIN)
    assert (done.concluded.joined, done.concluded.new) == (1, 1)


def test_copies_are_one_story(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Two sources' entries of one day and title are one story that names both, the upper source's text shown."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="Rat beschließt Smart-City-Strategie", text="Vom Amt."))
    server.answers["/blatt"] = feed(
        Item(title="Rat beschliesst »Smart City«-Strategie", text="Vom Blatt, viel länger.")
    )
    done = update(folder)
    (story,) = items(folder)
    assert (done.concluded.new, done.concluded.joined) == (1, 1)
    assert story["title"] == "Rat beschließt Smart-City-Strategie"
    assert "Vom Amt." in story["summary"]
    page = next((folder.public / "story").glob("*.html")).read_text(encoding="utf-8")
    assert page.count("https://kommune.example/") >= 2
    assert titles(folder, "smart-city") == ["Rat beschließt Smart-City-Strategie"]


def test_a_better_source_that_comes_later_is_shown(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A copy from a source further up changes what is shown and `updated`, and neither id nor date."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="Ganz etwas anderes heute"))
    server.answers["/blatt"] = feed(Item(title="Neues Portal für Bürger", text="Vom Blatt."))
    update(folder)
    before = next(item for item in items(folder) if item["title"] == "Neues Portal für Bürger")
    server.answers["/amt"] = feed(Item(title="Neues Portal für Bürger", text="Vom Amt."))
    done = update(folder, LATER, wish=AGAIN)
    after = next(item for item in items(folder) if item["id"] == before["id"])
    assert (done.concluded.joined, done.concluded.changed) == (1, 1)
    assert ("Vom Blatt." in before["summary"], "Vom Amt." in after["summary"]) == (True, True)
    assert after["date_published"] == before["date_published"]
    assert after["date_modified"] > before["date_modified"]


def test_the_order_of_answers_does_not_count(site_folder: MakeFolder) -> None:
    """Which of two equal entries comes first depends on feeds.yaml, whoever answers first."""
    answered: list[str] = []
    second = threading.Event()

    def progress(report: Report, _due: int) -> None:
        answered.append(report.source.id)
        second.set()

    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2")) as server:
        folder = site_folder(
            sources={"amt": server.url("/amt"), "blatt": server.url("/blatt", address="127.0.0.2")}, topics=TOPICS
        )
        server.answers["/amt"] = replace(feed(Item(title="Rat tagt am Dienstag", text="Vom Amt.")), hold=second)
        server.answers["/blatt"] = feed(Item(title="Rat tagt am Dienstag", text="Vom Blatt."))
        update(folder, progress=progress)
    (story,) = items(folder)
    assert answered == ["blatt", "amt"]
    assert story["summary"] == "Vom Amt."
    page = next((folder.public / "story").glob("*.html")).read_text(encoding="utf-8")
    assert page.index("amt") < page.index("blatt")


def test_a_source_that_left_keeps_its_stories(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What a source brought stays published, as it was, when it is taken out of feeds.yaml."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))
    server.answers["/blatt"] = feed(Item(title="Smart City Köln wächst"))
    update(folder)
    before = touched(folder)
    folder.write(sources={"amt": server.url("/amt")}, topics=TOPICS)
    update(folder, LATER)
    assert sorted(titles(folder)) == ["OZG-Portal gestartet", "Smart City Köln wächst"]
    assert changed(before, touched(folder)) == {"sources.opml"}


def test_a_renamed_source_is_the_same(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A key that changes over the same address brings nothing twice."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), ETag='"1"')
    update(folder)
    before = items(folder)
    folder.write(sources={"rathaus": server.url("/amt")})
    done = update(folder, LATER, wish=AGAIN)
    assert (done.pulled.new, done.concluded.new) == (0, 0)
    assert server.requests[-1].header("if-none-match") == '"1"'
    assert [item["id"] for item in items(folder)] == [item["id"] for item in before]


def test_sources_may_swap_their_names(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Two keys that change places over their addresses keep what is known of each; nothing is new."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), ETag='"amt"')
    server.answers["/blatt"] = feed(Item(title="Smart City Köln wächst"), ETag='"blatt"')
    update(folder)
    folder.write(sources={"blatt": server.url("/amt"), "amt": server.url("/blatt")}, topics=TOPICS)
    done = update(folder, LATER, wish=AGAIN)
    assert (done.pulled.new, done.concluded.new) == (0, 0)
    asked = {request.target: request.header("if-none-match") for request in server.requests[2:]}
    assert asked == {"/amt": '"amt"', "/blatt": '"blatt"'}


def test_a_name_that_takes_over_an_address(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A known key over another's address starts afresh: its entries join the stories that are there."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), ETag='"amt"')
    server.answers["/blatt"] = feed(Item(title="Smart City Köln wächst"))
    update(folder)
    before = {item["title"]: item["id"] for item in items(folder)}
    folder.write(sources={"blatt": server.url("/amt")}, topics=TOPICS)
    done = update(folder, LATER)
    assert (done.pulled.due, done.concluded.new, done.concluded.joined) == (1, 0, 1)
    assert server.requests[-1].header("if-none-match") is None
    assert {item["title"]: item["id"] for item in items(folder)} == before


def test_a_changed_rule_counts_at_once(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A topic's new words apply to what is stored, at the next publish; feeds of other topics keep their bytes."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), Item(title="Bürgerportal für Kiel"))
    server.answers["/blatt"] = feed(Item(title="Smart City Köln wächst"))
    update(folder)
    before = touched(folder)
    wider = {**TOPICS, "ozg": {"title": "OZG", "any": ["OZG", "bürgerportal*"]}}
    folder.write(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=wider)
    publish(folder, LATER)
    assert sorted(titles(folder, "ozg")) == ["Bürgerportal für Kiel", "OZG-Portal gestartet"]
    story = next(item["id"] for item in items(folder, "ozg") if item["title"] == "Bürgerportal für Kiel")
    page = f"story/{story.removeprefix('urn:uuid:')}.html"
    of_ozg = {f"ozg.{suffix}" for suffix in ("atom", "rss", "json", "html")}
    assert changed(before, touched(folder)) == {*of_ozg, "index.html", page}
    folder.write(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=TOPICS)
    update(folder, LATER)
    assert titles(folder, "ozg") == ["OZG-Portal gestartet"]


def test_undated_entries_meet_by_title(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Undated copies are one story; a dated one joins it only where the link agrees."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = server.answers["/blatt"] = feed(Item(title="Ganz etwas anderes heute"))
    update(folder)
    server.answers["/amt"] = feed(
        Item(title="Wo der Schuh drückt", day=0, guid="a"), Item(title="Rat und Tat für alle", day=0, guid="x")
    )
    server.answers["/blatt"] = feed(
        Item(title="Wo der Schuh drückt", day=0, guid="b"),
        Item(title="Rat und Tat für alle", guid="y", link=f"https://kommune.example/{b'x'.hex()}"),
        Item(title="Rat und Tat für alle", guid="z", day=16),
    )
    done = update(folder, LATER, wish=AGAIN)
    assert (done.concluded.new, done.concluded.joined) == (3, 2)
    undated = next(item for item in items(folder) if item["title"] == "Wo der Schuh drückt")
    assert "date_published" not in undated
    assert undated["date_modified"] == "2025-07-20T12:30:00+02:00"


def test_bare_titles_stay_apart(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """„Newsletter“ of one day in two sources, or twice in one with two links, are as many stories."""
    folder = _two(server, site_folder)
    server.answers["/amt"] = feed(Item(title="Newsletter", guid="a"), Item(title="Newsletter", guid="b"))
    server.answers["/blatt"] = feed(Item(title="Newsletter", guid="c"))
    assert update(folder).concluded.new == 3
    assert len({item["id"] for item in items(folder)}) == 3


def test_more_entries_than_a_batch(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Entries by the hundred, copies of each other across batches, are filed as one by one they would be."""
    folder = _two(server, site_folder, outputs={"kurz": {"title": "Kurz", "topics": ["ozg"], "limit": 3}})
    many = [Item(title=f"OZG-Leistung Nummer {number} ist online", day=number % 28 + 1) for number in range(700)]
    server.answers["/amt"] = feed(*many)
    server.answers["/blatt"] = feed(*reversed(many))
    done = update(folder)
    assert (done.pulled.new, done.concluded.new, done.concluded.joined) == (1400, 700, 700)
    folder.write(sources={"blatt": server.url("/blatt")}, topics=TOPICS)
    publish(folder)
    assert len(items(folder, "ozg")) >= 100


def test_unfiled_entries_of_a_dead_run_are_filed(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What a run recorded before it died is filed and published by the next one, which need not ask again."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"))

    class PowerCutError(Exception):
        pass

    def cut(*_: object) -> None:
        raise PowerCutError

    try:
        update(folder, progress=cut)
    except PowerCutError:
        publish(folder, LATER)
    assert titles(folder) == ["OZG-Portal gestartet"]
    assert len(server.requests) == 1
