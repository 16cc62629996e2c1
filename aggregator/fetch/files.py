"""What is in a local file?"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from aggregator import text
from aggregator.errors import SourceError


def read(path: str, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes; never blocks on a pipe or device.

    Raises SourceError: `file-missing`, or `too-large`.
    """
    name = text.printable(Path(path).name)
    try:
        # Looked at before it is opened: opening alone can do something to a device.
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise SourceError("file-missing", f"{name} is a folder or device, not a file.")
        with open(path, "rb", opener=_without_waiting) as file:
            body = file.read(limit + 1)
    except FileNotFoundError as error:
        raise SourceError("file-missing", f"There is no file {name}.") from error
    except (OSError, ValueError) as error:
        raise SourceError("file-missing", f"The file {name} cannot be read.") from error
    if len(body) > limit:
        raise SourceError("too-large", f"The file {name} is larger than {limit // (1024 * 1024)} MiB.")
    return body


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
