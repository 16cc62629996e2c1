"""`aggregator try`: what would be read, shown and not stored; and pages as sources of a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.conftest import Completed, Here, SiteFolder
from tests.runs import NOW, SEED, Item, document, failures, feed, items, publish, titles, update
from tests.servers import Answer, LoopbackServer, Request

MakeFolder = Callable[..., SiteFolder]

SELECT = {"item": "article", "title": "h3", "date": "time", "summary": "p"}
KEYS = {
    *("id id_derived title link published precision trust summary content authors categories enclosures".split()),
}


def page(*titles_of_items: str) -> Answer:
    body = "".join(
        f"<article><h3><a href='/{title.encode().hex()}'>{title}</a></h3>"
        "<time datetime='2025-07-15'>15. Juli</time><p>Der Rat – einstimmig.</p></article>"
        for title in titles_of_items
    )
    html = f"<html lang=de><title>Presse</title>{body}".encode()
    return Answer(body=html, headers=(("Content-Type", "text/html; charset=utf-8"),))


def tried(done: Completed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found) == {"entries", "report"}
    return found


def test_a_source_is_tried(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """Of a source of feeds.yaml all that was read is shown, and nothing is stored, locked or published."""
    folder = site_folder(sources={"stadt": {"page": server.url("/presse"), "select": SELECT}})
    server.answers["/presse"] = page("Köln fördert Bürger", "Zweite Meldung")
    told = tried(here("try", "stadt", "--json"))
    assert told["report"] == ["page: 2 entries, 2 with a link, 2 with a date"]
    assert set(told["entries"][0]) == KEYS
    link = server.url("/" + "Köln fördert Bürger".encode().hex())
    assert told["entries"][0] == {
        "id": link, "id_derived": True, "title": "Köln fördert Bürger", "link": link,
        "published": "2025-07-15T10:00:00Z", "precision": "day", "trust": "declared",
        "summary": "<p>Der Rat – einstimmig.</p>", "content": None, "authors": [], "categories": [], "enclosures": [],
    }  # fmt: skip
    assert [path.name for path in folder.path.iterdir()] == ["feeds.yaml"]


def test_an_address_is_tried_for_people(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """An address that is in no feeds.yaml is read too: a line for each entry, with its link below it."""
    site_folder(sources={})
    server.answers["/feed"] = feed(
        Item(title="Köln \u202efördert", link="https://a.example/1"), Item(title="Ohne Tag", day=0)
    )
    done = here("try", server.url("/feed"))
    assert done.code == 0
    assert done.stdout.splitlines()[:4] == [
        "rss20: 2 entries",
        "2025-07-15 10:00  Köln fördert",
        "    https://a.example/1",
        "no date  Ohne Tag",
    ]


def test_distrusted_dates_are_marked(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """A date that is not believed is shown as such."""
    site_folder(sources={})
    body = feed(Item(title="Köln wächst")).body.replace(b"2025", b"2135")
    server.answers["/feed"] = replace(feed(), body=body)
    assert "2135-07-15 10:00 (not trusted)  Köln wächst" in here("try", server.url("/feed")).stdout


def test_files_are_tried(site_folder: MakeFolder, here: Here, tmp_path: Path) -> None:
    """A file is read as a feed or as a captured page, as its content says; its report names every entry."""
    site_folder(sources={})
    (tmp_path / "feed.txt").write_bytes(feed(Item(title="Köln wächst")).body)
    (tmp_path / "seite.xml").write_bytes(SEED.read_bytes())
    assert [entry["title"] for entry in tried(here("try", str(tmp_path / "feed.txt"), "--json"))["entries"]] == [
        "Köln wächst"
    ]
    done = here("try", str(tmp_path / "seite.xml"))
    assert done.stdout.startswith("articles: 1, teasers: 15, lines not understood: 0\n")
    assert len(done.stdout.splitlines()) == 17


def test_a_file_of_feeds_yaml_is_tried_as_it_says(site_folder: MakeFolder, here: Here, tmp_path: Path) -> None:
    """What feeds.yaml names is read as it says there, by its id or its path."""
    folder = site_folder(sources={})
    folder.write(sources={"amt": document(folder)})
    by_id, by_path = here("try", "amt", "--json"), here("try", str(tmp_path / "seite.txt"), "--json")
    assert by_id.stdout == by_path.stdout
    assert len(tried(by_id)["entries"]) == 16


def test_what_cannot_be_read(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """What is wrong is told on stderr, or in the JSON's report, with the feeds that a web page names; exit code 1."""
    site_folder(sources={})
    head = "<link rel=alternate type=application/rss+xml href=/feed.xml title='Presse'>"
    server.answers["/"] = Answer(body=f"<html><head><title>Köln</title>{head}".encode())
    done = here("try", server.url("/"))
    assert (done.code, done.stdout) == (1, "")
    assert "html: this is a web page “Köln”" in done.stderr
    assert server.url("/feed.xml") in done.stderr
    told = tried(here("try", server.url("/"), "--json"))
    assert told["entries"] == []
    assert "html: this is a web page" in told["report"][0]


def test_a_mistyped_id(site_folder: MakeFolder, here: Here) -> None:
    """An id that is not in feeds.yaml is not taken for a host."""
    site_folder(sources={"stadt": "https://stadt.example/feed"})
    done = here("try", "statd")
    assert done.code == 2
    assert "did you mean 'stadt'?" in done.stderr


# ── pages in a run ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_a_source_as_a_feed_is(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A page is read, filed and published; unchanged it is a 304, and a new item is one new story."""
    folder = site_folder(sources={"stadt": {"page": server.url("/presse"), "select": SELECT, "every": "1h"}})

    def conditional(request: Request) -> Answer:
        known = request.header("if-none-match") == '"1"'
        return Answer(status=304) if known else replace(first, headers=(*first.headers, ("ETag", '"1"')))

    first = page("Köln fördert Bürger", "Zweite Meldung")
    server.answers["/presse"] = conditional
    assert update(folder).concluded.new == 2
    assert titles(folder) == ["Köln fördert Bürger", "Zweite Meldung"]
    assert items(folder)[0]["date_published"].startswith("2025-07-15")
    assert update(folder, NOW + timedelta(hours=2)).pulled.unchanged == 1
    assert [request.target for request in server.requests] == ["/robots.txt", "/presse"] * 2
    server.answers["/presse"] = page("Dritte", "Köln fördert Bürger", "Zweite Meldung")
    assert update(folder, NOW + timedelta(hours=4)).concluded.new == 1


def test_new_selectors_read_an_unchanged_page_anew(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Who corrects a selector sees the effect at the next run, though the page is the same and not yet due."""
    source = {"page": server.url("/presse"), "select": {**SELECT, "item": "article:first-of-type"}}
    folder = site_folder(sources={"stadt": source})
    answer = page("Köln fördert Bürger", "Zweite Meldung")
    server.answers["/presse"] = replace(answer, headers=(*answer.headers, ("ETag", '"1"')))
    update(folder)
    assert titles(folder) == ["Köln fördert Bürger"]
    folder.write(sources={"stadt": source | {"select": SELECT}})
    update(folder, NOW + timedelta(minutes=5))
    assert sorted(titles(folder)) == ["Köln fördert Bürger", "Zweite Meldung"]
    assert update(folder, NOW + timedelta(minutes=10)).pulled.due == 0


def test_a_page_that_changed_its_form_fails(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where a selector finds nothing any more the source fails with it, and its stories stay."""
    folder = site_folder(sources={"stadt": {"page": server.url("/presse"), "select": SELECT}})
    server.answers["/presse"] = page("Köln fördert Bürger")
    update(folder)
    server.answers["/presse"] = Answer(body=b"<html><title>Neu</title><div class=n>K</div>")
    assert failures(update(folder, NOW + timedelta(hours=7))) == {"stadt": "not-a-feed"}
    assert titles(folder) == ["Köln fördert Bürger"]


def test_a_feed_that_is_suddenly_empty_is_reported(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """A feed that had entries and comes without any is told in the run and in the status; what was read is kept."""
    folder = site_folder(sources={"amt": server.url("/amt"), "neu": server.url("/neu")})
    server.answers |= {"/amt": feed(Item(title="Köln fördert Bürger")), "/neu": feed()}
    assert [done.source.id for done in update(folder).pulled.emptied] == []
    server.answers["/amt"] = feed()
    done = update(folder, NOW + timedelta(hours=30))
    assert [report.source.id for report in done.pulled.emptied] == ["amt"]
    assert titles(folder) == ["Köln fördert Bürger"]
    publish(folder)
    told = {source["id"]: source for source in json.loads(here("status", "--json").stdout)["sources"]}
    assert (told["amt"]["state"], told["amt"]["reason"]) == ("empty", "empty")
    assert "suddenly has none" in told["amt"]["advice"]
    assert "without entries" in told["neu"]["advice"]
    printed = here("update", "amt", "--force").stdout
    assert "amt: empty: it had entries and has none since 2025-07-21 16:30; those that were read are kept" in printed


def test_a_second_capture_adds_two_stories(site_folder: MakeFolder) -> None:
    """A later capture of the page with two new teasers adds two stories, and the old ones stay as they are."""
    folder = site_folder(sources={})
    folder.write(sources={"kommune21": document(folder)})
    update(folder)
    before = {item["id"]: item for item in items(folder)}
    lines = SEED.read_text(encoding="utf-8").split("\n")
    new = [
        *("Soest: Neue App für Bürger", "[1.8.2025] Die App – sie ist da. mehr..."),
        *("Unna: Förderung", "[01.08.2025] Geld fließt. mehr..."),
    ]
    (folder.path / "seite.txt").write_text("\n".join([*lines[:8], *new, *lines[8:]]), encoding="utf-8")
    folder.write(sources={"kommune21": {**document_key(), "captured": "2025-08-02"}})
    done = update(folder, NOW + timedelta(days=14))
    assert (done.concluded.new, done.concluded.changed) == (2, 0)
    after = {item["id"]: item for item in items(folder)}
    assert {key: after[key] for key in before} == before
    assert {after[key]["title"] for key in after.keys() - before.keys()} == {new[0], new[2]}


def document_key() -> dict[str, object]:
    return {"document": "seite.txt", "title": "Kommune21", "content": "full"}
