"""Where does the time of one run go, stage by stage?

    python -m bench.stages FEEDS.YAML [PROFILE]

Runs a forced update in this process and prints as JSON how many seconds each stage took, as the clock on the wall goes
by, and how many CPU seconds of the whole program:

    load        read feeds.yaml, open the store and public/
    pull        fetch, parse and record, which overlap; of it are told apart
      record      CPU seconds in the store
      parse       CPU seconds of the parsing processes
      fetch       CPU seconds of this process that are left: requests, decisions, talking to the workers
    conclude    file what is pending
    publish     log, render, write

With PROFILE, the functions of this process that took most are written there, for each stage.
"""

from __future__ import annotations

import asyncio
import cProfile
import io
import json
import os
import pstats
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from aggregator import __main__ as program
from aggregator.config import memory
from aggregator.fetch import event_loop
from aggregator.pipeline import update
from aggregator.pipeline.pulled import Wish
from aggregator.pipeline.update import Outside, update_site
from aggregator.pipeline.workplace import workplace

_MOST = 25


@dataclass(slots=True)
class Stages:
    """Seconds by stage, and what was profiled of each."""

    profiled: bool
    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    profiles: dict[str, cProfile.Profile] = field(default_factory=dict)
    recording: float = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        profile = cProfile.Profile() if self.profiled else None
        wall, cpu = time.perf_counter(), _cpu()
        if profile:
            profile.enable()
        try:
            yield
        finally:
            if profile:
                profile.disable()
                self.profiles[name] = profile
            self.wall[name] = time.perf_counter() - wall
            self.cpu[name] = _cpu() - cpu

    def told(self) -> dict[str, dict[str, float]]:
        """Give wall and CPU seconds by stage, pull taken apart."""
        parsing = _parsing()
        cpu = self.cpu | {
            "pull": self.cpu["pull"] + parsing,
            "parse": parsing,
            "record": self.recording,
            "fetch": self.cpu["pull"] - self.recording,
        }
        return {"wall": self.wall, "cpu": cpu}


class _TimedStore:
    """A store that counts the CPU seconds of what a pull asks of it."""

    def __init__(self, store: Any, stages: Stages) -> None:
        self._store = store
        self._stages = stages

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._timed(found) if callable(found) else found

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return method(*values, **named)
            finally:
                self._stages.recording += time.thread_time() - began

        return call


def run(path: Path, stages: Stages) -> None:
    """Make a forced update."""
    _tell_apart(stages)
    with stages.stage("load"):
        loaded = memory.load(path, os.environ)
        opening = workplace(loaded)
        place = opening.__enter__()
    try:
        outside = Outside(
            clock=lambda: datetime.now(UTC), jitter=lambda: 0.5, progress=lambda *_: None, stopping=asyncio.Event()
        )
        event_loop.run(update_site(place, Wish(force=True), outside))
    finally:
        opening.__exit__(None, None, None)


def _tell_apart(stages: Stages) -> None:
    """Time the stages of `update_site` where it calls them."""
    # Names of that module, which it does not offer to others.
    stage: Any = update
    pull, conclude, publish = stage.pull, stage.conclude, stage.publish

    async def timed_pull(puller: Any, *values: Any) -> Any:
        with stages.stage("pull"):
            return await pull(replace(puller, store=_TimedStore(puller.store, stages)), *values)

    def timed_conclude(*values: Any) -> Any:
        with stages.stage("conclude"):
            return conclude(*values)

    def timed_publish(*values: Any) -> Any:
        with stages.stage("publish"):
            return publish(*values)

    stage.pull, stage.conclude, stage.publish = timed_pull, timed_conclude, timed_publish


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _parsing() -> float:
    """Give the CPU seconds of our children, which live as long as we do, and of theirs, the parsers, which ended."""
    children = [child for told in Path("/proc/self/task").glob("*/children") for child in told.read_text().split()]
    times = [Path("/proc", child, "stat").read_text().rpartition(")")[2].split()[11:15] for child in children]
    return sum(int(ticks) for told in times for ticks in told) / os.sysconf("SC_CLK_TCK")


def _report(stages: Stages) -> str:
    told = io.StringIO()
    for name, profile in stages.profiles.items():
        told.write(f"=== {name}: {stages.wall[name]:.2f} s under the profiler\n")
        for order in ("tottime", "cumulative"):
            pstats.Stats(profile, stream=told).strip_dirs().sort_stats(order).print_stats(_MOST)
    return told.getvalue()


def main(path: str, profile: str | None = None) -> None:
    """Run once and print what was measured."""
    program.tune()
    stages = Stages(profiled=profile is not None)
    run(Path(path), stages)
    if profile is not None:
        Path(profile).write_text(_report(stages), encoding="utf-8")
    print(json.dumps(stages.told()))


if __name__ == "__main__":
    main(*sys.argv[1:])
