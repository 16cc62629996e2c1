"""What changes when all that is stored is filed anew by the rules that hold now?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator.lock import locked
from aggregator.model import Config
from aggregator.pipeline.announce import tell_hub
from aggregator.pipeline.conclude import Filer, conclude
from aggregator.pipeline.publish import publish
from aggregator.pipeline.rematch import rematch
from aggregator.pipeline.workplace import Places, opened

if TYPE_CHECKING:
    from aggregator.output import Written
    from aggregator.pipeline.workplace import Workplace
    from aggregator.store import Filing

_BATCH = 500


class Anew(Struct, kw_only=True):
    """What moved, by title: `merged` into another story, `split` off another, and from or to a topic.

    `withdrawn` are stories that feeds.yaml hides now, `restored` those that it no longer hides.
    """

    merged: list[tuple[str, str]] = []
    split: list[tuple[str, str]] = []
    gained: list[tuple[str, str]] = []
    lost: list[tuple[str, str]] = []
    withdrawn: list[str] = []
    restored: list[str] = []


def file_anew(place: Workplace, now: datetime) -> tuple[Anew, Written]:
    """File all that is stored anew, with what a dead run left, and publish what differs; asks no source."""
    run = place.store.begin_run(now)
    with place.store.filing() as filing:
        anew = _file_anew(filing, Filer(place.config, run, now))
    conclude(place.store, place.config, run, now)
    written = publish(place.store, place.config, place.public)
    asyncio.run(tell_hub(place.store, place.config, now))
    place.store.end_run(run, now)
    return anew, written


def rehearse(config: Config, now: datetime) -> Anew:
    """Tell what filing anew would change, and write nothing; LockedError where another run is at work."""
    anew = Anew()
    with opened(config) as store:
        if store is None:
            return anew
        with locked(Places.of(Path(config.folder)).lock, timedelta(0)), suppress(_Rehearsed), store.filing() as filing:
            # Stories that are only rehearsed need the number of a run as well: any that there was.
            for entry in filing.filed(0, 1):
                anew = _file_anew(filing, Filer(config, entry.candidate.run, now))
            raise _Rehearsed
    return anew


class _Rehearsed(Exception):  # noqa: N818 - no error: it undoes the transaction
    """All is told; nothing of it is to be written."""


def _file_anew(filing: Filing, filer: Filer) -> Anew:
    rematched = rematch(filing, filer)
    anew = Anew(merged=rematched.merged, split=rematched.split)
    for ids in _stories(filing):
        _settle(filing, filer, ids, anew)
    filing.set_rules("stories", filer.story_rules())
    filing.set_rules("topics", filer.topic_rules())
    return anew


def _stories(filing: Filing) -> Iterator[Sequence[str]]:
    after = ""
    while ids := filing.story_ids(after, _BATCH):
        yield ids
        after = ids[-1]


def _settle(filing: Filing, filer: Filer, ids: Sequence[str], anew: Anew) -> None:
    before = filing.stories(ids)
    filer.settle(filing, ids)
    for former, story in zip(before, filing.stories(ids), strict=True):
        if former.shown is None:  # it was split off just now
            continue
        if former.is_hidden != story.is_hidden:
            (anew.withdrawn if story.is_hidden else anew.restored).append(story.title)
        had, has = ({match.topic for match in one.matches} for one in (former, story))
        anew.gained += [(story.title, topic) for topic in sorted(has - had)]
        anew.lost += [(story.title, topic) for topic in sorted(had - has)]
