"""How are a run's conclusions written, all or nothing?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from aggregator.links import canonical
from aggregator.model import StoredEntry, Story, TopicMatch
from aggregator.store import rows as columns
from aggregator.store.connection import Connection
from aggregator.stories import KnownStory, Placement, TitleKey

_CHUNK = 500


class SqliteFiling:
    """The open transaction of a filing (see `Filing`)."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def pending(self, limit: int) -> list[StoredEntry]:
        """Give the next entries that are new or changed, in the order of sources and of entries in their document."""
        found = self._db.rows(
            f"SELECT {columns.ENTRY_COLUMNS} WHERE e.pending"
            " ORDER BY s.rank IS NULL, s.rank, s.id, e.place, e.number LIMIT ?",
            (limit,),
        )
        return [columns.stored_entry(row) for row in found]

    def known(self, days: Iterable[date], titles: Iterable[str]) -> list[KnownStory]:
        """Give the stories that bear one of these titles, on one of these days or without any day.

        Where `days` is empty, stories of every day are given: an undated entry may be any day's.
        """
        wanted = sorted({day.isoformat() for day in days})
        bound = f" AND (day IS NULL OR day IN ({_marks(wanted)}))" if wanted else ""
        found: dict[str, KnownStory] = {}
        for chunk in _chunks(sorted(set(titles))):
            for row in self._db.rows(
                f"SELECT id, day, title_key, bare FROM stories WHERE title_key IN ({_marks(chunk)}){bound}",
                (*chunk, *wanted),
            ):
                day = date.fromisoformat(row["day"]) if row["day"] else None
                title = TitleKey(key=row["title_key"], bare=bool(row["bare"]))
                found[row["id"]] = KnownStory(id=row["id"], day=day, title=title, links=frozenset())
        return [
            KnownStory(id=story.id, day=story.day, title=story.title, links=frozenset(links))
            for story, links in self._with_links(found)
        ]

    def place(self, placements: Mapping[int, Placement | None], founded: Sequence[Story]) -> None:
        """Put entries (by number) into stories; None leaves one where it is. `founded` are the new stories."""
        values = [columns.story_values(story) for story in founded]
        if values:
            names = list(values[0])
            self._db.run_many(
                f"INSERT INTO stories ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})",
                values,
            )
        self._db.run_many(
            "UPDATE entries SET pending = NULL, story = coalesce(?, story), reason = coalesce(?, reason)"
            " WHERE number = ?",
            [
                (placement and placement.story, placement and placement.reason, number)
                for number, placement in placements.items()
            ],
        )

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries, in the order of `ids`."""
        return read_stories(self._db, ids)

    def settle(self, stories: Sequence[Story]) -> None:
        """Write what is shown of stories, since when, and which topics they are in."""
        self._db.run_many(
            "UPDATE stories SET updated = :updated, visible = :visible, shown = :shown WHERE id = :id",
            [columns.story_values(story) for story in stories],
        )
        self._db.run_many("DELETE FROM memberships WHERE story = ?", [(story.id,) for story in stories])
        self._db.run_many(
            "INSERT INTO memberships VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    topic,
                    story.id,
                    columns.instant(story.order_date),
                    story.run,
                    story.place,
                    columns.matches_json(why),
                )
                for story in stories
                for topic, why in _by_topic(story.matches).items()
            ],
        )

    def rules(self) -> str | None:
        """Give the digest of the rules that all stories were last matched by."""
        found = self._db.rows("SELECT value FROM meta WHERE key = 'rules'")
        return found[0]["value"] if found else None

    def set_rules(self, rules: str) -> None:
        """Note the digest of the rules that all stories are matched by now."""
        self._db.run("INSERT INTO meta VALUES ('rules', ?) ON CONFLICT DO UPDATE SET value = excluded.value", (rules,))

    def story_ids(self, after: str, limit: int) -> list[str]:
        """Give ids of all stories, in order, those behind `after`."""
        found = self._db.rows("SELECT id FROM stories WHERE id > ? ORDER BY id LIMIT ?", (after, limit))
        return [row["id"] for row in found]

    def _with_links(self, stories: Mapping[str, KnownStory]) -> list[tuple[KnownStory, set[tuple[str, str | None]]]]:
        links: dict[str, set[tuple[str, str | None]]] = {story: set() for story in stories}
        for chunk in _chunks(sorted(stories)):
            for row in self._db.rows(
                "SELECT e.story, s.id AS source, e.link FROM entries e JOIN sources s ON s.number = e.source"
                f" WHERE e.story IN ({_marks(chunk)})",
                chunk,
            ):
                links[row["story"]].add((row["source"], row["link"] and canonical(row["link"])))
        return [(story, links[name]) for name, story in stories.items()]


def read_stories(connection: Connection, ids: Sequence[str]) -> list[Story]:
    """Give stories with all their entries and matches, in the order of `ids`; unknown ids are left out."""
    found: dict[str, Story] = {}
    for chunk in _chunks(ids):
        marks = _marks(chunk)
        entries: dict[str, list[StoredEntry]] = {}
        for row in connection.rows(
            f"SELECT {columns.ENTRY_COLUMNS} WHERE e.story IN ({marks}) ORDER BY e.number", chunk
        ):
            entries.setdefault(row["story"], []).append(columns.stored_entry(row))
        matches: dict[str, tuple[TopicMatch, ...]] = {}
        for row in connection.rows(
            f"SELECT story, matches FROM memberships WHERE story IN ({marks}) ORDER BY topic", chunk
        ):
            matches[row["story"]] = matches.get(row["story"], ()) + columns.matches_from(row["matches"])
        for row in connection.rows(f"SELECT * FROM stories WHERE id IN ({marks})", chunk):
            name = row["id"]
            found[name] = columns.stored_story(row, tuple(entries.get(name, ())), matches.get(name, ()))
    return [found[name] for name in ids if name in found]


def _by_topic(matches: Sequence[TopicMatch]) -> dict[str, tuple[TopicMatch, ...]]:
    topics: dict[str, tuple[TopicMatch, ...]] = {}
    for match in matches:
        topics[match.topic] = (*topics.get(match.topic, ()), match)
    return topics


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
