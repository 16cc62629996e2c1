"""What keeps a document from being well-formed XML though nobody doubts what is meant?

    mended   bytes -> bytes without controls, with references that XML knows, beginning with their declaration

An emoji that was written as its two halves of UTF-16 (`&#xD83D;&#xDE00;`) is one character again: feedparser gives up on
a document with such halves, and with numbers beyond Unicode.

A document that is well-formed stays as it is.
"""

from __future__ import annotations

import re
import sys
from html.entities import name2codepoint

_CONTROLS = bytes([*range(1, 9), 11, 12, *range(14, 27), *range(28, 32)])
_PREDEFINED = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
# Within the first three a reference is none.
_REFERENCE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)"
    rb"|&(?P<name>[A-Za-z][A-Za-z0-9]{1,31});|(?P<numbers>(?:&#(?:[xX][0-9a-fA-F]+|[0-9]+);?)+)",
    re.DOTALL,
)
_NUMBER = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_LONGEST_NUMBER = 7
_HALVES = range(0xD800, 0xE000)


def mended(body: bytes) -> bytes:
    """Mend a document in an encoding that extends ASCII; one with NUL or ESC stays as it is.

    In one with a doctype, which may declare references of its own, only impossible numbers are mended.
    """
    if b"\x00" in body or b"\x1b" in body:
        return body
    if b"<!DOCTYPE" in body:
        return _REFERENCE.sub(_possible, body)
    body = body.translate(None, _CONTROLS)
    begun = body.lstrip(b" \t\r\n")
    if begun.startswith(b"<?xml "):
        body = begun
    return _REFERENCE.sub(_numeric, body)


def _numeric(found: re.Match[bytes]) -> bytes:
    """Write a reference that only HTML knows (`&nbsp;`) as its number."""
    name = found["name"]
    code = name2codepoint.get(name.decode()) if name and name not in _PREDEFINED else None
    return _possible(found) if code is None else b"&#%d;" % code


def _possible(found: re.Match[bytes]) -> bytes:
    """Join halves of UTF-16 to characters; a half without its other, and a number that is no character's, go."""
    told = _NUMBER.findall(found["numbers"] or b"")
    codes = [_code(*one) for one in told]
    if all(code <= sys.maxunicode and code not in _HALVES for code in codes):
        return found[0]
    halves = "".join(chr(code) for code in codes if code <= sys.maxunicode).encode("utf-16-be", "surrogatepass")
    return b"".join(b"&#%d;" % ord(character) for character in halves.decode("utf-16-be", "ignore"))


def _code(hexadecimal: bytes, decimal: bytes) -> int:
    if len(hexadecimal or decimal) > _LONGEST_NUMBER:
        return sys.maxunicode + 1
    return int(hexadecimal, 16) if hexadecimal else int(decimal)
