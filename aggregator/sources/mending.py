"""What keeps a document from being well-formed XML though nobody doubts what is meant?

    mended   bytes -> bytes without controls, beginning with their declaration, with references that XML knows

`&nbsp;` becomes a number, an `&` that begins no reference `&amp;`, and an emoji that was written as its two halves of
UTF-16 (`&#xD83D;&#xDE00;`) one character. feedparser garbles addresses in a document with the one, and gives up on a
document with the other, or with a number beyond Unicode.

A document that is well-formed stays as it is.
"""

from __future__ import annotations

import re
import sys
from functools import partial
from html.entities import html5, name2codepoint

from aggregator.text import from_utf_16

_CONTROLS = bytes([*range(1, 9), 11, 12, *range(14, 27), *range(28, 32)])
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})
# Within the first three a reference is none.
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)"
    rb"|(?P<bare>&+)(?=&)"
    rb"|(?P<numbers>(?:&#(?:[xX][0-9a-fA-F]+|[0-9]+);?)+)"
    rb"|(?P<other>&)(?P<name>(?:[A-Za-z][A-Za-z0-9]{0,31})?)(?P<end>[;=]?)",
    re.DOTALL,
)
_NUMBER = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+));?")
_LONGEST_NUMBER = 7
_HALVES = range(0xD800, 0xE000)


def mended(body: bytes) -> bytes:
    """Mend a document in an encoding that extends ASCII; one with NUL or ESC stays as it is.

    One with a doctype keeps its controls, and the references that its doctype may declare.
    """
    if b"\x00" in body or b"\x1b" in body:
        return body
    if b"<!DOCTYPE" in body:
        return _AMPERSAND.sub(partial(_meant, may_declare=True), body)
    body = body.translate(None, _CONTROLS)
    begun = body.lstrip(b" \t\r\n")
    if begun.startswith(b"<?xml "):
        body = begun
    return _AMPERSAND.sub(_meant, body)


def _meant(found: re.Match[bytes], *, may_declare: bool = False) -> bytes:
    """Write what begins with an ampersand as XML does."""
    if found["numbers"]:
        return _characters(found["numbers"])
    if not found["other"]:
        return b"&amp;" * len(found["bare"]) if found["bare"] else found[0]
    name, end = found["name"].decode(), found["end"]
    if end == b";" and (name in _PREDEFINED or (name and may_declare)):
        return found[0]
    if end == b";" and name in name2codepoint:
        return b"&#%d;" % name2codepoint[name]
    if not end and name in html5:
        # HTML knows some that end without a semicolon, but not before an equals sign: that is an address.
        return b"&#%d;" % ord(html5[name])
    return b"&amp;" + found["name"] + end


def _characters(numbers: bytes) -> bytes:
    """Join halves of UTF-16; a half without its other, and a number that is no character's, go."""
    codes = [_code(*one) for one in _NUMBER.findall(numbers)]
    if numbers.count(b";") == len(codes) and all(code <= sys.maxunicode and code not in _HALVES for code in codes):
        return numbers
    characters = from_utf_16(code for code in codes if code <= sys.maxunicode)
    return b"".join(b"&#%d;" % ord(character) for character in characters)


def _code(hexadecimal: bytes, decimal: bytes) -> int:
    if len(hexadecimal or decimal) > _LONGEST_NUMBER:
        return sys.maxunicode + 1
    return int(hexadecimal, 16) if hexadecimal else int(decimal)
