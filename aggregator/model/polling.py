"""What is remembered of a source between two fetches, and what comes of one?"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from aggregator.model.configuration import Selectors


class Hints(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a feed itself says about when to ask again (RSS ttl, sy:updatePeriod, skipHours, skipDays).

    `skip_hours` are hours of UTC (0-23), `skip_days` weekdays (Monday is 0).
    """

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


class SourceState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered about a source between two fetches; written only by polling.py.

    All of it is about one `address` (as feeds.yaml says it), read by one `select`: see `polling.state_for`. `etag`
    and `last_modified` are the header bytes decoded as latin-1, so that they go back byte for byte; `validators_url`
    is the resource that gave them. `next_due` is None where the source is due at once; before `not_before`, which the
    publisher set, it is not asked even by force. `freshness` is what Cache-Control or Expires last said.
    `throttled_host` is the host that answered 429. `churned_since` is when most ids of its entries last changed,
    `truncated_since` when its document first broke off before its end, `unread` how many entries it has
    beyond those that are read.
    `newest` is the newest trusted date of an entry, `pace` the usual time between two.
    """

    source: str
    address: str | None = None
    select: Selectors | None = None
    next_due: datetime | None = None
    not_before: datetime | None = None
    interval: timedelta | None = None
    interval_reason: str | None = None
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    ok_since: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    validators_url: str | None = None
    ever_validated: bool = False
    body_digest: str | None = None
    hints: Hints = Hints()
    freshness: timedelta | None = None
    pace: timedelta | None = None
    newest: datetime | None = None
    entry_count: int | None = None
    failures: int = 0
    failing_since: datetime | None = None
    failure_reason: str | None = None
    failure_detail: str | None = None
    empty_since: datetime | None = None
    truncated_since: datetime | None = None
    unread: int = 0
    throttled_until: datetime | None = None
    throttled_host: str | None = None
    gone_since: datetime | None = None
    churned_since: datetime | None = None
    stopped: bool = False
    moved_to: str | None = None
    moved_since: datetime | None = None
    moved_polls: int = 0
    learned_url: str | None = None


class Fetched(Struct, frozen=True, kw_only=True):
    """A complete answer with a body, decoded from its content coding. `headers` are lower-case names, latin-1.

    `received` is how many bytes the body had on the wire.
    """

    url: str
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    permanent_url: str | None = None
    received: int = 0
    milliseconds: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class NotModified(Struct, frozen=True, kw_only=True):
    """A 304: what we hold is still true (RFC 9110 section 15.4.5)."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    permanent_url: str | None = None
    milliseconds: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class Failed(Struct, frozen=True, kw_only=True):
    """No usable answer.

    `answered` is False where no machine could be reached at all (name, connection): see `polling.no_network`. `host`
    is the one that failed, where it is known.
    """

    reason: str
    detail: str
    answered: bool
    host: str | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    milliseconds: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class Postponed(Struct, frozen=True, kw_only=True):
    """Not asked: the host told us, for another source, to stay away until then (429, RFC 6585 section 4)."""

    until: datetime
    host: str


FetchResult = Fetched | NotModified | Failed | Postponed


class Attempt(Struct, frozen=True, kw_only=True):
    """One fetch, as a source's history keeps it.

    `status` is that of the last answer, None where there was none; `bytes` is what its body had on the wire; `new`
    counts its new entries; `error` is the reason why it failed, None where it did not.
    """

    source: str
    time: datetime
    status: int | None = None
    bytes: int = 0
    milliseconds: int = 0
    new: int = 0
    error: str | None = None
