"""Does sources.opml list what anyone may subscribe to, and nothing else?"""

from __future__ import annotations

from lxml import etree
from msgspec.structs import replace

from aggregator.model import Format, Source, SourceKind, Topic
from aggregator.publish.opml import render_feeds, render_sources
from tests.published import SITE, feed

SOURCE = Source(
    id="blatt",
    rank=0,
    kind=SourceKind.FEED,
    address="https://blatt.example/feed/?a=1&b=ü",
    target="https://blatt.example/feed/?a=1&b=ü",
    local=False,
    title="Blatt „Süd“ & <Nord>\x00",
    url="https://blatt.example/",
)


def outlines(*sources: Source) -> list[dict[str, str]]:
    """Render sources, check what OPML 2.0 demands of the document, and give the attributes of its outlines."""
    root = etree.fromstring(render_sources(SITE, sources))
    assert (root.tag, root.get("version"), [child.tag for child in root]) == ("opml", "2.0", ["head", "body"])
    assert root.findtext("head/title") == "Digitale Kommune – Alle Quellen (OPML)"
    found = [{str(key): str(value) for key, value in outline.attrib.items()} for outline in root[1]]
    assert found
    assert all(outline["text"] for outline in found)
    return found


def test_a_public_feed_is_listed_with_its_names_and_addresses() -> None:
    """An outline holds text, title, type, xmlUrl and htmlUrl; a source without title or page goes by its id."""
    listed, bare = outlines(SOURCE, replace(SOURCE, id="ohne", title=None, url=None))
    assert listed == {
        "text": "Blatt „Süd“ & <Nord>",
        "title": "Blatt „Süd“ & <Nord>",
        "type": "rss",
        "xmlUrl": "https://blatt.example/feed/?a=1&b=%C3%BC",
        "htmlUrl": "https://blatt.example/",
    }
    assert bare["text"] == "ohne"
    assert "htmlUrl" not in bare


def test_what_is_not_for_everyone_is_left_out() -> None:
    """Documents, local files, private sources and addresses with secrets are not listed; the document stays valid."""
    secret = replace(SOURCE, address="https://blatt.example/${TOKEN}/feed")
    login = replace(SOURCE, address="https://leser:geheim@blatt.example/feed")
    sources = (
        replace(SOURCE, kind=SourceKind.DOCUMENT),
        replace(SOURCE, local=True),
        replace(SOURCE, public=False),
        replace(SOURCE, address="data/feed.xml"),
        secret,
        login,
    )
    assert outlines(*sources) == [{"text": "Keine öffentlichen Feeds", "isComment": "true"}]


def test_sources_of_a_topic_stand_in_its_folder() -> None:
    """A source that is bound to topics is listed in a folder of each and not beside them; none is empty."""
    bound, loose = replace(SOURCE, topics=("ozg", "stadt")), replace(SOURCE, id="frei", title="Frei")
    topics = [Topic(id=name, title=name.upper()) for name in ("ozg", "leer", "stadt")]
    body = etree.fromstring(render_sources(SITE, [bound, loose], topics))[1]
    assert [(outline.get("text"), len(outline)) for outline in body] == [("OZG", 1), ("STADT", 1), ("Frei", 0)]
    assert [outline.get("type") for outline in body.iter("outline")] == [None, "rss", None, "rss", "rss"]


def test_our_own_feeds_are_a_list_to_subscribe_to() -> None:
    """Each feed stands there once, in the first format that a reader takes; what is a page only is left out."""
    feeds = [feed(), feed(slug="j", formats=(Format.HTML, Format.JSON)), feed(slug="h", formats=(Format.HTML,))]
    body = etree.fromstring(render_feeds(SITE, feeds))[1]
    assert [outline.get("xmlUrl") for outline in body] == [f"{SITE.url}smart-city.atom", f"{SITE.url}j.json"]
    assert body[0].get("htmlUrl") == f"{SITE.url}smart-city.html"
    assert len(etree.fromstring(render_feeds(SITE, []))[1]) == 1
