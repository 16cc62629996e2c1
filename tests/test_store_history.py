"""Promises of store/history.py: the latest fetches of a source can be looked at, and never grow into a burden."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from aggregator.model import Attempt, Channel, Source, SourceKind, SourceState
from aggregator.store import Store, open_store
from aggregator.store.observed import Observed
from tests.entries import NOW, entry

FETCH = Attempt(source="amt", time=NOW, status=200, bytes=4711, milliseconds=85)


def source(name: str, address: str = "https://amt.example/feed") -> Source:
    return Source(id=name, rank=0, kind=SourceKind.FEED, address=address, target=address, local=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "aggregator.db", create=True)
    opened.register([source("amt"), source("blatt", "https://blatt.example/feed")])
    yield opened
    opened.close()


def note(store: Store, *attempts: Attempt) -> None:
    store.save_states([SourceState(source=attempt.source) for attempt in attempts], attempts)


def test_a_fetch_is_noted_with_its_entries(store: Store) -> None:
    """What was recorded comes back, with how many entries were new; a failure has its reason and no status."""
    store.record(
        "amt",
        lambda _: SourceState(source="amt"),
        entries=[Observed.of(entry(), visible="v")],
        channel=Channel(),
        first_seen=NOW,
        now=NOW,
        run=store.begin_run(NOW),
        attempt=FETCH,
    )
    failed = Attempt(source="amt", time=NOW + timedelta(hours=1), milliseconds=30_000, error="timeout")
    note(store, failed)
    assert store.attempts("amt", 10) == [failed, replace(FETCH, new=1)]
    assert store.attempts("amt", 1) == [failed]
    assert store.attempts("blatt", 10) == []


def test_fifty_are_kept(store: Store) -> None:
    """Of many fetches the last fifty remain, and those of another source are not touched."""
    note(store, replace(FETCH, source="blatt"))
    many = [replace(FETCH, time=NOW + number * timedelta(minutes=15)) for number in range(60)]
    note(store, *many)
    assert store.attempts("amt", 100) == many[:-51:-1]
    assert len(store.attempts("blatt", 100)) == 1


def test_thirty_days_are_kept(store: Store) -> None:
    """What is older than thirty days goes when the next fetch is noted."""
    late = replace(FETCH, time=NOW + timedelta(days=30, seconds=1))
    note(store, FETCH, replace(FETCH, time=NOW + timedelta(days=1)), late)
    assert [attempt.time for attempt in store.attempts("amt", 100)] == [late.time, NOW + timedelta(days=1)]


def test_the_history_follows_a_renamed_source(store: Store) -> None:
    """A source whose id changed in feeds.yaml keeps its history."""
    note(store, FETCH)
    store.register([source("rathaus")])
    assert store.attempts("rathaus", 10) == [replace(FETCH, source="rathaus")]
