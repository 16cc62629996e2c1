"""Does a database of any former version come to be what this one expects?"""

from __future__ import annotations

import hashlib

import pytest
from sqlite_utils import Database

from aggregator.store.schema import KNOWN_MIGRATIONS, migrations

LEFT_BY = {
    "0001_first_tables": "8972ba731e08",
    "0002_headlines": "27038180c546",
    "0003_headline_keys": "83d55f71b307",
    "0004_found": "5d2876363ea9",
    "0005_memberships_of_stories": "54ac02de4fb9",
    "0006_former_names": "5b04c6c1b82b",
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


def _digest(database: Database) -> str:
    found = database.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
    told = "\n".join(" ".join(sql.split()) for (sql,) in found)
    return hashlib.sha256(told.encode()).hexdigest()[:12]
