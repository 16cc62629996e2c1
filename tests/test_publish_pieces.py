"""Are elements, and documents that were put together from them, the same as those that lxml writes whole?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.publish.pieces import Pieces, element, filled, parent

NAMESPACES = {"x": "urn:x"}
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF) | st.sampled_from("\n\t\r&<>\"'😀"))


def _element(tag: str, text: str | None, **attributes: str) -> etree._Element:
    made = etree.Element(tag, attributes)
    made.text = text
    return made


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
    title, text, first, last = texts
    whole, source = etree.Element("entry"), etree.Element("source")
    source.extend([_element("title", title), _element("link", None, href=text, rel="via")])
    whole.extend([_element("title", title), _element("category", None, term=first), _element("x", text), source])
    whole.append(_element("{urn:x}match", last, name=last))
    deep, blanks = depth + 1, "  " * depth
    inside = [element(deep + 1, "title", title), element(deep + 1, "link", None, {"href": text, "rel": "via"})]
    entry = Pieces.of(
        f"{blanks}<entry>",
        [element(deep, "title", title)],
        [element(deep, "x", text), parent(deep, "source", inside)],
        f"{blanks}</entry>",
    ).joined(
        [element(deep, "category", None, {"term": first}).encode()],
        [element(deep, "x:match", last, {"name": last}).encode()],
    )
    assert filled(_document(depth), b"  " * (depth - 1) + (b"</root>" if depth == 1 else b"</parent>"), [entry]) == (
        _document(depth, whole)
    )
