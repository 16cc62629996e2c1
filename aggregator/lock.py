"""Who may work on a site's database and published files now?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from aggregator.errors import LockedError, StoreError


@contextmanager
def locked(path: Path, wait: timedelta) -> Iterator[None]:
    """Hold the one lock of a site, waiting up to `wait` for it; the system frees it when its holder dies.

    Raises LockedError where another run is at work, StoreError where the file cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=wait.total_seconds(), mode=0o644)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise LockedError(f"{path}: another run is at work; `--wait 5m` waits for it") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}); make its folder writable") from error
    try:
        yield
    finally:
        lock.release()
