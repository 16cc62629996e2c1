"""How does a feed read as JSON Feed 1.1?"""

from __future__ import annotations

from typing import Any

from aggregator.model import Format, PublishedFeed, PublishedStory, Site, TopicMatch
from aggregator.publish.once import once
from aggregator.publish.presentation import (
    UNKNOWN_TYPE,
    archive_address,
    enclosures,
    feed_address,
    further_copies,
    home_address,
    is_image,
    language_tag,
    local,
    media_type,
    story_html,
    story_link,
    story_title,
    story_uri,
    tags,
    web_address,
)


def render_json(feed: PublishedFeed) -> bytes:
    """Give the feed as a JSON Feed 1.1 document in UTF-8 (jsonfeed.org/version/1.1)."""
    import orjson

    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": " ".join(feed.title.split()) or feed.slug,
        "home_page_url": home_address(feed),
        "feed_url": feed_address(feed, Format.JSON),
        "language": feed.site.language,
        "authors": [{"name": feed.site.title, "url": feed.site.url}],
        "next_url": archive_address(feed, feed.older, Format.JSON) if feed.older else None,
        "hubs": [{"type": "WebSub", "url": feed.site.hub}] if feed.site.hub else None,
        "_aggregator": {"id": feed.id, "updated": local(feed.updated, feed.site).isoformat()},
        "items": [_item(story, feed) for story in feed.stories],
    }
    document = {name: value for name, value in document.items() if value is not None}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _item(story: PublishedStory, feed: PublishedFeed) -> dict[str, Any]:
    """Give an item; what is the same in every feed keeps its place in it."""
    site, topics = feed.site, feed.topics_of(story)
    first, last, extension = _anywhere(story, site, feed.names_copies)
    named = tags(story, topics)
    item = {**first, "tags": named, **last} if named else {**first, **last}
    told = dict(extension)
    if topics:
        told["topics"] = [{"id": topic, "title": title} for topic, title in topics]
    if matches := feed.matches_of(story):
        told["matches"] = [_match(match) for match in matches]
    item["_aggregator"] = told
    return item


@once
def _anywhere(story: PublishedStory, site: Site, names_copies: bool) -> tuple[dict[str, Any], ...]:
    """Give what stands before and after the tags, and our own extension but for the topics."""
    html = story_html(story, site, names_copies=names_copies)
    image = next((url for url, file in enclosures(story) if is_image(file)), None)
    first = {
        "id": story_uri(story),
        "url": story_link(story, site),
        "title": story_title(story, site),
        "content_html": html,
        "content_text": None if html else story.summary or story_title(story, site),
        "summary": story.summary,
        "image": image,
        "date_published": local(story.published, site).isoformat() if story.published else None,
        "date_modified": local(story.updated, site).isoformat(),
        "authors": _authors(story),
    }
    last = {"language": language_tag(story.language), "attachments": _attachments(story)}
    return _told(first), _told(last), _told(_extension(story, site))


def _authors(story: PublishedStory) -> list[dict[str, str]]:
    told = [(author.name, author.url) for author in story.authors]
    if story.source and not told:
        told = [(story.source.title, story.source.url)]
    named = [(" ".join(name.split()), web_address(url)) for name, url in told]
    return [_told({"name": name, "url": url}) for name, url in named if name]


def _attachments(story: PublishedStory) -> list[dict[str, Any]]:
    return [
        _told(
            {
                "url": url,
                "mime_type": media_type(file) or UNKNOWN_TYPE,
                "title": file.title,
                "size_in_bytes": file.length if file.length and 0 < file.length < 2**53 else None,
            }
        )
        for url, file in enclosures(story)
    ]


def _extension(story: PublishedStory, site: Site) -> dict[str, Any]:
    """Say what JSON Feed has no words for: source and copies; topics and the matches that put it there follow."""
    source = story.source
    return {
        "order_date": local(story.order_date, site).isoformat(),
        "source": _told(
            {
                "id": source.id,
                "title": source.title,
                "home_page_url": web_address(source.url),
                "feed_url": web_address(source.feed),
            }
        )
        if source
        else None,
        "copies": [
            _told({"source": copy.source, "title": copy.title, "url": web_address(copy.link)})
            for copy in further_copies(story)
        ],
    }


def _match(match: TopicMatch) -> dict[str, str]:
    return {"topic": match.topic, "term": match.term, "field": match.field, "words": match.words}


def _told(members: dict[str, Any]) -> dict[str, Any]:
    """Leave out what was not told: JSON Feed knows no null."""
    return {name: value for name, value in members.items() if value is not None and value not in _NOTHING}


_NOTHING: tuple[Any, ...] = ([], ())
