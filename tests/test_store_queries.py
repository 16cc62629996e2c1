"""Does any query of a run read a whole table that grows?

A run of real commands is traced, statement by statement; SQLite then explains how it would run each of them.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aggregator.pipeline.pulled import Wish
from tests import runs
from tests.conftest import SiteFolder
from tests.runs import Item, feed
from tests.servers import LoopbackServer

GROWING = frozenset(
    {"entries", "stories", "memberships", "output_log", "revisions", "fetches", "channels", "headlines", "archives"}
)
"""Tables that grow with the years; those of sources and outputs, of meta and the outbox do not."""

SMALL = {
    "entries_pending": "holds only what is to be filed now",
    "stories_hidden": "holds only what feeds.yaml hides",
    "stories_merged": "holds only what was filed twice before an overrule joined it",
    "archives_listed": "holds the names of closed documents, a hundredth of the log, and none of their bytes",
}
"""Indexes that may be read from end to end, and why."""

WHOLE_LOG = re.compile(r"SEARCH \w+ USING (?:PRIMARY KEY|INDEX output_log_by_story) \(output=\?\)$")
"""A step that reads all that an output ever logged; there are indexes of its open rows and of those that came late."""

LAST_ROW = re.compile(r"SELECT coalesce\(max\(number\), 0\) AS number FROM output_log WHERE output = '[a-z0-9-]+'$")
"""What is answered from the end of an index."""

IN_ORDER = re.compile(
    r"FROM stories s WHERE (?:(?!row_number).)* ORDER BY s.order_date DESC, s.run DESC, s.place, s.id LIMIT"
)
"""The window of an output of all stories: it reads stories_in_order from its newest end and stops at the limit."""

KNOWN = {
    "row_number() OVER (PARTITION BY e.source": "per_source counts all stories, not those of its topics",
}
"""Statements, by a part of them, that read a whole table still. To be mended: whoever does takes the line out."""


@dataclass(slots=True)
class Traced:
    """One example of each statement that ran, by its shape."""

    statements: dict[str, str] = field(default_factory=dict)

    def note(self, statement: str) -> None:
        """Take note of a statement with its values; what a trigger does comes as a comment."""
        if not statement.startswith("--"):
            self.statements.setdefault(shape(statement), statement)


def shape(statement: str) -> str:
    """Give a statement without its values, however many there are."""
    bare = re.sub(r"x?'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|\bNULL\b", "?", statement)
    return re.sub(r"\?(?:,\s*\?)+", "?", " ".join(bare.split()))


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> Iterator[Traced]:
    """Note every statement of every connection that is opened."""
    found = Traced()
    connect = sqlite3.connect

    def traced_connect(*values: object, **named: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*values, **named)  # type: ignore[call-overload]
        connection.set_trace_callback(found.note)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced_connect)
    yield found
    monkeypatch.undo()


def scans(connection: sqlite3.Connection, statement: str) -> list[str]:
    """Give the steps of a statement that read a growing table from end to end, or all that an output logged."""
    tables: dict[str, set[str]] = {}
    for table, alias in re.findall(r"(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)(?:\s+(?:AS\s+)?(\w+))?", statement):
        for name in {table, alias}:
            tables.setdefault(name, set()).add(table)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    return [
        step
        for step in plan
        if (WHOLE_LOG.match(step) and not LAST_ROW.match(statement))
        or (
            (told := re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step))
            and GROWING & tables.get(told[1], set())
            and told[2] not in SMALL
        )
    ]


def _write(folder: SiteFolder, server: LoopbackServer) -> None:
    folder.write(
        sources={f"s{n}": {"feed": f"http://127.0.0.{n + 2}:{server.port}/{n}"} for n in range(3)},
        topics=dict(runs.TOPICS),
        outputs={
            "both": {"title": "Beides", "topics": ["smart-city", "ozg"], "limit": 20, "days": 30},
            "ruled": {"title": "Nach Regel", "sources": ["s1"]},
            "few": {"title": "Je drei", "topics": ["smart-city"], "per_source": 3},
        },
    )


def _items(source: int, first: int, last: int) -> list[Item]:
    return [
        Item(
            title=f"Smart City: {source if n % 3 else 0} {n} {'OZG-Leistung' if n % 2 else 'Portal'} beschlossen",
            day=1 + n % 18,
        )
        for n in range(first, last)
    ]


def _run_for_days(folder: SiteFolder, traced: Traced) -> None:
    """Fill a store and publish archives; then trace runs with news and changed texts, one with none, and a publish."""
    with LoopbackServer(addresses=tuple(f"127.0.0.{n + 2}" for n in range(3))) as server:
        _write(folder, server)
        for source in range(3):
            server.answers[f"/{source}"] = feed(*_items(source, 0, 150), ETag='"1"')
        runs.update(folder)
        traced.statements.clear()
        for source in range(3):
            changed = Item(title=_items(source, 0, 1)[0].title, day=1, text="Der Rat hat es sich anders überlegt.")
            server.answers[f"/{source}"] = feed(changed, *_items(source, 1, 190), Item(title="", day=0), ETag='"2"')
        runs.update(folder, wish=Wish(force=True))
        runs.update(folder, wish=Wish(force=True))
        runs.publish(folder)


def _offending(folder: SiteFolder, traced: Traced) -> list[str]:
    with closing(sqlite3.connect(folder.database)) as connection:
        return [
            f"{form}\n    {'; '.join(found)}"
            for form, statement in traced.statements.items()
            if re.match("SELECT|INSERT|UPDATE|DELETE|WITH", statement)
            and not IN_ORDER.search(form)
            and (found := scans(connection, statement))
        ]


def test_no_query_of_a_run_reads_a_whole_table(tmp_path: Path, traced: Traced) -> None:
    """Whatever has been stored over the years, an update and a publish read only what is new or shown."""
    folder = SiteFolder(path=tmp_path)
    _run_for_days(folder, traced)
    offending = _offending(folder, traced)
    unknown = [told for told in offending if not any(known in told for known in KNOWN)]
    assert not unknown, "\n\n".join(unknown)
    assert {known for known in KNOWN for told in offending if known in told} == set(KNOWN)


def test_to_list_the_closed_documents_none_is_read(tmp_path: Path, traced: Traced) -> None:
    """Their names and what they were made of lie behind their bytes, which are most of a store that is years old."""
    folder = SiteFolder(path=tmp_path)
    _run_for_days(folder, traced)
    (statement,) = (told for told in traced.statements.values() if "made_of, frame FROM archives" in told)
    with closing(sqlite3.connect(folder.database)) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert plan == ["SCAN archives USING COVERING INDEX archives_listed"]


def test_what_is_traced_is_a_run(tmp_path: Path, traced: Traced) -> None:
    """The statements that matter are among the traced ones, so that nothing is proven of nothing."""
    _run_for_days(SiteFolder(path=tmp_path), traced)
    told = "\n".join(traced.statements)
    for part in (
        "INSERT INTO entries",
        "INSERT INTO revisions",
        "INSERT INTO fetches",
        "INSERT INTO stories",
        "INSERT INTO memberships",
        "INSERT INTO output_log",
        "INSERT INTO archives",
        "UPDATE sources SET state",
        "DELETE FROM fetches",
    ):
        assert part in told, part


def test_a_scan_is_seen() -> None:
    """A statement that reads a growing table is found out, also behind an alias and an index."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript("CREATE TABLE stories (id, day); CREATE INDEX by_day ON stories (day, id);")
        assert scans(connection, "SELECT s.id FROM stories s WHERE s.id = 1 ORDER BY s.day")
        assert scans(connection, "SELECT id FROM stories")
        assert not scans(connection, "SELECT id FROM stories WHERE day = 1")
