"""How does lemon24/reader update its feeds?

with_reader.py add DATABASE URLS        subscribe to the addresses in a file, one a line
with_reader.py update DATABASE WORKERS
"""

from __future__ import annotations

import sys
from pathlib import Path

from reader import make_reader


def main(what: str, database: str, told: str) -> None:
    """Subscribe or update."""
    reader = make_reader(database)
    if what == "add":
        for url in Path(told).read_text(encoding="utf-8").split():
            reader.add_feed(url)
    else:
        # All of them, whether its own timetable says so or not.
        reader.update_feeds(scheduled=False, workers=int(told))
    reader.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
