"""What tables hold the memory, and how did they come to be?

An append-only list of migrations: a released one is never changed, since databases in the field have run it.

    meta          one value a key: the database's id, the rules that its stories were last matched by
    runs          one row a run
    sources       one row a source: the timetable, and what polling remembers (the fields of SourceState)
    channels      what feeds said of themselves when an entry came; shared by the entries of one document
    entries       what each source said about each item; `pending` until it is filed into a story
    stories       our own entries: id and order date never move
    memberships   which story is in which topic, why, and the sort key of the story once more
    outputs       when each published feed last changed; never goes back

Times are RFC 3339 in UTC with whole seconds, so that text order is time order; durations are seconds.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x46454544
"""`PRAGMA application_id` of our databases ("FEED"), so that another program's file is not taken for ours."""

migrations = Migrations("aggregator")

KNOWN_MIGRATIONS = frozenset({"0001_first_tables"})
"""The names of all migrations below; a database that has run another one was written by a newer version."""


@migrations(name="0001_first_tables")
def _first_tables(database: Database) -> None:
    for statement in _FIRST_TABLES.split(";"):
        if statement.strip():
            database.execute(statement)
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute("INSERT INTO meta VALUES ('database', ?)", (str(uuid.uuid4()),))


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
    state TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX sources_by_address ON sources (address);

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
    first_seen TEXT NOT NULL,
    revised TEXT NOT NULL,
    pending INTEGER,
    story TEXT REFERENCES stories (id),
    reason TEXT,
    UNIQUE (source, id)
);
CREATE INDEX entries_pending ON entries (source, place) WHERE pending;
CREATE INDEX entries_by_story ON entries (story);

CREATE TABLE stories (
    id TEXT PRIMARY KEY,
    day TEXT,
    title_key TEXT NOT NULL,
    bare INTEGER NOT NULL,
    order_date TEXT NOT NULL,
    precision TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs,
    place INTEGER NOT NULL,
    updated TEXT NOT NULL,
    visible TEXT,
    shown INTEGER REFERENCES entries
) WITHOUT ROWID;
CREATE INDEX stories_by_title ON stories (title_key, day);
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
    updated TEXT NOT NULL
) WITHOUT ROWID
"""
