"""What of a story is the same in every feed that shows it, so that each format renders it once?

All but the topics of the feed and what matched there, and the place where we show the story, where it is read at its
source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from aggregator.model import PublishedStory, Site
from aggregator.publish.presentation import web_address

P = ParamSpec("P")
T = TypeVar("T")
Rendering = Callable[Concatenate[PublishedStory, P], T]

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


@kept(most=256)
def anywhere(story: PublishedStory, site: Site) -> PublishedStory:
    """Give what a story says in any feed."""
    link = web_address(story.link)
    is_ours = link is None or link.startswith(site.url)
    return replace(story, topics=(), matches=(), page=story.page if is_ours else "")


def once(render: Rendering[P, T]) -> Rendering[P, T]:
    """Keep what a story was rendered to; it must not be changed. Stories with long texts are rendered each time."""
    keeping = kept()(render)

    def rendered(story: PublishedStory, /, *rest: P.args, **named: P.kwargs) -> T:
        call: Any = render if len(story.content or "") > _LONG else keeping
        found: T = call(story, *rest, **named)
        return found

    return rendered
