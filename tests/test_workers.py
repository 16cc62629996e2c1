"""Can no document stop, bloat or outlive the program that reads it?"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.model import Context, Entry, Reading, SourceKind
from aggregator.workers import Parsers, chosen, parse

REPOSITORY = Path(__file__).parents[1]
CONTEXT = Context(
    url="https://example.org/feed", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 3, 1, tzinfo=UTC)
)
HANGING = 60.0
# Seconds in which that happens which must happen at once, on a slow and busy machine.
PATIENCE = 8.0


def scripted(kind: SourceKind, body: bytes, context: Context) -> Reading:
    """What the workers of these tests run: the body says what happens to them."""
    word, _, argument = body.decode().partition(" ")
    script: dict[str, Callable[[str], object]] = {
        "say": str,
        "pid": lambda _: os.getpid(),
        "hang": lambda _: time.sleep(HANGING),
        "spin": spin,
        "exit": lambda code: os._exit(int(code)),
        "die": lambda _: os.kill(os.getpid(), signal.SIGKILL),
        "hog": lambda size: len(bytearray(int(size))),
        "refuse": refuse,
        "blocked": lambda _: sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "socket": inherits_socket,
        "seconds": lambda _: resource.getrlimit(resource.RLIMIT_CPU)[0],
        "many": int,
    }
    told = str(script[word](argument))
    entries = (
        Entry(id=str(n), id_derived=True, title="„Grüße“ – " * 9) for n in range(int(told) if word == "many" else 0)
    )
    return Reading(entries=tuple(entries), report=(told,))


def spin(_: str) -> None:
    started = time.monotonic()
    while time.monotonic() - started < HANGING:
        pass


def refuse(detail: str) -> None:
    raise SourceError("html", detail)


def inherits_socket(inode: str) -> bool:
    for number in range(256):
        with contextlib.suppress(OSError):
            found = os.fstat(number)
            if stat.S_ISSOCK(found.st_mode) and found.st_ino == int(inode):
                return True
    return False


async def ask(parsers: Parsers[Reading], command: str) -> str:
    reading = await parsers.parse(SourceKind.FEED, command.encode(), CONTEXT)
    return reading.report[0]


async def outcome(parsers: Parsers[Reading], command: str) -> str:
    try:
        return await ask(parsers, command)
    except SourceError as error:
        return str(error)


def outcomes(parsers: Parsers[Reading], *commands: str) -> list[str]:
    """What comes of commands that are given at the same moment."""

    async def all_of_them() -> list[str]:
        return await asyncio.gather(*(outcome(parsers, command) for command in commands))

    return asyncio.run(all_of_them())


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    """After every test all workers are gone."""
    yield
    assert multiprocessing.active_children() == []


def test_nothing_is_started_before_the_first_document() -> None:
    """An update with nothing to read pays for no process."""
    with Parsers(2, parse=scripted):
        assert multiprocessing.active_children() == []


def test_documents_are_read_in_other_processes_that_are_kept() -> None:
    """One document after the other is read in one worker, many at once in no more than `count`."""
    with Parsers(2, parse=scripted) as parsers:
        first = outcomes(parsers, "pid")
        assert outcomes(parsers, "pid") == first != [str(os.getpid())]
        assert len(set(outcomes(parsers, *["pid"] * 12)) | set(first)) <= 2


def test_the_reading_comes_back_whole() -> None:
    """A large reading crosses the border of the process unchanged."""

    async def read(parsers: Parsers[Reading]) -> Reading:
        return await parsers.parse(SourceKind.FEED, b"many 5000", CONTEXT)

    with Parsers(1, parse=scripted) as parsers:
        reading = asyncio.run(read(parsers))
    assert len(reading.entries) == 5000
    assert reading.entries[4999] == Entry(id="4999", id_derived=True, title="„Grüße“ – " * 9)


def test_what_a_parser_says_of_a_document_comes_back() -> None:
    """A SourceError keeps its reason and detail, and its worker goes on."""
    with Parsers(1, parse=scripted) as parsers:
        (worker,) = outcomes(parsers, "pid")
        assert outcomes(parsers, "refuse Anmeldung nötig – „Bitte“", "pid") == [
            "html: Anmeldung nötig – „Bitte“",
            worker,
        ]


def test_a_document_that_hangs_costs_one_failure() -> None:
    """A worker that does not answer in time is killed; the other documents are read."""
    with Parsers(2, parse=scripted, seconds=1.0) as parsers:
        outcomes(parsers, "pid", "pid")
        started = time.monotonic()
        assert outcomes(parsers, "hang", "spin", *["say Grüße"] * 8) == [
            "parser-killed: reading it takes longer than 1 seconds"
        ] * 2 + ["Grüße"] * 8  # fmt: skip
        assert time.monotonic() - started < HANGING / 2


def test_a_document_that_kills_its_worker_costs_one_failure() -> None:
    """A worker that dies is named with how it died, and is replaced."""
    with Parsers(2, parse=scripted) as parsers:
        assert outcomes(parsers, "exit 3", "say eins", "die", "say zwei", "say drei") == [
            "parser-killed: reading it ended the parser process (exit code 3)",
            "eins",
            "parser-killed: reading it ended the parser process (SIGKILL)",
            "zwei",
            "drei",
        ]


def test_a_document_that_eats_memory_costs_one_failure() -> None:
    """Memory beyond the limit is refused, and a document that needs less is read."""
    with Parsers(1, parse=scripted, memory=512 << 20) as parsers:
        assert outcomes(parsers, f"hog {800 << 20}", f"hog {50 << 20}", "say weiter") == [
            "parser-killed: reading it needs more than 512 MiB of memory",
            str(50 << 20),
            "weiter",
        ]


def test_processor_time_is_limited_for_each_document() -> None:
    """The limit counts anew for each document, however long its worker has lived."""
    with Parsers(1, parse=scripted, seconds=3.0) as parsers:
        limits = [int(told) for _ in range(3) for told in outcomes(parsers, "seconds")]
        assert all(3 <= limit <= 8 for limit in limits)


def test_a_worker_that_was_ended_while_idle_is_replaced() -> None:
    """An idle worker that the machine killed (out of memory) costs no document."""
    with Parsers(1, parse=scripted) as parsers:
        (pid,) = outcomes(parsers, "pid")
        os.kill(int(pid), signal.SIGKILL)
        for worker in multiprocessing.active_children():
            worker.join(PATIENCE)
        assert outcomes(parsers, "say weiter") == ["weiter"]


def test_no_process_can_be_started() -> None:
    """Where the machine refuses a process, that source fails with the machine's reason."""
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Parsers(1, parse=scripted) as parsers:

        async def starved() -> str:
            lowest_free = os.open(os.devnull, os.O_RDONLY)
            os.close(lowest_free)
            resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, descriptors[1]))
            try:
                return await outcome(parsers, "say nichts")
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, descriptors)

        told = asyncio.run(starved())
        assert told.startswith("parser-killed: no parser process could be started (")
        assert outcomes(parsers, "say weiter") == ["weiter"]


def test_a_worker_whose_start_fails_costs_one_failure() -> None:
    """A worker that ends before it is ready is told as such."""
    with Parsers(1, parse=Unloadable()) as parsers:
        assert outcomes(parsers, "say nichts") == ["parser-killed: reading it ended the parser process (exit code 4)"]


class Unloadable:
    """A parse function that ends the process into which it is loaded."""

    def __call__(self, kind: SourceKind, body: bytes, context: Context) -> Reading:
        raise NotImplementedError

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return os._exit, (4,)


def test_closing_ends_what_is_at_work() -> None:
    """An exception, a Ctrl-C for example, ends the workers at once, those that hang too."""
    started = time.monotonic()

    async def interrupted() -> None:
        with Parsers(2, parse=scripted) as parsers:
            waiting = [asyncio.create_task(outcome(parsers, command)) for command in ("hang", "spin", "hang")]
            while len(multiprocessing.active_children()) < 2:
                await asyncio.sleep(0.01)
            waiting[0].cancel()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(interrupted())
    assert time.monotonic() - started < PATIENCE
    assert multiprocessing.active_children() == []


def test_signals_to_the_group_do_not_reach_the_workers() -> None:
    """Ctrl-C and a stop of the service go to all processes; a worker leaves it to its parent."""
    with Parsers(1, parse=scripted) as parsers:
        (pid,) = outcomes(parsers, "pid")
        os.kill(int(pid), signal.SIGINT)
        os.kill(int(pid), signal.SIGTERM)
        assert outcomes(parsers, "pid", "blocked") == [pid, str(sorted([signal.SIGINT, signal.SIGTERM]))]


def test_workers_inherit_no_sockets() -> None:
    """A socket that is open when a worker starts is not open in it."""
    with socket.create_server(("127.0.0.1", 0)) as listening, Parsers(1, parse=scripted) as parsers:
        listening.set_inheritable(True)
        inode = os.fstat(listening.fileno()).st_ino
        assert inherits_socket(str(inode))
        assert outcomes(parsers, f"socket {inode}") == ["False"]


PARENT = """
import asyncio, sys
from tests.test_workers import outcome, scripted
from aggregator.workers import Parsers

async def main(parsers):
    await asyncio.gather(*(outcome(parsers, "pid") for _ in range(4)))
    hanging = asyncio.create_task(outcome(parsers, sys.argv[1]))
    await asyncio.sleep(0.2)
    print("ready", flush=True)
    await hanging

if __name__ == "__main__":
    with Parsers(2, parse=scripted, seconds=100) as parsers:
        asyncio.run(main(parsers))
"""


@pytest.mark.parametrize("command", ["hang", "spin"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path: Path, command: str, end: signal.Signals) -> None:
    """However the program ends, its workers end too: nobody holds its standard output open any more."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script), command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        try:
            assert parent.stdout.readline() == b"ready\n"
            if end == signal.SIGKILL:
                parent.kill()
            else:
                os.killpg(parent.pid, end)
            # This returns only when the parent and every process that inherited its output are gone.
            _, errors = parent.communicate(timeout=20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)
        assert b"SpawnProcess" not in errors, "a worker printed a stack trace"


# ── the program's own parsers ───────────────────────────────────────────────────────────────────────────────

ITEM = "<item><title>Bonn: „Neues“</title><guid>1</guid><description>{}</description></item>"


def rss(content: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Bonn</title>{content}</channel></rss>".encode()


BOMB = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 12))
PATHOLOGICAL = {
    "open comments": rss(ITEM.format("&lt;!--" * 60_000)),
    "open comments in CDATA": rss(ITEM.format(f"<![CDATA[{'<!--' * 60_000}]]>")),
    "bare open comments": b"<!--" * 60_000,
    "nested elements": rss("<a>" * 200_000),
    "nested markup": rss(ITEM.format("&lt;div&gt;" * 200_000)),
    "many attributes": rss(f"<item {' '.join(f'a{n}=_' for n in range(16_000))}><title>Bonn</title></item>"),
    "long author": rss(f"<item><title>Bonn</title><author>{'(' * 16_000}</author></item>"),
    "entity bomb": f"<!DOCTYPE rss [<!ENTITY e0 'ha'>{BOMB}]>".encode() + rss(ITEM.format("&e11;")),
    "a path": b"/dev/zero",
    "nested JSON": b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 200_000,
    "a good one": rss(ITEM.format("Text")),
}


def test_pathological_documents_end_in_time() -> None:
    """Whatever a document is made of, it is read or fails within the limit, and the next one is read."""

    async def read(parsers: Parsers[Reading], body: bytes) -> tuple[Reading | SourceError, float]:
        started = time.monotonic()
        try:
            return await parsers.parse(SourceKind.FEED, body, CONTEXT), time.monotonic() - started
        except SourceError as error:
            return error, time.monotonic() - started

    async def read_one_after_the_other() -> dict[str, tuple[Reading | SourceError, float]]:
        with Parsers(1, parse=parse) as parsers:
            return {name: await read(parsers, body) for name, body in PATHOLOGICAL.items()}

    outcomes = asyncio.run(read_one_after_the_other())
    assert not {name: seconds for name, (_, seconds) in outcomes.items() if seconds > 10 + PATIENCE}
    last, _ = outcomes["a good one"]
    assert isinstance(last, Reading)
    assert [entry.title for entry in last.entries] == ["Bonn: „Neues“"]


def test_the_programs_parsers_tell_that_memory_ran_out() -> None:
    """A feed that needs more memory than it may is told as such, not as a broken feed, and the next one is read."""

    async def read(parsers: Parsers[Reading], count: int) -> Reading | SourceError:
        try:
            return await parsers.parse(SourceKind.FEED, rss(ITEM.format("Text") * count), CONTEXT)
        except SourceError as error:
            return error

    async def large_and_small() -> list[Reading | SourceError]:
        with Parsers(1, parse=parse, memory=200 << 20) as parsers:
            return [await read(parsers, count) for count in (100_000, 1)]

    large, small = asyncio.run(large_and_small())
    assert str(large) == "parser-killed: reading it needs more than 200 MiB of memory"
    assert isinstance(small, Reading)


def test_a_document_is_read_by_the_programs_parsers() -> None:
    """The workers of a command that shows what is read run the program's parsers."""
    body = (REPOSITORY / "data" / "kommune21-digitale-staedte.txt").read_bytes()

    async def read() -> Reading:
        with Parsers(parse=parse) as parsers:
            return await parsers.parse(SourceKind.DOCUMENT, body, CONTEXT)

    assert len(asyncio.run(read()).entries) == 16


@pytest.mark.parametrize(("told", "fast"), [({}, True), ({"AGGREGATOR_READER": "feedparser"}, False)])
def test_reader_is_chosen(told: dict[str, str], fast: bool) -> None:
    """AGGREGATOR_READER=feedparser switches the fast reader off; what was off stays off."""
    assert chosen(CONTEXT, told).fast is fast
    assert not chosen(replace(CONTEXT, fast=False), told).fast
