"""Promises of pipeline/planning.py, and of what a run remembers of feeds.yaml."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from aggregator import config
from aggregator.lock import locked
from aggregator.pipeline.planning import WINDOW, plan
from aggregator.plan import Change, Changes, Plan
from tests.conftest import SiteFolder
from tests.runs import NOW, SMART_CITY, TOPICS, Item, feed, publish, titles, touched, update
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]

REGIONS = (
    "Südharz wird Smart Region",
    "Smart-Region-Strategie für den Landkreis Görlitz",
    "Förderung für die „Smart Region“ Mühldorf",
    "Zwei Smart Regions tauschen Daten aus – ein Bericht",
    "Kreis Höxter: SmartRegion startet Plattform",
    "Was eine Smart Region können muss",
    "Datenraum der smart region Ostwürttemberg eröffnet",
)
CITIES = ("Smart City Köln wächst", "Neue Smart-City-Charta", "Smart City und Smart Region: beides")
OTHERS = tuple(
    f"{town}: {subject}"
    for town in ("Gütersloh", "Würzburg", "Lübeck", "Jülich", "Nürtingen")
    for subject in ("Rat beschließt Haushalt", "Smart Home im Rathaus", "Region wächst", "Bürgerbüro öffnet länger")
)
STORIES = (*REGIONS, *CITIES, *OTHERS)


def wider(**keys: object) -> dict[str, object]:
    """Give the topics with `smart region` in Smart City."""
    return {**TOPICS, "smart-city": {"title": "Smart City", "any": [SMART_CITY, "smart region"], **keys}}


def planned(folder: SiteFolder, now: datetime = NOW) -> Plan:
    """Plan the feeds.yaml of a folder."""
    return plan(config.load(folder.config, {}), now)


@pytest.fixture
def folder(server: LoopbackServer, site_folder: MakeFolder) -> SiteFolder:
    """A site of thirty stories that has been published."""
    made = site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS)
    server.answers["/amt"] = feed(*(Item(title=title, day=12 + number % 8) for number, title in enumerate(STORIES)))
    update(made)
    assert len(titles(made)) == len(STORIES) == 30
    return made


def test_exactly_what_a_term_brings_is_told(folder: SiteFolder, server: LoopbackServer) -> None:
    """After a term is added, the plan lists just the seven stories it brings; once applied, nothing changes."""
    assert not planned(folder)
    folder.write(sources={"amt": server.url("/amt")}, topics=wider())
    found = planned(folder)
    (topic,) = found.topics
    assert topic.id == "smart-city"
    assert sorted(moved.title for moved in topic.gained) == sorted(REGIONS)
    assert {moved.term for moved in topic.gained} == {"smart region"}
    assert topic.lost == ()
    assert [moved.date for moved in topic.gained] == sorted((moved.date for moved in topic.gained), reverse=True)
    moved = next(moved for moved in topic.gained if moved.title == REGIONS[0])
    assert moved.date == datetime(2025, 7, 12, 8, tzinfo=UTC)
    assert moved.link == f"https://kommune.example/{REGIONS[0].encode().hex()}"
    assert (found.sources, found.outputs, found.settings) == (Changes(), Changes(), Changes())
    update(folder, NOW + timedelta(hours=2))
    assert not planned(folder)
    assert set(REGIONS) < set(titles(folder, "smart-city"))


def test_a_plan_is_what_a_publish_does(folder: SiteFolder, server: LoopbackServer) -> None:
    """Rules of every kind, a story that is hidden and one that is named change just what the plan tells."""
    before = set(titles(folder, "smart-city"))
    folder.write(
        sources={"amt": server.url("/amt")},
        topics=wider(none=["Bericht"], exclude=[CITIES[0]], include=[OTHERS[0]]),
    )
    with folder.config.open("a", encoding="utf-8") as stream:
        stream.write(f'hide: ["{CITIES[1]}"]\n')
    found = planned(folder)
    (topic,) = found.topics
    publish(folder)
    after = set(titles(folder, "smart-city"))
    assert {moved.title for moved in topic.gained} == after - before
    assert {moved.title for moved in topic.lost} == before - after == {CITIES[0], CITIES[1]}
    assert {moved.term for moved in topic.lost} == {SMART_CITY}
    assert [change.id for change in found.settings.changed] == ["hide"]
    assert not planned(folder)


def test_old_stories_do_not_count(folder: SiteFolder, server: LoopbackServer) -> None:
    """Stories that are over 90 days old at that time are left out; that the rules differ is told nevertheless."""
    folder.write(sources={"amt": server.url("/amt")}, topics=wider())
    (topic,) = planned(folder, datetime(2025, 7, 15, 12, tzinfo=UTC) + WINDOW).topics
    assert [moved.title for moved in topic.gained] == [REGIONS[6], REGIONS[5], REGIONS[4]]
    (topic,) = planned(folder, NOW + timedelta(days=365)).topics
    assert (topic.gained, topic.lost) == ((), ())


def test_sources_outputs_and_settings_are_told(folder: SiteFolder, server: LoopbackServer) -> None:
    """What comes, goes and changes besides topics is told; a renamed source keeps the topics that it is bound to."""
    folder.write(
        sources={"rathaus": {"feed": server.url("/amt"), "topics": ["ozg"]}, "neu": server.url("/neu")},
        topics=TOPICS,
        outputs={"woche": {"topics": ["ozg"]}},
        site={"title": "Anders"},
    )
    found = planned(folder)
    assert len(next(topic for topic in found.topics if topic.id == "ozg").gained) == 30
    before, after = {"id": "amt", "topics": []}, {"id": "rathaus", "topics": ["ozg"]}
    assert found.sources == Changes(added=("neu",), changed=(Change(id="rathaus", before=before, after=after),))
    assert found.outputs.added == ("woche",)
    assert [change.id for change in found.outputs.changed] == ["all"]
    assert [change.after for change in found.settings.changed] == [{"title": "Anders"}]
    publish(folder)
    assert len(titles(folder, "ozg")) == 30
    assert not planned(folder)


def test_a_plan_leaves_everything_as_it_is(folder: SiteFolder, server: LoopbackServer) -> None:
    """A plan changes neither database nor public/, and needs no lock: it may be made while a run is at work."""
    folder.write(sources={"amt": server.url("/amt")}, topics=wider())
    before, database = touched(folder), folder.database.read_bytes()
    with locked(folder.data / "aggregator.lock", timedelta(0)):
        assert planned(folder)
    assert touched(folder) == before
    assert folder.database.read_bytes() == database


def test_without_a_database_all_is_new(site_folder: MakeFolder) -> None:
    """Before the first run all that feeds.yaml says is new, and no database is made."""
    made = site_folder(sources={"amt": "https://amt.example/feed"}, topics=TOPICS)
    found = planned(made)
    assert found.is_first
    assert found.sources.added == ("amt",)
    assert [path.name for path in made.path.iterdir()] == ["feeds.yaml"]
