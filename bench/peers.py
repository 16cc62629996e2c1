"""Who is measured, how is each of them started, and what has it read?

Beside us: lemon24/reader with ten workers and with one, newsboat, the loop that one would write, and the obvious wiring
of the named packages. Who is not installed is left out.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.site import REPOSITORY, Site

_PYTHON = REPOSITORY / ".venv" / "peers" / "bin" / "python"
_PROGRAMS = Path(__file__).parent / "programs"
_NEWSBOAT = """reload-threads 10
max-items 0
cleanup-on-quit no
"""

US = "aggregator"
READER, READER_ONE, LOOP, WIRING, NEWSBOAT = (
    "reader, 10 workers",
    "reader, one worker",
    "the loop",
    "the wiring",
    "newsboat",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program: `prepare` a folder with addresses, the `command` that updates it, and what is there then.

    `counts` gives how many sources were read, and how many entries are stored. So many
    `warm_ups` go before its warm run: newsboat asks with conditions only from its third reload on.
    """

    name: str
    prepare: Callable[[Path, Sequence[str]], None]
    command: Callable[[Path], list[str]]
    counts: Callable[[Path], tuple[int, int]]
    warm_ups: int = 0


def peers() -> list[Peer]:
    """Give all who are installed, ourselves first; tells of the others on the terminal."""
    found = [Peer(name=US, prepare=_write_site, command=_update_site, counts=_site_counts)]
    if _PYTHON.exists():
        found += [
            Peer(name=READER, prepare=_subscribe, command=_with_reader("10"), counts=_reader_counts),
            Peer(name=READER_ONE, prepare=_subscribe, command=_with_reader("1"), counts=_reader_counts),
            Peer(name=LOOP, prepare=_write_urls, command=_program("the_loop.py"), counts=_counts),
            Peer(name=WIRING, prepare=_write_urls, command=_program("the_wiring.py"), counts=_counts),
        ]
    else:
        print("reader, the loop and the wiring are left out: make .venv/peers.stamp installs them")
    if shutil.which("newsboat"):
        found.append(
            Peer(
                name=NEWSBOAT,
                prepare=_write_newsboat,
                command=_newsboat,
                counts=_newsboat_counts,
                warm_ups=1,
            )
        )
    else:
        print("newsboat is left out: make clients installs it")
    return found


def _write_site(folder: Path, urls: Sequence[str]) -> None:
    Site(folder=folder).write(urls)


def _update_site(folder: Path) -> list[str]:
    return Site(folder=folder).command("update", "--force", "--json")


def _site_counts(folder: Path) -> tuple[int, int]:
    entries = Site(folder=folder).entries()
    return sum(count > 0 for count in entries.values()), sum(entries.values())


def _write_urls(folder: Path, urls: Sequence[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "urls").write_text("".join(f"{url}\n" for url in urls), encoding="utf-8")


def _subscribe(folder: Path, urls: Sequence[str]) -> None:
    _write_urls(folder, urls)
    command = [str(one) for one in (_PYTHON, _PROGRAMS / "with_reader.py", "add", folder / "peer.db", folder / "urls")]
    subprocess.run(command, check=True, timeout=300)


def _with_reader(workers: str) -> Callable[[Path], list[str]]:
    def command(folder: Path) -> list[str]:
        return [str(_PYTHON), str(_PROGRAMS / "with_reader.py"), "update", str(folder / "peer.db"), workers]

    return command


def _program(name: str) -> Callable[[Path], list[str]]:
    def command(folder: Path) -> list[str]:
        return [str(_PYTHON), str(_PROGRAMS / name), str(folder / "peer.db"), str(folder / "urls")]

    return command


def _write_newsboat(folder: Path, urls: Sequence[str]) -> None:
    _write_urls(folder, urls)
    (folder / "config").write_text(_NEWSBOAT, encoding="utf-8")


def _newsboat(folder: Path) -> list[str]:
    places = ["-u", str(folder / "urls"), "-C", str(folder / "config"), "-c", str(folder / "peer.db")]
    return ["env", f"HOME={folder}", "newsboat", "-q", *places, "-x", "reload"]


def _reader_counts(folder: Path) -> tuple[int, int]:
    return (
        _number(folder, "SELECT count(*) FROM feeds WHERE last_updated IS NOT NULL AND last_exception IS NULL"),
        _number(folder, "SELECT count(*) FROM entries"),
    )


def _newsboat_counts(folder: Path) -> tuple[int, int]:
    return (
        _number(folder, "SELECT count(DISTINCT feedurl) FROM rss_item"),
        _number(folder, "SELECT count(*) FROM rss_item"),
    )


def _counts(folder: Path) -> tuple[int, int]:
    return (
        _number(folder, "SELECT count(DISTINCT feed) FROM entries"),
        _number(folder, "SELECT count(*) FROM entries"),
    )


def _number(folder: Path, statement: str) -> int:
    with closing(sqlite3.connect(folder / "peer.db")) as connection:
        found: int = connection.execute(statement).fetchone()[0]
        return found
