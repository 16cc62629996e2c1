"""Can the local files that feeds.yaml names be read?"""

from __future__ import annotations

import os
from datetime import datetime

from msgspec import Struct

from aggregator import sources, workers
from aggregator.errors import SourceError
from aggregator.fetch import files
from aggregator.model import Config, Context, Reading, Source

_LIMIT = 10 * 1024 * 1024


class LocalReading(Struct, frozen=True, kw_only=True):
    """What a local file holds; `problem` says what is wrong with it, at its place in feeds.yaml."""

    source: Source
    entries: int = 0
    report: tuple[str, ...] = ()
    problem: str | None = None


def read_local(config: Config, now: datetime) -> list[LocalReading]:
    """Read every local file without storing anything."""
    return [_read(source, config, now) for source in config.sources if source.local and not source.paused]


def _read(source: Source, config: Config, now: datetime) -> LocalReading:
    told = Context(url=source.url, timezone=config.site.timezone, now=now, captured=source.captured)
    context = workers.chosen(told, os.environ)
    try:
        reading: Reading = sources.parse(source.kind, files.read(source.target, _LIMIT), context)
    except SourceError as error:
        problem = f"{source.place}: source {source.id}: {error.reason}: {error.detail}"
        return LocalReading(source=source, problem=problem)
    return LocalReading(source=source, entries=len(reading.entries), report=reading.report)
