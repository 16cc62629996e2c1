"""Which of the aims are met?"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bench.measured import Agreeing, Measured, SideBySide, Ticks
from bench.peers import LOOP, NEWSBOAT, READER, READER_ONE, US, WIRING
from bench.scenarios import COLD, TICK, TICK_10, UNCHANGED, WARM, Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An aim, what was found, and whether it is met; None where it was not measured, or of fewer than it is about."""

    told: str
    found: str = ""
    met: bool | None = None


def targets(measured: Measured) -> list[Target]:
    """Judge all aims by what was measured."""
    side, large, start = measured.side_by_side, measured.large, measured.start_up
    found = [
        _times_as_fast(side, COLD, READER, 8),
        _times_as_fast(side, COLD, READER_ONE, 5),
        _times_as_fast(side, COLD, NEWSBOAT, 5),
        _times_as_fast(side, COLD, WIRING, 6),
        _times_as_fast(side, WARM, READER, 3),
        _times_as_fast(side, WARM, LOOP, 1),
        _unchanged(side),
        _times_as_fast(side, TICK_10, READER, 3),
        _exact("all sources with as many entries as feedparser finds", side.agreeing if side else None),
        _exact("all files of ../shared/feeds with as many entries as feedparser finds", side.shared if side else None),
        _below("a tick over 1,000 sources: under 2 s", _wall(side.runs[US][TICK]) if side else None, 2, "s"),
        _below("a tick over 10,000 sources: under 20 s", _wall(large.runs) if large else None, 20, "s"),
        _below("memory at 1,000 sources: under 250 MB", _most(side) if side else None, 250, "MB"),
        _below("memory at 10,000 sources: under 350 MB", _memory(large.runs) if large else None, 350, "MB"),
        _growth(measured.growth),
        _below("--help: under 0.2 s", start.help if start else None, 0.2, "s"),
        _below("update, nothing due: under 0.5 s", start.nothing_due if start else None, 0.5, "s"),
    ]
    if _is_whole(measured):
        return found
    return [replace(one, met=None) for one in found]


def _is_whole(measured: Measured) -> bool:
    """Whether what was measured is of as many sources and stories as the aims are about."""
    side, large, growth = measured.side_by_side, measured.large, measured.growth
    return (
        (side is None or side.sources >= 1000)
        and (large is None or large.sources >= 10_000)
        and (not growth or growth[-1].stories >= 900_000)
    )


def _times_as_fast(side: SideBySide | None, step: str, name: str, times: float) -> Target:
    told = f"{step}: at least {times} × as fast as {name}"
    if side is None or step not in side.runs.get(name, {}):
        return Target(told=told)
    found = _wall(side.runs[name][step]) / _wall(side.runs[US][step])
    return Target(told=told, found=f"{found:.2f} ×", met=found >= times)


def _unchanged(side: SideBySide | None) -> Target:
    told = "unchanged: at most 1.5 × as long as warm"
    if side is None:
        return Target(told=told)
    found = _wall(side.runs[US][UNCHANGED]) / _wall(side.runs[US][WARM])
    return Target(told=told, found=f"{found:.2f} ×", met=found <= 1.5)


def _exact(told: str, found: Agreeing | None) -> Target:
    if found is None or not found.of:
        return Target(told=told)
    return Target(told=told, found=f"{found.agreeing:,} of {found.of:,}", met=found.agreeing == found.of)


def _growth(growth: Sequence[Ticks]) -> Target:
    told = "a tick at the most stories: at most 1.5 × as long as at the fewest"
    if len(growth) < 2:
        return Target(told=told)
    found = _wall(growth[-1].runs) / _wall(growth[0].runs)
    return Target(told=told, found=f"{found:.2f} ×", met=found <= 1.5)


def _below(told: str, found: float | None, bound: float, unit: str) -> Target:
    return Target(told=told) if found is None else Target(told=told, found=f"{found:.2f} {unit}", met=found < bound)


def _wall(runs: Sequence[Cost]) -> float:
    return statistics.median(run.wall for run in runs)


def _memory(runs: Sequence[Cost]) -> float:
    return statistics.median(run.memory for run in runs) / 1e6


def _most(side: SideBySide) -> float:
    return max(_memory(runs) for runs in side.runs[US].values())
