"""What became of one source in this run so far?"""

from __future__ import annotations

import time
from http import HTTPStatus

from msgspec import Struct, field

from aggregator.errors import SourceError
from aggregator.fetch.address import Resource
from aggregator.model import Failed, Fetched, FetchResult, NotModified, Source, SourceState
from aggregator.secrecy import veil_of

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


class DroppedError(SourceError):
    """The connection ended before anything was answered: the one case that is asked again."""


class Visit(Struct, frozen=True, kw_only=True):
    """One answer on the way. `body` is decoded, and there only where it was wanted; `received` counts coded bytes."""

    resource: Resource
    status: int
    headers: tuple[tuple[str, str], ...]
    location: bytes | None = None
    is_conditional: bool = False
    body: bytes = b""
    received: int = 0


class Journey(Struct, kw_only=True):
    """The way of a source from redirect to redirect; `left` are the seconds that its servers may still take."""

    source: Source
    state: SourceState
    left: float
    host: str | None = None
    reached: bool = False
    retried: bool = False
    permanent_url: str | None = None
    _only_permanent: bool = True
    _seen: set[str] = set()
    _started: float = field(default_factory=time.monotonic)

    def next_resource(self, visit: Visit, most: int) -> Resource | None:
        """Where an answer redirects to (RFC 9110 section 15.4), None where it does not.

        Raises SourceError for a circle, and for more than `most` redirects.
        """
        if visit.status not in REDIRECTS or visit.location is None:
            return None
        self._seen.add(visit.resource.url)
        following = visit.resource.redirected(visit.location)
        if following.url in self._seen:
            raise SourceError(f"http-{visit.status}", "It redirects in a circle.")
        if len(self._seen) > most:
            raise SourceError(f"http-{visit.status}", f"It redirects more than {most} times.")
        self._only_permanent = self._only_permanent and visit.status in _PERMANENT
        if self._only_permanent:
            self.permanent_url = following.url
        return following

    def ended(self, visit: Visit) -> FetchResult:
        """Make the result of the last answer."""
        url, headers = visit.resource.url, visit.headers
        if visit.status in {200, 203}:
            return Fetched(
                url=url,
                status=visit.status,
                body=visit.body,
                headers=headers,
                permanent_url=self.permanent_url,
                received=visit.received,
                milliseconds=self._milliseconds(),
            )
        # To a question without conditions, a 304 says nothing.
        if visit.status == 304 and visit.is_conditional:
            return NotModified(
                url=url,
                headers=headers,
                permanent_url=self.permanent_url,
                milliseconds=self._milliseconds(),
            )
        return Failed(
            reason="empty" if visit.status in {204, 205} else f"http-{visit.status}",
            detail=self._shown(f"{visit.resource.host} answered {_in_words(visit.status)}."),
            answered=True,
            host=visit.resource.host,
            status=visit.status,
            headers=headers,
            milliseconds=self._milliseconds(),
        )

    def read(self, body: bytes) -> Fetched:
        """Make the result of a local file."""
        return Fetched(
            url=self.source.target,
            status=200,
            body=body,
            received=len(body),
            milliseconds=self._milliseconds(),
        )

    def failed(self, error: SourceError) -> Failed:
        """Make the result of what ended the journey early."""
        return Failed(
            reason=error.reason,
            detail=self._shown(error.detail),
            answered=self.reached,
            host=self.host,
            milliseconds=self._milliseconds(),
        )

    def _shown(self, detail: str) -> str:
        """Mask what is secret: a variable may have been filled into the name of a host, too."""
        return veil_of(self.source.secrets).text(detail)

    def _milliseconds(self) -> int:
        return round((time.monotonic() - self._started) * 1000)


def _in_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
