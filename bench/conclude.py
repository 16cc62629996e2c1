"""How fast are new entries filed into a store that is full, and how much memory does that take?

    100,000 stories of two sources, 2,000 of them on one day      are filed first, a day at a time
    1,000 entries of a third source on that day, five times       seconds on one core, the store included
    the same with 20,000 stories                                  for comparison of the memory: it must not grow

As in a run, entries were searched for the terms of topics when they came. Half of the new ones are copies of stories
that are there, in other words or without their kicker.
"""

from __future__ import annotations

import random
import shutil
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from aggregator import __main__ as program
from aggregator.model import (
    Channel,
    Config,
    Entry,
    FetchPolicy,
    Site,
    Source,
    SourceKind,
    SourceState,
    Topic,
    Trust,
)
from aggregator.pipeline.choose import rules, texts
from aggregator.pipeline.conclude import conclude
from aggregator.store import Store, open_store
from aggregator.store.observed import Observed
from aggregator.topics import Searcher

STORIES = 100_000
FEWER = 20_000
CROWD = 2_000
NEW = 1_000
TIMES = 5

_NOW = datetime(2025, 7, 20, 10, tzinfo=UTC)
_KICKERS = "Köln Kiel Gotha Goslar Essen Hagen Bonn Ulm Jena Trier Celle Fulda".split()
_SUBJECTS = "Rat Stadt Landkreis Bürgerbüro Verwaltung Ministerium Gemeinde Kämmerei Bauhof Bibliothek".split()
_VERBS = "beschließt plant startet erneuert verschiebt prüft fördert digitalisiert".split()
_OBJECTS = "Haushalt Portal Datenplattform Onlinedienst Glasfaser Zwilling Charta Register Cloud Strategie".split()
_ENDS = ["für alle Bürger", "mit dem Land", "nach langer Beratung", "in diesem Sommer", "ohne neue Schulden"]


def measure() -> None:
    """Measure both, and print a line for each."""
    program.tune()
    for stored in (FEWER, STORIES):
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder) / "bench.db", stored)


def _measure(path: Path, stored: int) -> None:
    config = _config()
    store = open_store(path, create=True)
    store.register(config.sources)
    dice = random.Random(5)
    titles = list(_titles(dice, stored))
    began = time.perf_counter()
    for start in range(0, stored, CROWD):
        chunk = titles[start : start + CROWD]
        _file(store, config, "alpha" if start % (2 * CROWD) else "beta", chunk, day=start // CROWD)
    filled = time.perf_counter() - began
    copies = [title.split(": ", 1)[-1] if n % 2 else f"{title} " for n, title in enumerate(chunk[: NEW // 2])]
    _record(store, config, "gamma", [*copies, *_titles(dice, NEW // 2)], day=stored // CROWD - 1)
    store.close()
    seconds = []
    for number in range(TIMES):
        copy = path.with_name(f"copy{number}.db")
        shutil.copyfile(path, copy)
        store = open_store(copy, create=True)
        began = time.process_time()
        concluded = conclude(store, config, store.begin_run(_NOW), _NOW)
        seconds.append(time.process_time() - began)
        store.close()
    store = open_store(path, create=True)
    tracemalloc.start()
    _file(store, config, "gamma", list(_titles(dice, NEW)), day=stored // CROWD - 1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    store.close()
    print(
        f"{stored:7} stories, filed in {filled:.0f} s; {NEW} entries of a day of {CROWD}:"
        f" {statistics.median(seconds):.2f} s, at best {min(seconds):.2f} s; {concluded.new} new,"
        f" {concluded.joined} joined; memory at most {peak / 1e6:.0f} MB"
    )


def _config() -> Config:
    sources = tuple(
        Source(
            id=name,
            rank=rank,
            kind=SourceKind.FEED,
            address=f"https://{name}.example/feed",
            target=f"https://{name}.example/feed",
            local=False,
        )
        for rank, name in enumerate(("alpha", "beta", "gamma"))
    )
    site = Site(
        title="Messung",
        id="tag:news.example.org,2026:messung",
        url="https://news.example.org/",
        language="de",
        timezone=ZoneInfo("Europe/Berlin"),
    )
    topics = tuple(Topic(id=word.lower(), title=word, any=(word,)) for word in _OBJECTS)
    return Config(folder="", site=site, fetch=FetchPolicy(), sources=sources, topics=topics, outputs=())


def _titles(dice: random.Random, count: int) -> Iterator[str]:
    for _ in range(count):
        words = (dice.choice(_SUBJECTS), dice.choice(_VERBS), dice.choice(_OBJECTS), dice.choice(_ENDS))
        yield f"{dice.choice(_KICKERS)}: {' '.join(words)} – {dice.choice(_SUBJECTS)} {dice.randrange(1000)}"


def _file(store: Store, config: Config, source: str, titles: list[str], day: int) -> None:
    _record(store, config, source, titles, day)
    conclude(store, config, store.begin_run(_NOW), _NOW)


def _record(store: Store, config: Config, source: str, titles: list[str], day: int) -> None:
    published = _NOW - timedelta(days=3650) + timedelta(days=day)
    entries = [
        Entry(
            id=f"urn:{source}:{day}:{n}",
            id_derived=False,
            title=title,
            link=f"https://{source}.example/{day}/{n}",
            published=published,
            trust=Trust.DECLARED,
            summary=f"<p>{title}. Das teilte die Stadt „auf Anfrage“ mit – Näheres folgt.</p>",
        )
        for n, title in enumerate(titles)
    ]
    searcher = Searcher(rules(config))
    observed = [
        Observed.of(entry, visible=str(entry.title), day=published.date()).with_found(searcher.find(texts(entry)))
        for entry in entries
    ]
    store.record(
        source,
        lambda _: SourceState(source=source),
        run=store.begin_run(_NOW),
        entries=observed,
        channel=Channel(),
        first_seen=_NOW,
        now=_NOW,
    )


if __name__ == "__main__":
    measure()
