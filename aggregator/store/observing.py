"""What of a source's document is new or changed, and what is an old entry under another id?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from aggregator import links
from aggregator.model import Channel
from aggregator.store import Recorded
from aggregator.store import rows as columns
from aggregator.store.connection import Connection
from aggregator.store.observed import Observed, Unchanged
from aggregator.stories import read_title
from aggregator.stories.churn import Item, are_places, churned, is_most, is_reused, replaced, retitled, strangers

DIGEST_SIZE = 8
"""Of a `reading_digest`, in bytes."""

_CHANGING = (
    *("title", "link", "published", "updated", "precision", "trust", "summary", "content", "details"),
    *("digest", "visible", "title_key", "day", "rules", "found"),
)
_FIXED = ("id", "channel", "place", "source", "run", "first_seen", "revised", "is_backlog")
_REVISIONS = 5
_CHUNK = 500
_HOLDER = "number, id, digest, visible, title, day, link, published, is_pruned"


class Moment(Struct, frozen=True, kw_only=True):
    """When a document was read: by which run, at what time, and since when what is new in it counts as seen."""

    run: int
    now: datetime
    first_seen: datetime


def observe(
    connection: Connection, source: str, entries: Sequence[Observed | Unchanged], channel: Channel, moment: Moment
) -> Recorded:
    """Write what is new or changed of a document, within the transaction that is open.

    What bears another id than before gets it first; what was pruned stays so, however it comes again.
    """
    if not entries:
        return Recorded()
    number: int = connection.rows("SELECT number FROM sources WHERE id = ?", (source,))[0]["number"]
    return _Document(connection, number, entries).write(channel, moment)


def reading_digest(name: str) -> bytes:
    """Give by what an entry's id is remembered among those of the last document."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:DIGEST_SIZE]


class _Holder(Struct, frozen=True, kw_only=True):
    """A stored entry as far as what comes under its id is held against it."""

    number: int
    id: str
    digest: bytes
    visible: str
    is_pruned: int
    title: str | None
    day: str | None
    link: str | None
    published: str | None

    @property
    def item(self) -> Item:
        """What it is known again by."""
        day = date.fromisoformat(self.day) if self.day else None
        link = self.link and links.canonical(self.link)
        return Item(id=self.id, title=read_title(self.title), day=day, link=link, published=self.published)


class _Document:
    """The entries of one document beside what is stored of their source (by its number).

    `_observed` are those that may have to be written, by their ids; `_places` those of all.
    """

    def __init__(self, connection: Connection, source: int, entries: Sequence[Observed | Unchanged]) -> None:
        self._db = connection
        self._source = source
        self._observed = {observed.id: observed for observed in entries if isinstance(observed, Observed)}
        self._places = {observed.id: place for place, observed in enumerate(entries)}

    def write(self, channel: Channel, moment: Moment) -> Recorded:
        """Write all that is not stored as it is here."""
        reading = b"".join(map(reading_digest, self._places))
        self._db.run(
            "UPDATE sources SET reading = ? WHERE number = ? AND reading <> ?", (reading, self._source, reading)
        )
        holders, renamed = self._under_new_ids(self._holders())
        known = [holder for holder in holders.values() if self._differs(holder) and not holder.is_pruned]
        changed = [holder.id for holder in known]
        new = [name for name in self._observed if name not in holders]
        if new or changed:
            self._keep_former((one.number for one in known if one.visible != self._observed[one.id].visible), moment)
            self._write(new, channel, moment, revised=moment.first_seen)
            self._write(changed, channel, moment, revised=moment.now)
        return Recorded(new=len(new), changed=len(changed), churned=renamed)

    def _differs(self, holder: _Holder) -> bool:
        observed = self._observed.get(holder.id)
        return observed is not None and holder.digest != observed.digest

    def _holders(self) -> dict[str, _Holder]:
        found: dict[str, _Holder] = {}
        names = list(self._places)
        for start in range(0, len(names), _CHUNK):
            some = names[start : start + _CHUNK]
            for row in self._db.rows(
                f"SELECT {_HOLDER} FROM entries WHERE source = ? AND id IN ({','.join('?' * len(some))})",
                (self._source, *some),
            ):
                found[row["id"]] = _Holder(**row)
        return found

    def _under_new_ids(self, holders: dict[str, _Holder]) -> tuple[dict[str, _Holder], int]:
        """Give entries their new ids; tells who holds the document's ids then, and how many ids have churned."""
        if not (holders or self._db.rows("SELECT 1 FROM entries WHERE source = ? LIMIT 1", (self._source,))):
            return holders, 0
        items = [
            _item(observed)
            for name, observed in self._observed.items()
            if name not in holders or self._differs(holders[name])
        ]
        held = {item.id: holders[item.id].item for item in items if item.id in holders}
        moved = retitled(items, held)
        if moved and are_places(self._places, moved, self._like(moved).values()):
            churn, aside = self._by_place(items, holders)
        else:
            churn, aside = self._by_id(items, holders, held)
        if not (churn or aside):
            return holders, 0
        self._rename(churn, aside)
        return self._holders(), len(churn)

    def _by_id(
        self, items: Sequence[Item], holders: Mapping[str, _Holder], held: Mapping[str, Item]
    ) -> tuple[dict[int, str], dict[int, str]]:
        """Give, by number, the new ids of what is known under others, and of what lost its id to something new."""
        unknown = strangers(items, held)
        churn = churned(self._places, unknown, self._like(unknown)) if is_most(unknown, self._places) else {}
        return churn, {
            holders[item.id].number: _aside(held[item.id])
            for item in unknown
            if item.id in held and holders[item.id].number not in churn and (churn or is_reused(item, held[item.id]))
        }

    def _by_place(self, items: Sequence[Item], holders: Mapping[str, _Holder]) -> tuple[dict[int, str], dict[int, str]]:
        """Give the same of a document whose ids are but places."""
        held = {holders[item.id].number: holders[item.id].item for item in items if item.id in holders}
        unchanged = set(self._places) - {item.id for item in items}
        like = {number: item for number, item in self._like(items).items() if item.id not in unchanged}
        names = replaced(items, held | like)
        churn = {number: name for number, name in names.items() if name != (held | like)[number].id}
        return churn, {number: _aside(item) for number, item in held.items() if number not in names}

    def _like(self, items: Iterable[Item]) -> dict[int, Item]:
        """Give, by number, the stored entries of the source with the title and day of any of these."""
        found: dict[int, Item] = {}
        for key, day in {(item.title.key, _day(item.day)) for item in items}:
            for row in self._db.rows(
                f"SELECT {_HOLDER} FROM entries WHERE source = ? AND title_key = ? AND day IS ?",
                (self._source, key, day),
            ):
                found[row["number"]] = _Holder(**row).item
        return found

    def _rename(self, churn: Mapping[int, str], aside: Mapping[int, str]) -> None:
        # Ids may go round in a circle. Until all are free they are bytes, which no id of a source can equal.
        self._db.run_many(
            "UPDATE entries SET id = CAST(CAST(number AS TEXT) AS BLOB) WHERE number = ?",
            [(number,) for number in (*churn, *aside)],
        )
        self._db.run_many("UPDATE entries SET id = ? WHERE number = ?", [(name, n) for n, name in churn.items()])
        for number, name in aside.items():
            self._db.run("UPDATE entries SET id = ? WHERE number = ?", (self._told_apart(name, number), number))

    def _told_apart(self, name: str, number: int) -> str:
        taken = "SELECT 1 FROM entries WHERE source = ? AND id = ?"
        while name in self._places or self._db.rows(taken, (self._source, name)):
            name = f"{name}#{number}"
        return name

    def _keep_former(self, entries: Iterable[int], moment: Moment) -> None:
        """Keep the texts of entries that are about to be replaced, the latest few of each."""
        for entry in entries:
            self._db.run(
                "INSERT INTO revisions (entry, replaced, title, summary, content)"
                " SELECT number, ?, title, summary, content FROM entries WHERE number = ?",
                (columns.instant(moment.now), entry),
            )
            self._db.run(
                "DELETE FROM revisions WHERE entry = ? AND number <="
                " (SELECT number FROM revisions WHERE entry = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (entry, entry, _REVISIONS),
            )

    def _write(self, names: Iterable[str], channel: Channel, moment: Moment, *, revised: datetime) -> None:
        shared = {
            "channel": self._channel(channel),
            "source": self._source,
            "run": moment.run,
            "first_seen": columns.instant(moment.first_seen),
            "revised": columns.instant(revised),
        }
        written = (*_CHANGING, *_FIXED)
        self._db.run_many(
            f"INSERT INTO entries ({', '.join(written)}, pending)"
            f" VALUES ({', '.join(':' + column for column in written)}, 1)"
            f" ON CONFLICT (source, id) DO UPDATE SET"
            f" {', '.join(f'{column} = excluded.{column}' for column in _CHANGING)}, pending = 1,"
            " revised = CASE WHEN visible = excluded.visible THEN revised ELSE excluded.revised END",
            [_row(self._observed[name], self._places[name]) | shared for name in names],
        )

    def _channel(self, channel: Channel) -> int:
        told = columns.channel_json(channel)
        self._db.run("INSERT INTO channels (told) VALUES (?) ON CONFLICT DO NOTHING", (told,))
        number: int = self._db.rows("SELECT number FROM channels WHERE told = ?", (told,))[0]["number"]
        return number


def _row(observed: Observed, place: int) -> dict[str, object]:
    return {
        **observed.values,
        "digest": observed.digest,
        "visible": observed.visible,
        "title_key": observed.title_key,
        "day": _day(observed.day),
        "place": place,
        "is_backlog": int(observed.is_backlog),
    }


def _aside(item: Item) -> str:
    return f"{item.id}#{item.day}"


def _item(observed: Observed) -> Item:
    published = observed.values["published"]
    return Item(
        id=observed.id,
        title=read_title(observed.title),
        day=observed.day,
        link=observed.link,
        published=published if isinstance(published, str) else None,
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
