"""What has been measured so far, part by part?

The parts are measured by commands of their own, since some take long; RESULTS.md is made of the latest of each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.scenarios import Cost, Counts

_PLACE = Path(__file__).parent / ".measured.json"

StageSeconds = dict[str, dict[str, dict[str, float]]]
"""Seconds by scenario, `wall` or `cpu`, and stage."""


@dataclass(slots=True, kw_only=True)
class Agreeing:
    """Of how many things how many are as they must be."""

    agreeing: int
    of: int


@dataclass(slots=True, kw_only=True)
class SideBySide:
    """All programs beside each other: `runs` by program, then scenario.

    How many sources, and files that lie beside the checkout, hold as many entries for us as for feedparser.
    """

    measured: str
    sources: int
    entries: int
    size: float
    agreeing: Agreeing
    shared: Agreeing
    runs: dict[str, dict[str, list[Cost]]]
    counts: dict[str, Counts]
    stages: StageSeconds = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class StartUp:
    """Median seconds of `--help`, and of an `update` where nothing is due."""

    measured: str
    help: float
    nothing_due: float


@dataclass(slots=True, kw_only=True)
class Ticks:
    """The same tick of a store that holds so many stories, or of so many sources; `bytes` is the store's file."""

    measured: str
    sources: int
    stories: int
    bytes: int
    runs: list[Cost]


@dataclass(slots=True, kw_only=True)
class Measured:
    """Everything that has been measured; None or empty where it has not been yet."""

    side_by_side: SideBySide | None = None
    start_up: StartUp | None = None
    growth: list[Ticks] = field(default_factory=list)
    large: Ticks | None = None


def today() -> str:
    """Give the day as it stands in the tables."""
    return datetime.now(UTC).date().isoformat()


def load() -> Measured:
    """Read what is there."""
    if not _PLACE.exists():
        return Measured()
    told = json.loads(_PLACE.read_text(encoding="utf-8"))
    side, start, large = told["side_by_side"], told["start_up"], told["large"]
    return Measured(
        side_by_side=_side_by_side(side) if side else None,
        start_up=StartUp(**start) if start else None,
        growth=[_ticks(one) for one in told["growth"]],
        large=_ticks(large) if large else None,
    )


def save(measured: Measured) -> None:
    """Keep what is there for the next command."""
    _PLACE.write_text(json.dumps(asdict(measured)), encoding="utf-8")


def _side_by_side(told: dict[str, Any]) -> SideBySide:
    runs = {name: {step: _costs(found) for step, found in steps.items()} for name, steps in told["runs"].items()}
    counts = {name: Counts(**one) for name, one in told["counts"].items()}
    agreeing = {name: Agreeing(**told[name]) for name in ("agreeing", "shared")}
    return SideBySide(**{**told, **agreeing, "runs": runs, "counts": counts})


def _ticks(told: dict[str, Any]) -> Ticks:
    return Ticks(**{**told, "runs": _costs(told["runs"])})


def _costs(found: Sequence[dict[str, Any]]) -> list[Cost]:
    return [Cost(**one) for one in found]
