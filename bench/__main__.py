"""How fast are we, beside what one would use instead?

    python -m bench [--times 5] [--sources 1000] [--only NAME]… [--no-stages]      all programs side by side, start-up
    python -m bench growth [--times 3] [--stories N]…                            stores that hold ever more stories
    python -m bench large [--times 3]                                            ten thousand sources

Prints the tables and writes them to bench/RESULTS.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import measured as known
from bench.corpus import Corpus, write_corpus
from bench.expected import entry_counts, shared_feeds
from bench.feeds import Press
from bench.growth import grow, large
from bench.measured import Agreeing, SideBySide, StageSeconds
from bench.peers import US, Peer, peers
from bench.scenarios import Cost, Counts, go_through, highest_versions, scenarios
from bench.server import Server
from bench.site import Site
from bench.startup import stage_seconds, start_up
from bench.table import results

_RESULTS = Path(__file__).parent / "RESULTS.md"
_STORIES = [10_000, 100_000, 1_000_000]


def main() -> None:
    """Measure what is asked for."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        match asked.part:
            case "growth":
                found: dict[str, Any] = {
                    "growth": grow(folder, asked.sources or 1000, asked.stories or _STORIES, asked.times or 3)
                }
            case "large":
                found = {"large": large(folder, asked.sources or 10_000, asked.times or 3)}
            case _:
                found = _beside(folder, asked)
    measured = replace(known.load(), **found)
    known.save(measured)
    written = results(measured)
    _RESULTS.write_text(written, encoding="utf-8")
    print(written)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast are we?")
    parser.add_argument("part", nargs="?", choices=("beside", "growth", "large"), default="beside")
    parser.add_argument("--times", type=int, help="runs of which the median is taken")
    parser.add_argument("--sources", type=int, help="how many sources")
    parser.add_argument("--stories", type=int, action="append", help="sizes of stores to grow through")
    parser.add_argument("--only", action="append", help="only programs whose name begins so; ours is always among them")
    parser.add_argument("--no-stages", action="store_true", help="do not run ours stage by stage")
    return parser.parse_args()


def _beside(folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    sources, times = asked.sources or 1000, asked.times or 5
    chosen = [p for p in peers() if not asked.only or p.name == US or p.name.startswith(tuple(asked.only))]
    _say("making the feeds")
    press = Press(sources=sources, now=datetime.now(UTC).replace(microsecond=0))
    corpus = write_corpus(folder / "corpus", press, highest_versions(sources))
    expected = entry_counts(corpus)
    with Server(corpus) as server:
        side = _in_turn(folder, server, corpus, chosen, times)
        if not asked.no_stages:
            side.stages = _stages(folder / "stages", server, corpus)
        stored = Site(folder=folder / "start")
        started = start_up(stored.folder, server, corpus, times)
    found = stored.entries()
    agreeing = sum(found[source] == expected[source] for source in range(sources))
    side.agreeing = Agreeing(agreeing=agreeing, of=sources)
    side.entries = sum(expected.values())
    return {"side_by_side": side, "start_up": started}


def _in_turn(folder: Path, server: Server, corpus: Corpus, chosen: list[Peer], times: int) -> SideBySide:
    runs: dict[str, dict[str, list[Cost]]] = {peer.name: {} for peer in chosen}
    read: dict[str, Counts] = {}
    for number in range(times):
        for peer in chosen:
            for step, told in go_through(peer, folder / "peer", server, corpus, scenarios(corpus.sources)):
                if isinstance(told, Counts):
                    read[peer.name] = told
                else:
                    runs[peer.name].setdefault(step, []).append(told)
                    _say(f"{number + 1}/{times} {peer.name}, {step}: {told.wall:.2f} s, {told.memory / 1e6:.0f} MB")
    return SideBySide(
        measured=known.today(),
        sources=corpus.sources,
        entries=corpus.entries,
        size=corpus.mean_size,
        agreeing=Agreeing(agreeing=0, of=0),
        shared=shared_feeds(),
        runs=runs,
        counts=read,
    )


def _stages(folder: Path, server: Server, corpus: Corpus) -> StageSeconds:
    site = Site(folder=folder)
    site.write([server.url(source) for source in range(corpus.sources)])
    told: StageSeconds = {}
    for step in scenarios(corpus.sources):
        server.show(step.versions, validators=step.validators)
        told[step.name] = json.loads(stage_seconds(site))
        _say(f"stages, {step.name}")
    return told


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
