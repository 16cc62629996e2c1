"""Sniffing: what bytes are is told by the bytes."""

from __future__ import annotations

import time

import pytest

from aggregator.errors import SourceError
from aggregator.sources import sniffing

URL = "https://stadt.example/feed"


def reason(body: bytes) -> tuple[str, str]:
    with pytest.raises(SourceError) as caught:
        sniffing.feed_markup(body, URL)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize("body", [b"", b" \n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf \r\n", b"\xff\xfe", b"\x00\x00"])
def test_empty(body: bytes) -> None:
    """Blanks, zeros and byte order marks are nothing."""
    assert sniffing.is_empty(body)


def test_not_empty() -> None:
    """A single letter is something."""
    assert not sniffing.is_empty(b" x ")


def test_json() -> None:
    """JSON begins with a bracket, after a byte order mark and blanks."""
    assert sniffing.is_json(b'\xef\xbb\xbf \n{"a": 1}')
    assert sniffing.is_json(b"[]")
    assert not sniffing.is_json(b"<rss/>")


@pytest.mark.parametrize(
    ("body", "root", "start"),
    [
        (b"<rss><channel/></rss>", "rss", 0),
        (b"<?xml version='1.0'?><!-- <html> --><!DOCTYPE rss SYSTEM 'x'><rdf:RDF>", "rdf:RDF", 0),
        (b"<!DOCTYPE rss [<!ELEMENT rss (channel)>]><rss>", "rss", 0),
        (b"\xef\xbb\xbf<atom:feed>", "atom:feed", 0),
        (b"<FEED>", "FEED", 0),
        (b"<!DOCTYPE html PUBLIC 'x'>\n<rss>", "rss", 0),
        (b"<entry xmlns='x'>", "entry", 0),
        (b"1 < 2 <rss>", "rss", 0),
        (b"<br />\n<b>Warning</b>: x<?xml version='1.0'?>\n<rss version='2.0'>", "rss", 24),
        (b"<p>x</p><feed>", "feed", 8),
    ],
)
def test_feeds(body: bytes, root: str, start: int) -> None:
    """A feed is known by its first element, past comments, declarations and what a broken server puts before it."""
    found = sniffing.feed_markup(body, URL)
    assert (found.root, found.start, found.text.encode(found.codec)) == (root, start, body)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16(codec: str) -> None:
    """UTF-16 is read with and without a byte order mark."""
    body = "<rss>ä</rss>".encode(codec)
    found = sniffing.feed_markup(body, URL)
    assert (found.root, found.kind, found.text.encode(found.codec)) == ("rss", "rss", body)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>Fehler &amp; mehr</title>",
        b"<!-- Intranet --><!doctype html>\n<HTML><title lang=de>Fehler &amp; mehr</title>",
        b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x' 'y'><html xmlns='x'><title>Fehler &amp; mehr</title><rss>",
        b"<div><title>Fehler &amp; mehr</title></div>",
        b"<html><title>Fehler &amp; mehr</title><pre>&lt;feed xmlns='http://www.w3.org/2005/Atom'></pre><feed x='y'>",
    ],
)
def test_pages(body: bytes) -> None:
    """A web page is told as one, with its title."""
    told, detail = reason(body)
    assert told == "html"
    assert "“Fehler & mehr”" in detail
    assert "(an error page?)" in detail


def test_a_feed_within_a_page() -> None:
    """An Atom feed that stands as it is in a page, with its namespace, is read."""
    body = b"<!DOCTYPE html><html><body><feed lang='de' xmlns='http://www.w3.org/2005/Atom'></feed></body></html>"
    found = sniffing.feed_markup(body, URL)
    assert (found.root, found.start) == ("feed", body.index(b"<feed"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'<html><title>Anmelden</title><form><input name="p" type="password"></form>', "login page"),
        (b"<html><title>Anmelden</title><INPUT TYPE = password>", "login page"),
        (b'<html><title>Bevor Sie weiterlesen</title><form action="https://consent.example/save">', "consent page"),
        (b'<html><title>Zustimmung</title><div class="cmp consent-wall">', "consent page"),
    ],
)
def test_pages_that_stand_before_a_feed(body: bytes, kind: str) -> None:
    """A login wall and a consent page are told as what they are."""
    told, detail = reason(body)
    assert told == "html"
    assert detail.startswith(f"this is a {kind} ")


@pytest.mark.parametrize("piece", [b"<input ", b'<div id="', b"<div " + b'id="x ' * 40])
def test_telling_pages_apart_takes_no_long(piece: bytes) -> None:
    """No page is so made that looking at it takes long."""
    begun = time.process_time()
    assert reason(b"<html>" + piece * (300_000 // len(piece)))[0] == "html"
    assert time.process_time() - begun < 5


def test_page_with_feeds() -> None:
    """The feeds that a page names are told, with absolute addresses, at most five, and nothing else it links."""
    links = "".join(
        f'<link rel="alternate" type="application/{kind}" href="/{number}.xml?a=1&amp;b=2">'
        for number, kind in enumerate(["rss+xml", "atom+xml", "feed+json", "rss+xml", "rss+xml", "rss+xml"])
    )
    body = (
        "<html><head><link rel=stylesheet href=x.css><link rel=alternate hreflang=en href=/en>"
        f"<link rel=alternate type=application/rss+xml href='javascript:x'><title> </title>{links}"
    )
    told, detail = reason(body.encode())
    assert told == "html"
    assert "without a title" in detail
    assert "https://stadt.example/0.xml?a=1&b=2, https://stadt.example/1.xml" in detail
    assert "4.xml" in detail
    assert "5.xml" not in detail
    assert "javascript" not in detail
    assert "/en" not in detail


def test_page_title_is_harmless() -> None:
    """A page cannot write control characters into the operator's terminal."""
    assert "\x1b" not in reason(b"<html><title>\x1b[31mrot</title>")[1]


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"<?xml version='1.0'?><note><to>x</to></note>", "<note>"),
        (b"<note><rss></rss></note>", "<note>"),
        (b"%PDF-1.7 \x1b[0m", "“%PDF-1.7 [0m”"),
        (b"<!-- never closed <rss>", "neither XML nor JSON"),
        (b"< 1 < 2", "neither XML nor JSON"),
        (b"<" * 10_000_000, "neither XML nor JSON"),
        (b"<!>" * 100_000 + b"<rss>", "neither XML nor JSON"),
        (b"\xff\xfe\x41", "neither XML nor JSON"),
    ],
    ids=range(8),
)
def test_other(body: bytes, part: str) -> None:
    """What is no feed is told as what it is."""
    told, detail = reason(body)
    assert told == "not-a-feed"
    assert part in detail


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">]><rss>&a;</rss>',
        b'<!DOCTYPE rss [<!-- ]> <rss> --><!entity a "b">]><rss>&a;</rss>',
        '<!DOCTYPE rss [<!ENTITY a "b">]><rss>&a;</rss>'.encode("utf-16"),
    ],
)
def test_entities(body: bytes) -> None:
    """Documents that declare entities are refused before a parser sees them."""
    told, detail = reason(body)
    assert told == "not-a-feed"
    assert "<!ENTITY" in detail


def test_entities_in_text() -> None:
    """An article about entities is no declaration."""
    assert sniffing.feed_markup(b"<rss><![CDATA[<!DOCTYPE x [<!ENTITY a 'b'>]>]]></rss>", URL).root == "rss"
