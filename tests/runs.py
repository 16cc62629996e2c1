"""Runs of the whole program inside the test, with a clock and limits of the test's own, and feeds to run it on."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from msgspec import Struct

from aggregator import config
from aggregator.fetch import Limits
from aggregator.output import MANIFEST, Written
from aggregator.pipeline.pulled import Report, Wish
from aggregator.pipeline.update import Outside, Updated, republish, update_site
from aggregator.pipeline.workplace import workplace
from tests.conftest import REPOSITORY, SiteFolder
from tests.servers import Answer

NOW = datetime(2025, 7, 20, 8, 30, tzinfo=UTC)
FAST = Limits(interval=0, total=5, first_byte=5)
SEED = REPOSITORY / "data" / "kommune21-digitale-staedte.txt"
SMART_CITY = "smart city"
TOPICS: Mapping[str, object] = {
    "smart-city": {"title": "Smart City", "any": [SMART_CITY]},
    "ozg": {"title": "OZG", "any": ["OZG"]},
}


class Item(Struct, frozen=True, kw_only=False):
    """One item of a feed: `day` of July 2025, 0 where it has no date; `guid` is the title where it is not told."""

    title: str
    day: int = 15
    text: str = "Der Rat hat „zugestimmt“ – einstimmig."
    guid: str | None = None
    link: str | None = None

    @property
    def xml(self) -> str:
        """The item as RSS 2.0 says it; its link is made from its guid unless it is told."""
        guid = self.guid or self.title
        link = self.link or f"https://kommune.example/{guid.encode().hex()}"
        date = f"<pubDate>{self.day:02} Jul 2025 10:00:00 +0200</pubDate>" if self.day else ""
        return (
            f"<item><title>{escape(self.title)}</title><link>{link}</link>{date}"
            f'<guid isPermaLink="false">{escape(guid)}</guid><description>{escape(self.text)}</description></item>'
        )


def rss(*items: Item, title: str = "Gemeindeblatt Süd") -> bytes:
    """Make a feed in RSS 2.0."""
    inside = "".join(item.xml for item in items)
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{title}</title><link>https://kommune.example/</link><description>–</description>{inside}"
        "</channel></rss>"
    ).encode()


def feed(*items: Item, **headers: str) -> Answer:
    """Answer with a feed; underscores in names of headers are hyphens."""
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(body=rss(*items), headers=(("Content-Type", "application/rss+xml"), *told))


def document(folder: SiteFolder, **more: object) -> Mapping[str, object]:
    """Lay the seed document into a folder, and say what feeds.yaml says of it."""
    (folder.path / "seite.txt").write_bytes(SEED.read_bytes())
    return {"document": "seite.txt", "title": "Kommune21", "captured": "2025-07-17", "content": "full"} | more


def update(
    folder: SiteFolder,
    now: datetime = NOW,
    *,
    wish: Wish | None = None,
    limits: Limits = FAST,
    environ: Mapping[str, str] | None = None,
    stopping: asyncio.Event | None = None,
    progress: Callable[[Report, int], None] = lambda _report, _due: None,
    start_anew: bool = False,
) -> Updated:
    """Update a folder at a time of the test's choice."""

    async def run() -> Updated:
        outside = Outside(
            clock=lambda: now,
            jitter=lambda: 0.5,
            progress=progress,
            stopping=stopping or asyncio.Event(),
            limits=limits,
        )
        return await update_site(place, wish or Wish(), outside)

    loaded = config.load(folder.config, os.environ if environ is None else environ)
    with workplace(loaded, start_anew=start_anew) as place:
        return asyncio.run(run())


def publish(folder: SiteFolder, now: datetime = NOW) -> Written:
    """Publish what is stored, at a time of the test's choice."""
    with workplace(config.load(folder.config, os.environ)) as place:
        return republish(place, now)


def touched(folder: SiteFolder) -> dict[str, tuple[bytes, int]]:
    """Give bytes and time of change, in nanoseconds, of every published file, `.aggregator.json` among them."""
    return {
        path.relative_to(folder.public).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.public.rglob("*"))
        if path.is_file()
    }


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    """Name the files that were written, made or removed between two looks; that they are ours is noted beside them."""
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return {name for name in names if name[-3:] not in {".gz", ".br"}} - {MANIFEST}


def failures(updated: Updated) -> dict[str, str]:
    """Give the reason of each source that failed."""
    return {done.source.id: done.failure.reason for done in updated.pulled.failed if done.failure}


def shared(*names: str) -> Path:
    """Give a place in the folder that lies beside the checkout where the tests may look; it need not be there."""
    return REPOSITORY.parent.joinpath("shared", *names)


def items(folder: SiteFolder, slug: str = "all") -> list[dict[str, Any]]:
    """Give the items of a published JSON Feed."""
    found: list[dict[str, Any]] = json.loads((folder.public / f"{slug}.json").read_bytes())["items"]
    return found


def titles(folder: SiteFolder, slug: str = "all") -> list[str]:
    """Give the titles of a published feed, in their order."""
    return [item["title"] for item in items(folder, slug)]
