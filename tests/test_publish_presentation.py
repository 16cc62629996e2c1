"""Is what every format shows of a story right, whatever was told?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from msgspec.structs import replace

from aggregator.model import Copy, Enclosure, Format, PublishedStory
from aggregator.publish import presentation
from aggregator.publish.presentation import document_safe
from tests.published import NOON, NUMBER, SITE, bare_story, feed, stories, story


def test_text_is_made_fit_for_every_document() -> None:
    """Controls, lone surrogates and non-characters leave every text, however deep it lies; nothing else changes."""
    broken = story(title="Grö\x00ße\ud800 \x7f\x9f\ufffe\ufdd0„ß“😀\u200f", topics=(("smart-city", "Smart\x0b City"),))
    safe = document_safe(feed(broken)).stories[0]
    assert safe.title == "Größe „ß“😀\u200f"
    assert safe.topics == (("smart-city", "Smart City"),)
    assert document_safe(feed(safe)) == feed(safe)
    assert document_safe(feed(safe)).formats == tuple(Format)


def test_data_that_is_fit_already_stays_the_same_object() -> None:
    """Making safe text safe again costs no copy."""
    whole = feed(story())
    assert document_safe(whole) is whole


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"title": "  Ämter \n online "}, "Ämter online"),
        ({"title": " \n", "summary": "Erster Satz. Zweiter."}, "Erster Satz. Zweiter."),
        ({"title": "", "content": "<h2>Was &amp; wie</h2><p>kommt"}, "Was & wie kommt"),
        ({"title": "", "content": "<p></p>"}, "(ohne Titel)"),
        ({"title": ""}, "(ohne Titel)"),
    ],
)
def test_a_title_is_never_empty(changes: dict[str, str], title: str) -> None:
    """An empty title gives way to the first words of the text, and those to a phrase in the site's language."""
    assert presentation.story_title(bare_story(**changes), SITE) == title


def test_a_link_leads_to_the_source_else_to_our_page() -> None:
    """The source's page is linked absolutely; our own page where there is none, or none that is safe to open."""
    own = f"https://news.example.org/story/{NUMBER}.html"
    assert presentation.story_link(story(), SITE) == "https://blatt.example/charta?a=1&b=2"
    assert presentation.story_link(bare_story(), SITE) == own
    assert presentation.story_link(bare_story(link=own), SITE) == own
    assert presentation.story_link(story(link="javascript:alert(1)"), SITE) == own
    assert presentation.source_link(bare_story(), SITE) is None


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("https://ämter.example/größe?q=ü#ß", "https://%C3%A4mter.example/gr%C3%B6%C3%9Fe?q=%C3%BC#%C3%9F"),
        (" https://blatt.example/a%20b ", "https://blatt.example/a%20b"),
        ('https://blatt.example/"><b>', "https://blatt.example/%22%3E%3Cb%3E"),
        ("HTTP://blatt.example/", "HTTP://blatt.example/"),
        ("https://leser@[::1]:8443/a[1]?b[]=50%#c#d", "https://leser@[::1]:8443/a%5B1%5D?b%5B%5D=50%25#c%23d"),
        ("https://blatt.example:acht/", None),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("/nur/ein/pfad", None),
        ("https:///ohne-host", None),
        ("http://[kaputt", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_http_and_quoted_or_nothing(told: str | None, address: str | None) -> None:
    """Only http and https addresses are published, and nothing in them can leave its attribute."""
    assert presentation.web_address(told) == address


def test_further_copies_leave_out_what_is_shown() -> None:
    """The shown entry is no further copy; a copy told twice counts once; the same source's other link counts."""
    shown, other = story().copies
    twice = replace(shown, link="https://blatt.example/zwei")
    many = story(copies=(shown, other, other, twice, replace(shown, link=None)))
    assert presentation.further_copies(many) == (other, twice)


def test_the_text_ends_with_a_line_that_names_the_copies() -> None:
    """The HTML is the content, else the summary, and under it who else carries the story, with links."""
    line = '<p>Auch bei: <a href="https://rathaus.example/x?a=1&amp;b=2">Rathaus &amp; Recht</a></p>'
    assert presentation.story_html(story(), SITE) == f"<p>Der <em>ganze</em> Text &amp; mehr.</p>\n{line}"
    teaser = story(content=None, summary="Erster.\n\n3 < 4")
    assert presentation.story_html(teaser, SITE) == f"<p>Erster.</p><p>3 &lt; 4</p>\n{line}"
    unlinked = Copy(source="brief", title="Brief <1>", link=None, first_seen=NOON, reason="")
    english = replace(SITE, language="en")
    assert presentation.story_html(bare_story(copies=(unlinked,)), english) == "\n<p>Also at: Brief &lt;1&gt;</p>"


def test_a_summary_that_says_all_needs_no_html() -> None:
    """Where there is neither content nor a further copy, there is no HTML; content alone stays as it is."""
    assert presentation.story_html(bare_story(summary="Alles."), SITE) is None
    assert presentation.story_html(bare_story(content="<p>x</p>"), SITE) == "<p>x</p>"


def test_tags_are_the_topics_then_the_categories() -> None:
    """Each name comes once, topics first, blanks tidied, empty ones left out."""
    tagged = story(categories=("Smart City", " ", "Öffentlicher\n Raum"))
    assert presentation.tags(tagged, tagged.topics) == ("Smart City", "Öffentlicher Raum")


def test_files_come_once_and_only_from_the_web() -> None:
    """An enclosure without a web address is left out, one told twice is there once; only real media types count."""
    first, second = story().enclosures
    files = presentation.enclosures(story(enclosures=(first, Enclosure(url="file:///etc/passwd"), second, first)))
    assert [url for url, _ in files] == [first.url, second.url]
    assert presentation.media_type(Enclosure(url="", type="audio")) is None
    assert presentation.is_image(first)
    assert not presentation.is_image(second)


def test_a_language_tag_is_one_or_is_left_out() -> None:
    """What is no language tag is not published as one."""
    assert presentation.language_tag("de-AT") == "de-AT"
    assert presentation.language_tag("Deutsch (Österreich)") is None
    assert presentation.language_tag(None) is None


def test_home_is_the_page_of_the_feed_else_the_index() -> None:
    """A feed that has no HTML page sends people to the index."""
    assert presentation.home_address(feed()) == "https://news.example.org/smart-city.html"
    assert presentation.home_address(feed(formats=(Format.ATOM,))) == "https://news.example.org/index.html"


def test_times_are_in_the_zone_of_the_site() -> None:
    """An instant is told with the site's offset, in whole seconds."""
    told = presentation.local(NOON + timedelta(milliseconds=7), SITE)
    assert told.isoformat() == "2025-07-17T12:00:00+02:00"


@given(stories())
def test_any_story_has_a_title_and_a_link(strange: PublishedStory) -> None:
    """Whatever was told, a story can be named and opened."""
    safe = document_safe(strange)
    assert presentation.story_title(safe, SITE).strip()
    assert presentation.story_link(safe, SITE).lower().startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("url", "title", "name"),
    [
        ("https://blatt.example/ton/Folge%2012.mp3?q=1&s=/x#t", None, "Folge 12.mp3"),
        ("https://blatt.example/ton/", None, "ton"),
        ("https://[::1]/?x=/y", None, "[::1]"),
        ("https://blatt.example/%00", None, "https://blatt.example/%00"),
        ("https://blatt.example/ton.mp3", "Gespräch", "Gespräch"),
    ],
)
def test_files_are_called_by_their_names(url: str, title: str | None, name: str) -> None:
    """A file has its title, else the last part of its address, never a line of parameters."""
    assert presentation.file_name(url, Enclosure(url=url, title=title)) == name
