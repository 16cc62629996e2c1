"""Which stories does an output choose, and in which order?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from aggregator.model import Output
from aggregator.store.connection import Connection

PUBLIC = "s.shown IS NOT NULL AND s.merged_into IS NULL AND NOT s.is_hidden"
MEMBER = "s.id, s.order_date, s.updated, s.version, s.run, s.place"
ORDER = "s.order_date DESC, s.run DESC, s.place, s.id"
_ON_TIME = (
    "NOT s.is_backlog AND NOT EXISTS (SELECT 1 FROM output_log l INDEXED BY output_log_late"
    " WHERE l.output = ? AND l.story = s.id AND l.is_late)"
)


def window(connection: Connection, output: Output, limit: int) -> list[sqlite3.Row]:
    """Give the newest stories of an output in published order, those left out that came late."""
    return _crowding(connection, output, limit) if output.per_source else _newest(connection, output, limit)


def _topics(output: Output) -> tuple[str, ...] | None:
    """Name the memberships that put a story into an output; None for all stories."""
    return (f":{output.slug}",) if output.by_rule else output.topics or None


def chosen(output: Output) -> tuple[str, tuple[str, ...]]:
    """Give the condition under which an output chooses the story `s`, and its values."""
    topics = _topics(output)
    if topics is None:
        return "1", ()
    marks = ",".join("?" * len(topics))
    return f"EXISTS (SELECT 1 FROM memberships m WHERE m.topic IN ({marks}) AND m.story = s.id)", topics


def ranked(output: Output) -> tuple[str, tuple[str, ...]]:
    """Give the statement that counts the stories of an output by the source that each is shown from, newest first."""
    condition, values = chosen(output)
    statement = (
        f"SELECT {MEMBER}, row_number() OVER (PARTITION BY e.source ORDER BY {ORDER}) AS nth"
        f" FROM stories s JOIN entries e ON e.number = s.shown WHERE {PUBLIC} AND {condition} AND {_ON_TIME}"
        f" ORDER BY {ORDER}"
    )
    return statement, (*values, output.slug)


def in_order(found: Iterable[sqlite3.Row]) -> list[sqlite3.Row]:
    """Put rows of stories into published order."""
    ordered = sorted(found, key=lambda row: (row["place"], row["id"]))
    ordered.sort(key=lambda row: (row["order_date"], row["run"]), reverse=True)
    return ordered


def _newest(connection: Connection, output: Output, limit: int) -> list[sqlite3.Row]:
    """Merge the newest of each topic, which an index gives in order."""
    topics = _topics(output)
    if topics is None:
        return connection.rows(
            f"SELECT {MEMBER} FROM stories s WHERE {PUBLIC} AND {_ON_TIME} ORDER BY {ORDER} LIMIT ?",
            (output.slug, limit),
        )
    found: dict[str, sqlite3.Row] = {}
    for topic in topics:
        for row in connection.rows(
            f"SELECT {MEMBER} FROM memberships m CROSS JOIN stories s ON s.id = m.story"
            f" WHERE m.topic = ? AND {PUBLIC} AND {_ON_TIME}"
            " ORDER BY m.order_date DESC, m.run DESC, m.place, m.story LIMIT ?",
            (topic, output.slug, limit),
        ):
            found[row["id"]] = row
    return in_order(found.values())[:limit]


def _crowding(connection: Connection, output: Output, limit: int) -> list[sqlite3.Row]:
    statement, values = ranked(output)
    found = connection.rows(f"SELECT * FROM ({statement}) WHERE nth <= ? LIMIT ?", (*values, output.per_source, limit))
    return in_order(found)
