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
from datetime import UTC, datetime
from pathlib import Path

from bench import measured as known
from bench.corpus import Corpus, write_corpus
from bench.expected import entry_counts
from bench.feeds import Press
from bench.growth import grow, large
from bench.measured import Measured, SideBySide, StageSeconds
from bench.peers import US, Peer, peers
from bench.scenarios import Cost, Counts, go_through, highest_versions, scenarios
from bench.server import Server
from bench.site import Site
from bench.startup import stage_seconds, start_up
from bench.table import results

_RESULTS = Path(__file__).parent / "RESULTS.md"


def main() -> None:
    """Measure what is asked for."""
    asked = _asked()
    measured = known.load()
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        match asked.part:
            case "growth":
                measured.growth = grow(folder, asked.stories or [10_000, 100_000, 1_000_000], asked.times or 3)
            case "large":
                measured.large = large(folder, asked.sources or 10_000, asked.times or 3)
            case _:
                _beside(folder, asked, measured)
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


def _beside(folder: Path, asked: argparse.Namespace, measured: Measured) -> None:
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
        measured.start_up = start_up(stored.folder, server, corpus, times)
    found = stored.entries()
    side.agreeing = sum(found[source] == expected[source] for source in range(sources))
    side.entries = sum(expected.values())
    measured.side_by_side = side


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
        agreeing=0,
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
