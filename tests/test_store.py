"""Promises of aggregator/store: what is written is remembered, and a kill loses nothing."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.errors import StoreError
from aggregator.model import (
    Author,
    Channel,
    Enclosure,
    Entry,
    Hints,
    Output,
    Precision,
    PublishedSource,
    Source,
    SourceKind,
    SourceState,
    StoredEntry,
    Story,
    TopicMatch,
    Trust,
)
from aggregator.store import Placed, Recorded, Store, open_store, rows
from aggregator.store.observed import Observed
from aggregator.stories import Candidate, Placement, read_title
from tests.entries import NOW, entry

LATER = NOW + timedelta(hours=2)


def source(name: str, rank: int = 0, **fields: object) -> Source:
    values: dict[str, object] = {
        "id": name,
        "rank": rank,
        "kind": SourceKind.FEED,
        "address": f"https://{name}.example/feed",
        "target": f"https://{name}.example/feed",
        "local": False,
    }
    return Source(**(values | fields))  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "aggregator.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = open_store(path, create=True)
    opened.register([source("alpha", 0), source("beta", 1)])
    opened.begin_run(NOW)
    yield opened
    opened.close()


def record(store: Store, name: str, *entries: Entry, visible: str = "v", now: datetime = NOW) -> Recorded:
    return store.record(
        name,
        lambda _recorded: SourceState(source=name, next_due=now),
        entries=[Observed.of(one, visible=visible, day=one.published and one.published.date()) for one in entries],
        run=1,
        channel=Channel(title="Stadt", updated=NOW),
        first_seen=now,
        now=now,
    )


def placed(found: StoredEntry, name: str = "s1") -> Placed:
    """Put an entry into a story."""
    title = read_title(found.entry.title)
    one = Candidate(source=found.source, entry=found.entry.id, title=title, day=None, link="l", run=found.run)
    placement = Placement(story=name, founded=True, reason="first")
    return Placed(number=found.number, candidate=one, placement=placement)


def story(name: str = "s1", **fields: object) -> Story:
    values: dict[str, object] = {
        "id": name,
        "day": date(2025, 7, 15),
        "title": "Rat tagt heute",
        "title_key": "rattagtheute",
        "order_date": datetime(2025, 7, 15, 10, tzinfo=UTC),
        "precision": Precision.SECOND,
        "run": 1,
        "place": 0,
        "founder": 1,
        "updated": NOW,
    }
    return Story(**(values | fields))  # type: ignore[arg-type]


def window(store: Store, *topics: str, limit: int) -> list[str]:
    """Give the newest stories of an output of these topics."""
    with store.ledger() as ledger:
        return [member.story for member in ledger.window(Output(slug="x", title="X", topics=topics), limit)]


def test_an_entry_comes_back_whole(store: Store) -> None:
    """Every field of an entry and its channel is as it was told, times in whole seconds."""
    told = Entry(
        id="urn:1",
        id_derived=True,
        title="„Köln“ – 🚀",
        link="https://koeln.example/a?b=c#d",
        published=datetime(2025, 7, 15, 10, tzinfo=UTC),
        updated=datetime(2025, 7, 16, 10, tzinfo=UTC),
        precision=Precision.DAY,
        trust=Trust.INFERRED,
        summary="<p>kurz</p>",
        content="<p>lang</p>",
        authors=(Author(name="ve", url="https://ve.example/"),),
        categories=("Digitales", "Köln"),
        language="de",
        enclosures=(Enclosure(url="https://koeln.example/a.mp3", type="audio/mpeg", length=12),),
        comments="https://koeln.example/a#k",
        origin=Channel(id="urn:o", title="Ursprung", updated=NOW),
    )
    assert record(store, "alpha", told) == Recorded(new=1)
    with store.filing() as filing:
        (found,) = next(filing.pending(10))
    assert found.entry == told
    assert found.channel == Channel(title="Stadt", updated=NOW)
    assert (found.source, found.rank, found.place, found.first_seen, found.revised) == ("alpha", 0, 0, NOW, NOW)


def test_the_same_entries_again_change_nothing(store: Store) -> None:
    """What is known is neither new nor changed and is not filed again."""
    record(store, "alpha", entry("Eins"), entry("Zwei"))
    with store.filing() as filing:
        filing.place([placed(found) for found in next(filing.pending(9))], [story()])
    assert record(store, "alpha", entry("Eins"), entry("Zwei"), now=LATER) == Recorded()
    with store.filing() as filing:
        assert list(filing.pending(9)) == []


def test_a_changed_entry_is_pending_in_its_story(store: Store) -> None:
    """A change keeps the story; only a visible one counts as a revision."""
    record(store, "alpha", entry("Eins"))
    with store.filing() as filing:
        (found,) = next(filing.pending(9))
        filing.place([placed(found)], [story()])
    assert record(store, "alpha", entry("Eins", link="https://x.example/"), now=LATER) == Recorded(changed=1)
    with store.filing() as filing:
        (touched,) = next(filing.pending(9))
    assert (touched.story, touched.reason, touched.revised) == ("s1", "first", NOW)
    record(store, "alpha", entry("Eins", summary="<p>neu</p>"), visible="w", now=LATER)
    with store.filing() as filing:
        (revised,) = next(filing.pending(9))
    assert (revised.number, revised.revised) == (found.number, LATER)


def test_entries_are_filed_in_the_order_of_feeds_yaml(store: Store) -> None:
    """Pending entries come by rank of their source, then by place, whatever was recorded first."""
    record(store, "beta", entry("B1"), entry("B2"))
    record(store, "alpha", entry("A1"), entry("A2"))
    with store.filing() as filing:
        assert [found.entry.title for found in next(filing.pending(3))] == ["A1", "A2", "B1"]


def test_days_with_many_stories_are_filed_apart(store: Store) -> None:
    """A batch ends with a day where the stories of a further one would be too many to be read with its own."""
    days = [date(2025, 7, day) for day in (1, 2, 3, 4)]
    for name in ("alpha", "beta"):
        noon = [datetime(day.year, day.month, day.day, 10, tzinfo=UTC) for day in days]
        record(store, name, *(entry(f"{name} {one.day}", published=one) for one in noon))
    many = [(0, 2_000), (1, 2_000), (2, 2_000), (3, 6_000)]
    with store.filing() as filing:
        told = [story(f"{day}-{count}", day=days[day]) for day, most in many for count in range(most)]
        filing.place([], told)
        found = [[one.entry.published.day for one in batch if one.entry.published] for batch in filing.pending(9)]
        assert found == [[1, 1, 2, 2], [3, 3], [4, 4]]
        assert [len(batch) for batch in filing.pending(3)] == [3, 3, 2]


def test_known_stories_are_found_by_title_and_day(store: Store) -> None:
    """Stories of the day or without a day are given for a dated title, those of every day for an undated one."""
    record(store, "alpha", entry("Eins", link="HTTPS://Köln.example/a#x"))
    with store.filing() as filing:
        (found,) = next(filing.pending(9))
        founded = [
            story("s1"),
            story("s2", day=None),
            story("s3", day=date(2025, 7, 16)),
            story("s4", day=None, title_key="z"),
        ]
        filing.place([placed(found)], founded)
        assert {known.id for known in filing.known([date(2025, 7, 15)], ["rattagtheute"])} == {"s1", "s2"}
        known = {one.id: one for one in filing.known((), (), ["rattagtheute"])}
        assert set(known) == {"s1", "s2", "s3"}
        assert known["s1"].title == read_title("Rat tagt heute")
        (member,) = known["s1"].members
        assert (member.source, member.title, member.link, member.run) == ("alpha", "Eins", "l", 1)


def test_windows_are_in_published_order(store: Store) -> None:
    """Newest order date first, then the later run, then the place in the document, then the id."""
    record(store, "alpha", entry("Eins"))
    match = (TopicMatch(topic="ozg", term="OZG", field="title", words="OZG"),)
    older = datetime(2025, 7, 1, 10, tzinfo=UTC)
    run = [store.begin_run(NOW) for _ in range(2)]
    told = [
        story("e", order_date=older, run=run[1]),
        story("d", run=run[0], place=0),
        story("c", run=run[1], place=1),
        story("b", run=run[1], place=0),
        story("a", run=run[1], place=1),
    ]
    with store.filing() as filing:
        filing.place([], told)
        filing.settle(
            [
                story(one.id, order_date=one.order_date, run=one.run, place=one.place, shown=1, matches=match)
                for one in told
            ]
        )
    assert window(store, limit=9) == ["b", "a", "c", "d", "e"]
    assert window(store, "ozg", limit=9) == ["b", "a", "c", "d", "e"]
    assert window(store, "ozg", "smart-city", limit=2) == ["b", "a"]
    assert window(store, "smart-city", limit=9) == []
    (count,) = store.topic_counts(["ozg"])
    assert (count.stories, count.newest) == (5, datetime(2025, 7, 15, 10, tzinfo=UTC))


def test_a_source_under_a_new_key_is_the_same(store: Store) -> None:
    """A source whose key changed but not its address keeps its state and entries; a new address starts afresh."""
    record(store, "alpha", entry("Eins"))
    moved = source("beta", 1, address="https://anders.example/", target="https://anders.example/")
    store.save_states([SourceState(source="beta", failures=3)])
    store.register([source("gamma", 0, address="https://alpha.example/feed"), moved])
    states = store.states()
    assert list(states) == ["gamma", "beta"]
    assert states["gamma"].next_due == NOW
    assert states["beta"].failures == 0
    with store.filing() as filing:
        assert [found.source for found in next(filing.pending(9))] == ["gamma"]


def test_two_sources_may_swap_their_keys(store: Store) -> None:
    """Keys follow addresses, also where both are in use."""
    record(store, "alpha", entry("Eins"))
    store.register(
        [
            source("beta", 0, address="https://alpha.example/feed"),
            source("alpha", 1, address="https://beta.example/feed"),
        ]
    )
    with store.filing() as filing:
        assert [found.source for found in next(filing.pending(9))] == ["beta"]


def test_a_source_that_left_is_remembered(store: Store) -> None:
    """A source that is no longer in feeds.yaml has no state to poll by, but still a name for readers."""
    store.register([source("alpha", title="Stadt Köln", url="https://koeln.example/")])
    assert list(store.states()) == ["alpha"]
    named = store.published_sources()
    assert named["alpha"] == PublishedSource(
        id="alpha", title="Stadt Köln", url="https://koeln.example/", feed="https://alpha.example/feed"
    )
    assert named["beta"] == PublishedSource(id="beta", title="beta", feed="https://beta.example/feed")
    store.register([source("alpha", public=False)])
    assert store.published_sources()["alpha"] is None


def test_claims_last_until_they_are_recorded_or_released(store: Store) -> None:
    """What a run claimed and did not record is found by the next one."""
    run = store.begin_run(NOW)
    store.claim(run, ["alpha", "beta"])
    record(store, "alpha")
    assert store.claimed() == {"beta"}
    store.release(run)
    assert store.claimed() == frozenset()
    assert store.last_run() == (NOW, None)
    store.end_run(run, LATER)
    assert store.last_run() == (NOW, LATER)


def test_a_state_comes_back_whole(store: Store) -> None:
    """Every kind of field survives; what another version wrote and this one does not know is dropped."""
    state = SourceState(
        source="alpha",
        next_due=LATER,
        interval=timedelta(minutes=90),
        etag='W/"ü"',
        hints=Hints(ttl=timedelta(hours=1), skip_hours=frozenset({1, 2}), skip_days=frozenset({6})),
        failures=2,
        stopped=True,
    )
    store.save_states([state])
    assert store.states()["alpha"] == state
    assert rows.state_from("alpha", '{"failures": 1, "of_the_future": 1}') == SourceState(source="alpha", failures=1)


def test_rules_are_noted(store: Store) -> None:
    """The digest of the rules is remembered, and all stories can be walked through."""
    record(store, "alpha", entry("Eins"))
    with store.filing() as filing:
        assert filing.rules("topics") is None
        filing.place([], [story("a"), story("b"), story("c")])
        filing.set_rules("topics", "x")
    with store.filing() as filing:
        assert filing.rules("topics") == "x"
        assert filing.story_ids("", 2) == ["a", "b"]
        assert filing.story_ids("b", 2) == ["c"]


def test_a_filing_is_all_or_nothing(store: Store) -> None:
    """What fails in the middle of a filing leaves the store as it was."""
    record(store, "alpha", entry("Eins"))
    with pytest.raises(StoreError, match="UNIQUE"), store.filing() as filing:
        filing.place([], [story("a"), story("b"), story("a")])
    with store.filing() as filing:
        assert filing.story_ids("", 9) == []


def test_a_killed_writer_leaves_a_database_that_opens(path: Path, store: Store) -> None:
    """After kill -9 in the middle of a transaction the database holds what was committed before."""
    record(store, "alpha", entry("Eins"))
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom aggregator.store import open_store\n"
        "store = open_store(Path(sys.argv[1]), create=True)\n"
        "with store.filing() as filing:\n"
        "    filing.set_rules('topics', 'halb')\n    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False)
    assert killed.returncode == -9
    again = open_store(path, create=True)
    with again.filing() as filing:
        assert filing.rules("topics") is None
        assert len(next(filing.pending(9))) == 1
    again.close()


def test_headlines_of_an_older_database_get_their_keys(path: Path) -> None:
    """A migration folds the headlines that were noted before, so that feeds.yaml can name them."""
    open_store(path, create=True).close()
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP INDEX headlines_by_title; ALTER TABLE headlines DROP COLUMN title_key;"
        "INSERT INTO headlines VALUES (1, 1, 'Köln – neue App!');"
        "DELETE FROM _sqlite_migrations WHERE name = '0003_headline_keys'"
    )
    connection.close()
    open_store(path, create=True).close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT title, title_key FROM headlines").fetchall() == [
        ("Köln – neue App!", "koelnneueapp")
    ]
    connection.close()


def test_a_database_that_is_missing_is_not_made_for_readers(path: Path) -> None:
    """Only commands that write create a database."""
    with pytest.raises(StoreError, match="no database yet"):
        open_store(path, create=False)
    assert not path.exists()


def test_foreign_newer_and_damaged_databases_are_refused(path: Path, tmp_path: Path) -> None:
    """What is not ours, not yet ours or no longer whole is refused with what to do, and left as it is."""
    path.parent.mkdir()
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE t (x)")
    foreign.close()
    with pytest.raises(StoreError, match="another program"):
        open_store(path, create=True)
    newer = tmp_path / "newer.db"
    open_store(newer, create=True).close()
    connection = sqlite3.connect(newer)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('aggregator', '9999', '')"
    )
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        open_store(newer, create=True)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"kein SQLite " * 500)
    with pytest.raises(StoreError, match="restore the database"):
        open_store(damaged, create=True)
    blocked = tmp_path / "datei"
    blocked.touch()
    with pytest.raises(StoreError, match="cannot be made"):
        open_store(blocked / "data" / "aggregator.db", create=True)


def test_an_older_database_is_not_changed_by_readers(path: Path) -> None:
    """A reader that finds a database without our tables says which command brings it up to date."""
    path.parent.mkdir()
    sqlite3.connect(path).close()
    path.touch()
    with pytest.raises(StoreError, match="aggregator publish"):
        open_store(path, create=False)


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("database or disk is full", "free some space"),
        ("attempt to write a readonly database", "writable"),
        ("database is locked", "another program"),
        ("database disk image is malformed", "restore"),
    ],
)
def test_every_failure_says_what_to_do(store: Store, message: str, advice: str) -> None:
    """A failure of SQLite names the file and what helps."""
    from aggregator.store.connection import _advice

    assert advice in _advice(sqlite3.OperationalError(message))
