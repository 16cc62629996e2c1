"""How much of an answer is read before its head is complete?

An answer may be preceded by any number of interim ones (1xx, RFC 9110 section 15.2), and a client reads them all. So
the bytes are counted as they come, until the head of the final answer is there.
"""

from __future__ import annotations

import ssl
from typing import Any

import httpcore

from aggregator.errors import SourceError

_AT_ONCE = 4096
"""Bytes of a head that are read at once: what is read is parsed before anything else gets its turn."""


class Head:
    """What of a connection was read before the head of its answer was complete; at most `limit` bytes may be.

    `beginning` are the first bytes, `handshake` is the name of the host with which TLS was last begun.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.is_complete = False
        self.beginning = b""
        self.handshake: str | None = None
        self._read = 0

    def next(self, most: int) -> int:
        """Give how many bytes may be read now; raises SourceError (`too-large`) where the limit is reached."""
        if self.is_complete:
            return most
        if self._read >= self.limit:
            raise SourceError("too-large", "It sends more headers than are read.")
        return min(most, _AT_ONCE, self.limit - self._read)

    def count(self, data: bytes) -> None:
        """Count what was read."""
        if not self.is_complete:
            self._read += len(data)
            self.beginning = (self.beginning + data)[:16]

    def restart(self, host: str | None) -> None:
        """Begin anew, with what is said within TLS: what came before was a proxy's word."""
        self.handshake = host
        self.beginning = b""
        self._read = 0


class CountedStream(httpcore.AsyncNetworkStream):
    """A connection whose bytes are counted until its answer's head is complete."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, head: Head) -> None:
        self._stream = stream
        self._head = head

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has come, at most `max_bytes`."""
        data = await self._stream.read(self._head.next(max_bytes), timeout)
        self._head.count(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write it all."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> CountedStream:
        """Begin TLS; what is read from then on is counted anew."""
        self._head.restart(server_hostname)
        return CountedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._head)

    def get_extra_info(self, info: str) -> Any:
        """Tell of the connection what httpcore asks."""
        return self._stream.get_extra_info(info)
