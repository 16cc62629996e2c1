"""How is one file replaced so that readers see the old bytes or the new ones, and what does a refusal mean?"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import OutputError


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn a refusal of the system into an OutputError that says where and what to do."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "mend that, then publish again")
        place = error.filename or path
        raise OutputError(f"{place}: cannot be written: {error.strerror or error}; {advice}") from error


def status(path: Path) -> os.stat_result | None:
    """Look at a place itself, never through a link; None where nothing is."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def leftovers(folder: Path) -> list[Path]:
    """Find the half-written files of a killed run."""
    with os.scandir(folder) as entries:
        return [
            Path(entry.path) for entry in entries if is_leftover(entry.name) and entry.is_file(follow_symlinks=False)
        ]


def is_leftover(name: str) -> bool:
    """Say whether a half-written file would bear this name."""
    return _LEFTOVER.fullmatch(name) is not None


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file at once, its folder made where it is missing; whole even after a power cut."""
    temporary = path.with_name(f".aggregator-{path.name}.tmp")
    try:
        descriptor = os.open(temporary, _NEW, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(temporary, _NEW, 0o644)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_LEFTOVER = re.compile(r"\.aggregator-.+\.tmp")
_ADVICE = {
    errno.ENOSPC: "free some space, then publish again",
    errno.EDQUOT: "free some space, then publish again",
    errno.EACCES: "let this user write there, then publish again",
    errno.EPERM: "let this user write there, then publish again",
    errno.EROFS: "mount it writable, then publish again",
}
