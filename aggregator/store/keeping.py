"""Which texts are kept, and which are let go?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from aggregator.store import Revision
from aggregator.store import rows as columns
from aggregator.store.connection import Connection
from aggregator.store.observing import DIGEST_SIZE, reading_digest

_CURSOR = "pruned_to"


def prune(connection: Connection, before: datetime, limit: int) -> int:
    """Empty entries of stories ordered before a time, within the transaction that is open (see `Store.prune`).

    Each call looks at the next `limit` old stories, and after the last it begins anew.
    """
    found = connection.rows("SELECT value FROM meta WHERE key = ?", (_CURSOR,))
    order_date, _, story = found[0]["value"].partition(" ") if found else ("", "", "")
    old = connection.rows(
        "SELECT id, order_date FROM stories WHERE (order_date, id) > (?, ?) AND order_date < ?"
        " ORDER BY order_date, id LIMIT ?",
        (order_date, story, columns.instant(before), limit),
    )
    emptied = _empty(connection, [row["id"] for row in old])
    last = f"{old[-1]['order_date']} {old[-1]['id']}" if len(old) == limit else ""
    connection.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (_CURSOR, last))
    return emptied


def revisions(connection: Connection, entry: int) -> list[Revision]:
    """Give the former texts of an entry (by number), the last one first."""
    found = connection.rows("SELECT * FROM revisions WHERE entry = ? ORDER BY number DESC", (entry,))
    return [
        Revision(
            replaced=columns.parse_instant(row["replaced"]),
            title=row["title"],
            summary=row["summary"],
            content=row["content"],
        )
        for row in found
    ]


def _empty(connection: Connection, stories: Sequence[str]) -> int:
    marks = ",".join("?" * len(stories))
    # What a document has yet to close over is published then, with its text.
    entries = connection.rows(
        f"SELECT e.number, e.source, e.id, e.story, e.is_pruned FROM entries e WHERE e.story IN ({marks})"
        " AND NOT EXISTS (SELECT 1 FROM output_log l WHERE l.story = e.story AND l.archive IS NULL)"
        " AND e.story NOT IN (SELECT shown.value ->> 0 FROM outputs o, json_each(o.shown) shown)",
        stories,
    )
    readings = _readings(connection, {entry["source"] for entry in entries})
    held = {e["story"] for e in entries if reading_digest(e["id"]) in readings.get(e["source"], frozenset())}
    gone = [(e["number"],) for e in entries if e["story"] not in held and not e["is_pruned"]]
    connection.run_many("DELETE FROM revisions WHERE entry = ?", gone)
    connection.run_many(
        "UPDATE entries SET summary = NULL, content = NULL, details = '{}', rules = NULL, found = NULL, is_pruned = 1"
        " WHERE number = ?",
        gone,
    )
    return len(gone)


def _readings(connection: Connection, sources: Iterable[int]) -> dict[int, frozenset[bytes]]:
    """Give what the last documents of sources held; a source that left feeds.yaml holds nothing any more."""
    readings = {}
    for source in sources:
        for row in connection.rows("SELECT reading FROM sources WHERE number = ? AND rank IS NOT NULL", (source,)):
            told: bytes = row["reading"]
            readings[source] = frozenset(told[n : n + DIGEST_SIZE] for n in range(0, len(told), DIGEST_SIZE))
    return readings
