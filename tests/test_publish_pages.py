"""Are our pages well-formed, safe, self-contained and in the site's language?"""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model import Author, Copy, Enclosure, Format, Precision, PublishedStory
from aggregator.publish import FORMATS, assets, pages, presentation
from tests.published import NOON, NUMBER, SITE, SOURCE, bare_story, feed, stories, story

_VOID = {"meta", "link", "br", "hr", "wbr", "img"}


class Page(HTMLParser):
    """A page as a checker sees it: every element with its attributes, its text, and whether all were closed."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(content.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def levels(self) -> list[int]:
        return [int(name[1]) for name, _ in self.elements if re.fullmatch("h[1-6]", name)]


def check(content: bytes) -> Page:
    """Check what every page promises: landmarks, headings in order, unique ids, nothing loaded but what is ours."""
    page = Page(content)
    assert content.startswith(b"<!DOCTYPE html>\n")
    names = [name for name, _ in page.elements]
    assert names.count("main") == names.count("h1") == names.count("title") == 1
    assert not {"img", "iframe", "style", "form", "svg", "object", "audio", "video"} & set(names)
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    levels = page.levels()
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [script["src"] for script in page.all("script")] in ([], [assets.script().name])
    for name, attributes in page.elements:
        assert not any(key.startswith("on") or key in {"style", "srcset"} for key in attributes)
        assert "src" not in attributes or name == "script"
        assert not (attributes.get("href") or "").lower().startswith(("javascript:", "data:text"))
    (policy,) = [meta for meta in page.all("meta") if meta.get("http-equiv")]
    assert (policy["content"] or "").startswith("default-src 'none'; style-src 'self'")
    for link in page.all("link"):
        assert link["rel"] != "stylesheet" or not (link["href"] or "").startswith(("http", "/"))
    skip = next(link for link in page.all("a") if link.get("class") == "skip")
    assert (skip["href"] or "")[1:] in identifiers
    return page


def test_a_feed_page_groups_its_stories_by_day() -> None:
    """Each day of the site's time zone is a heading over its stories, each of which is an anchor of its id."""
    late = story(id="b", order_date=NOON + timedelta(hours=13), title="Nach Mitternacht")
    page = check(FORMATS[Format.HTML].render(feed(late, story(), bare_story(id="c"))))
    assert [article["id"] for article in page.all("article")] == ["b", NUMBER, "c"]
    assert page.levels() == [1, 2, 3, 2, 3, 3]
    assert page.text.index("17. Juli 2025, 14:00 Uhr") < page.text.index("Freitag, 18. Juli 2025")
    assert page.text.index("Nach Mitternacht") < page.text.index("Donnerstag, 17. Juli 2025")
    assert "3 Meldungen" in page.text


def test_a_feed_page_shows_source_time_summary_and_copies() -> None:
    """A story on the page shows what a reader decides by, and links to its source and to its own page."""
    page = check(FORMATS[Format.HTML].render(feed(story())))
    for shown in ("Behörden-Blatt „Süd“", "12:00 Uhr", "3 < 4 & „mehr“", "Auch bei:", "Rathaus & Recht"):
        assert shown in page.text
    targets = [link["href"] for link in page.all("a")]
    assert {"https://blatt.example/charta?a=1&b=2", f"story/{NUMBER}.html"} <= set(targets)
    assert next(article for article in page.all("article"))["lang"] == "de-AT"


def test_a_day_without_a_time_shows_none_and_no_date_says_so() -> None:
    """A clock is shown only where one was told; an undated story is called so."""
    day = check(FORMATS[Format.HTML].render(feed(story(precision=Precision.DAY))))
    assert "12:00 Uhr" not in day.text
    undated = check(FORMATS[Format.HTML].render(feed(bare_story())))
    assert "ohne Datum" in undated.text


def test_pages_advertise_the_feeds() -> None:
    """Each page names the feeds it shows as alternates, with media types, in the formats that are written."""
    alternates = [link for link in check(pages.render_feed(feed())).all("link") if link["rel"] == "alternate"]
    assert [(link["href"], link["type"]) for link in alternates] == [
        ("smart-city.atom", "application/atom+xml"),
        ("smart-city.rss", "application/rss+xml"),
        ("smart-city.json", "application/feed+json"),
    ]
    only = feed(slug="all", formats=(Format.JSON,))
    index = check(pages.render_index(SITE, [feed(story()), only]))
    hrefs = [link["href"] for link in index.all("link") if link["rel"] == "alternate"]
    assert hrefs == ["smart-city.atom", "smart-city.rss", "smart-city.json", "all.json"]


def test_an_empty_feed_says_so() -> None:
    """A feed without stories is a page all the same, and says it once."""
    page = check(pages.render_feed(feed()))
    assert "Noch keine Meldungen." in page.text
    assert "0 Meldungen" not in page.text


def test_a_closed_document_says_that_it_is_one() -> None:
    """Who comes to an archive page from elsewhere sees that its stories are earlier ones, in the title too."""
    page = check(pages.render_feed(feed(story(), archive="smart-city/1")))
    assert "Smart City – „kommunal“ – Frühere Meldungen – Digitale Kommune" in page.text
    assert "Frühere Meldungen · 1 Meldung · Stand:" in " ".join(page.text.split())


def test_the_index_lists_the_feeds_and_how_to_subscribe() -> None:
    """The index links to each page that exists, shows the newest stories, and gives whole addresses to copy."""
    only = feed(slug="still", title="Still", formats=(Format.ATOM,))
    many = feed(*(story(id=f"n{number}", title=f"Meldung {number}") for number in range(5)))
    page = check(pages.render_index(SITE, [many, only]))
    targets = [link["href"] for link in page.all("a")]
    assert "smart-city.html" in targets
    assert "still.html" not in targets
    assert {"smart-city.atom", "smart-city.rss", "smart-city.json", "still.atom", "sources.opml"} <= set(targets)
    assert "https://news.example.org/smart-city.atom" in page.text
    assert "Meldung 2" in page.text
    assert "Meldung 3" not in page.text
    assert "So abonnieren Sie" in page.text
    assert "1 Meldung ·" in check(pages.render_index(SITE, [feed(story())])).text


def test_a_story_page_shows_the_text_the_copies_and_why_it_is_here() -> None:
    """The page of a story holds its text, date, author, files, everybody who carries it, and what matched."""
    page = check(pages.render_story(story(), SITE, {"smart-city"}))
    for shown in (
        "Der ganze Text & mehr.",
        "17. Juli 2025, 12:00 Uhr",
        "Von Änne Müßig",
        "Weiterlesen bei Behörden-Blatt „Süd“",
        "Rathaus & Recht",
        "gesehen am 17. Juli 2025",
        "Gespräch",
        "Begriff „smart city“ – gefunden im Titel:",
    ):
        assert shown in " ".join(page.text.split())
    assert "../smart-city.html" in [link["href"] for link in page.all("a")]
    assert page.all("h1")[0]["lang"] == "de-AT"


def test_a_story_page_without_much_to_say() -> None:
    """An undated story without text, copies or topics still has a page; a topic without a page is not linked."""
    page = check(pages.render_story(bare_story(), SITE, []))
    assert "Ohne Datum, eingeordnet am 17. Juli 2025" in page.text
    assert page.levels() == [1]
    plain = story(
        content=None,
        precision=Precision.DAY,
        authors=(Author(name="A"), Author(name="B")),
        copies=(Copy(source="brief", title="Brief", link=None, first_seen=NOON, reason=""),),
        enclosures=(Enclosure(url="https://blatt.example/x"),),
    )
    page = check(pages.render_story(plain, SITE, []))
    assert "3 < 4 & „mehr“" in page.text
    assert "Uhr" not in page.text
    assert "../smart-city.html" not in [link["href"] for link in page.all("a")]


def test_a_story_page_loads_nothing_and_has_one_main_heading() -> None:
    """Foreign images, media and forms are taken out of the text, the words around them stay; h1 becomes h2."""
    foreign = '<h1>Groß</h1><p>vor<img src="https://x.example/p.gif" alt="Bild">nach</p><video src="//x"></video>'
    page = check(pages.render_story(bare_story(content=foreign), SITE, []))
    assert page.levels() == [1, 2]
    assert "vornach" in page.text
    odd = "<!-- nur ein Kommentar --><p>offen <b>fett <table><td>Zelle"
    assert "Zelle" in check(pages.render_story(bare_story(content=odd), SITE, [])).text


def test_a_foreign_title_cannot_become_markup() -> None:
    """What sources say is text wherever it stands."""
    evil = "<script>alert(1)</script>\"'&{{ 7 * 7 }}"
    hostile = story(title=evil, summary=evil, topics=(("smart-city", evil),))
    hostile = replace(hostile, source=replace(SOURCE, title=evil), link="javascript:alert(1)")
    for content in (
        FORMATS[Format.HTML].render(feed(hostile, title=evil)),
        pages.render_index(SITE, [feed(hostile, title=evil)]),
        pages.render_story(hostile, SITE, []),
    ):
        assert evil in check(content).text
        assert b"<script" not in content.replace(b'<script src="static/', b"")


def test_an_english_site_speaks_english() -> None:
    """Words and dates follow the site's language, and dates its region."""
    site = replace(SITE, language="en-GB")
    page = check(FORMATS[Format.HTML].render(feed(story(), site=site)))
    assert page.all("html")[0]["lang"] == "en-GB"
    assert "17 July 2025, 14:00" in page.text
    assert "Also at:" in page.text
    american = check(FORMATS[Format.HTML].render(feed(story(), site=replace(SITE, language="en"))))
    assert "Thursday, July 17, 2025" in american.text
    why = check(pages.render_story(story(language="en-GB"), site, []))
    assert "Term “smart city” – found in the title:" in why.text


def test_a_site_of_another_language_marks_what_is_in_it() -> None:
    """Our words are English there and marked so; stories are in the site's language where they tell none."""
    site = replace(SITE, language="fr-CH")
    page = check(FORMATS[Format.HTML].render(feed(story(language=None), site=site)))
    assert (page.all("html")[0]["lang"], page.all("article")[0]["lang"]) == ("en", "fr-CH")
    assert "Thursday, July 17, 2025" in page.text
    odd = check(FORMATS[Format.HTML].render(feed(story(), site=replace(SITE, language="de-XX"))))
    assert "17. Juli 2025" in odd.text


def test_pages_say_nothing_twice() -> None:
    """The feed of all stories is not called like the site on its own pages, nor a topic named under its own title."""
    everything = feed(story(), slug="all", title=SITE.title)
    page = check(pages.render_feed(everything))
    assert "Alle Meldungen – Digitale Kommune" in page.text
    assert "Themen:" in page.text
    assert "Alle Meldungen" in check(pages.render_index(SITE, [everything])).text
    both = (("smart-city", "Smart City"), ("ozg", "OZG"))
    assert "Themen:" not in check(pages.render_feed(feed(story()))).text
    assert "Themen: OZG" in " ".join(check(pages.render_feed(feed(story(topics=both)))).text.split())


def test_the_stylesheet_is_named_by_its_content() -> None:
    """A changed stylesheet has another name, so caches may keep it; it asks for nothing else."""
    sheet = assets.stylesheet()
    assert re.fullmatch(r"static/style\.[0-9a-f]{16}\.css", sheet.name)
    assert b"url(" not in sheet.content
    assert b"@import" not in sheet.content
    for wanted in (b"prefers-color-scheme: dark", b"@media print", b":focus-visible"):
        assert wanted in sheet.content
    assert sheet.name in pages.render_index(SITE, []).decode()


def test_only_the_index_has_a_script() -> None:
    """It shows the buttons by which one click copies an address; other pages allow none."""
    index = pages.render_index(SITE, [feed(story())])
    assert [script["src"] for script in check(index).all("script")] == [assets.script().name]
    buttons = check(index).all("button")
    named = [(button["aria-label"] or "").partition(",")[0] for button in buttons]
    assert named == ["Kopieren: Atom", "Kopieren: RSS", "Kopieren: JSON Feed"]
    assert all("hidden" in button for button in buttons)
    for page in (pages.render_feed(feed(story())), pages.render_story(story(), SITE, ())):
        assert b"script" not in page


@settings(deadline=None, max_examples=40)
@given(st.lists(stories(), max_size=2, unique_by=lambda drawn: drawn.id))
def test_any_story_makes_sound_pages(drawn: list[PublishedStory]) -> None:
    """Whatever the stories hold, every page is well-formed, safe and loads nothing."""
    whole = presentation.document_safe(feed(*drawn))
    check(pages.render_feed(whole))
    check(pages.render_index(SITE, [whole]))
    for told in whole.stories:
        check(pages.render_story(told, SITE, {"smart-city"}))
