"""How does a run behave at a terminal: progress, signals, draining?"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import click

from aggregator.cli import report
from aggregator.fetch import event_loop
from aggregator.pipeline.pulled import Report, Wish
from aggregator.pipeline.update import Outside, Updated, update_site

if TYPE_CHECKING:
    from aggregator.pipeline.workplace import Workplace

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def update(place: Workplace, wish: Wish, verbosity: int) -> tuple[Updated, int | None]:
    """Run an update to its end; the second value is the signal that cut it short, None where none did."""
    # Not as the result of the task: asyncio puts that into words, a megabyte of them, when it looks at its handler.
    done: list[Updated] = []
    heard: list[int] = []
    event_loop.run(_update(place, wish, verbosity, done, heard))
    return done[0], heard[0] if heard else None


async def _update(place: Workplace, wish: Wish, verbosity: int, done: list[Updated], heard: list[int]) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: int, _frame: FrameType | None) -> None:
        heard.append(number)
        loop.call_soon_threadsafe(stopping.set)

    with _signals(stop), _progress(verbosity) as progress:
        outside = Outside(clock=lambda: datetime.now(UTC), jitter=random.random, progress=progress, stopping=stopping)
        done.append(await update_site(place, wish, outside))


@contextmanager
def _signals(stop: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Hear signals at once, and not when the loop next turns: filing and publishing keep it busy."""
    former = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def _progress(verbosity: int) -> Iterator[Callable[[Report, int], None]]:
    """Show what is done: a bar on a terminal, a line for each source elsewhere, nothing with -q."""
    if verbosity < 0:
        yield lambda _report, _due: None
    elif not sys.stderr.isatty():
        yield partial(_print_lines, verbosity)
    else:
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Sources", total=None)
            yield lambda _done, due: bar.update(task, total=due, advance=1)


def _print_lines(verbosity: int, done: Report, _due: int) -> None:
    """Print what came of a source; one that failed is named at the end."""
    if not done.failure or verbosity > 0:
        for line in report.source_lines(done, verbosity):
            click.echo(line, err=True)
