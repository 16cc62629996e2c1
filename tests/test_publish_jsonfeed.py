"""Is our JSON Feed valid, and does it say everything?"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Author, Enclosure, Format, PublishedFeed, PublishedStory
from aggregator.publish import FORMATS, presentation
from tests.published import NUMBER, SITE, bare_story, feed, stories, story


def document(whole: PublishedFeed) -> Any:
    """Render a feed as JSON and parse it."""
    return json.loads(FORMATS[Format.JSON].render(whole))


def test_the_feed_says_what_it_is() -> None:
    """Version, names and addresses are those of JSON Feed 1.1."""
    found = document(feed())
    assert found == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Smart City – „kommunal“",
        "home_page_url": "https://news.example.org/smart-city.html",
        "feed_url": "https://news.example.org/smart-city.json",
        "language": "de",
        "authors": [{"name": "Digitale Kommune", "url": "https://news.example.org/"}],
        "_aggregator": {
            "id": "tag:news.example.org,2026:digitale-kommune/smart-city",
            "updated": "2025-07-17T14:00:00+02:00",
        },
        "items": [],
    }


def test_an_item_says_everything_of_a_story() -> None:
    """Texts, dates, authors, tags, files, and in our extension source, copies, topics and matches."""
    (item,) = document(feed(story()))["items"]
    assert item == {
        "id": f"urn:uuid:{NUMBER}",
        "url": "https://blatt.example/charta?a=1&b=2",
        "title": story().title,
        "content_html": presentation.story_html(story(), SITE),
        "summary": story().summary,
        "image": "https://blatt.example/bild.jpg",
        "date_published": "2025-07-17T12:00:00+02:00",
        "date_modified": "2025-07-17T13:00:00+02:00",
        "authors": [{"name": "Änne Müßig", "url": "https://blatt.example/muessig"}],
        "tags": ["Smart City", "Städtebau", "Öffentlicher Raum"],
        "language": "de-AT",
        "attachments": [
            {"url": "https://blatt.example/bild.jpg", "mime_type": "image/jpeg"},
            {
                "url": "https://blatt.example/ton.mp3",
                "mime_type": "audio/mpeg",
                "title": "Gespräch",
                "size_in_bytes": 1234,
            },
        ],
        "_aggregator": {
            "order_date": "2025-07-17T12:00:00+02:00",
            "source": {
                "id": "behoerden-blatt",
                "title": "Behörden-Blatt „Süd“",
                "home_page_url": "https://blatt.example/",
                "feed_url": "https://blatt.example/feed/",
            },
            "copies": [{"source": "rathaus", "title": "Rathaus & Recht", "url": "https://rathaus.example/x?a=1&b=2"}],
            "topics": [{"id": "smart-city", "title": "Smart City"}],
            "matches": [{"topic": "smart-city", "term": "smart city", "field": "title", "words": "Smart-City"}],
        },
    }


def test_a_bare_story_says_only_what_was_told() -> None:
    """No date of publication is made up, nothing is null, and there is always a text."""
    (item,) = document(feed(bare_story(authors=(Author(name=" "),))))["items"]
    assert item == {
        "id": f"urn:uuid:{NUMBER}",
        "url": f"https://news.example.org/story/{NUMBER}.html",
        "title": story().title,
        "content_text": story().title,
        "date_modified": "2025-07-17T12:00:00+02:00",
        "_aggregator": {
            "order_date": "2025-07-17T12:00:00+02:00",
            "source": {"id": "seite", "title": "Gemerkte Seite"},
        },
    }
    (item,) = document(feed(bare_story(summary="Alles.")))["items"]
    assert item["content_text"] == item["summary"] == "Alles."


def test_a_file_of_unknown_kind_has_a_media_type() -> None:
    """An attachment without a media type would be invalid; a size that cannot be one is left out."""
    strange = bare_story(enclosures=(Enclosure(url="https://blatt.example/akte", type="?", length=2**60),))
    (item,) = document(feed(strange))["items"]
    assert item["attachments"] == [{"url": "https://blatt.example/akte", "mime_type": "application/octet-stream"}]


@settings(deadline=None, max_examples=60)
@given(st.lists(stories(), max_size=3, unique_by=lambda drawn: drawn.id))
def test_any_feed_is_valid(drawn: list[PublishedStory]) -> None:
    """Whatever the stories hold, the document keeps the rules of JSON Feed 1.1."""
    found = document(feed(*drawn))
    assert [item["id"] for item in found["items"]] == [f"urn:uuid:{told.id}" for told in drawn]
    for item in found["items"]:
        check_item(item)


def check_item(item: dict[str, Any]) -> None:
    """Check the types and the musts of an item (jsonfeed.org/version/1.1)."""
    texts = {"id", "url", "title", "content_html", "content_text", "summary", "image", "language"}
    dates = {"date_published", "date_modified"}
    assert set(item) <= texts | dates | {"authors", "tags", "attachments", "_aggregator"}
    assert all(isinstance(item[name], str) for name in texts & set(item))
    assert ("content_html" in item) != ("content_text" in item)
    assert all(datetime.fromisoformat(item[name]).tzinfo for name in dates & set(item))
    assert all(author.get("name") or author.get("url") for author in item.get("authors", []))
    assert all(isinstance(tag, str) and tag for tag in item.get("tags", []))
    for attachment in item.get("attachments", []):
        assert {"url", "mime_type"} <= set(attachment) <= {"url", "mime_type", "title", "size_in_bytes"}
