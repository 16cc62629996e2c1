"""What did the program really say on the wire, and what if a server answers like this?

A scripted HTTP server on loopback addresses, with a free port, in threads of its own. A test says what each
path answers, looks at the requests that came, and may hold an answer back until it has seen enough:

    with LoopbackServer() as server:
        server.answers["/feed.xml"] = Answer(body=b"<rss/>", headers=(("ETag", '"1"'),))
        …
        assert server.requests[0].header("if-none-match") == '"1"'
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import cast

from msgspec import Struct

PATIENCE = 30.0
"""Seconds after which whatever a test waits for is held to never come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came: `target` as in the request line, `host` the address asked, `time` monotonic."""

    method: str
    target: str
    host: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    time: float

    def header(self, name: str) -> str | None:
        """The first value of a header, its bytes read as latin-1, by its name in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Answer(Struct, frozen=True, kw_only=True):
    """What is sent back: `hold` delays it until the event is set; `raw` is sent as it is, in place of all.

    Content-Length is added unless the headers name one (a wrong one breaks the body) or Transfer-Encoding.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    hold: threading.Event | None = None
    raw: bytes | None = None


Script = Answer | Callable[[Request], Answer]


@dataclass(slots=True, kw_only=True)
class LoopbackServer:
    """A server on one port of one or many loopback addresses; a context manager.

    `answers` maps targets (path and query) to answers, or to functions that make them from the request; what
    is not in it is a 404. It may be changed at any time. `requests` holds all that came, in order of arrival.
    """

    addresses: tuple[str, ...] = ("127.0.0.1",)
    answers: dict[str, Script] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    port: int = field(init=False, default=0)
    _listening: list[socket.socket] = field(init=False, default_factory=list)
    _open: set[socket.socket] = field(init=False, default_factory=set)
    _threads: list[threading.Thread] = field(init=False, default_factory=list)
    _arrived: threading.Condition = field(init=False, default_factory=threading.Condition)
    _closing: threading.Event = field(init=False, default_factory=threading.Event)

    def url(self, target: str = "/", *, address: str | None = None) -> str:
        """Give the absolute address of a target, on the first address where none is named."""
        return f"http://{address or self.addresses[0]}:{self.port}{target}"

    def wait_for(self, count: int) -> list[Request]:
        """Wait until `count` requests have come, and give them; AssertionError where they don't come."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.requests) >= count, PATIENCE)
            assert came, f"{len(self.requests)} requests came in {PATIENCE} s, not {count}: {self.requests}"
            return list(self.requests)

    def __enter__(self) -> LoopbackServer:
        self._listening = _listen(self.addresses)
        self.port = self._listening[0].getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for connection in list(self._open):
            _hang_up(connection)
        for thread in list(self._threads):
            thread.join(PATIENCE)

    def answer(self, request: Request) -> Answer:
        """Record a request and say what it gets, once what holds it back is over (for the handler)."""
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        script = self.answers.get(request.target, Answer(status=404, body=b"nothing here"))
        answer = script(request) if callable(script) else script
        deadline = time.monotonic() + PATIENCE
        while answer.hold and not answer.hold.wait(0.05):
            if self._closing.is_set() or time.monotonic() > deadline:
                break
        return answer

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for listening in self._listening:
                selector.register(listening, selectors.EVENT_READ)
            while not self._closing.is_set():
                for key, _ in selector.select(0.05):
                    connection, _ = cast("socket.socket", key.fileobj).accept()
                    self._open.add(connection)
                    self._start(self._serve, connection)
        for listening in self._listening:
            listening.close()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                _Handler(connection, connection.getsockname(), self)
            except OSError:
                pass  # The client left: for a server that is everyday life, and the test looks at the client.
            finally:
                self._open.discard(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = PATIENCE

    def __init__(self, connection: socket.socket, address: tuple[str, int], script: LoopbackServer) -> None:
        self.script = script
        super().__init__(connection, address, cast("None", script))  # type: ignore[arg-type]

    def do_GET(self) -> None:
        request = Request(
            method=self.command,
            target=self.path,
            host=self.client_address[0],
            headers=tuple((name, str(value)) for name, value in self.headers.raw_items()),
            body=self.rfile.read(int(self.headers.get("content-length", "0"))),
            time=time.monotonic(),
        )
        self._send(self.script.answer(request))

    do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 (the parent's names)

    def _send(self, answer: Answer) -> None:
        if answer.raw is not None:
            self.wfile.write(answer.raw)
            self.close_connection = True
            return
        names = {name.lower() for name, _ in answer.headers}
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        bodiless = answer.status in {204, 304}
        if not bodiless and not names & {"content-length", "transfer-encoding"}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(answer.body)
            # A length that a test told itself may be meant to be wrong: such an answer ends its connection.
            self.close_connection = self.close_connection or bool(names & {"content-length", "transfer-encoding"})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the parent's name)
        """Keep quiet: what came is in `requests`."""


def _listen(addresses: tuple[str, ...]) -> list[socket.socket]:
    """Bind one free port on every address; where one of them is taken, try another port."""
    for _ in range(10):
        listening: list[socket.socket] = []
        port = 0
        try:
            for address in addresses:
                listening.append(socket.create_server((address, port), backlog=128))
                port = listening[0].getsockname()[1]
        except OSError as error:
            for bound in listening:
                bound.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return listening
    raise OSError(errno.EADDRINUSE, f"no port is free on all of {', '.join(addresses)}")


def _hang_up(connection: socket.socket) -> None:
    # The client may have closed it already.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
