"""How fast is the loop that one would write: `feedparser.parse(url)` with etag and modified, and SQLite?

the_loop.py DATABASE URLS
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import feedparser

_TABLES = """
CREATE TABLE IF NOT EXISTS feeds (url TEXT PRIMARY KEY, etag TEXT, modified TEXT, title TEXT);
CREATE TABLE IF NOT EXISTS entries (
    feed TEXT, id TEXT, title TEXT, link TEXT, published TEXT, summary TEXT, content TEXT, PRIMARY KEY (feed, id)
);
"""


def main(database: str, urls: str) -> None:
    """Update all feeds, one after the other."""
    connection = sqlite3.connect(database)
    connection.executescript(_TABLES)
    for url in Path(urls).read_text(encoding="utf-8").split():
        known = connection.execute("SELECT etag, modified FROM feeds WHERE url = ?", (url,)).fetchone() or (None, None)
        parsed = feedparser.parse(url, etag=known[0], modified=known[1])
        if parsed.get("status") == 304:
            continue
        for entry in parsed.entries:
            content = entry.content[0].value if "content" in entry else None
            connection.execute(
                "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET title = excluded.title,"
                " link = excluded.link, summary = excluded.summary, content = excluded.content",
                (
                    url,
                    entry.get("id") or entry.get("link"),
                    entry.get("title"),
                    entry.get("link"),
                    entry.get("published"),
                    entry.get("summary"),
                    content,
                ),
            )
        connection.execute(
            "INSERT OR REPLACE INTO feeds VALUES (?, ?, ?, ?)",
            (url, parsed.get("etag"), parsed.get("modified"), parsed.feed.get("title")),
        )
        connection.commit()
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
