"""Are documents that were put together from pieces the same as those that were written whole?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.publish.pieces import Pieces, filled, written

NAMESPACES = {"x": "urn:x"}
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF) | st.sampled_from("\n\t\r"))


def _element(tag: str, text: str) -> etree._Element:
    element = etree.Element(tag, {"name": text})
    element.text = text
    return element


def _document(depth: int, *entries: etree._Element) -> bytes:
    root = inner = etree.Element("root", nsmap=NAMESPACES)
    etree.SubElement(root, "title")
    for _ in range(depth - 1):
        inner = etree.SubElement(inner, "parent")
        etree.SubElement(inner, "title")
    inner.extend(entries)
    return etree.tostring(root, encoding="UTF-8", pretty_print=True, xml_declaration=True)


@given(st.lists(TEXTS, min_size=4, max_size=4), st.integers(1, 3))
def test_pieces_make_the_document_that_would_be_written_whole(texts: list[str], depth: int) -> None:
    """Whatever the texts, an entry put together lies in a document byte for byte as lxml writes it there."""
    place, (title, text, first, last) = _element("category", "place"), texts
    whole, open_entry = etree.Element("entry"), etree.Element("entry")
    whole.extend([_element("title", title), _element("category", first), _element("x", text)])
    whole.append(_element("{urn:x}match", last))
    open_entry.extend([_element("title", title), place, _element("x", text)])
    lines = written(open_entry, depth, NAMESPACES)
    pieces = Pieces.of(lines, written(_element("category", "place"), depth + 1, NAMESPACES))
    entry = pieces.joined(
        [written(_element("category", first), depth + 1, NAMESPACES)],
        [written(_element("{urn:x}match", last), depth + 1, NAMESPACES)],
    )
    assert filled(_document(depth), b"  " * (depth - 1) + (b"</root>" if depth == 1 else b"</parent>"), [entry]) == (
        _document(depth, whole)
    )
