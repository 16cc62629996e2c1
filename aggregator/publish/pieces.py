"""How is an XML element written once, and put into many documents, as if each had been written whole?

A document is written with one element on a line, each deeper one two blanks further in, so that what is written of
an element depends on nothing but its depth; namespaces are declared at the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from lxml.etree import _Element


def written(element: _Element, depth: int, namespaces: Mapping[str, str]) -> bytes:
    """Give an element as it is written below `depth` others, in lines; it is taken out of where it was."""
    from lxml import etree

    root = parent = etree.Element("root", nsmap=dict(namespaces))
    for _ in range(depth - 1):
        parent = etree.SubElement(parent, "parent")
    parent.append(element)
    lines = etree.tostring(root, encoding="UTF-8", pretty_print=True)
    return lines.split(b"\n", depth)[depth].rsplit(b"\n", depth + 1)[0] + b"\n"


class Pieces(Struct, frozen=True):
    """What is written of an element, open before its first category and at its end."""

    before: bytes
    between: bytes
    end: bytes

    @classmethod
    def of(cls, lines: bytes, place: bytes) -> Pieces:
        """Take the lines of an element apart, at the line `place`, which goes, and before its end."""
        before, _, after = lines.partition(place)
        between, newline, end = after[:-1].rpartition(b"\n")
        return cls(before=before, between=between + newline, end=end + b"\n")

    def joined(self, first: Iterable[bytes], last: Iterable[bytes]) -> bytes:
        """Give the whole element with further ones, in lines."""
        return b"".join((self.before, *first, self.between, *last, self.end))


def filled(frame: bytes, end: bytes, elements: Iterable[bytes]) -> bytes:
    """Put elements into a document before the last line that begins with `end`."""
    head, _, tail = frame.rpartition(end)
    return b"".join((head, *elements, end, tail))
