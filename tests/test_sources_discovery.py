"""Which feeds does a page advertise, and what does a hostile page cost?"""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.sources.discovery import AdvertisedFeed, find

pytestmark = pytest.mark.usefixtures("pure")

URL = "https://gemeinde.example/rathaus/aktuelles.html?seite=2"
RSS = 'type="application/rss+xml"'


def _urls(page: str) -> list[str]:
    return [feed.url for feed in find(page.encode(), URL)]


def test_declared_feeds_come_in_the_order_of_the_page() -> None:
    """Each feed that a page declares is given once, absolute, with its title and type."""
    page = f"""<!doctype html><html><head><title>Gemeinde</title>
        <link rel="alternate" {RSS} title="Grüße &amp; „Neues“" href="/feed.xml">
        <LINK HREF='atom.xml' REL='Alternate' TYPE='Application/Atom+XML; charset=utf-8'>
        <link rel=alternate type=application/feed+json href=https://andere.example/feed.json>
        <link rel="alternate" {RSS} title="noch einmal" href="https://gemeinde.example/feed.xml">
        </head><body><a href="/rss.xml">RSS</a></body></html>"""
    assert find(page.encode(), URL) == (
        AdvertisedFeed(url="https://gemeinde.example/feed.xml", title="Grüße & „Neues“", type="application/rss+xml"),
        AdvertisedFeed(url="https://gemeinde.example/rathaus/atom.xml", type="application/atom+xml"),
        AdvertisedFeed(url="https://andere.example/feed.json", type="application/feed+json"),
    )


@pytest.mark.parametrize(
    "link",
    [
        'rel="alternate" type="text/html" href="/en/"',
        'rel="alternate" hreflang="en" href="/en/feed"',
        'rel="stylesheet alternate" type="application/rss+xml" href="/feed.xml"',
        'rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7"',
        'rel="alternate" type="application/json+oembed" href="/oembed?url=feed"',
        'rel="icon" type="application/rss+xml" href="/feed.xml"',
        f'rel="alternate" {RSS} href="javascript:alert(1)"',
        f'rel="alternate" {RSS} href="file:///etc/passwd"',
        f'rel="alternate" {RSS} href="https://name:wort@gemeinde.example/feed"',
        f'rel="alternate" {RSS} href=""',
        f'rel="alternate" {RSS}',
    ],
)
def test_what_is_no_feed_is_left_out(link: str) -> None:
    """Other languages, interfaces, style sheets, and addresses that are not http or https are no feeds."""
    assert _urls(f"<head><link {link}></head>") == []


@pytest.mark.parametrize(
    "link",
    [
        'rel="alternate" type="text/xml" href="/feed/"',
        'rel="alternate" type="application/json" href="/feed.json"',
        'rel="feed" href="/index.rss"',
        'rel="feed" type="application/atom+xml" href="/neu"',
    ],
)
def test_vague_types_count_where_the_address_looks_like_a_feed(link: str) -> None:
    """A type that says little, or none beside rel=feed, is believed where the address looks like a feed's."""
    assert len(_urls(f"<link {link}>")) == 1


def test_relative_links_start_from_the_base() -> None:
    """The first base element moves relative links; one that is no address on the web moves nothing."""
    link = f'<link rel="alternate" {RSS} href="feed.xml">'
    assert _urls(f'<base target="_top"><base href="/neu/">{link}') == ["https://gemeinde.example/neu/feed.xml"]
    assert _urls(f'<base href="data:,x">{link}') == ["https://gemeinde.example/rathaus/feed.xml"]
    assert find(link.encode(), None) == ()


def test_links_in_the_text_are_the_second_choice() -> None:
    """A page that declares no feed is searched for links that look like feeds, titled by their text."""
    page = """<p><a href="/impressum">Impressum</a> <a href="/feed/"><b>RSS</b>-Feed &ouml;ffnen</a>
        <a href="?feed=rss2" title="Alles"><img src=x></a> <a href="/neu" type="application/rss+xml">Neu</a>
        <a href="/feedback">Feedback</a> <a href="/rssi.html">RSSI</a> <a href="mailto:feed@example.org">Post</a>"""
    assert find(page.encode(), URL) == (
        AdvertisedFeed(url="https://gemeinde.example/feed/", title="RSS -Feed öffnen"),
        AdvertisedFeed(url="https://gemeinde.example/rathaus/aktuelles.html?feed=rss2", title="Alles"),
        AdvertisedFeed(url="https://gemeinde.example/neu", title="Neu"),
    )


@pytest.mark.parametrize(
    "path", ["/rss", "/feed.xml", "/a/index.rdf", "/news.atom", "/feeds/rss/", "/rss.xml", "/feed/atom"]
)
def test_usual_addresses_look_like_feeds(path: str) -> None:
    """The usual addresses of feeds are found in a page's text."""
    assert _urls(f'<a href="{path}">x</a>') == [f"https://gemeinde.example{path}"]


def test_comments_of_the_page_are_no_part_of_it() -> None:
    """What stands in an HTML comment is not advertised, also where the comment is never closed."""
    link = f'<link rel="alternate" {RSS} href="/a.xml">'
    assert _urls(f"<!-- {link} -->{link.replace('a.xml', 'b.xml')}<!-- {link.replace('a.xml', 'c.xml')}") == [
        "https://gemeinde.example/b.xml"
    ]


def test_feeds_of_comments_are_told_from_the_others() -> None:
    """The feed of what readers write is known by its address or by its title."""
    assert AdvertisedFeed(url="https://a.example/comments/feed/").of_comments
    assert AdvertisedFeed(url="https://a.example/x/feed/", title="Höfe » Kommentar-Feed").of_comments
    assert not AdvertisedFeed(url="https://a.example/feed/", title="Gemeinde » Feed").of_comments


def test_titles_are_made_safe() -> None:
    """A title is one line without controls and of bounded length."""
    page = f'<link rel="alternate" {RSS} href="/f" title="a&#27;[31m\n{"ä" * 900}">'
    title = find(page.encode(), URL)[0].title or ""
    assert title.startswith("a[31m ä")
    assert len(title) <= 200


def test_the_number_of_feeds_is_bounded() -> None:
    """A page that names thousands of feeds gives twenty."""
    assert len(_urls("".join(f'<link rel="alternate" {RSS} href="/{n}">' for n in range(5000)))) == 20


@pytest.mark.parametrize(
    "part",
    ["<div>", '<a "', "<a href='\"", "<!--", "<a href=/feed><b>", '<a a=" ', "<a " + "x" * 5000, "<a href='&#1", "<!"],
)
def test_a_hostile_page_costs_little(part: str) -> None:
    """A megabyte of whatever repeats is searched in linear time."""
    body = (part * (3_000_000 // len(part))).encode()
    started = time.process_time()
    find(body, URL)
    assert time.process_time() - started < 3


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="<>\"'= /ahrefblinktyps!-&#;äß\x00\n"), st.binary(max_size=60))
def test_any_bytes_are_searched(text: str, garbage: bytes) -> None:
    """No page makes the search fail, and all that it gives is on the web."""
    for feed in find(f'<a href="/feed">{text}</a><link {text}>'.encode() + garbage, URL):
        assert feed.url.startswith(("https://", "http://"))
