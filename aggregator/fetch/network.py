"""How does one request go over the wire, to an address that was checked?

The only importer of httpx and of httpcore below it. httpx decides nothing here: no cookies, no redirects, no
environment, no decompression, no pool. Each request has its own connection, so that no source can borrow one that
another was allowed to open.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property

import httpcore
import httpx

from aggregator import text
from aggregator.errors import SourceError
from aggregator.fetch.address import Resource
from aggregator.fetch.heads import CountedStream, Head
from aggregator.fetch.journey import DroppedError, Journey
from aggregator.model import FetchPolicy

_EYEBALLS = 0.25
"""Seconds until the next address is tried beside one that does not answer (RFC 8305 section 5)."""
_OURS = frozenset({b"location", b"set-cookie"})
"""What httpx would act upon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The head of an answer. Header names are lower-case, values latin-1; `location` is as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    location: bytes | None
    body: AsyncGenerator[bytes, None]

    def header(self, name: str) -> str:
        """All values of a header, joined as one list (RFC 9110 section 5.2)."""
        return ", ".join(value for key, value in self.headers if key == name)


class Network:
    """One HTTP client for a run. `first_byte` in seconds holds for the connection, too; `header_limit` in bytes."""

    def __init__(self, policy: FetchPolicy, *, first_byte: float, header_limit: int) -> None:
        self.proxy_url = policy.proxy
        self._ca_bundle = policy.ca_bundle
        self._first_byte = first_byte
        self._header_limit = header_limit
        # Both would write addresses to the log, and some addresses are secret.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(transport=_Transport(self), trust_env=False)

    @property
    def proxy(self) -> Resource | None:
        """The proxy of feeds.yaml, which every request goes through."""
        return Resource.parse(self.proxy_url) if self.proxy_url is not None else None

    async def close(self) -> None:
        """Close the client."""
        await self._client.aclose()

    @asynccontextmanager
    async def ask(
        self,
        resource: Resource,
        headers: Iterable[tuple[str, bytes]],
        addresses: tuple[str, ...],
        journey: Journey,
    ) -> AsyncIterator[Answer]:
        """Send a GET and give its answer; the body is read while the context lasts.

        The journey is told whether anything was reached. Raises SourceError (`connect timeout tls too-large
        truncated`), DroppedError where nothing was answered.
        """
        backend = _CheckedAddresses(addresses, Head(self._header_limit))
        # One dict, on purpose: httpcore looks at it again before it reads the body.
        timeout: dict[str, float | None] = dict.fromkeys(("connect", "read", "write"), self._first_byte)
        request = httpx.Request(
            "GET",
            httpx.URL(scheme=resource.scheme, host="host.invalid", path="/"),
            headers=[(name.encode("ascii"), value) for name, value in headers],
            extensions={"timeout": timeout, "resource": resource, "backend": backend},
        )
        try:
            with _in_our_words(resource, backend, self.proxy):
                response = await self._client.send(request, stream=True, auth=None)
        finally:
            journey.reached = journey.reached or backend.stream is not None
        try:
            timeout["read"] = None
            yield Answer(
                status=response.status_code,
                headers=tuple(
                    (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw
                ),
                location=response.extensions["location"],
                body=_body(response, resource),
            )
        finally:
            await response.aclose()

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """The certificates that are believed: httpx's own, and those of feeds.yaml. Raises SourceError (`tls`)."""
        context = httpx.create_ssl_context(trust_env=False)
        if self._ca_bundle is not None:
            try:
                context.load_verify_locations(self._ca_bundle)
            except OSError as error:
                raise SourceError("tls", "The certificates of `fetch: ca_bundle` cannot be read.") from error
        return context


class _Transport(httpx.AsyncBaseTransport):
    """Sends what `Network.ask` says, byte for byte, over a connection of its own."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        resource: Resource = request.extensions["resource"]
        backend: _CheckedAddresses = request.extensions["backend"]
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self._network.ssl_context if resource.scheme == "https" else None,
            proxy=self._proxy(),
            network_backend=backend,
        )
        try:
            response = await pool.handle_async_request(
                httpcore.Request(
                    "GET",
                    httpcore.URL(
                        scheme=resource.scheme, host=resource.host, port=resource.told_port, target=resource.target
                    ),
                    headers=request.headers.raw,
                    extensions={"timeout": request.extensions["timeout"]},
                )
            )
        except BaseException:
            # httpcore forgets a connection that is cancelled during its TLS handshake.
            await _close(pool, backend)
            raise
        backend.head.is_complete = True
        location = next((value for name, value in response.headers if name.lower() == b"location"), None)
        return httpx.Response(
            response.status,
            headers=[(name, value) for name, value in response.headers if name.lower() not in _OURS],
            stream=_Body(response, pool, backend),
            extensions={"location": location},
        )

    def _proxy(self) -> httpcore.Proxy | None:
        proxy_url, proxy = self._network.proxy_url, self._network.proxy
        if proxy_url is None or proxy is None:
            return None
        told = httpx.Proxy(proxy_url)
        return httpcore.Proxy(
            httpcore.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port, target="/"),
            auth=told.raw_auth,
            ssl_context=self._network.ssl_context if proxy.scheme == "https" else None,
        )


class _Body(httpx.AsyncByteStream):
    def __init__(
        self, response: httpcore.Response, pool: httpcore.AsyncConnectionPool, backend: _CheckedAddresses
    ) -> None:
        self._response = response
        self._pool = pool
        self._backend = backend

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()
        await _close(self._pool, self._backend)


class _CheckedAddresses(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, whatever the name resolves to by now."""

    def __init__(self, addresses: tuple[str, ...], head: Head) -> None:
        self.stream: httpcore.AsyncNetworkStream | None = None
        self.head = head
        self._addresses = addresses
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 (what it stands for was checked before)
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: object = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers (RFC 8305)."""
        try:
            async with asyncio.timeout(timeout):
                self.stream = CountedStream(await self._race(port), self.head)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("no address answered") from error
        return self.stream

    async def _race(self, port: int) -> httpcore.AsyncNetworkStream:
        waiting = list(reversed(self._addresses))
        running: set[asyncio.Task[httpcore.AsyncNetworkStream]] = set()
        problem: BaseException | None = None
        try:
            while waiting or running:
                if waiting:
                    running.add(asyncio.create_task(self._backend.connect_tcp(waiting.pop(), port)))
                delay = _EYEBALLS if waiting else None
                done, _ = await asyncio.wait(running, timeout=delay, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    running.discard(task)
                    problem = task.exception()
                    if problem is None:
                        return task.result()
            raise httpcore.ConnectError("no address answered") from problem
        finally:
            await _abandon(running)


async def _abandon(running: Iterable[asyncio.Task[httpcore.AsyncNetworkStream]]) -> None:
    """Give up the connections that came second, also those that were made meanwhile."""
    for task in running:
        task.cancel()
    for late in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(late, httpcore.AsyncNetworkStream):
            await late.aclose()


async def _close(pool: httpcore.AsyncConnectionPool, backend: _CheckedAddresses) -> None:
    await pool.aclose()
    if backend.stream is not None:
        await backend.stream.aclose()


async def _body(response: httpx.Response, resource: Resource) -> AsyncGenerator[bytes, None]:
    try:
        async for part in response.aiter_raw():
            yield part
    except (httpcore.RemoteProtocolError, httpcore.NetworkError) as error:
        if _is_too_long(error):
            raise SourceError("too-large", "It sends more headers than are read.") from error
        raise SourceError("truncated", f"{resource.host} broke off before the end of the body.") from error


@contextmanager
def _in_our_words(resource: Resource, backend: _CheckedAddresses, proxy: Resource | None) -> Iterator[None]:
    """Say what went wrong before there was an answer. No header and no path is named: they may hold secrets."""
    host = resource.host
    # What was not even connected to is the proxy, where there is one.
    peer = host if proxy is None else f"The proxy {proxy.authority}"
    try:
        yield
    except httpcore.TimeoutException as error:
        late = peer if backend.stream is None else host
        raise SourceError("timeout", f"{late} did not answer in time.") from error
    except httpcore.ProxyError as error:
        raise SourceError("connect", f"The proxy refuses to connect to {host}.") from error
    except httpcore.ConnectError as error:
        if backend.stream is not None:
            other = backend.head.handshake or host
            raise SourceError("tls", f"{other}: {_certificate_problem(error)}.") from error
        raise SourceError("connect", f"{peer} cannot be connected to.") from error
    except (httpcore.RemoteProtocolError, httpcore.NetworkError) as error:
        is_host = proxy is None or backend.head.handshake == host
        raise _no_head(host if is_host else peer, backend.head, error) from error
    except httpcore.LocalProtocolError as error:
        raise SourceError(
            "connect", "The request cannot be written: look at `user`, `password` and `headers`."
        ) from error


def _no_head(speaker: str, head: Head, error: httpcore.RemoteProtocolError | httpcore.NetworkError) -> SourceError:
    """Say what came in place of the head of an answer."""
    is_closed = isinstance(error, httpcore.RemoteProtocolError)
    if not head.beginning:
        how = "closed the connection" if is_closed else "broke the connection off"
        return DroppedError("connect", f"{speaker} {how} without an answer.")
    # The pool cuts off the cause (`from None`), but Python keeps the context: h11's word on what was said.
    if head.beginning.startswith(b"HTTP/") and not (is_closed and error.__context__ is not None):
        return SourceError("truncated", f"{speaker} broke off within the head of its answer.")
    return SourceError("connect", f"{speaker} does not speak HTTP.")


def _certificate_problem(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return text.printable(error.verify_message).rstrip(".")
        error = error.__cause__ or error.__context__
    return "no encrypted connection could be agreed on"


def _is_too_long(error: Exception) -> bool:
    """Whether h11 gave up on a chunk's head or trailers without an end."""
    return getattr(error.__context__, "error_status_hint", None) == 431
