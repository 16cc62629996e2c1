"""Sources: any bytes become a reading or one clear reason, never another exception."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.model import Context, Reading, Selectors, SourceKind
from aggregator.sources import PARSERS, parse

CONTEXT = Context(
    url="https://stadt.example/feed/",
    timezone=ZoneInfo("Europe/Berlin"),
    now=datetime(2026, 7, 3, 9, tzinfo=UTC),
    select=Selectors(item="item, div, p", title="*", link="a", date="time", summary="description"),
)
RSS = b'<rss version="2.0"><channel><item><title>Bus &amp; Bahn</title><pubDate>3 Jul 2026 08:00 MESZ</pubDate></item>'
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "Bus"}]}'


def reason(body: bytes, kind: SourceKind = SourceKind.FEED) -> str:
    with pytest.raises(SourceError) as caught:
        parse(kind, body, CONTEXT)
    return caught.value.reason


def test_every_kind() -> None:
    """Each kind of source has its parser."""
    assert set(PARSERS) == set(SourceKind)


def test_feed_by_content() -> None:
    """A feed is read by what it is, whatever its server calls it."""
    odd = Context(url=None, timezone=CONTEXT.timezone, now=CONTEXT.now, content_type="text/html; charset=utf-8")
    assert parse(SourceKind.FEED, RSS + b"</channel></rss>", odd).entries[0].title == "Bus & Bahn"
    assert parse(SourceKind.FEED, JSON, odd).entries[0].title == "Bus"


def test_document() -> None:
    """A captured page goes to the parser of documents."""
    body = "Köln: Der Rat tagt\n[01.07.2026] Es ging um Busse. mehr...".encode()
    assert [entry.title for entry in parse(SourceKind.DOCUMENT, body, CONTEXT).entries] == ["Köln: Der Rat tagt"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n ", "empty"),
        (b"<!doctype html><html><title>Anmeldung</title><form>", "html"),
        (b"<html><body>Bitte stimmen Sie den Cookies zu", "html"),
        (b'{"error": "not found"}', "not-a-feed"),
        (JSON[:-5], "truncated"),
        (b"<?xml version='1.0'?><urlset><url/></urlset>", "not-a-feed"),
        (b"404 page not found", "not-a-feed"),
        (b"\x1f\x8b\x08\x00\x00", "not-a-feed"),
        (b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>', "not-a-feed"),
        (b"<rss version='2.0'><channel><title>Sta", "truncated"),
    ],
)
def test_reasons(body: bytes, expected: str) -> None:
    """What is no feed is told by one word of the contract."""
    assert reason(body) == expected


def test_empty_document() -> None:
    """An empty document is empty too."""
    assert reason(b" ", SourceKind.DOCUMENT) == "empty"


def test_parser_gives_up() -> None:
    """What makes feedparser raise is a reason, with its cause, and crosses to another process."""
    body = b"<rss version='2.0'><channel><item><description>\x1b&#xD800;</description></item></channel></rss>"
    with pytest.raises(SourceError) as caught:
        parse(SourceKind.FEED, body, CONTEXT)
    assert caught.value.reason == "not-a-feed"
    assert "gave up" in caught.value.detail
    assert caught.value.__cause__ is not None
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_page() -> None:
    """A page goes to the parser of pages."""
    body = "<p><a href=/1>Köln: Der Rat tagt</a></p>".encode()
    assert [entry.link for entry in parse(SourceKind.PAGE, body, CONTEXT).entries] == ["https://stadt.example/1"]


def test_reading_crosses() -> None:
    """A reading can cross to another process."""
    reading = parse(SourceKind.FEED, RSS + b"</channel></rss>", CONTEXT)
    assert pickle.loads(pickle.dumps(reading)) == reading


PIECES = (
    *(b"<rss version='2.0'> </rss> <channel> </channel> <item> </item> <title> </title> <guid> <link> </link>").split(
        b" "
    ),
    *(b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"</entry>", b"<content type='html'>", b"</content>"),
    *(b"<author>a@b.de (x)</author>", b"<pubDate>", b"</pubDate>", b"Wed, 01 Jul 2026", b"9.3.2023", b"00:00", b"CEST"),
    *(
        b"<enclosure url='x' length='1'/>",
        b"<source url='x'>",
        b"</source>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"&#0;",
    ),
    *(
        b"&#xD800;",
        b"&lt;p&gt;",
        b"&foo;",
        b"\xff",
        b"\x00",
        b"\xc3",
        b"{",
        b'"version":',
        b"[",
        b"<?xml version='1.0'?>",
    ),
    *(
        b"<georss:point>",
        b"<image><width>x</width>",
        b"<category term='x'/>",
        b"<!DOCTYPE rss [",
        b"<html>",
        b"<id>",
        b"</id>",
    ),
)


def assert_outcome(kind: SourceKind, body: bytes) -> None:
    try:
        reading = parse(kind, body, CONTEXT)
    except SourceError as error:
        assert error.reason in ("empty", "html", "not-a-feed", "truncated")  # noqa: PT017
    else:
        assert isinstance(reading, Reading)


@settings(deadline=None)
@given(st.sampled_from(SourceKind), st.binary(max_size=200))
def test_any_bytes(kind: SourceKind, body: bytes) -> None:
    """Any bytes at all give a reading or a SourceError."""
    assert_outcome(kind, body)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join), st.booleans())
def test_any_feed(body: bytes, is_rss: bool) -> None:
    """Whatever is wrong inside a feed, it gives a reading or a SourceError."""
    assert_outcome(SourceKind.FEED, RSS + body if is_rss else body)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join))
def test_any_page(body: bytes) -> None:
    """So does whatever is read as a page or as a document."""
    assert_outcome(SourceKind.PAGE, body)
    assert_outcome(SourceKind.DOCUMENT, body)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(JSON) - 1), st.binary(min_size=1, max_size=3), st.integers(0, 3))
def test_damaged_json(place: int, damage: bytes, length: int) -> None:
    """Nor does a damaged JSON Feed raise anything else."""
    assert_outcome(SourceKind.FEED, JSON[:place] + damage + JSON[place + length :])
