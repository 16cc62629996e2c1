"""In which story does an entry find its place?

overrule   same: / different: of feeds.yaml                    the last word
class      same day and title; bare and undated titles apart   any order of arrival gives the same stories
likeness   kickers, subtitles, near titles                     only where exactly one story of the day qualifies
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Container, Iterable
from datetime import date
from functools import partial
from itertools import chain

from msgspec.structs import replace

from aggregator.model import Overrules
from aggregator.stories.known import Candidate, KnownStory, Member, Placement
from aggregator.stories.likeness import Likeness, by_two_kickers, compare, may_be_cut, may_be_near, may_be_shortened
from aggregator.stories.overrules import Identity, Rulings
from aggregator.stories.titles import Title, read_title

_FIRST_WORDS = 4
_MOST_LOOKED_AT = 2000
_MOST_ALIKE = 100
"""Stories of a day that an entry is held against at little cost, and word by word. Where there are more it is none."""


_Word = tuple[tuple[str, ...], str]
"""The numbers of a title, and one of its words."""


class Shelf:
    """The stories of one run, known and new, in which each entry finds its place.

    Entries must come in the fixed order of a filing (see `Filing.pending`), so that the same entries always give the
    same stories. `taken` are ids of stories that have been merged into others: they are never given again. `named` are
    entries that feeds.yaml may name, beside those of `known`: groups of `same` that name one entry are one group.
    """

    def __init__(
        self,
        site: str,
        known: Iterable[KnownStory],
        rulings: Rulings | None = None,
        taken: Container[str] = frozenset(),
        named: Iterable[Identity] = (),
    ) -> None:
        self._site = site
        self._rulings = rulings or Rulings.of(Overrules())
        self._joined: defaultdict[int, list[str]] = defaultdict(list)
        self._taken = taken
        self._stories: dict[str, KnownStory] = {}
        self._order: dict[str, int] = {}
        self._by_key: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
        self._by_link: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._by_word: defaultdict[date, defaultdict[_Word, list[str]]] = defaultdict(partial(defaultdict, list))
        known = sorted(known, key=lambda story: story.filed)
        self._same = self._rulings.same
        if self._same:
            identities = [*named, *chain.from_iterable(story.identities() for story in known)]
            self._same = self._same.extended(identities)
            self._groups = self._same.united(identities)
        for story in known:
            self._add(story)

    def place(self, candidate: Candidate, order_day: date) -> Placement:
        """Find the story of an entry, or found one whose id is rooted in the site, its order day and its title."""
        found = self._by_overrule(candidate) or self._by_class(candidate) or self._by_likeness(candidate)
        if found and found.story:
            story = self._with_founder(self._stories[found.story], candidate)
            self._stories[story.id] = replace(story, members=(*story.members, candidate.member))
            self._name_link(story, candidate.link)
            self._name(story.id, [candidate])
            return replace(found, reason=f'{found.reason}: "{story.title.plain}"')
        reason = found.reason if found else "first of its story"
        story_id = new_id(self._site, candidate, order_day, self)
        self._add(KnownStory(id=story_id, day=candidate.day, title=candidate.title, members=(candidate.member,)))
        return Placement(story=story_id, founded=True, reason=reason)

    def __contains__(self, story_id: object) -> bool:
        """Say whether a story bears an id, or bore it before it was merged into another."""
        return story_id in self._stories or story_id in self._taken

    def revise(self, story_id: str, headline: Title) -> None:
        """Note a headline that an entry of a story has got since it was placed."""
        story = self._stories[story_id]
        self._stories[story_id] = replace(story, headlines=(*story.headlines, headline))
        self._name_headline(story, headline)

    def _name_headline(self, story: KnownStory, headline: Title) -> None:
        self._by_key[story.day, "revised", headline.key].append(story.id)

    def _with_founder(self, story: KnownStory, candidate: Candidate) -> KnownStory:
        """Call a story by the entry that once founded one, where none of it did before: it will bear that one's id."""
        if candidate.founded is None or any(member.founded for member in story.members):
            return story
        story = replace(story, title=candidate.title, day=candidate.day)
        self._name_founding(story)
        return story

    def _add(self, story: KnownStory) -> None:
        self._stories[story.id] = story
        self._order[story.id] = len(self._order)
        for headline in story.headlines:
            self._name_headline(story, headline)
        self._name_founding(story)
        self._name(story.id, story.members)

    def _name_founding(self, story: KnownStory) -> None:
        title = story.title
        for key in self._keys(story):
            self._by_key[key].append(story.id)
        for member in story.members:
            self._name_link(story, member.link)
        if story.day is not None and not title.bare:
            by_word = self._by_word[story.day]
            for word in title.word_set:
                by_word[title.numbers, word].append(story.id)

    def _name_link(self, story: KnownStory, link: str | None) -> None:
        if link is not None:
            self._by_link[story.title.key, link][story.id] = None

    def _name(self, story: str, entries: Iterable[Candidate | Member]) -> None:
        """Note which groups of `same` a story's entries stand in."""
        for entry in entries if self._same else ():
            for group in self._same.borne(entry.identity):
                self._joined[self._groups[group]].append(story)

    def _keys(self, story: KnownStory) -> set[tuple[object, ...]]:
        title, day = story.title, story.day
        if title.bare:
            return set()
        keys: set[tuple[object, ...]] = {(day, "title", title.key)}
        if day is not None:
            keys.add((day, "start", title.words[:_FIRST_WORDS]))
            if title.kicker is None:
                keys.add((day, "plain", title.key))
            else:
                keys |= {(day, "headline", title.headline), (day, "kicker", title.kicker)}
        return keys

    def _by_overrule(self, candidate: Candidate) -> Placement | None:
        """Give the oldest story of the groups of `same` that an entry stands in, but none that `different` parts."""
        if not self._same:
            return None
        groups = {self._groups[group] for group in self._same.borne(candidate.identity)}
        found = {story for group in groups for story in self._joined[group]}
        for story in sorted(found, key=self._order.__getitem__):
            if not self._parted(candidate, self._stories[story]):
                return Placement(story=story, founded=False, reason="joined in feeds.yaml")
        return None

    def _by_class(self, candidate: Candidate) -> Placement | None:
        key = candidate.title.key
        # A bare title says nothing; then, and where one has no date, the same link must lead from both.
        found = [] if candidate.title.bare else self._by_key.get((candidate.day, "title", key), [])
        if candidate.link and (linked := self._by_link.get((key, candidate.link))):
            found = sorted({*found, *linked}, key=self._order.__getitem__)
        for story_id in found:
            story = self._stories[story_id]
            reason = same_class(candidate, story)
            if reason and not self._parted(candidate, story):
                return Placement(story=story_id, founded=False, reason=reason)
        for story_id in sorted(self._by_key.get((candidate.day, "revised", key), ()), key=self._order.__getitem__):
            story = self._stories[story_id]
            if is_revision(candidate, story) and not self._kept_apart(candidate, story):
                return Placement(story=story_id, founded=False, reason="same date and revised title")
        return None

    def _by_likeness(self, candidate: Candidate) -> Placement | None:
        """Give the one story that qualifies; where several do, a placement without a story that says so."""
        if candidate.day is None or candidate.title.bare:
            return None
        qualified: dict[str, Likeness] = {}
        alike = self._alike(candidate)
        if alike is None:
            return Placement(story="", founded=True, reason="too many stories of that day could be near")
        for story_id in alike:
            story = self._stories[story_id]
            likeness = compare(candidate.title, story.title)
            if likeness.same and not self._kept_apart(candidate, story) and not under_another_kicker(candidate, story):
                qualified[story_id] = likeness
        if len(qualified) > 1:
            titles = sorted(self._stories[story].title.plain for story in qualified)
            shown = "; ".join([*titles[:5], *(["…"] if titles[5:] else [])])
            return Placement(story="", founded=True, reason=f"several stories qualify: {shown}")
        return next(
            (Placement(story=story, founded=False, reason=like.reason) for story, like in qualified.items()), None
        )

    def _alike(self, candidate: Candidate) -> set[str] | None:
        """Give the stories of the day that could qualify: every one that `compare` may accept is among them.

        What differs between near titles is never written with a capital, so all capitals of one stand in the other;
        the rarest of them names the few stories that are worth comparing. None where that are too many.
        """
        title, day = candidate.title, candidate.day
        # "Köln: Neue App" beside "Neue App" or "Köln", and the other way round.
        keys = (
            [(day, "headline", title.key), (day, "kicker", title.key)]
            if title.kicker is None
            else [(day, "plain", title.headline), (day, "plain", title.kicker)]
        )
        found = {story for key in keys for story in self._by_key.get(key, ())}
        kickers = self._by_key.get((day, "headline", title.headline), []) if title.kicker else []
        starts = self._by_key.get((day, "start", title.words[:_FIRST_WORDS]), [])
        by_word: dict[_Word, list[str]] = self._by_word[day] if day else {}
        postings = [by_word.get((title.numbers, word), []) for word in title.capitals or title.word_set]
        worth = [min(postings, key=len)] if title.capitals else postings
        if len(kickers) + len(starts) + sum(map(len, worth)) > _MOST_LOOKED_AT:
            return None
        for stories, may_be in (
            (kickers, may_be_shortened),
            (starts, may_be_cut),
            (chain.from_iterable(worth), may_be_near),
        ):
            found.update(story for story in stories if may_be(title, self._stories[story].title))
        return found if len(found) <= _MOST_ALIKE else None

    def _kept_apart(self, candidate: Candidate, story: KnownStory) -> bool:
        beside = [member for member in story.members if side_by_side(candidate, member)]
        return not all(self._is_joined(member, story) for member in beside) or self._parted(candidate, story)

    def _is_joined(self, member: Member, story: KnownStory) -> bool:
        """Whether `same` alone brought an entry into its story: by its title it would not be there."""
        named = bool(self._same) and bool(self._same.borne(member.identity))
        return named and not compare(read_title(member.title), story.title).same

    def _parted(self, candidate: Candidate, story: KnownStory) -> bool:
        if not self._rulings.different:
            return False
        return any(self._rulings.parted(candidate.identity, identity) for identity in story.identities())


def new_id(site: str, candidate: Candidate, order_day: date, taken: Container[str]) -> str:
    """Give the id of a story that an entry founds: rooted in the site, its order day and its title.

    The founding source and entry go in, too, where the title alone says too little or another story bears the id.
    """
    parts = [site, order_day.isoformat(), candidate.title.key]
    if candidate.day is not None and not candidate.title.bare:
        story_id = story_uuid(*parts)
        if story_id not in taken:
            return story_id
    story_id = story_uuid(*parts, candidate.source, candidate.entry)
    count = 1
    while story_id in taken:
        count += 1
        story_id = story_uuid(*parts, candidate.source, candidate.entry, str(count))
    return story_id


def same_class(candidate: Candidate, story: KnownStory) -> str | None:
    """Say why an entry is the same story as one of the same title, or None where it is not."""
    if candidate.title.key != story.title.key or candidate.title.marked != story.title.marked:
        return None
    if candidate.title.bare or story.title.bare:
        own = {member.link for member in story.members if member.source == candidate.source}
        same_place = candidate.link is not None and candidate.link in own
        return "same source, link and bare title" if same_place and candidate.day == story.day else None
    if candidate.day == story.day:
        return "same date and title" if candidate.day else "same title, both without a date"
    if candidate.day is None or story.day is None:
        is_linked = candidate.link and any(candidate.link == member.link for member in story.members)
        return "same title and link, one without a date" if is_linked else None
    return None


def is_revision(candidate: Candidate, story: KnownStory) -> bool:
    """Say whether an entry bears a headline that a story of its day has got since; a bare one says nothing."""
    if candidate.day is None or candidate.day != story.day or candidate.title.bare:
        return False
    return any(
        one.key == candidate.title.key and one.marked == candidate.title.marked and not one.bare
        for one in story.headlines
    )


def side_by_side(candidate: Candidate, member: Member) -> bool:
    """Whether an entry stood beside another in one document: then its source means two stories."""
    return member.source == candidate.source and member.run == candidate.run


def under_another_kicker(candidate: Candidate, story: KnownStory) -> bool:
    """Whether an entry of a story stands under another kicker over the same headline."""
    if candidate.title.kicker is None:
        return False
    return any(by_two_kickers(candidate.title, read_title(member.title)) for member in story.members)


def story_uuid(*parts: str) -> str:
    """Compute the id of a story: a UUID of version 5 (RFC 9562 section 5.5) over its parts, without `urn:uuid:`."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(parts)))
