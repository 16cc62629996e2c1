"""What lies in the folders that we write to, and is it as we left it?"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from aggregator.output import disk, twins
from aggregator.output.manifest import Manifest


class Seen(Struct, kw_only=True):
    """What lay in our folders below `root` when they were looked at, by names from there, never through a link.

    `left` is what `known` names and is older than that: it is written last, so that is what we left. A site has tens
    of thousands of such files, so nothing else is remembered of them. `others` are all other places.
    """

    root: Path
    known: Manifest
    folders: set[str] = set()
    left: set[str] = set()
    others: dict[str, os.stat_result] = {}

    def look(self, folder: str) -> None:
        """Look at all places in a folder."""
        self.folders.add(folder)
        ours, written = self.known.files, self.known.written
        prefix = f"{folder}/" if folder else ""
        with os.scandir(self.root / folder) as entries:
            for entry in entries:
                name, found = prefix + entry.name, entry.stat(follow_symlinks=False)
                # Whoever changes a file can set back when it was written, but not when that was done.
                is_older = found.st_mtime_ns < written and found.st_ctime_ns < written
                if is_older and name in ours and stat.S_ISREG(found.st_mode):
                    self.left.add(name)
                else:
                    self.others[name] = found

    def odd(self) -> set[str]:
        """Name the files of which something is to be looked at closely: they or their twins are no files as we left."""
        return {*self.others, *map(twins.original, self.others)}

    def status(self, name: str) -> os.stat_result | None:
        """Say what lies at a place; None where nothing does."""
        return disk.status(self.root / name) if name in self.left else self.others.get(name)

    def are_as_left(self, names: Collection[str]) -> bool:
        """Say whether files of ours are what we left; a younger one is read."""
        return self.left.issuperset(names) or all(map(self._is_as_left, names))

    def _is_as_left(self, name: str) -> bool:
        if name in self.left:
            return True
        if name not in self.others or name not in self.known.files:
            return False
        return sha256((self.root / name).read_bytes()).hexdigest() == self.known.files[name]

    def leftovers(self) -> list[Path]:
        """Find the half-written files of a killed run."""
        return [
            self.root / name
            for name, found in self.others.items()
            if disk.is_leftover(name.rpartition("/")[2]) and stat.S_ISREG(found.st_mode)
        ]
