"""Where do the generated documents lie while they are served, and which sources change in a tick?

They are made once, by all cores, into files that the server maps into its memory; so ten thousand of them need no more
of it than a thousand.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.feeds import Press


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document lies: its file and the bytes of it, what it is said to be, and how many entries it holds."""

    file: str
    start: int
    length: int
    media_type: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """All documents of a press, by source and version."""

    sources: int
    places: Mapping[tuple[int, int], Place]

    @property
    def entries(self) -> int:
        """How many entries all first versions hold."""
        return sum(self.places[source, 0].entries for source in range(self.sources))

    @property
    def mean_size(self) -> float:
        """How many bytes a first version has in the mean."""
        return sum(self.places[source, 0].length for source in range(self.sources)) / self.sources

    def body(self, source: int, version: int = 0) -> bytes:
        """Read one document."""
        place = self.places[source, version]
        with Path(place.file).open("rb") as file:
            file.seek(place.start)
            return file.read(place.length)


def changing(sources: int, percent: int) -> range:
    """Give the sources that change in a tick of 5 or 10 percent; those of the one are not those of the other."""
    return range({5: 7, 10: 3}[percent], sources, 100 // percent)


def write_corpus(folder: Path, press: Press, versions: Mapping[int, int]) -> Corpus:
    """Write each source's first version and those up to the one that `versions` names."""
    folder.mkdir(parents=True)
    count = os.cpu_count() or 1
    shares = [range(first, press.sources, count) for first in range(count)]
    places: dict[tuple[int, int], Place] = {}
    with multiprocessing.get_context("spawn").Pool(count) as pool:
        for told in pool.imap_unordered(partial(_write_share, folder, press, versions), shares):
            places |= told
    return Corpus(sources=press.sources, places=places)


def _write_share(
    folder: Path, press: Press, versions: Mapping[int, int], sources: Iterable[int]
) -> dict[tuple[int, int], Place]:
    places = {}
    path = folder / f"{os.getpid()}-{min(sources, default=0)}.feeds"
    with path.open("wb") as file:
        for source in sources:
            for version in range(versions.get(source, 0) + 1):
                document = press.document(source, version)
                places[source, version] = Place(
                    file=str(path),
                    start=file.tell(),
                    length=len(document.body),
                    media_type=document.media_type,
                    entries=document.entries,
                )
                file.write(document.body)
    return places
