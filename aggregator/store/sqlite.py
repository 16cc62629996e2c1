"""How does the embedded default keep the promise of `Store`?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from aggregator.model import Channel, PublishedSource, Source, SourceState, Story
from aggregator.store import Filing, Observed, Recorded, TopicCount
from aggregator.store import rows as columns
from aggregator.store.connection import Connection
from aggregator.store.filing import SqliteFiling, read_stories

_TOLD = ("title", "link", "published", "updated", "precision", "trust", "summary", "content", "details")
_SAME_ORDER = "ORDER BY order_date DESC, run DESC, place, {id} LIMIT ?"


class SqliteStore:
    """A store in one SQLite file; StoreError wherever the file cannot be used."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self._db = Connection(path, create=create)
        self._database: str = self._db.rows("SELECT value FROM meta WHERE key = 'database'")[0]["value"]

    @property
    def database(self) -> str:
        """The id of this database, made once."""
        return self._database

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # ── runs and sources ────────────────────────────────────────────────────────────────────────────────────

    def begin_run(self, now: datetime) -> int:
        """Note that a run begins; gives its number."""
        with self._db.transaction():
            number = self._db.run("INSERT INTO runs (started) VALUES (?)", (columns.instant(now),)).lastrowid
        return number or 0

    def end_run(self, run: int, now: datetime) -> None:
        """Note that a run has ended."""
        self._db.run("UPDATE runs SET finished = ? WHERE number = ?", (columns.instant(now), run))

    def last_run(self) -> tuple[datetime, datetime | None] | None:
        """Give the start and end of the last run, None where there was none."""
        found = self._db.rows("SELECT started, finished FROM runs ORDER BY number DESC LIMIT 1")
        if not found:
            return None
        finished = found[0]["finished"]
        return columns.parse_instant(found[0]["started"]), finished and columns.parse_instant(finished)

    def register(self, sources: Sequence[Source]) -> None:
        """Take over what feeds.yaml names; one whose id changed but not its address is the same source."""
        with self._db.transaction():
            self._follow_addresses(sources)
            self._db.run("UPDATE sources SET rank = NULL WHERE rank IS NOT NULL")
            self._db.run_many(
                "INSERT INTO sources (id, kind, address, title, url, public, rank) VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET"
                " state = CASE WHEN address = excluded.address AND kind = excluded.kind THEN state ELSE '{}' END,"
                " next_due = CASE WHEN address = excluded.address AND kind = excluded.kind THEN next_due END,"
                " kind = excluded.kind, address = excluded.address, title = excluded.title, url = excluded.url,"
                " public = excluded.public, rank = excluded.rank",
                [(s.id, s.kind.value, s.address, s.title, s.url, int(s.public), s.rank) for s in sources],
            )

    def states(self) -> dict[str, SourceState]:
        """Give what is remembered of each source in feeds.yaml, by id."""
        found = self._db.rows("SELECT id, state FROM sources WHERE rank IS NOT NULL ORDER BY rank")
        return {row["id"]: columns.state_from(row["id"], row["state"]) for row in found}

    def claimed(self) -> frozenset[str]:
        """Give the sources that a run has claimed and not recorded: under the lock, a dead run's."""
        return frozenset(row["id"] for row in self._db.rows("SELECT id FROM sources WHERE claimed_by IS NOT NULL"))

    def claim(self, run: int, sources: Sequence[str]) -> None:
        """Stamp sources with a run."""
        with self._db.transaction():
            self._db.run_many("UPDATE sources SET claimed_by = ? WHERE id = ?", [(run, name) for name in sources])

    def release(self, run: int) -> None:
        """Take the stamp of a run off the sources that it did not record."""
        self._db.run("UPDATE sources SET claimed_by = NULL WHERE claimed_by = ?", (run,))

    # ── observing ───────────────────────────────────────────────────────────────────────────────────────────

    def record(
        self,
        source: str,
        state_after: Callable[[Recorded], SourceState],
        *,
        entries: Sequence[Observed],
        channel: Channel,
        first_seen: datetime,
        now: datetime,
    ) -> Recorded:
        """Write what is new or changed of a source's entries, marked as pending, and the state that follows from it."""
        with self._db.transaction():
            recorded = self._write_new(source, entries, channel, first_seen=first_seen, now=now)
            self._save(state_after(recorded))
        return recorded

    def save_states(self, states: Sequence[SourceState]) -> None:
        """Write states alone, and take the stamps of their runs off."""
        with self._db.transaction():
            for state in states:
                self._save(state)

    @contextmanager
    def filing(self) -> Iterator[Filing]:
        """Open the transaction in which a run files its entries."""
        with self._db.transaction():
            yield SqliteFiling(self._db)

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────

    def window(self, topics: Sequence[str] | None, limit: int) -> list[str]:
        """Give the ids of the newest stories of any of these topics (None: of all), in published order."""
        if topics is None:
            found = self._db.rows(f"SELECT id FROM stories {_SAME_ORDER.format(id='id')}", (limit,))
            return [row["id"] for row in found]
        newest: dict[str, tuple[str, int, int]] = {}
        for topic in topics:
            order = _SAME_ORDER.format(id="story")
            for row in self._db.rows(
                f"SELECT story, order_date, run, place FROM memberships WHERE topic = ? {order}",
                (topic, limit),
            ):
                newest[row["story"]] = (row["order_date"], row["run"], row["place"])
        ordered = sorted(newest, key=lambda story: (newest[story][2], story))
        ordered.sort(key=lambda story: newest[story][:2], reverse=True)
        return ordered[:limit]

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries and matches, in the order of `ids`."""
        return read_stories(self._db, ids)

    def published_sources(self) -> dict[str, PublishedSource]:
        """Give every source that ever was, as readers see it, by id."""
        found = self._db.rows("SELECT id, kind, address, title, url, public FROM sources")
        return {
            row["id"]: PublishedSource(
                id=row["id"],
                title=row["title"] or row["id"],
                url=row["url"],
                feed=row["address"] if row["public"] and row["address"].startswith(("http:", "https:")) else None,
            )
            for row in found
        }

    def output_updated(self, updated: Mapping[str, datetime]) -> dict[str, datetime]:
        """Move outputs' `updated` forward, never back; gives what holds now."""
        with self._db.transaction():
            self._db.run_many(
                "INSERT INTO outputs VALUES (?, ?) ON CONFLICT (slug)"
                " DO UPDATE SET updated = excluded.updated WHERE excluded.updated > updated",
                [(slug, columns.instant(value)) for slug, value in updated.items()],
            )
            found = self._db.rows("SELECT slug, updated FROM outputs")
        return {row["slug"]: columns.parse_instant(row["updated"]) for row in found if row["slug"] in updated}

    def topic_counts(self, topics: Sequence[str]) -> list[TopicCount]:
        """Count the stories of topics."""
        counts = []
        for topic in topics:
            row = self._db.rows(
                "SELECT count(*) AS stories, max(order_date) AS newest FROM memberships WHERE topic = ?",
                (topic,),
            )[0]
            newest = row["newest"] and columns.parse_instant(row["newest"])
            counts.append(TopicCount(id=topic, stories=row["stories"], newest=newest))
        return counts

    # ── parts ───────────────────────────────────────────────────────────────────────────────────────────────

    def _follow_addresses(self, sources: Sequence[Source]) -> None:
        """Give rows the ids that feeds.yaml now has for their addresses, where those ids are free."""
        known = {row["id"]: row["address"] for row in self._db.rows("SELECT id, address FROM sources ORDER BY rank")}
        holder = {address: name for name, address in reversed(known.items())}
        moves = {
            holder[source.address]: source.id
            for source in sources
            if source.address in holder and known.get(source.id) != source.address
        }
        for former, name in moves.items():
            if name not in known or name in moves:
                self._db.run("UPDATE sources SET id = ? WHERE id = ?", (f":{name}", former))
        self._db.run("UPDATE sources SET id = substr(id, 2) WHERE id LIKE ':%'")

    def _save(self, state: SourceState) -> None:
        due = state.next_due and columns.instant(state.next_due)
        self._db.run(
            "UPDATE sources SET state = ?, next_due = ?, claimed_by = NULL WHERE id = ?",
            (columns.state_json(state), due, state.source),
        )

    def _write_new(
        self,
        source: str,
        entries: Sequence[Observed],
        channel: Channel,
        *,
        first_seen: datetime,
        now: datetime,
    ) -> Recorded:
        if not entries:
            return Recorded()
        number = self._db.rows("SELECT number FROM sources WHERE id = ?", (source,))[0]["number"]
        known = self._digests(number, [observed.entry.id for observed in entries])
        rows = [self._entry_row(observed, place) for place, observed in enumerate(entries)]
        fresh = [row for row in rows if known.get(str(row["id"])) != row["digest"]]
        if fresh:
            shared = {
                "channel": self._channel(channel),
                "source": number,
                "first_seen": columns.instant(first_seen),
            }
            for row in fresh:
                row.update(shared)
                row["revised"] = columns.instant(now) if row["id"] in known else shared["first_seen"]
            self._write_entries(fresh)
        new = sum(row["id"] not in known for row in fresh)
        return Recorded(new=new, changed=len(fresh) - new)

    def _digests(self, source: int, ids: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            marks = ",".join("?" * len(some))
            for row in self._db.rows(
                f"SELECT id, digest FROM entries WHERE source = ? AND id IN ({marks})",
                (source, *some),
            ):
                found[row["id"]] = row["digest"]
        return found

    def _entry_row(self, observed: Observed, place: int) -> dict[str, object]:
        values = columns.entry_values(observed.entry)
        return values | {"digest": columns.entry_digest(values), "visible": observed.visible, "place": place}

    def _channel(self, channel: Channel) -> int:
        told = columns.channel_json(channel)
        self._db.run("INSERT INTO channels (told) VALUES (?) ON CONFLICT DO NOTHING", (told,))
        number: int = self._db.rows("SELECT number FROM channels WHERE told = ?", (told,))[0]["number"]
        return number

    def _write_entries(self, fresh: list[dict[str, object]]) -> None:
        changed = [*_TOLD, "digest", "visible"]
        names = [*changed, "id", "channel", "place", "source", "first_seen", "revised"]
        self._db.run_many(
            f"INSERT INTO entries ({', '.join(names)}, pending)"
            f" VALUES ({', '.join(':' + name for name in names)}, 1)"
            f" ON CONFLICT (source, id) DO UPDATE SET"
            f" {', '.join(f'{name} = excluded.{name}' for name in changed)}, pending = 1,"
            " revised = CASE WHEN visible = excluded.visible THEN revised ELSE excluded.revised END",
            fresh,
        )
