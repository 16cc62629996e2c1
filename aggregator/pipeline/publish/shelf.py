"""What is a story as it is published, and from which things is a file made?"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from aggregator.model import Config, PublishedStory

if TYPE_CHECKING:
    from aggregator.publish.bounds import Measured
    from aggregator.store import Store


_HELD = 24_000_000
"""Bytes of stories that are held, as `publish.bounds` reckons them."""


class Shelf:
    """The stories of one publish, each read, composed and measured once, or again where very many came in between.

    `made_of` digests what all files are made of; `held` bounds the bytes of stories that are kept at a time.
    """

    def __init__(self, store: Store, config: Config, *, held: int = _HELD) -> None:
        from aggregator.publish.compose import Composer

        sources = store.published_sources()
        self._store = store
        self._stories: dict[str, Measured] = {}
        self._most = held
        self._held = 0
        self.composer = Composer(config=config, sources=sources)
        self.made_of = digest(
            edition(),
            config.site,
            [(topic.id, topic.title) for topic in config.topics],
            [(source.id, source.content, source.name, source.address, source.public) for source in config.sources],
            [(output.slug, output.formats) for output in config.outputs],
            sorted(sources.items()),
        )

    def take(self, stories: Sequence[str]) -> list[PublishedStory]:
        """Give stories by their ids, with all their topics, fit for every document; unknown ones are left out."""
        return [one.story for one in self._measured(stories)]

    def bounded(self, stories: Sequence[str], needed: Collection[str]) -> list[PublishedStory]:
        """Give stories by their ids as they fit into one feed (see `publish.bounds`)."""
        from aggregator.publish.bounds import bounded

        return bounded(self._measured(stories), needed)

    def _measured(self, stories: Sequence[str]) -> list[Measured]:
        from aggregator.publish.bounds import Measured
        from aggregator.publish.presentation import document_safe

        missing = [story for story in stories if story not in self._stories]
        for story in self._store.stories(missing) if missing else ():
            one = self._stories[story.id] = Measured.of(document_safe(self.composer.story(story)))
            self._held += one.size
        found = [self._stories[story] for story in stories if story in self._stories]
        while self._held > self._most:
            self._held -= self._stories.pop(next(iter(self._stories))).size
        return found


def digest(*things: object) -> str:
    """Digest things by what they say of themselves."""
    return hashlib.sha256(repr(things).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@cache
def edition() -> str:
    """Digest this program, so that one that renders otherwise renders anew."""
    told = hashlib.sha256()
    for content in _contents(resources.files("aggregator")):
        told.update(content)
    return told.hexdigest()


def _contents(folder: Traversable) -> list[bytes]:
    found = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _contents(entry)
        elif entry.name.endswith((".py", ".html", ".css", ".js")):
            found.append(entry.read_bytes())
    return found
