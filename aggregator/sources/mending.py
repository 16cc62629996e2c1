"""What keeps a document from being well-formed XML though nobody doubts what is meant?

    mended   bytes -> bytes without controls, with references that XML knows, beginning with their declaration

A document that is well-formed stays as it is.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint

_CONTROLS = bytes([*range(1, 9), 11, 12, *range(14, 27), *range(28, 32)])
_PREDEFINED = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
# Within the first three a reference is none.
_REFERENCE = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|&([A-Za-z][A-Za-z0-9]{1,31});", re.DOTALL
)


def mended(body: bytes) -> bytes:
    """Mend a document in an encoding that extends ASCII; one with a doctype or with NUL or ESC stays as it is."""
    if b"<!DOCTYPE" in body or b"\x00" in body or b"\x1b" in body:
        return body
    body = body.translate(None, _CONTROLS)
    begun = body.lstrip(b" \t\r\n")
    if begun.startswith(b"<?xml "):
        body = begun
    return _REFERENCE.sub(_numeric, body)


def _numeric(found: re.Match[bytes]) -> bytes:
    """Write a reference that only HTML knows (`&nbsp;`) as its number."""
    name = found[1]
    code = name2codepoint.get(name.decode()) if name and name not in _PREDEFINED else None
    return found[0] if code is None else b"&#%d;" % code
