"""What is a parser told of a document besides its bytes, and what is kept from it?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.model import Config, Context, Fetched, Source


def is_open(source: Source) -> bool:
    """Whether the address that is asked may be shown to the operator: no variable is filled in, and it is no file's."""
    return source.address == source.target and not source.local


def context(
    config: Config,
    source: Source,
    fetched: Fetched,
    now: datetime,
    *,
    is_first: bool = False,
    known: Mapping[str, bytes] | None = None,
) -> Context:
    """Give what a parser is told of an answer at a time; for the last two see `Context`."""
    return Context(
        url=_base(source, fetched),
        timezone=config.site.timezone,
        now=now,
        content_type=fetched.header("content-type"),
        captured=source.captured,
        select=source.select,
        secrets=source.secrets,
        address=source.hidden_address,
        is_first=is_first,
        known=known or {},
    )


def _base(source: Source, fetched: Fetched) -> str | None:
    """Give what relative links start from: the address that answered, unless a link made of it would tell a secret.

    Then it is the home page that feeds.yaml names, if any; a feed may still name its own. A redirect of a source that
    must not be named may lead to an address that opens the door to whoever knows it, such as a signed one.
    """
    if not is_open(source):
        return source.url
    if not source.public and _place(fetched.url) != _place(source.target):
        return source.url
    return fetched.url


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.path.rstrip("/"), parts.query
