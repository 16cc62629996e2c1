"""How do a thousand hosts answer from one process, at next to no cost?

One port on every loopback address: `http://127.a.b.c:port/<source>.xml`, each source on an address of its own. What is
sent is ready before it is asked for. It counts what it answers and tells what processor time that took. It ends with
the process that started it.
"""

from __future__ import annotations

import asyncio
import mmap
import multiprocessing
import re
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.corpus import Corpus

_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_REQUEST = re.compile(rb"GET /(\d+)\.xml HTTP/1\.[01]\r\n")
_CONDITION = re.compile(rb"\r\nif-none-match:[ \t]*([^\r]*)\r\n", re.IGNORECASE)
_SINCE_CONDITION = re.compile(rb"\r\nif-modified-since:[ \t]*([^\r]*)\r\n", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a server has answered since it was last asked, and the CPU seconds that it took."""

    cpu: float
    whole: int
    not_modified: int
    unknown: int


class Server:
    """The other side, in a process of its own; a context manager."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._corpus), daemon=True)
        self._process.start()
        theirs.close()
        self.port: int = self._line.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.close()
        self._process.join(5)
        self._process.kill()
        self._process.join()

    def url(self, source: int) -> str:
        """Give the address of a source, which is the only one of its host."""
        host = f"127.{1 + source // 62_500}.{source // 250 % 250}.{1 + source % 250}"
        return f"http://{host}:{self.port}/{source}.xml"

    def show(self, versions: Mapping[int, int], *, validators: bool) -> None:
        """Answer with these versions from now on, all others being 0, and with ETag and Last-Modified or without."""
        self._line.send((dict(versions), validators))
        self._line.recv()

    def answered(self) -> Answered:
        """Tell what was answered since this was last asked."""
        self._line.send(None)
        told: Answered = self._line.recv()
        return told


class _Shelf:
    """The answers that are ready."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._files: dict[str, mmap.mmap] = {}
        for path in {place.file for place in corpus.places.values()}:
            with Path(path).open("rb") as file:
                self._files[path] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._answers: dict[bytes, tuple[bytes, bytes, bytes, mmap.mmap, slice]] = {}
        self.validators = True
        self.counts: Counter[str] = Counter()
        self.show({}, validators=True)

    def show(self, versions: Mapping[int, int], *, validators: bool) -> None:
        self.validators = validators
        for source in range(self._corpus.sources):
            version = versions.get(source, 0)
            place = self._corpus.places[source, version]
            etag = f'"{source}-{version}"'
            date = format_datetime(_SINCE + timedelta(hours=version), usegmt=True)
            told = f"ETag: {etag}\r\nLast-Modified: {date}\r\n" if validators else ""
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: {place.media_type}\r\nContent-Length: {place.length}\r\n{told}\r\n"
            )
            self._answers[str(source).encode()] = (
                etag.encode(),
                date.encode(),
                head.encode(),
                self._files[place.file],
                slice(place.start, place.start + place.length),
            )

    def answer(self, request: bytes) -> bytes:
        """Answer one request."""
        asked = _REQUEST.match(request)
        found = self._answers.get(asked[1]) if asked else None
        if found is None:
            self.counts["unknown"] += 1
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        etag, date, head, file, part = found
        if self.validators and self._is_known(request, etag, date):
            self.counts["not_modified"] += 1
            return b"HTTP/1.1 304 Not Modified\r\nETag: %b\r\nLast-Modified: %b\r\n\r\n" % (etag, date)
        self.counts["whole"] += 1
        return head + file[part]

    def _is_known(self, request: bytes, etag: bytes, date: bytes) -> bool:
        if condition := _CONDITION.search(request):
            return condition[1] == etag
        since = _SINCE_CONDITION.search(request)
        return since is not None and since[1] == date


class _Answering(asyncio.Protocol):
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            request, self._read = self._read[: end + 2], self._read[end + 4 :]
            self._transport.write(self._shelf.answer(request))
            if _CLOSE.search(request):
                self._transport.close()


def _serve(line: Connection, corpus: Corpus) -> None:
    asyncio.run(_serve_until_left(line, corpus))


async def _serve_until_left(line: Connection, corpus: Corpus) -> None:
    loop = asyncio.get_running_loop()
    shelf = _Shelf(corpus)
    left = asyncio.Event()
    began = time.process_time()

    def listen() -> None:
        nonlocal began
        try:
            told = line.recv()
        except EOFError:
            loop.remove_reader(line.fileno())
            left.set()
            return
        if told is None:
            now = time.process_time()
            counts, shelf.counts = shelf.counts, Counter()
            line.send(
                Answered(
                    cpu=now - began,
                    whole=counts["whole"],
                    not_modified=counts["not_modified"],
                    unknown=counts["unknown"],
                )
            )
            began = now
        else:
            versions, validators = told
            shelf.show(versions, validators=validators)
            line.send(None)

    listening = socket.create_server(("0.0.0.0", 0), backlog=4096)
    server = await loop.create_server(lambda: _Answering(shelf), sock=listening)
    line.send(listening.getsockname()[1])
    loop.add_reader(line.fileno(), listen)
    async with server:
        await left.wait()
