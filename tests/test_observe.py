"""Promises of observe.py: an operator sees how each source is, since when, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from aggregator import config, observe
from aggregator.model import Config, SourceState
from aggregator.store import open_store
from tests.conftest import SiteFolder
from tests.runs import NOW, TOPICS, Item, feed, update
from tests.servers import LoopbackServer

MakeFolder = Callable[..., SiteFolder]
EARLIER = NOW - timedelta(days=3)


@pytest.fixture
def logger() -> logging.Logger:
    """The program's logger."""
    return logging.getLogger("aggregator")


def _status(folder: SiteFolder, state: SourceState | None = None, *only: str) -> observe.Status:
    loaded = config.load(folder.config, {})
    store = open_store(folder.database, create=True)
    try:
        store.register(loaded.sources)
        if state:
            store.save_states([state])
        return observe.status(loaded, store, NOW, only)
    finally:
        store.close()


@pytest.mark.parametrize(
    ("told", "word", "since", "advised"),
    [
        ({}, "new", None, False),
        ({"last_success": NOW, "ok_since": EARLIER}, "ok", EARLIER, False),
        (
            {"failures": 2, "failing_since": EARLIER, "failure_reason": "http-404", "last_success": EARLIER},
            "failing",
            EARLIER,
            True,
        ),
        ({"throttled_until": NOW + timedelta(hours=1), "last_attempt": EARLIER}, "throttled", EARLIER, False),
        ({"stopped": True, "gone_since": EARLIER}, "gone", EARLIER, True),
        ({"learned_url": "https://neu.example/", "moved_since": EARLIER, "last_success": NOW}, "moved", EARLIER, True),
        ({"empty_since": EARLIER, "last_success": NOW}, "empty", EARLIER, True),
        ({"churned_since": EARLIER, "last_success": NOW}, "churned", EARLIER, True),
    ],
)
def test_each_state_has_its_word(
    site_folder: MakeFolder, told: dict[str, object], word: str, since: datetime | None, advised: bool
) -> None:
    """A source's word, since when it holds, and advice exactly where something can be done."""
    folder = site_folder(sources={"amt": "https://amt.example/"})
    state = replace(SourceState(source="amt", address="https://amt.example/"), **told)
    (one,) = _status(folder, state).sources
    assert (one.word, one.since, bool(one.advice)) == (word, since, advised)


def test_a_paused_source_is_not_next(site_folder: MakeFolder) -> None:
    """A paused source says so and has no next time, whatever it had before."""
    folder = site_folder(sources={"amt": {"feed": "https://amt.example/", "paused": True}})
    state = SourceState(source="amt", address="https://amt.example/", next_due=NOW)
    (one,) = _status(folder, state).sources
    assert (one.word, one.next_due, one.since) == ("paused", None, None)


def test_a_new_address_starts_afresh(site_folder: MakeFolder) -> None:
    """What is known of the former address is not told of the one that feeds.yaml names now, even before a run."""
    folder = site_folder(sources={"amt": "https://alt.example/"})
    _status(folder, SourceState(source="amt", address="https://alt.example/", failures=3, failing_since=EARLIER))
    folder.write(sources={"amt": "https://neu.example/"})
    store = open_store(folder.database, create=False)
    (one,) = observe.status(config.load(folder.config, {}), store, NOW).sources
    store.close()
    assert (one.word, one.state.failures) == ("new", 0)


def test_without_a_database_all_is_new(site_folder: MakeFolder) -> None:
    """Before the first run every source is new and every topic empty."""
    folder = site_folder(sources={"amt": "https://amt.example/", "blatt": "https://blatt.example/"}, topics=TOPICS)
    loaded: Config = config.load(folder.config, {})
    told = observe.status(loaded, None, NOW, ["blatt"])
    assert [(one.source.id, one.word) for one in told.sources] == [("blatt", "new")]
    assert [(topic.id, topic.stories, topic.newest) for topic in told.topics] == [
        ("smart-city", 0, None),
        ("ozg", 0, None),
    ]
    assert (told.started, told.finished) == (None, None)


def test_topics_and_the_last_run_are_counted(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A topic's stories and its newest, and when the last run began and ended."""
    folder = site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS)
    server.answers["/amt"] = feed(Item(title="OZG-Portal gestartet"), Item(title="Das OZG wirkt", day=16))
    update(folder)
    told = _status(folder)
    assert [topic.stories for topic in told.topics] == [0, 2]
    assert told.topics[1].newest == datetime.fromisoformat("2025-07-16T08:00:00Z")
    assert (told.started, told.finished) == (NOW, NOW)


@pytest.mark.parametrize(("verbosity", "told"), [(-1, "E"), (0, "WE"), (1, "IWE")])
def test_verbosity(logger: logging.Logger, capsys: pytest.CaptureFixture[str], verbosity: int, told: str) -> None:
    """The log goes to stderr: errors with -q, warnings besides by default, all that is done with -v."""
    observe.set_up_logging(verbosity)
    observe.set_up_logging(verbosity)
    for level, letter in ((logging.INFO, "I"), (logging.WARNING, "W"), (logging.ERROR, "E")):
        logger.getChild("probe").log(level, letter)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "".join(line[-1] for line in printed.err.splitlines()) == told
