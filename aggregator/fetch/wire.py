"""How does one request go over one connection?

Here are the sockets; what the bytes mean, h11 says (RFC 9112). A connection serves one request and is closed, so that
no source can borrow one that another was allowed to open. Nothing here waits for ever but the body.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterable, Sequence

import h11

_EYEBALLS = 0.25
"""Seconds until the next address is tried beside one that does not answer (RFC 8305 section 5)."""
_READ = 64 * 1024
_HEAD = 4096
"""Bytes of a head that are read at once: what is read is parsed before anything else gets its turn."""
_LONGEST_EVENT = 100 * 1024
"""Bytes of what h11 must see whole: one head, or the trailers."""
Headers = Iterable[tuple[bytes, bytes]]


class NoConnectionError(Exception):
    """No address takes a connection."""


class TlsError(Exception):
    """No encrypted connection could be agreed on; its cause says why."""


class NoAnswerError(Exception):
    """The connection ended before anything was answered."""


class TooLongError(Exception):
    """The head of an answer, or of one before it (1xx), or the trailers, hold more than is read."""


class NotHttpError(Exception):
    """What came is not HTTP."""


class BrokenOffError(Exception):
    """The head or the body of the answer ended too early."""


class Connection:
    """One connection: at most one request after the other has been answered. Times are seconds, sizes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, patience: float) -> None:
        self._reader = reader
        self._writer = writer
        self._patience = patience
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_EVENT)

    @classmethod
    async def open(cls, addresses: Sequence[str], port: int, patience: float) -> Connection:
        """Connect to the first address that answers (RFC 8305); raises TimeoutError, NoConnectionError."""
        async with asyncio.timeout(patience):
            reader, writer = await _race(addresses, port)
        return cls(reader, writer, patience)

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted, with `host`; raises TimeoutError, TlsError."""
        try:
            async with asyncio.timeout(self._patience):
                await self._writer.start_tls(context, server_hostname=host)
        except TimeoutError:
            raise
        except (OSError, ssl.SSLError, ssl.CertificateError, ValueError) as error:
            raise TlsError from error

    async def ask(self, method: str, target: str, headers: Headers, limit: int) -> h11.Response:
        """Send a request without a body, and give the head of its answer; up to `limit` bytes are read for it.

        Raises TimeoutError, NoAnswerError, BrokenOffError, TooLongError, NotHttpError, and h11.LocalProtocolError for
        what cannot be written.
        """
        request = h11.Request(method=method, target=target, headers=list(headers))
        data = (self._http.send(request) or b"") + (self._http.send(h11.EndOfMessage()) or b"")
        try:
            self._writer.write(data)
            async with asyncio.timeout(self._patience):
                await self._writer.drain()
        except TimeoutError:
            raise
        except OSError as error:
            raise NoAnswerError from error
        return await self._head(limit)

    async def body(self) -> AsyncGenerator[bytes, None]:
        """Give the body in parts, as it is coded; raises BrokenOffError, TooLongError."""
        try:
            while True:
                event = self._http.next_event()
                if isinstance(event, h11.Data):
                    yield bytes(event.data)
                elif event is h11.NEED_DATA:
                    self._http.receive_data(await self._reader.read(_READ))
                else:
                    return
        except (OSError, h11.RemoteProtocolError) as error:
            raise (TooLongError if _is_too_long(error) else BrokenOffError) from error

    def reuse(self) -> None:
        """Begin again behind an answer that opened a tunnel (RFC 9110 section 9.3.6)."""
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_EVENT)

    def close(self) -> None:
        """Let go of the socket at once: nothing more is to be said."""
        self._writer.transport.abort()

    async def _head(self, limit: int) -> h11.Response:
        """Read until the head of the final answer is there; what comes before it (1xx) counts, too."""
        beginning, received = b"", 0
        try:
            while not isinstance(event := self._http.next_event(), h11.Response):
                if event is not h11.NEED_DATA:
                    continue
                if received >= limit:
                    raise TooLongError
                async with asyncio.timeout(self._patience):
                    data = await self._reader.read(min(_HEAD, limit - received))
                if not data:
                    raise _no_head(beginning)
                beginning = (beginning + data)[:16]
                received += len(data)
                self._http.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise (TooLongError if _is_too_long(error) else NotHttpError) from error
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise _no_head(beginning) from error
        return event


def _no_head(beginning: bytes) -> Exception:
    """Say what came in place of the head of an answer, by its first bytes."""
    if not beginning:
        return NoAnswerError()
    return BrokenOffError() if beginning.startswith(b"HTTP/") else NotHttpError()


async def _race(addresses: Sequence[str], port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if len(addresses) == 1:
        try:
            return await asyncio.open_connection(addresses[0], port)
        except OSError as error:
            raise NoConnectionError from error
    waiting = list(reversed(addresses))
    running: set[asyncio.Task[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = set()
    problem: BaseException | None = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.create_task(asyncio.open_connection(waiting.pop(), port)))
            delay = _EYEBALLS if waiting else None
            done, _ = await asyncio.wait(running, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                running.discard(task)
                problem = task.exception()
                if problem is None:
                    return task.result()
        raise NoConnectionError from problem
    finally:
        await _abandon(running)


async def _abandon(running: Iterable[asyncio.Task[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]) -> None:
    """Give up the connections that came second, also those that were made meanwhile."""
    for task in running:
        task.cancel()
    for late in await asyncio.gather(*running, return_exceptions=True):
        if not isinstance(late, BaseException):
            late[1].transport.abort()


def _is_too_long(error: Exception) -> bool:
    """Whether h11 gave up on headers, a chunk's head or trailers without an end."""
    return getattr(error, "error_status_hint", None) == 431
