"""What did the operator decide about single stories?

`same`, `different` and `hide` of feeds.yaml name entries by title, link or id; they overrule every other rule and
survive a rematch.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from msgspec import Struct

from aggregator import links
from aggregator.model import Overrule, Overrules
from aggregator.stories.titles import read_title

_PAGE = re.compile(r"https?://\S+/story/(?P<id>[0-9a-fA-F-]{36})\.html(?:[?#]\S*)?$")

Handle = tuple[str, str]
"""What an entry can be named by: the kind of the name, and the name as it is compared."""


class Identity(Struct, frozen=True, kw_only=True):
    """What an entry can be named by: its titles, canonical link, own id, and the id of the story that it founded.

    `day` is that of the site, None where it has none.
    """

    titles: tuple[str, ...]
    link: str | None
    entry: str
    story: str | None = None
    day: date | None = None

    @property
    def copies(self) -> list[Handle]:
        """What names all entries that were filed under its day and one of its titles: they are copies of it."""
        return self._copies(self.titles)

    @property
    def handles(self) -> list[Handle]:
        """All that may name it."""
        found = [("entry", self.entry)]
        if self.story:
            found.append(("story", self.story))
        if self.link:
            found.append(("link", self.link))
        for title in map(read_title, filter(None, self.titles)):
            found += [("title", title.plain), ("key", title.key)]
        return found + self._copies(self.titles[:1])

    def _copies(self, titles: Iterable[str]) -> list[Handle]:
        if self.day is None:
            return []
        read = [title for title in map(read_title, titles) if not title.bare]
        return [("marked copy" if one.marked else "copy", f"{self.day} {one.key}") for one in read]


class Name(Struct, frozen=True):
    """A title, link or id as feeds.yaml says it.

    A title is meant as it is written where two names of one group differ only in spelling; else as it is folded.
    """

    told: str
    exact: bool = False

    @property
    def key(self) -> str:
        """The folded title, for looking it up."""
        return read_title(self.told).key

    @property
    def link(self) -> str | None:
        """The canonical link, where it is one."""
        return links.canonical(self.told) if self.told.startswith(("http://", "https://")) else None

    @property
    def story(self) -> str | None:
        """The id of a story, where it is one (with or without `urn:uuid:`) or the address of its page."""
        page = _PAGE.match(self.told)
        try:
            return str(uuid.UUID(page["id"] if page else self.told))
        except ValueError:
            return None

    @property
    def handles(self) -> list[Handle]:
        """All that it may mean."""
        found = [("entry", self.told)]
        if self.story:
            found.append(("story", self.story))
        if self.link:
            return [*found, ("link", self.link)]
        title = read_title(self.told)
        return [*found, ("title", title.plain) if self.exact else ("key", title.key)]

    def names(self, identity: Identity) -> bool:
        """Whether this is the entry that is meant."""
        return not set(self.handles).isdisjoint(identity.handles)


class Group(Struct, frozen=True):
    """Names that belong together (`same`) or apart (`different`), and where feeds.yaml says so."""

    names: tuple[Name, ...]
    place: str


class Groups:
    """Groups of names, by number; looked up, since each entry is asked for."""

    def __init__(self, overrules: Iterable[Overrule] = ()) -> None:
        self._groups = tuple(map(_group, overrules))
        self._by_handle: defaultdict[Handle, list[tuple[int, int]]] = defaultdict(list)
        for number, group in enumerate(self._groups):
            for position, name in enumerate(group.names):
                for handle in name.handles:
                    self._by_handle[handle].append((number, position))

    def __iter__(self) -> Iterator[Group]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def borne(self, identity: Identity) -> dict[int, set[int]]:
        """Give the numbers of the groups that name an entry, and at which positions."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for handle in identity.handles if self._groups else ():
            for number, position in self._by_handle.get(handle, ()):
                found[number].add(position)
        return dict(found)

    def extended(self, identities: Iterable[Identity]) -> Groups:
        """Give the same groups, where who names one of these entries by link or id names its copies, too."""
        extended = Groups()
        extended._groups = self._groups
        extended._by_handle.update({handle: list(found) for handle, found in self._by_handle.items()})
        for identity in identities:
            for number, positions in self.borne(identity).items():
                for copy in identity.copies:
                    extended._by_handle[copy] += [(number, position) for position in positions]
        return extended

    def united(self, identities: Iterable[Identity] = ()) -> dict[int, int]:
        """Give of each group the first one that it is one with: they share a name, or name one of these entries."""
        united = {number: {number} for number in range(len(self._groups))}
        shared = [{number for number, _ in found} for found in self._by_handle.values()]
        for bond in (*shared, *(set(self.borne(identity)) for identity in identities)):
            whole = set[int]().union(*(united[number] for number in bond))
            united |= dict.fromkeys(whole, whole)
        return {number: min(whole) for number, whole in united.items()}


class Rulings:
    """All decisions of feeds.yaml about single stories, ready to be asked."""

    def __init__(self, overrules: Overrules) -> None:
        self.same = Groups(overrules.same)
        self.different = Groups(overrules.different)
        self.hide = Groups(overrules.hide)

    @classmethod
    def of(cls, overrules: Overrules) -> Rulings:
        """Make the decisions of feeds.yaml ready to be asked."""
        return cls(overrules)

    def judges(self, identity: Identity) -> bool:
        """Whether feeds.yaml says of an entry that it is the same story as others, or another one."""
        return bool(self.same.borne(identity) or self.different.borne(identity))

    def judges_title(self, title: str) -> bool:
        """Whether feeds.yaml says so of entries of this title."""
        return bool(title) and self.judges(Identity(titles=(title,), link=None, entry=title))

    @property
    def names(self) -> Iterator[Name]:
        """All that `same` and `different` name."""
        return (name for group in (*self.same, *self.different) for name in group.names)

    def parted(self, one: Identity, other: Identity) -> bool:
        """Whether two entries are two stories because feeds.yaml says so."""
        mine, yours = self.different.borne(one), self.different.borne(other)
        return any(mine[number] != yours[number] for number in mine.keys() & yours.keys())

    def hides(self, identities: Iterable[Identity]) -> bool:
        """Whether one of a story's entries is withdrawn."""
        return any(self.hide.borne(identity) for identity in identities)


def _group(overrule: Overrule) -> Group:
    keys = [read_title(name).key for name in overrule.names]
    names = (Name(name, exact=keys.count(key) > 1) for name, key in zip(overrule.names, keys, strict=True))
    return Group(tuple(names), overrule.place)
