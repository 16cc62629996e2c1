"""What do the figures say, as tables that a reader of RESULTS.md understands?"""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence

from bench.measured import Measured, SideBySide, StageSeconds, Ticks
from bench.peers import US
from bench.scenarios import COLD, Cost
from bench.targets import Target, targets


def median(runs: Iterable[Cost], what: str) -> float:
    """Give the median of one of the figures."""
    return float(statistics.median(getattr(run, what) for run in runs))


def machine() -> str:
    """Say on what was measured, without naming it."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def rows(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Lay out a Markdown table whose columns stand one below the other, figures to the right."""
    table = [list(header), *map(list, lines)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    laid = [table[0], rule, *table[1:]]
    return "\n".join(
        "| " + " | ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) + " |" for row in laid
    )


def results(measured: Measured) -> str:
    """Write RESULTS.md."""
    parts = [
        "# What was measured",
        f"`make bench`, `make bench-growth` and `make bench-large` write this page. {machine()}; the server, on"
        " loopback, is a process of its own on the same cores. Medians. MB: proportional set size of all processes of"
        " a program at the peak. *200* and *304*: what the server answered. *× ours*: how many times as long as ours.",
    ]
    if side := measured.side_by_side:
        parts += ["## Side by side", _told_of(side), side_by_side(side), counts(side)]
        if side.stages:
            parts += ["## Stage by stage", "Ours, one run each; stages of pull overlap.", stages(side.stages)]
    if start := measured.start_up:
        lines = [("aggregator --help", f"{start.help:.2f}"), ("update, nothing due", f"{start.nothing_due:.2f}")]
        parts += ["## Start-up", rows(("", "wall s"), lines)]
    if measured.growth:
        parts += [
            "## Growth",
            f"{measured.growth[0].sources:,} sources, 5 % changed, 2 new entries each, and a store that holds:",
        ]
        parts += [ticks("stories", measured.growth, [one.stories for one in measured.growth])]
    if measured.large:
        parts += ["## Ten thousand sources", "5 % changed, 2 new entries each."]
        parts += [ticks("sources", [measured.large], [measured.large.sources])]
    judged = [(one.told, one.found, _word(one)) for one in targets(measured)]
    return "\n\n".join([*parts, "## Targets", rows(("", "found", "met"), judged)]) + "\n"


def _word(target: Target) -> str:
    if target.met is None:
        return "of fewer" if target.found else "not measured"
    return "yes" if target.met else "no"


def side_by_side(side: SideBySide) -> str:
    """Give a table for each scenario: all programs, and how many times as long as ours each takes."""
    parts = []
    for step in side.runs[US]:
        lines = []
        ours = median(side.runs[US][step], "wall")
        for name, steps in side.runs.items():
            if found := steps.get(step):
                lines.append(_line(name, found, ours, side.entries if step == COLD else None, side.sources))
        header = ("", "wall s", "CPU s", "MB", "feeds/s", "entries/s", "200", "304", "server CPU s", "× ours")
        parts.append(f"### {step}\n\n{rows(header, lines)}")
    return "\n\n".join(parts)


def ticks(what: str, found: Sequence[Ticks], sizes: Sequence[int]) -> str:
    """Give what a tick takes as something grows."""
    return rows(
        (what, "wall s", "CPU s", "MB", "store MB"),
        [
            (
                f"{size:,}",
                f"{median(one.runs, 'wall'):.2f}",
                f"{median(one.runs, 'cpu'):.2f}",
                f"{median(one.runs, 'memory') / 1e6:.0f}",
                f"{one.bytes / 1e6:,.0f}",
            )
            for one, size in zip(found, sizes, strict=True)
        ],
    )


def _told_of(side: SideBySide) -> str:
    times = len(side.runs[US][COLD])
    return (
        f"{side.sources:,} sources on as many hosts, {side.size / 1000:.1f} KB and {side.entries / side.sources:.0f}"
        f" entries each; {times} {'time' if times == 1 else 'times'} in turn, {side.measured}."
    )


def _line(name: str, found: Sequence[Cost], ours: float | None, entries: int | None, sources: int) -> list[str]:
    wall = median(found, "wall")
    return [
        name,
        f"{wall:.2f}",
        f"{median(found, 'cpu'):.2f}",
        f"{median(found, 'memory') / 1e6:.0f}",
        f"{sources / wall:,.0f}",
        f"{entries / wall:,.0f}" if entries else "",
        f"{median(found, 'whole'):,.0f}",
        f"{median(found, 'not_modified'):,.0f}",
        f"{median(found, 'server_cpu'):.2f}",
        f"{wall / ours:.2f}" if ours else "",
    ]


def counts(side: SideBySide) -> str:
    """Give what each program had read after its cold run."""
    return rows(
        ("read after cold", "sources", "entries"),
        [
            ("there are, by feedparser", f"{side.sources:,}", f"{side.entries:,}"),
            *((name, f"{one.sources:,}", f"{one.entries:,}") for name, one in side.counts.items()),
        ],
    )


def stages(told: StageSeconds) -> str:
    """Give the seconds of our stages: of the wall where they follow each other, else CPU seconds."""
    names = list(told)
    lines = [
        (label, *(f"{told[name][kind].get(stage, 0.0):.2f}" for name in names))
        for label, kind, stage in (
            ("load: feeds.yaml, store, public/", "wall", "load"),
            ("pull, in all", "wall", "pull"),
            ("- fetch, CPU", "cpu", "fetch"),
            ("- parse, CPU of the workers", "cpu", "parse"),
            ("- record", "cpu", "record"),
            ("conclude", "wall", "conclude"),
            ("publish", "wall", "publish"),
        )
    ]
    return rows(("seconds", *names), lines)
