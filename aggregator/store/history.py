"""How did the latest fetches of each source go?

For people to look at: nothing is decided by it. It is pruned as it is written, so that nobody has to care for it.
"""

from __future__ import annotations

from datetime import timedelta

from aggregator.model import Attempt
from aggregator.store import rows
from aggregator.store.connection import Connection

_LONGEST = 50
_OLDEST = timedelta(days=30)


def note(db: Connection, attempt: Attempt) -> None:
    """Add a fetch to the history of its source, within the transaction that is open."""
    source: int = db.rows("SELECT number FROM sources WHERE id = ?", (attempt.source,))[0]["number"]
    told = (attempt.status, attempt.bytes, attempt.milliseconds, attempt.new, attempt.error)
    db.run(
        "INSERT INTO fetches (source, time, status, bytes, milliseconds, new, error) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (source, rows.instant(attempt.time), *told),
    )
    db.run(
        "DELETE FROM fetches WHERE source = ? AND (time < ? OR number <="
        " (SELECT number FROM fetches WHERE source = ? ORDER BY number DESC LIMIT 1 OFFSET ?))",
        (source, rows.instant(attempt.time - _OLDEST), source, _LONGEST),
    )


def latest(db: Connection, source: str, limit: int) -> list[Attempt]:
    """Give the latest fetches of a source, the last one first."""
    found = db.rows(
        "SELECT f.* FROM fetches f JOIN sources s ON s.number = f.source WHERE s.id = ? ORDER BY f.number DESC LIMIT ?",
        (source, limit),
    )
    return [
        Attempt(
            source=source,
            time=rows.parse_instant(row["time"]),
            status=row["status"],
            bytes=row["bytes"],
            milliseconds=row["milliseconds"],
            new=row["new"],
            error=row["error"],
        )
        for row in found
    ]
