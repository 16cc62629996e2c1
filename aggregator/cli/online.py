"""Which sources answer right now, and with what?"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from aggregator.cli.wording import count, dump, moment, no_network_line
from aggregator.fetch import event_loop
from aggregator.model import Failed
from aggregator.pipeline.probe import Probe, probing
from aggregator.pipeline.workplace import remembered
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.cli import Settings
    from aggregator.model import Config


def check(settings: Settings, config: Config, ids: Sequence[str], *, as_json: bool) -> int:
    """Ask these sources, or all that are not paused; gives 1 where one is dead. Nothing is stored."""
    probes = event_loop.run(_ask(config, ids, settings.verbosity))
    if as_json:
        click.echo(dump({"sources": [_facts(probe) for probe in probes]}))
    else:
        for probe in probes:
            for line in probe_lines(probe, config.site.timezone):
                click.echo(line) if probe.failure else settings.say(line)
        if _is_silent(probes):
            click.echo(no_network_line(config), err=True)
    return int(any(probe.failure for probe in probes))


def probe_lines(probe: Probe, zone: ZoneInfo) -> Iterator[str]:
    """Say in a line what a source answered; below a web page, the feeds that it names."""
    name = probe.source.id
    if probe.postponed:
        yield f"{name}: not asked: its host wants a pause until {moment(probe.postponed, zone)}"
    elif probe.failure:
        yield f"{name}: {probe.failure.reason}: {printable(probe.failure.detail)}"
        yield from feed_lines(probe)
    else:
        moved = f"; moved for good to {printable(probe.moved_to)}" if probe.moved_to else ""
        yield f"{name}: ok: {contents(probe, zone)}{moved}"


def contents(probe: Probe, zone: ZoneInfo) -> str:
    """`NEGZ, 12 entries, newest 2026-11-23 09:05`: what a feed holds."""
    parts = [probe.title] if probe.title else []
    parts.append(count(probe.entries, "entry", "entries"))
    if probe.newest:
        parts.append(f"newest {moment(probe.newest, zone)}")
    return ", ".join(parts)


def feed_lines(probe: Probe, *, before: str = "") -> Iterator[str]:
    """Give a line for each feed that a web page names; `before` stands before its address."""
    for feed in probe.advertised:
        yield f"  {before}{shlex.quote(printable(feed.url, 2000))}" + (f"   # {feed.title}" if feed.title else "")


async def _ask(config: Config, ids: Sequence[str], verbosity: int) -> list[Probe]:
    sources = [source for source in config.sources if source.id in ids or not (ids or source.paused)]
    states = remembered(config).values()
    with _progress(len(sources), verbosity) as progress:
        async with probing(config, datetime.now(UTC), states) as prober:
            return await prober.ask_all(sources, progress)


@contextmanager
def _progress(total: int, verbosity: int) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal, nothing elsewhere or with -q."""
    if verbosity < 0 or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Sources", total=total)
        yield lambda: bar.advance(task)


def _is_silent(probes: Sequence[Probe]) -> bool:
    """Whether nobody answered at all; a single source proves nothing."""
    remote = [probe.failure for probe in probes if not probe.source.local]
    return len(remote) > 1 and all(isinstance(failure, Failed) and not failure.answered for failure in remote)


def _facts(probe: Probe) -> dict[str, object]:
    failure = probe.failure
    return {
        "id": probe.source.id,
        "ok": failure is None and probe.postponed is None,
        "title": probe.title,
        "entries": None if failure or probe.postponed else probe.entries,
        "newest": probe.newest,
        "reason": failure.reason if failure else None,
        "detail": printable(failure.detail) if failure else None,
        "postponed_until": probe.postponed,
        "moved_to": probe.moved_to,
        "advertised": [{"url": feed.url, "title": feed.title, "type": feed.type} for feed in probe.advertised],
    }
