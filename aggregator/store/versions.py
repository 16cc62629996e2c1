"""Is a file a database of ours, and of which age?

Asked at every start, and apart from `schema`, which only the few that make or change tables need.
"""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x46454544
"""`PRAGMA application_id` of our databases ("FEED"), so that another program's file is not taken for ours."""

MIGRATIONS = "aggregator"
"""The name under which a database remembers the migrations that it has run."""

KNOWN_MIGRATIONS = frozenset(
    {
        "0001_first_tables",
        "0002_headlines",
        "0003_headline_keys",
        "0004_found",
        "0005_memberships_of_stories",
        "0006_former_names",
        "0007_durations_in_days",
        "0008_archives_listed",
    }
)
"""The names of all migrations of `schema`; a database that has run another one was written by a newer version."""


def applied(connection: sqlite3.Connection) -> frozenset[str]:
    """Give the names of the migrations that a database has run, as sqlite-utils keeps them; none in an empty one."""
    told = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlite_migrations'"
    if connection.execute(told).fetchone() is None:
        return frozenset()
    found = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (MIGRATIONS,))
    return frozenset(name for (name,) in found.fetchall())
