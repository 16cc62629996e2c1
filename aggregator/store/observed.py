"""How does an entry look that has just come, and what of it is to be stored?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from aggregator import links
from aggregator.model import Entry, Found
from aggregator.store import rows as columns
from aggregator.stories import title_key


class Unchanged(Struct, frozen=True, kw_only=True):
    """An entry that came as it is stored under its id: nothing of it will be written."""

    id: str


class Observed(Struct, frozen=True, kw_only=True):
    """An entry as it came, ready to be stored: pure data, made where there is a processor to spare.

    `values` are its columns by name, `digest` tells it from a changed one, `visible` is the digest of its visible text.
    It is known again by `title_key`, `link` (canonical) and `day`, that of the site, None where no date can be trusted.
    It `is_backlog` where it is as old as its source, for all that can be told: undated, and there when the source was
    first read.
    """

    id: str
    title: str | None
    title_key: str
    link: str | None
    day: date | None
    values: Mapping[str, object]
    digest: bytes
    visible: str
    is_backlog: bool

    @classmethod
    def of(
        cls,
        entry: Entry,
        *,
        visible: str,
        day: date | None = None,
        is_backlog: bool = False,
    ) -> Observed:
        """Make an entry ready, in which nobody has looked for terms yet."""
        values = columns.entry_values(entry)
        return cls(
            id=entry.id,
            title=entry.title,
            title_key=title_key(entry.title),
            link=entry.link and links.canonical(entry.link),
            day=day,
            values=values | columns.found_values(None),
            digest=columns.entry_digest(entry, values),
            visible=visible,
            is_backlog=is_backlog,
        )

    def with_found(self, found: Found) -> Observed:
        """Say which terms of topics stand there."""
        return replace(self, values={**self.values, **columns.found_values(found)})


def digest(entry: Entry) -> bytes:
    """Give what tells an entry from a changed one; what the other items of its document say does not change it."""
    return columns.entry_digest(entry, columns.entry_values(entry))
