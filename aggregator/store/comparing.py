"""What are stored stories compared by, and which of them may an operator mean?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from aggregator.store.connection import Connection
from aggregator.store.reading import chunks, marks
from aggregator.stories import KnownStory, Member, read_title
from aggregator.stories.overrules import Name

_OF_ENTRY = "id IN (SELECT story FROM entries WHERE {} = ?)"
_OF_HEADLINE = "id IN (SELECT e.story FROM headlines h JOIN entries e ON e.number = h.entry WHERE h.title_key = ?)"
_OF_MERGED = "id = (SELECT merged_into FROM stories WHERE id = ?)"


def known(
    connection: Connection, days: Iterable[date], titles: Iterable[str], undated: Iterable[str]
) -> list[KnownStory]:
    """Give the stories of these days, those without a day of these titles, and of any day of `undated` titles."""
    found: dict[str, sqlite3.Row] = {}
    for chunk in chunks(sorted({day.isoformat() for day in days})):
        _find(connection, found, f"day IN ({marks(chunk)})", chunk)
    for chunk in chunks(sorted(set(titles))):
        _find(connection, found, f"day IS NULL AND title_key IN ({marks(chunk)})", chunk)
    for chunk in chunks(sorted(set(undated))):
        _find(connection, found, f"title_key IN ({marks(chunk)})", chunk)
    return _with_members(connection, found)


def counts(connection: Connection, days: Iterable[str]) -> dict[str, int]:
    """Say how many stories there are of each of these days, also those that were merged into others."""
    found: dict[str, int] = {}
    for chunk in chunks(sorted(days)):
        rows = connection.rows(
            f"SELECT day, count(*) AS stories FROM stories WHERE day IN ({marks(chunk)}) GROUP BY day", chunk
        )
        found |= {row["day"]: row["stories"] for row in rows}
    return found


def named(connection: Connection, names: Iterable[Name]) -> list[KnownStory]:
    """Give the stories that an operator's names may mean: by title, link or id of one of their entries."""
    found: dict[str, sqlite3.Row] = {}
    for name in names:
        _find(connection, found, f"title_key = ? OR {_OF_ENTRY.format('id')}", (name.key, name.told))
        _find(connection, found, _OF_ENTRY.format("filed_title"), (read_title(name.told).plain,))
        _find(connection, found, _OF_HEADLINE, (name.key,))
        if name.link:
            _find(connection, found, _OF_ENTRY.format("filed_link"), (name.link,))
        if name.story:
            _find(connection, found, f"id = ? OR {_OF_MERGED}", (name.story, name.story))
    return _with_members(connection, found)


def _find(connection: Connection, found: dict[str, sqlite3.Row], where: str, values: Sequence[object]) -> None:
    rows = connection.rows(
        f"SELECT id, day, title, founder FROM stories WHERE merged_into IS NULL AND ({where})", values
    )
    found.update((row["id"], row) for row in rows)


def _with_members(connection: Connection, stories: Mapping[str, sqlite3.Row]) -> list[KnownStory]:
    members: dict[str, list[Member]] = {story: [] for story in stories}
    filed: dict[str, int] = {}
    for chunk in chunks(sorted(stories)):
        headlines = _headlines(connection, chunk)
        founded = {stories[name]["founder"]: name for name in chunk} | _merged(connection, chunk)
        for row in connection.rows(
            "SELECT e.number, e.story, s.id AS source, e.id, e.filed, e.filed_title, e.filed_link, e.filed_day,"
            f" e.run FROM entries e JOIN sources s ON s.number = e.source WHERE e.story IN ({marks(chunk)})"
            " ORDER BY e.filed",
            chunk,
        ):
            filed.setdefault(row["story"], row["filed"])
            members[row["story"]].append(
                Member(
                    source=row["source"],
                    entry=row["id"],
                    title=row["filed_title"],
                    link=row["filed_link"],
                    run=row["run"],
                    day=_day(row["filed_day"]),
                    founded=founded.get(row["number"]),
                    headlines=tuple(headlines.get(row["number"], ())),
                )
            )
    return [
        KnownStory(
            id=name,
            day=_day(row["day"]),
            title=read_title(row["title"]),
            filed=filed.get(name, 0),
            members=tuple(members[name]),
            headlines=tuple(read_title(title) for member in members[name] for title in member.headlines),
        )
        for name, row in stories.items()
    ]


def _day(told: str | None) -> date | None:
    return date.fromisoformat(told) if told else None


def _headlines(connection: Connection, stories: Sequence[str]) -> dict[int, list[str]]:
    """Give the headlines that entries of stories have got since they were filed, by the numbers of the entries."""
    headlines: dict[int, list[str]] = {}
    for row in connection.rows(
        "SELECT h.entry, h.title FROM headlines h JOIN entries e ON e.number = h.entry"
        f" WHERE e.story IN ({marks(stories)}) ORDER BY h.filed",
        stories,
    ):
        headlines.setdefault(row["entry"], []).append(row["title"])
    return headlines


def _merged(connection: Connection, stories: Sequence[str]) -> dict[int, str]:
    """Give the founders, by number, of the stories that were merged into these."""
    rows = connection.rows(f"SELECT founder, id FROM stories WHERE merged_into IN ({marks(stories)})", stories)
    return {row["founder"]: row["id"] for row in rows}
