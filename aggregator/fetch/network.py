"""How does one request go over the wire, to an address that was checked?

The only importer of httpx in fetching. httpx is the interface, and decides nothing here: no cookies, no redirects, no
environment, no decompression, no pool. What travels is in wire.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property

import h11
import httpx
from msgspec import Struct

from aggregator import text
from aggregator.errors import SourceError
from aggregator.fetch import wire
from aggregator.fetch.address import Resource
from aggregator.fetch.journey import DroppedError, Journey
from aggregator.model import FetchPolicy

_NOWHERE = httpx.URL("http://host.invalid/")
"""What stands in httpx's requests: the address as it was written is in the extensions, where nothing normalises it."""


class Answer(Struct, frozen=True, kw_only=True):
    """The head of an answer. Header names are lower-case, values latin-1; `location` is as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    location: bytes | None
    body: AsyncGenerator[bytes, None]

    def header(self, name: str) -> str:
        """All values of a header, joined as one list (RFC 9110 section 5.2)."""
        return ", ".join(value for key, value in self.headers if key == name)


class _Way(Struct, kw_only=True):
    """Where a request goes: `resource` at `addresses`, those of the proxy where there is one.

    `peer` is who is spoken with at the moment, in words, `shaking` the host of the last TLS handshake.
    """

    resource: Resource
    addresses: tuple[str, ...]
    peer: str
    shaking: str
    connection: wire.Connection | None = None


class Network:
    """One HTTP transport for a run. `first_byte` in seconds holds for the connection, too; `header_limit` in bytes."""

    def __init__(self, policy: FetchPolicy, *, first_byte: float, header_limit: int) -> None:
        self.proxy_url = policy.proxy
        self.first_byte = first_byte
        self.header_limit = header_limit
        self._ca_bundle = policy.ca_bundle
        self._transport = _Transport(self)

    @property
    def proxy(self) -> Resource | None:
        """The proxy of feeds.yaml, which every request goes through."""
        return Resource.parse(self.proxy_url) if self.proxy_url is not None else None

    async def close(self) -> None:
        """Close the transport."""
        await self._transport.aclose()

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
        peer = resource.host if self.proxy is None else f"The proxy {self.proxy.authority}"
        way = _Way(resource=resource, addresses=addresses, peer=peer, shaking=resource.host)
        request = httpx.Request(
            "GET",
            _NOWHERE,
            headers=[(name.encode("ascii"), value) for name, value in headers],
            extensions={"way": way},
        )
        try:
            try:
                with _in_our_words(way):
                    response = await self._transport.handle_async_request(request)
            finally:
                journey.reached = journey.reached or way.connection is not None
            raw = response.headers.raw
            yield Answer(
                status=response.status_code,
                headers=tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw),
                location=next((value for name, value in raw if name.lower() == b"location"), None),
                body=_body(response, resource),
            )
        finally:
            if way.connection is not None:
                way.connection.close()

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """The certificates that are believed: httpx's own, and those of feeds.yaml. Raises SourceError (`tls`)."""
        context = httpx.create_ssl_context(trust_env=False)
        context.set_alpn_protocols(["http/1.1"])
        if self._ca_bundle is not None:
            try:
                context.load_verify_locations(self._ca_bundle)
            except OSError as error:
                raise SourceError("tls", "The certificates of `fetch: ca_bundle` cannot be read.") from error
        return context


class _ProxyRefusedError(Exception):
    """The proxy does not connect to where it was told to."""


class _Transport(httpx.AsyncBaseTransport):
    """Sends what `Network.ask` says, byte for byte, over a connection of its own."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        way: _Way = request.extensions["way"]
        resource, proxy, limit = way.resource, self._network.proxy, self._network.header_limit
        headers, target = request.headers.raw, resource.target
        gate = proxy or resource
        connection = await wire.Connection.open(way.addresses, gate.port, self._network.first_byte)
        way.connection = connection
        if gate.scheme == "https":
            way.shaking = gate.host
            await connection.start_tls(self._network.ssl_context, gate.host)
        if proxy is not None and resource.scheme == "https":
            await self._tunnel(connection, resource)
            way.peer = way.shaking = resource.host
            await connection.start_tls(self._network.ssl_context, resource.host)
        elif proxy is not None:
            headers, target = [*headers, *self._proxy_headers()], resource.url
        answer = await connection.ask("GET", target, headers, limit)
        return httpx.Response(answer.status_code, headers=list(answer.headers.raw_items()), stream=_Body(connection))

    async def _tunnel(self, connection: wire.Connection, resource: Resource) -> None:
        """Have the proxy connect to where an encrypted request goes (RFC 9110 section 9.3.6)."""
        host = f"[{resource.host}]" if ":" in resource.host else resource.host
        authority = f"{host}:{resource.port}"
        headers = [(b"Host", authority.encode()), *self._proxy_headers()]
        answer = await connection.ask("CONNECT", authority, headers, self._network.header_limit)
        if not 200 <= answer.status_code < 300:
            raise _ProxyRefusedError
        connection.reuse()

    def _proxy_headers(self) -> list[tuple[bytes, bytes]]:
        told = httpx.Proxy(self._network.proxy_url or "").raw_auth
        if told is None:
            return []
        return [(b"Proxy-Authorization", b"Basic " + base64.b64encode(b":".join(told)))]


class _Body(httpx.AsyncByteStream):
    def __init__(self, connection: wire.Connection) -> None:
        self._connection = connection

    def __aiter__(self) -> AsyncGenerator[bytes, None]:
        return self._connection.body()

    async def aclose(self) -> None:
        self._connection.close()


async def _body(response: httpx.Response, resource: Resource) -> AsyncGenerator[bytes, None]:
    try:
        async for part in response.stream:  # type: ignore[union-attr]
            yield part
    except wire.TooLongError as error:
        raise _too_many_headers() from error
    except wire.BrokenOffError as error:
        raise SourceError("truncated", f"{resource.host} broke off before the end of the body.") from error


@contextmanager
def _in_our_words(way: _Way) -> Iterator[None]:
    """Say what went wrong before there was an answer. No header and no path is named: they may hold secrets."""
    host = way.resource.host
    try:
        yield
    except TimeoutError as error:
        late = way.peer if way.connection is None else host
        raise SourceError("timeout", f"{late} did not answer in time.") from error
    except _ProxyRefusedError as error:
        raise SourceError("connect", f"The proxy refuses to connect to {host}.") from error
    except wire.NoConnectionError as error:
        raise SourceError("connect", f"{way.peer} cannot be connected to.") from error
    except wire.TlsError as error:
        raise SourceError("tls", f"{way.shaking}: {_certificate_problem(error)}.") from error
    except wire.TooLongError as error:
        raise _too_many_headers() from error
    except wire.NotHttpError as error:
        raise SourceError("connect", f"{way.peer} does not speak HTTP.") from error
    except wire.BrokenOffError as error:
        raise SourceError("truncated", f"{way.peer} broke off within the head of its answer.") from error
    except wire.NoAnswerError as error:
        raise DroppedError("connect", f"{way.peer} closed the connection without an answer.") from error
    except h11.LocalProtocolError as error:
        raise SourceError(
            "connect", "The request cannot be written: look at `user`, `password` and `headers`."
        ) from error


def _certificate_problem(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return text.printable(error.verify_message).rstrip(".")
        error = error.__cause__ or error.__context__
    return "no encrypted connection could be agreed on"


def _too_many_headers() -> SourceError:
    return SourceError("too-large", "It sends more headers than are read.")
