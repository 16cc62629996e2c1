"""Which stories does feeds.yaml name that are not stored?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aggregator.model import Config
from aggregator.stories import Rulings
from aggregator.stories.overrules import Name
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.store import Store


def unmatched(store: Store, config: Config) -> tuple[str, ...]:
    """Say of each title, link or id that no stored story bears where feeds.yaml names it."""
    return tuple(
        f"{place}: `{key}` names „{printable(name.told, 80)}“, but nothing that is stored is called so:"
        " copy the title, link or id from where it is published"
        for key, place, name in _names(config)
        if not store.find_stories(name)
    )


def _names(config: Config) -> Iterator[tuple[str, str, Name]]:
    overrules = config.overrules
    rulings = Rulings.of(overrules)
    for key, groups in (("same", rulings.same), ("different", rulings.different), ("hide", rulings.hide)):
        yield from ((key, group.place, name) for group in groups for name in group.names)
    # Of topics each names one story by itself.
    for key, named in (("include", overrules.include), ("exclude", overrules.exclude)):
        yield from ((key, one.place, Name(name)) for one in named for name in one.names)
