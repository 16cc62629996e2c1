"""What is known of entries and stories when an entry finds its place?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from aggregator.stories.overrules import Identity
from aggregator.stories.titles import Title


class Candidate(Struct, frozen=True, kw_only=True):
    """An entry that is to be placed; `link` is canonical, `day` the site's, None where no date can be trusted.

    `run` is the one that recorded it: two entries of one source and run stood side by side in one document. `founded`
    is the id of the story that it once founded, None where it founded none yet; `headlines` are other titles that it
    may be named by.
    """

    source: str
    entry: str
    title: Title
    day: date | None
    link: str | None
    run: int
    founded: str | None = None
    headlines: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        """What feeds.yaml may call it by."""
        return self.member.identity

    @property
    def member(self) -> Member:
        """What is remembered of it in its story."""
        return Member(
            source=self.source,
            entry=self.entry,
            title=self.title.plain,
            link=self.link,
            run=self.run,
            day=self.day,
            founded=self.founded,
            headlines=self.headlines,
        )


class Member(Struct, frozen=True, kw_only=True):
    """An entry of a story as far as comparison needs it (see `Candidate`); `title` is plain, as when it was placed."""

    source: str
    entry: str
    title: str
    link: str | None
    run: int
    day: date | None = None
    founded: str | None = None
    headlines: tuple[str, ...] = ()

    @property
    def identity(self) -> Identity:
        """What feeds.yaml may call it by."""
        return Identity(
            titles=(self.title, *self.headlines), link=self.link, entry=self.entry, story=self.founded, day=self.day
        )


class KnownStory(Struct, frozen=True, kw_only=True):
    """A story as far as comparison needs it: its founding title and day, and its entries.

    `headlines` are those that its entries have got since they were placed. `filed` counts the placings of entries up to
    the one that founded it: of two that qualify alike the older one wins.
    """

    id: str
    day: date | None
    title: Title
    filed: int = 0
    members: tuple[Member, ...] = ()
    headlines: tuple[Title, ...] = ()

    def identities(self) -> Iterable[Identity]:
        """What feeds.yaml may call it by, one for each entry."""
        return (member.identity for member in self.members)


class Placement(Struct, frozen=True, kw_only=True):
    """Where an entry belongs, and why; `founded` where it is the first of its story."""

    story: str
    founded: bool
    reason: str
