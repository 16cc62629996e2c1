"""Do the commands that edit feeds.yaml do what an operator expects of them?"""

from __future__ import annotations

import json
import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator import config
from aggregator.lock import locked
from aggregator.model import SourceState
from aggregator.store import open_store
from tests.conftest import REPOSITORY, CommandLine, Here, SiteFolder
from tests.servers import Answer, LoopbackServer
from tests.test_pipeline_probe import page, rss

MakeFolder = Callable[..., SiteFolder]


@pytest.fixture
def here(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    """Run a command in this test's folder."""
    monkeypatch.chdir(tmp_path)
    return here


def _sources(folder: SiteFolder) -> dict[str, str]:
    return {source.id: source.address for source in config.load(folder.config, {}).sources}


def _entries(folder: SiteFolder) -> int:
    with sqlite3.connect(folder.database) as database:
        number: int = database.execute("SELECT count(*) FROM entries").fetchone()[0]
    database.close()
    return number


# ── add ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_feed_is_added_and_fetched_with_one_request(
    server: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine
) -> None:
    """A feed is shown, written below the others under an id of its title, and taken in with the answer at hand."""
    server.answers["/feed.xml"] = rss(2, 20)
    folder = site_folder(sources={"alt": "alt.xml"})
    (folder.path / "alt.xml").write_bytes(rss(1).body)
    before = folder.config.read_text(encoding="utf-8")
    done = run_cli("add", server.url("/feed.xml"))
    assert done.code == 0, done.stderr
    assert "gemeinde-hoefe: Gemeinde – „Höfe“, 2 entries, newest 2026-11-20 10:00; added to feeds.yaml" in done.stdout
    line = f"  gemeinde-hoefe: {{feed: {server.url('/feed.xml')}, title: 'Gemeinde – „Höfe“'}}\n"
    assert folder.config.read_text(encoding="utf-8") == before + line
    assert "2 new and 0 changed entries" in done.stdout
    assert "Haushalt beschlossen" in folder.published()["all.atom"].decode()
    assert [request.target for request in server.requests] == ["/feed.xml"]


def test_a_page_is_added_by_its_feed(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """Of a page the one feed is added that it names, at its permanent address, with the id that was asked for."""
    server.answers["/"] = page("/alt.xml", "/comments/feed/")
    server.answers["/alt.xml"] = Answer(status=301, headers=(("Location", "/neu.xml"),))
    server.answers["/neu.xml"] = rss(3)
    folder = site_folder(sources={})
    done = here("add", server.url("/"), "--id", "rathaus")
    assert done.code == 0, done.stderr
    assert _sources(folder) == {"rathaus": server.url("/neu.xml")}
    assert _entries(folder) == 1


def test_a_temporary_redirect_is_not_written(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """Behind a temporary redirect the address stays as it was typed; -q says nothing where all went well."""
    server.answers["/kurz"] = Answer(status=302, headers=(("Location", "/neu.xml"),))
    server.answers["/neu.xml"] = rss(3)
    folder = site_folder(sources={})
    done = here("-q", "add", server.url("/kurz"))
    assert (done.code, done.stdout) == (0, "")
    assert "gemeinde" not in done.stderr
    assert _sources(folder) == {"gemeinde-hoefe": server.url("/kurz")}


def test_several_feeds_are_listed_and_none_is_added(
    server: LoopbackServer, site_folder: MakeFolder, here: Here
) -> None:
    """A page that names several feeds is answered with their list: the operator chooses."""
    server.answers["/"] = page("/a.xml", "/b.xml")
    folder = site_folder(sources={})
    done = here("add", server.url("/"))
    assert done.code == 1
    assert "names several feeds; add one of them:" in done.stderr
    assert f"  aggregator add {server.url('/a.xml')}\n  aggregator add {server.url('/b.xml')}\n" in done.stderr
    assert _sources(folder) == {}
    assert not folder.data.exists()


def test_what_is_no_feed_is_not_added(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """A page without a feed, a dead feed behind a page, a refusal: each is said, and nothing is written."""
    server.answers["/leer"] = page()
    server.answers["/tot"] = page("/weg.xml")
    server.answers["/pause"] = Answer(status=429)
    folder = site_folder(sources={})
    expected = {
        "/leer": "html: this is a web page “Rathaus”, not a feed, and it names none",
        "/tot": f"names a feed, but {server.url('/weg.xml')}: http-404: 127.0.0.1 answered 404",
        "/pause": "http-429: ",
    }
    for path, told in expected.items():
        done = here("add", server.url(path))
        assert (done.code, done.stdout) == (1, "")
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    assert _sources(folder) == {}


def test_a_duplicate_is_said_and_not_added(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """An address that is there already, as it stands or at the end of a redirect, is not added again."""
    server.answers["/feed.xml"] = rss(1)
    server.answers["/kurz"] = Answer(status=302, headers=(("Location", "/feed.xml"),))
    folder = site_folder(sources={"da": server.url("/feed.xml")})
    same = here("add", server.url("/feed.xml?utm_source=x#teil"))
    assert (same.code, server.requests) == (1, [])
    assert "is in feeds.yaml already, as `da`" in same.stderr
    behind = here("add", server.url("/kurz"))
    assert behind.code == 1
    assert f"{server.url('/feed.xml')} is in feeds.yaml already, as `da`" in behind.stderr
    assert list(_sources(folder)) == ["da"]


def test_a_local_file_is_added_with_its_path(site_folder: MakeFolder, here: Here) -> None:
    """A file is written with its path from feeds.yaml; a title that is no id, or is taken, gets another one."""
    folder = site_folder(sources={"gemeinde": "alt.xml"})
    titles = {"alt": "Alt", "neu": "Gemeinde", "lang": "Pressemitteilungen der Gemeinde Nörten-Hardenberg"}
    for name, title in titles.items():
        (folder.path / f"{name}.xml").write_bytes(rss(1, title=title).body)
    assert here("add", "./neu.xml").code == 0
    assert here("add", str(folder.path / "lang.xml")).code == 0
    assert _sources(folder) == {"gemeinde": "alt.xml", "gemeinde-2": "neu.xml", "lang": "lang.xml"}
    assert "file-missing" in here("add", "./fehlt.xml").stderr


def test_a_host_that_wants_a_pause_is_not_asked(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """A host that has asked for a pause is not asked for a new source either, nor is its source called dead."""
    server.answers["/a.xml"] = rss(1)
    folder = site_folder(sources={"a": server.url("/a.xml")})
    assert here("update").code == 0
    _learn(folder, "a", None, throttled_host="127.0.0.1", throttled_until=datetime.now(UTC) + timedelta(hours=1))
    done = here("add", server.url("/b.xml"))
    assert done.code == 1
    assert "its host asked for a pause" in done.stderr
    checked = here("check", "--online")
    assert checked.code == 0
    assert "a: not asked: its host wants a pause until 20" in checked.stdout
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ftp://example.org/feed",), "must be an address that begins with https://"),
        (("https://name:wort@example.org/feed",), "has a name or password in the address"),
        (("https://exa mple.org/",), "has a blank"),
        (("https://example.org/", "--id", "Ä"), "must be an id"),
        (("https://example.org/", "--id", "all"), "is reserved"),
        (("https://example.org/", "--id", "da"), "is in feeds.yaml already"),
    ],
)
def test_wrong_usage_is_explained(site_folder: MakeFolder, here: Here, arguments: tuple[str, ...], told: str) -> None:
    """What cannot be an address or an id is a usage error, and passwords are not repeated."""
    site_folder(sources={"da": "da.xml"})
    done = here("add", *arguments)
    assert done.code == 2
    assert told in done.stderr
    assert "wort" not in done.stderr


def test_without_a_scheme_https_is_meant(site_folder: MakeFolder, here: Here) -> None:
    """An address without a scheme is asked with https; what is in a private network stays closed."""
    site_folder(sources={}, allow=())
    done = here("add", "127.0.0.1:9/feed.xml")
    assert done.code == 1
    assert "https://127.0.0.1:9/feed.xml: refused-address" in done.stderr


def test_a_wrong_feeds_yaml_is_not_edited(site_folder: MakeFolder, here: Here) -> None:
    """While feeds.yaml is wrong nothing is asked or written; its problems are told with exit code 3."""
    folder = site_folder(sources={})
    folder.config.write_text("site:\n", encoding="utf-8")
    for arguments in (("add", "https://example.org/"), ("remove", "a"), ("moved", "--write"), ("check", "--online")):
        assert here(*arguments).code == 3
    assert folder.config.read_text(encoding="utf-8") == "site:\n"


def test_beside_another_run_a_source_is_added_all_the_same(
    server: LoopbackServer, site_folder: MakeFolder, here: Here
) -> None:
    """While another run is at work the source is written, and the next run fetches it."""
    server.answers["/feed.xml"] = rss(1)
    folder = site_folder(sources={})
    with locked(folder.data / "aggregator.lock", timedelta(0)):
        done = here("add", server.url("/feed.xml"))
    assert done.code == 0
    assert "the next one fetches it" in done.stdout
    assert list(_sources(folder)) == ["gemeinde-hoefe"]


# ── remove ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_removed_source_leaves_its_stories(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """A source is taken out of feeds.yaml; its stories stay published, and it is asked no more."""
    server.answers["/feed.xml"] = rss(1)
    folder = site_folder(sources={"a": server.url("/feed.xml"), "b": "b.xml"})
    (folder.path / "b.xml").write_bytes(rss(2).body)
    assert here("update").code == 0
    done = here("remove", "a")
    assert done.code == 0, done.stderr
    assert "its stories stay" in done.stdout
    assert list(_sources(folder)) == ["b"]
    assert here("update", "--force").code == 0
    assert "Teil 1" in folder.published()["all.atom"].decode()
    assert len(server.requests) == 1


def test_an_unknown_source_is_a_usage_error(site_folder: MakeFolder, here: Here) -> None:
    """A source that feeds.yaml does not have is a usage error that names the nearest one."""
    folder = site_folder(sources={"gemeinde": "a.xml"})
    before = folder.config.read_bytes()
    for arguments in (("remove", "gemeide"), ("check", "--online", "gemeide")):
        done = here(*arguments)
        assert done.code == 2
        assert "did you mean 'gemeinde'?" in done.stderr
    assert here("check", "gemeinde").code == 2
    assert folder.config.read_bytes() == before


# ── moved ───────────────────────────────────────────────────────────────────────────────────────────────────


def _learn(folder: SiteFolder, source: str, to: str | None, **more: object) -> None:
    """Have a source learn a permanent redirect, as a week of polls does."""
    store = open_store(folder.database, create=False)
    state = store.states()[source]
    learned = {name: getattr(state, name) for name in SourceState.__struct_fields__} | {
        "moved_to": to,
        "moved_since": datetime(2026, 11, 1, tzinfo=UTC),
        "moved_polls": 9,
        "learned_url": to,
        **more,
    }
    store.save_states([SourceState(**learned)])
    store.close()


def _state(folder: SiteFolder, source: str) -> SourceState:
    store = open_store(folder.database, create=False)
    try:
        return store.states()[source]
    finally:
        store.close()


def test_moves_are_written_and_nothing_is_forgotten(
    server: LoopbackServer, site_folder: MakeFolder, here: Here
) -> None:
    """A learned address is listed, then written; validators, timetable and entries of the source stay."""
    server.answers["/alt.xml"] = Answer(status=308, headers=(("Location", "/neu.xml"),))
    feed = rss(1)
    server.answers["/neu.xml"] = Answer(body=feed.body, headers=(("ETag", '"eins"'),))
    folder = site_folder(sources={"a": server.url("/alt.xml")})
    assert here("update").code == 0
    _learn(folder, "a", server.url("/neu.xml"))
    before = _state(folder, "a")
    listed = here("moved")
    assert listed.code == 0
    assert f"a: {server.url('/alt.xml')} -> {server.url('/neu.xml')}" in listed.stdout
    assert "`aggregator moved --write`" in listed.stdout
    assert _sources(folder) == {"a": server.url("/alt.xml")}
    text = folder.config.read_text(encoding="utf-8")
    written = here("moved", "--write")
    assert written.code == 0, written.stderr
    assert folder.config.read_text(encoding="utf-8") == text.replace("/alt.xml", "/neu.xml")
    after = _state(folder, "a")
    assert (after.address, after.learned_url, after.moved_to) == (server.url("/neu.xml"), None, None)
    assert (after.etag, after.validators_url) == ('"eins"', server.url("/neu.xml"))
    assert (after.next_due, after.last_success) == (before.next_due, before.last_success)
    server.requests.clear()
    assert here("update", "--force").code == 0
    assert [(one.target, one.header("if-none-match")) for one in server.requests] == [("/neu.xml", '"eins"')]
    assert _entries(folder) == 1
    assert "No source has moved" in here("moved").stdout


def test_a_move_that_should_wait_is_said(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """A source that fails at its new address, or would meet another one there, stays where it is."""
    for name in "abc":
        server.answers[f"/{name}.xml"] = rss(1)
    folder = site_folder(sources={name: server.url(f"/{name}.xml") for name in "abc"})
    assert here("update").code == 0
    _learn(folder, "a", server.url("/weg.xml"), failures=2, failure_reason="http-404")
    _learn(folder, "b", server.url("/c.xml"))
    before = folder.config.read_bytes()
    done = here("moved", "--write")
    assert done.code == 0
    assert "it is failing there (http-404)" in done.stdout
    assert "that is the address of c already" in done.stdout
    assert folder.config.read_bytes() == before


def test_without_a_database_nothing_has_moved(site_folder: MakeFolder, here: Here) -> None:
    """Before the first run no source has moved, and no database is made to find that out."""
    folder = site_folder(sources={"a": "a.xml"})
    done = here("moved", "--write")
    assert (done.code, done.stdout) == (0, "No source has moved\n")
    assert not folder.data.exists()


# ── check --online ──────────────────────────────────────────────────────────────────────────────────────────


def test_every_source_is_asked_and_nothing_stored(site_folder: MakeFolder, here: Here) -> None:
    """One line for each source that is not paused, in the order of feeds.yaml; a dead one makes the exit code 1."""
    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2", "127.0.0.3")) as server:
        server.answers["/a.xml"] = Answer(status=301, headers=(("Location", "/d.xml"),))
        server.answers["/d.xml"] = rss(2, 20)
        server.answers["/c.xml"] = page("/x.xml", "/y.xml")
        url = {name: server.url(f"/{name}.xml", address=f"127.0.0.{n}") for n, name in enumerate("abc", 1)}
        paused = {"feed": server.url("/p.xml"), "paused": True}
        folder = site_folder(sources={**url, "p": paused})
        done = here("check", "--online")
        one = here("check", "--online", "a", "--json")
        wanted = here("check", "--online", "p")
        base = f"http://127.0.0.3:{server.port}"
    assert done.code == 1
    a, b, *c = done.stdout.splitlines()
    assert a.startswith("a: ok: Gemeinde – „Höfe“, 2 entries, newest 2026-11-20 10:00; moved for good to http://")
    assert b == "b: http-404: 127.0.0.2 answered 404 Not Found."
    assert c[0].startswith("c: html: this is a web page “Rathaus”")
    assert c[1:] == [f"  {base}/x.xml", f"  {base}/y.xml"]
    assert one.code == 0
    (facts,) = json.loads(one.stdout)["sources"]
    assert (facts["id"], facts["ok"], facts["entries"], facts["newest"]) == ("a", True, 2, "2026-11-20T09:00:00Z")
    assert (wanted.code, wanted.stdout) == (1, "p: http-404: 127.0.0.1 answered 404 Not Found.\n")
    assert not folder.data.exists()


def test_a_quiet_check_tells_the_dead_only(site_folder: MakeFolder, here: Here) -> None:
    """With -q the sources that are well are not told; that nobody answers is."""
    with LoopbackServer() as server:
        server.answers["/a.xml"] = rss(1)
        folder = site_folder(sources={"a": server.url("/a.xml")})
        done = here("-q", "check", "--online")
        closed = server.port
    assert (done.code, done.stdout) == (0, "")
    folder.write(sources={"b": f"http://127.0.0.1:{closed}/", "c": f"http://127.0.0.2:{closed}/"})
    dead = here("-q", "check", "--online")
    assert dead.code == 1
    assert [line.split(": ")[:2] for line in dead.stdout.splitlines()] == [["b", "connect"], ["c", "connect"]]
    assert "There is no network" in dead.stderr


def test_a_terminal_shows_how_far_it_is(server: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """On a terminal a bar shows how many sources have answered; the lines are the same as elsewhere."""
    server.answers["/a.xml"] = rss(1)
    folder = site_folder(sources={"a": server.url("/a.xml")})
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "aggregator", "--config", str(folder.config), "check", "--online"],
        stdout=subprocess.PIPE,
        stderr=follower,
        env={**run_cli.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", "TERM": "xterm"},
    )
    os.close(follower)
    stdout, _ = process.communicate(timeout=60)
    shown = os.read(leader, 4000)
    os.close(leader)
    assert b"Sources" in shown
    assert stdout.decode().startswith("a: ok: ")


def test_secrets_are_not_printed(server: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """Neither an address with a variable filled in nor a password is printed, whatever the server answers."""
    server.answers["/geheim.xml"] = page("geheim/feed.xml")
    folder = site_folder(sources={"a": {"feed": server.url("/${WORT}.xml"), "user": "u", "password": "${WORT}"}})
    done = run_cli("check", "--online", WORT="geheim")
    assert done.code == 1
    assert "html" in done.stdout
    assert "geheim" not in done.stdout + done.stderr
    unset = run_cli("check", "--online")
    assert "a: unset: ${WORT} not set in the environment" in unset.stdout
    assert not folder.data.exists()
