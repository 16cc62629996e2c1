"""Promises of lock.py: one at a time, and whoever dies frees it."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.errors import LockedError, StoreError
from aggregator.lock import locked
from tests.conftest import REPOSITORY

AT_ONCE = timedelta(0)


def _hold(path: Path) -> subprocess.Popen[str]:
    script = (
        "import sys\nfrom datetime import timedelta\nfrom pathlib import Path\nfrom aggregator.lock import locked\n"
        "with locked(Path(sys.argv[1]), timedelta(0)):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", cwd=REPOSITORY,
    )  # fmt: skip
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_holder_is_refused(tmp_path: Path) -> None:
    """While another process holds the lock, whoever does not wait is told where and what to do."""
    path = tmp_path / "data" / "aggregator.lock"
    with _hold(path) as holder:
        with (
            pytest.raises(LockedError, match=r"aggregator.lock: another run is at work; `--wait 5m`"),
            locked(path, AT_ONCE),
        ):
            pass
        holder.communicate("")
    with locked(path, AT_ONCE):
        pass


def test_waiting_is_rewarded(tmp_path: Path) -> None:
    """Whoever waits gets the lock when its holder lets go, and no later than it said otherwise."""
    path = tmp_path / "aggregator.lock"
    with _hold(path) as holder:
        with pytest.raises(LockedError), locked(path, timedelta(milliseconds=50)):
            pass
        leaving = threading.Timer(0.1, holder.communicate, [""])
        leaving.start()
        with locked(path, timedelta(seconds=20)):
            leaving.join()


def test_a_killed_holder_frees_it(tmp_path: Path) -> None:
    """The system frees the lock of a process that died: nobody has to remove a file."""
    path = tmp_path / "aggregator.lock"
    with _hold(path) as holder:
        holder.kill()
        holder.wait(10)
        with locked(path, AT_ONCE):
            assert path.is_file()


def test_an_error_inside_frees_it(tmp_path: Path) -> None:
    """What goes wrong while the lock is held leaves it free."""
    path = tmp_path / "aggregator.lock"
    with pytest.raises(ZeroDivisionError), locked(path, AT_ONCE):
        raise ZeroDivisionError
    with locked(path, AT_ONCE):
        assert path.is_file()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """Where the lock's folder cannot be made, that is said with its place."""
    (tmp_path / "data").write_text("kein Ordner", encoding="utf-8")
    with (
        pytest.raises(StoreError, match=r"aggregator.lock: cannot be written \(.*make its folder writable"),
        locked(tmp_path / "data" / "aggregator.lock", AT_ONCE),
    ):
        pass
