"""What do the tests of publish/ publish?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model import (
    Author,
    Channel,
    Copy,
    Enclosure,
    Format,
    PublishedFeed,
    PublishedSource,
    PublishedStory,
    Site,
    TopicMatch,
)
from aggregator.publish import assets, opml, pages, presentation, render_feed

NOON = datetime(2025, 7, 17, 10, tzinfo=UTC)
"""12:00 in Berlin on a day in summer."""

SITE = Site(
    title="Digitale Kommune",
    id="tag:news.example.org,2026:digitale-kommune",
    url="https://news.example.org/",
    language="de",
    timezone=ZoneInfo("Europe/Berlin"),
)
SOURCE = PublishedSource(
    id="behoerden-blatt",
    title="Behörden-Blatt „Süd“",
    url="https://blatt.example/",
    feed="https://blatt.example/feed/",
    channel=Channel(id="https://blatt.example/?feed=rss", updated=NOON),
)
NUMBER = "3f0c8f2e-0b5d-5c3a-9a70-0d5f2b8f7a10"


def story(**changes: Any) -> PublishedStory:
    """Give a story with everything that can be told, changed where asked."""
    told = PublishedStory(
        id=NUMBER,
        title="Görlitz: Smart-City-Charta „beschlossen“ – was nun?",
        link="https://blatt.example/charta?a=1&b=2",
        page=f"story/{NUMBER}.html",
        order_date=NOON,
        updated=NOON + timedelta(hours=1),
        published=NOON,
        summary="Die Größe zählt: 3 < 4 & „mehr“ …",
        content="<p>Der <em>ganze</em> Text &amp; mehr.</p>",
        authors=(Author(name="Änne Müßig", url="https://blatt.example/muessig"),),
        categories=("Städtebau", "Öffentlicher  Raum"),
        topics=(("smart-city", "Smart City"),),
        language="de-AT",
        enclosures=(
            Enclosure(url="https://blatt.example/bild.jpg", type="image/jpeg"),
            Enclosure(url="https://blatt.example/ton.mp3", type="audio/mpeg", length=1234, title="Gespräch"),
        ),
        source=SOURCE,
        copies=(
            Copy(
                source="behoerden-blatt",
                title="Behörden-Blatt „Süd“",
                link="https://blatt.example/charta?a=1&b=2",
                first_seen=NOON,
                reason="first",
            ),
            Copy(
                source="rathaus",
                title="Rathaus & Recht",
                link="https://rathaus.example/x?a=1&b=2",
                first_seen=NOON + timedelta(hours=3),
                reason="same day and title",
            ),
        ),
        matches=(TopicMatch(topic="smart-city", term="smart city", field="title", words="Smart-City"),),
    )
    return replace(told, **changes)


def bare_story(**changes: Any) -> PublishedStory:
    """Give an undated story that can be read on our own page only."""
    nothing = {"summary": None, "content": None, "authors": (), "categories": (), "topics": (), "language": None}
    none = {"enclosures": (), "copies": (), "matches": (), "published": None, "updated": NOON}
    own = {"link": None, "source": PublishedSource(id="seite", title="Gemerkte Seite")}
    page = f"story/{changes.get('id', NUMBER)}.html"
    return story(**{**nothing, **none, **own, "page": page, **changes})


def feed(*stories: PublishedStory, **changes: Any) -> PublishedFeed:
    """Give a feed of these stories in all formats."""
    told = PublishedFeed(
        slug="smart-city",
        id=f"{SITE.id}/smart-city",
        title="Smart City – „kommunal“",
        site=SITE,
        updated=NOON + timedelta(hours=2),
        stories=stories,
        formats=tuple(Format),
    )
    return replace(told, **changes)


def render_all(feeds: Sequence[PublishedFeed]) -> dict[str, bytes]:
    """Give everything that a site of these feeds publishes, by name."""
    feeds = [presentation.document_safe(feed) for feed in feeds]
    files = {name: content for feed in feeds for name, content in render_feed(feed).items()}
    with_page = {feed.slug for feed in feeds if Format.HTML in feed.formats}
    for one in (story for feed in feeds for story in feed.stories):
        files[one.page] = pages.render_story(one, SITE, with_page)
    files["index.html"] = pages.render_index(SITE, feeds)
    files["feeds.opml"] = opml.render_feeds(SITE, feeds)
    files["sources.opml"] = opml.render_sources(SITE, ())
    files |= {asset.name: asset.content for asset in (assets.stylesheet(), assets.script())}
    return dict(sorted(files.items()))


ANY_TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x00\x0b\x1f\x85\ud800\udfff\ufffe\ufeff\u200f\u202e]]>&<\"'äß„“–😀"),
    ),
    max_size=40,
)
"""Any text at all: controls, lone surrogates, directions, CDATA ends, emoji."""

_HOSTILE_URLS = ("javascript:alert(1)", "http://[", "", "data:text/html,x", "https://", 'HTTPS://ex.example/ü ä"<>')
_ANY_URL = st.one_of(st.sampled_from(_HOSTILE_URLS), ANY_TEXT, ANY_TEXT.map("https://blatt.example/".__add__))
_INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_NONE = st.none()


@st.composite
def stories(draw: st.DrawFn) -> PublishedStory:
    """Draw a story in which everything may be strange, ids and dates being our own."""
    number = str(draw(st.uuids()))
    source = PublishedSource(
        id="blatt",
        title=draw(ANY_TEXT),
        url=draw(_NONE | _ANY_URL),
        feed=draw(_NONE | _ANY_URL),
        channel=Channel(id=draw(_NONE | ANY_TEXT), updated=draw(_NONE | _INSTANTS)),
    )
    file = st.builds(
        Enclosure, url=_ANY_URL, type=_NONE | ANY_TEXT, length=_NONE | st.integers(-1, 2**70), title=_NONE | ANY_TEXT
    )
    match = st.builds(TopicMatch, topic=st.just("smart-city"), term=ANY_TEXT, field=ANY_TEXT, words=ANY_TEXT)
    copy = st.builds(
        Copy, source=st.just("c"), title=ANY_TEXT, link=_NONE | _ANY_URL, first_seen=_INSTANTS, reason=st.just("")
    )
    return PublishedStory(
        id=number,
        title=draw(ANY_TEXT),
        link=draw(_ANY_URL),
        page=f"story/{number}.html",
        order_date=draw(_INSTANTS),
        updated=draw(_INSTANTS),
        published=draw(_NONE | _INSTANTS),
        summary=draw(_NONE | ANY_TEXT),
        content=draw(_NONE | ANY_TEXT.map("<p>{}</p>".format)),
        authors=tuple(draw(st.lists(st.builds(Author, name=ANY_TEXT, url=_NONE | _ANY_URL), max_size=2))),
        categories=tuple(draw(st.lists(ANY_TEXT, max_size=2))),
        topics=draw(st.sampled_from(((), (("smart-city", "Smart City"),)))),
        language=draw(_NONE | ANY_TEXT | st.sampled_from(("de", "en-GB"))),
        enclosures=tuple(draw(st.lists(file, max_size=2))),
        source=draw(st.sampled_from((source, source, None))),
        copies=tuple(draw(st.lists(copy, max_size=2))),
        matches=tuple(draw(st.lists(match, max_size=1))),
    )
