"""Does the scripted server say what a test told it to say, and nothing else?"""

from __future__ import annotations

import socket
import sys
import threading
from http.client import HTTPConnection, IncompleteRead

import pytest

from tests.servers import PATIENCE, Answer, LoopbackServer, Request


def _get(server: LoopbackServer, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def test_a_path_answers_as_told(server: LoopbackServer) -> None:
    """A path answers with its status, headers and body, and another with 404."""
    server.answers["/a?b=ü".replace("ü", "%C3%BC")] = Answer(
        status=203, headers=(("ETag", 'W/"ä"'),), body="„Grüße“".encode()
    )
    status, headers, body = _get(server, "/a?b=%C3%BC")
    assert (status, headers["ETag"], body.decode()) == (203, 'W/"ä"', "„Grüße“")
    assert _get(server, "/b")[0] == 404


def test_requests_are_recorded(server: LoopbackServer) -> None:
    """Every request is recorded in order, with its target and headers byte for byte."""
    _get(server, "/1", **{"If-None-Match": '"ö"'})
    _get(server, "/2")
    first, second = server.requests
    assert (first.method, first.target, first.host) == ("GET", "/1", "127.0.0.1")
    assert first.header("if-none-match") == '"ö"'
    assert second.target == "/2"
    assert second.time >= first.time


def test_an_answer_may_depend_on_the_request(server: LoopbackServer) -> None:
    """A function makes the answer from the request; a 304 has no body."""

    def conditional(request: Request) -> Answer:
        return Answer(status=304) if request.header("If-None-Match") == '"1"' else Answer(body=b"neu")

    server.answers["/"] = conditional
    assert _get(server, "/")[::2] == (200, b"neu")
    assert _get(server, "/", **{"If-None-Match": '"1"'})[::2] == (304, b"")


def test_an_answer_is_held_back(server: LoopbackServer) -> None:
    """An answer waits for its event, and the test learns that the request has come."""
    release = threading.Event()
    server.answers["/"] = Answer(body=b"endlich", hold=release)
    bodies: list[bytes] = []
    client = threading.Thread(target=lambda: bodies.append(_get(server, "/")[2]))
    client.start()
    server.wait_for(1)
    assert not bodies
    release.set()
    client.join(PATIENCE)
    assert bodies == [b"endlich"]


def test_closing_frees_what_is_held_back() -> None:
    """A server that is closed waits neither for held answers nor for idle connections."""
    with LoopbackServer() as server:
        server.answers["/"] = Answer(hold=threading.Event())
        idle = socket.create_connection(("127.0.0.1", server.port))
        waiting = socket.create_connection(("127.0.0.1", server.port))
        waiting.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        server.wait_for(1)
    idle.close()
    waiting.close()
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_a_broken_answer_is_sent_as_told(server: LoopbackServer) -> None:
    """A wrong length cuts the body short, and raw bytes are sent as they are."""
    server.answers["/kurz"] = Answer(headers=(("Content-Length", "99"),), body=b"halb")
    server.answers["/roh"] = Answer(raw=b"HTTP/1.0 200 OK\r\n\r\nroh")
    with pytest.raises(IncompleteRead):
        _get(server, "/kurz")
    assert _get(server, "/roh")[2] == b"roh"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8 without set-up")
def test_one_server_on_many_addresses() -> None:
    """One server answers on many loopback addresses and knows which one was asked."""
    addresses = tuple(f"127.0.0.{number}" for number in range(1, 195))
    with LoopbackServer(addresses=addresses, answers={"/": lambda r: Answer(body=r.host.encode())}) as server:
        for address in (addresses[0], addresses[-1]):
            connection = HTTPConnection(address, server.port, timeout=PATIENCE)
            connection.request("GET", "/")
            assert connection.getresponse().read().decode() == address
            connection.close()
        assert server.url("/x", address="127.0.0.7") == f"http://127.0.0.7:{server.port}/x"
