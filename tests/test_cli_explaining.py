"""`aggregator explain` and `aggregator rematch`: what they print, and what they leave alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from aggregator.lock import locked
from tests.conftest import Here, SiteFolder
from tests.runs import TOPICS, Item, feed, titles, touched, update
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]

PORTAL = Item(title="Köln: OZG-Portal für „alle“ geöffnet", guid="portal")
COPY = Item(title="OZG-Portal für „alle“ geöffnet", guid="kopie")
HUNDRED = Item(title="Das Land schaltet 100 Leistungen für Städte frei", guid="hundert")
TWO_HUNDRED = Item(title="Das Land schaltet 200 Leistungen für Städte frei", guid="zweihundert")


@pytest.fixture
def folder(server: LoopbackServer, site_folder: MakeFolder) -> SiteFolder:
    """A story with two copies, and two of different numbers."""
    made = site_folder(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=TOPICS)
    server.answers["/amt"] = feed(PORTAL, HUNDRED)
    server.answers["/blatt"] = feed(COPY, TWO_HUNDRED)
    update(made)
    return made


def overrule(folder: SiteFolder, text: str) -> None:
    """Write overrules behind what stands in feeds.yaml."""
    folder.config.write_text(folder.config.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_explain_as_json(folder: SiteFolder, here: Here) -> None:
    """The keys are those of the contract, whether or not there is such a story."""
    told = json.loads(here("explain", PORTAL.title, "--json").stdout)
    assert set(told) == {"story", "near_misses", "topics", "not_topics"}
    story = told["story"]
    assert story["id"].startswith("urn:uuid:")
    assert (story["title"], story["order_date"]) == (PORTAL.title, "2025-07-15T08:00:00Z")
    assert story["copies"] == [
        {
            "source": "amt",
            "link": f"https://kommune.example/{b'portal'.hex()}",
            "first_seen": "2025-07-20T08:30:00Z",
            "reason": "first of its story",
        },
        {
            "source": "blatt",
            "link": f"https://kommune.example/{b'kopie'.hex()}",
            "first_seen": "2025-07-20T08:30:00Z",
            "reason": f'kicker left out: "{PORTAL.title}"',
        },
    ]
    assert told["topics"] == [{"id": "ozg", "term": "OZG", "field": "title", "words": "OZG"}]
    assert told["not_topics"] == [{"id": "smart-city", "why_not": "none of its terms stands there"}]
    text = json.loads(here("explain", "Das Land schaltet 300 Leistungen für Städte frei", "--json").stdout)
    assert text["story"] is None
    assert {"title": HUNDRED.title, "why_not": "different numbers: 300 and 100"} in text["near_misses"]


def test_explain_for_people(folder: SiteFolder, here: Here) -> None:
    """The story, its copies and why, its topics, what is near and why not, and what else may be meant."""
    told = here("explain", "Land Leistungen Städte")
    assert told.code == 0
    lines = told.stdout.splitlines()
    first, other = sorted([HUNDRED.title, TWO_HUNDRED.title], key=lambda title: title != lines[0])
    assert lines[0] == first
    assert ", 2025-07-15 10:00" in lines[1]
    assert "2025-07-20 10:30: first of its story" in told.stdout
    assert "Topics\n  none\n  not smart-city: none of its terms stands there\n" in told.stdout
    assert f"Near, but not the same\n  „{other}“: different numbers: " in told.stdout
    assert f"Others that may be meant\n  „{other}“, 2025-07-15 10:00, urn:uuid:" in told.stdout
    assert "  ozg: `OZG` in the title: „OZG“\n" in here("explain", COPY.title).stdout


def test_explain_of_what_is_not_there(folder: SiteFolder, here: Here) -> None:
    """A text that is no story is judged as a title, a link that nothing bears is said so; neither is a failure."""
    text = here("explain", "Smart City für alle")
    assert (text.code, text.stderr) == (0, "")
    assert text.stdout.startswith(
        "No stored story is called „Smart City für alle“; as a title it would be judged so:\n"
    )
    assert "  smart-city: `smart city` in the title: „Smart City“\n" in text.stdout
    link = here("explain", "https://kommune.example/nichts")
    assert (link.code, link.stdout) == (
        0,
        "No stored story has the link or id https://kommune.example/nichts\n",
    )
    assert here("explain", " ").code == 2


@pytest.mark.parametrize("output", [(), ("--json",)])
def test_explain_of_bytes_that_are_no_text(folder: SiteFolder, here: Here, output: tuple[str, ...]) -> None:
    """A word that is no UTF-8 is told apart by nothing, and is no fault of the program."""
    done = here("explain", "gr\udcfcn", *output)
    assert done.code == 0
    assert "ozg" in done.stdout


def test_explain_takes_no_lock_and_writes_nothing(folder: SiteFolder, here: Here) -> None:
    """It answers while a run is at work, and before there is a database, which it does not make."""
    before = touched(folder)
    with locked(folder.data / "aggregator.lock", timedelta(0)):
        assert here("explain", PORTAL.title).stdout.startswith(PORTAL.title)
    assert touched(folder) == before
    for file in folder.data.glob("aggregator.db*"):
        file.unlink()
    assert here("explain", PORTAL.title).stdout.startswith("No stored story is called")
    assert not folder.database.exists()


def test_explain_of_a_withdrawn_story(folder: SiteFolder, here: Here) -> None:
    """A hidden story is explained on, and said to be hidden."""
    overrule(folder, f"hide: [{json.dumps(PORTAL.title)}]\n")
    assert here("publish").code == 0
    assert "  withdrawn: `hide` of feeds.yaml names it\n" in here("explain", PORTAL.title).stdout


def test_rematch(folder: SiteFolder, here: Here) -> None:
    """`--dry-run` shows what would move and writes nothing; without it that is done and published."""
    assert here("rematch", "--dry-run").stdout == "No story moves\nNothing was written\n"
    groups = [[HUNDRED.title, TWO_HUNDRED.title]], [[PORTAL.title, COPY.title]]
    same, different = (json.dumps(group, ensure_ascii=False) for group in groups)
    overrule(folder, f"same: {same}\ndifferent: {different}\n")
    before = touched(folder)
    told = [
        f"merged: „{TWO_HUNDRED.title}“ into „{HUNDRED.title}“",
        f"split: „{COPY.title}“ off „{PORTAL.title}“",
    ]
    assert here("rematch", "--dry-run").stdout.splitlines() == [*told, "Nothing was written"]
    assert touched(folder) == before
    done = here("rematch").stdout.splitlines()
    assert done[:-1] == told
    assert " written, " in done[-1]
    assert sorted(titles(folder)) == sorted([HUNDRED.title, PORTAL.title, COPY.title])
    assert here("rematch").stdout.startswith("No story moves\n0 files written, ")


def test_rematch_tells_of_topics_and_hiding(folder: SiteFolder, here: Here) -> None:
    """Stories that a topic gains or loses, and that are withdrawn or restored, are named."""
    words = {"leistung": {"title": "Leistung", "any": ["leistung"]}, "ozg": {"title": "OZG", "any": ["NEGZ"]}}
    sources = json.loads(folder.config.read_text(encoding="utf-8").split("sources:\n  amt: ")[1].split("\n")[0])
    folder.write(sources={"amt": sources}, topics=words)
    overrule(folder, f"hide: [{json.dumps(HUNDRED.title)}]\n")
    told = here("rematch").stdout
    assert f"withdrawn: „{HUNDRED.title}“\n" in told
    assert f"leistung gains „{TWO_HUNDRED.title}“\n" in told
    assert f"ozg loses „{PORTAL.title}“\n" in told
    folder.write(sources={"amt": sources}, topics=words)
    assert f"restored: „{HUNDRED.title}“\nleistung gains „{HUNDRED.title}“\n" in here("rematch", "--dry-run").stdout


@pytest.mark.parametrize("command", ["update", "publish", "rematch"])
def test_an_overrule_that_names_nothing_is_a_warning(folder: SiteFolder, here: Here, command: str) -> None:
    """It costs nothing but a line on standard error, with its place; `check` knows nothing of the stored stories."""
    overrule(folder, "hide: [Gibt es nicht]\n")
    line = len(folder.config.read_text(encoding="utf-8").splitlines())
    done = here(command)
    assert done.code == 0
    assert f"feeds.yaml:{line}:8: `hide` names „Gibt es nicht“" in done.stderr
    assert here("check").stderr == ""


def test_rematch_waits_for_nobody(folder: SiteFolder, here: Here) -> None:
    """While another run is at work it ends with 4."""
    with locked(folder.data / "aggregator.lock", timedelta(0)):
        assert (here("rematch").code, here("rematch", "--dry-run").code) == (4, 4)
