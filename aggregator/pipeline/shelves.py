"""With which stored stories is an entry compared that is to be placed?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from aggregator import stories

if TYPE_CHECKING:
    from aggregator.store import Filing


class Shelves:
    """Gives shelves with the stories of the store.

    Those of a long day are read once, however many batches it has, unless feeds.yaml has `same`.
    """

    def __init__(self, site: str, rulings: stories.Rulings) -> None:
        self._site = site
        self._rulings = rulings
        self._days: frozenset[date] = frozenset()
        self._held: stories.Shelf | None = None

    def empty(self, filing: Filing) -> stories.Shelf:
        """Give a shelf without stories."""
        identities = chain.from_iterable(story.identities() for story in self._named(filing))
        return stories.Shelf(self._site, (), self._rulings, named=identities)

    def of(self, filing: Filing, candidates: Sequence[stories.Candidate]) -> stories.Shelf:
        """Give the shelf on which a batch finds its places: the last one where that holds all that it needs."""
        days = frozenset(candidate.day for candidate in candidates if candidate.day)
        titles = {candidate.title.key for candidate in candidates if candidate.day}
        undated = {candidate.title.key for candidate in candidates if not candidate.day}
        if self._held and days and days <= self._days and not undated:
            beside = filing.known((), titles)
            if all(story.id in self._held for story in beside):
                return self._held
        self._held = None
        known = filing.known(days, titles, undated)
        by_id = {story.id: story for story in (*known, *self._named(filing))}
        named = (candidate.identity for candidate in candidates)
        shelf = stories.Shelf(self._site, by_id.values(), self._rulings, filing.merged_ids(), named)
        # Groups of `same` grow with what they are told of, so that each batch has to begin with all of it.
        self._held = None if self._rulings.same else shelf
        self._days = days
        return shelf

    def forget(self) -> None:
        """Read all anew for the next batch, since stored stories are named otherwise now."""
        self._held = None

    def _named(self, filing: Filing) -> list[stories.KnownStory]:
        """Give the stories that `same` may mean."""
        return filing.named(name for group in self._rulings.same for name in group.names)
