"""Promises of store/keeping.py: old texts are let go where nothing shows them, and what they were is not forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest

from aggregator.pipeline.pulled import Wish
from aggregator.store import open_store
from tests.conftest import SiteFolder
from tests.runs import NOW, TOPICS, Item, feed, items, publish, update
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]
AGAIN = Wish(force=True)
DAY = timedelta(days=1)
OLD = Item(title="Rat beschließt Haushalt", day=1, text="Ein alter Text.")
NEW = [Item(title=f"Stadt meldet „Thema {n}“", day=10 + n) for n in range(3)]


def keeping(server: LoopbackServer, make: MakeFolder, keep: str | None = "1w") -> SiteFolder:
    """Make a folder that keeps texts for a while (None: for ever), to which an old item has come among others."""
    folder = make(sources={"amt": server.url("/amt")}, topics=TOPICS)
    if keep:
        folder.config.write_text(f"keep: {keep}\n" + folder.config.read_text(encoding="utf-8"), encoding="utf-8")
    server.answers["/amt"] = feed(OLD, *NEW)
    update(folder)
    return folder


def texts(folder: SiteFolder) -> dict[str, str | None]:
    """Give the stored summary of each entry by its title."""
    database = sqlite3.connect(folder.database)
    try:
        return dict(database.execute("SELECT title, summary FROM entries"))
    finally:
        database.close()


def searched(folder: SiteFolder) -> set[str]:
    """Give the titles of the entries of which is stored what was found in their texts."""
    with closing(sqlite3.connect(folder.database)) as database:
        return {title for (title,) in database.execute("SELECT title FROM entries WHERE rules IS NOT NULL")}


def unpublish(folder: SiteFolder) -> None:
    """Take the old story out of all subscription documents, as younger ones do in time."""
    database = sqlite3.connect(folder.database)
    with database:
        story = database.execute("SELECT story FROM entries WHERE title = ?", (OLD.title,)).fetchone()[0]
        database.execute("UPDATE output_log SET archive = 1 WHERE story = ?", (story,))
        database.execute("UPDATE outputs SET shown = '[]'")
    database.close()


def prune(folder: SiteFolder, days: int = 7, limit: int = 500) -> int:
    """Let go of texts that are some days old."""
    store = open_store(folder.database, create=False)
    try:
        return store.prune(NOW - days * DAY, limit)
    finally:
        store.close()


def test_what_is_in_its_source_is_kept(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """An old text stays while the last document of its source holds it."""
    folder = keeping(server, site_folder)
    unpublish(folder)
    assert prune(folder) == 0
    assert texts(folder)[OLD.title]


def test_what_is_published_is_kept(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """An old text stays while a subscription document shows it, or an archive has yet to close over it."""
    folder = keeping(server, site_folder)
    server.answers["/amt"] = feed(*NEW)
    update(folder, NOW + DAY, wish=AGAIN)
    assert prune(folder) == 0
    assert texts(folder)[OLD.title]


def test_what_is_nowhere_is_let_go(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """An old text that has left its source and every window goes; title and identity stay, younger texts too."""
    folder = keeping(server, site_folder)
    server.answers["/amt"] = feed(*NEW)
    update(folder, NOW + DAY, wish=AGAIN)
    unpublish(folder)
    assert prune(folder) == 1
    told = texts(folder)
    assert told.pop(OLD.title) is None
    assert all(told.values())
    assert prune(folder) == 0
    assert searched(folder) == {one.title for one in NEW}


def test_an_old_item_that_comes_again_is_no_news(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Neither as it was nor touched is it new or changed, however often; it founds no story and stays empty."""
    folder = keeping(server, site_folder)
    server.answers["/amt"] = feed(*NEW)
    update(folder, NOW + DAY, wish=AGAIN)
    unpublish(folder)
    prune(folder)
    for count, text in enumerate((OLD.text, "Berührt.", "Noch einmal berührt.")):
        server.answers["/amt"] = feed(Item(title=OLD.title, day=OLD.day, text=text), *NEW)
        done = update(folder, NOW + (2 + count) * DAY, wish=AGAIN)
        assert (done.pulled.new, done.pulled.changed, done.concluded.new) == (0, 0, 0)
    assert texts(folder)[OLD.title] is None


def test_a_copy_that_comes_later_shows_its_own_text(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A story whose text is gone shows that of a copy which comes after."""
    folder = keeping(server, site_folder)
    server.answers["/amt"] = feed(*NEW)
    update(folder, NOW + DAY, wish=AGAIN)
    unpublish(folder)
    prune(folder)
    folder.write(sources={"amt": server.url("/amt"), "blatt": server.url("/blatt")}, topics=TOPICS)
    server.answers["/blatt"] = feed(Item(title=OLD.title, day=OLD.day, text="Vom Blatt."))
    assert update(folder, NOW + 2 * DAY, wish=AGAIN).concluded.joined == 1
    assert "Vom Blatt." in next(one["summary"] for one in items(folder) if one["title"] == OLD.title)


def test_a_source_that_left_holds_nothing(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """What a source held when it was taken out of feeds.yaml is let go in its time."""
    folder = keeping(server, site_folder)
    folder.write(sources={"blatt": server.url("/blatt")}, topics=TOPICS)
    publish(folder)
    unpublish(folder)
    assert prune(folder) == 1


def test_old_stories_are_looked_at_in_turn(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A call looks at no more stories than it is told to; the next one goes on behind them, and at last begins anew."""
    folder = keeping(server, site_folder)
    folder.write(sources={"blatt": server.url("/blatt")}, topics=TOPICS)
    publish(folder)
    database = sqlite3.connect(folder.database)
    with database:
        database.execute("UPDATE output_log SET archive = 1")
        database.execute("UPDATE outputs SET shown = '[]'")
    database.close()
    assert [prune(folder, days=0, limit=3) for _ in range(4)] == [3, 1, 0, 0]


@pytest.mark.parametrize("keep", [None, "1w"])
def test_an_update_lets_old_texts_go(server: LoopbackServer, site_folder: MakeFolder, keep: str | None) -> None:
    """With `keep` each update does so at its end; without it all is kept for ever."""
    folder = keeping(server, site_folder, keep)
    server.answers["/amt"] = feed(*NEW)
    update(folder, NOW + DAY, wish=AGAIN)
    unpublish(folder)
    update(folder, NOW + 2 * DAY, wish=AGAIN)
    assert (texts(folder)[OLD.title] is None) is (keep is not None)
