"""Does no feed grow over what readers can take?"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model import Format
from aggregator.publish import FORMATS
from aggregator.publish.bounds import ENTRY, FEED, Measured, bounded
from tests.published import NUMBER, feed, stories, story

LONG = "<p>Der Rat „tagt“ & schweigt.</p>"


def _numbered(count: int, content: str) -> list[Measured]:
    return [Measured.of(story(id=f"{NUMBER[:-4]}{number:04}", content=content)) for number in range(count)]


def test_an_entry_that_is_too_long_becomes_its_teaser() -> None:
    """Above 100 KB the summary stands alone; a text below stays."""
    fits, long = Measured.of(story()), Measured.of(story(content=LONG * 4_000))
    assert [one.content for one in bounded([fits, long], [])] == [story().content, None]


def test_a_feed_stays_below_a_megabyte() -> None:
    """The newest stories keep their texts, later ones their teasers; what no archive holds is never left out."""
    many = _numbered(400, LONG * 400)
    needed = [one.story.id for one in many[-50:]]
    kept = bounded(many, needed)
    assert kept[0].content
    assert kept[-1].content is None
    assert [one.id for one in kept[-50:]] == needed
    assert len(kept) < 400
    for form in Format:
        assert len(FORMATS[form].render(feed(*kept))) <= FEED


def test_lists_without_end_are_cut() -> None:
    """Where names, files or copies alone are too much, the first of them stay."""
    endless = story(categories=tuple(f"Schlagwort {number} " + "ä" * 300 for number in range(2_000)))
    (kept,) = bounded([Measured.of(endless)], [])
    assert len(kept.categories) == 20
    assert Measured.of(kept).size <= ENTRY


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(stories(), st.sampled_from(["<a href='x'>&\"\\\n", "ä", "]]>", "😀\t"]), st.integers(0, 20_000))
def test_sizes_are_never_reckoned_too_low(drawn, text: str, times: int) -> None:  # type: ignore[no-untyped-def]
    """Whatever a story holds, no format needs more bytes for it than was reckoned."""
    told = replace(drawn, content=text * times)
    measured = Measured.of(told)
    for form in (Format.ATOM, Format.RSS, Format.JSON):
        rendered = len(FORMATS[form].render(feed(told))) - len(FORMATS[form].render(feed()))
        assert rendered <= measured.size
