"""How are stories read, with all their entries, and many values at a time?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from aggregator.model import StoredEntry, Story, TopicMatch
from aggregator.store import rows as columns
from aggregator.store.connection import Connection

_T = TypeVar("_T")

_CHUNK = 500


def read_stories(connection: Connection, ids: Sequence[str]) -> list[Story]:
    """Give stories with all their entries, as they were filed, and matches, in the order of `ids` that are known."""
    found: dict[str, Story] = {}
    for chunk in chunks(ids):
        places = marks(chunk)
        entries: dict[str, list[StoredEntry]] = {}
        for row in connection.rows(
            f"SELECT {columns.ENTRY_COLUMNS} WHERE e.story IN ({places}) ORDER BY e.filed", chunk
        ):
            entries.setdefault(row["story"], []).append(columns.stored_entry(row))
        matches: dict[str, tuple[TopicMatch, ...]] = {}
        for row in connection.rows(
            f"SELECT story, matches FROM memberships WHERE story IN ({places}) AND topic NOT LIKE ':%' ORDER BY topic",
            chunk,
        ):
            matches[row["story"]] = matches.get(row["story"], ()) + columns.matches_from(row["matches"])
        for row in connection.rows(f"SELECT * FROM stories WHERE id IN ({places})", chunk):
            name = row["id"]
            found[name] = columns.stored_story(row, tuple(entries.get(name, ())), matches.get(name, ()))
    return [found[name] for name in ids if name in found]


def chunks(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    """Give values in parts that fit into one statement."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def marks(values: Sequence[object]) -> str:
    """Give as many placeholders as there are values."""
    return ",".join("?" * len(values))
