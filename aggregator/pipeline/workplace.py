"""Where do a site's database, lock and published files lie, and who may work on them now?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import output
from aggregator.errors import StoreError
from aggregator.lock import locked
from aggregator.model import Config, SourceState
from aggregator.store import open_store

if TYPE_CHECKING:
    from aggregator.store import Store


class Places(Struct, frozen=True, kw_only=True):
    """The paths that belong to a feeds.yaml."""

    database: Path
    lock: Path
    public: Path
    health: Path

    @classmethod
    def of(cls, folder: Path) -> Places:
        """Give the places beside the feeds.yaml in `folder`."""
        return cls(
            database=folder / "data" / "aggregator.db",
            lock=folder / "data" / "aggregator.lock",
            public=folder / "public",
            health=folder / "data" / "health.atom",
        )


class Workplace(Struct, frozen=True, kw_only=True):
    """The store and the public folder of a site, while this process holds the lock."""

    config: Config
    store: Store
    public: output.PublicFolder


@contextmanager
def workplace(config: Config, *, wait: timedelta = timedelta(0), start_anew: bool = False) -> Iterator[Workplace]:
    """Take the lock, waiting up to `wait`, and open the database and the public folder.

    Raises LockedError where another run is at work, StoreError where the database is missing or empty beside a public
    folder that another one published (unless `start_anew`), OutputError where that folder is not ours.
    """
    places = Places.of(Path(config.folder))
    with locked(places.lock, wait):
        published_by = output.owner(places.public)
        if published_by and not start_anew:
            _require_database(places, published_by)
        store = open_store(places.database, create=True)
        try:
            if published_by and published_by != store.database and not start_anew:
                raise StoreError(_foreign(places, "is not the database that published"))
            store.register(config.sources)
            public = output.PublicFolder(places.public, store.database, adopt=start_anew)
            yield Workplace(config=config, store=store, public=public)
        finally:
            store.close()


@contextmanager
def opened(config: Config) -> Iterator[Store | None]:
    """Open the database without the lock; None where there is none yet, and none is made."""
    database = Places.of(Path(config.folder)).database
    if not database.is_file() or database.stat().st_size == 0:
        yield None
        return
    store = open_store(database, create=False)
    try:
        yield store
    finally:
        store.close()


def remembered(config: Config) -> dict[str, SourceState]:
    """Give what is remembered of each source, without the lock; nothing where there is no database yet."""
    with opened(config) as store:
        return store.states() if store else {}


def _require_database(places: Places, owner: str) -> None:
    if not places.database.is_file() or places.database.stat().st_size == 0:
        raise StoreError(_foreign(places, f"is missing or empty, but database {owner} published"))


def _foreign(places: Places, what: str) -> str:
    return (
        f"{places.database}: {what} {places.public}. Restore it from your backup; or start anew with --new,"
        " then readers may see stories again that they have read"
    )
