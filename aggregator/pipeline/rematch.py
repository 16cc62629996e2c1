"""Which stories would the stored entries make under the rules that hold now?

All entries are placed anew, in the order in which they were filed and by what they were compared by then; so without a
change of rules nothing moves. A story that stays keeps its id and date; of stories that merge the first filed keeps
its id; of one that splits, the part with the founding entry.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator import stories
from aggregator.model import Story

if TYPE_CHECKING:
    from aggregator.pipeline.conclude import Filer
    from aggregator.store import FiledEntry, Filing

_BATCH = 1000


class Rematched(Struct, kw_only=True):
    """What moved: titles of stories that merged into another, and of stories that split off one."""

    merged: list[tuple[str, str]] = []
    split: list[tuple[str, str]] = []
    touched: set[str] = set()


def rematch(filing: Filing, filer: Filer) -> Rematched:
    """Place all entries that were ever filed anew, and write what moves."""
    filer.note_named(filing)
    founders = filing.founders()
    groups = _groups(filing, filer, founders)
    names = {group: _first_founded(entries, founders) for group, entries in groups.items()}
    founded: list[Story] = []
    for group, entries in groups.items():
        if names[group] is None:
            story = _split_off(filing, filer, entries[0], set(founders.values()) | {one.id for one in founded})
            names[group] = story.id
            founded.append(story)
    home = {entry.number: names[group] or "" for group, entries in groups.items() for entry in entries}
    moved = {
        entry.number: replace(entry.placement, story=home[entry.number])
        for entries in groups.values()
        for entry in entries
        if entry.placement.story != home[entry.number]
    }
    now_merged = {story: home[founder] for founder, story in founders.items() if founder in home}
    changed = filing.merge_changes({story: into if into != story else None for story, into in now_merged.items()})
    filing.move(moved, founded, changed)
    return _report(filing, groups, moved, founded, changed)


def _groups(filing: Filing, filer: Filer, founders: Mapping[int, str]) -> dict[str, list[FiledEntry]]:
    """Place every entry on an empty shelf; what lies together is a story."""
    shelf = filer.empty_shelf(filing)
    groups: dict[str, list[FiledEntry]] = {}
    homes: dict[int, str] = {}
    revised = deque(filing.headlines())
    headlines: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for headline in revised:
        headlines[headline.number] += (headline.title,)
    for entry in _filed(filing):
        while revised and revised[0].filed < entry.filed:
            headline = revised.popleft()
            shelf.revise(homes[headline.number], filer.read_title(headline.title))
        candidate = replace(
            filer.read_again(entry.candidate),
            founded=founders.get(entry.number),
            headlines=(entry.candidate.title.plain, *headlines[entry.number]),
        )
        placement = shelf.place(candidate, candidate.day or filer.today)
        homes[entry.number] = placement.story
        same = placement.story == entry.placement.story
        reason = entry.placement.reason if same else placement.reason
        told = replace(entry, candidate=candidate, placement=replace(entry.placement, reason=reason))
        groups.setdefault(placement.story, []).append(told)
    return groups


def _filed(filing: Filing) -> Iterator[FiledEntry]:
    after = 0
    while batch := filing.filed(after, _BATCH):
        yield from batch
        after = batch[-1].filed


def _first_founded(entries: list[FiledEntry], founders: dict[int, str]) -> str | None:
    return next((founders[entry.number] for entry in entries if entry.number in founders), None)


def _split_off(filing: Filing, filer: Filer, founder: FiledEntry, taken: set[str]) -> Story:
    (stored,) = filing.entries([founder.number])
    date, _ = filer.order_date(stored)
    # Not that of today's date: ids are told apart among the stories of the day under which they were filed.
    day = founder.candidate.day or date.astimezone(filer.zone).date()
    return filer.found(stored, founder.candidate, stories.new_id(filer.site, founder.candidate, day, taken))


def _report(
    filing: Filing,
    groups: dict[str, list[FiledEntry]],
    moved: dict[int, stories.Placement],
    founded: list[Story],
    merged: dict[str, str | None],
) -> Rematched:
    report = Rematched()
    titles = filing.titles([*merged, *(into for into in merged.values() if into)])
    report.merged = [(titles[story], titles[into]) for story, into in merged.items() if into]
    before = {entry.number: entry.placement.story for entries in groups.values() for entry in entries}
    new = {story.id for story in founded} | {story for story, into in merged.items() if into is None}
    origins = filing.titles([before[number] for number, placement in moved.items() if placement.story in new])
    fresh = filing.titles(sorted(new))
    report.split = [
        (fresh[placement.story], origins[before[number]])
        for number, placement in moved.items()
        if placement.story in new
    ]
    gone = {story for story, into in merged.items() if into}
    report.touched = ({before[number] for number in moved} | {p.story for p in moved.values()}) - gone
    return report
