"""Is this meant to be UTF-8, though some bytes of it are not?

    utf_8   bytes -> text, or None where another encoding is meant

One character that was cut in two, or one item that was pasted in the encoding of a Windows, must not turn the umlauts
of all other items into something else.
"""

from __future__ import annotations

import codecs

_VALID_FOR_ONE_FAULT = 3
"""Characters of several bytes that speak for UTF-8 against one fault: by chance, other encodings have fewer."""
_BEGINNINGS = frozenset({0xC2, 0xC3, 0xE2, 0xF0})
"""How umlauts, quotes, dashes, the euro and emoji begin in UTF-8: one that stands alone was cut, and is no letter."""


def utf_8(body: bytes) -> str | None:
    """Decode what is UTF-8, but for a few faults at most; None where another encoding is meant.

    A character that was cut becomes U+FFFD, any other byte what it is in windows-1252.
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        valid = body.decode("utf-8", "ignore")
    faults = len(body) - len(valid.encode("utf-8"))
    several = sum(not character.isascii() for character in valid)
    return body.decode("utf-8", _MENDING) if several >= _VALID_FOR_ONE_FAULT * faults else None


def _mend(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    cut = error.object[error.start : error.end]
    if len(cut) > 1 or cut[0] in _BEGINNINGS:
        return "\ufffd", error.end
    return cut.decode("windows-1252", "replace"), error.end


_MENDING = "aggregator.mending"
codecs.register_error(_MENDING, _mend)
