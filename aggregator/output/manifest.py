"""Which files in public/ are ours, and what were they made of?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import msgspec
import orjson
from msgspec import Struct

from aggregator.errors import OutputError
from aggregator.output import disk

MANIFEST = ".aggregator.json"
"""What is ours in public/: `{"database": id, "files": {name: sha256}, "made_of": {name: digest}}`.

It is written before the first new file appears (then it names old and new, without what they are made of) and after
the last one, so a kill at any moment leaves a folder that is ours.
"""


class _Told(Struct, frozen=True, kw_only=True):
    database: str
    files: dict[str, str]
    made_of: dict[str, str] = {}


_DECODER = msgspec.json.Decoder(_Told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What MANIFEST says; `written` is when its file was last written, in nanoseconds."""

    database: str
    files: Mapping[str, str]
    made_of: Mapping[str, str]
    written: int = field(default=0, compare=False)


def read_manifest(path: Path) -> Manifest | None:
    """Read the manifest of a folder, None where it has none; OutputError where it cannot be read or understood."""
    place = path / MANIFEST
    try:
        found = place.stat()
        return _read(place, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"{place}: cannot be read: {error.strerror}; let this user read it") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise OutputError(f"{place}: is damaged; move {path} away and publish again") from error


@lru_cache(maxsize=1)
def _read(place: Path, written: int, *_told_apart_by: int) -> Manifest:
    """Read a manifest: a run looks at it three times, and after a million stories it has 12 MB."""
    told = _DECODER.decode(place.read_bytes())
    return Manifest(database=told.database, files=told.files, made_of=told.made_of, written=written)


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the manifest of a folder at once."""
    for folder in {name.rpartition("/")[0] for name in manifest.files}:
        if (path / folder).is_dir():
            disk.sync_folder(path / folder)
    content = {"database": manifest.database, "files": manifest.files, "made_of": manifest.made_of}
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    disk.replace_file(path / MANIFEST, orjson.dumps(content, option=options))
    disk.sync_folder(path)


def checked(path: Path, name: str) -> str:
    """Give a name below `path` that can lead nowhere else; OutputError where it could."""
    if not _NAME.fullmatch(name):
        raise OutputError(f"{path}: {name!r} is no safe file name; nothing was written")
    return name


# Names that are safe on every file system and in every URL; none begins with a dot, where our own marks live.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,3}")
