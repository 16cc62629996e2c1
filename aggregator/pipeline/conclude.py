"""Which stories do the pending entries make, and what do readers see of them?"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from aggregator import links, stories, text
from aggregator.model import Config, Precision, SourceKind, StoredEntry, Story
from aggregator.pipeline import site_id
from aggregator.pipeline.choose import Chooser
from aggregator.pipeline.rematch import Rematched, rematch
from aggregator.pipeline.shelves import Shelves
from aggregator.plan import Said
from aggregator.store import Placed

if TYPE_CHECKING:
    from aggregator.store import Filing, Store

log = logging.getLogger(__name__)

_BATCH = 1000

_MOST_HEADLINES = 10
"""Of an entry, beside the one that it was filed under."""


class Concluded(Struct, kw_only=True):
    """How many stories were founded, were joined by a copy, or changed what they show."""

    new: int = 0
    joined: int = 0
    changed: int = 0


def conclude(store: Store, config: Config, run: int, now: datetime) -> Concluded:
    """File all pending entries into stories and topics; match all stories anew where the rules have changed.

    Entries are filed in an order of their own (see `Filing.pending`), never in the order of answers, so that the same
    entries always make the same stories.
    """
    filer = Filer(config, run, now)
    if former := site_id.replaced_site_id(store, config):
        log.warning("%s", site_id.in_words(former))
    with store.filing() as filing:
        apply_rules(filing, filer)
        for batch in filing.pending(_BATCH):
            filer.file(filing, batch)
        if filer.has_named:
            find_anew(filing, filer)
        filing.set_applied(Said.by(config).json)
    return filer.concluded


def apply_rules(filing: Filing, filer: Filer) -> Rematched | None:
    """Place and settle what is stored anew where the rules have changed since; None where nothing was placed anew."""
    rematched = None
    if filing.rules("stories") != filer.story_rules():
        rematched = find_anew(filing, filer)
        filing.set_rules("stories", filer.story_rules())
    if filing.rules("topics") != filer.topic_rules():
        filer.settle_all(filing)
        filing.set_rules("topics", filer.topic_rules())
    return rematched


def find_anew(filing: Filing, filer: Filer) -> Rematched:
    """Place all entries anew, and settle what moves."""
    rematched = rematch(filing, filer)
    filer.settle(filing, sorted(rematched.touched))
    return rematched


class Filer:
    """Files entries with the rules of one feeds.yaml; `run` and `now` are those of the filing."""

    def __init__(self, config: Config, run: int, now: datetime) -> None:
        self.concluded = Concluded()
        self.has_named = False
        """Whether `same` or `different` speaks of what was filed, an entry or a headline: stored stories may move."""
        self._config = config
        self._run = run
        self._now = now
        self._chooser = Chooser(config)
        self._rulings = stories.Rulings.of(config.overrules)
        self._shelves = Shelves(config.site.id, self._rulings)
        self._outlets = frozenset(text.fold(source.title) for source in config.sources if source.title)
        self._documents = frozenset(s.id for s in config.sources if s.kind is SourceKind.DOCUMENT)

    @property
    def site(self) -> str:
        """The root of all ids."""
        return self._config.site.id

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose days count."""
        return self._config.site.timezone

    @property
    def today(self) -> date:
        """The day of the filing."""
        return self._now.astimezone(self.zone).date()

    def story_rules(self) -> str:
        """Digest all that decides which entries are the same story."""
        overrules = self._config.overrules
        return _digest((stories.RULES, [[one.names for one in some] for some in (overrules.same, overrules.different)]))

    def topic_rules(self) -> str:
        """Digest all that decides what a story shows and where; where the examples stand decides nothing."""
        config = self._config
        return _digest(
            (
                [replace(topic, examples=()) for topic in config.topics],
                [(source.id, source.title, source.topics, source.only, source.take) for source in config.sources],
                [output for output in config.outputs if output.by_rule],
                [overrule.names for overrule in config.overrules.hide],
            )
        )

    def empty_shelf(self, filing: Filing) -> stories.Shelf:
        """Give a shelf without stories."""
        return self._shelves.empty(filing)

    def read_again(self, candidate: stories.Candidate) -> stories.Candidate:
        """Read a title anew: since then another source's name may have become known."""
        return replace(candidate, title=self.read_title(candidate.title.plain))

    def read_title(self, told: str | None) -> stories.Title:
        """Read a title by the names that are known now."""
        return stories.read_title(told, self._outlets)

    def order_date(self, stored: StoredEntry) -> tuple[datetime, Precision]:
        """Say when a story that an entry founds stands in order."""
        return stories.order_date(stored, document=stored.source in self._documents)

    def file(self, filing: Filing, batch: Sequence[StoredEntry]) -> None:
        """Place the new entries of a batch, and settle every story that the batch touches."""
        changed = [stored for stored in batch if stored.story]
        self._revise(filing, changed)
        filing.keep([stored.number for stored in changed])
        zone = self.zone
        new = [(one, stories.candidate(one, zone, self._outlets)) for one in batch if one.story is None]
        shelf = self._shelves.of(filing, [candidate for _, candidate in new])
        placed: list[Placed] = []
        founded: dict[str, Story] = {}
        touched = {stored.story for stored in changed if stored.story}
        for stored, candidate in new:
            placement = shelf.place(candidate, candidate.day or self.order_date(stored)[0].astimezone(zone).date())
            placed.append(Placed(number=stored.number, candidate=candidate, placement=placement))
            if placement.founded:
                founded[placement.story] = self.found(stored, candidate, placement.story)
            elif story := founded.get(placement.story):
                founded[story.id] = replace(story, entries=(*story.entries, stored))
            else:
                touched.add(placement.story)
        hidden = self._hidden(filing, list(founded.values()))
        filing.place(placed, [self.judge(story, is_hidden=story.id in hidden) for story in founded.values()])
        if any(self._rulings.names):
            if self._note(filing, batch):
                self._shelves.forget()
            self.has_named = self.has_named or any(self._rulings.judges(one.identity) for one in _as_filed(placed))
        self.concluded.new += len(founded)
        self.concluded.joined += len(placed) - len(founded)
        self.settle(filing, sorted(touched))

    def _revise(self, filing: Filing, changed: Sequence[StoredEntry]) -> None:
        """Note the new headlines of entries that were filed under another one: others may carry them from now on."""
        borne = filing.borne([stored.number for stored in changed])
        titles = [(stored.number, self.read_title(stored.entry.title)) for stored in changed]
        revised = [
            (number, title.plain)
            for number, title in titles
            if not title.bare
            and len(borne[number]) <= _MOST_HEADLINES
            and title.key not in {self.read_title(told).key for told, _ in borne[number]}
        ]
        filing.revise(revised)
        numbers = {number for number, _ in revised}
        self.has_named = self.has_named or any(
            self._is_named(one, borne[one.number]) for one in changed if one.number in numbers
        )

    def _is_named(self, stored: StoredEntry, borne: Sequence[tuple[str, str | None]]) -> bool:
        return self._rulings.judges(
            stories.Identity(
                titles=(self.read_title(stored.entry.title).plain, *(title for title, _ in borne)),
                link=next((link for _, link in borne if link), None),
                entry=stored.entry.id,
                story=stored.story,
            )
        )

    def note_named(self, filing: Filing) -> None:
        """Note the titles of today by which `same` and `different` may name entries, whatever else is noted of them."""
        self._note(filing, filing.entries(filing.titled(self._rulings.names)))

    def _note(self, filing: Filing, entries: Sequence[StoredEntry]) -> bool:
        titles = [(stored.number, stories.read_title(stored.entry.title).plain) for stored in entries]
        named = [(number, title) for number, title in titles if self._rulings.judges_title(title)]
        borne = filing.borne([number for number, _ in named])
        new = [(number, title) for number, title in named if title not in {told for told, _ in borne[number]}]
        filing.revise(new)
        self.has_named = self.has_named or bool(new)
        return bool(new)

    def found(self, stored: StoredEntry, candidate: stories.Candidate, story: str) -> Story:
        """Make the story that an entry founds; its order date and what it told never move again."""
        order_date, precision = self.order_date(stored)
        return Story(
            id=story,
            day=candidate.day,
            title=candidate.title.plain,
            title_key=candidate.title.key,
            order_date=order_date,
            precision=precision,
            run=self._run,
            place=stored.place,
            founder=stored.number,
            published=stored.entry.published if candidate.day else None,
            is_backlog=stored.is_backlog,
            updated=order_date,
            entries=(stored,),
        )

    def settle_all(self, filing: Filing) -> None:
        """Settle every story."""
        after = ""
        while ids := filing.story_ids(after, _BATCH):
            self.settle(filing, ids)
            after = ids[-1]

    def settle(self, filing: Filing, ids: Sequence[str]) -> None:
        """Say what is shown of stories, since when, and which topics they are in."""
        settled = []
        found = filing.stories(ids)
        hidden = self._hidden(filing, found)
        for story in found:
            settled.append(self.judge(story, is_hidden=story.id in hidden))
            self.concluded.changed += self._is_changed(story, settled[-1].visible)
        filing.settle(settled)

    def judge(self, story: Story, *, is_hidden: bool) -> Story:
        """Say what is shown of a story, since when, and which topics it is in, by these rules."""
        shown = stories.shown(story.entries)
        chosen = self._chooser.choose(story.entries, story.id)
        return replace(
            story,
            shown=shown.number,
            visible=shown.visible,
            updated=max(story.updated, self._now) if self._is_changed(story, shown.visible) else story.updated,
            matches=chosen.matches,
            outputs=chosen.outputs,
            is_hidden=is_hidden,
        )

    def _is_changed(self, story: Story, visible: str | None) -> bool:
        return story.run != self._run and visible != story.visible

    def _hidden(self, filing: Filing, found: Sequence[Story]) -> set[str]:
        """Give the ids of the stories that feeds.yaml withdraws: also by what their entries were called before.

        So it is with the id of a story that was merged into another one: what was asked to be gone is in that.
        """
        if not self._rulings.hide:
            return set()
        borne = filing.borne([stored.number for story in found for stored in story.entries])
        merged = filing.merged_into([story.id for story in found])
        return {
            story.id
            for story in found
            if self._rulings.hides(
                stories.Identity(titles=(title,), link=link, entry=stored.entry.id, story=name)
                for name in (story.id, *merged.get(story.id, ()))
                for stored in story.entries
                for title, link in (_called(stored), *borne.get(stored.number, ()))
            )
        }


def _called(stored: StoredEntry) -> tuple[str, str | None]:
    return stored.entry.title or "", stored.entry.link and links.canonical(stored.entry.link)


def _as_filed(placed: Sequence[Placed]) -> Iterator[stories.Candidate]:
    """Give entries with the ids of the stories that they founded."""
    for one in placed:
        story = one.placement.story if one.placement.founded else None
        yield replace(one.candidate, founded=story)


def _digest(told: object) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()
