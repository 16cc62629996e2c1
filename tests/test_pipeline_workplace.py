"""Promises of pipeline/workplace.py: a lost database is never silently replaced, and public/ is ours or left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import LockedError, OutputError, StoreError
from aggregator.lock import locked
from aggregator.pipeline.workplace import Places, workplace
from tests.conftest import SiteFolder
from tests.runs import NOW, document, titles, touched, update

MakeFolder = Callable[..., SiteFolder]


@pytest.fixture
def folder(site_folder: MakeFolder) -> SiteFolder:
    """A folder in which an update has run."""
    made = site_folder(sources={})
    made.write(sources={"seite": document(made)})
    update(made)
    return made


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_lost_database_is_not_started_afresh(folder: SiteFolder, how: str) -> None:
    """Beside a public/ that names another, a missing or empty database is refused, and nothing is made or touched."""
    for file in folder.data.glob("aggregator.db*"):
        file.unlink()
    if how == "empty":
        folder.database.touch()
    before = touched(folder)
    with pytest.raises(StoreError, match=r"missing or empty.*Restore it.*--new"):
        update(folder)
    assert touched(folder) == before
    assert folder.database.exists() == (how == "empty")
    if how == "empty":
        assert folder.database.stat().st_size == 0


def test_another_database_is_not_taken_for_ours(folder: SiteFolder, tmp_path: Path) -> None:
    """A whole database beside a public/ that names another is refused too."""
    kept = folder.database.read_bytes()
    for file in folder.data.glob("aggregator.db*"):
        file.unlink()
    update(folder, start_anew=True)
    folder.database.write_bytes(kept)
    with pytest.raises(StoreError, match="is not the database that published"):
        update(folder)


def test_starting_anew_is_said(folder: SiteFolder) -> None:
    """With `start_anew` the same stories get the same ids, so that readers see none of them again."""
    before = folder.published()
    for file in folder.data.glob("aggregator.db*"):
        file.unlink()
    done = update(folder, NOW.replace(year=2026), start_anew=True)
    assert done.concluded.new == 16
    assert done.written.written == ()
    assert folder.published() == before
    assert update(folder).concluded.new == 0


def test_a_damaged_database_is_named(folder: SiteFolder) -> None:
    """A file that is no database, or not ours, is refused with what to do, and left as it is."""
    for file in folder.data.glob("aggregator.db-*"):
        file.unlink()
    folder.database.write_bytes(b"kein SQLite, sondern Text " * 400)
    with pytest.raises(StoreError, match=r"aggregator.db: file is not a database; restore"):
        update(folder)
    assert folder.database.read_bytes().startswith(b"kein SQLite")


def test_a_folder_that_is_not_ours_is_left_alone(site_folder: MakeFolder) -> None:
    """A public/ that somebody else filled is refused, and nothing in it is touched."""
    folder = site_folder(sources={})
    folder.write(sources={"seite": document(folder)})
    folder.public.mkdir()
    (folder.public / "index.html").write_text("meine Seite", encoding="utf-8")
    with pytest.raises(OutputError, match="not ours"):
        update(folder)
    assert [path.name for path in folder.public.iterdir()] == ["index.html"]


def test_one_at_a_time(folder: SiteFolder) -> None:
    """While the lock is held nobody else gets the workplace; afterwards the first to come does."""
    loaded = config.load(folder.config, {})
    with locked(Places.of(folder.path).lock, wait=NOW - NOW), pytest.raises(LockedError), workplace(loaded):
        pass
    with workplace(loaded) as place:
        assert place.store.last_run() == (NOW, NOW)
    assert len(titles(folder)) == 16
