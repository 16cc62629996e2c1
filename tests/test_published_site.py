"""Is a whole site that was made of real feeds valid in every format, and do all its links lead somewhere?"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from lxml import etree

from tests.conftest import SiteFolder
from tests.linkcheck import dead_links
from tests.runs import shared, update
from tests.test_publish_pages import check as check_page
from tests.test_publish_syndication import check_atom, check_item

SITE = "https://news.example.org/"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """What is published of all the kept feeds at once, by name."""
    if not shared("feeds", "MANIFEST.tsv").is_file():
        pytest.skip("shared/feeds does not lie beside the checkout")
    folder = SiteFolder(path=tmp_path_factory.mktemp("alle"))
    with shared("feeds", "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        names = [row["file"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    sources = {
        f"f{number}": {"feed": str(shared("feeds", name)), "content": "full" if number % 2 else "teaser"}
        for number, name in enumerate(names)
    }
    folder.write(
        sources=sources,
        topics={"technik": {"any": ["security", "release", "web*", "linux"]}},
        outputs={"viele": {"sources": list(sources), "limit": 1000}},
        site={"imprint": f"{SITE}impressum", "privacy": f"{SITE}datenschutz", "hub": "https://hub.example.org/"},
    )
    update(folder)
    published = folder.published()
    assert len(published) > 200
    return published


def _named(files: Mapping[str, bytes], suffix: str) -> Iterator[tuple[str, bytes]]:
    found = [(name, content) for name, content in files.items() if name.endswith(suffix)]
    assert found
    return iter(found)


def test_every_atom_document_is_valid(files: Mapping[str, bytes]) -> None:
    """By the schema of RFC 4287 and by what only its text says, the closed documents too."""
    for _, content in _named(files, ".atom"):
        check_atom(etree.fromstring(content))


def test_every_rss_document_is_valid(files: Mapping[str, bytes]) -> None:
    """By the rules of the RSS Advisory Board."""
    for _, content in _named(files, ".rss"):
        channel = etree.fromstring(content)[0]
        assert {child.tag for child in channel} >= {"title", "link", "description"}
        guids = [item.findtext("guid") for item in channel.iterfind("item")]
        assert len(guids) == len(set(guids))
        for item in channel.iterfind("item"):
            check_item(item)


def test_every_json_document_is_valid(files: Mapping[str, bytes]) -> None:
    """By JSON Feed 1.1: what must be there is, nothing has another type, nothing else is said without a mark."""
    for _, content in _named(files, ".json"):
        check_json_feed(json.loads(content))


def test_every_list_is_valid(files: Mapping[str, bytes]) -> None:
    """OPML 2.0 wants a head, a body with outlines, and of each a text; a subscription has an address."""
    for _, content in _named(files, ".opml"):
        root = etree.fromstring(content)
        assert (root.tag, root.get("version"), [child.tag for child in root]) == ("opml", "2.0", ["head", "body"])
        outlines = list(root.iter("outline"))
        assert outlines
        assert all(outline.get("text") for outline in outlines)
        assert all(outline.get("xmlUrl") for outline in outlines if outline.get("type") == "rss")


def test_every_page_is_sound(files: Mapping[str, bytes]) -> None:
    """Well-formed, safe, with its landmarks, and loading nothing."""
    for _, content in _named(files, ".html"):
        check_page(content)


def test_every_link_to_ourselves_leads_somewhere(files: Mapping[str, bytes]) -> None:
    """What pages and feeds link to below the site's address is there, anchors too."""
    assert not dead_links(files, SITE, {"impressum", "datenschutz"})


def test_nothing_is_too_large(files: Mapping[str, bytes]) -> None:
    """No feed is over 1 MB, however much its sources hold."""
    assert max(len(content) for name, content in files.items() if not name.endswith(".html")) <= 1_000_000


_FEED: Mapping[str, type] = {
    "version": str,
    "title": str,
    "home_page_url": str,
    "feed_url": str,
    "next_url": str,
    "language": str,
    "authors": list,
    "hubs": list,
    "items": list,
}
_ITEM: Mapping[str, type] = {
    **dict.fromkeys(("id", "url", "title", "content_html", "content_text", "summary", "image", "language"), str),
    **dict.fromkeys(("date_published", "date_modified"), str),
    **dict.fromkeys(("authors", "tags", "attachments"), list),
}


def check_json_feed(document: dict[str, Any]) -> None:
    """Check a document by the text of jsonfeed.org/version/1.1."""
    _check_members(document, _FEED, {"version", "title", "items"})
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    ids = [item["id"] for item in document["items"]]
    assert len(ids) == len(set(ids))
    for hub in document.get("hubs", []):
        assert hub.keys() == {"type", "url"}
    for item in document["items"]:
        _check_members(item, _ITEM, {"id"})
        assert item.keys() & {"content_html", "content_text"}
        for key in ("date_published", "date_modified"):
            assert key not in item or datetime.fromisoformat(item[key]).tzinfo
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
        for author in item.get("authors", []):
            _check_members(author, dict.fromkeys(("name", "url", "avatar"), str), set())
            assert author
        for file in item.get("attachments", []):
            _check_members(
                file, {"url": str, "mime_type": str, "title": str, "size_in_bytes": int}, {"url", "mime_type"}
            )


def _check_members(told: dict[str, Any], known: Mapping[str, type], needed: set[str]) -> None:
    assert needed <= told.keys()
    for key, value in told.items():
        assert key.startswith("_") or isinstance(value, known[key]), key
