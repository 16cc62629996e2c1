"""What was a body before it was compressed, and is that small enough to look at?

Content codings (RFC 9110 section 8.4.1) are undone with a bound on what comes out, however much that would be: a
kilobyte can hold gigabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from aggregator import text
from aggregator.errors import SourceError

ACCEPTED = "gzip, deflate, br, zstd"
_MOST_CODINGS = 3
_MOST_MEMBERS = 32
_ZSTD_WINDOW = 8 * 1024 * 1024


def decode(body: bytes, codings: str, limit: int) -> bytes:
    """Undo the codings of a Content-Encoding header, the last one first; `limit` in bytes holds for each of them.

    Raises SourceError: `too-large`, `truncated`, or `not-a-feed` for what is damaged or coded in an unknown way.
    """
    names = [name for name in (part.strip().lower() for part in codings.split(",")) if name]
    names = [name for name in names if name != "identity"]
    if len(names) > _MOST_CODINGS:
        raise SourceError("not-a-feed", f"The body is compressed {len(names)} times over.")
    for name in reversed(names):
        if name not in _DECODERS:
            raise SourceError(
                "not-a-feed", f"The body is coded as {text.printable(name, 40)}, which we did not ask for."
            )
        # An empty body has nothing to undo: servers put the header on those, too.
        body = _DECODERS[name](body, limit) if body else body
    return body


def _too_large(limit: int) -> SourceError:
    return SourceError("too-large", f"Decompressed it is larger than {limit // (1024 * 1024)} MiB.")


def _truncated() -> SourceError:
    return SourceError("truncated", "The compressed body ended too early.")


def _damaged(coding: str) -> SourceError:
    return SourceError("not-a-feed", f"The body says that it is {coding}, but cannot be decompressed.")


def _gzip(body: bytes, limit: int) -> bytes:
    return _inflate(body, limit, "gzip", zlib.MAX_WBITS | 16)


def _deflate(body: bytes, limit: int) -> bytes:
    """`deflate` means zlib (RFC 9110 section 8.4.1.2), but some servers send the bare stream."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _inflate(body, limit, "deflate", zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


def _inflate(body: bytes, limit: int, coding: str, window: int) -> bytes:
    decoded = bytearray()
    # A gzip body may be several members one after the other (RFC 1952 section 2.2); what follows else is padding.
    for _ in range(_MOST_MEMBERS):
        stream = zlib.decompressobj(window)
        try:
            decoded += stream.decompress(body, limit + 1 - len(decoded))
        except zlib.error as error:
            raise _damaged(coding) from error
        if len(decoded) > limit:
            raise _too_large(limit)
        if not stream.eof:
            raise _truncated()
        body = stream.unused_data
        if not body.startswith(b"\x1f\x8b") or coding != "gzip":
            return bytes(decoded)
    raise _damaged(coding)


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli

    stream = brotli.Decompressor()
    try:
        # It stops at the first block that reaches its limit, and what is below the limit is all there is.
        decoded: bytes = stream.process(body, output_buffer_limit=limit + 1)
    except brotli.error as error:
        raise _damaged("br") from error
    if len(decoded) > limit:
        raise _too_large(limit)
    if not stream.is_finished():
        raise _truncated()
    return decoded


def _zstandard(body: bytes, limit: int) -> bytes:
    import zstandard

    decoded = bytearray()
    for _ in range(_MOST_MEMBERS):
        # RFC 9659: no more than 8 MB of window for a content coding.
        stream = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        try:
            # Four bytes can make 128 KiB, and the output has no bound of its own: feed it by the spoon.
            for place in range(0, len(body), 256):
                decoded += stream.decompress(body[place : place + 256])
                if len(decoded) > limit:
                    raise _too_large(limit)
                if stream.eof:
                    break
        except zstandard.ZstdError as error:
            raise _damaged("zstd") from error
        if not stream.eof:
            raise _truncated()
        body = stream.unused_data + body[place + 256 :]
        if not body:
            return bytes(decoded)
    raise _damaged("zstd")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstandard,
}
