"""The fast reader: what it reads is what feedparser reads, in every field; what it does not read feedparser does."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.model import Context, Reading, SourceKind
from aggregator.sources import fast, feed, mending, parse, sniffing
from aggregator.sources.fast import document
from tests.mutants import mutant

SHARED = Path(__file__).parents[2] / "shared" / "feeds"
CONTEXT = Context(
    url="https://stadt.example/feed/", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 7, 3, 9, tzinfo=UTC)
)
# The second is what many servers say whatever they send, of a feed without an address.
CONTEXTS = (CONTEXT, replace(CONTEXT, url=None, content_type="text/xml; charset=utf-8"))
NAMES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "dc": "http://purl.org/dc/elements/1.1/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "atom": "http://www.w3.org/2005/Atom",
        "media": "http://search.yahoo.com/mrss/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "wfw": "http://wellformedweb.org/CommentAPI/",
        "thr": "http://purl.org/syndication/thread/1.0",
        "georss": "http://www.georss.org/georss",
        "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "psc": "http://podlove.org/simple-chapters",
        "creativeCommons": "http://backend.userland.com/creativeCommonsRssModule",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "eigen": "urn:eigen",
    }.items()
)
RSS_ITEM = """<item><guid isPermaLink="false">a-1</guid><title>Köln &amp;amp; „Bonn“: Räte tagen</title>
<link>https://stadt.example/1?utm_source=rss&amp;id=1</link><pubDate>Wed, 01 Jul 2026 12:00:00 +0200</pubDate>
<dc:creator>Grit Möller</dc:creator><category domain="x">Bau</category><category><![CDATA[Rat & Tat]]></category>
<description>&lt;p&gt;Kurz &lt;a href="b"&gt;b&lt;/a&gt;&lt;/p&gt;</description>
<content:encoded><![CDATA[<p onclick="x">Lang ä</p>]]></content:encoded><comments>/a#k</comments>
<enclosure url="/f.mp3" type="audio/mpeg" length="12"/><media:content url="/b.png" medium="image" fileSize="7">
<media:title>Bild</media:title><media:credit>dpa</media:credit></media:content><media:thumbnail url="/t.webp"/>
<itunes:image href="/i.jpg"/><slash:comments>3</slash:comments><eigen:wert>1</eigen:wert>
<source url="https://land.example/feed">Land</source></item>"""
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" {NAMES}><channel><title>Stadt</title><link>https://stadt.example/</link>
<atom:link rel="self" href="/feed"/><description>Neues</description><language>de-DE</language><ttl>60</ttl>
<image><url>/i.png</url><title>Stadt</title><link>/</link><width>88</width></image>
<lastBuildDate>Wed, 01 Jul 2026 12:00:00 GMT</lastBuildDate><sy:updatePeriod>hourly</sy:updatePeriod>
<skipHours><hour>3</hour></skipHours>{RSS_ITEM}{RSS_ITEM.replace("a-1", "a-2")}</channel></rss>"""
XHTML = """<div xmlns="http://www.w3.org/1999/xhtml"><p>Lang &amp; <img src="b.png" alt='"'/></p></div>"""
ATOM_ENTRY = """<entry><id>tag:stadt.example,2026:{}</id>
<title type="html">K&amp;ouml;ln &lt;b&gt;baut&lt;/b&gt;</title>
<link rel="enclosure" href="f.mp3" type="audio/mpeg" title="Folge"/><link href="a" thr:count="2"/>
<published>2026-07-01T12:00:00+02:00</published><updated>2026-07-02T10:00:00Z</updated><summary>Kurz &amp; gut</summary>
<content type="{}">{}</content>
<author><name>Grit Möller</name><uri>grit</uri><email>amt@stadt.example</email></author>
<category term="b" label="Bau"/><thr:total>2</thr:total>
<media:group><media:title>T</media:title><media:thumbnail url="/t.png"/></media:group></entry>"""
ATOM = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" {NAMES}><id>urn:stadt</id><title>Stadt</title>
<link href="https://stadt.example/"/><link rel="self" href="/atom"/><updated>2026-07-01T10:00:00Z</updated>
<author><name>Amt</name></author><generator uri="https://g.example/">G</generator>{ATOM_ENTRY.format(2, "text", "Lang")}
{ATOM_ENTRY.format(1, "xhtml", XHTML)}</feed>"""

Outcome = Reading | tuple[str, str]


def outcome(body: bytes, context: Context, *, quick: bool) -> Outcome:
    """What comes out, or why nothing does."""
    try:
        return parse(SourceKind.FEED, body, replace(context, fast=quick))
    except SourceError as error:
        return error.reason, error.detail


def is_fast(body: bytes, context: Context) -> bool:
    """Say whether the fast reader reads it, mended or not."""
    try:
        found = sniffing.feed_markup(body, context.url)
        whole = feed._whole(found)
    except SourceError:
        return False
    encoded, charset = feed._encoded(found, whole[0] if whole else None, context)
    return any(fast.parsed(one, charset) is not None for one in (encoded, mending.mended(encoded)))


def held_to_feedparser(bodies: Iterable[tuple[str, bytes]], contexts: tuple[Context, ...] = CONTEXTS) -> Counter[bool]:
    """Hold both readers to one outcome, and count what the fast one read."""
    counts: Counter[bool] = Counter()
    for name, body in bodies:
        for context in contexts:
            if is_fast(body, context):
                assert outcome(body, context, quick=True) == outcome(body, context, quick=False), name
                counts[True] += 1
            else:
                counts[False] += 1
    return counts


def real(largest: int = 10**9) -> dict[str, bytes]:
    """The feeds of the corpus, by their file names."""
    if not SHARED.is_dir():
        pytest.skip(f"the corpus of feeds is not at {SHARED}")
    with (SHARED / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        names = [row["file"] for row in csv.DictReader(file, delimiter="\t")]
    bodies = {name: (SHARED / name).read_bytes() for name in names if not name.endswith(".json")}
    return {name: body for name, body in bodies.items() if len(body) <= largest}


def mutants(bodies: list[bytes], count: int, seed: int) -> Iterable[tuple[str, bytes]]:
    for number in range(seed, seed + count):
        dice = Random(number)
        yield f"mutant {number}", mutant(dice.choice(bodies), dice)


def test_both_kinds_are_fast() -> None:
    """The feeds that these tests begin with are read fast, or the tests would show nothing."""
    counts = held_to_feedparser([("RSS", RSS.encode()), ("Atom", ATOM.encode())])
    assert counts == {True: 4}


def test_real_feeds() -> None:
    """Every feed of the corpus that is read fast reads the same; of RSS 2.0 and Atom 1.0 those are at least 80 %."""
    found: Counter[bool] = Counter()
    for name, body in real(150_000).items():
        quick = outcome(body, CONTEXT, quick=True)
        if isinstance(quick, Reading) and quick.report[0].startswith(("rss20:", "atom10:")):
            found[is_fast(body, CONTEXT)] += 1
        if is_fast(body, CONTEXT):
            assert quick == outcome(body, CONTEXT, quick=False), name
    assert found.total() >= 130
    assert found[True] >= 0.8 * found.total(), found


def test_mutants() -> None:
    """Feeds that are broken at random read the same, too; and at least a fifth of them is still read fast."""
    counts = held_to_feedparser(mutants([RSS.encode(), ATOM.encode()], 250, seed=1), (CONTEXT,))
    assert counts[True] >= 50
    small = list(real(6_000).values())
    counts = held_to_feedparser(mutants(small, 120, seed=7_000), (CONTEXTS[1],))
    assert counts[True] >= 24


# ── generated ───────────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = (
    "Köln", "Räte", "„Grüße“", "–", " ", "\n", "Straße", "AT&T", "<b>fett</b>", "&nbsp;", "&amp;", "<p>Ä</p>", "<",
    "ã¤", "Ã¤", "\xa0", "\u200b", "https://stadt.example/?a=1&b=2", "</i>", "]", "a@b.example", "ﬁ", "x=y;", "\x96",
)  # fmt: skip
TEXT = st.lists(st.sampled_from(WORDS), max_size=5).map("".join)


@st.composite
def element(draw: st.DrawFn, name: str, *attributes: str) -> str:
    """An element with a text, escaped or as CDATA, and some of these attributes."""
    text = draw(TEXT)
    told = "".join(f" {key}={quoteattr(draw(TEXT))}" for key in attributes if draw(st.booleans()))
    # With `]]>` in it, it is no CDATA.
    inner = f"<![CDATA[{text}]]>" if draw(st.booleans()) and "]" not in text else escape(text)
    return f"<{name}{told}>{inner}</{name}>"


def dates() -> st.SearchStrategy[str]:
    days = st.datetimes(min_value=datetime(1999, 1, 1), max_value=datetime(2027, 1, 1))  # noqa: DTZ001
    shapes = st.sampled_from(["%a, %d %b %Y %H:%M:%S +0200", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d", "%d %b %Y %H:%M GMT"])
    return st.builds(lambda day, shape: day.strftime(shape), days, shapes)


def dated(*names: str) -> st.SearchStrategy[str]:
    return st.builds(lambda name, date: f"<{name}>{date}</{name}>", st.sampled_from(names), dates())


COMMON = (
    element("title"), element("dc:creator"), element("dc:subject"), element("media:keywords"), element("media:title"),
    element("media:description"), element("thr:total"), element("eigen:wert", "a"), dated("dc:date"),
    st.just("<media:content url='/b.png' medium='image'/>"), st.just("<georss:point>52.5 13.4</georss:point>"),
    st.just("<!-- Notiz --><?pi x?>"), element("content:encoded"), element("link"), element("atom:updated"),
)  # fmt: skip
RSS_PARTS = st.one_of(
    *COMMON, element("guid", "isPermaLink"), element("description"), element("author"), element("category", "domain"),
    element("comments"), element("enclosure", "url", "type", "length"), element("itunes:summary"), dated("pubDate"),
    element("source", "url"), element("itunes:author"), element("slash:comments"), element("itunes:subtitle"),
    st.just('<guid isPermaLink="false">4711</guid>'), st.just("<atom:link rel='alternate' href='/x'/>"),
)  # fmt: skip
ATOM_PARTS = st.one_of(
    *COMMON, element("id"), element("summary"), element("content"), dated("published", "updated"),
    element("category", "term", "label", "scheme"), element("link", "href", "title"), element("author"),
    st.builds("<author>{}{}{}</author>".format, element("name"), element("uri"), element("email")),
    st.builds("<summary type='html'>{}</summary>".format, TEXT.map(escape)),
    st.builds(f"<content type='xhtml'>{XHTML.replace('Lang', '{}')}</content>".format, TEXT.map(escape)),
)  # fmt: skip
CHANNEL_PARTS = st.one_of(
    element("title"), element("link"), element("ttl"), element("language"), element("copyright"), element("category"),
    dated("lastBuildDate", "atom:updated", "dc:date"), element("sy:updatePeriod"), element("atom:id"),
    st.just("<image><title>B</title><url>/i.png</url></image>"), element("generator"),
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(CHANNEL_PARTS, max_size=4, unique=True),
    st.lists(st.lists(RSS_PARTS, max_size=7), max_size=2),
    st.lists(st.lists(ATOM_PARTS, max_size=7), max_size=2),
)
def test_generated_feeds(head: list[str], items: list[list[str]], atoms: list[list[str]]) -> None:
    """Feeds of any elements in any order, with German text in every place, read the same."""
    rss_items = "".join(f"<item>{''.join(item)}</item>" for item in items)
    entries = "".join(f"<entry>{''.join(entry)}</entry>" for entry in atoms)
    rss = f"<rss version='2.0' {NAMES}><channel>{''.join(head)}{rss_items}</channel></rss>"
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom' {NAMES}>{entries}</feed>"
    assert held_to_feedparser([(rss, rss.encode()), (atom, atom.encode())], (CONTEXT,)).total() == 2


def test_what_they_are_made_of_is_read_fast() -> None:
    """The elements of which feeds are generated are those that the fast reader takes: else nothing was compared."""
    assert held_to_feedparser([("rss", RSS.encode()), ("atom", ATOM.encode())])[False] == 0


# ── what is left to feedparser ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "to"),
    [
        ('version="2.0"', 'version="0.91"'),
        ('version="2.0"', ""),
        ("<channel>", "<channel/><channel>"),
        ("<rss ", "<!DOCTYPE rss><rss "),
        ("<rss ", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss '),
        ("<item>", '<item rdf:about="https://stadt.example/x">'),
        ("<item>", "<item><item/>"),
        ("<item>", "<entry/><item>"),
        ("<title>Stadt</title>", "<title>Stadt</title><title>Land</title>"),
        ("<comments>", '<comments a="b">'),
        ("<guid ", "<unbekannt>1</unbekannt><guid "),
        ("<eigen:wert>", "<eigen:wert><title>x</title>"),
        ("<eigen:wert>", '<eigen:wert xml:base="/x/">'),
        ("<media:credit>", '<media:credit xml:base="/x/">'),
        ("<link>https", "<link>http:////"),
        ('encoding="UTF-8"', 'encoding="utf-16"'),
        ('xmlns:eigen="urn:eigen"', 'xmlns:eigen="http://purl.org/rss/1.0/"'),
        ('xmlns:eigen="urn:eigen"', 'xmlns:eigen="urn:ei gen"'),
        ('xmlns:eigen="urn:eigen"', 'xmlns:eigen="urn:eigen" xmlns:zwei="urn:eigen"'),
        ("+0200</pubDate>", "+0200 ☀</pubDate>"),
        ("52.5", "weit weg"),
    ],
)
def test_left_to_feedparser(changed: str, to: str) -> None:
    """At the slightest oddity feedparser reads the document."""
    told = RSS.replace("<comments>", "<georss:point>52.5 13.4</georss:point><comments>")
    assert fast.parsed(told.encode(), None) is not None
    assert changed in told
    assert fast.parsed(told.replace(changed, to, 1).encode(), None) is None


def test_bounds() -> None:
    """Depth, numbers of tags and entities cost no more than the size of a document."""
    started = time.perf_counter()
    for body in (
        b"<rss version='2.0'><channel>" + b"<item>" * 200_000,
        b"<rss version='2.0'><channel><item>" + b"<a>" * 200_000 + b"</a>" * 200_000 + b"</item></channel></rss>",
        b"<rss version='2.0'><channel><item>" + b"<category>a</category>" * 9_000 + b"</item></channel></rss>",
        b"<rss version='2.0'><channel>" + b"<item/>" * 500_000 + b"</channel></rss>",
        b"<rss version='2.0' " + b" ".join(b"a%d='b'" % n for n in range(100_000)) + b"><channel/></rss>",
        b'<!DOCTYPE rss [<!ENTITY a "' + b"x" * 999 + b'">]><rss version="2.0"><channel>&a;</channel></rss>',
    ):
        fast.parsed(body, None)
    assert fast.parsed(b"<rss version='2.0'><channel>" + b"<item/>" * 500_001 + b"</channel></rss>", None) is None
    assert time.perf_counter() - started < 20


def test_namespaces_are_those_of_feedparser() -> None:
    """Each namespace that feedparser knows is known here by the same prefix, or refused."""
    from feedparser.mixin import _FeedParserMixin

    theirs = {address.lower(): prefix for address, prefix in _FeedParserMixin.namespaces.items() if address}
    assert set(theirs) == set(document.NAMESPACES) | document.REFUSED
    assert {address: theirs[address] for address in document.NAMESPACES} == document.NAMESPACES


# ── long runs: make corpus ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.corpus
def test_large_feeds() -> None:
    """The large feeds of the corpus read the same, too, under whatever name their server gives them."""
    counts = held_to_feedparser(real().items())
    assert counts[True] >= 250


@pytest.mark.corpus
def test_many_mutants() -> None:
    """Thousands of mutants of every small real feed and of ours read the same, whatever their server says."""
    bodies = [RSS.encode(), ATOM.encode()] * 40 + list(real(12_000).values())
    counts = held_to_feedparser(mutants(bodies, 10_000, seed=100_000))
    # About half of them are well-formed still; that many must have been read fast for this to say anything.
    assert counts[True] >= 4_500
