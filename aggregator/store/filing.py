"""How are a run's conclusions written, all or nothing?"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import orjson

from aggregator.model import StoredEntry, Story
from aggregator.store import FiledEntry, Headline, Placed, comparing, memberships
from aggregator.store import rows as columns
from aggregator.store.connection import Connection
from aggregator.store.reading import chunks, marks, read_stories
from aggregator.stories import KnownStory, Placement, read_title
from aggregator.stories.overrules import Name

_MOST_COMPARED = 5000
"""Stored stories, of more than one day, that a batch of entries may have to be compared with."""


class SqliteFiling:
    """The open transaction of a filing (see `Filing`)."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def pending(self, size: int) -> Iterator[list[StoredEntry]]:
        """Give the entries that are new or changed, in batches, in the order of filing (see `Filing`)."""
        numbers = array("q")
        days: list[tuple[str | None, int]] = []
        for row in self._db.each(
            "SELECT e.number, iif(e.story IS NULL, e.day, NULL) AS day FROM entries e JOIN sources s"
            " ON s.number = e.source WHERE e.pending ORDER BY"
            " e.story IS NULL, e.day IS NULL, e.day, s.rank IS NULL, s.rank, s.id, e.place, e.number"
        ):
            if not days or days[-1][0] != row["day"]:
                days.append((row["day"], len(numbers)))
            numbers.append(row["number"])
        beside = comparing.counts(self._db, {day for day, _ in days if day})
        for start, end in pairwise(_starts(days, len(numbers), size, beside)):
            yield self.entries(numbers[start:end])

    def known(self, days: Iterable[date], titles: Iterable[str], undated: Iterable[str] = ()) -> list[KnownStory]:
        """Give the stories of these days, those without a day of these titles, and of any day of `undated` titles."""
        return comparing.known(self._db, days, titles, undated)

    def named(self, names: Iterable[Name]) -> list[KnownStory]:
        """Give the stories that an operator's names may mean: by title, link or id of one of their entries."""
        return comparing.named(self._db, names)

    def titled(self, names: Iterable[Name]) -> list[int]:
        """Give the placed entries, by number, that stand under one of these titles now."""
        keys = sorted({name.key for name in names if name.key})
        return [
            row["number"]
            for chunk in chunks(keys)
            for row in self._db.rows(
                "SELECT number FROM entries WHERE source IN (SELECT number FROM sources)"
                f" AND title_key IN ({marks(chunk)}) AND filed IS NOT NULL ORDER BY number",
                chunk,
            )
        ]

    def merged_ids(self) -> frozenset[str]:
        """Give the ids of the stories that were merged into others."""
        return frozenset(row["id"] for row in self._db.rows("SELECT id FROM stories WHERE merged_into IS NOT NULL"))

    def merged_into(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Give the ids of the stories that were merged into each of these."""
        merged: dict[str, list[str]] = {}
        for chunk in chunks(ids):
            for row in self._db.rows(
                f"SELECT id, merged_into FROM stories WHERE merged_into IN ({marks(chunk)}) ORDER BY id", chunk
            ):
                merged.setdefault(row["merged_into"], []).append(row["id"])
        return merged

    def borne(self, numbers: Sequence[int]) -> dict[int, list[tuple[str, str | None]]]:
        """Give the title and canonical link by which entries were placed, and their titles since."""
        borne: dict[int, list[tuple[str, str | None]]] = {}
        for chunk in chunks(numbers):
            for row in self._db.rows(
                "SELECT number, filed_title AS title, filed_link AS link FROM entries"
                f" WHERE number IN ({marks(chunk)}) AND filed IS NOT NULL"
                f" UNION ALL SELECT entry, title, NULL FROM headlines WHERE entry IN ({marks(chunk)})",
                (*chunk, *chunk),
            ):
                borne.setdefault(row["number"], []).append((row["title"], row["link"]))
        return borne

    def revise(self, titles: Sequence[tuple[int, str]]) -> None:
        """Note under which other titles entries stand from now on."""
        self._db.run_many(
            "INSERT INTO headlines (filed, entry, title, title_key) VALUES (?, ?, ?, ?)",
            [
                (filed, number, title, read_title(title).key)
                for filed, (number, title) in enumerate(titles, start=self._last_filed() + 1)
            ],
        )

    def headlines(self) -> list[Headline]:
        """Give all that `revise` noted, in that order."""
        found = self._db.rows("SELECT filed, entry, title FROM headlines ORDER BY filed")
        return [Headline(filed=row["filed"], number=row["entry"], title=row["title"]) for row in found]

    def place(self, placed: Sequence[Placed], founded: Sequence[Story]) -> None:
        """Put entries into stories, `founded` first; what they were compared by is kept as a fact."""
        if founded:
            values = self._settled_values(founded)
            names = list(values[0])
            self._db.run_many(
                f"INSERT INTO stories ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})", values
            )
            memberships.add(self._db, founded)
        last = self._last_filed()
        places = [
            (
                one.number,
                one.placement.story,
                one.placement.reason,
                filed,
                one.candidate.title.plain,
                one.candidate.day,
                one.candidate.link,
            )
            for filed, one in enumerate(placed, start=last + 1)
        ]
        # In one statement: SQLite saves the pages of each that changes a reference, lest it break one.
        self._db.run(
            "UPDATE entries SET pending = NULL, story = p.value ->> 1, reason = p.value ->> 2, filed = p.value ->> 3,"
            " filed_title = p.value ->> 4, filed_day = p.value ->> 5, filed_link = p.value ->> 6"
            " FROM json_each(?) p WHERE number = p.value ->> 0",
            (orjson.dumps(places).decode(),),
        )

    def keep(self, numbers: Sequence[int]) -> None:
        """Leave changed entries in the stories where they are."""
        self._db.run_many("UPDATE entries SET pending = NULL WHERE number = ?", [(number,) for number in numbers])

    def _last_filed(self) -> int:
        """Give the place of the last filing: of an entry or of a headline that it got later."""
        found = self._db.rows(
            "SELECT max(coalesce((SELECT max(filed) FROM entries), 0), coalesce((SELECT max(filed) FROM headlines), 0))"
            " AS filed"
        )
        last: int = found[0]["filed"]
        return last

    def filed(self, after: int, limit: int) -> list[FiledEntry]:
        """Give the entries that were ever placed, in the order in which they were, those behind `after`."""
        found = self._db.rows(
            "SELECT e.number, e.filed, s.id AS source, e.id, e.filed_title, e.filed_day, e.filed_link, e.run, e.story,"
            " e.reason FROM entries e JOIN sources s ON s.number = e.source WHERE e.filed > ? ORDER BY e.filed LIMIT ?",
            (after, limit),
        )
        return [columns.filed_entry(row) for row in found]

    def founders(self) -> dict[int, str]:
        """Give which story each founding entry founded, also where that story was merged into another since."""
        return {row["founder"]: row["id"] for row in self._db.rows("SELECT founder, id FROM stories")}

    def entries(self, numbers: Sequence[int]) -> list[StoredEntry]:
        """Give entries by their numbers, in that order."""
        found: dict[int, StoredEntry] = {}
        for chunk in chunks(numbers):
            for row in self._db.rows(f"SELECT {columns.ENTRY_COLUMNS} WHERE e.number IN ({marks(chunk)})", chunk):
                found[row["number"]] = columns.stored_entry(row)
        return [found[number] for number in numbers]

    def titles(self, ids: Sequence[str]) -> dict[str, str]:
        """Give the founding titles of stories."""
        titles: dict[str, str] = {}
        for chunk in chunks(ids):
            rows = self._db.rows(f"SELECT id, title FROM stories WHERE id IN ({marks(chunk)})", chunk)
            titles |= {row["id"]: row["title"] for row in rows}
        return titles

    def merge_changes(self, merged: Mapping[str, str | None]) -> dict[str, str | None]:
        """Of what stories are merged into, give what is not so yet."""
        now = {row["id"]: row["merged_into"] for row in self._db.rows("SELECT id, merged_into FROM stories")}
        return {story: into for story, into in merged.items() if now[story] != into}

    def move(
        self, entries: Mapping[int, Placement], founded: Sequence[Story], merged: Mapping[str, str | None]
    ) -> None:
        """Put entries (by number) into other stories; say of stories which other one they were merged into, or none."""
        self.place([], founded)
        self._db.run_many(
            "UPDATE entries SET story = ?, reason = ? WHERE number = ?",
            [(placement.story, placement.reason, number) for number, placement in entries.items()],
        )
        self._db.run_many(
            "UPDATE stories SET merged_into = ? WHERE id = ?", [(into, story) for story, into in merged.items()]
        )
        memberships.drop(self._db, [story for story, into in merged.items() if into])

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries, in the order of `ids`."""
        return read_stories(self._db, ids)

    def settle(self, stories: Sequence[Story]) -> None:
        """Write what is shown of stories, since when, and which topics they are in."""
        if not stories:
            return
        self._db.run_many(
            "UPDATE stories SET updated = :updated, visible = :visible, shown = :shown, is_hidden = :is_hidden,"
            " revision = CASE WHEN version IS :version THEN revision ELSE :revision END, version = :version"
            " WHERE id = :id",
            self._settled_values(stories),
        )
        memberships.settle(self._db, stories)

    def _settled_values(self, stories: Iterable[Story]) -> list[dict[str, object]]:
        """Give the columns of stories, with a version and a revision that none has borne yet."""
        last: int = self._db.rows("SELECT coalesce(max(revision), 0) AS revision FROM stories")[0]["revision"]
        settled = []
        for story in stories:
            values = columns.story_values(story)
            settled.append(values | {"version": columns.story_version(story, values), "revision": last + 1})
        return settled

    def rules(self, kind: str) -> str | None:
        """Give the digest of the rules (`stories` or `topics`) that everything stored was last judged by."""
        found = self._db.rows("SELECT value FROM meta WHERE key = ?", (f"rules of {kind}",))
        return found[0]["value"] if found else None

    def set_rules(self, kind: str, rules: str) -> None:
        """Note the digest of the rules that everything stored is judged by now."""
        self._db.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            (f"rules of {kind}", rules),
        )

    def set_applied(self, told: str) -> None:
        """Note what feeds.yaml said that everything stored is concluded by now (see `plan.Said`)."""
        self._db.run(
            "INSERT INTO meta VALUES ('applied', ?) ON CONFLICT DO UPDATE SET value = excluded.value"
            " WHERE value <> excluded.value",
            (told,),
        )

    def story_ids(self, after: str, limit: int) -> list[str]:
        """Give ids of all stories, in order, those behind `after`."""
        found = self._db.rows(
            "SELECT id FROM stories WHERE id > ? AND merged_into IS NULL ORDER BY id LIMIT ?", (after, limit)
        )
        return [row["id"] for row in found]


def _starts(
    days: Sequence[tuple[str | None, int]], entries: int, size: int, beside: Mapping[str, int]
) -> Iterator[int]:
    """Say where batches begin, and the end: those of a day begin at a place and have so many stories beside them."""
    yield 0
    start = stories = 0
    for (day, first), (_, end) in pairwise([*days, (None, entries)]):
        more = beside.get(day or "", 0)
        if first > start and more and stories + more > _MOST_COMPARED:
            yield first
            start, stories = first, 0
        while end - start > size:
            start += size
            yield start
            stories = 0
        stories += more
    if entries > start:
        yield entries
