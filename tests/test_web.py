"""What does a feed reader, a browser and an attacker get from our own server?"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from aggregator.web import create_app

ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><title>„Grüße“ – OZG</title></feed>".encode()
CHANGED = datetime(2025, 7, 17, 10, 0, 0, tzinfo=UTC)


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A published folder with one file of each kind, and what must never be served beside it."""
    folder = tmp_path / "public"
    for name in ("static", "story", ".git", "ozg"):
        (folder / name).mkdir(parents=True)
    for name in ("index.html", "ozg.rss", "ozg.json", "ozg.html", "sources.opml", "static/site.0a1b.css"):
        (folder / name).write_bytes(f"Inhalt von {name} – ä".encode())
    for name in (".aggregator.json", ".git/config", "story/.geheim", "README"):
        (folder / name).write_bytes(b"x")
    (folder / "ozg.atom").write_bytes(ATOM)
    os.utime(folder / "ozg.atom", (CHANGED.timestamp(), CHANGED.timestamp()))
    (tmp_path / "geheim.txt").write_bytes(b"geheim")
    return folder


def _ask(public: Path, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(public, public.parent / "data" / "health.atom"))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return asyncio.run(ask())


def _ask_raw(public: Path, path: str) -> int:
    """Ask for a path just as it is, as a server would hand it over after decoding; give the status."""
    sent: list[Message] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode("utf-8", "surrogateescape"), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"127.0.0.1")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    async def receive() -> Mapping[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(create_app(public, public.parent / "data" / "health.atom")(scope, receive, send))  # type: ignore[arg-type]
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/ozg.atom", "application/atom+xml; charset=utf-8"),
        ("/ozg.rss", "application/rss+xml; charset=utf-8"),
        ("/ozg.json", "application/feed+json"),
        ("/ozg.html", "text/html; charset=utf-8"),
        ("/sources.opml", "text/x-opml; charset=utf-8"),
        ("/static/site.0a1b.css", "text/css; charset=utf-8"),
        ("/README", "application/octet-stream"),
    ],
)
def test_each_kind_has_its_media_type(public: Path, path: str, media_type: str) -> None:
    """Every published file is served with its exact bytes, its length and its media type."""
    response = _ask(public, path)
    content = (public / (path.lstrip("/") or "index.html")).read_bytes()
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["content-length"] == str(len(content))
    assert response.content == content


def test_the_etag_is_that_of_the_bytes(public: Path) -> None:
    """Equal bytes keep a strong ETag through removal and republishing; other bytes get another."""
    before = _ask(public, "/ozg.atom").headers["etag"]
    (public / "ozg.atom").unlink()
    (public / "ozg.atom").write_bytes(ATOM)
    assert _ask(public, "/ozg.atom").headers["etag"] == before
    assert before.startswith('"')
    (public / "ozg.atom").write_bytes(ATOM + b" ")
    assert _ask(public, "/ozg.atom").headers["etag"] != before


def test_a_reader_that_holds_it_gets_304(public: Path) -> None:
    """A matching If-None-Match, also weak, in a list, or `*`, gets 304 without a body and with its validators."""
    etag = _ask(public, "/ozg.atom").headers["etag"]
    for tags in (etag, f"W/{etag}", f'"alt", {etag}', "*"):
        response = _ask(public, "/ozg.atom", if_none_match=tags)
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == etag
        assert response.headers["last-modified"] == format_datetime(CHANGED, usegmt=True)
        assert "content-type" not in response.headers
    for tags in ('"alt"', "", etag.strip('"')):
        assert _ask(public, "/ozg.atom", if_none_match=tags).status_code == 200


def test_a_date_counts_to_the_second(public: Path) -> None:
    """If-Modified-Since gets 304 at or after the file's second, and is ignored where it is no date."""
    for shift, status in ((-1, 200), (0, 304), (1, 304)):
        since = format_datetime(CHANGED + timedelta(seconds=shift), usegmt=True)
        assert _ask(public, "/ozg.atom", if_modified_since=since).status_code == status
    zoneless = (CHANGED + timedelta(days=1)).strftime("%a, %d %b %Y %H:%M:%S -0000")
    assert _ask(public, "/ozg.atom", if_modified_since=zoneless).status_code == 304
    for nonsense in ("gestern", "", "Mon, 99 Foo 99999 00:00:00 GMT"):
        assert _ask(public, "/ozg.atom", if_modified_since=nonsense).status_code == 200


def test_if_none_match_has_the_last_word(public: Path) -> None:
    """Where both conditions are asked, If-Modified-Since is ignored (RFC 9110 section 13.2.2)."""
    later = format_datetime(CHANGED + timedelta(days=1), usegmt=True)
    response = _ask(public, "/ozg.atom", if_none_match='"alt"', if_modified_since=later)
    assert response.status_code == 200


def test_head_is_get_without_the_body(public: Path) -> None:
    """HEAD gives the same headers as GET and no body."""
    full, head = _ask(public, "/ozg.atom"), _ask(public, "/ozg.atom", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == full.headers
    assert _ask(public, "/nichts", "HEAD").content == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_changed(public: Path, method: str) -> None:
    """Every other method is refused, and told which ones there are."""
    response = _ask(public, "/ozg.atom", method)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_caches_are_told_how_long(public: Path) -> None:
    """Feeds and pages are fresh for five minutes, what has its digest in its name for ever."""
    assert _ask(public, "/ozg.atom").headers["cache-control"] == "public, max-age=300"
    assert "immutable" in _ask(public, "/static/site.0a1b.css").headers["cache-control"]


@pytest.mark.parametrize("path", ["/ozg.html", "/ozg.atom", "/nichts", "/.aggregator.json"])
def test_every_answer_is_guarded(public: Path, path: str) -> None:
    """Every answer, errors too, forbids scripts, framing and sniffing, and tells no other site where one came from."""
    headers = _ask(public, path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_index_may_run_our_script_alone(public: Path) -> None:
    """Its policy is that of all answers, and lets it load scripts of this server."""
    everywhere = _ask(public, "/ozg.atom").headers["content-security-policy"]
    for path in ("/", "/index.html"):
        assert _ask(public, path).headers["content-security-policy"] == f"{everywhere}; script-src 'self'"


def test_what_is_missing_is_said_plainly(public: Path) -> None:
    """A missing page is a short plain 404 that repeats nothing of what was asked."""
    response = _ask(public, "/<script>alert(1)</script>")
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == "404 Not Found\n"


@pytest.mark.parametrize(
    "path",
    [
        "/.aggregator.json", "/.git/config", "/story/.geheim", "/../geheim.txt", "/static/../../geheim.txt",
        "/..", "/.", "//etc/passwd", "/static//site.0a1b.css", "/ozg", "/ozg/", "/static/", "/ozg.atom/",
        "/..\\geheim.txt", "/ozg.atom\0", "/\udcff", "/ä.html", "/" + "a" * 5000, "/" + "a" * 190 + ".html", "/a\n",
        "/ozg.atom/x", "/a/b/c/d/e", "/" + "b" * 300,
    ],
)  # fmt: skip
def test_nothing_else_is_served(public: Path, path: str) -> None:
    """What is private, outside, a folder, or no name that publishing gives, is not there."""
    assert _ask_raw(public, path) == 404


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://127.0.0.1/ozg.atom", 200),
        ("HTTP://127.0.0.1:8000/ozg.atom", 200),
        ("http://127.0.0.1", 200),
        ("http://127.0.0.1/../geheim.txt", 404),
        ("http://127.0.0.1/story/.geheim", 404),
        ("http:///ozg.atom", 404),
        ("ftp://127.0.0.1/ozg.atom", 404),
        ("ozg.atom", 404),
        ("*", 404),
    ],
)
def test_a_whole_address_is_a_path_of_its_host(public: Path, target: str, status: int) -> None:
    """A target in absolute form means its path (RFC 9112 section 3.2.2); nothing else without a slash does."""
    assert _ask_raw(public, target) == status


def test_a_whole_address_names_the_host(public: Path) -> None:
    """Who asks for another host does not ask this machine for itself, whatever `Host` says: health is not for him."""
    health = public.parent / "data" / "health.atom"
    health.parent.mkdir()
    health.write_bytes(ATOM)
    assert _ask_raw(public, "http://127.0.0.1/health.atom") == 200
    assert _ask_raw(public, "http://news.example.org/health.atom") == 404


@pytest.mark.parametrize("path", ["/%2e%2e/geheim.txt", "/%2Faggregator.json", "/ozg.atom%00", "/%2e%2e%2fgeheim.txt"])
def test_encoded_paths_lead_nowhere(public: Path, path: str) -> None:
    """Percent-encoding opens no way out."""
    assert _ask(public, path).status_code == 404


def test_links_are_not_followed(public: Path) -> None:
    """A link inside of the folder leads nowhere, whether to a file, a folder or a pipe."""
    (public / "raus.html").symlink_to(public.parent / "geheim.txt")
    (public / "ordner").symlink_to(public.parent)
    (public / "kreis.html").symlink_to(public / "kreis.html")
    os.mkfifo(public / "rohr.html")
    for path in ("/raus.html", "/ordner/geheim.txt", "/kreis.html", "/rohr.html"):
        assert _ask(public, path).status_code == 404


def test_the_folder_itself_may_be_a_link(public: Path, tmp_path: Path) -> None:
    """public/ may be a link, and where it leads may change while the server runs."""
    link = tmp_path / "aktuell"
    link.symlink_to(public)
    assert _ask(link, "/ozg.atom").content == ATOM


def test_a_folder_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    """Before the first publish the server answers, with 404."""
    assert _ask(tmp_path / "public", "/").status_code == 404


def _with_twins(public: Path) -> None:
    for suffix in (".gz", ".br"):
        (public / f"ozg.json{suffix}").write_bytes(f"{suffix} von ozg.json".encode())


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("*", "br"),
        ("identity", None),
        ("", None),
        ("br;q=unfug, gzip;q=0.000", None),
    ],
)
def test_a_reader_gets_the_twin_that_it_takes(public: Path, accepted: str, coding: str | None) -> None:
    """The compressed twin is sent with its coding and an ETag of its own, and caches are told what it depends on."""
    _with_twins(public)
    plain = _ask(public, "/ozg.json", accept_encoding="identity")

    async def ask() -> tuple[httpx.Headers, int]:
        transport = httpx.ASGITransport(app=create_app(public, public.parent / "data" / "health.atom"))
        request = httpx.Request("GET", "http://127.0.0.1/ozg.json", headers={"accept-encoding": accepted})
        answer = await transport.handle_async_request(request)
        return answer.headers, answer.status_code

    headers, status = asyncio.run(ask())
    assert (status, headers.get("content-encoding"), headers["vary"]) == (200, coding, "Accept-Encoding")
    assert (headers["etag"] == plain.headers["etag"]) == (coding is None)


def test_a_twin_that_came_since_changes_nothing_for_a_reader(public: Path) -> None:
    """Who got the file before its twins were laid still gets 304: it holds all that there is."""
    plain = _ask(public, "/ozg.json", accept_encoding="br, gzip")
    _with_twins(public)
    known = {"if_none_match": plain.headers["etag"], "accept_encoding": "br, gzip"}
    answer = _ask(public, "/ozg.json", **known)
    assert (answer.status_code, answer.headers["etag"]) == (304, plain.headers["etag"])


def test_a_twin_that_is_older_than_its_file_is_not_sent(public: Path) -> None:
    """Between two replacements nobody gets the former bytes."""
    _with_twins(public)
    for suffix in (".gz", ".br"):
        os.utime(public / f"ozg.json{suffix}", (CHANGED.timestamp(), CHANGED.timestamp()))
    answer = _ask(public, "/ozg.json", accept_encoding="br, gzip")
    assert "content-encoding" not in answer.headers
