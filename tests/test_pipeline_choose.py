"""Promises of pipeline/choose.py, and of what the commands make of a topic's examples."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import pytest

from aggregator import config
from aggregator.model import StoredEntry
from aggregator.pipeline.choose import Chooser
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
    rules = chooser(site_folder(sources={"wire": wire, "amt": "https://amt.example/"}))
    assert rules.choose([told(RAT, "wire"), told(RAT)], STORY).outputs == ("all",)
    assert rules.choose([told(RAT, "wire"), told(RAT, "ehemals")], STORY).outputs == ("all",)
    assert rules.choose([told(RAT, "wire")], STORY).outputs == ()


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
    rules = chooser(
        site_folder(sources={"amt": "https://amt.example/", "blatt": blatt}, topics=TOPICS, outputs={"aus": output})
    )
    stories = [told(OZG), told(CITY, "blatt"), told(RAT, categories=("Verkehr",))]
    assert [one.entry.title for one in stories if rules.choose([one], STORY).outputs == ("aus",)] == titles


def test_boilerplate_is_heard_and_reasons_are_told(site_folder: MakeFolder) -> None:
    """What was stored as boilerplate does not count, and for each topic it is said why a story is not in it."""
    rules = chooser(site_folder(sources={"amt": "https://amt.example/"}, topics=TOPICS))
    one = told(RAT, content="<p>Smart City Magazin</p>", boilerplate=("smart city magazin",))
    assert rules.choose([one], STORY).matches == ()
    assert [verdict.why_not for verdict in rules.explain([one], STORY)] == [
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
