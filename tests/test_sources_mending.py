"""Mending: what is doubtless is made well-formed, all else stays."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.sources.mending import mended

pytestmark = pytest.mark.usefixtures("pure")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\r\n <?xml version='1.0'?><rss/>", b"<?xml version='1.0'?><rss/>"),
        (b"\n<rss/>", b"\n<rss/>"),
        (b"<a>x\x02\x0by\tz\n</a>", b"<a>xy\tz\n</a>"),
        (b"<a>&uuml;&nbsp;&amp;&lt;&#8211;</a>", b"<a>&#252;&#160;&amp;&lt;&#8211;</a>"),
        (b"<a>&unbekannt; &amp;nbsp; AT&T; R&D & &; &#x; &#65 &auml &auml=</a>",
         b"<a>&amp;unbekannt; &amp;nbsp; AT&amp;T; R&amp;D &amp; &amp;; &amp;#x; &#65; &#228; &amp;auml=</a>"),
        (b"<a><![CDATA[&nbsp;]]>&nbsp;<!-- &nbsp; --><?p &nbsp;?></a>",
         b"<a><![CDATA[&nbsp;]]>&#160;<!-- &nbsp; --><?p &nbsp;?></a>"),
        (b"<!DOCTYPE a><a b='?x&y=&reg='>&nbsp;\x02</a>", b"<!DOCTYPE a><a b='?x&amp;y=&amp;reg='>&nbsp;\x02</a>"),
        (b"<a>&&&&amp;&&#65;&&</a>", b"<a>&amp;&amp;&amp;&amp;&amp;&#65;&amp;&amp;</a>"),
        (b"<a>\x1b$B&nbsp;</a>", b"<a>\x1b$B&nbsp;</a>"),
        (b"<a>&#xD83D;&#xDE00;&#55357;&#xde00 &#8364;</a>", b"<a>&#128512;&#128512; &#8364;</a>"),
        (b"<a>&#xD83D; &#xDE00;&#xD83D;</a>", b"<a> </a>"),
        (b"<a>&#x110000;&#99999999999;&#x0000041;&#0000000066;</a>", b"<a>&#65;&#66;</a>"),
        (b"<a>&#%b;&#65;</a>" % (b"9" * 5000), b"<a>&#65;</a>"),
        (b"<!DOCTYPE a><a>&nbsp;&#xD83D;&#xDE00;</a>", b"<!DOCTYPE a><a>&nbsp;&#128512;</a>"),
        (b"<a><![CDATA[&#xD83D;]]></a>", b"<a><![CDATA[&#xD83D;]]></a>"),
    ],
)  # fmt: skip
def test_mended(body: bytes, expected: bytes) -> None:
    """Controls go, HTML's references become numbers, halves characters; nothing stands before the declaration."""
    assert mended(body) == expected
    assert mended(expected) == expected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*"<a>b&;\x02]!-[?", "<![CDATA[", "]]>", "&nbsp;", "&amp;", "<!--", "-->", "</a>"])))
def test_well_formed_stays(pieces: list[str]) -> None:
    """What XML accepts is not touched."""
    body = f"<a>{''.join(pieces)}</a>".encode()
    try:
        ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return
    assert mended(body) == body


def test_mending_takes_time_in_proportion() -> None:
    """Beginnings without an end cost no more than their size."""
    started = time.perf_counter()
    for piece in (b"<![CDATA[", b"<!--", b"<?", b"&", b"&#1", b"1", b"&#xD83D;"):
        mended(piece * (1_000_000 // len(piece)))
    assert time.perf_counter() - started < 8
