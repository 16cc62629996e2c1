"""What does a worker make of the bytes of a source, so that the one writer has little left to do?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from aggregator import stories, workers
from aggregator.model import Context, Entry, Reading, SourceKind, Topic
from aggregator.pipeline.choose import texts
from aggregator.store.observed import Observed, Unchanged, digest
from aggregator.topics import Searcher, Texts


class Read(Struct, frozen=True, kw_only=True):
    """What came out of the bytes of a source, and of it what is to be stored; `reading` holds no long texts."""

    reading: Reading
    observed: tuple[Observed | Unchanged, ...]


class Reader:
    """Reads sources for a feeds.yaml whose `rules` (see `choose.rules`) are looked for; a worker gets it only once."""

    def __init__(self, rules: Sequence[Topic]) -> None:
        self._rules = tuple(rules)

    def __call__(self, kind: SourceKind, body: bytes, context: Context) -> Read:
        """Read the bytes of a source; raises `SourceError` (see `sources.parse`)."""
        unchanged: dict[str, Unchanged] = {}

        def is_known(entry: Entry) -> bool:
            stored = context.known.get(entry.id)
            if stored is not None and stored == digest(entry):
                unchanged[entry.id] = Unchanged(id=entry.id)
            return entry.id in unchanged

        reading = workers.parse(kind, body, context, is_known=is_known)
        observed = tuple(
            unchanged.get(entry.id) or self._observed(entry, context)
            for entry in reading.entries
            if _says_something(entry)
        )
        # Nobody asks a second time for what is to be stored, and it has a long way to go.
        bare = tuple(replace(entry, summary=None, content=None) for entry in reading.entries)
        return Read(reading=replace(reading, entries=bare), observed=observed)

    @cached_property
    def _searcher(self) -> Searcher:
        """What a worker makes of the rules when the first entry comes."""
        return Searcher(self._rules)

    def _observed(self, entry: Entry, context: Context) -> Observed:
        date = stories.told_date(entry)
        told = texts(entry)
        observed = Observed.of(
            entry,
            visible=_visible(told),
            day=date.astimezone(context.timezone).date() if date else None,
            is_backlog=context.is_first and entry.published is None and entry.updated is None,
        )
        return observed.with_found(self._searcher.find(told))


def _says_something(entry: Entry) -> bool:
    """Whether a reader would find anything in an entry: an `<item/>` is no news, and an emptied one no revision."""
    return any((entry.title, entry.link, entry.summary, entry.content, entry.enclosures, entry.comments))


def _visible(told: Texts) -> str:
    """Digest what a reader sees of an entry."""
    # In a text nothing but line ends is more than one blank between words (see `markup.to_text`).
    lines = (part.replace("\n\n", " ").replace("\n", " ") for part in (told.summary, told.text))
    visible = "\n".join((" ".join(told.title.split()), *lines))
    return hashlib.sha256(visible.encode("utf-8", "surrogatepass")).hexdigest()[:32]
