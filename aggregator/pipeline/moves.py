"""Which sources have moved for good, and how does feeds.yaml learn of it without anything being forgotten?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from aggregator import config as feeds_yaml
from aggregator import polling
from aggregator.model import Config, Source, SourceState

if TYPE_CHECKING:
    from aggregator.store import Store


class Move(Struct, frozen=True, kw_only=True):
    """A source and the address that permanent redirects taught us; `obstacle` says why feeds.yaml should wait."""

    source: Source
    to: str
    obstacle: str | None = None


def learned_moves(config: Config, states: Mapping[str, SourceState]) -> list[Move]:
    """Give the sources that have moved, in the order of feeds.yaml."""
    from aggregator.config.relations import canonical

    folder = Path(config.folder)
    holders = {canonical(source.address, folder): source.id for source in config.sources}
    moves = []
    for source in config.sources:
        state = states.get(source.id)
        if state is None or state.learned_url is None or state.address not in {None, source.address}:
            continue
        holder = holders.setdefault(canonical(state.learned_url, folder), source.id)
        moves.append(Move(source=source, to=state.learned_url, obstacle=_obstacle(source, state, holder)))
    return moves


def write_moves(path: Path, environ: Mapping[str, str], moves: Sequence[Move], store: Store) -> None:
    """Write new addresses into feeds.yaml and keep what is remembered of their sources.

    To be called under the lock. Raises ConfigError where feeds.yaml has to be edited by hand; then nothing is changed.
    """
    from aggregator.config.editing import change_addresses

    states = store.states()
    moved = {move.source.id: move.to for move in moves}
    change_addresses(path, moved)
    sources = feeds_yaml.load(path, environ).sources
    # A new address makes the store forget a source's state, as it should where an operator has changed it.
    store.register(sources)
    store.save_states([polling.relocated(source, states[source.id]) for source in sources if source.id in moved])


def _obstacle(source: Source, state: SourceState, holder: str) -> str | None:
    if holder != source.id:
        return f"that is the address of {holder} already: remove one of the two"
    if state.failures:
        return f"it is failing there ({state.failure_reason}): the old address may be needed again"
    return None
