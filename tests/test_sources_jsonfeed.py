"""JSON Feed: versions 1.0 and 1.1, and what only looks like one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.model import Author, Channel, Context, Enclosure, Trust
from aggregator.sources import jsonfeed

CONTEXT = Context(
    url="https://stadt.example/feed.json", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 7, 3, 9, tzinfo=UTC)
)
VERSION = "https://jsonfeed.org/version/1.1"


def feed(*items: object, **top: object) -> bytes:
    return json.dumps({"version": VERSION, "title": "Stadt", "items": list(items), **top}).encode()


def test_complete_item() -> None:
    """Every field of an item comes through, clean and absolute."""
    body = feed(
        {
            "id": " urn:1 ",
            "url": "/a?utm_source=x&id=1",
            "title": "K&ouml;ln <b>baut</b>",
            "content_html": "<p onclick=x>Köln <a href='b'>baut</a></p><script>x</script>",
            "summary": "Köln & Bonn",
            "date_published": "2026-07-01T12:00:00+02:00",
            "date_modified": "2026-07-02T12:00:00+02:00",
            "authors": [{"name": "Grit Möller", "url": "/grit"}],
            "tags": ["Bau", "Bau", 7],
            "language": "de_DE",
            "image": "/b.png",
            "attachments": [
                {"url": "/f.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12, "title": "Folge"},
                {"url": "javascript:x"},
            ],
        },
        home_page_url="https://stadt.example/",
        feed_url="https://stadt.example/feed.json",
        language="de",
    )
    reading = jsonfeed.parse(body, CONTEXT)
    (entry,) = reading.entries
    assert (entry.id, entry.id_derived) == ("urn:1", False)
    assert entry.title == "Köln baut"
    assert entry.link == "https://stadt.example/a?id=1"
    assert entry.summary == "<p>Köln &amp; Bonn</p>"
    assert entry.content == '<p>Köln <a href="https://stadt.example/b" rel="noopener nofollow">baut</a></p>'
    assert (entry.published, entry.updated) == (
        datetime(2026, 7, 1, 10, tzinfo=UTC),
        datetime(2026, 7, 2, 10, tzinfo=UTC),
    )
    assert entry.trust is Trust.DECLARED
    assert entry.authors == (Author(name="Grit Möller", url="https://stadt.example/grit"),)
    assert (entry.categories, entry.language) == (("Bau",), "de-DE")
    assert entry.enclosures == (
        Enclosure(url="https://stadt.example/f.mp3", type="audio/mpeg", length=12, title="Folge"),
        Enclosure(url="https://stadt.example/b.png", type="image/png"),
    )
    assert reading.channel == Channel(
        title="Stadt",
        link="https://stadt.example/",
        self_link="https://stadt.example/feed.json",
        language="de",
    )
    assert reading.report == ("JSON Feed 1.1: 1 entries",)
    assert reading.complete


def test_plain_text() -> None:
    """Plain text is never read as markup."""
    (entry,) = jsonfeed.parse(feed({"id": "1", "content_text": "a <b> c\n\nd"}), CONTEXT).entries
    assert entry.content == "<p>a &lt;b&gt; c</p><p>d</p>"


def test_version_1_0() -> None:
    """The single author of 1.0 is read, and the feed's authors stand for an item without one."""
    body = feed({"id": "1"}, {"id": "2", "author": {"name": "Rat"}}, version="http://jsonfeed.org/version/1")
    first, second = jsonfeed.parse(body, CONTEXT).entries
    assert (first.authors, second.authors) == ((), (Author(name="Rat"),))
    body = feed({"id": "1"}, author={"name": "Amt"})
    assert jsonfeed.parse(body, CONTEXT).entries[0].authors == (Author(name="Amt"),)


@pytest.mark.parametrize(
    ("own", "expected", "derived"),
    [("a", "a", False), (7, "7", False), (3.5, "3.5", False), (True, "", True), (None, "", True), ([], "", True)],
)
def test_ids(own: object, expected: str, derived: bool) -> None:
    """A number is an id too; an item without one is kept, with a derived one."""
    (entry,) = jsonfeed.parse(feed({"id": own, "title": "Rat"}), CONTEXT).entries
    assert entry.id_derived is derived
    assert (entry.id == expected) is not derived
    assert entry.id


def test_external_link() -> None:
    """Where an item has no page of its own, the page that it is about is its link."""
    (entry,) = jsonfeed.parse(feed({"id": "1", "external_url": "https://e.example/x"}), CONTEXT).entries
    assert entry.link == "https://e.example/x"


def test_wrong_types() -> None:
    """What has the wrong type is passed over, item by item."""
    odd = {
        "id": "1",
        "title": 5,
        "url": {},
        "content_html": True,
        "tags": "Bau",
        "attachments": "x",
        "authors": {"name": "x"},
        "author": "x",
        "date_published": 7,
        "language": [],
    }
    (entry,) = jsonfeed.parse(feed(odd, "kein Objekt", None), CONTEXT).entries
    assert (entry.title, entry.link, entry.content, entry.categories, entry.authors) == (None, None, None, (), ())
    assert jsonfeed.parse(feed(items={}), CONTEXT).entries == ()


def test_too_many() -> None:
    """No more than 5,000 items are read, and the report says so."""
    reading = jsonfeed.parse(feed(*({"id": number} for number in range(5_003))), CONTEXT)
    assert len(reading.entries) == 5_000
    assert "only the first 5000 of 5003" in reading.report[1]
    assert reading.unread == 3


@pytest.mark.parametrize("key", ["date_published", "date_modified"])
def test_of_too_many_the_newest_are_read(key: str) -> None:
    """Where a feed begins with its oldest items its last ones are read."""
    dated = [{"id": str(number), key: f"{2025 if number else 2024}-07-15T10:00:00Z"} for number in range(5_003)]
    reading = jsonfeed.parse(feed(*dated), CONTEXT)
    assert [reading.entries[0].id, reading.entries[-1].id] == ["3", "5002"]
    assert "only the last 5000 of 5003" in reading.report[1]


def test_byte_order_mark() -> None:
    """A byte order mark does not matter."""
    assert len(jsonfeed.parse(b"\xef\xbb\xbf" + feed({"id": "1"}), CONTEXT).entries) == 1


def test_local_file() -> None:
    """Without an address relative links start from the home page."""
    local = Context(url=None, timezone=CONTEXT.timezone, now=CONTEXT.now)
    (entry,) = jsonfeed.parse(feed({"id": "1", "url": "a"}, home_page_url="https://stadt.example/"), local).entries
    assert entry.link == "https://stadt.example/a"


@pytest.mark.parametrize(
    ("body", "reason", "part"),
    [
        (b'{"name": "paket", "version": "2.0\\u001b"}', "not-a-feed", "its version is “2.0”"),
        (b'{"items": []}', "not-a-feed", "names no version"),
        (b"[]", "not-a-feed", "names no version"),
        (b"[" * 100_000, "not-a-feed", "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not-a-feed", "absurd numbers"),
        (b"{a}", "not-a-feed", "in line 1"),
        (feed({"id": "1"})[:-3], "truncated", "ends too early"),
        (feed({"id": "eins"})[:-6], "truncated", "ends too early"),
    ],
)
def test_no_feed(body: bytes, reason: str, part: str) -> None:
    """JSON that is no feed, broken or cut off is told as what it is."""
    with pytest.raises(SourceError) as caught:
        jsonfeed.parse(body, CONTEXT)
    assert caught.value.reason == reason
    assert part in caught.value.detail


@pytest.mark.parametrize("kept", [1, 2])
def test_cut_off_after_whole_items(kept: int) -> None:
    """Of a document that ends too early, the items that were whole are kept, and it says so."""
    body = feed(*({"id": str(number), "title": "Köln", "_own": {"a": [1, {}]}} for number in range(1, 4)))
    cut = body.index(b'"id": "%d"' % (kept + 1)) + 4
    reading = jsonfeed.parse(body[:cut], CONTEXT)
    assert [entry.id for entry in reading.entries] == [str(number) for number in range(1, kept + 1)]
    assert not reading.complete
    assert f"the document ends too early: {kept} whole entries were kept" in reading.report


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"version": "%s", "_own": {"items": [{"id": "1"}, {"id"' % VERSION.encode(), "truncated"),
        (b'{"title": "Stadt", "items": [{"id": "1"}, {"id"', "not-a-feed"),
        (b'{"version": "%s", "items": [{"id": %s' % (VERSION.encode(), b"[" * 100_000), "not-a-feed"),
    ],
)
def test_cut_off_without_a_whole_item(body: bytes, reason: str) -> None:
    """A cut off document without an item of its own that is whole gives none."""
    with pytest.raises(SourceError) as caught:
        jsonfeed.parse(body, CONTEXT)
    assert caught.value.reason == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


KEYS = (
    *("id url external_url title content_html content_text summary image banner_image date_published".split()),
    *("date_modified authors author tags language attachments".split()),
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON), max_size=3), JSON)
def test_any_items(items: list[object], language: object) -> None:
    """Whatever stands in the fields of a JSON Feed, it is read."""
    assert len(jsonfeed.parse(feed(*items, language=language), CONTEXT).entries) == len(items)
