"""`aggregator plan`: what feeds.yaml would change, told before it is applied."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from aggregator import config
from tests.conftest import Here, SiteFolder
from tests.runs import TOPICS, Item, feed
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]

CITY, REGION = "Smart City Köln\u202e wächst", "Südharz wird „Smart Region“"
# Undated, so that they stand where the clock of this machine stands.
ANSWER = feed(Item(title=CITY, day=0, guid="c"), Item(title=REGION, day=0, guid="r"))
NOTHING: dict[str, list[str]] = {"added": [], "removed": [], "changed": []}


@pytest.fixture
def folder(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> SiteFolder:
    """A site of two stories that has been published, and whose feeds.yaml was edited since."""
    made = site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS)
    server.answers["/amt"] = ANSWER
    assert here("-q", "update").code == 0
    made.write(
        sources={"amt": {"feed": server.url("/amt"), "take": "matched"}, "neu": server.url("/neu")},
        topics={"smart-city": {"title": "Smart City", "any": ["smart region"]}},
        site={"contact": "neu@example.org"},
    )
    return made


def test_a_plan_is_told_to_people(folder: SiteFolder, here: Here) -> None:
    """Each topic with what it gains and loses, then sources, outputs and settings, one line each; the code is 0."""
    done = here("plan")
    lines = done.stdout.splitlines()
    day = lines[1].split()[1]
    link = "https://kommune.example/{}".format
    assert (done.code, done.stderr) == (0, "")
    assert lines == [
        "topic smart-city: +1 −1",
        f"  + {day}  {REGION}  (`smart region`)", f"      {link(b'r'.hex())}",
        f"  − {day}  Smart City Köln wächst  (`smart city`)", f"      {link(b'c'.hex())}",
        "topic ozg: +0 −0",
        "source neu: comes",
        'source amt: take "all" → "matched"',
        "output ozg: goes",
        'setting site: contact "redaktion@example.org" → "neu@example.org"',
    ]  # fmt: skip


def test_a_plan_is_told_to_programs(folder: SiteFolder, here: Here) -> None:
    """The JSON has the keys of the contract: what each topic gains and loses, and what else comes, goes or changes."""
    done = here("plan", "--json")
    told = json.loads(done.stdout)
    assert done.code == 0
    assert list(told) == ["topics", "sources", "outputs", "settings"]
    city, ozg = told["topics"]
    (gained,) = city["gained"]
    assert gained.pop("date").endswith("Z")
    assert gained == {"title": REGION, "link": f"https://kommune.example/{b'r'.hex()}", "term": "smart region"}
    assert (city["id"], [moved["term"] for moved in city["lost"]]) == ("smart-city", ["smart city"])
    assert ozg == {"id": "ozg", "gained": [], "lost": []}
    change = {"id": "amt", "before": {"take": "all"}, "after": {"take": "matched"}}
    assert told["sources"] == {"added": ["neu"], "removed": [], "changed": [change]}
    assert told["outputs"] == NOTHING | {"removed": ["ozg"]}
    assert [change["after"] for change in told["settings"]["changed"]] == [{"contact": "neu@example.org"}]


def test_the_exit_code_tells_whether_something_would_change(folder: SiteFolder, here: Here) -> None:
    """With --exit-code it is 1 where something would change and 0 once it is applied; without it is 0 both times."""
    assert (here("plan").code, here("plan", "--exit-code").code) == (0, 1)
    assert here("-q", "publish").code == 0
    done = here("plan", "--exit-code")
    assert (done.code, done.stdout) == (0, "Nothing would change\n")
    assert json.loads(here("plan", "--json").stdout) == {
        "topics": [], "sources": NOTHING, "outputs": NOTHING, "settings": NOTHING,
    }  # fmt: skip


def test_another_site_id_is_warned_of(folder: SiteFolder, server: LoopbackServer, here: Here) -> None:
    """`plan` says what another root of all ids does, `check` ends with 3, and what applies it warns once."""
    sources = {"amt": server.url("/amt")}
    folder.write(sources=sources, topics=TOPICS)
    assert here("check").code == 0
    former = config.load(folder.config, {}).site.id
    folder.write(sources=sources, topics=TOPICS, site={"id": "tag:news.example.org,2026:neu"})
    setting, advice = here("plan").stdout.splitlines()
    assert setting == f'setting site: id "{former}" → "tag:news.example.org,2026:neu"'
    assert advice.endswith(f"put back `id: {former}`")
    done = here("check")
    assert (done.code, done.stderr) == (3, f"{advice.strip()}\n")
    assert json.loads(here("check", "--json").stdout)["warnings"] == [advice.strip()]
    assert [advice.strip() in here("publish").stderr for _ in range(2)] == [True, False]
    folder.database.write_bytes(b"kaputt" * 1000)
    assert here("check").code == 0


def test_without_a_database_all_is_new(site_folder: MakeFolder, here: Here) -> None:
    """Before the first run the plan says that all is new, and makes no file."""
    folder = site_folder(sources={"amt": "https://amt.example/feed"}, topics=TOPICS)
    done = here("plan", "--exit-code")
    lines = done.stdout.splitlines()
    assert done.code == 1
    assert lines[0] == "Nothing has been applied yet, so all of feeds.yaml is new"
    assert {"source amt: comes", "output all: comes", "topic ozg: +0 −0", "setting site: comes"} <= set(lines)
    assert [path.name for path in folder.path.iterdir()] == ["feeds.yaml"]


def test_an_example_that_fails_fails_the_plan(site_folder: MakeFolder, here: Here) -> None:
    """An example that a topic does not keep is named with its line, the plan is told, and the code is 3."""
    topic = {"any": ["OZG"], "examples": {"yes": ["Registermodernisierung – ein Überblick"]}}
    site_folder(sources={}, topics={"ozg": topic})
    done = here("plan", "--json")
    assert done.code == 3
    assert "topic ozg: the example „Registermodernisierung – ein Überblick“ should be in" in done.stderr
    assert list(json.loads(done.stdout)) == ["topics", "sources", "outputs", "settings"]


def test_a_value_that_is_not_there_is_a_dash(folder: SiteFolder, server: LoopbackServer, here: Here) -> None:
    """Where a key was not told before, a dash stands for it."""
    folder.write(sources={"amt": {"feed": server.url("/amt"), "title": "Amtsblatt"}}, topics=TOPICS)
    assert here("plan").stdout == 'source amt: title – → "Amtsblatt"\n'


@pytest.mark.parametrize("command", ["update", "publish"])
def test_a_named_story_that_is_not_stored_is_a_warning(
    folder: SiteFolder, server: LoopbackServer, here: Here, command: str
) -> None:
    """What `include` and `exclude` name, and nothing stored bears, costs a warning with its line, and no more."""
    topic = {"any": ["smart city"], "include": [REGION, "Niemals erschienen"], "exclude": ["https://weg.example/1"]}
    folder.write(sources={"amt": server.url("/amt")}, topics={"smart-city": topic})
    done = here(command)
    warnings = [line for line in done.stderr.splitlines() if "nothing that is stored" in line]
    assert done.code == 0
    assert len(warnings) == 2
    lines = folder.config.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "exclude" in text)
    assert f"feeds.yaml:{line}:" in warnings[0]
    assert "`include` names „Niemals erschienen“" in warnings[0]
    assert "`exclude` names „https://weg.example/1“" in warnings[1]


def test_where_to_see_which_stories_are_joined(folder: SiteFolder, server: LoopbackServer, here: Here) -> None:
    """What `same` joins is told by another command, and the plan says so."""
    folder.write(sources={"amt": server.url("/amt")}, topics=TOPICS)
    with folder.config.open("a", encoding="utf-8") as told:
        told.write('same:\n  - ["Eine Überschrift", "Eine andere Überschrift"]\n')
    lines = here("plan").stdout.splitlines()
    assert lines[-1] == "  which stories that joins or parts: aggregator rematch --dry-run"
