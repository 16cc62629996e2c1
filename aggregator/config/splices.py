"""Which characters of feeds.yaml are put in or taken out for an edit?

Pure functions of the text (line ends `\\n`) and the nodes that were read from it. They follow the file's own form:
block or `{…}`, its indentation, its quotes, its commas.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aggregator.config.nodes import Node

# What needs no quotes anywhere in YAML, also between braces.
_PLAIN = re.compile(r"[\w/](?:[\w./~%&=?+@;$()!*-]|:(?=[\w/])| (?=[\w(]))*")
_REST_OF_LINE = re.compile(r"[ \t]*(,?)[ \t]*(?:(?<=[ \t,])#[^\n]*)?(?=\n|\Z)")
_COMMENT_LINE = re.compile(r"([ \t]*)#")
_INDENTATION = "  "


class Splice(NamedTuple):
    """Put `text` in the place of what stands from `start` to `end` (offsets)."""

    start: int
    end: int
    text: str


def scalar(value: str, quote: str = "") -> str:
    """Write a text as YAML: in these quotes, else plain where that is safe, else in single ones."""
    if quote == '"':
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if not quote and _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def added(text: str, root: Node, key: str, value: str) -> list[Splice]:
    """Add an entry at the end of `sources`, which may be empty or missing."""
    sources = root.entries.get("sources")
    if sources is None:
        return _without_sources(text, root, key, value)
    if _is_flow(text, sources):
        return _added_between_braces(text, sources, key, value)
    if sources.entries:
        last = list(sources.entries.values())[-1]
        column, end = _column(text, last.key), _end(text, last)
    else:
        column, end = _column(text, sources.key) + _step(text, root), sources.end
    place = _line_end(text, end)
    return [Splice(place, place, f"\n{' ' * column}{key}: {value}")]


def removed(text: str, root: Node, name: str) -> list[Splice]:
    """Take out a source; see `editing.remove_source` for the comments."""
    sources = root.entries["sources"]
    source = sources.entries[name]
    begin, end = _line_start(text, source.key), _end(text, source)
    rest = _REST_OF_LINE.match(text, end)
    if not text[begin : source.key].strip() and rest and (rest[1] == "" or _is_flow(text, sources)):
        return [_lines(text, source.key, rest.end())]
    return [_between_braces(text, list(sources.entries.values()), source)]


def address(text: str, root: Node, name: str, value: str) -> Splice:
    """Change the address of a feed, in whichever form and quotes it stands."""
    source = root.entries["sources"].entries[name]
    node = source.entries.get("feed", source)
    quote = text[node.start] if text[node.start] in "\"'" else ""
    return Splice(node.start, _end(text, node), scalar(value, quote))


def _without_sources(text: str, root: Node, key: str, value: str) -> list[Splice]:
    if _is_flow(text, root):
        quote = _quote(text, root)
        return _added_between_braces(text, root, f"{quote}sources{quote}", f"{{{key}: {value}}}")
    last = list(root.entries.values())[-1]
    margin = " " * _column(text, last.key)
    step = " " * _step(text, root)
    place = _line_end(text, _end(text, last))
    return [Splice(place, place, f"\n\n{margin}sources:\n{margin}{step}{key}: {value}")]


def _added_between_braces(text: str, mapping: Node, key: str, value: str) -> list[Splice]:
    quote = _quote(text, mapping)
    if quote and not key.startswith(quote):
        key = f"{quote}{key}{quote}"
    entries = list(mapping.entries.values())
    if not entries:
        return [Splice(mapping.start + 1, mapping.start + 1, f"{key}: {value}")]
    last = entries[-1]
    end = _end(text, last)
    rest = _REST_OF_LINE.match(text, end)
    begin = _line_start(text, last.key)
    if rest is None or text[begin : last.key].strip():
        return [Splice(end, end, f", {key}: {value}")]
    # On a line of its own, like the one above; the comma goes before that one's comment.
    line = f"\n{text[begin : last.key]}{key}: {value}"
    comma = [] if rest[1] else [Splice(end, end, ",")]
    return [*comma, Splice(rest.end(), rest.end(), f"{line}{rest[1]}")]


def _lines(text: str, key: int, end: int) -> Splice:
    """Take out whole lines, from the key's to the one that ends at `end`, and the comments that belong to them."""
    column = _column(text, key)
    stop = min(end + 1, len(text))
    while (comment := _COMMENT_LINE.match(text, stop)) and len(comment[1]) > column:
        stop = min(_line_end(text, stop) + 1, len(text))
    start = _line_start(text, key)
    following = text[stop : _line_end(text, stop)]
    is_alone = not following.strip() or _COMMENT_LINE.match(following) or _indentation(following) != column
    while is_alone and start > 0:
        above = _line_start(text, start - 1)
        comment = _COMMENT_LINE.match(text, above, start)
        if comment is None or len(comment[1]) != column:
            break
        start = above
    return Splice(start, stop, "")


def _between_braces(text: str, entries: list[Node], source: Node) -> Splice:
    """Take out an entry that shares its line with others, and one of its commas."""
    place = entries.index(source)
    end = _end(text, source)
    if place + 1 < len(entries):
        comma = text.index(",", end) + 1
        following = entries[place + 1].key
        return Splice(source.key, comma if text[comma:following].strip(" ") else following, "")
    return Splice(_end(text, entries[place - 1]) if place else source.key, end, "")


def _is_flow(text: str, node: Node) -> bool:
    return text[node.start : node.start + 1] == "{"


def _quote(text: str, mapping: Node) -> str:
    """Give the quotes that a mapping's keys stand in, as in JSON."""
    quotes = {text[node.key] for node in mapping.entries.values()}
    return quotes.pop() if len(quotes) == 1 and quotes <= {'"', "'"} else ""


def _step(text: str, root: Node) -> int:
    """Give the indentation that the file has elsewhere."""
    for section in root.entries.values():
        if not _is_flow(text, section):
            for entry in section.entries.values():
                return _column(text, entry.key) - _column(text, section.key)
    return len(_INDENTATION)


def _end(text: str, node: Node) -> int:
    """Give where a value really ends: YAML's reader counts blank lines and comments to a block."""
    if node.entries and not _is_flow(text, node):
        return _end(text, list(node.entries.values())[-1])
    if node.items and text[node.start] != "[":
        return _end(text, node.items[-1])
    return node.start + len(text[node.start : node.end].rstrip())


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)


def _column(text: str, offset: int) -> int:
    return offset - _line_start(text, offset)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
