"""What is measured of each program, in which order, and did it do all of it?

    cold        a fresh store; every source answers 200
    warm        the same again; every source answers 304
    tick 5 %    a twentieth of the sources has two new entries each, the others answer 304
    tick 10 %   another tenth has two new entries each
    unchanged   every source answers 200 with the bytes that are known, and gives no validators

Programs take turns: each goes through all of it once, then the next one, and then all of them again.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.corpus import Corpus, changing
from bench.feeds import NEWS
from bench.peers import US, Peer
from bench.server import Server

COLD, WARM, TICK, TICK_10, UNCHANGED = "cold", "warm", "tick 5 %", "tick 10 %", "unchanged"
SECONDS = 3600.0
"""The longest that one run may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the server answers: these versions, all others being 0, with validators or without."""

    name: str
    versions: Mapping[int, int]
    validators: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run cost: seconds, CPU seconds of all its processes and of the server, bytes at the peak."""

    wall: float
    cpu: float
    memory: int
    processes: int
    server_cpu: float
    whole: int
    not_modified: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a program had read after the cold run, and after the last one."""

    sources: int
    entries: int
    entries_at_last: int


class MeasureError(Exception):
    """A run failed, or did not do what is measured."""


def scenarios(sources: int) -> list[Scenario]:
    """Give all scenarios in their order."""
    first = dict.fromkeys(changing(sources, 5), 1)
    both = first | dict.fromkeys(changing(sources, 10), 1)
    return [
        Scenario(name=COLD, versions={}),
        Scenario(name=WARM, versions={}),
        Scenario(name=TICK, versions=first),
        Scenario(name=TICK_10, versions=both),
        Scenario(name=UNCHANGED, versions=both, validators=False),
    ]


def highest_versions(sources: int) -> dict[int, int]:
    """Give the versions that the scenarios ask for."""
    return dict(scenarios(sources)[-1].versions)


def go_through(
    peer: Peer, folder: Path, server: Server, corpus: Corpus, steps: Sequence[Scenario]
) -> Iterator[tuple[str, Cost | Counts]]:
    """Run a program through the scenarios; gives what each cost by its name, and at the end what was read."""
    peer.prepare(folder, [server.url(source) for source in range(corpus.sources)])
    read = (0, 0)
    for step in steps:
        server.show(step.versions, validators=step.validators)
        for _ in range(peer.warm_ups if step.name == WARM else 0):
            cost_of(peer.command(folder), folder, server)
        cost, output = cost_of(peer.command(folder), folder, server)
        if peer.name == US:
            require_all(json.loads(output), corpus.sources, step.name)
        if step is steps[0]:
            read = peer.counts(folder)
        yield step.name, cost
    yield "", Counts(sources=read[0], entries=read[1], entries_at_last=peer.counts(folder)[1])
    shutil.rmtree(folder)


def cost_of(command: Sequence[str], folder: Path, server: Server | None) -> tuple[Cost, str]:
    """Run a command once; gives what it cost and what it printed. Raises MeasureError where it fails."""
    if server:
        server.answered()
    result = folder / "cost.json"
    launch = [sys.executable, "-m", "bench.launch", str(result), str(SECONDS), *command]
    ended = subprocess.run(launch, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise MeasureError(f"{command}: exit code {ended.returncode}: {ended.stderr[-2000:]}")
    told = json.loads(result.read_text(encoding="utf-8"))
    answered = server.answered() if server else None
    cost = Cost(
        wall=told["wall"],
        cpu=told["cpu"],
        memory=told["memory"],
        processes=told["processes"],
        server_cpu=answered.cpu if answered else 0.0,
        whole=answered.whole if answered else 0,
        not_modified=answered.not_modified if answered else 0,
    )
    return cost, ended.stdout


def require_all(told: Mapping[str, Mapping[str, object]], sources: int, step: str) -> None:
    """Raise MeasureError unless our run asked every source, none failed, and it found the news that there are."""
    asked = told["sources"]
    news = {TICK: NEWS * len(changing(sources, 5)), TICK_10: NEWS * len(changing(sources, 10)), WARM: 0, UNCHANGED: 0}
    if (asked["due"], asked["failed"]) != (sources, 0):
        raise MeasureError(f"{step}: not every source was read: {asked}, {told['failures']}")
    if step in news and told["entries"]["new"] != news[step]:
        raise MeasureError(f"{step}: {told['entries']['new']} new entries, not {news[step]}")
