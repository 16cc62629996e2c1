"""How do files come to lie in public/, whole at any moment and touched only when their bytes differ?

    check | name what is meant to be ours | replace what differs | remove what left | name what is ours

`.aggregator.json` lists our files with their digests and names the database. It is written before the first new file
appears (then it holds old and new) and after the last one, so a kill at any moment leaves a folder that is ours.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aggregator.errors import OutputError

MANIFEST = ".aggregator.json"
"""What is ours in public/: `{"database": id, "files": {name: sha256}}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a publish did: names of files written and removed, and how many were left as they were."""

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]


def owner(path: Path) -> str | None:
    """Give the id of the database that a folder names; None where the folder is missing or not ours.

    Raises OutputError where `.aggregator.json` cannot be read.
    """
    manifest = _read_manifest(path)
    return manifest.database if manifest else None


class PublicFolder:
    """The folder public/ of one database. It must be missing, empty, or ours; only our own files are ever touched."""

    def __init__(self, path: Path, database: str, *, adopt: bool = False) -> None:
        """Check that the folder may be used; nothing is written yet.

        `adopt` takes over a folder that names another database. Raises OutputError where the folder is not ours.
        """
        self._path = path
        self._database = database
        with _told(path):
            if path.is_symlink() and not path.exists():
                raise OutputError(f"{path}: the link points to nothing; make its target or remove the link")
            if path.exists() and not path.is_dir():
                raise OutputError(f"{path}: is no folder; move it away or publish elsewhere")
            manifest = _read_manifest(path)
            if manifest is None and path.exists():
                _refuse_foreign(path)
        if manifest and manifest.database != database and not adopt:
            raise OutputError(
                f"{path}: belongs to another database ({manifest.database}); restore that one, or move the folder away"
            )

    def write(self, files: Mapping[str, bytes]) -> Written:
        """Make the folder hold exactly these files, besides what is not ours; names are relative, with slashes.

        Raises OutputError before anything is written where a name is not safe or taken by something that is not ours,
        and later where the disk is full or refuses.
        """
        with _told(self._path):
            known = _read_manifest(self._path) or _Manifest(database="", files={})
            self._check_names(files)
            changed = [name for name in _in_order(files) if self._differs(name, files[name], known)]
            removed = [name for name in known.files if name not in files and self._is_file(name)]
            self._clean({*files, *known.files})
            ours = {name: sha256(content).hexdigest() for name, content in sorted(files.items())}
            after = _Manifest(database=self._database, files=ours)
            if changed or removed or known != after:
                self._path.mkdir(mode=0o755, parents=True, exist_ok=True)
                self._declare(known, _Manifest(database=self._database, files={**known.files, **ours}))
                self._replace({name: files[name] for name in changed})
                self._remove(removed)
                self._declare(None, after)
        unchanged = len(files) - len(changed)
        return Written(written=tuple(sorted(changed)), unchanged=unchanged, removed=tuple(sorted(removed)))

    def _check_names(self, files: Mapping[str, bytes]) -> None:
        for name in files:
            self._place(name)
            if any(parent.as_posix() in files for parent in Path(name).parents):
                raise OutputError(f"{self._path}: {name!r} lies below a file; nothing was written")

    def _differs(self, name: str, content: bytes, known: _Manifest) -> bool:
        """Say whether a file must be written; refuse a place that holds something that is not ours."""
        path = self._place(name)
        for parent in reversed(path.relative_to(self._path).parents[:-1]):
            found = _status(self._path / parent)
            if found is None:
                return True
            if not stat.S_ISDIR(found.st_mode):
                raise OutputError(f"{self._path / parent}: must be a folder of ours and is not; move it away")
        found = _status(path)
        if found is None:
            return True
        if not stat.S_ISREG(found.st_mode):
            raise OutputError(f"{path}: must be a plain file of ours and is not; move it away")
        same = found.st_size == len(content) and path.read_bytes() == content
        if not same and name not in known.files:
            raise OutputError(f"{path}: is not ours and would be overwritten; move it away or rename the output")
        return not same

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise OutputError(f"{self._path}: {name!r} is no safe file name; nothing was written")
        return self._path / name

    def _is_file(self, name: str) -> bool:
        """Say whether one of our files lies where we left it: not replaced by a link or folder, nor behind one."""
        path = self._place(name)
        parents = [_status(self._path / parent) for parent in Path(name).parents[:-1]]
        found = _status(path)
        return all(p and stat.S_ISDIR(p.st_mode) for p in parents) and bool(found and stat.S_ISREG(found.st_mode))

    def _clean(self, names: Iterable[str]) -> None:
        """Remove the half-written files of a killed run."""
        for folder in sorted({self._place(name).parent for name in names} | {self._path}):
            found = _status(folder)
            if found and (stat.S_ISDIR(found.st_mode) or folder == self._path):
                for leftover in _leftovers(folder):
                    leftover.unlink()

    def _declare(self, known: _Manifest | None, manifest: _Manifest) -> None:
        if manifest != known:
            content = {"database": manifest.database, "files": dict(sorted(manifest.files.items()))}
            _write(self._path / MANIFEST, json.dumps(content, indent=1).encode() + b"\n")
            _sync(self._path)

    def _replace(self, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            path = self._path / name
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            _write(path, content)
        for folder in {parent for name in files for parent in (self._path / name).parents[: name.count("/") + 1]}:
            _sync(folder)

    def _remove(self, names: Iterable[str]) -> None:
        for name in names:
            (self._path / name).unlink()
        for folder in sorted({(self._path / name).parent for name in names} - {self._path}, reverse=True):
            # A folder that still holds something, ours or not, stays.
            with suppress(OSError):
                folder.rmdir()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manifest:
    database: str
    files: Mapping[str, str]


# Names that are safe on every file system and in every URL; none begins with a dot, where our own marks live.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,3}")
_LEFTOVER = re.compile(r"\.aggregator-.+\.tmp")
_ADVICE = {
    errno.ENOSPC: "free some space, then publish again",
    errno.EDQUOT: "free some space, then publish again",
    errno.EACCES: "let this user write there, then publish again",
    errno.EPERM: "let this user write there, then publish again",
    errno.EROFS: "mount it writable, then publish again",
}


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "mend that, then publish again")
        place = error.filename or path
        raise OutputError(f"{place}: cannot be written: {error.strerror or error}; {advice}") from error


def _read_manifest(path: Path) -> _Manifest | None:
    place = path / MANIFEST
    try:
        found = json.loads(place.read_bytes())
        database, files = found["database"], found["files"]
        if not isinstance(database, str) or not all(isinstance(digest, str) for digest in files.values()):
            raise ValueError("wrong types")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"{place}: cannot be read: {error.strerror}; let this user read it") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise OutputError(f"{place}: is damaged; move {path} away and publish again") from error
    return _Manifest(database=database, files=files)


def _refuse_foreign(path: Path) -> None:
    ours = set(_leftovers(path))
    foreign = next((entry for entry in sorted(path.iterdir()) if entry not in ours), None)
    if foreign is not None:
        raise OutputError(
            f"{path}: holds files that are not ours ({foreign.name!r}); empty it, or publish into another folder"
        )


def _leftovers(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if _LEFTOVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]


def _in_order(files: Mapping[str, bytes]) -> list[str]:
    """Put what pages link to before the pages, so that no link leads nowhere in between."""
    return sorted(files, key=lambda name: (-name.count("/"), name))


def _status(path: Path) -> os.stat_result | None:
    """Look at a place itself, never through a link."""
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(path: Path, content: bytes) -> None:
    """Replace a file at once: readers see the old bytes or the new ones, even after a power cut."""
    temporary = path.with_name(f".aggregator-{path.name}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
