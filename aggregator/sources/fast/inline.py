"""How does feedparser write the XHTML that stands in an Atom document as it is (RFC 4287 section 3.1.1.3)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from xml.etree.ElementTree import Element

from aggregator.sources.fast.document import LANGUAGE, UnusualError

_XHTML = "xhtml:"
# feedparser takes these out of the text, or lets them change how the rest is read.
_UNUSUAL = frozenset({"body", "svg", "math"})
_DEEPEST = 50
_LOWER = ("rel", "type")


def markup(element: Element, names: Mapping[str, str]) -> str:
    """Write what an element holds as text, without the `div` around all of it; raises UnusualError if in doubt."""
    pieces = [escape(element.text, quote=False)] if element.text else []
    for child in element:
        pieces += _pieces(child, names, 0)
    while len(pieces) > 1 and not pieces[-1].strip():
        del pieces[-1]
    while len(pieces) > 1 and not pieces[0].strip():
        del pieces[0]
    if pieces and pieces[0].startswith(("<div>", "<div ")) and pieces[-1] == "</div>" and _encloses(pieces):
        pieces = pieces[1:-1]
    return "".join(pieces).strip()


def _pieces(element: Element, names: Mapping[str, str], depth: int) -> Iterator[str]:
    name = names[element.tag]
    local = name.removeprefix(_XHTML)
    if local == name or local in _UNUSUAL or depth > _DEEPEST:
        raise UnusualError
    yield f"<{local}{_attributes(element)}>"
    if element.text:
        yield escape(element.text, quote=False)
    for child in element:
        yield from _pieces(child, names, depth + 1)
    yield f"</{local}>"
    if element.tail:
        yield escape(element.tail, quote=False)


def _attributes(element: Element) -> str:
    if not element.attrib:
        return ""
    told: dict[str, str] = {}
    for key, value in element.attrib.items():
        name = "xml:lang" if key == LANGUAGE else key.lower()
        if name[0] == "{" or name == "base" or name in told:
            raise UnusualError
        told[name] = value.lower() if name in _LOWER else value
    return "".join(f' {name}="{_quoted(value)}"' for name, value in told.items())


def _quoted(value: str) -> str:
    return escape(value, quote=False).replace('"', "&quot;")


def _encloses(pieces: list[str]) -> bool:
    """Say whether the first element ends with the last piece, and not before."""
    depth = 0
    for piece in pieces[:-1]:
        if piece.startswith("</"):
            depth -= 1
            if depth == 0:
                return False
        elif piece.startswith("<"):
            depth += 1
    return True
