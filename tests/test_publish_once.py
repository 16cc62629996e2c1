"""Does a story that is rendered once say in each feed what belongs there?"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from aggregator.model import Format, PublishedFeed
from aggregator.publish import FORMATS, forget
from aggregator.publish.once import anywhere
from tests.published import NUMBER, SITE, bare_story, feed, story

OTHER = {
    "slug": "all",
    "names_copies": False,
    "archive": "all/1",
    "site": replace(SITE, id="tag:other.example,2026:site", url="https://other.example/", language="en"),
}


def _feeds() -> list[PublishedFeed]:
    """The same stories as different feeds show them."""
    told, bare = story(), bare_story(id=NUMBER.replace("3", "4"))
    unplaced = replace(told, topics=(), matches=(), page=f"all/1.html#{told.id}")
    retold = replace(told, title="Anders", content="<p>Anders.</p>" * 1_000)
    return [feed(told, bare), feed(unplaced, bare), feed(retold, bare), feed(unplaced, bare, **OTHER), feed(told)]


@pytest.mark.parametrize("form", Format)
def test_what_was_rendered_before_changes_nothing(form: Format) -> None:
    """Each feed has the same bytes whether its stories were rendered for other feeds before or not."""
    alone = []
    for one in _feeds():
        forget()
        alone.append(FORMATS[form].render(one))
    assert len(set(alone)) == len(alone)
    for _ in range(2):
        assert [FORMATS[form].render(one) for one in _feeds()] == alone


def test_only_a_story_that_is_read_here_keeps_its_place() -> None:
    """Where a story is shown on our site matters where it links there, and only there."""
    assert not anywhere(story(), SITE).page
    for link in (None, "javascript:alert(1)", SITE.url + story().page):
        assert anywhere(story(link=link), SITE).page == story().page
