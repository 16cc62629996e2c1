"""What do the pages load besides themselves?

A stylesheet, and on the index a script that nobody needs. Each has the digest of its content in its name, so that
caches may keep it for ever.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources

from msgspec import Struct


class Asset(Struct, frozen=True, kw_only=True):
    """A file beside the pages, by its name below public/."""

    name: str
    content: bytes


@cache
def stylesheet() -> Asset:
    """Give the stylesheet that all pages link to."""
    return _asset("style.css")


@cache
def script() -> Asset:
    """Give the script of the index, by which one click copies the address of a feed."""
    return _asset("copy.js")


def _asset(file: str) -> Asset:
    content = resources.files(__package__).joinpath("static", file).read_bytes()
    stem, _, suffix = file.partition(".")
    return Asset(name=f"static/{stem}.{sha256(content).hexdigest()[:16]}.{suffix}", content=content)
