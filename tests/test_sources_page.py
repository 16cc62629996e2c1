"""Pages without a feed: what CSS selectors find on them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.model import Context, Precision, Reading, Selectors, Trust
from aggregator.sources import page

SELECT = Selectors(item="article", title="h3", link="h3 a", date="time", summary="p")
CONTEXT = Context(
    url="https://stadt.example/presse/",
    timezone=ZoneInfo("Europe/Berlin"),
    now=datetime(2026, 7, 3, 9, tzinfo=UTC),
    select=SELECT,
)
PAGE = """<!doctype html><html lang="de_DE"><head><title>Presse – Stadt Köln</title></head><body>
<nav><h3><a href="/start">Start</a></h3></nav>
<article><h3><a href="a?utm_source=x&amp;id=1">Rat fördert „Smart City“ &amp; Bürger&shy;nähe</a></h3>
<time datetime="2026-07-01T10:00:00+02:00">1. Juli</time><p>Der <b>Rat</b> – einstimmig.<script>x()</script></p>
</article>
<article><h3><a href="/b">Zweite <i>Mel</i>dung</a></h3><time>2. März 2026</time><p onclick=x()>Text</p></article>
<article><h3> </h3><p>ohne Titel</p></article>
<article><h3>Ohne Link</h3><time datetime="">gestern vielleicht</time></article>
</body></html>"""


def read(html: str, **changes: object) -> Reading:
    select = replace(SELECT, **changes)
    return page.parse(html.encode(), replace(CONTEXT, select=select))


def test_entries() -> None:
    """Each item gives an entry: plain title, absolute clean link, date, safe summary, and an id from its link."""
    first, second, third = read(PAGE).entries
    assert (first.id, first.id_derived) == ("https://stadt.example/presse/a?id=1", True)
    assert first.title == "Rat fördert „Smart City“ & Bürgernähe"
    assert first.link == "https://stadt.example/presse/a?id=1"
    assert (first.published, first.precision) == (datetime(2026, 7, 1, 8, tzinfo=UTC), Precision.SECOND)
    assert first.summary == "<p>Der <b>Rat</b> – einstimmig.</p>"
    assert first.language == "de-DE"
    assert second.title == "Zweite Meldung"
    assert (second.published, second.precision) == (datetime(2026, 3, 2, 11, tzinfo=UTC), Precision.DAY)
    assert second.trust is Trust.DECLARED
    assert second.summary == "<p>Text</p>"
    assert (third.title, third.link, third.published) == ("Ohne Link", None, None)


def test_report() -> None:
    """The report counts what was found, and names the items that lack a title or a date that is understood."""
    assert read(PAGE).report == (
        "page: 3 entries, 2 with a link, 2 with a date",
        "item 3 is left out: it has no title (`h3`)",
        "item 4 has no date that is understood (`time`)",
    )


def test_channel() -> None:
    """The page says what it is called and in which language it is."""
    channel = read(PAGE).channel
    assert (channel.title, channel.language) == ("Presse – Stadt Köln", "de-DE")
    bare = read("<article><h3>Köln</h3></article>")
    assert (bare.channel.title, bare.channel.language, bare.entries[0].language) == (None, None, None)


@pytest.mark.parametrize(
    ("html", "link"),
    [
        ("<article><h3><a href='/t'>Köln</a></h3><a href='/x'>mehr</a></article>", "https://stadt.example/t"),
        ("<article><a href='/x'>Bild</a><h3>Köln</h3></article>", "https://stadt.example/x"),
        ("<article><h3><a>Köln</a></h3><a href='//amt.example/y'>mehr</a></article>", "https://amt.example/y"),
        ("<article><h3><a href='javascript:x()'>Köln</a></h3></article>", None),
        ("<article><h3>Köln</h3></article>", None),
        ("<base href='/ordner/'><article><h3><a href='t'>Köln</a></h3></article>", "https://stadt.example/ordner/t"),
        ("<base href='data:x'><article><h3><a href='t'>Köln</a></h3></article>", "https://stadt.example/presse/t"),
    ],
)
def test_links_without_a_selector(html: str, link: str | None) -> None:
    """Without a selector it is the title's link, else the item's first; what is not of the web is none."""
    (entry,) = read(html, link=None).entries
    assert entry.link == link


def test_an_item_may_be_a_link() -> None:
    """The item itself may be what `link` or `title` selects."""
    (entry,) = read("<li><a class=n href=/n>Neues aus Köln</a></li>", item="a.n", title="a", link="a").entries
    assert (entry.title, entry.link) == ("Neues aus Köln", "https://stadt.example/n")


@pytest.mark.parametrize(
    ("html", "date"),
    [
        ("<time datetime='2026-07-01'>x</time>", "2026-07-01"),
        ("<time datetime='bald'>Mittwoch, 1. Juli 2026</time>", "2026-07-01"),
        ("<span class=d>Köln, <time datetime='2026-07-01'>heute</time></span>", "2026-07-01"),
        ("<span class=d> 01.07.2026 </span>", "2026-07-01"),
        ("<span class=d>demnächst</span>", None),
    ],
)
def test_dates(html: str, date: str | None) -> None:
    """`<time datetime>` goes before what people read, which counts where machines are told nonsense."""
    (entry,) = read(f"<article><h3>Köln</h3>{html}</article>", date="time, .d").entries
    assert (entry.published.date().isoformat() if entry.published else None) == date


def test_equal_links_are_told_apart() -> None:
    """Items that share a link or have none get ids of their own, which stay when items come before them."""
    items = ["<article><h3><a href='#'>Köln</a></h3></article>", "<article><h3><a href='#'>Bonn</a></h3></article>"]
    old = [entry.id for entry in read("".join(items)).entries]
    assert len(set(old)) == 2
    assert {*old} < {
        entry.id for entry in read("<article><h3><a href='#'>Neuss</a></h3></article>" + "".join(items)).entries
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"item": ".meldung"}, "“Presse – Stadt Köln” nothing matches `select: item`, which is `.meldung`"),
        ({"title": "h7"}, "nothing matches `select: title`, which is `h7`"),
    ],
)
def test_nothing_found(changes: dict[str, str], says: str) -> None:
    """A selector that finds nothing is a failure that names it: the page has changed, or scripts make it."""
    with pytest.raises(SourceError) as caught:
        read(PAGE, **changes)
    assert caught.value.reason == "not-a-feed"
    assert says in caught.value.detail


@pytest.mark.parametrize("body", [b"<rss", b"kein HTML", b"%PDF-1.4 x"])
def test_no_page(body: bytes) -> None:
    """What is no page has no items."""
    with pytest.raises(SourceError):
        page.parse(body, CONTEXT)


def test_without_selectors() -> None:
    """Nothing is guessed of a page that no selectors are told for."""
    with pytest.raises(SourceError, match="nothing tells what on it is an item"):
        page.parse(PAGE.encode(), replace(CONTEXT, select=None))


@pytest.mark.parametrize(
    ("codec", "content_type", "head"),
    [
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("utf-8-sig", None, ""),
        ("utf-16", None, ""),
        ("windows-1252", None, ""),
        ("windows-1252", "text/html; charset=ISO-8859-1", ""),
        ("iso-8859-15", "text/html; charset=iso-8859-15", ""),
        ("windows-1250", None, "<meta charset='windows-1250'>"),
        ("windows-1252", "text/html; charset=windows-9999", ""),
    ],
)
def test_encodings(codec: str, content_type: str | None, head: str) -> None:
    """Umlauts arrive, whatever the page and its server claim about them."""
    html = f"<html>{head}<article><h3>Köln fördert Bürger</h3></article>"
    reading = page.parse(html.encode(codec), replace(CONTEXT, content_type=content_type))
    assert [entry.title for entry in reading.entries] == ["Köln fördert Bürger"]


def test_many_items() -> None:
    """No more than 5,000 items are read, and the report says so."""
    reading = read("<li>Köln" * 5_001, item="li", title="li", date=None)
    assert len(reading.entries) == 5_000
    assert reading.report[1] == "only the first 5000 of 5001 items were read"
    reading = read("<li>1. Juli 2025" + "<li>Köln" * 4_999 + "<li>2. Juli 2025", item="li", title="li", date="li")
    assert (reading.entries[-1].title, reading.unread) == ("2. Juli 2025", 1)


def test_the_report_stays_short() -> None:
    """Of the items that are not understood twenty are named."""
    reading = read("<article><h3>Köln</h3></article>" + "<article></article>" * 30)
    assert len(reading.report) == 22
    assert reading.report[-1] == "and 11 more"


@pytest.mark.parametrize("selector", ["article", "h3 a, .news > li", "div:not(.x):nth-child(2)", "[data-x='ä']"])
def test_selectors(selector: str) -> None:
    """What CSS knows is a selector."""
    assert page.is_selector(selector)


@pytest.mark.parametrize("selector", ["", "h3 >", "a,,b", "::before", "time@datetime", "//h3", "a:foo("])
def test_no_selectors(selector: str) -> None:
    """What it does not know, or what selects no element, is none."""
    assert not page.is_selector(selector)


PIECES = st.sampled_from(
    "<article> </article> <h3> </h3> <a href=x> <a href='javascript:x'> <time datetime='2026-01-01'> <p> <svg> <table>"
    " <template> <base href=//> <html lang=x> <!-- --> &#xD800; Köln \x00 <p onclick=x> <script>".split(" ")
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_page(html: str) -> None:
    """Whatever a page is made of, it gives entries with clean titles and links, or a SourceError."""
    try:
        reading = read(html)
    except SourceError:
        return
    for entry in reading.entries:
        assert entry.title
        assert entry.link is None or entry.link.startswith(("http://", "https://"))
