"""What tables hold the memory, and how did they come to be?

An append-only list of migrations: a released one is never changed, since databases in the field have run it.

    meta          one value a key: the database's id, the rules that its stories were last matched by, and what
                  feeds.yaml said then
    runs          one row a run
    sources       one row a source: the timetable, what polling remembers (the fields of SourceState), and as short
                  digests the ids that its last document held
    fetches       the latest fetches of each source
    channels      what feeds said of themselves when an entry came; shared by the entries of one document
    entries       what each source said about each item; `pending` until it is filed into a story; `found` are the
                  terms of topics that stood there when it came, and `rules` is the digest of all these terms; of one
                  that `is_pruned` only title, link and what it was compared by are left
    headlines     under which other headlines entries stood since they were filed, each with its place among all filings
    revisions     the former texts of entries, the latest few of each
    stories       our own entries: id and order date never move
    memberships   which story is in which topic, why, and the sort key of the story once more; `:slug` stands for
                  an output that chooses its stories by a rule of its own
    outputs       what each published feed shows, since when (never goes back), and up to which revision it was logged
    output_log    the stories of each output in the order in which they joined it, and which document closed over them
    archives      the closed documents of outputs, frozen as they were composed, and as they were rendered; `frame` is
                  what else a document says, of the site and its output
    outbox        published files of which the WebSub hub has yet to be told

Times are RFC 3339 in UTC with whole seconds, so that text order is time order; durations are seconds.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from sqlite_utils import Migrations

from aggregator.store.versions import APPLICATION_ID, MIGRATIONS
from aggregator.stories import read_title

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations(MIGRATIONS)


@migrations(name="0001_first_tables")
def _first_tables(database: Database) -> None:
    for statement in _FIRST_TABLES.split(";"):
        if statement.strip():
            database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute("INSERT INTO meta VALUES ('database', ?)", (str(uuid.uuid4()),))


@migrations(name="0002_headlines")
def _headlines(database: Database) -> None:
    for statement in _HEADLINES.split(";"):
        database.execute(statement)


@migrations(name="0003_headline_keys")
def _headline_keys(database: Database) -> None:
    database.execute("ALTER TABLE headlines ADD COLUMN title_key TEXT NOT NULL DEFAULT ''")
    found = database.execute("SELECT filed, title FROM headlines").fetchall()
    for filed, title in found:
        database.execute("UPDATE headlines SET title_key = ? WHERE filed = ?", (read_title(title).key, filed))
    database.execute("CREATE INDEX headlines_by_title ON headlines (title_key)")


@migrations(name="0004_found")
def _found(database: Database) -> None:
    # What came before is searched when it is judged anew, as an entry is that was searched for other terms.
    database.execute("ALTER TABLE entries ADD COLUMN rules BLOB")
    database.execute("ALTER TABLE entries ADD COLUMN found TEXT")


@migrations(name="0005_memberships_of_stories")
def _memberships_of_stories(database: Database) -> None:
    for statement in _MEMBERSHIPS_OF_STORIES.split(";"):
        database.execute(statement)


@migrations(name="0006_former_names")
def _former_names(database: Database) -> None:
    database.execute("ALTER TABLE outputs ADD COLUMN formerly TEXT NOT NULL DEFAULT ''")


@migrations(name="0007_durations_in_days")
def _durations_in_days(database: Database) -> None:
    # The states of sources were written with weeks and years.
    for number, state in database.execute("SELECT number, state FROM sources").fetchall():
        database.execute("UPDATE sources SET state = ? WHERE number = ?", (_LONG.sub(_in_days, state), number))


@migrations(name="0008_archives_listed")
def _archives_listed(database: Database) -> None:
    # All that a publish asks of a closed document that stays as it is: it lies behind the bytes of the whole document.
    database.execute("CREATE INDEX archives_listed ON archives (output, number, slug, title, made_of, frame)")


_LONG = re.compile(r'"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(T[^"]*)?"')
_DAYS = (365, 30, 7, 1)


def _in_days(found: re.Match[str]) -> str:
    *counts, time = found.groups()
    days = sum(int(count or 0) * length for count, length in zip(counts, _DAYS, strict=True))
    return f'"P{days}D{time or ""}"'


# Those of one story lie side by side, which takes one index less; those of a topic are found in their order.
_MEMBERSHIPS_OF_STORIES = """
CREATE TABLE memberships_of_stories (
    topic TEXT NOT NULL,
    story TEXT NOT NULL REFERENCES stories (id),
    order_date TEXT NOT NULL,
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    matches TEXT NOT NULL,
    PRIMARY KEY (story, topic)
) WITHOUT ROWID;
INSERT INTO memberships_of_stories SELECT * FROM memberships ORDER BY story, topic;
DROP TABLE memberships;
ALTER TABLE memberships_of_stories RENAME TO memberships;
CREATE INDEX memberships_in_order ON memberships (topic, order_date DESC, run DESC, place, story)
"""

_HEADLINES = """
CREATE TABLE headlines (
    filed INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entries,
    title TEXT NOT NULL
);
CREATE INDEX headlines_by_entry ON headlines (entry, filed);

DROP INDEX stories_by_founder;

ALTER TABLE archives ADD COLUMN frame TEXT NOT NULL DEFAULT '{}'
"""

_FIRST_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE runs (
    number INTEGER PRIMARY KEY,
    started TEXT NOT NULL,
    finished TEXT
);

CREATE TABLE sources (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    title TEXT,
    url TEXT,
    public INTEGER NOT NULL,
    rank INTEGER,
    claimed_by INTEGER REFERENCES runs,
    next_due TEXT,
    state TEXT NOT NULL DEFAULT '{}',
    reading BLOB NOT NULL DEFAULT x''
);
CREATE INDEX sources_by_address ON sources (address);

CREATE TABLE fetches (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources,
    time TEXT NOT NULL,
    status INTEGER,
    bytes INTEGER NOT NULL,
    milliseconds INTEGER NOT NULL,
    new INTEGER NOT NULL,
    error TEXT
);
CREATE INDEX fetches_by_source ON fetches (source, number);

CREATE TABLE channels (
    number INTEGER PRIMARY KEY,
    told TEXT NOT NULL UNIQUE
);

CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES sources,
    id TEXT NOT NULL,
    title TEXT,
    link TEXT,
    published TEXT,
    updated TEXT,
    precision TEXT NOT NULL,
    trust TEXT NOT NULL,
    summary TEXT,
    content TEXT,
    details TEXT NOT NULL,
    channel INTEGER NOT NULL REFERENCES channels,
    digest BLOB NOT NULL,
    visible TEXT NOT NULL,
    place INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    first_seen TEXT NOT NULL,
    revised TEXT NOT NULL,
    pending INTEGER,
    story TEXT REFERENCES stories (id),
    reason TEXT,
    filed INTEGER,
    filed_title TEXT,
    filed_day TEXT,
    filed_link TEXT,
    title_key TEXT NOT NULL,
    day TEXT,
    is_backlog INTEGER NOT NULL,
    is_pruned INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, id)
);
CREATE INDEX entries_by_id ON entries (id);
CREATE INDEX entries_filed ON entries (filed);
CREATE INDEX entries_by_filed_title ON entries (filed_title);
CREATE INDEX entries_by_link ON entries (filed_link);
CREATE INDEX entries_pending ON entries (source, place) WHERE pending;
CREATE INDEX entries_by_story ON entries (story);
CREATE INDEX entries_by_run ON entries (source, run);
CREATE INDEX entries_by_title ON entries (source, title_key, day);

CREATE TABLE revisions (
    number INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES entries,
    replaced TEXT NOT NULL,
    title TEXT,
    summary TEXT,
    content TEXT
);
CREATE INDEX revisions_by_entry ON revisions (entry, number);

CREATE TABLE stories (
    id TEXT PRIMARY KEY,
    day TEXT,
    title TEXT NOT NULL,
    title_key TEXT NOT NULL,
    order_date TEXT NOT NULL,
    precision TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    place INTEGER NOT NULL,
    founder INTEGER NOT NULL REFERENCES entries,
    published TEXT,
    is_hidden INTEGER NOT NULL,
    is_backlog INTEGER NOT NULL,
    merged_into TEXT REFERENCES stories (id),
    updated TEXT NOT NULL,
    visible TEXT,
    shown INTEGER REFERENCES entries,
    version TEXT,
    revision INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX stories_by_revision ON stories (revision);
CREATE INDEX stories_hidden ON stories (id) WHERE is_hidden;
CREATE INDEX stories_by_title ON stories (title_key, day);
CREATE INDEX stories_by_day ON stories (day);
CREATE INDEX stories_by_founder ON stories (founder);
CREATE INDEX stories_merged ON stories (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX stories_in_order ON stories (order_date DESC, run DESC, place, id);

CREATE TABLE memberships (
    topic TEXT NOT NULL,
    story TEXT NOT NULL REFERENCES stories (id),
    order_date TEXT NOT NULL,
    run INTEGER NOT NULL,
    place INTEGER NOT NULL,
    matches TEXT NOT NULL,
    PRIMARY KEY (topic, story)
) WITHOUT ROWID;
CREATE INDEX memberships_in_order ON memberships (topic, order_date DESC, run DESC, place, story);
CREATE INDEX memberships_by_story ON memberships (story);

CREATE TABLE outputs (
    slug TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    formats TEXT NOT NULL,
    names_copies INTEGER NOT NULL,
    rule TEXT NOT NULL,
    revision INTEGER NOT NULL,
    run INTEGER NOT NULL,
    updated TEXT NOT NULL,
    shown TEXT NOT NULL,
    ended TEXT
) WITHOUT ROWID;

CREATE TABLE output_log (
    output TEXT NOT NULL,
    number INTEGER NOT NULL,
    story TEXT NOT NULL,
    visible TEXT,
    is_late INTEGER NOT NULL,
    archive INTEGER,
    PRIMARY KEY (output, number)
) WITHOUT ROWID;
CREATE INDEX output_log_by_story ON output_log (output, story, number);
CREATE INDEX output_log_open ON output_log (output, number) WHERE archive IS NULL;
CREATE INDEX output_log_late ON output_log (output, story) WHERE is_late;

CREATE TABLE archives (
    output TEXT NOT NULL,
    number INTEGER NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    stories BLOB NOT NULL,
    made_of TEXT NOT NULL,
    atom BLOB NOT NULL,
    json BLOB NOT NULL,
    PRIMARY KEY (output, number)
);

CREATE TABLE outbox (name TEXT PRIMARY KEY) WITHOUT ROWID
"""
