"""Does a tick take longer where the store holds more, or where there are more sources?"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.corpus import changing, write_corpus
from bench.feeds import NEWS, Press
from bench.history import lengthen
from bench.measured import Ticks, today
from bench.scenarios import Cost, MeasureError, cost_of
from bench.server import Server
from bench.site import Site

_SHORT = 12
"""Entries of a document where the store shall start with few stories."""


def grow(folder: Path, sources: int, sizes: Sequence[int], times: int) -> list[Ticks]:
    """Measure the same tick of stores that hold about so many stories."""
    found = []
    changed = changing(sources, 5)
    press = Press(sources=sources, now=_now(), size=_SHORT)
    with Server(write_corpus(folder / "corpus", press, dict.fromkeys(changed, times + 1))) as server:
        young = _young(folder / "young", server, sources)
        for size in sizes:
            site = Site(folder=folder / "site")
            shutil.copytree(young.folder, site.folder)
            lengthen(site.folder, size)
            _say(f"a store of {site.stories():,} stories")
            found.append(_ticks(site, server, changed, times))
            shutil.rmtree(site.folder)
    return found


def large(folder: Path, sources: int, times: int) -> Ticks:
    """Measure a tick of very many sources."""
    changed = changing(sources, 5)
    press = Press(sources=sources, now=_now())
    with Server(write_corpus(folder / "corpus", press, dict.fromkeys(changed, times + 1))) as server:
        return _ticks(_young(folder / "young", server, sources), server, changed, times)


def _young(folder: Path, server: Server, sources: int) -> Site:
    site = Site(folder=folder)
    site.write([server.url(source) for source in range(sources)])
    server.show({}, validators=True)
    cost, _ = cost_of(site.command("update", "--force"), folder, server)
    _say(f"cold: {cost.wall:.2f} s, {cost.memory / 1e6:.0f} MB, {site.stories():,} stories")
    return site


def _ticks(site: Site, server: Server, changed: range, times: int) -> Ticks:
    """Measure ticks one after the other.

    The first update puts right what was put into the past, and the first tick publishes what that changed: neither is
    counted.
    """
    command = site.command("update", "--force", "--json")
    stories = site.stories()
    runs: list[Cost] = []
    for version in range(times + 2):
        server.show(dict.fromkeys(changed, version), validators=True)
        cost, output = cost_of(command, site.folder, server)
        told = json.loads(output)
        what = "tick" if version else "first update"
        _say(f"{what}: {cost.wall:.2f} s, {cost.memory / 1e6:.0f} MB, {told['published']}")
        if version and (told["entries"]["new"] != NEWS * len(changed) or told["sources"]["failed"]):
            raise MeasureError(f"not all that was new was read: {output}")
        if version > 1:
            runs.append(cost)
    return Ticks(
        measured=today(),
        sources=len(site.entries()),
        stories=stories,
        bytes=site.database.stat().st_size,
        runs=runs,
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
