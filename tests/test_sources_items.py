"""Items: what RSS and Atom say of one piece of news."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from aggregator.model import Author, Channel, Context, Enclosure, Entry, Precision
from aggregator.sources import feed, items

CONTEXT = Context(
    url="https://stadt.example/feed/", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 7, 3, 9, tzinfo=UTC)
)
NAMES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def rss(item: str, context: Context = CONTEXT, head: str = "") -> Entry:
    body = f'<rss version="2.0" {NAMES}><channel><title>Stadt</title>{head}<item>{item}</item></channel></rss>'
    (entry,) = feed.parse(body.encode(), context).entries
    return entry


def atom(entry: str, head: str = "", attributes: str = "") -> Entry:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{head}<entry>{entry}</entry></feed>'
    (read,) = feed.parse(body.encode(), CONTEXT).entries
    return read


def test_complete_rss() -> None:
    """Every field of an RSS item comes through, clean and absolute."""
    entry = rss(
        """<guid isPermaLink="false"> Meldung 7/ä </guid><link>/a?utm_source=x&amp;id=1</link>
        <title>Smart&#8203; City: &amp;bdquo;Köln&amp;ldquo;</title>
        <description>&lt;p&gt;Kurz &lt;a href="b"&gt;b&lt;/a&gt;&lt;/p&gt;</description>
        <content:encoded><![CDATA[<p onclick="x">Lang</p><script>x</script>]]></content:encoded>
        <pubDate>Wed, 01 Jul 2026 12:00:00 CEST</pubDate><dc:date>2026-07-02T10:00:00Z</dc:date>
        <author>amt@stadt.example (Grit Möller)</author><category>Bau</category><category>Bau</category>
        <category>Rat</category><comments>/a#kommentare</comments>
        <enclosure url="/f.mp3" type="audio/mpeg" length="12"/>
        <media:content url="/b.png" medium="image" fileSize="7"/><media:content url="/v.mp4" type="video/mp4"/>
        <media:thumbnail url="/t.webp"/><itunes:image href="/i.jpg"/>
        <source url="https://land.example/feed">Land</source>""",
        head="<language>de-DE</language>",
    )
    assert entry == Entry(
        id="Meldung 7/ä",
        id_derived=False,
        title="Smart City: „Köln“",
        link="https://stadt.example/a?id=1",
        published=datetime(2026, 7, 1, 10, tzinfo=UTC),
        updated=datetime(2026, 7, 2, 10, tzinfo=UTC),
        precision=Precision.SECOND,
        trust=entry.trust,
        summary='<p>Kurz <a href="https://stadt.example/feed/b" rel="noopener nofollow">b</a></p>',
        content="<p>Lang</p>",
        authors=(Author(name="Grit Möller", email="amt@stadt.example"),),
        categories=("Bau", "Rat"),
        language="de-DE",
        enclosures=(
            Enclosure(url="https://stadt.example/f.mp3", type="audio/mpeg", length=12),
            Enclosure(url="https://stadt.example/b.png", type="image/png", length=7),
            Enclosure(url="https://stadt.example/v.mp4", type="video/mp4"),
            Enclosure(url="https://stadt.example/t.webp", type="image/webp"),
            Enclosure(url="https://stadt.example/i.jpg", type="image/jpeg"),
        ),
        comments="https://stadt.example/a#kommentare",
        origin=Channel(title="Land", self_link="https://land.example/feed"),
    )


def test_complete_atom() -> None:
    """Every field of an Atom entry comes through; xml:base counts, and the source feed is named."""
    entry = atom(
        """<id>tag:stadt.example,2026:1</id><title type="html">K&amp;ouml;ln &lt;b&gt;baut&lt;/b&gt;</title>
        <link rel="enclosure" href="f.mp3" type="audio/mpeg" title="Folge"/><link href="a"/>
        <published>2026-07-01T12:00:00+02:00</published><updated>2026-07-02T10:00:00Z</updated>
        <summary>Kurz &amp; gut</summary>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Lang <img src="b.png"/></p></div></content>
        <author><name>Grit Möller</name><uri>grit</uri><email>amt@stadt.example</email></author>
        <category term="bau" label="Bauen"/><category term="rat"/>
        <source><id>urn:land</id><title>Land</title><updated>2026-07-01T00:00:01Z</updated>
        <link rel="self" href="https://land.example/atom"/><link href="https://land.example/"/></source>""",
        attributes='xml:base="/meldungen/" xml:lang="de"',
    )
    assert (entry.id, entry.title, entry.link) == (
        "tag:stadt.example,2026:1",
        "Köln baut",
        "https://stadt.example/meldungen/a",
    )
    assert entry.summary == "<p>Kurz &amp; gut</p>"
    assert entry.content == '<p>Lang <img src="https://stadt.example/meldungen/b.png"></p>'
    home = "https://stadt.example/meldungen/grit"
    assert entry.authors == (Author(name="Grit Möller", url=home, email="amt@stadt.example"),)
    assert (entry.categories, entry.language) == (("Bauen", "rat"), "de")
    assert entry.enclosures == (
        Enclosure(url="https://stadt.example/meldungen/f.mp3", type="audio/mpeg", title="Folge"),
    )
    assert entry.origin == Channel(
        id="urn:land",
        title="Land",
        link="https://land.example/",
        self_link="https://land.example/atom",
        updated=datetime(2026, 7, 1, 0, 0, 1, tzinfo=UTC),
    )


def test_empty_item() -> None:
    """An item that says nothing is an entry with nothing but a derived id."""
    entry = rss("")
    assert entry == Entry(id=entry.id, id_derived=True)
    assert entry.id


@pytest.mark.parametrize(
    ("guid", "link"),
    [
        ("<guid>https://stadt.example/a</guid>", "https://stadt.example/a"),
        ("<guid>4711</guid>", None),
        ("<guid>/a</guid>", None),
        ('<guid isPermaLink="false">https://stadt.example/a</guid>', None),
        ("<guid>4711</guid><link>/a</link>", "https://stadt.example/a"),
    ],
)
def test_guid_as_link(guid: str, link: str | None) -> None:
    """A guid stands in for a missing link only where it is an address and does not say that it is none."""
    assert rss(guid).link == link


def test_atom_id_is_no_link() -> None:
    """An Atom id is never a link; an alternate of any type is."""
    assert atom("<id>https://stadt.example/1</id>").link is None
    told = atom('<id>https://stadt.example/1</id><link rel="alternate" type="application/pdf" href="/a.pdf"/>')
    assert told.link == "https://stadt.example/a.pdf"
    same = atom('<id>https://stadt.example/1</id><link href="https://stadt.example/1"/>')
    assert same.link == "https://stadt.example/1"


def test_atom_authors() -> None:
    """An Atom entry without authors has its source's, else its feed's; an RSS item has none."""
    head = "<author><name>Amt</name></author>"
    assert atom("<id>1</id>", head).authors == (Author(name="Amt"),)
    assert atom("<id>1</id><source><author><name>Land</name></author></source>", head).authors == (Author(name="Land"),)
    assert rss("<title>x</title>", head="<managingEditor>Amt</managingEditor>").authors == ()


def test_rss_date() -> None:
    """The one date of an RSS item is its publication, whatever the element; Atom's update is no publication."""
    entry = rss("<dc:date>2026-07-01T10:00:00Z</dc:date>")
    assert (entry.published, entry.updated) == (datetime(2026, 7, 1, 10, tzinfo=UTC), None)
    entry = atom("<updated>2026-07-01T10:00:00Z</updated>")
    assert (entry.published, entry.updated) == (None, datetime(2026, 7, 1, 10, tzinfo=UTC))


def test_escaped_twice() -> None:
    """Text that a content system escaped twice reads as it was meant."""
    entry = rss(
        "<title>M&amp;amp;#252;nchen</title><description>&amp;lt;p&amp;gt;M&amp;amp;#252;nchen&amp;lt;/p&amp;gt;</description>"
    )
    assert (entry.title, entry.summary) == ("München", "<p>München</p>")


@pytest.mark.parametrize(
    ("told", "content"),
    [
        ("<content>a &lt; b\n\nc</content>", "<p>a &lt; b</p><p>c</p>"),
        ("<content>&lt;p&gt;doch HTML&lt;/p&gt;</content>", "<p>doch HTML</p>"),
        ('<content type="html">&lt;p&gt;x&lt;/p&gt;</content>', "<p>x</p>"),
        ('<content type="application/pdf">UEs=</content>', None),
        ('<content type="html" src="https://stadt.example/a"/>', None),
        ('<content type="html">&lt;script&gt;x&lt;/script&gt;</content>', None),
    ],
)
def test_content_types(told: str, content: str | None) -> None:
    """Content is read by its type; plain text with tags in it is HTML after all, and files are not text."""
    assert atom(told).content == content


def test_media_description() -> None:
    """A description of an image does not take the place of the text."""
    entry = rss(
        "<description>Kurz</description><media:description>Bild</media:description>"
        "<content:encoded>&lt;p&gt;Der ganze lange Text&lt;/p&gt;</content:encoded>"
    )
    assert (entry.summary, entry.content) == ("Kurz", "<p>Der ganze lange Text</p>")


def test_content_only() -> None:
    """A text is not told twice: content without a summary has none."""
    entry = rss("<content:encoded>&lt;p&gt;Text&lt;/p&gt;</content:encoded>")
    assert (entry.summary, entry.content) == (None, "<p>Text</p>")


def test_base_of_a_local_file() -> None:
    """A feed from a file resolves links against its own home page, and has none that it cannot resolve."""
    local = Context(url=None, timezone=CONTEXT.timezone, now=CONTEXT.now)
    assert rss("<link>/a</link>", local, "<link>https://stadt.example/</link>").link == "https://stadt.example/a"
    assert rss("<link>/a</link>", local).link is None


def test_unexpected_elements() -> None:
    """Elements that feedparser files under its own names do no harm."""
    entry = rss(
        '<links a="b"/><tags a="b"/><authors a="b"/><title_detail a="b"/><content_ a="b"/><media_content a="b"/>'
    )
    assert (entry.authors, entry.categories, entry.enclosures) == ((), (), ())


def test_typed_reading() -> None:
    """What has the wrong type counts as missing."""
    odd = {"a": 1, "b": [1, {"c": 2}], "n": " 12 ", "m": "١٢", "l": "1" * 10}
    assert items.text(odd, "a") == ""
    assert items.text(odd, "z") == ""
    assert items.mapping(odd, "a") == {}
    assert items.mappings(odd, "b") == [{"c": 2}]
    assert items.mappings(odd, "a") == []
    assert [items.number(odd, key) for key in "nmla"] == [12, 0, 0, 0]
