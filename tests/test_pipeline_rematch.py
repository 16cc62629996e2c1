"""Promises of pipeline/rematch.py and anew.py: what overrules do to stored stories, and what stays as it was."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations, product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import config
from aggregator.errors import LockedError
from aggregator.lock import locked
from aggregator.model import (
    Channel,
    Config,
    FetchPolicy,
    Overrule,
    Overrules,
    Site,
    Source,
    SourceKind,
    SourceState,
    Story,
)
from aggregator.pipeline.anew import Anew, file_anew, rehearse
from aggregator.pipeline.conclude import Filer, conclude
from aggregator.pipeline.overruled import unmatched
from aggregator.pipeline.pulled import Wish
from aggregator.pipeline.rematch import rematch
from aggregator.pipeline.workplace import workplace
from aggregator.store import Store, open_store
from aggregator.store.observed import Observed
from aggregator.stories import KnownStory, Rulings
from tests.conftest import SiteFolder
from tests.entries import entry
from tests.runs import NOW, TOPICS, Item, feed, items, publish, titles, touched, update
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]
LATER = NOW + timedelta(hours=2)
AGAIN = Wish(force=True)
NONE = Overrules()
OWN_SITE = Site(
    title="Digitale Kommune",
    id="tag:news.example.org,2026:x",
    url="https://news.example.org/",
    language="de",
    timezone=ZoneInfo("Europe/Berlin"),
)

DEAD = Item(title="Magdeburg: Zahl der Toten steigt auf fünf", guid="tote")
VICTIMS = Item(title="Magdeburg – Opferzahl: nun sind es fünf Tote", guid="opfer")
PORTAL = Item(title="Köln: Neues OZG-Portal für alle", guid="portal")
BARE = Item(title="Neues OZG-Portal für alle", guid="bare")


@pytest.fixture
def folder(server: LoopbackServer, site_folder: MakeFolder) -> SiteFolder:
    """Three stories: two on one event, and one with two copies."""
    made = site_folder(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=TOPICS)
    server.answers["/amt"] = feed(DEAD, PORTAL)
    server.answers["/blatt"] = feed(VICTIMS, BARE)
    update(made)
    return made


def overrule(folder: SiteFolder, server: LoopbackServer, **lists: object) -> None:
    """Write feeds.yaml with these overrules and no others."""
    folder.write(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=TOPICS)
    told = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in lists.items())
    folder.config.write_text(folder.config.read_text(encoding="utf-8") + told, encoding="utf-8")


def anew(folder: SiteFolder, *, dry_run: bool = False) -> Anew:
    loaded = config.load(folder.config, os.environ)
    if dry_run:
        return rehearse(loaded, LATER)
    with workplace(loaded) as place:
        return file_anew(place, LATER)[0]


def ids(folder: SiteFolder) -> dict[str, str]:
    return {item["title"]: item["id"] for item in items(folder)}


def test_nothing_moves_without_a_change(folder: SiteFolder) -> None:
    """Filing anew under the same rules changes neither stories nor a published byte."""
    before = touched(folder)
    assert anew(folder) == Anew()
    assert touched(folder) == before


def test_same_joins_and_lets_go(server: LoopbackServer, folder: SiteFolder) -> None:
    """`same` joins stored stories under the first one's id, and the other's page says where it went.

    Without it they part as they were.
    """
    before, files = ids(folder), folder.published()
    overrule(folder, server, same=[[DEAD.title, VICTIMS.title]])
    assert anew(folder, dry_run=True) == Anew(merged=[(VICTIMS.title, DEAD.title)])
    publish(folder, LATER)
    assert ids(folder) == {title: story for title, story in before.items() if title != VICTIMS.title}
    pointer, target = (f"{before[one.title].removeprefix('urn:uuid:')}.html" for one in (VICTIMS, DEAD))
    page = folder.published()[f"story/{pointer}"].decode()
    assert f'<a href="{target}"><span dir="auto">{DEAD.title}</span></a>' in page
    assert anew(folder) == Anew()
    overrule(folder, server)
    publish(folder, LATER)
    assert ids(folder) == before
    assert folder.published()["all.json"] == files["all.json"]


@pytest.mark.parametrize("form", ["{}", "https://news.example.org/story/{}.html#top"])
def test_stories_are_named_by_their_ids(server: LoopbackServer, folder: SiteFolder, form: str) -> None:
    """The ids that readers see join and part stories, with `urn:uuid:`, without, as a page, and go on doing so."""
    before = ids(folder)
    joined = [before[VICTIMS.title], form.format(before[DEAD.title].removeprefix("urn:uuid:"))]
    overrule(folder, server, same=[joined], different=[[before[PORTAL.title], "bare"]])
    for _ in range(2):
        anew(folder)
        assert len(ids(folder)) == 3
        assert len({before[DEAD.title], before[VICTIMS.title]} & set(ids(folder).values())) == 1
        assert {before[PORTAL.title]} < set(ids(folder).values())


def test_different_splits(server: LoopbackServer, folder: SiteFolder) -> None:
    """`different` parts what rules join; the part with the founding entry keeps the id; and back again."""
    before = ids(folder)
    overrule(folder, server, different=[[PORTAL.title, BARE.title]])
    publish(folder, LATER)
    after = ids(folder)
    assert set(after) == {*before, BARE.title}
    assert {title: after[title] for title in before} == before
    overrule(folder, server)
    publish(folder, LATER)
    assert ids(folder) == before


def test_overrules_bind_what_comes_later(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What is named before it is there joins or stays apart when it comes, by title, link or id."""
    folder = site_folder(sources={})
    link = f"https://kommune.example/{b'opfer'.hex()}"
    overrule(folder, server, same=[["tote", link]], different=[[PORTAL.title, "bare"]])
    server.answers["/amt"] = feed(DEAD, PORTAL)
    server.answers["/blatt"] = feed(VICTIMS, BARE)
    update(folder)
    assert sorted(titles(folder)) == sorted([DEAD.title, PORTAL.title, BARE.title])
    before = touched(folder)
    assert anew(folder) == Anew()
    assert touched(folder) == before


def test_titles_that_differ_in_spelling_alone(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where two names of a group fold to one title, each means the title as it is written."""
    mass, measures = Item(title="Tagung über Land und Masse"), Item(title="Tagung über Land und Maße")
    folder = site_folder(sources={})
    overrule(folder, server, different=[[mass.title, measures.title]])
    server.answers["/amt"], server.answers["/blatt"] = feed(mass), feed(measures)
    update(folder)
    assert sorted(titles(folder)) == [mass.title, measures.title]
    assert anew(folder) == Anew()
    overrule(folder, server)
    publish(folder, LATER)
    assert titles(folder) == [mass.title]
    overrule(folder, server, different=[[mass.title, measures.title]])
    publish(folder, LATER)
    assert sorted(titles(folder)) == [mass.title, measures.title]


def test_a_copy_of_what_was_joined_is_filed(server: LoopbackServer, folder: SiteFolder) -> None:
    """A copy under the title of a story that was merged into another joins it there, however that was named."""
    links = [f"https://kommune.example/{name.hex()}" for name in (b"tote", b"opfer")]
    overrule(folder, server, same=[links])
    publish(folder, LATER)
    server.answers["/amt"] = feed(DEAD, PORTAL, Item(title=VICTIMS.title, guid="neu"))
    server.answers["/blatt"] = feed(VICTIMS, BARE, Item(title="Ganz etwas anderes heute"))
    update(folder, LATER, wish=AGAIN)
    assert "Ganz etwas anderes heute" in titles(folder)
    assert VICTIMS.title not in titles(folder)
    assert anew(folder) == Anew()


def test_what_is_hidden_stays_hidden_under_another_headline(server: LoopbackServer, folder: SiteFolder) -> None:
    """A source that changes headline or link does not bring a withdrawn story back; former names hide, too."""
    overrule(folder, server, hide=[DEAD.title, f"https://kommune.example/{b'portal'.hex()}"])
    server.answers["/amt"] = feed(
        Item(title="Magdeburg: Trauer um fünf Menschen", guid="tote"),
        Item(title="Ein Portal für alle, neu", guid="portal", link="https://kommune.example/neu"),
    )
    update(folder, LATER, wish=AGAIN)
    assert titles(folder) == [VICTIMS.title]
    overrule(folder, server)
    update(folder, LATER, wish=AGAIN)
    assert "Magdeburg: Trauer um fünf Menschen" in titles(folder)
    overrule(folder, server, hide=[DEAD.title])
    publish(folder, LATER)
    assert "Magdeburg: Trauer um fünf Menschen" not in titles(folder)
    overrule(folder, server, hide=["MAGDEBURG – Trauer um fünf Menschen!"])
    with workplace(config.load(folder.config, os.environ)) as place:
        assert not unmatched(place.store, place.config)


def test_hide_withdraws_within_one_publish(server: LoopbackServer, folder: SiteFolder) -> None:
    """A hidden story is in no file any more; no longer hidden it is back where it was."""
    before = folder.published()
    page = f"story/{ids(folder)[PORTAL.title].removeprefix('urn:uuid:')}.html"
    overrule(folder, server, hide=[BARE.title])
    assert anew(folder, dry_run=True) == Anew(withdrawn=[PORTAL.title], lost=[(PORTAL.title, "ozg")])
    publish(folder, LATER)
    hidden = folder.published()
    assert page not in hidden
    assert not [name for name, data in hidden.items() if b"Neues OZG-Portal" in data]
    overrule(folder, server)
    assert anew(folder) == Anew(restored=[PORTAL.title], gained=[(PORTAL.title, "ozg")])
    back = folder.published()
    assert (back["all.json"], back[page]) == (before["all.json"], before[page])


@pytest.mark.parametrize("form", ["{}", "urn:uuid:{}", "https://news.example.org/neues/story/{}.html"])
def test_the_id_of_a_merged_story_hides_where_it_went(server: LoopbackServer, folder: SiteFolder, form: str) -> None:
    """Who hides a story by its id means what it told, in whichever story that is by now; and only that."""
    merged = form.format(ids(folder)[VICTIMS.title].removeprefix("urn:uuid:"))
    overrule(folder, server, same=[[DEAD.title, VICTIMS.title]], hide=[merged])
    publish(folder, LATER)
    assert titles(folder) == [PORTAL.title]
    assert not [name for name, data in folder.published().items() if b"Magdeburg" in data]
    overrule(folder, server, hide=[merged])
    publish(folder, LATER)
    assert sorted(titles(folder)) == sorted([DEAD.title, PORTAL.title])


def test_a_hidden_story_stays_hidden(server: LoopbackServer, folder: SiteFolder) -> None:
    """A new copy of a withdrawn story does not bring it back, nor does an item that comes later."""
    overrule(folder, server, hide=[PORTAL.title, "Späte Meldung über ein Portal"])
    server.answers["/amt"] = feed(DEAD, Item(title=PORTAL.title, guid="neu"))
    server.answers["/blatt"] = feed(VICTIMS, Item(title="Späte Meldung über ein Portal"))
    update(folder, LATER, wish=AGAIN)
    assert sorted(titles(folder)) == sorted([DEAD.title, VICTIMS.title])


def test_a_rehearsal_writes_nothing(server: LoopbackServer, folder: SiteFolder) -> None:
    """The database and public/ stay as they are, and the difference can be told twice."""
    overrule(folder, server, same=[[DEAD.title, VICTIMS.title]], different=[[PORTAL.title, BARE.title]])
    before = touched(folder)
    told = Anew(merged=[(VICTIMS.title, DEAD.title)], split=[(BARE.title, PORTAL.title)])
    assert anew(folder, dry_run=True) == told
    assert anew(folder, dry_run=True) == told
    assert touched(folder) == before
    with locked(folder.data / "aggregator.lock", timedelta(0)), pytest.raises(LockedError):
        anew(folder, dry_run=True)
    assert anew(folder) == told


def test_a_rehearsal_makes_no_database(site_folder: MakeFolder) -> None:
    """Where nothing is stored nothing moves, and nothing is made."""
    folder = site_folder(sources={})
    assert anew(folder, dry_run=True) == Anew()
    assert not folder.data.exists()


def test_what_names_nothing_is_told(server: LoopbackServer, folder: SiteFolder) -> None:
    """A title, link or id that nothing stored bears is told at its place; what is stored is not."""
    overrule(
        folder,
        server,
        same=[[DEAD.title, "tote", "Gibt es nicht – „nie“"]],
        different=[[f"https://kommune.example/{b'portal'.hex()}", "https://kommune.example/nie"]],
        hide=[ids(folder)[DEAD.title], "Auch nicht da"],
    )
    with workplace(config.load(folder.config, os.environ)) as place:
        told = unmatched(place.store, place.config)
    lines = len(folder.config.read_text(encoding="utf-8").splitlines())
    assert [line.removeprefix(str(folder.path)).partition(" names ")[0] for line in told] == [
        f"/feeds.yaml:{lines - 2}:8: `same`",
        f"/feeds.yaml:{lines - 1}:13: `different`",
        f"/feeds.yaml:{lines}:{told[2].split(':')[2]}: `hide`",
    ]
    assert "Gibt es nicht" in told[0]


SOURCES = tuple(
    Source(id=name, rank=rank, kind=SourceKind.FEED, address=f"https://{name}.example/", target=name, local=False)
    for rank, name in enumerate(("amt", "blatt", "netz"))
)
HEADLINES = (
    "Der Rat beschließt die neue Strategie",
    "Kiel: Der Rat beschließt die neue Strategie",
    "Jena: Der Rat beschließt die neue Strategie",
    "Der Rat beschließt eine neue Strategie",
    "DER RAT BESCHLIESST DIE NEUE STRATEGIE!",
    "Der Rat beschließt die neue Strategie nicht",
    "Newsletter",
)
NAMES = (*HEADLINES, "a", "b", "https://amt.example/15", "https://netz.example/16")
Told = tuple[str, int, str]
"""A headline, its day (0 for none), and the id of its item, which may be of its own."""
PULLS = st.lists(
    st.tuples(
        st.sampled_from([source.id for source in SOURCES]),
        st.lists(
            st.tuples(st.sampled_from(HEADLINES), st.sampled_from([0, 15, 16]), st.sampled_from(["", "a", "b"])),
            min_size=1,
            max_size=3,
            unique_by=lambda told: told[2] or told[:2],
        ),
    ),
    min_size=1,
    max_size=6,
)


@dataclass(frozen=True, slots=True)
class Memory:
    """A database of the three sources, and the stories that are found in it by some overrules."""

    store: Store

    def pull(self, source: str, told: list[Told], overrules: Overrules = NONE) -> None:
        run = self.store.begin_run(NOW)
        _record(self.store, source, run, told)
        conclude(self.store, site_config(overrules), run, NOW)

    def apply(self, overrules: Overrules) -> None:
        conclude(self.store, site_config(overrules), self.store.begin_run(NOW), NOW)

    def stories(self) -> list[Story]:
        with self.store.filing() as filing:
            return filing.stories(filing.story_ids("", 99))

    def entries(self) -> set[frozenset[str]]:
        """The ids of the entries of each story."""
        return {frozenset(one.entry.id for one in story.entries) for story in self.stories()}

    def stay(self, overrules: Overrules) -> None:
        """Filing anew moves nothing."""
        before = self.stories()
        with self.store.filing() as filing:
            rematched = rematch(filing, Filer(site_config(overrules), 1, NOW))
            assert (rematched.merged, rematched.split, rematched.touched) == ([], [], set())
        assert self.stories() == before

    def obey(self, overrules: Overrules) -> None:
        """Each two stories of a group of `same` are parted by `different`, and no story holds what that parts."""
        rulings = Rulings.of(overrules)
        with self.store.filing() as filing:
            stories = filing.named(name for group in (*rulings.same, *rulings.different) for name in group.names)
        for story in stories:
            assert not any(rulings.parted(one, two) for one, two in combinations(story.identities(), 2))
        for one, two in combinations(stories, 2):
            if groups(rulings, one) & groups(rulings, two):
                assert any(rulings.parted(*both) for both in product(one.identities(), two.identities()))


def groups(rulings: Rulings, story: KnownStory) -> set[int]:
    """Give in which groups of `same` a story is."""
    return {group for identity in story.identities() for group in rulings.same.borne(identity)}


@contextmanager
def memory() -> Iterator[Memory]:
    """Make a database without entries."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "aggregator.db", create=True)
        store.register(SOURCES)
        yield Memory(store)
        store.close()


def site_config(overrules: Overrules) -> Config:
    return Config(
        folder=".", site=OWN_SITE, fetch=FetchPolicy(), sources=SOURCES, topics=(), outputs=(), overrules=overrules
    )


def ruled(**lists: list[list[str]]) -> Overrules:
    """Say what feeds.yaml says of single stories."""
    said = {key: tuple(Overrule(names=tuple(one), place=key) for one in groups) for key, groups in lists.items()}
    return Overrules(**said)


DEATHS: Told = (DEAD.title, 15, "tote")
OFFERINGS: Told = (VICTIMS.title, 16, "opfer")
PORTALS: Told = (PORTAL.title, 15, "portal")


@pytest.mark.parametrize("order", list(permutations((DEATHS, OFFERINGS, PORTALS))))
@pytest.mark.parametrize(
    "groups",
    [
        [["tote", "opfer"], [PORTAL.title, "tote"]],
        [[PORTAL.title, "tote"], ["tote", "opfer"]],
        [["opfer", "nie da"], [PORTAL.title, "tote"], ["portal", "nie da"]],
        [["tote", "opfer"], [PORTAL.title, DEAD.title]],
    ],
)
def test_groups_that_share_a_name_or_an_entry_are_one(order: tuple[Told, ...], groups: list[list[str]]) -> None:
    """All that is joined with one thing is one story, whatever comes first, before feeds.yaml says so or after."""
    same = ruled(same=groups)
    with memory() as it:
        for told in order:
            it.pull("amt", [told], same)
        assert it.entries() == {frozenset({"tote", "opfer", "portal"})}
        assert it.stories()[0].title == order[0][0]
        it.stay(same)
        it.apply(NONE)
        assert len(it.stories()) == 3
        it.apply(same)
        assert it.entries() == {frozenset({"tote", "opfer", "portal"})}
        it.stay(same)


@pytest.mark.parametrize("order", list(permutations((DEATHS, OFFERINGS, PORTALS))))
def test_different_wins_over_same(order: tuple[Told, ...]) -> None:
    """Of a group of `same` those that `different` names are two stories; what was there first takes the others."""
    rules = ruled(same=[["tote", "opfer", "portal"]], different=[[DEAD.title, VICTIMS.title]])
    with memory() as it:
        for told in order:
            it.pull("amt", [told], rules)
        first, second, third = (told[2] for told in order)
        joined = {first, second} if "portal" in (first, second) else {first, third}
        assert it.entries() == {frozenset(joined), frozenset({first, second, third} - joined)}
        it.stay(rules)


APPS: tuple[Told, ...] = (
    ("Neue App für Bürger startet", 15, "ohne"),
    ("Köln: Neue App für Bürger startet", 15, "köln"),
    ("Kiel: Neue App für Bürger startet", 15, "kiel"),
)


@pytest.mark.parametrize("order", list(permutations(APPS)))
def test_two_kickers_are_two_stories_in_any_order(order: tuple[Told, ...]) -> None:
    """Where the headline without a kicker comes first the first kicker takes it, and the other is another story."""
    with memory() as it:
        for source, told in zip(("amt", "blatt", "netz"), order, strict=True):
            it.pull(source, [told])
        assert not any({"köln", "kiel"} <= story for story in it.entries())
        assert len(it.entries()) == (3 if order[2] == APPS[0] else 2)
        it.pull("blatt", [("Stadt Köln: Neue App für Bürger startet", 15, "stadt")])
        assert not any({"stadt", "kiel"} <= story for story in it.entries())
        it.stay(NONE)


ROOF: Told = ("Rathaus: Neues Dach wird teurer als gedacht", 15, "rathaus")
ROOF_COPY: Told = ("Neues Dach wird teurer als gedacht", 15, "dach")
MONEY: Told = ("Noch mehr Geld für Bau am Markt", 15, "geld")


@pytest.mark.parametrize("document", [[ROOF_COPY, MONEY], [MONEY, ROOF_COPY]])
def test_same_splits_no_copy_off(document: list[Told]) -> None:
    """An entry that `same` joins to a story keeps none of its document out; one that is there by itself does."""
    same = ruled(same=[[MONEY[0], ROOF[0]]])
    for early in (False, True):
        with memory() as it:
            it.pull("amt", [ROOF], same if early else NONE)
            it.pull("blatt", document, same if early else NONE)
            it.apply(same)
            assert it.entries() == {frozenset({"rathaus", "dach", "geld"})}
            it.stay(same)
            it.apply(NONE)
            assert it.entries() == {frozenset({"rathaus", "dach"}), frozenset({"geld"})}
    with memory() as it:
        it.pull("amt", [ROOF, ROOF_COPY, MONEY], same)
        assert it.entries() == {frozenset({"rathaus", "geld"}), frozenset({"dach"})}
        it.stay(same)


LATEST = "Magdeburg: Trauer um fünf Menschen"
OTHER: Told = ("Polizei ermittelt in Magdeburg weiter", 15, "andere")


@pytest.mark.parametrize(
    "name", [LATEST, "MAGDEBURG – Trauer um fünf Menschen!", DEAD.title, "Magdeburg: Stilles Gedenken"]
)
def test_a_headline_of_today_or_before_names_a_story(name: str) -> None:
    """Which of its headlines an operator copies does not matter, nor whether feeds.yaml or the headline came first."""
    same, apart = ruled(same=[[name, "andere"]]), ruled(different=[[name, "kopie"]])
    for early in (False, True):
        with memory() as it:
            rules = same if early else NONE
            it.pull("blatt", [(DEAD.title, 15, "kopie"), OTHER], rules)
            for title in (DEAD.title, "Magdeburg: Stilles Gedenken", LATEST):
                it.pull("amt", [(title, 15, "tote")], rules)
            it.apply(same)
            assert it.entries() == {frozenset({"tote", "kopie", "andere"})}
            it.stay(same)
            it.apply(apart)
            assert it.entries() == {frozenset({"tote"}), frozenset({"kopie"}), frozenset({"andere"})}
            it.stay(apart)


def test_a_headline_counts_however_often_it_changed() -> None:
    """Of a ticker the headline of today is known by its name, also the twelfth, and one that says nothing."""
    for latest in ("Magdeburg: Stand 13 Uhr", "Newsletter"):
        same = ruled(same=[[latest, "andere"]])
        for early in (False, True):
            with memory() as it:
                it.pull("blatt", [OTHER], same if early else NONE)
                for count in range(12):
                    it.pull("amt", [(f"Magdeburg: Stand {count} Uhr", 15, "tote")], same if early else NONE)
                it.pull("amt", [(latest, 15, "tote")], same if early else NONE)
                it.apply(same)
                assert it.entries() == {frozenset({"tote", "andere"})}
                it.stay(same)


@pytest.mark.parametrize("order", list(permutations((DEATHS, ("Eil: " + DEAD.title, 15, "kopie"), OTHER))))
@pytest.mark.parametrize("groups", [[["tote", "andere"]], [["andere", "kopie"]], [[OTHER[0], DEAD.title]]])
def test_same_joins_the_copies_too(order: tuple[Told, ...], groups: list[list[str]]) -> None:
    """Who joins one copy of a story with another story joins the stories, whatever comes first."""
    same = ruled(same=groups)
    for rules in (same, NONE):
        with memory() as it:
            for source, told in zip(("amt", "blatt", "netz"), order, strict=True):
                it.pull(source, [told], rules)
            it.apply(same)
            assert it.entries() == {frozenset({"tote", "kopie", "andere"})}
            it.stay(same)


RULES = st.builds(
    lambda same, different, hide: ruled(same=same, different=different, hide=[[one] for one in hide]),
    *[st.lists(st.lists(st.sampled_from(NAMES), min_size=2, max_size=3, unique=True), max_size=3)] * 2,
    st.lists(st.sampled_from(NAMES), max_size=1),
)


@settings(max_examples=60, deadline=None)
@given(PULLS)
def test_after_any_pulls_nothing_moves(pulls: list[tuple[str, list[Told]]]) -> None:
    """Filing anew after any sequence of pulls, with headlines that change, changes nothing when no rule changed."""
    with memory() as it:
        for source, told in pulls:
            it.pull(source, told)
        it.stay(NONE)


@settings(max_examples=20, deadline=None)
@given(PULLS, st.lists(RULES, min_size=6, max_size=6))
def test_after_any_overrules_nothing_moves(pulls: list[tuple[str, list[Told]]], rules: list[Overrules]) -> None:
    """So it is with overrules that come and go between pulls; and what they say is so, whenever they came."""
    with memory() as it:
        for (source, told), now in zip(pulls, rules, strict=False):
            it.pull(source, told, now)
            it.stay(now)
            it.obey(now)
        for last in (NONE, now):
            it.apply(last)
            it.stay(last)
            it.obey(last)


def test_what_splits_off_gets_the_id_of_the_day_it_was_filed_under() -> None:
    """An entry whose date moved since and that is parted then takes no id that a later story is to get."""
    title = HEADLINES[0]
    apart = ruled(different=[[title, "a"]])
    with memory() as it:
        it.pull("netz", [(title, 15, ""), (title, 15, "a")])
        it.pull("netz", [(title, 16, ""), (title, 16, "a")], apart)
        assert len(it.stories()) == 3
        it.stay(apart)


def _record(store: Store, source: str, run: int, told: list[Told]) -> None:
    entries = [
        entry(
            title,
            id=name or f"{title} {day}",
            published=datetime(2025, 7, day, 10, tzinfo=UTC) if day else None,
            link=f"https://{source}.example/{day}",
        )
        for title, day, name in told
    ]
    store.record(
        source,
        lambda _recorded: SourceState(source=source),
        run=run,
        entries=[Observed.of(one, visible=str(one.title)) for one in entries],
        channel=Channel(),
        first_seen=NOW,
        now=NOW,
    )
