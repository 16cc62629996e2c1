"""Does a database of any former version come to be what this one expects?"""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlite_utils import Database

from aggregator.store.rows import state_from
from aggregator.store.schema import migrations
from aggregator.store.versions import KNOWN_MIGRATIONS, applied

LEFT_BY = {
    "0001_first_tables": "8972ba731e08",
    "0002_headlines": "27038180c546",
    "0003_headline_keys": "83d55f71b307",
    "0004_found": "5d2876363ea9",
    "0005_memberships_of_stories": "54ac02de4fb9",
    "0006_former_names": "5b04c6c1b82b",
    "0007_durations_in_days": "5b04c6c1b82b",
    "0008_archives_listed": "6ad455de86e6",
}
"""A digest of the schema that each migration leaves: a migration that was published once is never changed."""


@pytest.mark.parametrize("name", LEFT_BY)
def test_a_migration_that_was_published_never_changes(name: str) -> None:
    """Databases remember by name what they have run, so what one lacks must come with a migration of another name."""
    names = sorted(LEFT_BY)
    later = names[names.index(name) + 1 :]
    database = Database(memory=True)
    migrations.apply(database, stop_before=later[:1])
    assert _digest(database) == LEFT_BY[name]


def test_all_migrations_are_held_to_this() -> None:
    """A new migration gets its line here."""
    assert set(LEFT_BY) == KNOWN_MIGRATIONS
    database = Database(memory=True)
    assert applied(database.conn) == frozenset()
    migrations.apply(database)
    assert applied(database.conn) == KNOWN_MIGRATIONS


def test_durations_of_former_versions_are_read() -> None:
    """They were written with weeks and years, which what reads states today does not know."""
    database = Database(memory=True)
    migrations.apply(database, stop_before=["0007_durations_in_days"])
    told = '{"source":"amt","etag":"\\"P1W\\"","interval":"PT15M","pace":"P1Y2W3DT4H","hints":{"ttl":"P1W"}}'
    database.execute(
        "INSERT INTO sources (id, kind, address, public, state) VALUES ('amt', 'feed', 'https://amt.example/', 1, ?)",
        (told,),
    )
    migrations.apply(database)
    state = state_from("amt", next(database["sources"].rows)["state"])
    assert (state.interval, state.pace) == (timedelta(minutes=15), timedelta(days=365 + 14 + 3, hours=4))
    assert (state.hints.ttl, state.etag) == (timedelta(days=7), '"P1W"')


def _digest(database: Database) -> str:
    found = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
    told = "\n".join(" ".join(sql.split()) for (sql,) in found)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
