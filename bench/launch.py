"""What does a command cost: wall, processor time, and the memory of all its processes at the peak?

    python -m bench.launch RESULT SECONDS COMMAND...

Runs the command and writes what it cost to RESULT as JSON. It is a process of its own, which adopts what the command
leaves behind, so that the processor time of every descendant is counted when it ends. Memory is sampled from /proc: the
sum of the proportional set sizes (PSS) of all descendants, so that pages which they share count once; it is read where
the cheaper sum of resident sizes has risen by two percent. A command that takes longer than SECONDS is ended, and
so is one whose measuring was broken off.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_PAGE = os.sysconf("SC_PAGE_SIZE")
_INTERVAL = 0.05
_LOOK_AROUND = 0.25


class Sampler(threading.Thread):
    """Looks at the memory of all descendants of this process until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.most_processes = 0
        self.stopping = threading.Event()
        self._highest = 0

    def run(self) -> None:
        """Sample until told to stop; who is there is looked up more rarely, since that means to look at everyone."""
        looked, processes = 0.0, list[int]()
        parent = os.getppid()
        while not self.stopping.wait(_INTERVAL):
            if os.getppid() != parent:
                _end(descendants(os.getpid()))
                os._exit(1)
            if time.monotonic() - looked > _LOOK_AROUND:
                looked, processes = time.monotonic(), descendants(os.getpid())
                self.most_processes = max(self.most_processes, len(processes))
            resident = sum(map(_resident, processes))
            if resident > self._highest * 1.02:
                self._highest = resident
                self.peak = max(self.peak, sum(map(_proportional, processes)))


def descendants(ancestor: int) -> list[int]:
    """Give all processes below one, by what each says of its parent."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdecimal() and (told := _read(f"/proc/{name}/stat")):
            parent = int(told.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(name))
    found: list[int] = []
    waiting = [ancestor]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _resident(process: int) -> int:
    told = _read(f"/proc/{process}/statm").split()
    return int(told[1]) * _PAGE if told else 0


def _proportional(process: int) -> int:
    for line in _read(f"/proc/{process}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident(process)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _end(processes: Iterable[int]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def main(result: str, seconds: str, *command: str) -> int:
    """Run the command; the exit code is its own."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    sampler = Sampler()
    sampler.start()
    began = time.perf_counter()
    # As on a user's machine: what Python compiles is kept, where this machine says otherwise.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    running = subprocess.Popen(command, env=environ)
    try:
        code = running.wait(float(seconds))
    except subprocess.TimeoutExpired:
        code = 124
    wall = time.perf_counter() - began
    sampler.stopping.set()
    sampler.join()
    _reap(patience=0.0 if code == 124 else 5.0)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": sampler.peak,
        "processes": sampler.most_processes,
        "code": code,
    }
    Path(result).write_text(json.dumps(cost), encoding="utf-8")
    return code


def _reap(patience: float) -> None:
    """Wait for what the command left behind, and end it where it stays."""
    deadline = time.monotonic() + patience
    while True:
        try:
            found, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not found:
            if time.monotonic() >= deadline:
                _end(descendants(os.getpid()))
            time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
