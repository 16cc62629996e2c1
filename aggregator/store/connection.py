"""How is the database opened, and what does its failure mean to a user?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store import versions


class Connection:
    """One connection to the database of one process; only the thread that opened it may use it."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self._path = path
        if not create and not path.is_file():
            raise StoreError(f"{path}: there is no database yet; `aggregator update` makes it")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path.parent}: cannot be made: {error.strerror}") from error
        with self.errors():
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        try:
            with self.errors():
                self._prepare(create=create)
        except StoreError:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def rows(self, statement: str, values: object = ()) -> list[sqlite3.Row]:
        """Run one reading statement."""
        with self.errors():
            return self._connection.execute(statement, values).fetchall()  # type: ignore[arg-type]

    def each(self, statement: str, values: object = ()) -> Iterator[sqlite3.Row]:
        """Run a reading statement that gives very many rows, one by one; nothing may be written until its end."""
        with self.errors():
            yield from self._connection.execute(statement, values)  # type: ignore[arg-type]

    def run(self, statement: str, values: object = ()) -> sqlite3.Cursor:
        """Run one writing statement; its cursor tells the new row's number."""
        with self.errors():
            return self._connection.execute(statement, values)  # type: ignore[arg-type]

    def run_many(self, statement: str, values: object) -> None:
        """Run one writing statement for many rows."""
        with self.errors():
            self._connection.executemany(statement, values)  # type: ignore[arg-type]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing; the write lock is taken at once, since a deferred one fails under contention."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self.run("COMMIT")

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn a failure of SQLite into one that says what to do."""
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}; {_advice(error)}") from error

    def _prepare(self, *, create: bool) -> None:
        self._connection.row_factory = sqlite3.Row
        application, tables = (
            self._connection.execute("PRAGMA application_id").fetchone()[0],
            self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0],
        )
        if tables and application != versions.APPLICATION_ID:
            raise StoreError(f"{self._path}: is a database of another program; move it away")
        applied = versions.applied(self._connection)
        if applied - versions.KNOWN_MIGRATIONS:
            raise StoreError(f"{self._path}: was written by a newer version of this program; install that version")
        self._connection.execute("PRAGMA foreign_keys = ON")
        pending = versions.KNOWN_MIGRATIONS - applied
        if pending and not create:
            raise StoreError(f"{self._path}: is of an older version; `aggregator publish` brings it up to date")
        if create:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            # KiB: filing looks at many places of the indexes.
            self._connection.execute("PRAGMA cache_size = -32768")
            # Pages: a run writes most of them several times; the log is emptied when it closes the database.
            self._connection.execute("PRAGMA wal_autocheckpoint = 8000")
        if pending:
            self._migrate()

    def _migrate(self) -> None:
        from sqlite_utils import Database

        from aggregator.store.schema import migrations

        migrations.apply(Database(self._connection, execute_plugins=False))


def _advice(error: sqlite3.Error) -> str:
    text = str(error)
    if "disk is full" in text or "disk I/O" in text:
        return "free some space on the disk; nothing that was stored is lost"
    if "readonly" in text or "unable to open" in text:
        return "make the file and its folder writable for this user"
    if "locked" in text:
        return "another program holds the database; close it"
    return "restore the database from a backup; `sqlite3 FILE .recover` saves what can be read"
