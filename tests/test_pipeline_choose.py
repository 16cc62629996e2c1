"""Promises of pipeline/choose.py, and of what the commands make of a topic's examples."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator import config
from aggregator.model import (
    Config,
    FetchPolicy,
    Found,
    Output,
    Site,
    Source,
    SourceKind,
    StoredEntry,
    Topic,
)
from aggregator.pipeline.choose import Chooser, rules, texts
from aggregator.pipeline.pulled import Wish
from aggregator.pipeline.workplace import workplace
from aggregator.store import schema
from aggregator.topics import Searcher
from tests.conftest import CommandLine, SiteFolder
from tests.entries import entry, stored
from tests.runs import TOPICS, Item, feed, publish, titles, update
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]

OZG, CITY, RAT = "OZG: neue Leistungen", "Eine Smart City für alle", "Der Rat tagt öffentlich"
STORY = "0d9b2f6e-5f3c-5a53-9b0e-6a2f0c2f8a11"


def told(title: str, source: str = "amt", **more: object) -> StoredEntry:
    """Make an entry of a source."""
    return stored(entry(title, **({"summary": "<p>In Köln.</p>"} | more)), source=source)


def chooser(folder: SiteFolder) -> Chooser:
    """Read a folder's feeds.yaml, and make its rules ready."""
    return Chooser(config.load(folder.config, os.environ))


@pytest.mark.parametrize(
    ("source", "title", "topics", "in_all"),
    [
        ({}, CITY, ["smart-city"], None),
        ({"topics": ["ozg"]}, CITY, ["smart-city", "ozg"], None),
        ({"topics": ["ozg"], "only": ["ozg"]}, CITY, ["ozg"], None),
        ({"only": ["ozg"]}, CITY, [], None),
        ({"take": "matched"}, CITY, ["smart-city"], True),
        ({"take": "matched"}, RAT, [], False),
        ({"take": "matched", "only": ["ozg"]}, CITY, [], False),
    ],
)
def test_a_source_is_bound_to_topics(
    site_folder: MakeFolder, source: Mapping[str, object], title: str, topics: list[str], in_all: bool | None
) -> None:
    """All of a source is in its `topics`; of what matches, `only` counts; the rest need not be in all."""
    folder = site_folder(sources={"amt": {"feed": "https://amt.example/", **source}}, topics=TOPICS)
    chosen = chooser(folder).choose([told(title)], STORY)
    assert [match.topic for match in chosen.matches] == topics
    assert chosen.outputs == (("all",) if in_all else ())


def test_another_copy_is_enough_for_all(site_folder: MakeFolder) -> None:
    """A story that no topic takes is among all where one of its copies is of a source that all is taken of."""
    wire = {"feed": "https://wire.example/", "take": "matched"}
    chosen_by = chooser(site_folder(sources={"wire": wire, "amt": "https://amt.example/"}))
    assert chosen_by.choose([told(RAT, "wire"), told(RAT)], STORY).outputs == ("all",)
    assert chosen_by.choose([told(RAT, "wire"), told(RAT, "ehemals")], STORY).outputs == ("all",)
    assert chosen_by.choose([told(RAT, "wire")], STORY).outputs == ()


@pytest.mark.parametrize(
    ("output", "titles"),
    [
        ({"sources": ["blatt"]}, [CITY]),
        ({"topics": ["ozg"], "any": ["rat"]}, [OZG, RAT]),
        ({"topics": ["ozg", "smart-city"], "none": ["leistung"]}, [CITY]),
        ({"none": ["rat"]}, [OZG, CITY]),
        ({"any": ["source:Bezirksblatt"]}, [CITY]),
        ({"any": ["category:verkehr"]}, [RAT]),
    ],
)
def test_outputs_choose_by_topics_sources_and_terms(
    site_folder: MakeFolder, output: Mapping[str, object], titles: list[str]
) -> None:
    """An output takes topics, sources and terms together, and leaves out what `none` names."""
    blatt = {"feed": "https://blatt.example/", "title": "Bezirksblatt"}
    chosen_by = chooser(
        site_folder(sources={"amt": "https://amt.example/", "blatt": blatt}, topics=TOPICS, outputs={"aus": output})
    )
    stories = [told(OZG), told(CITY, "blatt"), told(RAT, categories=("Verkehr",))]
    assert [one.entry.title for one in stories if chosen_by.choose([one], STORY).outputs == ("aus",)] == titles


def test_boilerplate_is_heard_and_reasons_are_told(site_folder: MakeFolder) -> None:
    """What was stored as boilerplate does not count, and for each topic it is said why a story is not in it."""
    chosen_by = chooser(site_folder(sources={"amt": "https://amt.example/"}, topics=TOPICS))
    one = told(RAT, content="<p>Smart City Magazin</p>", boilerplate=("smart city magazin",))
    assert chosen_by.choose([one], STORY).matches == ()
    assert [verdict.why_not for verdict in chosen_by.explain([one], STORY)] == [
        "`smart city` stands only in what most items of its source repeat („Smart City“)",
        "none of its terms stands there",
    ]


def test_what_was_chosen_is_stored_and_published(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Outputs show what they chose, what a feed repeats does not count, and both hold when all is matched anew."""
    names = ("Köln", "Gotha", "Jena", "Fürth", "Ulm")
    text = "Mehr davon im großen Smart City Magazin der Länder."
    server.answers["/amt"] = feed(*(Item(title=f"{name} baut", text=f"In {name}. {text}") for name in names))
    outputs = {"ohne-ulm": {"none": ["ulm"]}}
    folder = site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS, outputs=outputs)
    update(folder)
    assert (len(titles(folder)), len(titles(folder, "ohne-ulm")), titles(folder, "smart-city")) == (5, 4, [])
    more = {**TOPICS, "bau": {"any": ["baut"]}}
    folder.write(sources={"amt": server.url("/amt")}, topics=more, outputs=outputs)
    publish(folder)
    assert (len(titles(folder, "bau")), len(titles(folder, "ohne-ulm")), titles(folder, "smart-city")) == (5, 4, [])


def test_a_failing_example_fails_check_and_warns_in_update(run_cli: CommandLine, site_folder: MakeFolder) -> None:
    """`check` ends with 3 and says what matched, at its place; `update` says the same and does its work."""
    rule = {"any": ["OZG"], "examples": {"yes": ["Das OZG"], "no": ["Der FC OZG gewinnt"]}}
    site_folder(sources={}, topics={"ozg": rule})
    checked, updated = run_cli("check"), run_cli("update")
    for done, code in ((checked, 3), (updated, 0)):
        assert done.code == code, done.stderr
        assert "should stay out, but takes `OZG`" in done.stderr
        assert "feeds.yaml:" in done.stderr


WORDS = ("OZG", "Smart", "City", "Städte", "Rat", "tagt", "Zeitung", "–", "Smart-City-Charta")
TERMS = ("OZG", "smart city", "stadt*", "*rat", "~stadt", "/rat +tagt/", "title:rat", "summary:OZG", "link:rat",
         "category:zeitung", "source:zeitung", "source:/rat/")  # fmt: skip
TOLD = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
SOME_TERMS = st.lists(st.sampled_from(TERMS), max_size=3).map(tuple)
A_TOPIC = st.builds(
    Topic,
    id=st.just(""),
    title=st.just("Thema"),
    any=SOME_TERMS,
    all=SOME_TERMS,
    none=SOME_TERMS,
    with_=st.lists(st.tuples(st.sampled_from(TERMS), SOME_TERMS), max_size=1).map(tuple),
    ignore=st.sampled_from([(), ("smart city charta",), ("rat tagt",)]),
    include=st.sampled_from([(), ("Rat tagt",)]),
    exclude=st.sampled_from([(), ("https://kommune.example/rat",)]),
)
TOPICS_OF_SOURCE = st.sampled_from([(), ("t0",), ("t1",)])
A_SOURCE = st.builds(
    Source,
    id=st.just(""),
    title=st.one_of(st.none(), TOLD),
    topics=TOPICS_OF_SOURCE,
    only=st.one_of(st.none(), TOPICS_OF_SOURCE),
    kind=st.just(SourceKind.FEED),
    rank=st.just(0),
    address=st.just("https://amt.example/"),
    target=st.just("https://amt.example/"),
    local=st.just(False),
)
AN_ENTRY = st.builds(
    entry,
    TOLD,
    summary=st.one_of(st.none(), TOLD.map("<p>{}</p>".format)),
    content=st.one_of(st.none(), TOLD.map("<ul><li>{}</li></ul>".format)),
    link=st.sampled_from([None, "https://kommune.example/rat", "https://zeitung.example/"]),
    categories=st.lists(TOLD, max_size=2).map(tuple),
    boilerplate=st.sampled_from([(), ("smart city", "rat tagt zeitung ozg"), ("zeitung",)]),
)


def configured(topics: Sequence[Topic], sources: Sequence[Source], outputs: Sequence[tuple[str, ...]]) -> Config:
    """Make a feeds.yaml of topics, sources, and outputs that choose by what is `any` of one and `none` of the next."""
    return Config(
        folder="",
        site=Site(title="Land", id="tag:land.example,2025:l", url="https://land.example/", language="de",
                  timezone=ZoneInfo("Europe/Berlin")),
        fetch=FetchPolicy(),
        sources=tuple(replace(one, id=f"s{number}") for number, one in enumerate(sources)),
        topics=tuple(replace(one, id=f"t{number}") for number, one in enumerate(topics)),
        outputs=tuple(
            Output(slug=f"t{number}", title="", any=some, none=outputs[number - 1], by_rule=True)
            for number, some in enumerate(outputs)
        ),
    )  # fmt: skip


@given(
    st.lists(A_TOPIC, min_size=1, max_size=3),
    st.lists(A_SOURCE, min_size=3, max_size=3),
    st.lists(SOME_TERMS, max_size=2),
    st.lists(AN_ENTRY, min_size=1, max_size=4),
)
def test_what_was_found_once_is_what_is_found_again(
    topics: Sequence[Topic], sources: Sequence[Source], outputs: Sequence[tuple[str, ...]], entries: Sequence[object]
) -> None:
    """What was found in entries when they came leads to the same choice as to search them now, which explains it."""
    loaded = configured(topics, sources, outputs)
    new = [replace(stored(one, number=n), source=f"s{n}") for n, one in enumerate(entries)]  # type: ignore[arg-type]
    searcher = Searcher(rules(loaded))
    searched = [replace(one, found=searcher.find(texts(one.entry))) for one in new]
    other = [replace(one, found=Found(rules=b"other", matches=())) for one in new]
    chosen = Chooser(loaded).choose(searched, STORY)
    assert Chooser(loaded).choose(new, STORY) == Chooser(loaded).choose(other, STORY) == chosen
    explained = Chooser(loaded).explain(searched, STORY)
    assert tuple(match for verdict in explained for match in verdict.matches) == chosen.matches


def found_in(folder: SiteFolder) -> list[tuple[StoredEntry, Found]]:
    """Give all stored entries, each with what is found in it now."""
    loaded = config.load(folder.config, os.environ)
    searcher = Searcher(rules(loaded))
    with workplace(loaded) as place, place.store.filing() as filing:
        found = [one for story in filing.stories(filing.story_ids("", 100)) for one in story.entries]
    return [(one, searcher.find(texts(one.entry))) for one in found]


def test_what_a_worker_found_is_stored(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What stands in an entry is stored as it comes and as it changes, by the terms of that time."""
    sources = {"amt": server.url("/amt")}
    folder = site_folder(sources=sources, topics=TOPICS)
    server.answers["/amt"] = feed(Item(title=OZG), Item(title=RAT))
    update(folder)
    assert [len(now.matches) for one, now in found_in(folder) if one.found == now] in ([0, 1], [1, 0])
    folder.write(sources=sources, topics={"rat": {"any": ["title:rat"]}, **TOPICS})
    server.answers["/amt"] = feed(Item(title=OZG), Item(title=RAT, text="Er wird eine Smart City."))
    update(folder, wish=Wish(force=True))
    assert {one.entry.title: one.found == now for one, now in found_in(folder)} == {OZG: False, RAT: True}
    assert (titles(folder, "rat"), titles(folder, "ozg"), titles(folder, "smart-city")) == ([RAT], [OZG], [RAT])


def test_an_older_database_is_searched_when_it_is_needed(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Entries of a version that stored nothing of it are in the same topics, as new rules and new copies say."""
    sources = {"amt": server.url("/amt"), "blatt": server.url("/blatt")}
    folder = site_folder(sources=sources, topics=TOPICS)
    server.answers |= {"/amt": feed(Item(title=OZG), Item(title=RAT)), "/blatt": feed(Item(title=CITY))}
    update(folder)
    with closing(sqlite3.connect(folder.database)) as database, database:
        made = [statement for statement in schema._FIRST_TABLES.split(";") if "memberships" in statement]
        for statement in (
            *("ALTER TABLE entries DROP COLUMN rules", "ALTER TABLE entries DROP COLUMN found"),
            *("CREATE TABLE kept AS SELECT * FROM memberships", "DROP TABLE memberships", *made),
            *("INSERT INTO memberships SELECT * FROM kept", "DROP TABLE kept"),
            "DELETE FROM _sqlite_migrations WHERE name IN ('0004_found', '0005_memberships_of_stories')",
        ):
            database.execute(statement)
    server.answers["/blatt"] = feed(Item(title=CITY), Item(title=OZG, text="Auch das Blatt meldet es."))
    update(folder, wish=Wish(force=True))
    judged = {(one.source, one.entry.title): one.found == now for one, now in found_in(folder)}
    assert judged == {("amt", OZG): False, ("amt", RAT): False, ("blatt", CITY): False, ("blatt", OZG): True}
    assert (titles(folder, "ozg"), titles(folder, "smart-city")) == ([OZG], [CITY])
    folder.write(sources=sources, topics={"rat": {"any": ["title:rat"]}, **TOPICS})
    publish(folder)
    assert (titles(folder, "rat"), titles(folder, "ozg")) == ([RAT], [OZG])
