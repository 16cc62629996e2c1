"""Which stories do the pending entries make, and what do readers see of them?"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from aggregator import stories, text, topics
from aggregator.model import Config, Precision, SourceKind, StoredEntry, Story, TopicMatch
from aggregator.sources import markup

if TYPE_CHECKING:
    from aggregator.store import Filing, Store

_BATCH = 500


@dataclass(slots=True, kw_only=True)
class Concluded:
    """How many stories were founded, were joined by a copy, or changed what they show."""

    new: int = 0
    joined: int = 0
    changed: int = 0


def conclude(store: Store, config: Config, run: int, now: datetime) -> Concluded:
    """File all pending entries into stories and topics; match all stories anew where the rules have changed.

    Entries are filed in the order of the sources in feeds.yaml and of entries in their document, never in the order
    of answers, so that the same entries always make the same stories.
    """
    filer = _Filer(config, run, now)
    with store.filing() as filing:
        while batch := filing.pending(_BATCH):
            filer.file(filing, batch)
        rules = _rules(config)
        if filing.rules() != rules:
            filer.settle_all(filing)
            filing.set_rules(rules)
    return filer.concluded


class _Filer:
    def __init__(self, config: Config, run: int, now: datetime) -> None:
        self.concluded = Concluded()
        self._config = config
        self._run = run
        self._now = now
        self._matcher = topics.Matcher(config.topics)
        self._outlets = frozenset(text.fold(source.title) for source in config.sources if source.title)
        self._documents = frozenset(s.id for s in config.sources if s.kind is SourceKind.DOCUMENT)

    def file(self, filing: Filing, batch: Sequence[StoredEntry]) -> None:
        zone = self._config.site.timezone
        candidates = {
            stored.number: stories.candidate(stored, zone, self._outlets) for stored in batch if stored.story is None
        }
        shelf = self._shelf(filing, list(candidates.values()))
        placements: dict[int, stories.Placement | None] = {}
        founded: list[Story] = []
        for stored in batch:
            candidate = candidates.get(stored.number)
            if candidate is None:
                placements[stored.number] = None
                continue
            date, precision = stories.order_date(stored, document=stored.source in self._documents)
            placement = shelf.place(candidate, date.astimezone(zone).date())
            placements[stored.number] = placement
            if placement.founded:
                founded.append(self._found(stored, candidate, placement.story, date, precision))
        filing.place(placements, founded)
        self.concluded.new += len(founded)
        self.concluded.joined += sum(
            placement is not None and not placement.founded for placement in placements.values()
        )
        touched = {
            placement.story if placement else stored.story or ""
            for stored, placement in zip(batch, placements.values(), strict=True)
        }
        self._settle(filing, sorted(touched))

    def settle_all(self, filing: Filing) -> None:
        after = ""
        while ids := filing.story_ids(after, _BATCH):
            self._settle(filing, ids)
            after = ids[-1]

    def _shelf(self, filing: Filing, candidates: Sequence[stories.Candidate]) -> stories.Shelf:
        dated = [candidate for candidate in candidates if candidate.day]
        undated = [candidate for candidate in candidates if not candidate.day]
        days = {candidate.day for candidate in dated if candidate.day}
        known = {story.id: story for story in filing.known(days, {c.title.key for c in dated})} if days else {}
        known |= {story.id: story for story in filing.known((), {c.title.key for c in undated})}
        return stories.Shelf(self._config.site.id, known.values())

    def _found(
        self,
        stored: StoredEntry,
        candidate: stories.Candidate,
        story: str,
        date: datetime,
        precision: Precision,
    ) -> Story:
        return Story(
            id=story,
            day=candidate.day,
            title_key=candidate.title.key,
            bare=candidate.title.bare,
            order_date=date,
            precision=precision,
            run=self._run,
            place=stored.place,
            updated=date,
        )

    def _settle(self, filing: Filing, ids: Sequence[str]) -> None:
        settled = []
        for story in filing.stories(ids):
            shown = stories.shown(story.entries)
            changed = story.run != self._run and shown.visible != story.visible
            self.concluded.changed += changed
            settled.append(
                replace(
                    story,
                    shown=shown.number,
                    visible=shown.visible,
                    updated=max(story.updated, self._now) if changed else story.updated,
                    matches=self._matches(story),
                )
            )
        filing.settle(settled)

    def _matches(self, story: Story) -> tuple[TopicMatch, ...]:
        found: dict[tuple[str, str], TopicMatch] = {}
        for stored in story.entries:
            entry = stored.entry
            texts = topics.Texts(
                title=entry.title or "",
                summary=markup.to_text(entry.summary or ""),
                text=markup.to_text(entry.content or ""),
            )
            for match in self._matcher.match(texts):
                found.setdefault((match.topic, match.term), match)
        return tuple(found.values())


def _rules(config: Config) -> str:
    told = repr((config.topics, [source.id for source in config.sources]))
    return hashlib.sha256(told.encode()).hexdigest()
