"""What did this very feeds.yaml say when it was last read?

To read a feeds.yaml with all its checks takes half a second for a thousand sources, and it hardly ever changes. What
it said is kept in `data/`, under a digest of its text and of the program. Nothing is kept of one that needs the
environment, holds a secret, or was warned of: what that says depends on more than its text.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from aggregator import config
from aggregator.model import Config

_PLACE = Path("data", "feeds.known")
_KEY = 32
_LARGEST = 5 * 1024 * 1024
_PROGRAM = Path(__file__).parents[1]
_READ_BY = ("", "config", "model", "sources", "topics")
"""The folders of the program on which it depends what a feeds.yaml says."""


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Give what `config.load` gives, and raise what it raises; what is known is not read again."""
    key = _key(path)
    if key is None:
        return config.load(path, environ)
    place = path.absolute().parent / _PLACE
    if (known := _recall(place, key)) is not None:
        return known
    loaded = config.load(path, environ)
    # Whoever saves it meanwhile may have saved something else.
    if not _depends(loaded) and _key(path) == key:
        _keep(place, key, loaded)
    return loaded


def _depends(loaded: Config) -> bool:
    """Whether more than its text decided what it says, or it holds what is no one's business."""
    filled = any("${" in one.address or one.user or one.unset or one.secrets for one in loaded.sources)
    return bool(filled or loaded.warnings or loaded.fetch.proxy or loaded.fetch.ca_bundle)


def _key(path: Path) -> bytes | None:
    """Digest a feeds.yaml; None where it is no file, which may say something only once, or a huge one."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        text = path.read_bytes()
    except OSError:
        return None
    told = "\n".join([str(path), str(path.absolute()), *_program()])
    return hashlib.sha256(told.encode("utf-8", "surrogateescape") + b"\0" + text).digest()


def _program() -> Iterator[str]:
    """Tell this program from another version of it."""
    for folder in _READ_BY:
        with os.scandir(_PROGRAM / folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                if entry.name.endswith(".py"):
                    yield f"{folder}/{entry.name} {entry.stat().st_size} {entry.stat().st_mtime_ns}"


def _recall(place: Path, key: bytes) -> Config | None:
    try:
        told = place.read_bytes()
        return _DECODER.decode(told[_KEY:]) if told[:_KEY] == key else None
    except (OSError, msgspec.MsgspecError):
        return None


def _keep(place: Path, key: bytes, loaded: Config) -> None:
    """Write it whole or not at all; where nothing can be written, it is read again the next time."""
    import tempfile

    with contextlib.suppress(OSError), tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
        try:
            file.write(key + _ENCODER.encode(loaded))
            file.close()
            Path(file.name).replace(place)
        except OSError:
            Path(file.name).unlink(missing_ok=True)


def _plain(value: object) -> str:
    if isinstance(value, ZoneInfo):
        return value.key
    raise NotImplementedError


def _zone(_kind: type, value: object) -> ZoneInfo:
    return ZoneInfo(str(value))


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)
_DECODER = msgspec.msgpack.Decoder(Config, dec_hook=_zone)
