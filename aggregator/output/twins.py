"""Which compressed twins lie beside a file?

`.gz` (RFC 1952, without a time) and `.br` (RFC 7932), for servers that send them as they are: equal bytes have equal
twins.
"""

from __future__ import annotations

import gzip
from collections.abc import Container

_TEXTS = (".atom", ".css", ".html", ".json", ".opml", ".rss")
_SUFFIXES = (".gz", ".br")
# The default of 11 takes 0.25 s for 150 KB.
_BROTLI_QUALITY = 5
_GZIP_LEVEL = 5


def names(name: str) -> tuple[str, ...]:
    """Give the name of a file, and those of its twins where it is text."""
    return (name, f"{name}.gz", f"{name}.br") if name.endswith(_TEXTS) else (name,)


def original(name: str) -> str:
    """Give the name of the file that a file is a twin of, if it is one; else its own."""
    return name[:-3] if name.endswith(_SUFFIXES) else name


def with_twins(name: str, content: bytes) -> dict[str, bytes]:
    """Give the bytes of all of `names(name)`."""
    import brotli

    if not name.endswith(_TEXTS):
        return {name: content}
    return {
        name: content,
        f"{name}.gz": gzip.compress(content, _GZIP_LEVEL, mtime=0),
        f"{name}.br": brotli.compress(content, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY),
    }


def is_twin(name: str, among: Container[str]) -> bool:
    """Say whether a file is the twin of another of these."""
    return name.endswith(_SUFFIXES) and name[:-3] in among
