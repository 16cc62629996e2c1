"""How many entries does feedparser find in the generated documents?"""

from __future__ import annotations

import io
import multiprocessing
import os
from functools import partial

from bench.corpus import Corpus


def entry_counts(corpus: Corpus) -> dict[int, int]:
    """Count by feedparser what the first version of each source holds, on all cores."""
    count = os.cpu_count() or 1
    shares = [range(first, corpus.sources, count) for first in range(count)]
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        found = pool.map(partial(_count, corpus), shares)
    return {source: entries for share in found for source, entries in share.items()}


def _count(corpus: Corpus, sources: range) -> dict[int, int]:
    import feedparser

    counts = {}
    for source in sources:
        headers = {"content-type": corpus.places[source, 0].media_type}
        parsed = feedparser.parse(
            io.BytesIO(corpus.body(source)), sanitize_html=False, resolve_relative_uris=False, response_headers=headers
        )
        counts[source] = len(parsed.entries)
    return counts
