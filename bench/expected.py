"""How many entries does feedparser find, in what is generated and in real feeds?"""

from __future__ import annotations

import io
import multiprocessing
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.corpus import Corpus
from bench.measured import Agreeing
from bench.site import REPOSITORY

_FEEDS = frozenset({".atom", ".rss", ".xml"})


def entry_counts(corpus: Corpus) -> dict[int, int]:
    """Count by feedparser what the first version of each source holds, on all cores."""
    count = os.cpu_count() or 1
    shares = [range(first, corpus.sources, count) for first in range(count)]
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        found = pool.map(partial(_count, corpus), shares)
    return {source: entries for share in found for source, entries in share.items()}


def shared_feeds() -> Agreeing:
    """Read the real feeds that lie beside the checkout, where there are any, and compare with feedparser."""
    folder = REPOSITORY.parent / "shared" / "feeds"
    files = [path for path in sorted(folder.glob("*")) if path.suffix in _FEEDS] if folder.is_dir() else []
    with multiprocessing.get_context("spawn").Pool() as pool:
        return Agreeing(agreeing=sum(pool.map(_agrees, files)), of=len(files))


def _agrees(path: Path) -> bool:
    """Whether we find as many entries as feedparser does; where it finds none, we may say that it is no feed."""
    from aggregator import sources
    from aggregator.errors import SourceError
    from aggregator.model import Context, SourceKind

    body = path.read_bytes()
    told = Context(
        url="https://www.blatt.example/feed",
        timezone=ZoneInfo("Europe/Berlin"),
        now=datetime.now(UTC),
        content_type="application/xml",
    )
    expected = _entries(body, {"content-type": "application/xml"})
    try:
        return len(sources.parse(SourceKind.FEED, body, told).entries) == expected
    except SourceError:
        return expected == 0


def _count(corpus: Corpus, sources: range) -> dict[int, int]:
    return {
        source: _entries(corpus.body(source), {"content-type": corpus.places[source, 0].media_type})
        for source in sources
    }


def _entries(body: bytes, headers: Mapping[str, str]) -> int:
    import feedparser

    parsed = feedparser.parse(
        io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False, response_headers=dict(headers)
    )
    return len(parsed.entries)
