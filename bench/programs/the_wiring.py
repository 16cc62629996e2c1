"""How fast are httpx, feedparser, sqlite-utils and feedgen, wired the obvious way?

    the_wiring.py DATABASE URLS

Fifty requests at once by one client, parsing as answers come, one upsert a feed; at the end the newest hundred entries
as Atom. No stories, no topics.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import httpx
from feedgen.feed import FeedGenerator
from sqlite_utils import Database

_AT_ONCE = 50


async def update(database: Database, urls: list[str]) -> None:
    """Update all feeds."""
    known = {row["url"]: row for row in database["feeds"].rows} if database["feeds"].exists() else {}
    waiting = iter(urls)
    async with httpx.AsyncClient(timeout=30, follow_redirects=True) as client:

        async def take() -> None:
            for url in waiting:
                told = known.get(url, {})
                conditions = {"If-None-Match": told.get("etag"), "If-Modified-Since": told.get("modified")}
                answer = await client.get(url, headers={name: value for name, value in conditions.items() if value})
                if answer.status_code == 200:
                    store(database, url, answer)

        await asyncio.gather(*(take() for _ in range(_AT_ONCE)))


def store(database: Database, url: str, answer: httpx.Response) -> None:
    """Parse one answer and write what it holds."""
    parsed = feedparser.parse(answer.content, response_headers=dict(answer.headers))
    database["entries"].upsert_all(
        (
            {
                "feed": url,
                "id": entry.get("id") or entry.get("link"),
                "title": entry.get("title"),
                "link": entry.get("link"),
                "published": _instant(entry.get("published_parsed")),
                "summary": entry.get("summary"),
                "content": entry.content[0].value if "content" in entry else None,
            }
            for entry in parsed.entries
        ),
        pk=("feed", "id"),
    )
    validators = {"etag": answer.headers.get("etag"), "modified": answer.headers.get("last-modified")}
    database["feeds"].upsert({"url": url, **validators}, pk="url")


def publish(database: Database, path: Path) -> None:
    """Write the newest hundred entries as Atom."""
    database["entries"].create_index(["published"], if_not_exists=True)
    feed = FeedGenerator()
    feed.id("tag:news.example.org,2026:wiring")
    feed.title("Alles")
    feed.link(href="https://news.example.org/")
    for row in database["entries"].rows_where(order_by="published desc", limit=100):
        entry = feed.add_entry(order="append")
        entry.id(row["id"])
        entry.title("".join(c for c in row["title"] or "–" if c.isprintable()))
        entry.link(href=row["link"])
        entry.updated(row["published"] or datetime.now(UTC))
    feed.atom_file(str(path))


def _instant(parsed: tuple[int, ...] | None) -> str | None:
    return datetime(*parsed[:6], tzinfo=UTC).isoformat() if parsed else None


def main(database: str, urls: str) -> None:
    """Update and publish."""
    opened = Database(database)
    asyncio.run(update(opened, Path(urls).read_text(encoding="utf-8").split()))
    publish(opened, Path(database).with_suffix(".atom"))


if __name__ == "__main__":
    main(*sys.argv[1:])
