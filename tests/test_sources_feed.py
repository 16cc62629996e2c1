"""Feeds: RSS, RDF and Atom as documents, whole or cut off, and every feed of the corpus."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from aggregator import links
from aggregator.errors import SourceError
from aggregator.model import Channel, Context, Hints, Reading, SourceKind
from aggregator.sources import dates, feed, parse
from aggregator.sources.markup import looks_like_html, to_text, to_title, unescape

SHARED = Path(__file__).parents[2] / "shared" / "feeds"
CONTEXT = Context(
    url="https://stadt.example/feed/", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 7, 3, 9, tzinfo=UTC)
)
ITEMS = "".join(f"<item><guid>{n}</guid><title>Meldung {n}</title></item>" for n in range(3))
RSS = f'<rss version="2.0"><channel><title>Stadt</title>{ITEMS}</channel></rss>'


def read(body: str, context: Context = CONTEXT) -> Reading:
    return feed.parse(body.encode(), context)


def titles(reading: Reading) -> list[str | None]:
    return [entry.title for entry in reading.entries]


def test_versions() -> None:
    """Every family of feed is read, and the report names its version."""
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel rdf:about="x"/><item rdf:about="https://stadt.example/1"><title>Köln</title></item></rdf:RDF>'
    )
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>Köln</title></entry></feed>'
    old = '<rss version="0.91"><channel><item><title>Köln</title></item></channel></rss>'
    alone = '<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id><title>Köln</title></entry>'
    for body, version in ((rdf, "rss10"), (atom, "atom10"), (old, "rss091u"), (alone, "atom10")):
        reading = read(body)
        assert titles(reading) == ["Köln"]
        assert reading.report == (f"{version}: 1 entries",)
        assert reading.complete


def test_channel() -> None:
    """What a feed says about itself is kept."""
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de_DE"><id>urn:1</id><title>K&amp;ouml;ln</title>'
        '<link href="/"/><link rel="self" href="atom.xml"/><updated>2026-07-01T10:00:00Z</updated></feed>'
    )
    assert read(body).channel == Channel(
        id="urn:1",
        title="Köln",
        link="https://stadt.example/",
        self_link="https://stadt.example/feed/atom.xml",
        updated=datetime(2026, 7, 1, 10, tzinfo=UTC),
        language="de-DE",
    )


def test_no_items() -> None:
    """A feed without items is a feed."""
    assert read("<rss version='2.0'><channel><title>Leer</title></channel></rss>").entries == ()
    assert read("<rss version='2.0'/>").complete


@pytest.mark.parametrize(
    ("head", "hints"),
    [
        ("<ttl>90</ttl>", Hints(ttl=timedelta(minutes=90))),
        ("<ttl>999999999</ttl>", Hints(ttl=timedelta(days=365))),
        ("<ttl>0</ttl>", Hints()),
        ("<ttl>bald</ttl>", Hints()),
        ("<sy:updatePeriod> daily </sy:updatePeriod>", Hints(ttl=timedelta(days=1))),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            Hints(ttl=timedelta(minutes=15)),
        ),
        ("<sy:updatePeriod>oft</sy:updatePeriod>", Hints()),
        (
            "<skipHours><hour>0</hour><hour> 24 </hour><hour>7</hour><hour>99</hour></skipHours>",
            Hints(skip_hours=frozenset({0, 7})),
        ),
        (
            "<skipDays><day>Sunday</day><day>monday</day><day>Feiertag</day></skipDays>",
            Hints(skip_days=frozenset({0, 6})),
        ),
    ],
)
def test_hints(head: str, hints: Hints) -> None:
    """What a feed says about when to ask again is read, within bounds; midnight may be called 24."""
    names = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    assert read(f'<rss version="2.0" {names}><channel>{head}</channel></rss>').hints == hints


@pytest.mark.parametrize("end", ["", "<item><guid>3</guid><title>Hal", "<item", "</channel>", "<!-- ", "\n"])
def test_truncated(end: str) -> None:
    """Of a feed that ends too early every whole entry is kept, and no part of one."""
    reading = read(RSS.removesuffix("</channel></rss>") + end)
    assert titles(reading) == ["Meldung 0", "Meldung 1", "Meldung 2"]
    assert not reading.complete
    assert "3 whole entries were kept" in reading.report[1]


def test_truncated_atom() -> None:
    """So it is with Atom, and with UTF-16."""
    body = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>Köln</title></entry><entry><id>2'
    assert titles(read(body)) == ["Köln"]
    reading = feed.parse(RSS[:-30].encode("utf-16"), CONTEXT)
    assert titles(reading) == ["Meldung 0", "Meldung 1"]
    assert not reading.complete


def test_truncated_early() -> None:
    """A feed that ends before its first entry does holds nothing."""
    with pytest.raises(SourceError) as caught:
        read(RSS[:80])
    assert caught.value.reason == "truncated"


def test_all_cuts() -> None:
    """Wherever a feed is cut, no half entry comes out."""
    whole = set(titles(read(RSS)))
    for end in range(60, len(RSS), 3):
        try:
            assert set(titles(read(RSS[:end]))) <= whole
        except SourceError as error:
            assert error.reason in ("truncated", "not-a-feed")  # noqa: PT017


def test_junk_before() -> None:
    """What a broken server writes before the feed is skipped and reported."""
    reading = read("<br /><b>Warnung</b>: <?xml version='1.0'?>" + RSS)
    assert titles(reading) == ["Meldung 0", "Meldung 1", "Meldung 2"]
    assert reading.complete
    assert "22 characters before the feed were skipped" in reading.report


def test_too_many() -> None:
    """No more than 5,000 entries are read, and the report says so."""
    reading = read(f'<rss version="2.0"><channel>{"<item/>" * 5_001}</channel></rss>')
    assert len(reading.entries) == 5_000
    assert "only the first 5000 of 5001" in reading.report[1]
    assert reading.unread == 1


@pytest.mark.parametrize(("first", "last", "kept"), [(1, 2, "Meldung 5002"), (2, 1, "Meldung 0"), (1, 1, "Meldung 0")])
def test_of_too_many_the_newest_are_read(first: int, last: int, kept: str) -> None:
    """Where a feed begins with its oldest entries its last ones are read; undated ones at its ends do not matter."""
    days = {0: "", 1: first, 5_001: last, 5_002: ""}
    items = "".join(
        f"<item><title>Meldung {number}</title>"
        + (f"<pubDate>{day:02} Jul 2025 10:00:00 GMT</pubDate></item>" if (day := days.get(number)) else "</item>")
        for number in range(5_003)
    )
    reading = read(f'<rss version="2.0"><channel>{items}</channel></rss>')
    assert (len(reading.entries), reading.unread) == (5_000, 3)
    assert kept in titles(reading)


def test_no_feed() -> None:
    """A root of the right name does not make a feed."""
    with pytest.raises(SourceError) as caught:
        read("<rdf><x/></rdf>")
    assert caught.value.reason == "not-a-feed"


@pytest.mark.parametrize(
    ("declared", "codec", "content_type"),
    [
        ("", "utf-8", None),
        ("", "utf-8", "text/xml; charset=iso-8859-1"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "utf-8", "text/xml"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "iso-8859-1", "application/rss+xml"),
        ("", "windows-1252", "text/html; charset='windows-1252'"),
        ("", "windows-1252", None),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-16", None),
    ],
)
def test_encodings(declared: str, codec: str, content_type: str | None) -> None:
    """Umlauts arrive, whatever the document and its server claim about them."""
    body = f'{declared}<rss version="2.0"><channel><item><title>Köln fördert Bürger</title></item></channel></rss>'
    context = Context(url=None, timezone=CONTEXT.timezone, now=CONTEXT.now, content_type=content_type)
    assert titles(feed.parse(body.encode(codec), context)) == ["Köln fördert Bürger"]


def test_path_is_no_file(tmp_path: Path) -> None:
    """Bytes that are the name of a file do not open it."""
    file = tmp_path / "<rss>"
    file.write_text(RSS, encoding="utf-8")
    with pytest.raises(SourceError):
        feed.parse(bytes(file), CONTEXT)


# ── the corpus ──────────────────────────────────────────────────────────────────────────────────────────────────────

# file -> why it is not read as the list says
EXCEPTIONS = {
    **{
        f"feed-rs__feed-rs__atom_{name}.serde.json": "not-a-feed: a parser's inner data written as JSON"
        for name in ("content_src", "entry_1", "example_1", "example_2", "example_3", "example_5")
    },
    "macieklamberski__feedsmith__package.json": "not-a-feed: a package description",
}


def corpus() -> list[dict[str, str]]:
    if not SHARED.is_dir():
        return []
    with (SHARED / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@cache
def corpus_reading(name: str) -> Reading:
    return parse(SourceKind.FEED, (SHARED / name).read_bytes(), CONTEXT)


needs_corpus = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the corpus of feeds is not at {SHARED}")


@needs_corpus
def test_corpus() -> None:
    """Every feed of the corpus gives as many entries as its list says, clean and complete, or says why it cannot."""
    for row in corpus():
        name = row["file"]
        if name in EXCEPTIONS:
            with pytest.raises(SourceError) as caught:
                corpus_reading(name)
            assert caught.value.reason == EXCEPTIONS[name].partition(":")[0], name
            continue
        reading = corpus_reading(name)
        assert len(reading.entries) == int(row["entries"]), name
        assert reading.complete, name
        assert len({entry.id for entry in reading.entries}) == len(reading.entries), name
        for entry in reading.entries:
            assert not re.search(
                r"</?(?:p|b|i|a|em|strong|br|span)\b|&#?\w+;|[\u200b\u00ad\x00-\x1f]", entry.title or ""
            )
            told = (entry.link, entry.comments, *(file.url for file in entry.enclosures))
            assert all(link is None or link.startswith(("http://", "https://")) for link in told), name


@needs_corpus
def test_corpus_against_feedparser() -> None:
    """Title, link, id, date and text of every entry are those of a plain feedparser, cleaned the same way."""
    import feedparser

    for row in corpus():
        name = row["file"]
        if name.endswith(".json") or name in EXCEPTIONS:
            continue
        plain = feedparser.parse(
            io.BytesIO((SHARED / name).read_bytes()), sanitize_html=False, resolve_relative_uris=False
        )
        reading = corpus_reading(name)
        for ours, theirs in zip(reading.entries, plain.entries, strict=True):
            assert ours.title == (to_title(str(theirs.get("title", ""))) or None), name
            own = str(theirs.get("id", "")).strip()
            assert ours.id_derived is (not own), name
            assert not own or ours.id == own or ours.id.startswith(f"{own} "), name
            if str(theirs.get("link", "")) not in ("", own):
                # Where feedparser takes the id for a link, ours does only if RSS says so and it is an address.
                assert ours.link == links.clean(theirs["link"], CONTEXT.url), name
            assert_same_date(ours.published or ours.updated, theirs, name)
            assert shown(ours.summary) == cleaned(theirs.get("summary_detail") or {}), name
            assert shown(ours.content) in {cleaned(content) for content in theirs.get("content", [])} or not (
                ours.content or "content" in theirs
            ), name


def shown(html: str | None) -> str:
    return " ".join(to_text(html or "").split())


def cleaned(told: Mapping[str, object]) -> str:
    """Clean what feedparser gives of a summary or a content; what is neither text nor HTML is not shown."""
    text, kind = str(told.get("value", "")).strip(), str(told.get("type", ""))
    if kind in ("text/html", "application/xhtml+xml") or looks_like_html(text):
        return shown(unescape(text)) if "html" in kind or kind.startswith("text/") else ""
    return " ".join(text.split()) if kind.startswith("text/") else ""


@needs_corpus
def test_corpus_against_json() -> None:
    """Title, link, id, date and text of every item of a JSON Feed are those that plain JSON holds, cleaned."""
    names = [row["file"] for row in corpus() if row["file"].endswith(".json") and row["file"] not in EXCEPTIONS]
    assert names
    for name in names:
        plain = json.loads((SHARED / name).read_bytes())["items"]
        for ours, item in zip(corpus_reading(name).entries, plain, strict=True):
            # What has the wrong type is passed over.
            theirs = {key: value.strip() for key, value in item.items() if isinstance(value, str)}
            assert ours.title == (to_title(theirs.get("title", "")) or None), name
            told = theirs.get("url") or theirs.get("external_url") or ""
            assert ours.link == links.clean(told, CONTEXT.url), name
            own = str(item["id"]).strip() if isinstance(item.get("id"), str | int | float) else ""
            assert ours.id_derived is (not own), name
            assert not own or ours.id == own or ours.id.startswith(f"{own} "), name
            assert_same_day(ours.published, theirs.get("date_published"), name)
            assert_same_day(ours.updated, theirs.get("date_modified"), name)
            assert shown(ours.summary) == " ".join(theirs.get("summary", "").split()), name
            html, text = theirs.get("content_html"), theirs.get("content_text", "")
            assert shown(ours.content) == (shown(unescape(html)) if html else " ".join(text.split())), name


def assert_same_day(ours: datetime | None, told: str | None, name: str) -> None:
    """Hold a date to its instant, or to its day where all dates of its document stand at midnight."""
    if ours is None or told is None:
        assert ours is None, name
        assert told is None or not re.match(r"\d{4}-\d\d-\d\d", told), (name, told)
        return
    plain = datetime.fromisoformat(told)
    days = {dates.noon(day, CONTEXT.timezone) for day in (plain.date(), plain.astimezone(CONTEXT.timezone).date())}
    assert ours in {plain, *days}, name


def assert_same_date(ours: datetime | None, theirs: Mapping[str, object], name: str) -> None:
    parsed = theirs.get("published_parsed") or (theirs.get("updated_parsed") if "updated_parsed" in theirs else None)
    if not isinstance(parsed, tuple) or parsed[0] < 1000:
        # A year 1 is what some programs write for no date at all.
        assert ours is None, name
        return
    year, month, day, hour, minute, second = parsed[:6]
    plain = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    assert ours is not None, name
    if ours.replace(microsecond=0) != plain:
        # All dates of this document stand at midnight, and became days.
        days = {plain.date(), plain.astimezone(CONTEXT.timezone).date()}
        assert ours in {dates.noon(day, CONTEXT.timezone) for day in days}, name
