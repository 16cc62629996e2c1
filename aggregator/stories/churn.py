"""Which entries are old ones under new ids, and which ids have been used again?

Some sources give most of their items new ids at once: with another system behind them, or where an id is but the place
in the document. Then what is stored gets the new ids, and nothing is news. An id that comes back over an entirely
different title, and day or link and time, stands for something new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence, Sized
from datetime import date
from typing import TypeVar

from msgspec import Struct

from aggregator.stories.titles import Title, telling

_FEWEST = 3

T = TypeVar("T")


class Item(Struct, frozen=True, kw_only=True):
    """What an entry is known again by: `link` is canonical, `day` the site's, None where no date can be trusted.

    `published` is the moment that was told, as it is stored.
    """

    id: str
    title: Title
    day: date | None
    link: str | None
    published: str | None = None


def strangers(items: Iterable[Item], holders: Mapping[str, Item]) -> list[Item]:
    """Give the items whose id is not stored, or stands for another title and day there.

    `holders` are the stored items of the source by their ids.
    """
    return [item for item in items if item.id not in holders or is_other(item, holders[item.id])]


def retitled(items: Iterable[Item], holders: Mapping[str, Item]) -> list[Item]:
    """Give the items whose id bore another title."""
    return [item for item in items if item.id in holders and item.title.key != holders[item.id].title.key]


def are_places(document: Collection[str], retitled: Sequence[Item], stored: Iterable[Item]) -> bool:
    """Whether ids are but places in the document: a stored item stands, with its title, day and link, under another's.

    One that the document has under its own id, too, proves nothing, nor do two of one title, day and link.
    """
    at_home = set(document) - {item.id for item in retitled}
    moved = _unique((_title_day_link(item), item.id) for item in retitled)
    homes = _unique((_title_day_link(one), one.id) for one in stored)
    return any(trait in moved and name not in at_home for trait, name in homes.items())


def replaced(items: Iterable[Item], stored: Mapping[int, Item]) -> dict[int, str]:
    """Give the ids that stored items, by number, bear in a document whose ids are but places.

    They are matched by title, day and link, then by title and day, then by place and title, each where one stands
    against one. An item that is none of them is new.
    """
    return _matched(items, stored, (_title_day_link, _title_day, _place_title))


def is_other(item: Item, holder: Item) -> bool:
    """Whether an item and the one that is stored under its id differ in title, and in day or in link and time."""
    return _apart(item, holder) and item.title.key != holder.title.key


def is_reused(item: Item, holder: Item) -> bool:
    """Whether an id has been used again: another day, or link and time, and no significant word that both titles have.

    Where one of the titles has no such word there is nothing to tell by: a changed headline is no second story.
    """
    mine, yours = telling(item.title.words), telling(holder.title.words)
    return _apart(item, holder) and bool(mine and yours) and mine.isdisjoint(yours)


def is_most(items: Sized, document: Sized) -> bool:
    """Whether so many of a document's items are strange, or known again, that its ids have churned."""
    return len(items) >= _FEWEST and 2 * len(items) >= len(document)


def churned(document: Collection[str], unknown: Sequence[Item], stored: Mapping[int, Item]) -> dict[int, str]:
    """Give the new ids of stored items, by number, that a document has under other ids than before.

    `document` are all its ids, `unknown` its strangers. Items are matched by title, day and link, then by title and
    day alone, each where one stands against one; nothing where those are too few to call it churn.
    """
    at_home = set(document) - {item.id for item in unknown}
    left = {number: item for number, item in stored.items() if item.id not in at_home}
    names = _matched(unknown, left, (_title_day_link, _title_day))
    return names if is_most(names, document) else {}


def _matched(
    items: Iterable[Item], stored: Mapping[int, Item], traits: Iterable[Callable[[Item], Hashable]]
) -> dict[int, str]:
    items = list(items)
    names: dict[int, str] = {}
    for trait in traits:
        found = set(names.values())
        mine = _unique((trait(item), item.id) for item in items if item.id not in found)
        yours = _unique((trait(item), number) for number, item in stored.items() if number not in names)
        names |= {yours[key]: name for key, name in mine.items() if key in yours}
    return names


def _apart(one: Item, other: Item) -> bool:
    """Whether two items are of different days, or of different links and times of one day."""
    if one.day is None or other.day is None:
        return False
    both_told = one.link and other.link and one.published and other.published
    return one.day != other.day or bool(both_told and one.link != other.link and one.published != other.published)


def _title_day_link(item: Item) -> Hashable:
    return (item.title.key, item.day, item.link) if item.link or not item.title.bare else None


def _title_day(item: Item) -> Hashable:
    return None if item.day is None and item.title.bare else (item.title.key, item.day)


def _place_title(item: Item) -> Hashable:
    return (item.id, item.title.key)


def _unique(pairs: Iterable[tuple[Hashable, T]]) -> dict[Hashable, T]:
    """Give what bears a trait (not None) that nothing else bears."""
    found: defaultdict[Hashable, list[T]] = defaultdict(list)
    for trait, value in pairs:
        found[trait].append(value)
    return {trait: values[0] for trait, values in found.items() if trait is not None and len(values) == 1}
