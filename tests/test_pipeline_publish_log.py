"""Do subscribers lose no story, and do closed documents stay as they are?"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable

import pytest

from aggregator.model import Entry
from tests.conftest import SiteFolder
from tests.linkcheck import dead_links
from tests.press import ATOM, Press, link, news

MakeFolder = Callable[..., SiteFolder]
SOURCES = {"amt": "amt.xml", "blatt": "blatt.xml"}


@pytest.fixture
def press(site_folder: MakeFolder) -> Press:
    """A site of two sources and one topic that nothing is in."""
    return Press(folder=site_folder(sources=SOURCES, topics={"ozg": {"any": ["OZG"]}}))


def _ids(press: Press, name: str) -> list[str]:
    return [item["id"] for item in json.loads((press.folder.public / f"{name}.json").read_bytes())["items"]]


def test_a_hundred_rows_close(press: Press) -> None:
    """By count and oldest first, rows close into documents; what no document holds stands in the subscription."""
    press.run({"amt": [news(number) for number in range(90)]})
    assert len(press.walk()) == 1
    press.run({"amt": [news(number, day=1) for number in range(90, 250)]})
    current, second, first = press.walk()
    assert [len(document.findall("a:entry", ATOM)) for document in (current, second, first)] == [100, 100, 100]
    assert len(press.collected()) == 250
    assert current.find("fh:archive", ATOM) is None
    assert first.find("fh:archive", ATOM) is not None
    assert link(first, "self") == "https://news.example.org/all/1.atom"
    assert (link(first, "prev-archive"), link(first, "next-archive")) == (None, "https://news.example.org/all/2.atom")
    assert link(second, "current") == "https://news.example.org/all.atom"
    assert link(second, "next-archive") is None


def test_json_leads_to_the_same_documents(press: Press) -> None:
    """`next_url` walks the same stories in JSON, and older pages are linked from page to page."""
    press.run({"amt": [news(number) for number in range(250)]})
    seen, address = set(_ids(press, "all")), "https://news.example.org/all.json"
    while address:
        told = json.loads((press.folder.public / address.removeprefix("https://news.example.org/")).read_bytes())
        seen.update(item["id"] for item in told["items"])
        address = told.get("next_url")
    assert len(seen) == 250
    assert 'href="all/2.html" rel="prev"' in (press.folder.public / "all.html").read_text()
    page = (press.folder.public / "all" / "1.html").read_text()
    assert 'href="../all/2.html" rel="next"' in page
    assert page.count("<article id=") == 100


def test_a_closed_document_keeps_its_bytes(press: Press) -> None:
    """It changes to gain `next-archive`, when `site.url` changes, and by `hide:`; not when a story's text does."""
    press.run({"amt": [news(number) for number in range(200)]})
    first, second = (press.folder.public / "all" / f"{number}.atom" for number in (1, 2))
    before = first.read_bytes(), second.read_bytes()
    press.run({"amt": [news(3, text="Nun doch nicht."), *(news(number, day=2) for number in range(200, 299))]})
    assert first.read_bytes() == before[0]
    gained = second.read_bytes()
    assert re.sub(rb'  <link href="[^"]*" rel="next-archive"/>\n', b"", gained) == before[1]
    press.folder.write(sources=SOURCES, topics={"ozg": {"any": ["OZG"]}}, site={"url": "https://neu.example.org/"})
    press.run()
    assert first.read_bytes() == before[0].replace(b"https://news.example.org/", b"https://neu.example.org/")


def test_a_story_that_changed_after_it_was_archived_comes_again(press: Press) -> None:
    """The subscription document shows the new text under the old id; the archive keeps the old one."""
    press.run({"amt": [news(number) for number in range(300)]})
    edited = news(3, text="Nun doch nicht.")
    press.run({"amt": [edited]})
    current, *_, oldest = press.walk()
    (again,) = [
        told for told in current.iterfind("a:entry", ATOM) if "Nun doch" in told.findtext("a:summary", "", ATOM)
    ]
    assert again.findtext("a:title", "", ATOM) == edited.title
    assert "zugestimmt" in next(
        told.findtext("a:summary", "", ATOM)
        for told in oldest.iterfind("a:entry", ATOM)
        if told.findtext("a:id", "", ATOM) == again.findtext("a:id", "", ATOM)
    )
    assert len(press.collected()) == 300


def test_old_stories_that_join_late_are_no_news(press: Press) -> None:
    """A new source's and a new rule's old stories go into a document of their own; fresh ones are news."""
    press.run({"amt": [news(number, day=30) for number in range(20)]})
    press.run({"blatt": [news(900, day=1), news(901, day=29)]})
    assert len(_ids(press, "all")) == 21
    assert len(press.collected()) == 22
    topics = {"ozg": {"any": ["OZG"]}, "meldung": {"any": ["Meldung"]}}
    press.folder.write(sources=SOURCES, topics=topics)
    press.run()
    assert len(_ids(press, "meldung")) == 22, "an output's first publish is exempt"
    press.folder.write(sources=SOURCES, topics={"ozg": {"any": ["OZG"], "include": ["urn:beispiel:900"]}})
    press.run({"amt": [news(950, day=31, title="Das OZG gilt nun „überall“ im Land")]})
    press.folder.write(sources=SOURCES, topics={"ozg": {"any": ["OZG", "Meldung"]}})
    press.run()
    assert len(press.collected("ozg")) == 23


def test_a_story_that_leaves_an_output_stays_in_its_past(press: Press) -> None:
    """Where a rule no longer takes a story it goes from the feed into the archive at once."""
    press.folder.write(sources=SOURCES, topics={"meldung": {"any": ["Meldung", "Ämter"]}})
    press.run({"amt": [news(1), news(2, title="Ämter in Köln öffnen früher als gedacht")]})
    assert len(_ids(press, "meldung")) == 2
    press.folder.write(sources=SOURCES, topics={"meldung": {"any": ["Meldung"]}})
    press.run()
    assert len(_ids(press, "meldung")) == 1
    assert len(press.collected("meldung")) == 2


def test_a_hidden_story_is_gone_from_the_archive_too(press: Press) -> None:
    """`hide:` takes a story out of every document, and the others stay."""
    press.run({"amt": [news(number) for number in range(150)]})
    hidden, kept = news(3), news(4)
    file = press.folder.config
    file.write_text(file.read_text() + f'hide:\n  - "{hidden.link}"\n', encoding="utf-8")
    press.run()
    titles = {title for title, _ in press.collected().values()}
    assert (len(titles), hidden.title in titles, kept.title in titles) == (149, False, True)
    assert hidden.link
    everything = b"".join(press.folder.published().values()).decode()
    assert f'{hidden.link}"' not in everything


def test_per_source_holds_a_flood_back(press: Press) -> None:
    """No more stories of a source than asked stand in the feed; the rest can be walked to."""
    outputs = {"blick": {"sources": ["amt", "blatt"], "per_source": 5}}
    press.folder.write(sources=SOURCES, outputs=outputs)
    press.run({"amt": [news(number) for number in range(40)], "blatt": [news(number) for number in range(100, 103)]})
    assert len(_ids(press, "blick")) == 8
    assert len(press.collected("blick")) == 43
    press.run({"amt": [news(number, day=1) for number in range(40, 44)]})
    assert len(_ids(press, "blick")) == 8
    assert len(press.collected("blick")) == 47


def test_days_count_from_the_newest_story(press: Press) -> None:
    """A feed of some days shows what is no older than that before its newest story, and what is not yet archived."""
    press.folder.write(sources=SOURCES, outputs={"woche": {"sources": ["amt"], "days": 7, "limit": 500}})
    press.run({"amt": [news(number, day=1) for number in range(100)] + [news(200, day=9), news(201, day=20)]})
    assert len(_ids(press, "woche")) == 2
    assert len(press.collected("woche")) == 102


def test_a_former_slug_goes_on(press: Press) -> None:
    """A renamed output is written under both names, and its archive stays where it was."""
    press.folder.write(sources=SOURCES, outputs={"newsletter": {"sources": ["amt"]}})
    press.run({"amt": [news(number) for number in range(120)]})
    before = (press.folder.public / "newsletter/1.atom").read_bytes()
    press.folder.write(sources=SOURCES, outputs={"blick": {"sources": ["amt"], "formerly": ["newsletter"]}})
    press.run({"amt": [news(number, day=1) for number in range(120, 210)]})
    assert _ids(press, "newsletter") == _ids(press, "blick")
    for slug in ("newsletter", "blick"):
        assert len(press.collected(slug)) == 210
    gained = (press.folder.public / "newsletter/1.atom").read_bytes()
    assert re.sub(rb'  <link href="[^"]*" rel="next-archive"/>\n', b"", gained) == before
    assert link(press.walk("blick")[0], "prev-archive") == "https://news.example.org/blick/2.atom"
    assert b":pruefstand/newsletter</id>" in before


def test_a_former_slug_that_had_ended_goes_on(press: Press) -> None:
    """Where a name is claimed only after its output has ended, it shows the other one's feed from then on."""
    press.folder.write(sources=SOURCES, outputs={"few": {"sources": ["amt"]}, "other": {"sources": ["amt"]}})
    press.run({"amt": [news(1)]})
    press.folder.write(sources=SOURCES, outputs={"neu": {"sources": ["amt"]}})
    press.run()
    press.folder.write(sources=SOURCES, outputs={"neu": {"sources": ["amt"], "formerly": ["few", "other"]}})
    press.run()
    files = press.folder.published()
    assert _ids(press, "few") == _ids(press, "other") == _ids(press, "neu")
    press.run()
    assert press.folder.published() == files


@pytest.mark.parametrize("meanwhile", [[], [{}]], ids=["at once", "after it had ended"])
def test_a_rename_that_is_taken_back_goes_on(press: Press, meanwhile: list[dict[str, dict[str, object]]]) -> None:
    """Also without `formerly` the old name has its whole past; the name of meanwhile says that it ended."""
    before: dict[str, dict[str, object]] = {"alt": {"sources": ["amt"]}}
    renamed: dict[str, dict[str, object]] = {"neu": {"sources": ["amt"], "formerly": ["alt"]}}
    press.folder.write(sources=SOURCES, outputs=before)
    press.run({"amt": [news(number) for number in range(120)]})
    for outputs in (renamed, *meanwhile, before):
        press.folder.write(sources=SOURCES, outputs=outputs)
        press.run({"blatt": [news(500)]})
    assert len(press.walk("alt")) == 2
    assert link(press.walk("alt")[1], "self") == "https://news.example.org/alt/1.atom"
    assert _ids(press, "neu") == [_ids(press, "neu")[0], *_ids(press, "alt")]
    press.folder.write(sources=SOURCES, outputs={"alt": {"sources": ["blatt"]}})
    press.run({"amt": [news(number, day=1) for number in range(120, 210)]})
    assert len(press.collected("alt")) == 121
    told = []
    for outputs in (renamed, before, renamed):
        press.folder.write(sources=SOURCES, outputs=outputs)
        press.run()
        assert len(press.collected("neu" if outputs is renamed else "alt")) == 211
        told.append(press.walk("neu")[0].findtext("a:updated", "", ATOM))
    assert told == sorted(told), "no feed is older than its farewell"
    assert _ids(press, "neu") == _ids(press, "alt")


def test_a_renamed_output_goes_on_with_its_own_past(press: Press) -> None:
    """Not with that of another one which had ended before, whichever of its former names is told first."""
    press.folder.write(sources=SOURCES, outputs={"alt": {"sources": ["blatt"]}, "blick": {"sources": ["amt"]}})
    press.run({"amt": [news(number) for number in range(120)]})
    for outputs in ({"blick": {"sources": ["amt"]}}, {"neu": {"sources": ["amt"], "formerly": ["alt", "blick"]}}):
        press.folder.write(sources=SOURCES, outputs=outputs)
        press.run()
    assert link(press.walk("neu")[1], "self") == "https://news.example.org/blick/1.atom"
    assert len(press.collected("alt")) == len(press.collected("blick")) == 120


@pytest.mark.parametrize("after", ["output", "nothing", "another"])
def test_closed_documents_link_to_where_their_output_is(press: Press, after: str) -> None:
    """They name the slug that they closed under as long as their output has it, then the one that it has now."""

    def publish(outputs: dict[str, object], *entries: Entry) -> dict[str, bytes]:
        press.folder.write(sources=SOURCES, outputs=outputs)
        press.run({"amt": entries})
        files = press.folder.published()
        assert not dead_links(files, "https://news.example.org/")
        return files

    chosen = {"sources": ["amt"]}
    first = publish({"newsletter": chosen}, *(news(number) for number in range(220)))
    renamed = publish({"blick": {**chosen, "formerly": ["newsletter"]}})
    closed = [f"newsletter/{number}.{form}" for number in (1, 2) for form in ("atom", "json")]
    assert [renamed[name] for name in closed] == [first[name] for name in closed]
    publish({"blick": {**chosen, "formerly": ["newsletter"]}}, *(news(number, day=1) for number in range(220, 330)))
    other = {"newsletter": {"sources": ["blatt"]}} if after == "another" else {}
    files = publish({} if after == "nothing" else {"blick": chosen, **other})
    current = "newsletter" if after == "nothing" else "blick"
    assert f'href="https://news.example.org/{current}.atom" rel="current"'.encode() in files["newsletter/1.atom"]
    assert ("newsletter.atom" in files) is (after != "output")
    assert len(press.collected(current)) == 330 + (after == "nothing")


@pytest.mark.parametrize("edit", [{"copies": False}, {}], ids=["copies", "site"])
def test_what_feeds_yaml_says_later_leaves_closed_documents_alone(press: Press, edit: dict[str, object]) -> None:
    """A closed document says what the site was when it closed, also when it gains its next one."""
    outputs = {"blick": {"sources": ["amt", "blatt"]}}
    press.folder.write(sources=SOURCES, outputs=outputs)
    items = [news(number) for number in range(120)]
    press.run({"amt": items, "blatt": items})
    before = {form: (press.folder.public / f"blick/1.{form}").read_bytes() for form in ("atom", "json")}
    press.folder.write(sources=SOURCES, outputs={"blick": {**outputs["blick"], **edit}})
    if not edit:
        told = press.folder.config.read_text(encoding="utf-8")
        told = told.replace("timezone: Europe/Berlin", "timezone: America/New_York").replace(
            "language: de", "language: en"
        )
        press.folder.config.write_text(told, encoding="utf-8")
    press.run({"amt": [news(number, day=1) for number in range(120, 260)]})
    gained = (press.folder.public / "blick/1.atom").read_bytes()
    assert b'rel="next-archive"' in gained
    assert re.sub(rb'  <link href="[^"]*" rel="next-archive"/>\n', b"", gained) == before["atom"]
    told_then, told_now = json.loads(before["json"]), json.loads((press.folder.public / "blick/1.json").read_bytes())
    assert told_now["items"] == told_then["items"]


def test_an_output_that_left_says_so_and_goes(press: Press) -> None:
    """Its feeds end with an entry that says so, and are gone with the first run that is thirty days later."""
    press.folder.write(sources=SOURCES, outputs={"blick": {"title": "Blick", "sources": ["amt"]}})
    press.run({"amt": [news(1)]})
    press.folder.write(sources=SOURCES)
    press.run()
    titles = [item["title"] for item in json.loads((press.folder.public / "blick.json").read_bytes())["items"]]
    assert titles == ["„Blick“ ist eingestellt", news(1).title]
    assert "blick" not in (press.folder.public / "feeds.opml").read_text()
    files = press.folder.published()
    press.run()
    assert press.folder.published() == files
    press.now = press.now.replace(year=2026)
    written = press.run()
    assert set(written.removed) == {f"blick.{form}" for form in ("atom", "html", "json", "rss")}


def test_an_output_ends_under_all_its_names(press: Press) -> None:
    """Who subscribed to a former name reads the farewell, too, unless another output speaks there by now."""
    chosen = {"title": "Blick", "sources": ["amt"]}
    press.folder.write(sources=SOURCES, outputs={"alt": chosen})
    press.run({"amt": [news(1)]})
    press.folder.write(sources=SOURCES, outputs={"blick": {**chosen, "formerly": ["alt", "ganz-alt"]}})
    press.run()
    press.folder.write(sources=SOURCES, outputs={"neu": {"sources": ["blatt"], "formerly": ["alt"]}})
    press.run()
    assert _ids(press, "alt") == _ids(press, "neu") == []
    assert len(_ids(press, "ganz-alt")) == 2
    assert _ids(press, "ganz-alt") == _ids(press, "blick")
    press.folder.write(sources=SOURCES)
    press.run()
    assert len(_ids(press, "alt")) == 1
    press.now = press.now.replace(year=2026)
    press.run()
    assert {name.partition(".")[0] for name in press.folder.published()}.isdisjoint({"alt", "ganz-alt", "blick", "neu"})


def test_an_ended_output_leaves_where_its_names_are_taken_over(press: Press) -> None:
    """Its closed documents go with its feed: they would lead into another output's, in formats it may not have."""
    press.folder.write(sources=SOURCES, outputs={"alt": {"sources": ["amt"]}, "neu": {"sources": ["blatt"]}})
    press.run({"amt": [news(number) for number in range(120)], "blatt": [news(500)]})
    assert "alt/1.html" in press.folder.published()
    press.folder.write(sources=SOURCES, outputs={"neu": {"sources": ["blatt"]}})
    press.run()
    assert "alt/1.html" in press.folder.published()
    taking = {"neu": {"sources": ["blatt"], "formats": ["json"], "formerly": ["alt"]}}
    press.folder.write(sources=SOURCES, outputs=taking)
    press.run()
    files = press.folder.published()
    assert [name for name in files if name.startswith("alt")] == ["alt.json"]
    assert not dead_links(files, "https://news.example.org/")


def test_a_farewell_shows_its_stories_as_they_are_now(press: Press) -> None:
    """`hide:` withdraws a story from an ended output, too, and a publish from nothing brings the same bytes."""
    press.folder.write(sources=SOURCES, outputs={"blick": {"title": "Blick", "sources": ["amt"]}})
    hidden, edited = news(1), news(2)
    press.run({"amt": [hidden, edited]})
    press.folder.write(sources=SOURCES)
    press.run()
    file = press.folder.config
    file.write_text(file.read_text(encoding="utf-8") + f'hide:\n  - "{hidden.link}"\n', encoding="utf-8")
    press.run({"amt": [news(2, text="Nun doch nicht.")]})
    files = press.folder.published()
    assert [name for name, content in files.items() if f'{hidden.link}"'.encode() in content] == []
    assert b"Nun doch nicht." in files["blick.atom"]
    story = next(name for name in _ids(press, "blick") if f"story/{name[9:]}.html" in files)
    assert b"Nun doch nicht." in files[f"story/{story[9:]}.html"]
    shutil.rmtree(press.folder.public)
    press.run()
    assert press.folder.published() == files


def test_an_output_that_comes_back_is_no_older_than_its_farewell(press: Press) -> None:
    """A feed's `updated` does not go back where its output leaves feeds.yaml and stands there again."""
    both = {"blick": {"title": "Blick", "sources": ["amt"]}}
    press.folder.write(sources=SOURCES, outputs=both)
    press.run({"amt": [news(1)]})
    before = press.collected("blick")
    told = []
    for outputs in ({}, both):
        press.folder.write(sources=SOURCES, outputs=outputs)
        press.run()
        told.append(press.walk("blick")[0].findtext("a:updated", "", ATOM))
    assert press.collected("blick") == before
    assert told[0] == told[1]


def test_an_output_may_have_few_formats(press: Press) -> None:
    """Its closed documents come in its formats, and as pages, where stories without a page of their own are read."""
    press.folder.write(sources=SOURCES, outputs={"blick": {"sources": ["amt"], "formats": ["rss"]}})
    press.run({"amt": [news(number) for number in range(120)]})
    assert {name for name in press.folder.published() if name.startswith("blick")} == {"blick.rss", "blick/1.html"}


def test_the_line_of_copies_can_be_left_out(press: Press) -> None:
    """`copies: false` drops "Auch bei: …" from texts and pages; who else reports is still linked in Atom."""
    outputs = {"knapp": {"sources": ["amt"], "copies": False}}
    press.folder.write(sources=SOURCES, outputs=outputs)
    press.run({"amt": [news(1)], "blatt": [news(1)]})
    files = press.folder.published()
    assert b"Auch bei" in files["all.atom"]
    assert b"Auch bei" in files["all.html"]
    assert b"Auch bei" not in files["knapp.atom"] + files["knapp.html"] + files["knapp.rss"] + files["knapp.json"]
