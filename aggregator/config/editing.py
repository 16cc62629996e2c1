"""How are the operator's edits made, so that every other byte of feeds.yaml stays as it was?

    bytes ─▶ text and places ─▶ splices.py: what to put where ─▶ bytes ─▶ read back: is it what was meant? ─▶ file

A splice is put in at the places that YAML's reader gives. Where the outcome, read back, does not say exactly what was
meant, nothing is written, and the ConfigError says what to edit by hand.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import config
from aggregator.errors import ConfigError, Problem
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.config.nodes import Data, Node
    from aggregator.config.splices import Splice

_BYTE_ORDER_MARK = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")


def add_source(path: Path, name: str, address: str, title: str | None = None) -> None:
    """Write a source below the last one, in the form that the file has.

    Raises ConfigError where the file is wrong already, cannot be written, or has to be edited by hand.
    """
    from aggregator.config import splices

    draft = _Draft(path)
    entry: Data = {"feed": address, "title": title} if title else address
    meant = draft.meant()
    sources = meant.get("sources") or {}
    meant["sources"] = {**sources, name: entry} if isinstance(sources, dict) else entry
    key, value = splices.scalar(name), splices.scalar(address)
    written = f"{{feed: {value}, title: {splices.scalar(title)}}}" if title else value
    line = f"{key}: {written}"
    draft.write(splices.added(draft.text, draft.root, key, written), meant, f"add `{line}` below `sources:`")


def remove_source(path: Path, name: str) -> None:
    """Take out a source: its lines, and the comment that belongs to it alone.

    That is the comment below its keys that is indented as they are, and the one directly above it in its own column,
    unless another source follows in the next line: then the comment is about more than one. Raises ConfigError as
    `add_source` does; the file names the source.
    """
    from aggregator.config import splices

    draft = _Draft(path)
    meant = draft.meant()
    sources = meant["sources"]
    if isinstance(sources, dict):
        meant["sources"] = {key: value for key, value in sources.items() if key != name} or ""
    draft.write(splices.removed(draft.text, draft.root, name), meant, f"take out the source `{name}`")


def change_addresses(path: Path, addresses: Mapping[str, str]) -> None:
    """Change the addresses of feeds, by source, and nothing else in their lines.

    Raises ConfigError as `add_source` does; the file names the sources, and they are feeds.
    """
    from aggregator.config import splices

    draft = _Draft(path)
    meant = draft.meant()
    sources = meant["sources"]
    for name, address in addresses.items():
        if isinstance(sources, dict):
            source = sources[name]
            sources[name] = {**source, "feed": address} if isinstance(source, dict) else address
    changes = [splices.address(draft.text, draft.root, name, address) for name, address in addresses.items()]
    advice = ", ".join(f"`{name}` to {printable(address)}" for name, address in addresses.items())
    draft.write(changes, meant, f"change the address of {advice}")


class _Draft:
    """A feeds.yaml without a fault, and what is to become of it. `text` has plain line ends and no byte order mark."""

    def __init__(self, path: Path) -> None:
        from aggregator.config.document import Document

        config.load(path, {})
        self._path = path
        self._file = printable(str(path))
        self._bytes = path.read_bytes()
        written = self._bytes.decode("utf-8")
        self._mark = _BYTE_ORDER_MARK if written.startswith(_BYTE_ORDER_MARK) else ""
        self._written = written.removeprefix(_BYTE_ORDER_MARK)
        self.text = _LINE_END.sub("\n", self._written)
        document = Document(file=self._file, text=self.text)
        if document.root is None:
            raise self._refusal("it was changed at this very moment: do it again")
        self.root: Node = document.root

    def meant(self) -> dict[str, Data]:
        """Give what the file says, to be changed into what it is to say."""
        data = self.root.data
        return data if isinstance(data, dict) else {}

    def write(self, splices: list[Splice], meant: Data, advice: str) -> None:
        """Make the edit, see what was made of it, and put it in the place of the file; its mode stays."""
        changed = (self._mark + self._spliced(splices)).encode()
        target = self._path.resolve()
        try:
            descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
            try:
                with open(descriptor, "wb") as stream:
                    stream.write(changed)
                    stream.flush()
                    os.fsync(stream.fileno())
                shutil.copymode(target, temporary)
                self._check(Path(temporary), meant, advice)
                os.replace(temporary, target)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary)
        except OSError as error:
            reason = printable(error.strerror or str(error))
            raise self._refusal(
                f"cannot be written ({reason}): make it and its folder writable, or {advice}"
            ) from error

    def _check(self, temporary: Path, meant: Data, advice: str) -> None:
        from aggregator.config.document import Document

        try:
            config.load(temporary, {})
        except ConfigError as error:
            raise self._refusal(f"the program cannot edit this ({error.problems[0].message}): {advice}") from error
        text = _LINE_END.sub("\n", temporary.read_bytes().decode("utf-8-sig"))
        root = Document(file=self._file, text=text).root
        # As text, because the order of the sources is a ranking.
        if root is None or repr(root.data) != repr(meant):
            raise self._refusal(f"the program cannot edit a file of this form: {advice} yourself")
        if self._path.read_bytes() != self._bytes:
            raise self._refusal("it was changed at this very moment: do it again")

    def _spliced(self, splices: list[Splice]) -> str:
        """Put splices into the text as it is written, with its own line ends."""
        ends = list(_LINE_END.finditer(self._written))
        newline = ends[0].group() if ends else "\n"
        # A line end of two characters counts as one in `text`.
        double = [end.start() - place for place, end in enumerate(e for e in ends if e.group() == "\r\n")]
        parts, done = [], 0
        for splice in sorted(splices):
            start, stop = (offset + bisect_left(double, offset) for offset in (splice.start, splice.end))
            parts += [self._written[done:start], splice.text.replace("\n", newline)]
            done = stop
        return "".join(parts) + self._written[done:]

    def _refusal(self, message: str) -> ConfigError:
        return ConfigError((Problem(file=self._file, line=1, column=1, message=message),))
