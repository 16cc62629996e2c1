"""Which stories are nearest to one, and why are they not the same?"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from msgspec import Struct

from aggregator.stories.known import KnownStory
from aggregator.stories.likeness import by_two_kickers, compare
from aggregator.stories.overrules import Rulings
from aggregator.stories.titles import Title, read_title

_NEAR_ENOUGH = 60.0


class NearMiss(Struct, frozen=True, kw_only=True):
    """A story that is not the same, and why not."""

    title: str
    why_not: str


def near_misses(story: KnownStory, others: Iterable[KnownStory], rulings: Rulings, limit: int) -> list[NearMiss]:
    """Give the stories nearest to one, the nearest first; those that feeds.yaml keeps apart are always near."""
    candidates = [other for other in others if other.id != story.id]
    parted = {other.id for other in candidates if _parted(story, other, rulings)}
    return [
        NearMiss(title=other.title.plain, why_not="split in feeds.yaml" if other.id in parted else _why(story, other))
        for other in _nearest(story.title, candidates, parted)[:limit]
    ]


def near_texts(told: Title, stories: Iterable[KnownStory], limit: int) -> list[NearMiss]:
    """Give the stories nearest to a text that has neither a day nor a source, and what keeps it from being one."""
    return [
        NearMiss(title=story.title.plain, why_not=_why_not_text(told, story))
        for story in _nearest(told, list(stories), set())[:limit]
    ]


def _nearest(title: Title, stories: list[KnownStory], wanted: set[str]) -> list[KnownStory]:
    from rapidfuzz import fuzz

    told = " ".join(title.words)
    closeness = {
        story.id: fuzz.token_set_ratio(told, " ".join(story.title.words), score_cutoff=_NEAR_ENOUGH)
        for story in stories
    }
    near = [story for story in stories if closeness[story.id] or story.id in wanted]
    return sorted(near, key=lambda story: (-closeness[story.id], story.title.plain, story.id))


def _why(story: KnownStory, other: KnownStory) -> str:
    """Go through the rules in the order in which the shelf does."""
    same_title = story.title.key == other.title.key
    if story.title.marked != other.title.marked:
        return "one is marked as advertising"
    if same_title and story.title.bare:
        return "a bare title says nothing"
    if story.day is None or other.day is None:
        return "one has no date, and the links differ" if same_title else "without a date only the same title counts"
    return f"another day: {other.day.isoformat()}" if story.day != other.day else _why_apart(story, other)


def _why_apart(story: KnownStory, other: KnownStory) -> str:
    """Say what tells two stories of one day apart."""
    likeness = compare(story.title, other.title)
    if not likeness.same:
        return likeness.reason
    if together := {(one.source, one.run) for one in story.members} & {(one.source, one.run) for one in other.members}:
        return f"{likeness.reason}, but they stood in one document of {min(together)[0]}"
    titles = [[read_title(member.title) for member in one.members] for one in (story, other)]
    if any(by_two_kickers(*pair) for pair in product(*titles)):
        return f"{likeness.reason}, but two kickers over one headline"
    return f"{likeness.reason}, but other stories of that day were as near when it was filed"


def _why_not_text(told: Title, story: KnownStory) -> str:
    likeness = compare(told, story.title)
    if not likeness.same:
        return likeness.reason
    day = story.day.isoformat() if story.day else "without a date"
    return f"a text has no day; it would be the same ({likeness.reason}) on {day}"


def _parted(story: KnownStory, other: KnownStory, rulings: Rulings) -> bool:
    if not rulings.different:
        return False
    return any(rulings.parted(one, two) for one in story.identities() for two in other.identities())
