"""How is foreign text read without letting it stop or bloat the program?

Each document is parsed in another process, bounded in time, processor time and memory. One that hangs or
kills its process costs its own source one failure; the process is replaced and everything else goes on.

Every worker has a pipe of its own and shares no lock with another, so that each may be killed at any moment
without harm to the rest (docs/decisions/parser-processes.md says why no library does this).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import resource
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Generic, Self, TypeVar

from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.model import Context, Entry, Reading, SourceKind

_Read = TypeVar("_Read")
_Parse = Callable[[SourceKind, bytes, Context], _Read]

_SECONDS = 10.0
_MEMORY = 1 << 30
_START_SECONDS = 60.0
_PRELOADED = ("aggregator.pipeline.reading", "aggregator.sources.feed", "aggregator.sources.jsonfeed", "ada_url", "nh3")
"""What nearly every worker needs, imported once by the process that they are forked from."""
_FAREWELL_SECONDS = 1.0


class Parsers(Generic[_Read]):
    """The parsing processes: at most `count`, started when first needed, gone when the `with` block ends.

    A document may take `seconds` of wall time and as much processor time, and its worker `memory` bytes of
    address space. `parse` is what a worker runs; it and what it gives must be picklable.
    """

    def __init__(
        self,
        count: int | None = None,
        *,
        parse: _Parse[_Read],
        seconds: float = _SECONDS,
        memory: int = _MEMORY,
    ) -> None:
        self._parse = parse
        self._seconds = seconds
        self._memory = memory
        self._threads = ThreadPoolExecutor(count or min(4, os.cpu_count() or 1), thread_name_prefix="parser")
        self._lock = threading.Lock()
        self._workers: set[_Worker[_Read]] = set()
        self._idle: list[_Worker[_Read]] = []
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def parse(self, kind: SourceKind, body: bytes, context: Context) -> _Read:
        """Read one document in a worker.

        Raises `SourceError`: what the parser says of the document, or `parser-killed` where the document took
        too long, too much memory, or ended its worker.
        """
        # A worker, which imports this module as well, has no use for it.
        import asyncio

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._ask, (kind, body, context))

    def close(self) -> None:
        """End every worker: the idle ones by closing their pipe, those at work by force."""
        with self._lock:
            self._closed = True
            for worker in self._workers.difference(self._idle):
                worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._workers:
            worker.dismiss()

    def _ask(self, task: _Task) -> _Read:
        """Give a task to a worker and wait; runs in a thread of the pool."""
        try:
            worker = self._take()
        except (EOFError, OSError) as error:
            told = str(error) or type(error).__name__
            raise SourceError("parser-killed", f"no parser process could be started ({told})") from error
        try:
            answer = worker.ask(task, self._seconds)
        except (EOFError, OSError) as error:
            self._drop(worker)
            raise SourceError("parser-killed", worker.obituary(error)) from error
        if isinstance(answer, _OutOfMemory):
            self._drop(worker)
            raise SourceError("parser-killed", f"reading it needs more than {self._memory >> 20} MiB of memory")
        with self._lock:
            self._idle.append(worker)
        if isinstance(answer, SourceError):
            raise answer
        return answer

    def _take(self) -> _Worker[_Read]:
        """Give an idle worker, else a new one; an idle one may have been ended from outside."""
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive:
                    return worker
            if self._closed:
                raise SourceError("parser-killed", "the program is ending")
            worker = _Worker(self._parse, self._seconds, self._memory)
            self._workers.add(worker)
            return worker

    def _drop(self, worker: _Worker[_Read]) -> None:
        # To start a process asks all others whether they ended: of two who ask at once one is told a wrong exit code.
        with self._lock:
            worker.end()
            self._workers.discard(worker)


def chosen(context: Context, environ: Mapping[str, str]) -> Context:
    """Let feedparser read every feed where the environment says so: `AGGREGATOR_READER=feedparser`."""
    return replace(context, fast=context.fast and environ.get("AGGREGATOR_READER") != "feedparser")


class _OutOfMemory:
    """What a worker answers where memory was refused to it."""


_Task = tuple[SourceKind, bytes, Context]


class _Worker(Generic[_Read]):
    """One process and this end of its pipe."""

    def __init__(self, parse: _Parse[_Read], seconds: float, memory: int) -> None:
        # Forked, but not from this process: a child must inherit neither sockets nor the locks of other threads.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(_PRELOADED))
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, parse, seconds, memory), daemon=True)
        # multiprocessing starts this process beside the first worker, and unblocks the signals when it has.
        resource_tracker.ensure_running()
        _block_signals()
        self._process.start()
        theirs.close()
        self._ready = False

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def ask(self, task: _Task, seconds: float) -> _Read | SourceError | _OutOfMemory:
        """Raise TimeoutError, EOFError or OSError where no answer came; the worker is then of no more use."""
        if not self._ready:
            self._wait(_START_SECONDS)
            self._pipe.recv_bytes()
            self._ready = True
        self._pipe.send(task)
        self._wait(seconds)
        answer: _Read | SourceError | _OutOfMemory = self._pipe.recv()
        return answer

    def kill(self) -> None:
        """Stop it, whatever it is doing; the thread that waits for its answer then gets none."""
        # The process that forked it has seen its end: its number may by then be another one's.
        if self.alive:
            self._process.kill()

    def end(self) -> None:
        """Stop it and let go of its pipe; for the thread that asked it."""
        self.kill()
        self._process.join()
        self._pipe.close()

    def dismiss(self) -> None:
        """Let an idle worker end by itself, by force where it does not."""
        self._pipe.close()
        self._process.join(_FAREWELL_SECONDS)
        self.end()

    def obituary(self, error: Exception) -> str:
        """Say to the operator why there is no answer."""
        if isinstance(error, TimeoutError):
            return str(error)
        code = self._process.exitcode
        cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        return f"reading it ended the parser process ({cause})"

    def _wait(self, seconds: float) -> None:
        if not self._pipe.poll(seconds):
            raise TimeoutError(f"reading it takes longer than {seconds:g} seconds")


def parse(
    kind: SourceKind, body: bytes, context: Context, *, is_known: Callable[[Entry], bool] = lambda _: False
) -> Reading:
    """Read one document (see `sources.parse`), for workers that are to do no more."""
    # Only a worker needs it, with all that it imports.
    from aggregator import sources

    return sources.parse(kind, body, chosen(context, os.environ), is_known=is_known)


def _block_signals() -> None:
    """Make the workers deaf to Ctrl-C and to a stop of the whole group: the parent decides when they end.

    A process inherits the mask of the thread that starts it (here one of the pool, which needs no signals): there
    is no moment in which it is not yet deaf.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})


def _serve(pipe: Connection, parse: _Parse[_Read], seconds: float, memory: int) -> None:
    """Run in a worker: answer tasks until the pipe is closed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, memory)
    pipe.send_bytes(b"ready")
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        _limit_processor_time(seconds)
        pipe.send_bytes(_answer(parse, task))


def _end_with_parent() -> None:
    """End a worker that is at work when the parent is killed (an idle one sees its pipe end)."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit_processor_time(seconds: float) -> None:
    """Allow so many seconds more: the limit counts the whole life of the process (SIGXCPU ends it)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = usage.ru_utime + usage.ru_stime
    _limit(resource.RLIMIT_CPU, int(spent + seconds) + 1)


def _limit(which: int, value: int) -> None:
    # Refused where the machine's own limit is lower already, or where the system knows no such limit (macOS).
    with contextlib.suppress(ValueError):
        resource.setrlimit(which, (value, resource.getrlimit(which)[1]))


def _answer(parse: _Parse[_Read], task: _Task) -> bytes:
    try:
        return pickle.dumps(parse(*task))
    except SourceError as error:
        return pickle.dumps(error)
    except MemoryError:
        return pickle.dumps(_OutOfMemory())
