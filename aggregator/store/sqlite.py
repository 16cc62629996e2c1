"""How does the embedded default keep the promise of `Store`?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from msgspec.structs import replace

from aggregator.model import Attempt, Channel, Format, PublishedSource, PublishedStory, Source, SourceState, Story
from aggregator.store import Filing, Recorded, Revision, TopicCount, history, keeping, search
from aggregator.store import rows as columns
from aggregator.store.connection import Connection
from aggregator.store.filing import SqliteFiling
from aggregator.store.ledger import Archive, Ledger
from aggregator.store.observed import Observed, Unchanged
from aggregator.store.observing import Moment, observe
from aggregator.store.outputs import SqliteLedger
from aggregator.store.reading import read_stories
from aggregator.stories import KnownStory
from aggregator.stories.overrules import Name

_MOST_DIGESTS = 500
_PUBLIC = "merged_into IS NULL AND NOT is_hidden"
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
        run: int,
        entries: Sequence[Observed | Unchanged],
        channel: Channel,
        first_seen: datetime,
        now: datetime,
        attempt: Attempt | None = None,
    ) -> Recorded:
        """Write what is new or changed of a source's entries, and the state that follows from it (see `Store`)."""
        with self._db.transaction():
            moment = Moment(run=run, now=now, first_seen=first_seen)
            recorded = observe(self._db, source, entries, channel, moment)
            self._save(state_after(recorded))
            if attempt:
                history.note(self._db, replace(attempt, new=recorded.new))
        return recorded

    def save_states(self, states: Sequence[SourceState], attempts: Sequence[Attempt] = ()) -> None:
        """Write states alone, put `attempts` into the histories of their sources, take the stamps of their runs off."""
        with self._db.transaction():
            for state in states:
                self._save(state)
            for attempt in attempts:
                history.note(self._db, attempt)

    def digests(self, source: str) -> dict[str, bytes]:
        """Give the digests of the entries of a source that came last (see `Store`)."""
        found = self._db.rows(
            "SELECT id, digest FROM entries WHERE source = (SELECT number FROM sources WHERE id = ?)"
            " ORDER BY run DESC LIMIT ?",
            (source, _MOST_DIGESTS),
        )
        return {row["id"]: row["digest"] for row in found}

    def attempts(self, source: str, limit: int) -> list[Attempt]:
        """Give the latest fetches of a source, the last one first; 50 are kept, for 30 days."""
        return history.latest(self._db, source, limit)

    def revisions(self, entry: int) -> list[Revision]:
        """Give the former texts of an entry (by number), the last one first; five are kept."""
        return keeping.revisions(self._db, entry)

    def prune(self, before: datetime, limit: int) -> int:
        """Let go of the texts of old entries; gives of how many (see `Store`)."""
        with self._db.transaction():
            return keeping.prune(self._db, before, limit)

    @contextmanager
    def filing(self) -> Iterator[Filing]:
        """Open the transaction in which a run files its entries."""
        with self._db.transaction():
            yield SqliteFiling(self._db)

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────

    def stories(self, ids: Sequence[str]) -> list[Story]:
        """Give stories with all their entries and matches, in the order of `ids`."""
        return read_stories(self._db, ids)

    def stories_since(self, since: datetime) -> list[str]:
        """Give the ids of the stories that are ordered from a time on, the newest first."""
        found = self._db.rows(
            "SELECT id FROM stories WHERE merged_into IS NULL AND order_date >= ?"
            " ORDER BY order_date DESC, run DESC, place, id",
            (columns.instant(since),),
        )
        return [row["id"] for row in found]

    def applied(self) -> str | None:
        """Give what feeds.yaml said when it was last applied, None where none was."""
        found = self._db.rows("SELECT value FROM meta WHERE key = 'applied'")
        return found[0]["value"] if found else None

    def noted(self, key: str) -> str | None:
        """Give what was noted last under a key (see `note`)."""
        found = self._db.rows("SELECT value FROM meta WHERE key = ?", (f"note of {key}",))
        return found[0]["value"] if found else None

    def note(self, key: str, value: str) -> None:
        """Note what a later run has to know, under a key."""
        self._db.run(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (f"note of {key}", value)
        )

    def merged(self) -> dict[str, str]:
        """Give which stories were merged into which other one, in the order of their ids."""
        found = self._db.rows("SELECT id, merged_into FROM stories WHERE merged_into IS NOT NULL ORDER BY +id")
        return {row["id"]: row["merged_into"] for row in found}

    def find_stories(self, name: Name) -> list[str]:
        """Give the ids of the stories that bear a title, link or id, the newest first; of a merged one, its new one."""
        return search.find(self._db, name)

    def stories_about(self, words: Sequence[str], limit: int) -> list[str]:
        """Give ids of stories in whose titles some folded words stand: those with the most of them, then the newest."""
        return search.about(self._db, words, limit)

    def known(self, days: Iterable[date], titles: Iterable[str], undated: Iterable[str] = ()) -> list[KnownStory]:
        """Give stories as they are compared (see `Filing.known`)."""
        return SqliteFiling(self._db).known(days, titles, undated)

    def published_sources(self) -> dict[str, PublishedSource | None]:
        """Give every source that ever was, as readers see it, by id; None where it must not be named."""
        found = self._db.rows("SELECT id, kind, address, title, url, public FROM sources")
        return {
            row["id"]: PublishedSource(
                id=row["id"],
                title=row["title"] or row["id"],
                url=row["url"],
                feed=row["address"] if row["address"].startswith(("http:", "https:")) else None,
            )
            if row["public"]
            else None
            for row in found
        }

    # ── publishing ──────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the transaction in which a run brings the logs and documents of all outputs forward."""
        with self._db.transaction():
            yield SqliteLedger(self._db)

    def archive_file(self, archive: Archive, form: Format) -> bytes:
        """Give the bytes of a closed document as it was rendered; Atom and JSON only."""
        return SqliteLedger(self._db).archive_file(archive, form)

    def frozen(self, archive: Archive) -> tuple[PublishedStory, ...]:
        """Give the stories of a closed document as they were when it closed, hidden ones too."""
        return SqliteLedger(self._db).frozen(archive)

    def announce(self, name: str) -> None:
        """Note that the hub is to be told of a published file."""
        self._db.run("INSERT INTO outbox VALUES (?) ON CONFLICT DO NOTHING", (name,))

    def unannounced(self) -> list[str]:
        """Give the published files of which the hub is to be told."""
        return [row["name"] for row in self._db.rows("SELECT name FROM outbox ORDER BY name")]

    def announced(self, names: Sequence[str]) -> None:
        """Note that the hub was told of published files."""
        with self._db.transaction():
            self._db.run_many("DELETE FROM outbox WHERE name = ?", [(name,) for name in names])

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
