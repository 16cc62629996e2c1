"""How is an XML element written once, and put into many documents, as if each had been written whole?

A document is written with one element on a line, each deeper one two blanks further in, so that what is written of
an element depends on nothing but its depth; namespaces are declared at the root. No text holds what XML cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct

NOTHING: Mapping[str, str] = MappingProxyType({})


def element(depth: int, tag: str, text: str | None = None, attributes: Mapping[str, str] = NOTHING) -> str:
    """Give the line of an element that lies below `depth` others; of one without text that is nothing but its tag."""
    told = "".join([f' {name}="{_quoted(value)}"' for name, value in attributes.items()]) if attributes else ""
    if text is None:
        return f"{'  ' * depth}<{tag}{told}/>\n"
    return f"{'  ' * depth}<{tag}{told}>{_escaped(text)}</{tag}>\n"


def parent(depth: int, tag: str, children: Iterable[str]) -> str:
    """Give the lines of an element that lies below `depth` others and holds further ones, of which there are some."""
    blanks = "  " * depth
    return f"{blanks}<{tag}>\n{''.join(children)}{blanks}</{tag}>\n"


class Pieces(Struct, frozen=True):
    """What is written of an element, open before its first category and at its end."""

    before: bytes
    between: bytes
    end: bytes

    @classmethod
    def of(cls, start: str, before: Iterable[str], between: Iterable[str], end: str) -> Pieces:
        """Take an element's start tag, the lines in it, and its end tag."""
        first, rest = "".join((start, "\n", *before)), "".join(between)
        return cls(before=first.encode(), between=rest.encode(), end=f"{end}\n".encode())

    def joined(self, first: Iterable[bytes], last: Iterable[bytes]) -> bytes:
        """Give the whole element with further ones, in lines."""
        return b"".join((self.before, *first, self.between, *last, self.end))


def filled(frame: bytes, end: bytes, elements: Iterable[bytes]) -> bytes:
    """Put elements into a document before the last line that begins with `end`."""
    head, _, tail = frame.rpartition(end)
    return b"".join((head, *elements, end, tail))


def _escaped(text: str) -> str:
    if not _MARKUP.search(text):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(value: str) -> str:
    if not _MARKUP_IN_QUOTES.search(value):
        return value
    escaped = _escaped(value)
    return escaped.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


_MARKUP = re.compile("[&<>\r]")
_MARKUP_IN_QUOTES = re.compile('[&<>"\r\n\t]')
