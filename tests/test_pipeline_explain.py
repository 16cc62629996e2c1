"""Promises of pipeline/explain.py: what is found by what name, and what is told of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from aggregator import config
from aggregator.model import Overrule, Overrules
from aggregator.pipeline.explain import Explanation, explain
from aggregator.pipeline.pulled import Wish
from tests.conftest import SiteFolder
from tests.runs import NOW, TOPICS, Item, feed, items, update
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]

PORTAL = Item(title="Köln: OZG-Portal für Bürger geöffnet", guid="portal")
HUNDRED = Item(title="Das Land schaltet 100 Leistungen für Städte frei", guid="hundert")
TWO_HUNDRED = Item(title="Das Land schaltet 200 Leistungen für Städte frei", guid="zweihundert")
UNDATED = Item(title="Köln: OZG-Portal für Bürger", day=0, guid="ohne-tag")


def fill(folder: SiteFolder, server: LoopbackServer) -> SiteFolder:
    """File of two sources a story with two copies, two of different numbers, an undated one, a newsletter each."""
    folder.write(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=TOPICS)
    server.answers["/amt"] = feed(PORTAL, HUNDRED, UNDATED, Item(title="Newsletter", guid="a"))
    server.answers["/blatt"] = feed(
        Item(title="KÖLN – OZG-Portal für Bürger geöffnet!", guid="b"), TWO_HUNDRED, Item(title="Newsletter", guid="c")
    )
    update(folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SiteFolder:
    """A folder that is only read."""
    with LoopbackServer() as server:
        return fill(SiteFolder(path=tmp_path_factory.mktemp("site")), server)


def explained(folder: SiteFolder, what: str, *, different: tuple[str, ...] = ()) -> Explanation:
    loaded = config.load(folder.config, os.environ)
    overrules = Overrules(different=(Overrule(names=different, place="feeds.yaml:1:1"),) if different else ())
    return explain(replace(loaded, overrules=overrules), what)


def title(explanation: Explanation) -> str | None:
    return explanation.story.title if explanation.story else None


def near(explanation: Explanation) -> Mapping[str, str]:
    return {one.title: one.why_not for one in explanation.near_misses}


@pytest.mark.parametrize(
    "what",
    [
        PORTAL.title,
        "köln ozg portal für bürger GEOEFFNET",
        "KÖLN – OZG-Portal für Bürger geöffnet!",
        "portal",
        f"https://kommune.example/{b'portal'.hex()}",
        f"https://kommune.example/{b'b'.hex()}?utm_source=x",
        "OZG-Portal geöffnet",
    ],
)
def test_a_story_is_found(folder: SiteFolder, what: str) -> None:
    """By its title in any spelling, a copy's title, an entry's id, a link, or words of its title."""
    found = explained(folder, what)
    assert title(found) == PORTAL.title
    assert found.story is not None
    assert [stored.reason for stored in found.story.entries] == [
        "first of its story",
        f'same date and title: "{PORTAL.title}"',
    ]


def test_a_story_is_found_by_its_id_and_page(folder: SiteFolder) -> None:
    """With and without `urn:uuid:`, and by the address of its page."""
    story = next(item["id"] for item in items(folder) if item["title"] == PORTAL.title)
    bare = story.removeprefix("urn:uuid:")
    for what in (story, bare, f"https://news.example.org/story/{bare}.html"):
        assert title(explained(folder, what)) == PORTAL.title


def test_topics_and_why_not(folder: SiteFolder) -> None:
    """Each topic of feeds.yaml is there, with what matched or with why it does not hold the story."""
    city, ozg = explained(folder, PORTAL.title).verdicts
    assert (city.topic, city.matches, city.why_not) == ("smart-city", (), "none of its terms stands there")
    assert [(match.term, match.field, match.words) for match in ozg.matches] == [("OZG", "title", "OZG")]
    assert ozg.why_not is None


def test_near_misses_say_why(folder: SiteFolder) -> None:
    """Other numbers, a missing date and a bare title are named where they keep two stories apart."""
    assert near(explained(folder, HUNDRED.title)) == {TWO_HUNDRED.title: "different numbers: 100 and 200"}
    assert near(explained(folder, PORTAL.title))[UNDATED.title] == "without a date only the same title counts"
    assert near(explained(folder, UNDATED.title))[PORTAL.title] == "without a date only the same title counts"
    newsletter = explained(folder, "Newsletter")
    assert near(newsletter) == {"Newsletter": "a bare title says nothing"}
    assert [story.title for story in newsletter.others] == ["Newsletter"]
    split = explained(folder, PORTAL.title, different=(PORTAL.title, TWO_HUNDRED.title))
    assert near(split)[TWO_HUNDRED.title] == "split in feeds.yaml"


def test_the_same_title_elsewhere(server: LoopbackServer, tmp_path: Path) -> None:
    """Another day, no day, and a document that holds both are told of stories with equal titles."""
    folder = fill(SiteFolder(path=tmp_path), server)
    server.answers["/blatt"] = feed(
        Item(title=PORTAL.title, day=16, guid="morgen"),
        Item(title=PORTAL.title, day=0, guid="nie"),
        Item(title=f"Anzeige: {PORTAL.title}", guid="anzeige"),
        Item(title="Kiel: Der Rat beschließt die neue Strategie", guid="kiel"),
        Item(title="Der Rat beschließt die neue Strategie", guid="ohne"),
        Item(title="Jena: Der Rat beschließt die neue Strategie", guid="jena"),
    )
    update(folder, NOW + timedelta(hours=2), wish=Wish(force=True))
    loaded = config.load(folder.config, os.environ)
    found = explain(loaded, f"https://kommune.example/{b'portal'.hex()}")
    whys = [one.why_not for one in found.near_misses if one.title == PORTAL.title]
    assert sorted(whys) == ["another day: 2025-07-16", "one has no date, and the links differ"]
    assert near(found)[f"Anzeige: {PORTAL.title}"] == "one is marked as advertising"
    strategy = near(explained(folder, "Kiel: Der Rat beschließt die neue Strategie"))
    assert strategy["Der Rat beschließt die neue Strategie"] == (
        "kicker left out, but they stood in one document of blatt"
    )
    assert strategy["Jena: Der Rat beschließt die neue Strategie"] == "two kickers over one headline"


def test_two_stories_that_qualify(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where two stories were as near, each says so of the third."""
    folder = site_folder(sources={name: server.url(f"/{name}") for name in ("amt", "blatt", "netz")})
    server.answers["/amt"] = feed(Item(title="Kiel: Der Rat beschließt die neue Strategie"))
    server.answers["/blatt"] = feed(Item(title="Jena: Der Rat beschließt die neue Strategie"))
    server.answers["/netz"] = feed(Item(title="Der Rat beschließt die neue Strategie", guid="netz"))
    update(folder)
    found = explained(folder, "netz")
    assert found.story is not None
    assert found.story.entries[0].reason == (
        "several stories qualify: Jena: Der Rat beschließt die neue Strategie;"
        " Kiel: Der Rat beschließt die neue Strategie"
    )
    assert set(near(found).values()) == {
        "kicker left out, but other stories of that day were as near when it was filed"
    }


def test_a_text_that_is_no_story(folder: SiteFolder) -> None:
    """Of any text the topics are told that it would be in, and the nearest stories."""
    found = explained(folder, "Das Land schaltet 300 OZG-Leistungen für Städte frei")
    assert found.story is None
    assert [verdict.why_not is None for verdict in found.verdicts] == [False, True]
    assert near(found)[HUNDRED.title] == "different numbers: 300 and 100"
    as_good = explained(folder, "Das OZG-Portal für Bürger in Köln geöffnet – endlich")
    assert as_good.story is None
    assert near(explained(folder, "der die das")) == {}


def test_a_text_that_would_be_the_same(folder: SiteFolder) -> None:
    """A text without a day is told on which day it would be what story."""
    found = explained(folder, "Das Land schaltete 100 Leistungen für Städte frei")
    assert near(found)[HUNDRED.title] == (
        "a text has no day; it would be the same (nearly the same title: schaltet, schaltete) on 2025-07-15"
    )


def test_a_link_or_id_that_nothing_bears(folder: SiteFolder) -> None:
    """A link that is not stored has no topics by itself."""
    for what in ("https://kommune.example/nichts", "urn:uuid:00000000-0000-5000-8000-000000000000"):
        assert explained(folder, what) == Explanation(reference=True)


def test_without_a_database_texts_have_topics(site_folder: MakeFolder) -> None:
    """Before the first update a text is judged too, and no database is made."""
    folder = site_folder(sources={}, topics=TOPICS)
    found = explained(folder, "OZG-Leistungen für Kommunen")
    assert (found.story, found.near_misses) == (None, ())
    assert [verdict.topic for verdict in found.verdicts if verdict.why_not is None] == ["ozg"]
    assert not folder.data.exists()


def test_a_headline_that_was_changed(server: LoopbackServer, tmp_path: Path) -> None:
    """A story is found by the headline that readers see now, and by the one that it was filed under."""
    folder = fill(SiteFolder(path=tmp_path), server)
    server.answers["/amt"] = feed(replace(HUNDRED, title="Nun doch: Freischaltung für alle Städte im Land"))
    update(folder, NOW + timedelta(hours=2), wish=Wish(force=True))
    for what in (HUNDRED.title, "Nun doch: Freischaltung für alle Städte im Land"):
        assert title(explained(folder, what)) == HUNDRED.title


def test_words_of_any_of_its_titles(server: LoopbackServer, tmp_path: Path) -> None:
    """Some words find a story whether they stand in the title it was filed under, in a later one, or in a copy's."""
    folder = fill(SiteFolder(path=tmp_path), server)
    server.answers["/amt"] = feed(replace(HUNDRED, title="Nun doch: Freischaltung für alle Städte im Land"))
    update(folder, NOW + timedelta(hours=2), wish=Wish(force=True))
    assert title(explained(folder, "Freischaltung Städte")) == HUNDRED.title
    server.answers["/blatt"] = feed(Item(title="Nun doch: Freischaltung für alle Städte im Land", guid="kopie"))
    server.answers["/amt"] = feed(HUNDRED)
    update(folder, NOW + timedelta(hours=4), wish=Wish(force=True))
    assert title(explained(folder, "Freischaltung Städte")) == HUNDRED.title
