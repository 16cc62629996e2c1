"""How do files come to lie in public/, whole at any moment and touched only when their bytes differ?

    check | name what is meant to be ours | render and replace what differs | remove what left | name what is ours

Beside each text file lie its `.gz` and `.br` twins, for servers that send them; they come and go with their file. What
is made of the same things as last time, and lies where it was left, is not even rendered.
"""

from __future__ import annotations

import os
import stat
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from msgspec import Struct, field

from aggregator.errors import OutputError
from aggregator.output import disk, twins
from aggregator.output.manifest import MANIFEST, Manifest, checked, read_manifest, write_manifest
from aggregator.output.seen import Seen

_AT_ONCE = 2
"""Files that are compressed and written at the same moment: more than are rendered meanwhile."""

_MOST_WAITING = 32
"""Rendered files that are held in memory until they are written."""

_TOGETHER = 500
"""Files, twins counted, that are synced together and take their places then."""

__all__ = ["MANIFEST", "Part", "PublicFolder", "Writing", "Written", "owner"]


_Laid = tuple[dict[str, str], list[tuple[Path, Path]]]
"""The digests of a file and its twins, and what was written beside which of their places."""


class Part(Struct, frozen=True, kw_only=True):
    """Files that are made together: their names below public/, a digest of what they are made of, and how.

    `render` gives the bytes of every name; it is called only where the digest or a file differs from last time.
    """

    names: tuple[str, ...]
    made_of: str
    render: Callable[[], Mapping[str, bytes]]


class Written(Struct, frozen=True, kw_only=True):
    """What a publish did: names of files written and removed, and how many were left as they were; twins go along."""

    written: tuple[str, ...]
    unchanged: int
    removed: tuple[str, ...]


def owner(path: Path) -> str | None:
    """Give the id of the database that a folder names; None where the folder is missing or not ours.

    Raises OutputError where `.aggregator.json` cannot be read.
    """
    manifest = read_manifest(path)
    return manifest.database if manifest else None


class PublicFolder:
    """The folder public/ of one database. It must be missing, empty, or ours; only our own files are ever touched."""

    def __init__(self, path: Path, database: str, *, adopt: bool = False) -> None:
        """Check that the folder may be used; nothing is written yet.

        `adopt` takes over a folder that names another database. Raises OutputError where the folder is not ours.
        """
        self._path = path
        self._database = database
        with disk.told(path):
            if path.is_symlink() and not path.exists():
                raise OutputError(f"{path}: the link points to nothing; make its target or remove the link")
            if path.exists() and not path.is_dir():
                raise OutputError(f"{path}: is no folder; move it away or publish elsewhere")
            manifest = read_manifest(path)
            if manifest is None and path.exists():
                _refuse_foreign(path)
        if manifest and manifest.database != database and not adopt:
            raise OutputError(
                f"{path}: belongs to another database ({manifest.database}); restore that one, or move the folder away"
            )

    def write(self, parts: Sequence[Part], announce: Callable[[str], None] = lambda _name: None) -> Written:
        """Make the folder hold exactly these files, besides what is not ours; names are relative, with slashes.

        `announce` is told each name before its file is replaced. Raises OutputError before anything is written where a
        name is not safe or taken by something that is not ours, and later where the disk is full or refuses.
        """
        return self.prepare(parts).write(announce)

    def prepare(self, parts: Sequence[Part]) -> Writing:
        """Check that these files may lie in the folder, and write nothing yet; raises as `write` does before it."""
        with disk.told(self._path):
            known = read_manifest(self._path) or Manifest(database="", files={}, made_of={})
            seen = Seen(root=self._path, known=known)
            writing = Writing(path=self._path, database=self._database, known=known, parts=_in_order(parts), seen=seen)
            writing.check()
            return writing


class Writing(Struct, kw_only=True):
    """One write into the folder `path`; `files` and `made_of` come to be what the manifest says afterwards.

    `seen` is what lay in our folders when they were checked.
    """

    path: Path
    database: str
    known: Manifest
    parts: Sequence[Part]
    seen: Seen
    announce: Callable[[str], None] = lambda _name: None
    files: dict[str, str] = {}
    made_of: dict[str, str] = {}
    written: list[str] = []
    under_way: deque[Future[_Laid]] = field(default_factory=deque)
    beside: list[tuple[Path, Path]] = []
    declared: bool = False

    def write(self, announce: Callable[[str], None]) -> Written:
        """Make the folder hold what was checked; `announce` is told each name before its file is replaced."""
        self.announce = announce
        with disk.told(self.path):
            return self._run()

    def _run(self) -> Written:
        names = [name for part in self.parts for name in part.names]
        ours = {place for name in names for place in twins.names(name)}
        self._clean(ours)
        # Of what differs all is said anew.
        self.files = {name: told for name, told in self.known.files.items() if name in ours}
        self.made_of = {name: told for name, told in self.known.made_of.items() if name in ours}
        try:
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="output") as hands:
                for part in self.parts:
                    if not self._is_fresh(part):
                        self._declare(ours)
                        self._write(part, hands)
                self._finish(0)
            self._settle(0)
        except OSError:
            self._take_back(ours)
            raise
        removed = [name for name in self.known.files if name not in ours and self._is_file(name)]
        after = Manifest(database=self.database, files=self.files, made_of=self.made_of)
        if removed:
            self._declare(ours)
            self._remove(removed)
        if after != self.known:
            self.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_manifest(self.path, after)
        return Written(
            written=tuple(sorted(self.written)),
            unchanged=len(names) - len(self.written),
            removed=tuple(sorted(name for name in removed if not twins.is_twin(name, self.known.files))),
        )

    def check(self) -> None:
        """Refuse, before anything is written, what is no safe name, and places that hold what is not ours."""
        names = [name for part in self.parts for name in part.names]
        taken = frozenset(names)
        if len(taken) < len(names):
            twice = next(name for name, count in Counter(names).items() if count > 1)
            raise OutputError(f"{self.path}: {twice!r} is meant to hold two things at once; nothing was written")
        for name in names:
            checked(self.path, name)
        below = {name.rpartition("/")[0] for name in names}
        for folder in sorted(below):
            if not taken.isdisjoint([folder, *map(str, Path(folder).parents)]):
                raise OutputError(f"{self.path}: {folder!r} must be a file and a folder; nothing was written")
        folders: dict[Path, bool] = {self.path: disk.status(self.path) is not None}
        for folder in sorted(below):
            if self._is_folder(self.path / folder, folders):
                self.seen.look(folder)
        odd = self.seen.odd()
        for part in self.parts:
            if not odd.isdisjoint(part.names):
                for name in part.names:
                    self._check_places(part, name)

    def _is_folder(self, folder: Path, seen: dict[Path, bool]) -> bool:
        if folder not in seen:
            found = self._is_folder(folder.parent, seen) and disk.status(folder)
            if found and not stat.S_ISDIR(found.st_mode):
                raise OutputError(f"{folder}: must be a folder of ours and is not; move it away")
            seen[folder] = bool(found)
        return seen[folder]

    def _check_places(self, part: Part, name: str) -> None:
        rendered: dict[str, bytes] | None = None
        for place in twins.names(name):
            found = self.seen.others.get(place)
            if found is None:
                continue
            if not stat.S_ISREG(found.st_mode):
                raise OutputError(f"{self.path / place}: must be a plain file of ours and is not; move it away")
            if place not in self.known.files:
                rendered = rendered or twins.with_twins(name, part.render()[name])
                if (self.path / place).read_bytes() != rendered[place]:
                    raise OutputError(
                        f"{self.path / place}: is not ours and would be overwritten; move it away or rename the output"
                    )

    def _is_fresh(self, part: Part) -> bool:
        """Say whether a part is as it was left."""
        if any(self.known.made_of.get(name) != part.made_of for name in part.names):
            return False
        return all(self.seen.are_as_left(twins.names(name)) for name in part.names)

    def _write(self, part: Part, hands: Executor) -> None:
        for name, content in part.render().items():
            if self._differs(name, content):
                self.announce(name)
                self.written.append(name)
            self.under_way.append(hands.submit(self._lay, name, content))
            self._finish(_MOST_WAITING)
            self._settle(_TOGETHER)
            self.made_of[name] = part.made_of

    def _lay(self, name: str, content: bytes) -> _Laid:
        """Write what differs of a file and its twins beside their places, and give that and the digests of all."""
        held = twins.with_twins(name, content)
        beside = [
            (disk.write_beside(self.path / place, some), self.path / place)
            for place, some in held.items()
            if self._differs(place, some)
        ]
        return {place: sha256(some).hexdigest() for place, some in held.items()}, beside

    def _finish(self, waiting: int) -> None:
        """Wait until no more than so many files are under way."""
        while len(self.under_way) > waiting:
            digests, beside = self.under_way.popleft().result()
            self.files.update(digests)
            self.beside += beside

    def _settle(self, waiting: int) -> None:
        """Let the files take their places where more than so many wait for it."""
        if len(self.beside) > waiting:
            disk.take_places(self.beside)
            self.beside.clear()

    def _differs(self, name: str, content: bytes) -> bool:
        found = self.seen.status(name)
        return found is None or found.st_size != len(content) or (self.path / name).read_bytes() != content

    def _is_file(self, name: str) -> bool:
        """Say whether one of our files lies where we left it: not replaced by a link or folder, nor behind one."""
        checked(self.path, name)
        parents = [disk.status(self.path / parent) for parent in Path(name).parents[:-1]]
        return all(p and stat.S_ISDIR(p.st_mode) for p in parents) and _is_regular(disk.status(self.path / name))

    def _clean(self, ours: Collection[str]) -> None:
        """Remove the half-written files of a killed run."""
        left = (name for name in self.known.files if name not in ours)
        for folder in {checked(self.path, name).rpartition("/")[0] for name in left} - self.seen.folders:
            found = disk.status(self.path / folder)
            if found and (stat.S_ISDIR(found.st_mode) or not folder):
                self.seen.look(folder)
        for leftover in self.seen.leftovers():
            leftover.unlink()

    def _take_back(self, ours: Iterable[str]) -> None:
        """Remove what was written and took no place."""
        for folder in {name.rpartition("/")[0] for name in ours}:
            if self.path.joinpath(folder).is_dir():
                for leftover in disk.leftovers(self.path / folder):
                    leftover.unlink()

    def _declare(self, ours: Iterable[str]) -> None:
        """Name old and new as ours before the first of them is touched; what has no digest yet is not trusted."""
        if not self.declared:
            self.path.mkdir(mode=0o755, parents=True, exist_ok=True)
            meant = {**dict.fromkeys(ours, ""), **self.known.files}
            if meant != self.known.files or self.database != self.known.database:
                write_manifest(self.path, Manifest(database=self.database, files=meant, made_of={}))
            self.declared = True

    def _remove(self, names: Sequence[str]) -> None:
        # A twin goes before its file, so that none is ever sent for a file that is gone.
        for name in sorted(names, reverse=True):
            (self.path / name).unlink()
        for folder in sorted({(self.path / name).parent for name in names} - {self.path}, reverse=True):
            # A folder that still holds something, ours or not, stays.
            with suppress(OSError):
                folder.rmdir()


def _is_regular(found: os.stat_result | None) -> bool:
    return found is not None and stat.S_ISREG(found.st_mode)


def _refuse_foreign(path: Path) -> None:
    ours = set(disk.leftovers(path))
    foreign = next((entry for entry in sorted(path.iterdir()) if entry not in ours), None)
    if foreign is not None:
        raise OutputError(
            f"{path}: holds files that are not ours ({foreign.name!r}); empty it, or publish into another folder"
        )


def _in_order(parts: Sequence[Part]) -> list[Part]:
    """Put what pages link to before the pages, so that no link leads nowhere in between."""
    return sorted(parts, key=lambda part: (-part.names[0].count("/"), part.names))
