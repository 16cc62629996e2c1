"""What becomes of sources over time: no story twice, none lost, whatever they do to ids, links and dates."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import config, polling, stories
from aggregator.model import Channel, Config, Context, Entry, SourceState, Story
from aggregator.output import PublicFolder
from aggregator.pipeline.conclude import Filer, conclude
from aggregator.pipeline.publish import publish
from aggregator.pipeline.rematch import rematch
from aggregator.sources.document import parse
from aggregator.store import Store, open_store
from aggregator.store.observed import Observed
from tests.conftest import SITE, SiteFolder
from tests.entries import entry
from tests.runs import NOW, SEED, Item, document, items, rss, shared, titles, update

MakeFolder = Callable[..., SiteFolder]
DAY = timedelta(days=1)
WIEN = "Origamihase__wien-oepnv__feed.xml.*.xml"


def json_feed(told: Iterable[Mapping[str, object]]) -> bytes:
    """Make a JSON Feed of items."""
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Gemeindeblatt Süd", "items": list(told)}
    return json.dumps(feed, ensure_ascii=False).encode()


def stored(folder: SiteFolder) -> list[Story]:
    """Give all stories of a folder, in the order of their ids."""
    store = open_store(folder.database, create=False)
    try:
        return all_stories(store)
    finally:
        store.close()


def all_stories(store: Store) -> list[Story]:
    with store.filing() as filing:
        return filing.stories(filing.story_ids("", 9999))


def identity(found: Iterable[Story]) -> list[tuple[object, ...]]:
    """Give what must never move of stories."""
    return [(one.id, one.title, one.order_date, tuple(sorted(copy.entry.id for copy in one.entries))) for one in found]


# ── sources as they are ─────────────────────────────────────────────────────────────────────────────────────


def test_eight_versions_of_a_real_feed(site_folder: MakeFolder) -> None:
    """Of a feed with five links in all, every disturbance is one story by itself; replayed, it brings nothing new."""
    versions = sorted(shared("feeds").glob(WIEN))
    if not versions:
        pytest.skip("the kept feeds are not beside this checkout")
    folder = site_folder(sources={"wien": {"feed": "wien.xml"}}, site={"timezone": "Europe/Vienna"})

    def replay(start: datetime) -> list[int]:
        founded = []
        for count, version in enumerate(versions):
            (folder.path / "wien.xml").write_bytes(version.read_bytes())
            founded.append(update(folder, start + count * DAY).concluded.new)
        return founded

    first = replay(datetime.fromisoformat("2026-08-23T12:00:00Z"))
    before = identity(stored(folder))
    assert sum(first) == len(before) == 74
    assert all(len(story.entries) == 1 for story in stored(folder))
    assert replay(datetime.fromisoformat("2026-09-23T12:00:00Z")) == [0] * len(versions)
    assert identity(stored(folder)) == before


def test_a_feed_that_changes_all_its_ids(site_folder: MakeFolder) -> None:
    """Ids that turn from digests to URLs, under dates of midnight and of scraping, bring no story twice."""
    folder = site_folder(sources={"karlsruhe": {"feed": "karlsruhe.json"}})
    first = date(2025, 6, 1)

    def version(number: int) -> bytes:
        """Make the feed as it was on a day: its newest twenty items, two of each day."""
        return json_feed(
            {
                "id": f"{place:032x}" if number < 5 else f"https://karlsruhe.example/presse/{place}",
                "url": f"https://karlsruhe.example/presse/{place}",
                "title": "Newsletter" if place % 7 == 0 else f"Gemeinderat berät „Vorlage {place}“ – öffentlich",
                "date_published": f"{first + place // 2 * DAY}T00:00:00Z",
                "date_modified": f"2025-07-{number + 10}T08:30:00Z",
                "content_text": f"Der Text zu Vorlage {place}.",
            }
            for place in range(20 + 2 * number, 2 * number, -1)
        )

    for number in range(10):
        (folder.path / "karlsruhe.json").write_bytes(version(number))
        done = update(folder, NOW + number * DAY)
        assert done.concluded.new == (20 if number == 0 else 2)
        assert (done.concluded.joined, done.concluded.changed) == (0, 0)
        (report,) = done.pulled.reports
        assert (polling.state_word(report.source, report.state, NOW) == "churned") is (number >= 5)
    assert all(len(story.entries) == 1 for story in stored(folder))
    assert "new ids" in (polling.advice(report.source, report.state) or "")
    (folder.path / "karlsruhe.json").write_bytes(version(8))
    (report,) = update(folder, NOW + 12 * DAY).pulled.reports
    assert polling.state_word(report.source, report.state, NOW) == "ok"


def test_a_document_and_two_feeds_of_its_teasers(site_folder: MakeFolder) -> None:
    """Teasers that come with their kicker in one feed and without in another are the document's stories, each once."""
    folder = site_folder(
        sources={"seite": {"document": "seite.txt"}, "voll": {"feed": "voll.json"}, "kurz": {"feed": "kurz.json"}}
    )
    document(folder)
    loaded = config.load(folder.config, {})
    context = Context(url=None, timezone=loaded.site.timezone, now=NOW)
    teasers = [one for one in parse(SEED.read_bytes(), context).entries if one.published]
    assert len(teasers) == 15

    def feed(title: Callable[[str], str]) -> bytes:
        return json_feed(
            {
                "id": f"https://blatt.example/{number}",
                "url": f"https://blatt.example/{number}",
                "title": title(one.title or ""),
                "date_published": f"{one.published:%Y-%m-%d}T09:15:00+02:00",
                "content_text": "Ein eigener Text.",
            }
            for number, one in enumerate(teasers)
        )

    (folder.path / "voll.json").write_bytes(feed(str))
    (folder.path / "kurz.json").write_bytes(feed(lambda title: title.split(": ", 1)[-1]))
    update(folder)
    found = stored(folder)
    assert len(found) == 16
    assert sorted(len(story.entries) for story in found)[0] == 1
    assert {len(story.entries) for story in found if story.day} <= {2, 3}


def test_an_id_that_is_used_again_is_another_story(site_folder: MakeFolder) -> None:
    """A feed whose one id stands for something else each time loses no story; a changed headline makes no second."""
    folder = site_folder(sources={"amt": {"feed": "amt.xml"}})
    versions = [
        (Item(title="Schwimmbad öffnet wieder", guid="1", day=10), 1),
        (Item(title="Schwimmbad bleibt doch zu", guid="1", day=11), 0),
        (Item(title="Haushalt „mit Augenmaß“ verabschiedet", guid="1", day=14), 1),
    ]
    for told, founded in versions:
        (folder.path / "amt.xml").write_bytes(rss(told))
        assert update(folder).concluded.new == founded
    assert titles(folder) == ["Haushalt „mit Augenmaß“ verabschiedet", "Schwimmbad bleibt doch zu"]


def test_backlog_is_not_announced(site_folder: MakeFolder) -> None:
    """What is undated in the first document of a feed is stored and has its page, but no feed announces it."""
    folder = site_folder(sources={"amt": {"feed": "amt.xml"}})
    old = [Item(title="Satzung über die Hundesteuer", day=0), Item(title="Satzung über das Parken", day=0)]
    (folder.path / "amt.xml").write_bytes(rss(*old, Item(title="Rat tagt heute öffentlich")))
    assert update(folder).concluded.new == 3
    assert titles(folder) == ["Rat tagt heute öffentlich"]
    assert {story.title for story in stored(folder) if story.is_backlog} == {one.title for one in old}
    archived = json.loads((folder.public / "all" / "1.json").read_bytes())["items"]
    assert {one["title"] for one in archived} == {one.title for one in old}
    (folder.path / "amt.xml").write_bytes(rss(*old, Item(title="Satzung über den Friedhof", day=0)))
    update(folder, NOW + DAY)
    assert titles(folder) == ["Satzung über den Friedhof", "Rat tagt heute öffentlich"]


def test_what_nobody_sees_moves_no_date(site_folder: MakeFolder) -> None:
    """Blanks, tracking parameters and a touched date change neither `updated` nor anything that is published."""
    folder = site_folder(sources={"amt": {"feed": "amt.xml"}})
    told = Item(title="Rat tagt heute", guid="1", link="https://amt.example/1", text="Der Rat tagt.")
    (folder.path / "amt.xml").write_bytes(rss(told))
    update(folder)
    before = items(folder)
    touched = Item(
        title="Rat  tagt heute ", guid="1", link="https://amt.example/1?utm_source=rss", text="Der  Rat\n tagt.", day=16
    )
    (folder.path / "amt.xml").write_bytes(rss(touched))
    done = update(folder, NOW + DAY)
    assert (done.concluded.new, done.concluded.changed) == (0, 0)
    assert items(folder) == before


# ── any order ───────────────────────────────────────────────────────────────────────────────────────────────

SOURCES = ("amt", "blatt", "post")
TITLES = (
    "Rat beschließt Haushalt für 2026",
    "Köln: Rat beschließt Haushalt für 2026",
    "Köln: Rat beschliesst Haushalt für 2026",
    "Rat beschließt nun den Haushalt für 2026",
    "Newsletter",
    "Bürgerbüro öffnet wieder – mit neuen Zeiten für alle",
    "Bürgerbüro öffnet wieder mit den neuen Zeiten",
)
CLASS_TITLES = (TITLES[0], "Rat beschliesst »Haushalt« für 2026", TITLES[5])
told_entries = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.sampled_from(TITLES), st.integers(0, 2), st.integers(0, 1)),
    max_size=10,
    unique=True,
)
class_entries = st.lists(
    st.tuples(st.sampled_from(SOURCES), st.sampled_from(CLASS_TITLES), st.integers(1, 2), st.integers(0, 1)),
    max_size=10,
    unique=True,
)
Told = tuple[str, str, int, int]


@contextmanager
def empty_store() -> Iterator[tuple[Store, Config, Path]]:
    """Give a store that knows three sources, the feeds.yaml that says so, and a folder to publish to."""
    with tempfile.TemporaryDirectory() as path:
        folder = SiteFolder(path=Path(path))
        folder.write(sources={name: f"https://{name}.example/feed" for name in SOURCES}, site=SITE)
        loaded = config.load(folder.config, {})
        store = open_store(folder.database, create=True)
        store.register(loaded.sources)
        try:
            yield store, loaded, folder.public
        finally:
            store.close()


def of(told: Told) -> Entry:
    """Make an entry of a source, a title, a day (0: undated) and a link."""
    source, title, day, link = told
    published = NOW - day * DAY if day else None
    return entry(
        title, id=f"{source}:{title}:{day}:{link}", published=published, link=f"https://{source}.example/{title}/{link}"
    )


def pull(store: Store, loaded: Config, told: Sequence[Told], order: Sequence[str]) -> None:
    """Record entries, the sources in some order, and file them in one run."""
    run = store.begin_run(NOW)
    for name in order:
        mine = [of(one) for one in told if one[0] == name]
        store.record(
            name,
            lambda _, name=name: SourceState(source=name),  # type: ignore[misc]
            run=run,
            entries=[observed(one, loaded) for one in mine],
            channel=Channel(),
            first_seen=NOW,
            now=NOW,
        )
    conclude(store, loaded, run, NOW)


def observed(told: Entry, loaded: Config) -> Observed:
    told_date = stories.told_date(told)
    day = told_date.astimezone(loaded.site.timezone).date() if told_date else None
    return Observed.of(told, visible=f"{told.title}", day=day)


@settings(max_examples=25, deadline=None)
@given(told_entries, st.permutations(SOURCES))
def test_the_order_of_answers_makes_no_difference(told: list[Told], order: list[str]) -> None:
    """Within a run, whoever answers first, the stories are the same, with the same ids, dates and copies."""
    with empty_store() as (store, loaded, _), empty_store() as (other, _, _):
        pull(store, loaded, told, SOURCES)
        pull(other, loaded, told, order)
        assert identity(all_stories(store)) == identity(all_stories(other))


def test_the_order_of_answers_changes_no_byte() -> None:
    """Within a run, whoever answers first, the same bytes are published."""
    told = [(name, title, day, 0) for name in SOURCES for title in TITLES for day in (1, 2)]
    published = []
    for order in (SOURCES, SOURCES[::-1]):
        with empty_store() as (store, loaded, public):
            pull(store, loaded, told, order)
            publish(store, loaded, PublicFolder(public, store.database))
            files = sorted(path for path in public.rglob("*") if path.is_file() and path.name != ".aggregator.json")
            published.append({path.relative_to(public): path.read_bytes() for path in files})
    assert published[0] == published[1]


@settings(max_examples=25, deadline=None)
@given(class_entries, st.randoms())
def test_the_order_of_runs_makes_no_difference_to_classes(told: list[Told], dice: random.Random) -> None:
    """Over several runs in any order, what has one day and title is one story, with the same id."""
    with empty_store() as (store, loaded, _), empty_store() as (other, _, _):
        for one in told:
            pull(store, loaded, [one], [one[0]])
        for one in dice.sample(told, len(told)):
            pull(other, loaded, [one], [one[0]])
        assert {(one[0], *one[2:]) for one in identity(all_stories(store))} == {
            (one[0], *one[2:]) for one in identity(all_stories(other))
        }


@settings(max_examples=25, deadline=None)
@given(st.lists(told_entries, max_size=3))
def test_placing_all_anew_changes_nothing(runs: list[list[Told]]) -> None:
    """After any sequence of pulls the same rules make the same stories of what is stored."""
    with empty_store() as (store, loaded, _):
        for told in runs:
            pull(store, loaded, told, SOURCES)
        before = all_stories(store)
        with store.filing() as filing:
            moved = rematch(filing, Filer(loaded, 1, NOW))
        assert moved.touched == set()
        assert all_stories(store) == before


@settings(max_examples=25, deadline=None)
@given(told_entries)
def test_filing_twice_changes_nothing(told: list[Told]) -> None:
    """The same entries again found and change nothing."""
    with empty_store() as (store, loaded, _):
        pull(store, loaded, told, SOURCES)
        before = all_stories(store)
        pull(store, loaded, told, SOURCES)
        assert all_stories(store) == before
