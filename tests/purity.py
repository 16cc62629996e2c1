"""How does a test see that the pure core (L1) touches nothing but its arguments?

While `pure_core()` holds, for all code that runs beneath a frame of an L1 module, libraries included:

- opening a file, a socket, a process or a database raises (Python's audit events, PEP 578), but for the files
  of Python, of the installed packages and of our own (late imports, time zones, templates, locale data);
- the clock stands in the year 2099, so that an answer that leaned on it differs from what the test expects;
  libraries may look at it where nothing comes of it (feedgen stamps now() on all it makes, to be replaced).

And where L1 itself asks for time or dice, not a library beneath it, that raises. tests/test_layers.py forbids
the same by reading the source; this finds what hides behind a library, such as `feedparser.parse(body)`, which
opens a file where the body looks like a path.
"""

from __future__ import annotations

import os
import random
import sys
import sysconfig
import time
import zoneinfo
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, wraps
from pathlib import Path
from types import FrameType, ModuleType
from typing import ParamSpec, TypeVar

import pytest
import time_machine

PURE = ("links", "secrecy", "polling", "sources", "stories", "topics", "plan", "publish")
"""The names below `aggregator.` of the modules and packages of L1."""

_FAR = datetime(2099, 7, 1, 12, tzinfo=UTC)
_OUTSIDE = frozenset(
    {
        "open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.exec",
        "os.fork", "os.posix_spawn", "os.system", "socket.__new__", "socket.connect", "socket.getaddrinfo",
        "sqlite3.connect", "subprocess.Popen", "urllib.Request",
    }
)  # fmt: skip
_OF_FILES = frozenset({"open", "os.listdir", "os.scandir"})
_OWN_FILES = tuple(
    f"{Path(folder).resolve()}{os.sep}"
    for folder in {
        str(Path(__file__).parents[1] / "aggregator"), sys.prefix, sys.base_prefix,
        *sysconfig.get_paths().values(), *zoneinfo.TZPATH,
    }
    if Path(folder).is_dir()
)  # fmt: skip
# To import late is no sin, and looks into every folder of sys.path.
_IMPORTING = frozenset({"importlib._bootstrap", "importlib._bootstrap_external"})
_CLOCK_AND_DICE: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (time, ("time", "time_ns", "monotonic", "perf_counter", "sleep")),
    (
        random,
        (
            "random",
            "randint",
            "randrange",
            "uniform",
            "choice",
            "choices",
            "sample",
            "shuffle",
            "getrandbits",
        ),
    ),
    (os, ("urandom",)),
)
_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")
_holds = False


class ImpureError(AssertionError):
    """A module of the pure core reached for the world."""


@contextmanager
def pure_core() -> Iterator[None]:
    """Hold the core to its purity, as the module's docstring says; raises ImpureError where it breaks it."""
    global _holds  # noqa: PLW0603 (an audit hook can never be removed: it is only told to sleep)
    _install_hook()
    with time_machine.travel(_FAR), pytest.MonkeyPatch.context() as patched:
        for module, names in _CLOCK_AND_DICE:
            for name in names:
                patched.setattr(module, name, _guarded(getattr(module, name)))
        _holds = True
        try:
            yield
        finally:
            _holds = False


@cache
def _install_hook() -> None:
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not _holds or event not in _OUTSIDE or (event in _OF_FILES and _is_own(arguments[0])):
        return
    module = _pure_module_beneath(sys._getframe(1))
    if module:
        raise ImpureError(f"{module}: {event} {arguments[:2]!r}: the pure core touches nothing but its arguments")


def _is_own(path: object) -> bool:
    """May this be read beneath the core? An open file descriptor (an int) was opened, and judged, before."""
    if not isinstance(path, str | bytes | os.PathLike):
        return True
    # abspath, not resolve: an audit hook must not itself touch the disk.
    name = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
    return name.startswith(_OWN_FILES)


def _pure_module_beneath(frame: FrameType | None) -> str | None:
    while frame is not None and frame.f_globals.get("__name__") not in _IMPORTING:
        name = _pure_name(frame)
        if name:
            return name
        frame = frame.f_back
    return None


def _pure_name(frame: FrameType) -> str | None:
    name = str(frame.f_globals.get("__name__", ""))
    package, _, rest = name.partition(".")
    return name if package == "aggregator" and rest.partition(".")[0] in PURE else None


def _guarded(function: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    @wraps(function)
    def guarded(*arguments: _Given.args, **named: _Given.kwargs) -> _Answer:
        name = _pure_name(sys._getframe(1))
        if name:
            raise ImpureError(f"{name}: {function.__name__}(): time and chance are arguments of the pure core")
        return function(*arguments, **named)

    return guarded
