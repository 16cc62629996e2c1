"""How are the operator's edits made, so that every other byte of feeds.yaml stays as it was?

    bytes ─▶ text and places ─▶ splices.py: what to put where ─▶ bytes ─▶ read back: is it what was meant? ─▶ file

A splice is put in at the places that YAML's reader gives. Where the outcome, read back, does not say exactly what was
meant, nothing is written, and the ConfigError says what to edit by hand.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator import config
from aggregator.errors import ConfigError
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.config.nodes import Data, Node
    from aggregator.config.splices import Splice

_BYTE_ORDER_MARK = "\ufeff"
_CHANGED = "it was changed at this very moment: do it again"
_LINE_END = re.compile(r"\r\n|\r|\n")


def add_source(path: Path, name: str, address: str, title: str | None = None) -> None:
    """Write a source below the last one, in the form that the file has.

    Raises ConfigError where the file is wrong already, cannot be written, or has to be edited by hand.
    """
    from aggregator.config import splices

    draft = _Draft(path)
    entry: Data = {"feed": address, "title": title} if title else address
    advice = f"add `{name}: {splices.written(entry)}` below `sources:`"
    draft.write(splices.added(draft.text, draft.root, name, entry), {**draft.sources, name: entry}, advice)


def remove_source(path: Path, name: str) -> None:
    """Take out a source: its lines, and the comment that belongs to it alone.

    That is the comment below its keys that is indented as they are, and the one directly above it in its own column,
    unless another source follows in the next line: then the comment is about more than one. Raises ConfigError as
    `add_source` does; the file names the source.
    """
    from aggregator.config import splices

    draft = _Draft(path)
    others = {other: entry for other, entry in draft.sources.items() if other != name}
    draft.write(splices.removed(draft.text, draft.root, name), others, f"take out the source `{name}`")


def change_addresses(path: Path, addresses: Mapping[str, str]) -> None:
    """Change the addresses of feeds, by source, and nothing else in their lines.

    Raises ConfigError as `add_source` does; the file names the sources, and they are feeds.
    """
    from aggregator.config import splices

    draft = _Draft(path)
    sources = dict(draft.sources)
    for name, address in addresses.items():
        entry = sources[name]
        sources[name] = {**entry, "feed": address} if isinstance(entry, dict) else address
    changes = [splices.address(draft.text, draft.root, name, address) for name, address in addresses.items()]
    advice = ", ".join(f"`{name}` to {printable(address)}" for name, address in addresses.items())
    draft.write(changes, sources, f"change the address of {advice}")


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
        self._document = Document(file=self._file, text=self.text)
        if self._document.root is None:
            raise self._refusal(_CHANGED)
        self.root: Node = self._document.root

    @property
    def sources(self) -> dict[str, Data]:
        """What the file says of each source, in its order."""
        section = self.root.entries.get("sources")
        return {name: node.data for name, node in section.entries.items()} if section else {}

    def write(self, splices: list[Splice], sources: Mapping[str, Data], advice: str) -> None:
        """Make the edit, see that it says these sources, and put it in the place of the file; its mode stays."""
        changed = (self._mark + self._spliced(splices)).encode()
        target = self._path.resolve()
        try:
            descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(changed)
                    stream.flush()
                    os.fsync(stream.fileno())
                _take_over_owner_and_mode(target, temporary)
                self._check(Path(temporary), sources, advice)
                Path(temporary).replace(target)
            finally:
                Path(temporary).unlink(missing_ok=True)
        except OSError as error:
            reason = printable(error.strerror or str(error))
            message = f"the file cannot be written ({reason}): make it and its folder writable, or {advice} yourself"
            raise self._refusal(message) from error

    def _check(self, temporary: Path, sources: Mapping[str, Data], advice: str) -> None:
        from aggregator.config.document import Document

        try:
            config.load(temporary, {})
        except ConfigError as error:
            told = error.problems[0]
            # Its line as it reads: the edit has moved the numbers of lines.
            place = f"`{told.excerpt.strip()}` " if told.excerpt else "feeds.yaml "
            message = f"then {place}would be wrong ({told.message}): mend that first, or {advice} yourself"
            raise self._refusal(message) from error
        text = _LINE_END.sub("\n", temporary.read_bytes().decode("utf-8-sig"))
        root = Document(file=self._file, text=text).root
        if root is None or _meaning(root, None) != _meaning(self.root, sources):
            raise self._refusal(f"the program cannot edit a file of this form: {advice} yourself")
        if self._path.read_bytes() != self._bytes:
            raise self._refusal(_CHANGED)

    def _spliced(self, splices: list[Splice]) -> str:
        """Put splices into the text as it is written, with its own line ends."""
        ends = list(_LINE_END.finditer(self._written))
        newline = ends[0].group() if ends else "\n"
        # A line end of two characters counts as one in `text`.
        double = [end.start() - place for place, end in enumerate(e for e in ends if e.group() == "\r\n")]
        parts, done = [], 0
        for splice in sorted(splices, key=lambda splice: splice.start):
            start, stop = (offset + bisect_left(double, offset) for offset in (splice.start, splice.end))
            parts += [self._written[done:start], splice.text.replace("\n", newline)]
            done = stop
        return "".join(parts) + self._written[done:]

    def _refusal(self, message: str) -> ConfigError:
        root = self._document.root
        return ConfigError((self._document.problem(root.find(("sources",)).key if root else 0, message),))


def _meaning(root: Node, sources: Mapping[str, Data] | None) -> str:
    """Give what two files have to agree in, with other `sources`; as text, because their order is a ranking."""
    said = {name: node.data for name, node in root.entries.items()}
    return repr({**said, "sources": said.get("sources") or {} if sources is None else sources})


def _take_over_owner_and_mode(target: Path, temporary: str) -> None:
    """Leave the file to whom it belongs, where the system lets us: an operator may work as root."""
    before = target.stat()
    with suppress(PermissionError):
        os.chown(temporary, before.st_uid, before.st_gid)
    Path(temporary).chmod(stat.S_IMODE(before.st_mode))
