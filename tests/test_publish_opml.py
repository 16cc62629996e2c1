"""Does sources.opml list what anyone may subscribe to, and nothing else?"""

from __future__ import annotations

from dataclasses import replace

from lxml import etree

from aggregator.model import Source, SourceKind
from aggregator.publish.opml import render_sources
from tests.published import SITE

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
    assert root.findtext("head/title") == "Digitale Kommune – Alle Quellen als Liste (OPML)"
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
