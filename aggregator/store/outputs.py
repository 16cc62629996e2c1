"""How are the log and the closed documents of outputs kept in SQLite?"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from aggregator.model import Format, Output, PublishedStory
from aggregator.store import choosing
from aggregator.store import rows as columns
from aggregator.store.choosing import MEMBER, ORDER, PUBLIC
from aggregator.store.connection import Connection
from aggregator.store.ledger import Archive, Frame, Joining, LogRow, Member, OutputState

_FIRST = (
    "NOT EXISTS (SELECT 1 FROM entries f JOIN entries o ON o.source = f.source"
    " WHERE f.number = s.founder AND o.run < f.run)"
)
_CHUNK = 500


class SqliteLedger:
    """The open transaction of a publish (see `Ledger`)."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def run(self) -> tuple[int, datetime]:
        """Give the number of the run that publishes, and when it began."""
        found = self._db.rows("SELECT number, started FROM runs ORDER BY number DESC LIMIT 1")[0]
        return found["number"], columns.parse_instant(found["started"])

    def revision(self) -> int:
        """Give the last revision of any story: where it is the same, nothing of any story has changed."""
        found: int = self._db.rows("SELECT coalesce(max(revision), 0) AS revision FROM stories")[0]["revision"]
        return found

    def states(self) -> dict[str, OutputState]:
        """Give what is remembered of every output that ever was, by slug."""
        return {row["slug"]: _state(row) for row in self._db.rows("SELECT * FROM outputs ORDER BY slug")}

    def save(self, state: OutputState) -> None:
        """Remember an output; its `updated` never goes back."""
        self._db.run(
            "INSERT INTO outputs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (slug) DO UPDATE SET"
            " title = excluded.title, formats = excluded.formats, names_copies = excluded.names_copies,"
            " rule = excluded.rule, revision = excluded.revision, run = excluded.run,"
            " updated = max(updated, excluded.updated), shown = excluded.shown, ended = excluded.ended,"
            " formerly = excluded.formerly",
            (
                state.slug,
                state.title,
                " ".join(form.value for form in state.formats),
                int(state.names_copies),
                state.rule,
                state.revision,
                state.run,
                columns.instant(state.updated),
                json.dumps(state.shown),
                state.ended and columns.instant(state.ended),
                " ".join(state.formerly),
            ),
        )

    def rename(self, former: str, slug: str) -> None:
        """Let an output have the log and the documents of its former slug; it has none of its own."""
        latest = "(SELECT max(updated) FROM outputs WHERE slug IN (?1, ?2))"
        self._db.run(f"UPDATE OR REPLACE outputs SET slug = ?1, updated = {latest} WHERE slug = ?2", (slug, former))
        self._db.run("UPDATE output_log SET output = ? WHERE output = ?", (slug, former))
        self._db.run("UPDATE archives SET output = ? WHERE output = ?", (slug, former))

    def window(self, output: Output, limit: int) -> list[Member]:
        """Give the newest stories of an output in published order, those left out that came late."""
        members = [_member(row) for row in choosing.window(self._db, output, limit)]
        if output.days is not None and members:
            oldest = members[0].order_date - timedelta(days=output.days)
            members = [member for member in members if member.order_date >= oldest]
        return members

    def unlogged(self, output: Output, since: int) -> list[Joining]:
        """Give the stories of an output behind a revision that are not in its log, in published order."""
        chosen, values = choosing.chosen(output)
        found = self._db.each(
            f"SELECT s.id, s.order_date, s.run, s.is_backlog, {_FIRST} AS is_first"
            f" FROM stories s INDEXED BY stories_by_revision WHERE s.revision > ? AND {PUBLIC} AND {chosen}"
            f" AND NOT EXISTS (SELECT 1 FROM output_log l WHERE l.output = ? AND l.story = s.id) ORDER BY {ORDER}",
            (since, *values, output.slug),
        )
        return [
            Joining(
                story=row["id"],
                order_date=columns.parse_instant(row["order_date"]),
                run=row["run"],
                is_backlog=bool(row["is_backlog"]),
                is_first=bool(row["is_first"]),
            )
            for row in found
        ]

    def revised(self, output: Output, since: int) -> list[tuple[str, bool]]:
        """Give those that changed their shown text behind a revision since they were archived, and which came late."""
        chosen, values = choosing.chosen(output)
        found = self._db.rows(
            "SELECT s.id, l.is_late FROM stories s INDEXED BY stories_by_revision"
            " CROSS JOIN output_log l ON l.output = ? AND l.story = s.id"
            f" WHERE s.revision > ? AND {PUBLIC} AND {chosen} AND l.archive IS NOT NULL AND l.visible IS NOT s.visible"
            " AND l.number = (SELECT max(number) FROM output_log m WHERE m.output = l.output AND m.story = l.story)"
            f" ORDER BY {ORDER}",
            (output.slug, since, *values),
        )
        return [(row["id"], bool(row["is_late"])) for row in found]

    def append(self, slug: str, stories: Sequence[str], *, is_late: bool) -> None:
        """Add stories to the log of an output."""
        last: int = self._db.rows(
            "SELECT coalesce(max(number), 0) AS number FROM output_log WHERE output = ?", (slug,)
        )[0]["number"]
        self._db.run_many(
            "INSERT INTO output_log SELECT ?, ?, id, visible, ?, NULL FROM stories WHERE id = ?",
            ((slug, number, int(is_late), story) for number, story in enumerate(stories, start=last + 1)),
        )

    def open_rows(self, output: Output) -> list[LogRow]:
        """Give the open rows of an output in their order; those of a story that merged into another are dropped."""
        self._db.run(
            "DELETE FROM output_log INDEXED BY output_log_open WHERE output = ? AND archive IS NULL"
            " AND story NOT IN (SELECT id FROM stories s WHERE s.id = story AND s.merged_into IS NULL)",
            (output.slug,),
        )
        chosen, values = choosing.chosen(output)
        found = self._db.each(
            f"SELECT l.number, l.story, l.is_late, s.is_hidden, {PUBLIC} AND {chosen} AS is_member"
            " FROM output_log l INDEXED BY output_log_open CROSS JOIN stories s ON s.id = l.story"
            " WHERE l.output = ? AND l.archive IS NULL ORDER BY l.number",
            (*values, output.slug),
        )
        return [
            LogRow(
                number=row["number"],
                story=row["story"],
                is_late=bool(row["is_late"]),
                is_member=bool(row["is_member"]),
                is_hidden=bool(row["is_hidden"]),
            )
            for row in found
        ]

    def members(self, stories: Sequence[str]) -> list[Member]:
        """Give stories that may be shown, in published order."""
        found: list[sqlite3.Row] = []
        for start in range(0, len(stories), _CHUNK):
            some = stories[start : start + _CHUNK]
            found += self._db.rows(
                f"SELECT {MEMBER} FROM stories s WHERE {PUBLIC} AND s.id IN ({','.join('?' * len(some))})", some
            )
        return [_member(row) for row in choosing.in_order(found)]

    def crowded(self, output: Output) -> set[str]:
        """Name the stories with open rows that `per_source` keeps out of an output."""
        ranked, values = choosing.ranked(output)
        found = self._db.rows(
            f"SELECT id FROM ({ranked}) WHERE nth > ?"
            " AND id IN (SELECT story FROM output_log WHERE output = ? AND archive IS NULL)",
            (*values, output.per_source, output.slug),
        )
        return {row["id"] for row in found}

    def close(
        self, slug: str, title: str, rows: Sequence[int], stories: tuple[PublishedStory, ...], frame: Frame
    ) -> None:
        """Close a document over rows of the log and freeze the stories as they were composed for it."""
        number = self.next_number(slug)
        self._db.run(
            "INSERT INTO archives VALUES (?, ?, ?, ?, ?, '', x'', x'', ?)",
            (slug, number, slug, title, columns.stories_blob(stories), json.dumps(frame)),
        )
        # The text as it stands now is what the document holds, not that of the day on which the story joined.
        self._db.run_many(
            "UPDATE output_log SET archive = ?, visible = (SELECT visible FROM stories WHERE id = story)"
            " WHERE output = ? AND number = ?",
            [(number, slug, row) for row in rows],
        )

    def next_number(self, slug: str) -> int:
        """Give the number of the document that closes next."""
        found: int = self._db.rows(
            "SELECT coalesce(max(number), 0) + 1 AS number FROM archives WHERE output = ? OR slug = ?", (slug, slug)
        )[0]["number"]
        return found

    def archives(self) -> dict[str, list[Archive]]:
        """Give all closed documents by output, the oldest first."""
        hidden: dict[tuple[str, int], list[str]] = {}
        for row in self._db.rows(
            "SELECT l.output, l.archive, l.story FROM stories s CROSS JOIN output_log l ON l.story = s.id"
            " WHERE s.is_hidden AND l.archive IS NOT NULL AND l.output IN (SELECT slug FROM outputs) ORDER BY l.story"
        ):
            hidden.setdefault((row["output"], row["archive"]), []).append(row["story"])
        found: dict[str, list[Archive]] = {}
        frames: dict[str, Frame] = {}
        for row in self._db.rows(
            "SELECT output, number, slug, title, made_of, frame FROM archives INDEXED BY archives_listed"
            " ORDER BY output, number"
        ):
            frame = row["frame"]
            if frame not in frames:
                frames[frame] = json.loads(frame)
            archive = Archive(
                output=row["output"],
                number=row["number"],
                slug=row["slug"],
                title=row["title"],
                made_of=row["made_of"],
                hidden=tuple(hidden.get((row["output"], row["number"]), ())),
                frame=frames[frame],
            )
            found.setdefault(archive.output, []).append(archive)
        return found

    def frozen(self, archive: Archive) -> tuple[PublishedStory, ...]:
        """Give the stories of a closed document, hidden ones too."""
        found = self._db.rows(
            "SELECT stories FROM archives WHERE output = ? AND number = ?", (archive.output, archive.number)
        )
        return columns.stories_from(found[0]["stories"])

    def save_archive(self, archive: Archive, files: Mapping[Format, bytes]) -> None:
        """Store how a closed document was rendered as Atom and JSON, and what it was made of."""
        atom, told = (zlib.compress(files[form], columns.QUICKLY) for form in (Format.ATOM, Format.JSON))
        self._db.run(
            "UPDATE archives SET made_of = ?, atom = ?, json = ? WHERE output = ? AND number = ?",
            (archive.made_of, atom, told, archive.output, archive.number),
        )

    def archive_file(self, archive: Archive, form: Format) -> bytes:
        """Give the bytes of a closed document."""
        column = "atom" if form is Format.ATOM else "json"
        found = self._db.rows(
            f"SELECT {column} AS content FROM archives WHERE output = ? AND number = ?",
            (archive.output, archive.number),
        )
        return zlib.decompress(found[0]["content"])


def _member(row: sqlite3.Row) -> Member:
    return Member(
        story=row["id"],
        order_date=columns.parse_instant(row["order_date"]),
        updated=columns.parse_instant(row["updated"]),
        version=row["version"],
    )


def _state(row: sqlite3.Row) -> OutputState:
    return OutputState(
        slug=row["slug"],
        title=row["title"],
        formats=tuple(Format(form) for form in row["formats"].split()),
        names_copies=bool(row["names_copies"]),
        rule=row["rule"],
        revision=row["revision"],
        run=row["run"],
        updated=columns.parse_instant(row["updated"]),
        shown=tuple((story, version, is_open) for story, version, is_open in json.loads(row["shown"])),
        ended=columns.parse_instant(row["ended"]) if row["ended"] else None,
        formerly=tuple(row["formerly"].split()),
    )
