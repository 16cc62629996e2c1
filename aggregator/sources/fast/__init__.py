"""What does a well-formed RSS 2.0 or Atom 1.0 document say, where nothing in it needs feedparser's patience?

    parsed       what feedparser would be given -> mappings with its keys and values, or None: ask feedparser

Nothing is guessed. Whatever is not known to be read exactly as feedparser reads it ends the attempt: other versions, a
doctype, an element that stands where it should not, an attribute that feedparser would heed. Of what feedparser
tells, only the keys that `feed.py` and `items.py` read are there.

    document.py  bytes -> the tree, the names of its elements, its texts
    channel.py   the feed itself
    item.py      its items, and media.py what Media RSS adds to them
"""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.sources.fast import channel
from aggregator.sources.fast.document import Document, UnusualError


def parsed(body: bytes, charset: str | None) -> Mapping[str, object] | None:
    """Read an RSS 2.0 or Atom 1.0 document (RFC 4287); None where it is anything but plain.

    `charset` is what is known of the encoding from outside of the document, as in HTTP's Content-Type.
    """
    try:
        return channel.read(Document(body, charset))
    except UnusualError:
        return None
