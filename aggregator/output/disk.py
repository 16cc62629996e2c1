"""How is one file replaced so that readers see the old bytes or the new ones, and what does a refusal mean?"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
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
    take_places([(write_beside(path, content), path)])


def write_beside(path: Path, content: bytes) -> Path:
    """Write what a file is to be beside it, its folder made where it is missing, and give where that is."""
    temporary = path.with_name(f".aggregator-{path.name}.tmp")
    try:
        descriptor = os.open(temporary, _NEW, 0o644)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(temporary, _NEW, 0o644)
    try:
        with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def take_places(written: Sequence[tuple[Path, Path]]) -> None:
    """Let files take their places in this order, once the disk holds them all; each is whole even after a power cut."""
    try:
        _sync([temporary for temporary, _ in written])
        for temporary, path in written:
            temporary.replace(path)
    except OSError:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    _sync_one(folder, os.O_RDONLY | os.O_DIRECTORY, os.fsync)


def _sync(files: Sequence[Path]) -> None:
    """Wait until the disk holds files: many at once with all else on their file system, where the system can."""
    together = _sync_file_system() if len(files) > _FEW else None
    if together is None:
        for file in files:
            _sync_one(file, os.O_RDONLY, os.fsync)
    else:
        folders = {folder.stat().st_dev: folder for folder in {file.parent for file in files}}
        for folder in folders.values():
            _sync_one(folder, os.O_RDONLY | os.O_DIRECTORY, together)


def _sync_one(path: Path, flags: int, sync: Callable[[int], object]) -> None:
    descriptor = os.open(path, flags)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


@cache
def _sync_file_system() -> Callable[[int], object] | None:
    """Give syncfs(2), which Python does not offer; None where the system has none."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "syncfs"):
        return None

    def sync(descriptor: int) -> None:
        if library.syncfs(descriptor):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

    return sync


_FEW = 8
"""Files that are synced one by one: to wait for all that lies on the file system may take longer."""
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_LEFTOVER = re.compile(r"\.aggregator-.+\.tmp")
_ADVICE = {
    errno.ENOSPC: "free some space, then publish again",
    errno.EDQUOT: "free some space, then publish again",
    errno.EACCES: "let this user write there, then publish again",
    errno.EPERM: "let this user write there, then publish again",
    errno.EROFS: "mount it writable, then publish again",
}
