"""How does a store look that has been filed into for years?

What a real run has filed and published is put into the past again and again, by SQL: entries, stories, memberships,
logs of outputs, the closed documents of these, and the fetches that are kept. Each copy lies four weeks further back,
under ids, titles and links of its own. Ids keep their random beginnings, so that indexes are as scattered as in life.

What is left out: old entries have no content beside their summary, all closed documents hold the text of one of them,
and their published files are empty. No update reads any of it. The first update after that puts right what follows for
the newest documents; it is not to be measured.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from aggregator import config
from aggregator.output import manifest, twins
from aggregator.pipeline.publish.parts import Site as Published
from aggregator.pipeline.publish.shelf import Shelf, digest
from aggregator.pipeline.workplace import workplace
from aggregator.publish import archives

_FETCHES = 49
_DAYS = 28
_ID = "substr({0}, 1, length({0}) - 6) || printf('%06x', :copy)"
_TIME = "strftime('%Y-%m-%dT%H:%M:%SZ', {0}, :back)"
_DAY = "date({0}, :back)"
_TEXT = "{0} || ' ' || :copy"
_NUMBER = "{0} + :step"

_MOVED: Mapping[str, Mapping[str, str]] = {
    "entries": {
        "number": _NUMBER,
        "id": "{0} || '#' || :copy",
        "content": "NULL",
        "story": _ID,
        "filed": "{0} + :filed",
        **dict.fromkeys(("title", "filed_title", "title_key"), _TEXT),
        **dict.fromkeys(("link", "filed_link"), "{0} || '?' || :copy"),
        **dict.fromkeys(("published", "updated", "first_seen", "revised"), _TIME),
        **dict.fromkeys(("day", "filed_day"), _DAY),
    },
    "stories": {
        "id": _ID,
        "day": _DAY,
        "title": _TEXT,
        "title_key": _TEXT,
        "founder": _NUMBER,
        "shown": _NUMBER,
        **dict.fromkeys(("order_date", "published", "updated"), _TIME),
    },
    "memberships": {"story": _ID, "order_date": _TIME},
}
"""How the columns of a copy differ from those of its original, `{0}`."""


def lengthen(folder: Path, stories: int) -> None:
    """Put copies of what a site's folder holds into the past, until it holds about so many stories."""
    with closing(sqlite3.connect(folder / "data" / "aggregator.db", isolation_level=None)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.execute("BEGIN")
        copies = max(0, round(stories / _number(connection, "SELECT count(*) FROM stories")) - 1)
        for table in (*_MOVED, "output_log"):
            connection.execute(f"CREATE TEMP TABLE now_{table} AS SELECT * FROM {table}")
        if copies:
            with _without_indexes(connection):
                _copy(connection, copies)
                closed = _close(connection, copies, config.load(folder / "feeds.yaml", os.environ).site.url)
        connection.execute(
            "WITH RECURSIVE nth(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM nth WHERE n < ?)"
            " INSERT INTO fetches (source, time, status, bytes, milliseconds, new)"
            " SELECT source, time, status, bytes, milliseconds, 0 FROM nth CROSS JOIN (SELECT * FROM fetches)",
            (_FETCHES,),
        )
        connection.execute("COMMIT")
    if copies:
        _lay_files(folder, closed)
    # What is measured next shall not wait for all that to reach the disk.
    os.sync()


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Take the indexes of the tables away while they are filled, and make them again as they were."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('entries', 'stories', 'memberships', 'output_log')"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, statement in found:
        connection.execute(statement)


def _copy(connection: sqlite3.Connection, copies: int) -> None:
    step = _number(connection, "SELECT max(number) FROM entries")
    filed = _number(connection, "SELECT max(filed) FROM entries")
    # The past was filed first.
    connection.execute("UPDATE entries SET filed = filed + ?", (filed * copies,))
    for copy in range(1, copies + 1):
        moved = {"copy": copy, "step": step * copy, "filed": filed * (copies - copy), "back": f"-{_DAYS * copy} days"}
        for table, changed in _MOVED.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            told = ", ".join(changed.get(column, "{0}").format(column) for column in columns)
            used = {name: value for name, value in moved.items() if f":{name}" in told}
            connection.execute(f"INSERT INTO {table} SELECT {told} FROM now_{table}", used)


def _close(connection: sqlite3.Connection, copies: int, url: str) -> dict[str, int]:
    """Log the copies in front of what is logged, and close documents over them; gives of each output how many."""
    closed: dict[str, int] = {}
    sizes = connection.execute("SELECT output, max(number) FROM now_output_log GROUP BY output").fetchall()
    for output, size in sizes:
        logged = size * copies
        closed[output] = count = -(-logged // archives.SIZE)
        connection.execute(
            "UPDATE output_log SET number = number + ?, archive = archive + ? WHERE output = ?", (logged, count, output)
        )
        for copy in range(1, copies + 1):
            connection.execute(
                f"INSERT INTO output_log SELECT output, number + :before, {_ID.format('story')}, visible, is_late,"
                " 1 + (number + :before - 1) / :full FROM now_output_log WHERE output = :output",
                {"copy": copy, "before": size * (copies - copy), "full": archives.SIZE, "output": output},
            )
        connection.execute("UPDATE archives SET number = -(number + ?) WHERE output = ?", (count, output))
        connection.execute("UPDATE archives SET number = -number WHERE number < 0")
        connection.executemany(
            "INSERT INTO archives SELECT output, ?, slug, title, stories, ?, x'', x'', frame FROM archives"
            " WHERE output = ? AND number = (SELECT max(number) FROM archives WHERE output = ?)",
            [(number, _made_of(output, number, url), output, output) for number in range(1, count + 1)],
        )
    return closed


def _made_of(output: str, number: int, url: str) -> str:
    """Say of what a closed document is made, as `Published.look` does, so that it is not rendered anew."""
    neighbours = (f"{output}/{number - 1}" if number > 1 else None, f"{output}/{number + 1}")
    return digest(f"{output}/{number}", url, neighbours, ())


def _lay_files(folder: Path, closed: Mapping[str, int]) -> None:
    """Lay an empty file for each that the copies have published, and name it as ours."""
    loaded = config.load(folder / "feeds.yaml", os.environ)
    public = folder / "public"
    with workplace(loaded) as place:
        published = Published(store=place.store, config=loaded, shelf=Shelf(place.store, loaded))
        with place.store.ledger() as ledger:
            published.look(ledger)
        parts = {name: part.made_of for part in published.parts() for name in part.names if _is_old(name, closed)}
    known = manifest.read_manifest(public)
    assert known
    files = [file for name in parts for file in twins.names(name)]
    for file in _fresh(public, files):
        file.write_bytes(b"")
    empty = sha256(b"").hexdigest()
    manifest.write_manifest(
        public,
        manifest.Manifest(
            database=known.database,
            files={**known.files, **dict.fromkeys(files, empty)},
            made_of={**known.made_of, **parts},
        ),
    )


def _is_old(name: str, closed: Mapping[str, int]) -> bool:
    output, _, rest = name.partition("/")
    number = rest.partition(".")[0]
    return number.isdecimal() and int(number) <= closed.get(output, 0)


def _fresh(public: Path, files: list[str]) -> Iterator[Path]:
    for name in files:
        path = public / name
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path


def _number(connection: sqlite3.Connection, statement: str) -> int:
    found: int = connection.execute(statement).fetchone()[0]
    return found
