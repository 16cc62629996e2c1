"""Are our Atom and RSS documents valid, and do readers get out of them what went in?"""

from __future__ import annotations

import io
import locale
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from aggregator.model import Channel, Enclosure, Format, PublishedFeed, PublishedSource, PublishedStory
from aggregator.publish import FORMATS, presentation
from aggregator.publish.syndication import MATCH_NAMESPACE
from tests.published import NOON, NUMBER, SITE, SOURCE, bare_story, feed, stories, story

ATOM = {"a": "http://www.w3.org/2005/Atom", "m": MATCH_NAMESPACE}
RSS = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "m": MATCH_NAMESPACE,
}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def test_atom_is_valid() -> None:
    """A feed of full, bare and no stories is valid by the schema of RFC 4287 and by the rules of its text."""
    for whole in (feed(), feed(bare_story()), feed(story(), bare_story(id=NUMBER.replace("3", "4")))):
        check_atom(atom(whole))


def test_atom_says_what_the_feed_is() -> None:
    """The feed bears its id, its own address, its page, its language and the site as its author."""
    root = atom(feed(story()))
    assert root.findtext("a:id", namespaces=ATOM) == "tag:news.example.org,2026:digitale-kommune/smart-city"
    assert root.findtext("a:title", namespaces=ATOM) == "Smart City – „kommunal“"
    assert root.findtext("a:updated", namespaces=ATOM) == "2025-07-17T14:00:00+02:00"
    assert links(root) == [
        ("self", "https://news.example.org/smart-city.atom"),
        ("alternate", "https://news.example.org/smart-city.html"),
    ]
    assert root.get(XML_LANG) == "de"
    assert root.findtext("a:author/a:name", namespaces=ATOM) == "Digitale Kommune"


def test_atom_says_everything_of_a_story() -> None:
    """Id, dates with the site's offset, texts, author, tags, language and every link reach the entry."""
    (entry,) = atom(feed(story())).iterfind("a:entry", ATOM)
    assert entry.findtext("a:id", namespaces=ATOM) == f"urn:uuid:{NUMBER}"
    assert entry.findtext("a:title", namespaces=ATOM) == story().title
    assert entry.findtext("a:updated", namespaces=ATOM) == "2025-07-17T13:00:00+02:00"
    assert entry.findtext("a:published", namespaces=ATOM) == "2025-07-17T12:00:00+02:00"
    assert entry.findtext("a:summary", namespaces=ATOM) == story().summary
    content = entry.find("a:content", ATOM)
    assert content is not None
    assert content.get("type") == "html"
    assert content.text == presentation.story_html(story(), SITE)
    assert entry.findtext("a:author/a:uri", namespaces=ATOM) == "https://blatt.example/muessig"
    assert [tag.get("label") or tag.get("term") for tag in entry.iterfind("a:category", ATOM)] == [
        "Smart City",
        "Städtebau",
        "Öffentlicher Raum",
    ]
    assert entry.get(XML_LANG) == "de-AT"
    assert links(entry) == [
        ("alternate", "https://blatt.example/charta?a=1&b=2"),
        ("via", "https://blatt.example/charta?a=1&b=2"),
        ("related", "https://rathaus.example/x?a=1&b=2"),
        ("enclosure", "https://blatt.example/bild.jpg"),
        ("enclosure", "https://blatt.example/ton.mp3"),
    ]
    sound = entry.findall("a:link", ATOM)[-1]
    assert (sound.get("type"), sound.get("length"), sound.get("title")) == ("audio/mpeg", "1234", "Gespräch")


def test_atom_names_the_source_whole() -> None:
    """atom:source holds the source's own id, title, date and links; an entry without author has the source as one."""
    (entry,) = atom(feed(story(authors=()))).iterfind("a:entry", ATOM)
    source = entry.find("a:source", ATOM)
    assert source is not None
    assert source.findtext("a:id", namespaces=ATOM) == "https://blatt.example/?feed=rss"
    assert source.findtext("a:title", namespaces=ATOM) == "Behörden-Blatt „Süd“"
    assert source.findtext("a:updated", namespaces=ATOM) == "2025-07-17T12:00:00+02:00"
    assert source.findtext("a:author/a:name", namespaces=ATOM) == "Behörden-Blatt „Süd“"
    assert links(source) == [("self", "https://blatt.example/feed/"), ("alternate", "https://blatt.example/")]


def test_a_private_source_is_named_but_its_address_is_not() -> None:
    """Where a source is not public, its feed's address is in no format, not even as an id."""
    secret = "https://intranet.example/geheim.xml"
    source = PublishedSource(
        id="intranet", title="Intranet", channel=Channel(id=secret, self_link=secret, link="https://intranet.example/")
    )
    whole = feed(story(source=source))
    assert all(secret.encode() not in FORMATS[form].render(whole) for form in Format)
    told = atom(whole).findtext("a:entry/a:source/a:id", namespaces=ATOM)
    assert told == "tag:news.example.org,2026:digitale-kommune/sources/intranet"


def test_a_source_id_that_is_no_uri_gives_way_to_the_address() -> None:
    """Only a URI can be an atom:id."""
    kept = replace(SOURCE, channel=Channel(id="tag:blatt.example,2020:feed"))
    assert atom(feed(story(source=kept))).findtext("a:entry/a:source/a:id", namespaces=ATOM) == kept.channel.id
    for told in (None, "Blatt", "Blatt: eins", ":x", "blatt:", "http://["):
        source = replace(SOURCE, channel=Channel(id=told))
        found = atom(feed(story(source=source))).findtext("a:entry/a:source/a:id", namespaces=ATOM)
        assert found == "https://blatt.example/feed/"


def test_an_undated_story_has_an_order_date_only() -> None:
    """Without a told date there is no published; updated and pubDate carry the order date."""
    (entry,) = atom(feed(bare_story())).iterfind("a:entry", ATOM)
    assert entry.find("a:published", ATOM) is None
    assert entry.findtext("a:updated", namespaces=ATOM) == "2025-07-17T12:00:00+02:00"
    assert rss(feed(bare_story())).findtext("channel/item/pubDate") == "Thu, 17 Jul 2025 12:00:00 +0200"


def test_the_match_that_brought_a_story_here_is_told() -> None:
    """Our match element says topic, term, field and the words found, in both documents."""
    for found in (atom(feed(story())).find(".//m:match", ATOM), rss(feed(story())).find(".//m:match", RSS)):
        assert found is not None
        assert found.text == "Smart-City"
        assert attributes(found) == {"topic": "smart-city", "term": "smart city", "field": "title"}


def test_rss_is_valid() -> None:
    """A feed of full, bare and no stories keeps the rules of the RSS 2.0 specification."""
    for whole in (feed(), feed(bare_story()), feed(story(), bare_story(id=NUMBER.replace("3", "4")))):
        check_rss(rss(whole), whole)


def test_rss_says_everything_of_a_story() -> None:
    """Texts, creator, tags, the one enclosure that is no image, and the source reach the item."""
    (item,) = rss(feed(story())).iterfind("channel/item")
    assert item.findtext("guid") == f"urn:uuid:{NUMBER}"
    assert item.findtext("link") == "https://blatt.example/charta?a=1&b=2"
    assert item.findtext("description") == "Die Größe zählt: 3 &lt; 4 &amp; „mehr“ …"
    assert item.findtext("content:encoded", namespaces=RSS) == presentation.story_html(story(), SITE)
    assert item.findtext("dc:creator", namespaces=RSS) == "Änne Müßig"
    assert [tag.text for tag in item.iterfind("category")] == ["Smart City", "Städtebau", "Öffentlicher Raum"]
    enclosure, source = item.find("enclosure"), item.find("source")
    assert enclosure is not None
    assert source is not None
    sound = {"url": "https://blatt.example/ton.mp3", "type": "audio/mpeg", "length": "1234"}
    assert attributes(enclosure) == sound
    assert (source.get("url"), source.text) == ("https://blatt.example/feed/", "Behörden-Blatt „Süd“")


def test_rss_takes_an_image_where_there_is_no_other_file() -> None:
    """The only file is the enclosure, even an image; a type that was not told is made up for, as RSS demands."""
    image = story(enclosures=story().enclosures[:1])
    unknown = story(enclosures=(Enclosure(url="https://blatt.example/akte", type="Akte"),))
    for told, kind in ((image, "image/jpeg"), (unknown, "application/octet-stream")):
        enclosure = rss(feed(told)).find("channel/item/enclosure")
        assert enclosure is not None
        assert (enclosure.get("type"), enclosure.get("length")) == (kind, "0")


def test_rss_dates_leave_the_locale_of_the_process_alone() -> None:
    """Dates are English whatever the locale, and the locale is what it was."""
    before = locale.setlocale(locale.LC_ALL)
    dated = rss(feed(story(order_date=NOON + timedelta(days=90))))
    assert dated.findtext("channel/item/pubDate") == "Wed, 15 Oct 2025 12:00:00 +0200"
    assert locale.setlocale(locale.LC_ALL) == before


@settings(deadline=None, max_examples=60)
@given(st.lists(stories(), max_size=2, unique_by=lambda drawn: drawn.id))
def test_any_feed_is_valid_and_reads_back(drawn: list[PublishedStory]) -> None:
    """Whatever the stories hold, both documents are valid and feedparser reads titles, ids, links and dates back."""
    whole = feed(*drawn)
    check_atom(atom(whole))
    check_rss(rss(whole), whole)
    titles = [presentation.story_title(told, SITE) for told in presentation.document_safe(whole).stories]
    assert [found.text for found in atom(whole).iterfind("a:entry/a:title", ATOM)] == titles
    assert [found.text for found in rss(whole).iterfind("channel/item/title")] == titles
    for form in (Format.ATOM, Format.RSS):
        found = parsed(whole, form)
        assert not found.bozo
        assert len(found.entries) == len(drawn)
        for entry, told in zip(found.entries, presentation.document_safe(whole).stories, strict=True):
            check_read_back(entry, told, form)


def check_read_back(entry: Any, told: PublishedStory, form: Format) -> None:
    """Compare what feedparser found with what went in."""
    title = presentation.story_title(told, SITE)
    # A title in RSS says not whether it is text or HTML, so feedparser guesses.
    if form is Format.ATOM or not set("<&") & set(title):
        assert entry.title == repaired(title)
    assert entry.id == f"urn:uuid:{told.id}"
    assert entry.link == presentation.story_link(told, SITE)
    instant = told.updated if form is Format.ATOM else told.order_date
    found = entry.updated if form is Format.ATOM else entry.published
    assert found in {
        presentation.local(instant, SITE).isoformat(),
        presentation.local(instant, SITE).strftime("%a, %d %b %Y %H:%M:%S %z"),
    }


def repaired(text: str) -> str:
    """Do what feedparser does to text that looks like UTF-8 read as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def test_a_megabyte_of_html_reads_back() -> None:
    """Long content with CDATA ends, entities and emoji comes out as it went in."""
    long = "<p>Größe ]]&gt; &amp;amp; 😀 „ß“</p>\n" * 30_000
    whole = feed(bare_story(content=long))
    assert parsed(whole, Format.ATOM).entries[0].content[0].value == long.strip()
    assert parsed(whole, Format.RSS).entries[0].summary == long.strip()


def parsed(whole: PublishedFeed, form: Format) -> Any:
    """Read a rendered feed back with feedparser."""
    renderer = FORMATS[form]
    return feedparser.parse(
        io.BytesIO(renderer.render(whole)),
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": f"{renderer.media_type}; charset=utf-8"},
    )


def atom(whole: PublishedFeed) -> etree._Element:
    """Render a feed as Atom and parse it."""
    return etree.fromstring(FORMATS[Format.ATOM].render(whole))


def rss(whole: PublishedFeed) -> etree._Element:
    """Render a feed as RSS and parse it."""
    return etree.fromstring(FORMATS[Format.RSS].render(whole))


def links(element: etree._Element) -> list[tuple[str | None, str | None]]:
    """List relation and address of an Atom element's links."""
    return [(link.get("rel"), link.get("href")) for link in element.iterfind("a:link", ATOM)]


def attributes(element: etree._Element) -> dict[str, str]:
    """Give an element's attributes."""
    return {str(name): str(value) for name, value in element.attrib.items()}


@cache
def schema() -> etree.RelaxNG:
    """Give the schema of RFC 4287, appendix B."""
    return etree.RelaxNG(etree.parse(Path(__file__).parent / "data" / "atom.rng"))


def check_atom(root: etree._Element) -> None:
    """Check the schema, and what only the text of RFC 4287 says (sections 4.1.1, 4.1.2, 4.2.6, 4.2.7)."""
    schema().assertValid(root)
    ids = [found.text for found in root.iterfind("a:entry/a:id", ATOM)]
    assert len(ids) == len(set(ids))
    for element in (root, *root.iterfind("a:entry", ATOM)):
        assert sum(relation == "alternate" for relation, _ in links(element)) == 1
        assert (element.findtext("a:title", namespaces=ATOM) or "").strip()
        named = element.find("a:author/a:name", ATOM)
        assert named is None or (named.text or "").strip()
    for found in root.iter("{http://www.w3.org/2005/Atom}id"):
        assert found.text
        assert not set(found.text) & set(" \t\r\n")


def check_rss(root: etree._Element, whole: PublishedFeed) -> None:
    """Check the rules of the RSS 2.0 specification (RSS Advisory Board, 2.0.11) and of its best practices."""
    assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
    channel = root[0]
    for required in ("title", "link", "description"):
        assert (channel.findtext(required) or "").strip()
        assert len(channel.findall(required)) == 1
    assert channel.findtext("language") == "de"
    assert parsedate_to_datetime(channel.findtext("lastBuildDate") or "") == whole.updated
    own = channel.find("atom:link", RSS)
    assert own is not None
    assert attributes(own) == {
        "rel": "self",
        "href": "https://news.example.org/smart-city.rss",
        "type": "application/rss+xml",
    }
    items = channel.findall("item")
    assert len({item.findtext("guid") for item in items}) == len(items) == len(whole.stories)
    for item in items:
        check_item(item)


def check_item(item: etree._Element) -> None:
    """Check one item of RSS."""
    once = ("title", "link", "description", "guid", "pubDate", "enclosure", "source", "comments", "author")
    assert all(len(item.findall(name)) <= 1 for name in once)
    known = {*once, "category", *(f"{{{RSS[prefix]}}}{name}" for prefix, name in _MODULES)}
    assert {child.tag for child in item} <= known
    assert (item.findtext("title") or "").strip()
    guid = item.find("guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"
    assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo
    for enclosure in item.iterfind("enclosure"):
        assert set(enclosure.attrib) == {"url", "length", "type"}
        assert (enclosure.get("length") or "").isdigit()
    for source in item.iterfind("source"):
        assert source.get("url")
        assert source.text


_MODULES = (("content", "encoded"), ("dc", "creator"), ("m", "match"))
