"""How long does a publish take?

    100 outputs of 100 stories in 4 formats, from cold            seconds of the CPU and of the wall
    the same again, nothing changed                               seconds of the wall
    the same after one story of one topic changed                 seconds of the wall

2,000 stories, each in five topics besides all; the pages of the stories and the compressed twins are made, too.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from aggregator.model import (
    Channel,
    Config,
    Entry,
    FetchPolicy,
    Output,
    Site,
    Source,
    SourceKind,
    SourceState,
    Topic,
    Trust,
)
from aggregator.pipeline.conclude import conclude
from aggregator.pipeline.publish import publish
from aggregator.pipeline.workplace import Workplace, workplace
from aggregator.store.observed import Observed

OUTPUTS, STORIES, IN_TOPICS = 100, 2_000, 5
NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
WORDS = [f"{first}{last}" for first in ("Rat", "Stadt", "Land", "Netz", "Bau") for last in ("haus", "werk", "plan")]


def _config(folder: str) -> Config:
    topics = tuple(Topic(id=f"t{number}", title=f"Thema {number}", any=(f"thema{number}",)) for number in range(99))
    return Config(
        folder=folder,
        site=Site(
            title="Prüfstand",
            id="tag:news.example.org,2026:bench",
            url="https://news.example.org/",
            language="de",
            timezone=ZoneInfo("Europe/Berlin"),
        ),
        fetch=FetchPolicy(),
        sources=(
            Source(
                id="amt",
                rank=0,
                kind=SourceKind.FEED,
                address="https://amt.example/feed",
                target="https://amt.example/feed",
                local=False,
            ),
        ),
        topics=topics,
        outputs=(
            Output(slug="all", title="Alles"),
            *(Output(slug=topic.id, title=topic.title, topics=(topic.id,)) for topic in topics),
        ),
    )


def _entry(number: int, text: str = "") -> Entry:
    dice = random.Random(number)
    words = " ".join(dice.choices(WORDS, k=120))
    themes = " ".join(f"thema{theme}" for theme in dice.sample(range(99), IN_TOPICS))
    return Entry(
        id=f"urn:bench:{number}",
        id_derived=False,
        title=f"Meldung {number} {dice.randbytes(9).hex()}",
        link=f"https://amt.example/meldung/{number}",
        published=NOW - timedelta(minutes=number),
        trust=Trust.DECLARED,
        summary=f"<p>{text}{themes} {words}.</p>",
    )


def _record(place: Workplace, entries: list[Entry], now: datetime) -> None:
    run = place.store.begin_run(now)
    observed = [
        Observed.of(one, visible=str(hash(one.summary)), day=one.published.date() if one.published else None)
        for one in entries
    ]
    place.store.record(
        "amt",
        lambda _: SourceState(source="amt"),
        run=run,
        entries=observed,
        channel=Channel(),
        first_seen=now,
        now=now,
    )
    conclude(place.store, place.config, run, now)


def _measure(what: str, place: Workplace) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    written = publish(place.store, place.config, place.public)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    sys.stdout.write(f"{what:40} {wall:6.2f} s wall {cpu:6.2f} s CPU {len(written.written):6} files written\n")


def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as folder, workplace(_config(folder)) as place:
        _record(place, [_entry(number) for number in range(STORIES)], NOW)
        _measure("cold", place)
        _measure("nothing changed", place)
        _record(place, [_entry(7, "Neu: ")], NOW + timedelta(hours=1))
        _measure("one story changed", place)
        size = sum(path.stat().st_size for path in Path(folder, "public").rglob("*") if path.is_file())
        sys.stdout.write(f"{size / 1e6:.0f} MB published with twins, {os.cpu_count()} cores\n")


if __name__ == "__main__":
    main()
