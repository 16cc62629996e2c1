"""What of a story is the same in every feed that shows it, so that each format renders it once?

All but the topics of the feed and what matched there, and the place where we show the story, where it is read at its
source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar, TypeVarTuple, cast

from msgspec import Struct
from msgspec.structs import replace

from aggregator.model import PublishedStory, Site
from aggregator.publish.presentation import web_address

P = ParamSpec("P")
T = TypeVar("T")
Rest = TypeVarTuple("Rest")

_STORIES = 2_048
"""Stories whose renderings are kept, in each format."""
_LONG = 8_000
"""Characters of a text that is not kept: to write it out takes longer than all the rest."""
_FORGETTING: list[Callable[[], None]] = []


def kept(most: int = _STORIES) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep what a function gave for what was asked last, until all is forgotten."""

    def keep(function: Callable[P, T]) -> Callable[P, T]:
        keeping = lru_cache(maxsize=most)(function)
        _FORGETTING.append(keeping.cache_clear)
        return cast("Callable[P, T]", keeping)

    return keep


def forget() -> None:
    """Give the memory free that all this takes."""
    for clear in _FORGETTING:
        clear()


class _Held(Struct, frozen=True):
    """A story as it came and as it is told anywhere, its site, and what they were rendered to."""

    story: PublishedStory
    told: PublishedStory
    site: Site
    made: Any


def once(render: Callable[[PublishedStory, Site, *Rest], T]) -> Callable[[PublishedStory, Site, *Rest], T]:
    """Keep what the latest stories were rendered to, by what they say in any feed; it must not be changed.

    A story and its site are known by the objects that they are, before they are compared: to compare all that a story
    says takes as long as to render it. Long texts are rendered each time.
    """
    found: dict[tuple[Any, ...], _Held] = {}
    _FORGETTING.append(found.clear)

    def rendered(story: PublishedStory, site: Site, *rest: *Rest) -> T:
        key = (story.id, *rest)
        held = found.get(key)
        if held is not None and held.story is story and held.site is site:
            return cast("T", held.made)
        told = anywhere(story, site)
        if held is not None and held.told == told and held.site == site:
            made: T = held.made
        else:
            made = render(told, site, *rest)
        if len(story.content or "") <= _LONG:
            if len(found) >= _STORIES:
                del found[next(iter(found))]
            found[key] = _Held(story, told, site, made)
        return made

    return rendered


def anywhere(story: PublishedStory, site: Site) -> PublishedStory:
    """Give what a story says in any feed."""
    link = web_address(story.link)
    is_ours = link is None or link.startswith(site.url)
    return replace(story, topics=(), matches=(), page=story.page if is_ours else "")
