"""What does a worker make of the bytes of a source, so that the one writer has little left to do?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from aggregator import stories, workers
from aggregator.model import Context, Entry, Reading, SourceKind
from aggregator.sources import markup
from aggregator.store.observed import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What came out of the bytes of a source, and of it what is to be stored."""

    reading: Reading
    observed: tuple[Observed, ...]


def read(kind: SourceKind, body: bytes, context: Context) -> Read:
    """Read the bytes of a source; raises `SourceError` (see `sources.parse`)."""
    reading = workers.parse(kind, body, context)
    observed = tuple(_observed(entry, context) for entry in reading.entries if _says_something(entry))
    return Read(reading=reading, observed=observed)


def _observed(entry: Entry, context: Context) -> Observed:
    date = stories.told_date(entry)
    return Observed.of(
        entry,
        visible=_visible(entry),
        day=date.astimezone(context.timezone).date() if date else None,
        is_backlog=context.is_first and entry.published is None and entry.updated is None,
    )


def _says_something(entry: Entry) -> bool:
    """Whether a reader would find anything in an entry: an `<item/>` is no news, and an emptied one no revision."""
    return any((entry.title, entry.link, entry.summary, entry.content, entry.enclosures, entry.comments))


def _visible(entry: Entry) -> str:
    """Digest what a reader sees of an entry."""
    parts = (entry.title or "", markup.to_text(entry.summary or ""), markup.to_text(entry.content or ""))
    visible = "\n".join(" ".join(part.split()) for part in parts)
    return hashlib.sha256(visible.encode("utf-8", "surrogatepass")).hexdigest()[:32]
