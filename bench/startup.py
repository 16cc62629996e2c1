"""How long does the program take where it has nothing to do?"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

from bench.corpus import Corpus
from bench.measured import StartUp, today
from bench.scenarios import cost_of
from bench.server import Server
from bench.site import Site


def start_up(folder: Path, server: Server, corpus: Corpus, times: int) -> StartUp:
    """Measure `--help`, and an `update` of all sources where none is due."""
    site = Site(folder=folder)
    site.write([server.url(source) for source in range(corpus.sources)])
    server.show({}, validators=True)
    # The second run finds a data/ in which to keep what feeds.yaml says; all after it are as those of cron.
    for _ in range(2):
        cost_of(site.command("update"), folder, server)
    waiting = []
    for _ in range(times):
        cost, _ = cost_of(site.command("update"), folder, server)
        if cost.whole or cost.not_modified:
            raise AssertionError("something was due")
        waiting.append(cost.wall)
    helped = [cost_of([sys.executable, "-m", "aggregator", "--help"], folder, None)[0].wall for _ in range(times)]
    return StartUp(measured=today(), help=statistics.median(helped), nothing_due=statistics.median(waiting))


def stage_seconds(site: Site) -> str:
    """Run a forced update stage by stage (see `bench.stages`); gives what it told as JSON."""
    command = [sys.executable, "-m", "bench.stages", str(site.folder / "feeds.yaml")]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=900).stdout
