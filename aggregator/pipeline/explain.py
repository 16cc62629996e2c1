"""Why is a story what it is: its copies, its topics, and what is nearly the same but is not?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import links, stories, topics
from aggregator.model import Config, Story
from aggregator.pipeline.choose import Chooser
from aggregator.pipeline.workplace import opened
from aggregator.stories import KnownStory, Member, Title, nearness, read_title
from aggregator.stories.overrules import Name
from aggregator.stories.titles import telling

if TYPE_CHECKING:
    from aggregator.store import Store

_CANDIDATES = 50
_NEAR_MISSES = 5
_OTHERS = 5
_FEWEST_WORDS = 2


class Explanation(Struct, frozen=True, kw_only=True):
    """What is known of what was asked about.

    `story` is None for a text that is no stored story, `others` are more stories that it may mean. `reference` says
    that a link or id was asked for, which by itself has no topics.
    """

    story: Story | None = None
    others: tuple[Story, ...] = ()
    near_misses: tuple[nearness.NearMiss, ...] = ()
    verdicts: tuple[topics.Verdict, ...] = ()
    reference: bool = False


def explain(config: Config, what: str) -> Explanation:
    """Explain a stored story, by its title, link or id, or a text that may be none; StoreError where it is damaged.

    Takes no lock, and makes no database where there is none. Topics are judged by feeds.yaml as it is now.
    """
    name = Name(_meant(config, what))
    with opened(config) as store:
        found = _found(store, name) if store else []
        if store and found:
            return _of_story(store, config, found[0], found[1 : _OTHERS + 1])
        if name.link or name.story:
            return Explanation(reference=True)
        near = _near_texts(store, read_title(name.told)) if store else []
    verdicts = topics.Matcher(config.topics).explain(topics.Texts(title=name.told))
    return Explanation(near_misses=tuple(near), verdicts=verdicts)


def _meant(config: Config, what: str) -> str:
    """Give the id of the story where the address of its page was told."""
    page = what.removeprefix(f"{config.site.url}story/")
    return page.removesuffix(".html") if page != what else what.strip()


def _found(store: Store, name: Name) -> list[Story]:
    """Give the stories that bear a name, as it is spelled first, else those that have all of its words in one title."""
    if exact := store.stories(store.find_stories(name)):
        return sorted(exact, key=lambda story: story.title != name.told)
    title = read_title(name.told)
    if len(telling(title.words)) < _FEWEST_WORDS:
        return []
    lengths = [(min(_lengths(story, title), default=0), story) for story in _about(store, title)]
    return [story for length, story in sorted(lengths, key=lambda one: one[0]) if length]


def _lengths(story: Story, told: Title) -> Iterator[int]:
    """Count the words of each title of a story that holds all words that were told."""
    for title in (story.title, *(stored.entry.title for stored in story.entries)):
        words = read_title(title).word_set
        if told.word_set <= words:
            yield len(words)


def _about(store: Store, title: Title) -> list[Story]:
    return store.stories(store.stories_about(sorted(telling(title.words), key=title.words.index), _CANDIDATES))


def _of_story(store: Store, config: Config, story: Story, others: Sequence[Story]) -> Explanation:
    title = read_title(story.title)
    known = {one.id: one for one in store.known([story.day] if story.day else [], [title.key], [title.key])}
    undated = (one for one in _about(store, title) if story.day is None or one.day is None)
    known = {one.id: _known(one) for one in undated} | known
    near = nearness.near_misses(_known(story), known.values(), stories.Rulings.of(config.overrules), _NEAR_MISSES)
    verdicts = Chooser(config).explain(story.entries, story.id)
    return Explanation(story=story, others=tuple(others), near_misses=tuple(near), verdicts=verdicts)


def _near_texts(store: Store, title: Title) -> list[nearness.NearMiss]:
    return nearness.near_texts(title, map(_known, _about(store, title)), _NEAR_MISSES)


def _known(story: Story) -> KnownStory:
    members = tuple(
        Member(
            source=stored.source,
            entry=stored.entry.id,
            title=read_title(stored.entry.title).plain,
            link=stored.entry.link and links.canonical(stored.entry.link),
            run=stored.run,
            founded=story.id,
        )
        for stored in story.entries
    )
    return KnownStory(id=story.id, day=story.day, title=read_title(story.title), members=members)
